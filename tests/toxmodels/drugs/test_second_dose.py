"""The second dose of obecabtagene autoleucel from a case: day, doses on record, grades, total."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toxmodels.casefile import load_case
from toxmodels.drugs import dose, dose_for

FIRST = datetime(2026, 3, 1, 10, tzinfo=UTC)
OBE = "obecabtagene-autoleucel"
WELL = {"crs_grade": 0, "icans_grade": 0}


def case(*given_h, cells=None, doses=True, **patient):
    times = [(FIRST + timedelta(hours=one)).isoformat() for one in given_h]
    therapy = {"product": OBE, "started_at": times[0] if times else None}
    if doses:
        more = {} if cells is None else {"dose_cells": cells}
        therapy["doses"] = [{"given_at": one} | more for one in times]
    known = {"id": "o", "age_years": 40.0, "weight_kg": 70.0, "marrow_blasts_percent": 12.0}
    body = {"format": "toxwatch-case/1", "patient": known | patient, "therapy": therapy}
    return load_case(json.dumps(body))


def second(patient, day, hours=0, **more):
    at = FIRST + timedelta(days=day - 1, hours=hours)
    return dose_for(patient, OBE, at, **(WELL | more))


@pytest.mark.parametrize(
    ("day", "hours", "blocked"),
    [
        (7, 23.9, "day 7: the second dose is for day 10 +/- 2"),
        (8, 0, None),
        (10, 0, None),
        (12, 23.9, None),
        (13, 0, None),
        (21, 23.9, None),
        (22, 0, "day 22: not after day 21"),
        (5000, 0, "not after day 21"),
    ],
)
def test_the_day_counts_from_the_first_dose_as_day_1(day, hours, blocked):
    found = second(case(0), day, hours)
    if blocked is None:
        assert (found.dose, found.blocked_by) == (310_000_000, None)
    else:
        assert blocked in found.blocked_by
    assert any("later than planned" in one for one in found.confirm) == (13 <= day <= 21)


def test_the_dose_that_comes_next_is_read_from_those_on_record():
    assert second(case(), 1).dose == 100_000_000
    assert second(case(0), 10).dose == 310_000_000
    assert (second(case(0), 10).doses_given, second(case(0), 10).doses_left) == (1, 1)
    both = second(case(0, 216), 12, dose_number=2)
    assert "2 doses are recorded" in both.blocked_by
    assert "first dose is recorded already" in second(case(0), 10, dose_number=1).blocked_by
    assert "no first dose is recorded" in second(case(), 10, dose_number=2).blocked_by


def test_a_list_of_doses_that_nobody_kept_leaves_the_question_open():
    found = second(case(0, doses=False), 10)
    assert "dose_number is needed" in found.blocked_by


@pytest.mark.parametrize("missing", ["crs_grade", "icans_grade"])
def test_a_grade_that_nobody_told_is_named(missing):
    found = second(case(0), 10, **{missing: None})
    assert found.blocked_by == f"{missing} after the first dose is needed"


def test_missing_blasts_or_age_are_named():
    assert "marrow_blasts_percent" in second(case(0, marrow_blasts_percent=None), 10).blocked_by
    assert "age_years is needed" in second(case(0, age_years=None), 10).blocked_by
    assert "adult flat dose" in second(case(0, age_years=17.9), 10).blocked_by


@given(grades=st.tuples(*[st.integers(0, 4)] * 6))
def test_the_gate_opens_only_for_closed_grades_below_its_limits(grades):
    crs, crs_most, icans, icans_most, crs_peak, icans_peak = grades
    found = second(
        case(0),
        10,
        crs_grade=crs,
        crs_grade_at_most=max(crs, crs_most),
        crs_peak_grade=max(crs, crs_peak),
        icans_grade=icans,
        icans_grade_at_most=max(icans, icans_most),
        icans_peak_grade=max(icans, icans_peak),
    )
    closed = crs_most <= crs and icans_most <= icans
    low = crs <= 1 and icans == 0 and max(crs, crs_peak) <= 2 and max(icans, icans_peak) <= 1
    assert (found.dose is not None) == (closed and low)
    if not closed:
        assert "an open grade allows no second dose" in found.blocked_by


def test_a_first_dose_of_the_other_split_is_cleared_up_before_the_second():
    """Blasts corrected after the first dose must not make both doses exceed the total."""
    for cells, blasts, ok in (
        (100e6, 12.0, True),
        (98e6, 12.0, True),
        (100e6, 30.0, False),
        (10e6, 30.0, True),
        (10e6, 12.0, False),
    ):
        found = second(case(0, cells=cells, marrow_blasts_percent=blasts), 10)
        assert (found.dose is not None) is ok
        if not ok:
            assert "clear this up first" in found.blocked_by
        elif found.dose is not None:
            assert found.dose + cells <= 410_000_000


def test_times_need_the_time_asked_about():
    found = dose(OBE, age_years=40, marrow_blasts_percent=12, given_at=[FIRST], day=10, **WELL)
    assert "at is needed" in found.blocked_by
