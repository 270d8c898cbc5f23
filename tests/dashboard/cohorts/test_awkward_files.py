"""Files as registries send them: read as they are, or refused in a line with place and cure."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.cohorts.reading import uploaded
from toxmodels.casefile import CaseError

HEAD = (
    "patient_id,taken_at,temperature_c,hypotensive,vasopressors,oxygen_device,oxygen_flow_l_min\n"
)
ONE = "a,2026-03-01T10:00:00+00:00,38.5,false,none,nasal_cannula,2\n"
TWO = "a,2026-03-01T11:00:00+00:00,38.4,false,none,nasal_cannula,6.1\n"
GOOD = HEAD + ONE + TWO


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


REFUSED = [
    ("semicolons", GOOD.replace(",", ";"), 'separated by ";"'),
    ("tabs", GOOD.replace(",", "\t"), "separated by a tab"),
    ("nothing", "", "is empty"),
    ("an empty line", "\n", "is empty"),
    ("old line ends", GOOD.replace("\n", "\r"), "lines that end in no usual way"),
    ("packed", gzip.compress(GOOD.encode()), "is packed (gzip)"),
    ("a workbook", b"PK\x03\x04" + b"x" * 40, "is an Excel file"),
    ("two bytes a letter", GOOD.encode("utf-16"), "UTF-16"),
    ("a letter of another code", GOOD.encode().replace(b"none", b"n\xf6ne", 1), "not written in"),
    ("large letters", GOOD.replace("patient_id", "Patient_ID"), '"patient_id"'),
    ("one column twice", GOOD.replace("hypotensive", "temperature_c"), "two columns are named"),
    ("other words", "patient_id,taken_at,Temp\na,2026-03-01T10:00:00Z,38\n", "holds no column of"),
]


@pytest.mark.parametrize(("content", "says"), [one[1:] for one in REFUSED],
                         ids=[one[0] for one in REFUSED])  # fmt: skip
def test_what_is_no_cohort_is_refused_everywhere_alike(tmp_path, content, says):
    raw = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "in.csv").write_bytes(raw)
    for words in (("grade", tmp_path / "in.csv", "-o", tmp_path / "out.csv"),
                  ("cohort", tmp_path / "in.csv")):  # fmt: skip
        found = run(*words)
        assert found.exit_code == 2, found.output
        assert says in found.stderr
        assert "in.csv" in found.stderr
        assert found.stdout == ""
    assert [one.name for one in tmp_path.iterdir()] == ["in.csv"]
    with pytest.raises(CaseError, match=r"in\.csv"):
        uploaded("in.csv", raw)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.rstrip("\n"),
        GOOD + "\n,,,,,,\n\n",
        GOOD.replace("+00:00", "Z"),
        GOOD.replace("T1", " 1").replace(":00:00+", ":00+"),
        GOOD.replace("T10:00:00+00:00", "T12:00:00.0+0200"),
        HEAD + TWO + ONE,
    ],
    ids=["mark", "windows", "no end", "empty lines", "zulu", "short", "zone", "late entry"],
)
def test_other_spellings_of_the_same_file_give_the_same_grades(tmp_path, text):
    (tmp_path / "in.csv").write_bytes(text.encode())
    found = run("grade", tmp_path / "in.csv", "-o", tmp_path / "out.csv")
    assert (found.exit_code, found.stderr) == (0, "")
    rows = [
        (row["taken_at"][11:13], row["crs_at_least"], row["crs_at_most"])
        for row in written(tmp_path / "out.csv")
    ]
    assert rows == [("10", "2", "2"), ("11", "3", "3")]


CELLS = [
    ("temperature_c", "101.3", "looks like °F; that is 38.5 °C"),
    ("temperature_c", '"38,5"', "a number is written 38.5"),
    ("temperature_c", "-999", "leave the cell empty"),
    ("vasopressors", "NA", "leave the cell empty"),
    ("taken_at", "2026-03-01", "has no offset from UTC"),
    ("taken_at", "46082.5", "is not a time"),
]


@pytest.mark.parametrize(("column", "cell", "says"), CELLS)
def test_a_cell_that_cannot_be_read_is_named_with_its_cure(tmp_path, column, cell, says):
    line = ONE.split(",")
    line[HEAD.split(",").index(column)] = cell
    (tmp_path / "in.csv").write_text(GOOD + ",".join(line), encoding="utf-8")
    assert run("grade", tmp_path / "in.csv", "-o", tmp_path / "out.csv").exit_code == 3
    (aside,) = written(tmp_path / "out.unreadable.csv")
    assert (aside["line"], aside["column"]) == ("4", column)
    assert aside["value"] == cell.strip('"')
    assert says in aside["reason"]
    # Counts would be wrong without a row, and are right, with the cell left open, with it.
    assert run("cohort", tmp_path / "in.csv").exit_code == (2 if column == "taken_at" else 3)


def test_a_column_that_is_only_spelled_otherwise_is_not_passed_over_in_silence(tmp_path):
    text = GOOD.replace("temperature_c", "Temperature (°C)").replace("hypotensive", "ward")
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    found = run("grade", tmp_path / "in.csv", "-o", tmp_path / "out.csv")
    assert found.exit_code == 3
    assert "columns that are not read: Temperature (°C), ward" in found.stderr
    (aside,) = written(tmp_path / "out.unreadable.csv")
    assert aside["column"] == "Temperature (°C)"
    assert '"temperature_c"' in aside["reason"]


def test_many_odd_lines_keep_the_numbers_of_the_others(tmp_path):
    lines = [ONE.replace("a,", f"p{at},", 1) for at in range(60)]
    lines = [line if at % 3 else "too,few\n" for at, line in enumerate(lines)]
    lines[40] = lines[40].replace("38.5", "hot")
    (tmp_path / "in.csv").write_text(HEAD + "".join(lines), encoding="utf-8")
    assert run("grade", tmp_path / "in.csv", "-o", tmp_path / "out.csv").exit_code == 3
    aside = written(tmp_path / "out.unreadable.csv")
    assert [row["line"] for row in aside if row["column"]] == ["42"]
    assert [row["line"] for row in aside if not row["column"]] == [
        str(2 + 3 * n) for n in range(20)
    ]


def test_one_patient_under_two_names_is_refused(tmp_path):
    (tmp_path / "in.csv").write_text(GOOD + ONE.replace("a,", "a ,", 1), encoding="utf-8")
    found = run("grade", tmp_path / "in.csv", "-o", tmp_path / "out.csv")
    assert found.exit_code == 2
    assert "with and without blanks" in found.stderr


def test_treatments_of_nobody_in_the_file_are_told(tmp_path):
    (tmp_path / "in.csv").write_text(GOOD, encoding="utf-8")
    given = "patient_id,given_at,drug\nA,2026-03-01T10:30:00Z,tocilizumab\n"
    (tmp_path / "given.csv").write_text(given, encoding="utf-8")
    words = ("grade", tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--treatments")
    found = run(*words, tmp_path / "given.csv")
    assert found.exit_code == 0
    assert "treated patients without any row: 1" in found.stderr


def test_a_folder_of_all_kinds(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text(GOOD, encoding="utf-8")
    (folder / ".a.csv").write_text("hidden", encoding="utf-8")
    (folder / "b.csv.gz").write_bytes(gzip.compress(GOOD.encode()))
    inside = run("grade", folder, "-o", folder / "graded.csv")
    assert inside.exit_code == 2
    assert "the next run would take it for observations" in inside.stderr
    found = run("grade", folder, "-o", tmp_path / "graded.csv")
    assert found.exit_code == 0
    assert "files that are not read: b.csv.gz" in found.stderr
    assert len(written(tmp_path / "graded.csv")) == 2
    again = run("grade", tmp_path / "graded.csv", "-o", tmp_path / "twice.csv")
    assert (again.exit_code, "to grade" in again.stderr) == (2, True)
    told = json.loads(run("cohort", tmp_path / "graded.csv", "--json").stdout)
    assert told["answers"][0]["rows"][2]["certain"] == 1  # grade 3 by its flow


def test_a_header_alone_is_a_cohort_of_nobody(tmp_path):
    (tmp_path / "in.csv").write_text(HEAD, encoding="utf-8")
    assert run("grade", tmp_path / "in.csv", "-o", tmp_path / "out.csv").exit_code == 0
    assert written(tmp_path / "out.csv") == []
