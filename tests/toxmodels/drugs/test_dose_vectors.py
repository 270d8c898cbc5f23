"""
The tables of doses: limits bracketed, regions and ages side by side, each row with its why.

Times in the tables are short: T is 3 March 2026, U the day after, V two days after.
"""

import csv
from pathlib import Path

import pytest

from toxmodels.drugs import dose

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
DAYS = {"T": "2026-03-03", "U": "2026-03-04", "V": "2026-03-05"}
COLUMNS = ["drug", "inputs", "dose", "unit", "blocked", "why"]


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert all(list(row) == COLUMNS for row in found), f"{path.name}: a row has too many cells"
    return [row | {"file": path.stem} for row in found]


ROWS = [row for path in sorted(VECTORS.glob("dose_*.csv")) for row in read(path)]
DOSED = [row for row in ROWS if row["dose"]]


def when(text):
    if text[0] not in DAYS:
        return text
    clock = text[1:] if text.count(":") == 2 else f"{text[1:]}:00"
    return f"{DAYS[text[0]]}T{clock}+00:00"


def asked(row):
    """The inputs of a row as the command line would collect them: text, given_at repeated."""
    found = {}
    for pair in row["inputs"].split():
        key, _, value = pair.partition("=")
        if key == "given_at":
            found.setdefault(key, []).append(value if value == "undated" else when(value))
        else:
            found[key] = when(value) if key in {"at", "counted_since"} else value
    return found


def named(rows):
    return [f"{row['file']}: {row['drug']}: {row['why']}" for row in rows]


@pytest.mark.parametrize("row", ROWS, ids=named(ROWS))
def test_the_dose_is_the_one_in_the_table(row):
    result = dose(row["drug"], **asked(row))
    assert result.unit == row["unit"]
    if row["dose"]:
        assert result.blocked_by is None
        assert result.allowed is True
        assert result.dose == float(row["dose"]), result.arithmetic
    else:
        assert result.dose is None
        assert result.allowed is False
        assert row["blocked"] in result.blocked_by


@pytest.mark.parametrize("row", DOSED, ids=named(DOSED))
def test_a_dose_shows_its_arithmetic_and_its_source(row):
    result = dose(row["drug"], **asked(row))
    assert result.arithmetic in result.steps
    number = float(row["dose"]) / (1_000_000 if row["unit"] == "cells" else 1)
    assert f"{number:g}" in result.arithmetic
    assert result.cite.source
    assert result.cite in result.cites


def test_every_row_has_its_reason_and_both_outcomes_are_there():
    assert all(row["why"] for row in ROWS)
    assert all(bool(row["dose"]) != bool(row["blocked"]) for row in ROWS)
    assert len(DOSED) > 80
    assert len(ROWS) - len(DOSED) > 80
