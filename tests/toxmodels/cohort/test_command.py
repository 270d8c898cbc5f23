"""``toxwatch grade``: files in and out, what cannot be read, and nothing half-done on the disk."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import dashboard.cli_grade as command
import toxmodels
from dashboard.cli import app
from tests.sample_data.ward import CASE_TEXTS
from tests.toxmodels.cohort.rows import DOSE, cohort, frame_of
from tests.toxmodels.cohort.scalar import case_text
from toxmodels import cohort as cohorts
from toxmodels.course import Walk
from toxmodels.exchange.csv_files import cases_to_csv

STAMP = "%Y-%m-%dT%H:%M:%S%:z"
FRAME, GIVEN = cohort(2, 80)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def run(*arguments: object, status: int = 0) -> str:
    found = CliRunner().invoke(app, ["grade", *map(str, arguments)])
    assert found.exit_code == status, found.output
    return found.stderr


def awkward_rows() -> list[dict]:
    """Limits to either side, gaps, silence, two kinds of records apart, a late entry."""
    calm = {"hypotensive": False, "vasopressors": "none", "oxygen_device": "room_air"}
    person = {"patient_id": "awkward", "age_years": 12.0, "first_dose_at": DOSE}
    exam = {"consciousness": "alert", "seizure_kind": "none", "motor_weakness": "mild",
            "raised_icp": "none"}  # fmt: skip
    told = [
        (-90, {"temperature_c": 39.0, **calm}),
        (0, {"temperature_c": 37.99, **calm}),
        (1, {"temperature_c": 38.0, **calm}),
        (20, {"ice_total": 10, **exam}),
        (241, {"oxygen_device": "nasal_cannula", "oxygen_flow_l_min": 6.0}),
        (242, {"oxygen_device": "high_flow_nasal_cannula", "oxygen_flow_l_min": 6.1}),
        (300, {"vasopressors": "vasopressin+terlipressin", "temperature_c": 36.0}),
        (330, {"ice_total": 0, "consciousness": "voice", "unable": "sedated"}),
        (400, {"hypotensive": True, "vasopressors": "dobutamine+midodrine"}),
        (700, {"seizure_kind": "focal", "seizure_duration_min": 5.0, "seizure_resolved": True}),
        (1000, {"fluid_for_hypotension": True}),
        (2439, {"temperature_c": 36.6, **calm}),
        (2440, {"temperature_c": 36.6, **calm, "ice_total": 10, **exam}),
        (2441, {"temperature_c": 38.4, **calm, "hypoxic": True}),
        (6000, {"capd_total": 9, "ice_total": 7}),
    ]
    return [{**person, "taken_at": DOSE + timedelta(minutes=at), **row} for at, row in told]


def test_an_awkward_file_gives_what_assess_gives_one_by_one(tmp_path: Path) -> None:
    rows = awkward_rows()
    given = [{"given_at": DOSE + timedelta(minutes=2), "drug": "paracetamol"}]
    frame_of(rows[::-1]).write_csv(tmp_path / "in.csv", datetime_format=STAMP)
    listed = pl.DataFrame([{"patient_id": "awkward", **one} for one in given])
    listed.write_csv(tmp_path / "given.csv", datetime_format=STAMP)
    run(tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--treatments", tmp_path / "given.csv")
    (tmp_path / "case.json").write_text(case_text(rows, given), encoding="utf-8")
    graded = rows_of(tmp_path / "out.csv")
    assert len(graded) == len(rows)
    for row in graded:
        at = datetime.fromisoformat(row["taken_at"]).isoformat()
        asked = ["assess", str(tmp_path / "case.json"), "--at", at, "--json"]
        grades = json.loads(CliRunner().invoke(app, asked).stdout)["grades"]
        for scale, prefix in (("astct-crs-2019", "crs"), ("astct-icans-2019", "icans")):
            said = grades[scale]["at_least"], grades[scale]["at_most"]
            assert said == (int(row[f"{prefix}_at_least"]), int(row[f"{prefix}_at_most"])), at


def test_csv_and_parquet_say_the_same(tmp_path: Path) -> None:
    expected = cohorts.grade(FRAME, treatments=GIVEN)
    GIVEN.write_parquet(tmp_path / "given.parquet")
    FRAME.write_parquet(tmp_path / "in.parquet")
    FRAME.sample(fraction=1.0, shuffle=True, seed=1).write_csv(
        tmp_path / "in.csv", datetime_format=STAMP
    )
    for source in ("in.parquet", "in.csv"):
        out = tmp_path / f"{source}.graded.parquet"
        run(tmp_path / source, "-o", out, "--treatments", tmp_path / "given.parquet")
        found = pl.read_parquet(out).sort("patient_id", "taken_at")
        kept = [name for name in expected.columns if name != "rules"]
        assert found.select(kept).equals(expected.select(kept)), source
        assert found["rules"].cast(pl.String).n_unique() == 1


def test_folders_and_patterns(tmp_path: Path) -> None:
    half = FRAME["patient_id"].unique().sort()[:40].implode()
    (tmp_path / "in").mkdir()
    FRAME.filter(pl.col("patient_id").is_in(half)).write_parquet(tmp_path / "in" / "a.parquet")
    FRAME.filter(~pl.col("patient_id").is_in(half)).write_csv(
        tmp_path / "in" / "b.csv", datetime_format=STAMP
    )
    run(tmp_path / "in", "-o", tmp_path / "out", "--per", "patient")
    assert pl.read_parquet(tmp_path / "out" / "*.parquet").height == 80
    run(tmp_path / "in" / "*.parquet", "-o", tmp_path / "one.csv", "--per", "patient")
    assert pl.read_csv(tmp_path / "one.csv").height == 40
    run(tmp_path / "none*", "-o", tmp_path / "x.csv", status=2)


def test_a_folder_of_cases(tmp_path: Path) -> None:
    cases = [toxmodels.load_case(CASE_TEXTS[name]) for name in sorted(CASE_TEXTS)[:5]]
    for name, text in cases_to_csv(cases).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    run(tmp_path, "-o", tmp_path / "graded.parquet")
    found = pl.read_parquet(tmp_path / "graded.parquet")
    for case in cases:
        walk = Walk(case)
        for row in found.filter(pl.col("patient_id") == case.patient.id).to_dicts():
            grade = walk.steps(row["taken_at"])[-1].grade("astct-crs-2019")
            assert (row["crs_at_least"], row["crs_at_most"]) == (grade.at_least, grade.at_most)


def test_what_cannot_be_read_is_put_aside_with_line_and_reason(tmp_path: Path) -> None:
    text = (
        "patient_id,taken_at,temperature_c,hypotensive\n"
        "a,2026-03-01T10:00:00+00:00,38.5,false\n"
        "a,2026-03-01T11:00:00+00:00,38.5,false,extra\n"
        'a,2026-03-01T12:00:00+00:00,"101.3",false\n'
        ",2026-03-01T12:00:00+00:00,38.5,false\n"
        "b,1 March,38.5,false\n"
        "b,2026-03-01T12:00:00+00:00,38.5,perhaps\n"
    )
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    said = run(tmp_path / "in.csv", "-o", tmp_path / "out.csv", status=command.UNREADABLE)
    assert "5 rows or values could not be read" in said
    aside = rows_of(tmp_path / "out.unreadable.csv")
    found = {(row["line"], row["column"], row["value"]) for row in aside}
    assert found == {
        ("3", "", ""),
        ("4", "temperature_c", "101.3"),
        ("5", "patient_id", ""),
        ("6", "taken_at", "1 March"),
        ("7", "hypotensive", "perhaps"),
    }
    assert all(row["reason"] and row["file"] == "in.csv" for row in aside)
    graded = rows_of(tmp_path / "out.csv")
    assert [row["patient_id"] for row in graded] == ["a", "a", "b"]
    assert (graded[1]["crs_at_least"], graded[1]["crs_at_most"]) == ("0", "4")


def test_stopped_half_way_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    FRAME.write_parquet(tmp_path / "in.parquet")
    out = tmp_path / "out.parquet"

    def interrupted(self, inputs):
        yield from list(chunks(self, inputs))[:1]
        raise KeyboardInterrupt

    chunks = command._Run._chunks
    monkeypatch.setattr(command._Run, "_chunks", interrupted)
    found = CliRunner().invoke(app, ["grade", str(tmp_path / "in.parquet"), "-o", str(out)])
    assert found.exit_code == 130
    assert [one.name for one in tmp_path.iterdir()] == ["in.parquet"]


def test_more_rows_than_are_sorted_at_once_go_through_buckets(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(command, "SORTED_AT_ONCE", 50)
    monkeypatch.setattr(command, "BUCKET_ROWS", 100)
    FRAME.sample(fraction=1.0, shuffle=True, seed=1).write_parquet(tmp_path / "in.parquet")
    GIVEN.write_parquet(tmp_path / "given.parquet")
    run(tmp_path / "in.parquet", "-o", tmp_path / "out.parquet",
        "--treatments", tmp_path / "given.parquet")  # fmt: skip
    found = pl.read_parquet(tmp_path / "out.parquet").sort("patient_id", "taken_at").drop("rules")
    assert found.equals(cohorts.grade(FRAME, treatments=GIVEN).drop("rules"))


@pytest.mark.parametrize("name", ["in.txt", "missing.csv"])
def test_what_is_no_cohort_is_refused(tmp_path: Path, name: str) -> None:
    if name == "in.txt":
        (tmp_path / name).write_text("a", encoding="utf-8")
    run(tmp_path / name, "-o", tmp_path / "out.csv", status=2)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("name", ["in.csv", "yesterday.parquet", "folder", "."])
def test_nothing_is_ever_written_over(tmp_path: Path, monkeypatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    FRAME.write_csv("in.csv", datetime_format=STAMP)
    Path("yesterday.parquet").write_text("the result of yesterday", encoding="utf-8")
    Path("folder").mkdir()
    Path("folder", "thesis.txt").write_text("years of work", encoding="utf-8")
    before = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    said = run("in.csv", "-o", name, status=2)
    assert "exists already" in said
    assert {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()} == before


def test_a_list_of_what_was_unreadable_yesterday_is_not_written_over(tmp_path: Path) -> None:
    FRAME.write_csv(tmp_path / "in.csv", datetime_format=STAMP)
    side = tmp_path / "out.unreadable.csv"
    side.write_text("of yesterday", encoding="utf-8")
    assert "out.unreadable.csv: exists already" in run(
        tmp_path / "in.csv", "-o", tmp_path / "out.csv", status=2
    )
    assert side.read_text(encoding="utf-8") == "of yesterday"


@pytest.mark.parametrize("name", ["out.txt", "out.xlsx", "no-such-folder/out.csv"])
def test_a_place_that_cannot_hold_grades_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    FRAME.write_csv(tmp_path / "in.csv", datetime_format=STAMP)
    said = run(tmp_path / "in.csv", "-o", tmp_path / name, status=2)
    assert len(said.splitlines()) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["in.csv"]


def test_a_damaged_file_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    FRAME.write_parquet(tmp_path / "in.parquet")
    whole = (tmp_path / "in.parquet").read_bytes()
    (tmp_path / "in.parquet").write_bytes(whole[: len(whole) // 2])
    said = run(tmp_path / "in.parquet", "-o", tmp_path / "out.csv", status=1)
    assert len(said.splitlines()) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["in.parquet"]


def test_two_rows_of_one_time_are_counted_and_said(tmp_path: Path) -> None:
    twice = pl.concat([FRAME.head(5), FRAME.slice(1, 2), FRAME.slice(5)])
    at = twice.select("patient_id", "taken_at")
    expected = at.height - at.unique().height
    twice.write_parquet(tmp_path / "in.parquet")
    said = run(tmp_path / "in.parquet", "-o", tmp_path / "out.parquet")
    assert f"{expected} rows of a patient and time that stand in another row too" in said
    assert pl.read_parquet(tmp_path / "out.parquet").height == twice.height
