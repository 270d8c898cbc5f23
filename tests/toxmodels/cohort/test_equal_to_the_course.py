"""The cohort says of every row what the scalar course says of it: grades, waiver, episodes."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.profiles import NIGHTLY
from tests.toxmodels.cohort.rows import cohort, frame_of, one_patient
from tests.toxmodels.cohort.scalar import said, walks
from toxmodels import cohort as cohorts
from toxmodels.assess import course
from toxmodels.course import Walk
from toxmodels.findings import Grade

CRS, ICANS = "astct-crs-2019", "astct-icans-2019"
PARTS = ("at_least", "at_most", "decided_by", "missing")
PATIENTS = 34_000 if NIGHTLY else 3_400  # in each of four runs: a million rows, or 100,000


def named(prefix: str, grade: Grade) -> dict[str, object]:
    return {f"{prefix}_{part}": one for part, one in zip(PARTS, said(grade), strict=True)}


def wrong_rows(frame: pl.DataFrame, treatments: pl.DataFrame) -> tuple[int, list[str]]:
    """How many rows were compared, and what differs."""
    graded = cohorts.grade(frame, treatments=treatments).iter_rows(named=True)
    counted, wrong = 0, []
    for rows, walk in walks(frame, treatments):
        for row, got in zip(rows, graded, strict=False):
            assert (got["patient_id"], got["taken_at"]) == (row["patient_id"], row["taken_at"])
            counted += 1
            step = walk.steps(row["taken_at"])[-1]
            expected: dict[str, object] = {
                **named("crs", step.grade(CRS)),
                **named("icans", step.grade(ICANS)),
                "crs_waived": step.waiver.certain,
                "crs_status": step.status or "none",
                "crs_episode": step.episode,
            }
            if step.onset_at is not None:
                expected["crs_onset_at"] = step.onset_at
            differs = {key: (one, got[key]) for key, one in expected.items() if got[key] != one}
            if differs:
                wrong.append(f"{row['patient_id']} {row['taken_at']}: {differs}")
    return counted, wrong


def episodes_said(walk: Walk) -> list[tuple]:
    return sorted(
        (one.scale, one.number, one.onset_at, one.last_sign_at, one.ended_at, one.status,
         one.peak.at_least, one.peak.at_most, one.peak_at, one.duration_h)
        for one in course(walk).episodes
    )  # fmt: skip


def _seeds(count: int) -> list[Any]:
    """The first every day, the others at night: each takes a minute of a processor."""
    return [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(1, count))]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", _seeds(4))
def test_random_rows(seed: int) -> None:
    frame, treatments = cohort(seed + 100, PATIENTS)
    counted, wrong = wrong_rows(frame, treatments)
    assert counted == frame.height >= (250_000 if NIGHTLY else 25_000)
    assert not wrong, f"{len(wrong)} of {counted} rows:\n" + "\n".join(wrong[:8])


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_one_patient(dice) -> None:
    rows, treatments = one_patient(dice, "one", longest=8)
    listed = pl.DataFrame(treatments, schema=cohort(0, 1)[1].schema)
    _, wrong = wrong_rows(frame_of(rows), listed)
    assert not wrong


@pytest.mark.parametrize("seed", _seeds(2))
def test_episodes(seed: int) -> None:
    frame, treatments = cohort(seed + 200, PATIENTS // 10)
    found = cohorts.grade(frame, treatments=treatments, per="episode").drop("rules")
    by_patient = found.sort("scale", "episode").partition_by("patient_id", as_dict=True)
    for patient, walk in walks(frame, treatments):
        name = patient[0]["patient_id"]
        rows = by_patient.get((name,), found.clear()).drop("patient_id").rows()
        expected = [] if walk.chart.times() == [] else episodes_said(walk)
        assert rows == expected, name


def test_what_only_the_course_can_read_is_read_by_it() -> None:
    frame, treatments = cohort(300, 60)
    dead = pl.col("first_dose_at") + pl.duration(hours=30)
    exotic = frame.with_columns(
        other_cause=pl.when(pl.int_range(pl.len()) % 7 == 0)
        .then(pl.lit("hypotension+ice"))
        .when(pl.int_range(pl.len()) % 11 == 0)
        .then(pl.lit("fever")),
    )
    counted, wrong = wrong_rows(exotic, treatments)
    assert counted > 200
    assert not wrong
    reasons = cohorts.check(exotic).filter(pl.col("violation") == "one-by-one")["says"]
    assert "a sign attributed to another cause" in reasons.to_list()
    died = cohorts.grade(
        frame.with_columns(died_at=dead, death_due_to=pl.lit("crs")), treatments=treatments
    )
    late = died.filter(died["taken_at"] >= frame.select(dead).to_series())
    assert late.height > 0
    assert (late["crs_at_least"] == 5).all()


def test_two_rows_at_one_time_count_as_the_worse() -> None:
    frame, _ = cohort(301, 1)
    one = frame.head(1).with_columns(
        temperature_c=pl.lit(38.5), vasopressors=pl.lit("none"), hypotensive=pl.lit(True),
        oxygen_device=pl.lit("room_air"), hypoxic=pl.lit(None, pl.Boolean),
        oxygen_reason=pl.lit(None, pl.String), first_dose_at=pl.lit(None, pl.Datetime("us", "UTC")),
        fluid_for_hypotension=pl.lit(None, pl.Boolean),
    )  # fmt: skip
    worse = one.with_columns(vasopressors=pl.lit("norepinephrine"))
    for rows in ([one, worse], [worse, one]):
        graded = cohorts.grade(pl.concat(rows))
        assert graded["crs_at_least"].to_list() == [3, 3]
    assert "time-twice" in cohorts.check(pl.concat([one, worse]))["violation"].to_list()
