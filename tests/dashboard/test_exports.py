"""Exports are inert, say what they are, and keep numbers as numbers."""

import csv
import io
from datetime import UTC, datetime

import pytest

from dashboard.exports import COLUMNS, NOT_LIVE, csv_text, heading, inert, strip_csv
from dashboard.parts.intended_use import SHORT
from tests.dashboard.charts.cases import CALM, at_h, case_of, drawn, vitals

NOW = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "  =1", "=cmd|' /C x'!A0"],
)
def test_a_text_that_looks_like_a_formula_is_quoted(text):
    cell = inert(text)
    assert cell.startswith("'")
    assert "\0" not in cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-3.5, "-3.5"),
        (38.6, "38.6"),
        (1234567.0, "1234567"),
        (0, "0"),
        (None, ""),
        (float("nan"), ""),
        (True, "True"),
        ("38.6 °C", "38.6 °C"),
        (NOW, "2026-03-04T08:00:00+00:00"),
    ],
)
def test_numbers_stay_numbers_and_nothing_stays_empty(value, cell):
    assert inert(value) == cell


def test_every_export_says_what_it_is_who_made_it_and_when():
    lines = heading("Patient x: Temperature", who="AB (nurse)", at=NOW, shown=at_h(13))
    text = csv_text(["a"], [[1]], lines)
    assert NOT_LIVE in text
    assert "AB (nurse)" in text
    assert "04-Mar-2026 08:00 UTC" in text
    assert SHORT in next(csv.reader(io.StringIO(text.splitlines()[2])))


def test_every_strip_can_be_exported_and_drug_names_are_inert():
    case = case_of(
        vitals=[vitals(1, **CALM)],
        treatments=[{"given_at": at_h(2).isoformat(), "drug": "=evil()", "dose_mg": 1.0}],
    )
    frames, _, _ = drawn(case, 13)
    for strip in COLUMNS:
        rows = [*csv.reader(io.StringIO(strip_csv(strip, frames, ["what"])))]
        assert rows[0] == ["what"]
        assert not [c for row in rows for c in row if c.startswith(("=", "@", "+"))]
    assert "'=evil()" in strip_csv("lane", frames, ["what"])


def test_a_reading_keeps_its_time_with_offset():
    frames, _, _ = drawn(case_of(vitals=[vitals(1, **CALM)]), 13)
    rows = [*csv.reader(io.StringIO(strip_csv("temperature", frames, ["what"])))]
    assert rows[1] == ["taken_at", "hours_since_zero", "temperature_c"]
    assert rows[2] == ["2026-03-01T11:00:00+00:00", "1", "36.8"]
