"""
Patients whom only the scalar course can read, graded by it row by row.

Attribution, a death within the rows, CRS established elsewhere, two rows at one time, and seizure
records that may tell of one seizure. Few patients; each costs what ``assess`` costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from toxmodels.cohort.cases import case_of
from toxmodels.cohort.columns import PATIENT, TIME
from toxmodels.cohort.packed import CRS_SIGNS, ICANS_SIGNS, Signs
from toxmodels.course import Episode, Walk
from toxmodels.crs_steps import CrsStep
from toxmodels.findings import Grade
from toxmodels.moment import Waiver
from toxmodels.occurrences import fever_times
from toxmodels.records import Treatment
from toxmodels.scales import STEPPED, astct_crs, astct_icans
from toxmodels.scales.branch import branch
from toxmodels.scales.ice import ice_score
from toxmodels.site import site

__all__ = ["episode_rows", "graded_alone", "graded_rows"]

Row = dict[str, Any]
_SIGNS: Final[dict[str, tuple[str, Signs]]] = {
    astct_crs.ID: ("crs", CRS_SIGNS),
    astct_icans.ID: ("icans", ICANS_SIGNS),
}


def graded_rows(rows: Sequence[Row], treatments: Sequence[Treatment] | None) -> list[Row]:
    """Grade every row of one patient at its own time; every column that may be asked for."""
    walk = Walk(case_of(rows, treatments))
    ends = _standing(walk, rows)
    found = []
    for row in rows:
        at = row[TIME]
        steps, death = walk.steps(at), walk.chart.death_by(at)
        step = steps[-1]
        gone = death is not None and death.due_to == "other"
        fever = fever_times(steps, at)
        found.append(
            {
                PATIENT: row[PATIENT],
                TIME: at,
                **_grades(None if gone else step, step.waiver),
                "crs_waived": step.waiver.certain,
                "crs_episode": step.episode,
                "crs_status": step.status or "none",
                "crs_onset_at": _crs_onset(step, ends, at),
                **_icans(walk, at),
                "crs_rose": _rose(steps, astct_crs.ID),
                "icans_rose": _rose(steps, astct_icans.ID),
                "fever_since": None if fever is None else fever[0],
                "ice_fall": _ice_fall(walk, at),
            }
        )
    return found


def graded_alone(row: Row) -> Row:
    """Grade one row as if its patient had no other, with the waiver left open."""
    walk = Walk(case_of([row], None))
    step = walk.steps(row[TIME])[-1]
    death = step.moment.death
    gone = death is not None and death.due_to == "other"
    waiver = Waiver(certain=False, possible=True)
    return {PATIENT: row[PATIENT], TIME: row[TIME], **_grades(None if gone else step, waiver)}


def _grades(step: CrsStep | None, waiver: Waiver) -> Row:
    found: Row = {}
    for id_, (prefix, signs) in _SIGNS.items():
        grade = None if step is None else STEPPED[id_].grade(step.moment, waiver)
        names = ("at_least", "at_most", "decided_by", "missing")
        values = (None,) * 4 if grade is None else _parts(grade, signs)
        found |= {f"{prefix}_{name}": value for name, value in zip(names, values, strict=True)}
    return found


def _parts(grade: Grade, signs: Signs) -> tuple[int, int, str, str]:
    packed = signs.pack(grade)
    decided, missing = signs.names[packed >> 6 & 255], signs.names[packed >> 14]
    return grade.at_least, grade.at_most, decided, missing


def _standing(walk: Walk, rows: Sequence[Row]) -> list[Episode]:
    until = max(row[TIME] for row in rows)
    return walk.points([time for time in _living(walk) if time <= until])[1]


def _living(walk: Walk) -> list[datetime]:
    other = [one.at for one in walk.chart.deaths if one.due_to == "other"]
    return [time for time in walk.chart.times() if not other or time < min(other)]


def _crs_onset(step: CrsStep, episodes: Sequence[Episode], at: datetime) -> datetime | None:
    """The onset of the episode of this row, which may be over."""
    if step.onset_at is not None or step.episode == 0:
        return step.onset_at
    own = [one for one in episodes if one.scale == astct_crs.ID and one.number == step.episode]
    return own[0].onset_at if own else None


def _icans(walk: Walk, at: datetime) -> Row:
    """The ICANS episode at a time: what the walk up to it comes to."""
    times = [time for time in _living(walk) if time < at]
    episodes = walk.points([*times, at])[1]
    own = [one for one in episodes if one.scale == astct_icans.ID]
    return {
        "icans_episode": len(own),
        "icans_status": own[-1].status if own else "none",
        "icans_onset_at": own[-1].onset_at if own else None,
    }


def _rose(steps: Sequence[CrsStep], scale: str) -> bool:
    """As the alarm on a rising grade: by one soon, or by two within a day."""
    soon, steep = site().hours("grade_rise_within_h"), site().hours("steep_rise_within_h")
    now, at = steps[-1].grade(scale).at_least, steps[-1].moment.at
    for step in steps[:-1]:
        age, before = at - step.moment.at, step.grade(scale).at_most
        if (age <= soon and now - before >= 1) or (age <= steep and now - before >= 2):
            return True
    return False


def _ice_fall(walk: Walk, at: datetime) -> int:
    """Points certainly lost by the exam of this time against the best of the hours before."""
    patient, within = walk.case.patient, site().hours("ice_drop_within_h")
    if branch(patient) == "capd":
        return 0
    fixed = patient.fixed_ice_deficits or ()
    scores = [
        (one.taken_at, ice_score(one.ice, fixed))
        for one in walk.chart.exams
        if one.ice is not None and not one.unable_reasons and one.taken_at <= at
    ]
    now = [score.high for time, score in scores if time == at]
    before = [score.low for time, score in scores if time < at and at - time <= within]
    return max(0, max(before) - min(now)) if now and before else 0


def episode_rows(rows: Sequence[Row], treatments: Sequence[Treatment] | None) -> list[Row]:
    """The episodes of one patient."""
    walk = Walk(case_of(rows, treatments))
    return [
        {
            PATIENT: rows[0][PATIENT],
            "scale": one.scale,
            "episode": one.number,
            "onset_at": one.onset_at,
            "last_sign_at": one.last_sign_at,
            "ended_at": one.ended_at,
            "status": one.status,
            "peak_at_least": one.peak.at_least,
            "peak_at_most": one.peak.at_most,
            "peak_at": one.peak_at,
            "duration_h": one.duration_h,
        }
        for one in _standing(walk, rows)
    ]


def put_in(whole: pl.DataFrame, places: pl.Series, rows: Sequence[Row]) -> pl.DataFrame:
    """The frame with the rows at these places replaced."""
    schema = dict(whole.schema)
    new = pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None).select(
        whole.columns
    )
    order = pl.Series(range(whole.height)).is_in(places.implode())
    kept = whole.filter(~order)
    at = pl.concat([order.not_().arg_true(), places.cast(pl.get_index_type())])
    return pl.concat([kept, new]).gather(at.arg_sort())
