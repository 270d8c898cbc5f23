"""``toxwatch synthesise`` and ``toxwatch cohort`` from the outside."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from dashboard.cli import app


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def files(tmp_path):
    rows, given = tmp_path / "rows.parquet", tmp_path / "given.csv"
    done = run("synthesise", "-o", rows, "--rows", 4000, "--seed", 8, "--treatments", given)
    assert done.exit_code == 0, done.output
    assert "4000 invented observations" in done.output
    return rows, given


def test_a_cohort_is_counted_and_says_that_it_is_synthetic(files):
    rows, given = files
    found = run("cohort", rows, "--treatments", given, "--by", "age")
    assert found.exit_code == 0, found.output
    for wanted in ("SYNTHETIC", "Incidence by grade", "Onset", "Duration", "Tocilizumab", "18-64"):
        assert wanted in found.output
    told = json.loads(run("cohort", rows, "--treatments", given, "--json").stdout)
    assert told["synthetic"] is True
    assert told["rows"] == 4000
    assert [one["id"] for one in told["answers"]] == ["incidence", "onset", "duration", "treating"]


def test_csv_and_parquet_give_the_same_answers(files, tmp_path):
    rows, given = files
    other = tmp_path / "rows.csv"
    assert run("synthesise", "-o", other, "--rows", 4000, "--seed", 8).exit_code == 0
    one = run("cohort", rows, "--treatments", given, "--json").stdout
    assert run("cohort", other, "--treatments", given, "--json").stdout == one


def test_protocols_are_compared_when_asked(files):
    rows, given = files
    found = run("cohort", rows, "--treatments", given, "--against", "asco-2021", "nccn-2026-2",
                "--patients", 3, "--json")  # fmt: skip
    answers = {one["id"]: one for one in json.loads(found.stdout)["answers"]}
    assert answers["comparing"]["rows"][0]["of"] == 3
    assert answers["agreeing"]["rows"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("cohort", "none.csv"), "there is no such file"),
        (("synthesise", "-o", "rows.xlsx"), "no kind of file"),
    ],
)
def test_refusals_are_one_line_and_exit_2(words, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = run(*words)
    assert found.exit_code == 2
    assert says in found.stderr
    assert found.stdout == ""


def test_what_is_no_cohort_is_refused(tmp_path):
    place = tmp_path / "x.parquet"
    place.write_bytes(b"x" * 300)
    found = run("cohort", place)
    assert found.exit_code == 2
    assert "cannot be read as a cohort" in found.stderr
