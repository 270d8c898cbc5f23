"""
What rose, fell or lasts, against definitions that look at every pair of rows.

The definitions read the rows as they were written, and the grades that came out beside the flags.
Which rows are assessments of their own is asked of the scalar course.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import polars as pl
import pytest

from tests.toxmodels.cohort.rows import cohort
from tests.toxmodels.cohort.scalar import Row, walks
from toxmodels import cohort as cohorts
from toxmodels.records import Patient
from toxmodels.scales.branch import branch
from toxmodels.site import site

PATIENTS = 500
FEVER_C = 38.0
DAY = timedelta(days=1)
CHANGES = ("crs_rose", "icans_rose", "ice_fall", "fever_since")


def has_risen(graded: list[Row], stepped: set[datetime], here: Row, scale: str) -> bool:
    """Certainly above an assessment before: by one within hours, or by two within a day."""
    soon, steep = site().hours("grade_rise_within_h"), site().hours("steep_rise_within_h")
    for before in graded:
        age = here["taken_at"] - before["taken_at"]
        if age <= timedelta(0) or before["taken_at"] not in stepped:
            continue
        by = here[f"{scale}_at_least"] - before[f"{scale}_at_most"]
        if (by >= 1 and age <= soon) or (by >= 2 and age <= steep):
            return True
    return False


def scored(row: Row) -> tuple[int, int] | None:
    """Lowest and highest ICE of an exam that could be done, for somebody whom ICE may grade."""
    who = Patient(
        id="one", age_years=row["age_years"], developmental_delay=row["developmental_delay"]
    )
    if branch(who) == "capd" or row["unable"] not in (None, "none"):
        return None
    if row["ice_low"] is not None:
        return row["ice_low"], row["ice_high"]
    return None if row["ice_total"] is None else (row["ice_total"], row["ice_total"])


def points_lost(rows: list[Row], here: Row) -> int:
    """The best score that was certain in the hours before, less what this exam may reach."""
    now, within = scored(here), site().hours("ice_drop_within_h")
    best = [
        score[0]
        for row in rows
        if timedelta(0) < here["taken_at"] - row["taken_at"] <= within
        and (score := scored(row)) is not None
    ]
    return 0 if now is None or not best else max(0, max(best) - now[1])


def reading_of_fever(rows: list[Row], at: datetime) -> datetime | None:
    """When the temperature that counts at a time was taken, where that is a fever."""
    kept = [
        row
        for row in rows
        if row["temperature_c"] is not None
        and not math.isnan(row["temperature_c"])
        and timedelta(0) <= at - row["taken_at"] <= site().vitals_valid
    ]
    if not kept or kept[-1]["temperature_c"] < FEVER_C:
        return None
    taken, dose = kept[-1]["taken_at"], kept[-1]["first_dose_at"]
    return None if dose is not None and taken < dose else taken


def feverish_since(rows: list[Row], stepped: set[datetime], at: datetime) -> datetime | None:
    """Back from here over readings of fever that lie no more than a day apart."""
    times = {one for one in stepped if one < at} | {at}
    seen = {reading_of_fever(rows, one) for one in times} - {None}
    since, start = at, None
    for reading in sorted(seen, reverse=True):
        if since - reading > DAY:
            break
        since = start = reading
    return start


@pytest.fixture(scope="module")
def told() -> list[tuple[Row, Row]]:
    """Of every row, what the cohort says of it and what the definitions say."""
    frame, treatments = cohort(400, PATIENTS)
    graded = cohorts.grade(frame, treatments=treatments).iter_rows(named=True)
    alone = cohorts.check(frame).filter(pl.col("violation") == "one-by-one")["patient_id"]
    ignored, pairs = set(alone), []
    for rows, walk in walks(frame, treatments):
        own, stepped = [next(graded) for _ in rows], {*walk.chart.times()}
        if rows[0]["patient_id"] in ignored:
            continue  # read by the scalar course itself
        for row, here in zip(rows, own, strict=True):
            said = {
                "crs_rose": has_risen(own, stepped, here, "crs"),
                "icans_rose": has_risen(own, stepped, here, "icans"),
                "ice_fall": points_lost(rows, row),
                "fever_since": feverish_since(rows, stepped, row["taken_at"]),
            }
            pairs.append((here, said))
    return pairs


@pytest.mark.parametrize("change", CHANGES)
def test_as_defined(told: list[tuple[Row, Row]], change: str) -> None:
    assert len(told) > PATIENTS * 5
    wrong = [
        f"{here['patient_id']} {here['taken_at']}: {here[change]}, defined {said[change]}"
        for here, said in told
        if here[change] != said[change]
    ]
    assert not wrong, f"{len(wrong)} of {len(told)} rows:\n" + "\n".join(wrong[:8])
    changed = sum(bool(said[change]) for _, said in told)
    assert changed > 50
    assert changed < len(told) - 50
