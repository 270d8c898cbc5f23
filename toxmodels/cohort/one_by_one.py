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

from toxmodels.cohort.cases import Unread, case_of, has_unreadable
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

__all__ = ["FATAL", "at_death", "episode_rows", "graded_alone", "graded_rows"]

Row = dict[str, Any]
FATAL: Final = ("crs", "icans")
_OPEN: Final = Waiver(certain=False, possible=True)
_SIGNS: Final[dict[str, tuple[str, Signs]]] = {
    astct_crs.ID: ("crs", CRS_SIGNS),
    astct_icans.ID: ("icans", ICANS_SIGNS),
}


def graded_rows(rows: Sequence[Row], treatments: Sequence[Treatment] | None) -> list[Row]:
    """Grade every row of one patient at its own time; every column that may be asked for."""
    walk = Walk(case_of(rows, treatments))
    ends = _standing(walk, max(row[TIME] for row in rows))
    bounds = _bounds(rows, treatments)
    found = []
    for place, row in enumerate(rows):
        at = row[TIME]
        steps = walk.steps(at)
        step = steps[-1]
        fever = fever_times(steps, at)
        grades = _grades(_alive(walk, at), step.waiver)
        found.append(
            {
                PATIENT: row[PATIENT],
                TIME: at,
                **(_opened(grades, *bounds[place]) if bounds else grades),
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
    bounds = _bounds([row], None, _OPEN)
    grades = _grades(_alive(Walk(case_of([row], None)), row[TIME]), _OPEN)
    opened = _opened(grades, *bounds[0]) if bounds else grades
    return {PATIENT: row[PATIENT], TIME: row[TIME], **opened}


def _alive(walk: Walk, at: datetime) -> CrsStep | None:
    """What holds at a time; nothing after a death from another cause."""
    death = walk.chart.death_by(at)
    return None if death is not None and death.due_to == "other" else walk.steps(at)[-1]


def _bounds(
    rows: Sequence[Row], treatments: Sequence[Treatment] | None, waiver: Waiver | None = None
) -> list[tuple[Row, Row]]:
    """
    The grades of each row if what cannot be read were as mild, and as bad, as it may be.

    Nothing where everything can be read.
    """
    if not has_unreadable(rows):
        return []
    ends: list[list[Row]] = []
    supposed: tuple[Unread, Unread] = ("mildest", "worst")
    for one in supposed:
        walk = Walk(case_of(rows, treatments, one))
        steps = [_alive(walk, row[TIME]) for row in rows]
        own = [_OPEN if step is None else waiver or step.waiver for step in steps]
        ends.append([_grades(*both) for both in zip(steps, own, strict=True)])
    return list(zip(*ends, strict=True))


def _opened(grades: Row, mildest: Row, worst: Row) -> Row:
    """A grade from the least to the most that unreadable signs allow; they count as missing."""
    found = dict(grades)
    for prefix, signs in _SIGNS.values():
        low, high, missing = f"{prefix}_at_least", f"{prefix}_at_most", f"{prefix}_missing"
        if grades[low] is None or grades[high] is None:
            continue
        every = (grades, mildest, worst)
        found[low] = min(one[low] for one in every)
        found[high] = max(one[high] for one in every)
        named = {sign for one in every for sign in one[missing].split("+") if sign}
        if found[low] < found[high]:
            named |= {*_decided(worst, prefix)} - {*_decided(mildest, prefix)}
        found[missing] = signs.names[signs.place(named)]
        found[f"{prefix}_decided_by"] = mildest[f"{prefix}_decided_by"]
    return found


def _decided(row: Row, prefix: str) -> list[str]:
    """The signs that put a grade where it is."""
    return [sign for sign in row[f"{prefix}_decided_by"].split("+") if sign]


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


def _standing(walk: Walk, until: datetime) -> list[Episode]:
    return walk.points([time for time in _living(walk) if time <= until])[1]


def _fatal(walk: Walk) -> datetime | None:
    """When the patient died of a toxicity; as in ``assess``, no other death moves the end."""
    return min((one.at for one in walk.chart.deaths if one.due_to in FATAL), default=None)


def _end(walk: Walk, rows: Sequence[Row]) -> datetime:
    """The last row, or a later death of a toxicity."""
    last: datetime = max(row[TIME] for row in rows)
    return max(last, _fatal(walk) or last)


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
    graded = graded_rows(rows, treatments) if has_unreadable(rows) else []
    return [
        {
            PATIENT: rows[0][PATIENT],
            "scale": one.scale,
            "episode": one.number,
            "onset_at": one.onset_at,
            "last_sign_at": one.last_sign_at,
            "ended_at": one.ended_at,
            "status": one.status,
            **_peak(one, graded),
            "peak_at": one.peak_at,
            "duration_h": one.duration_h,
        }
        for one in _standing(walk, _end(walk, rows))
    ]


def at_death(rows: Sequence[Row], treatments: Sequence[Treatment] | None) -> Row | None:
    """What a death of a toxicity says: its grades, and how many episodes there were."""
    walk = Walk(case_of(rows, treatments))
    at = _fatal(walk)
    step = None if at is None else _alive(walk, at)
    if at is None or step is None:
        return None
    grades, episodes = _grades(step, step.waiver), _standing(walk, _end(walk, rows))
    found: Row = {PATIENT: rows[0][PATIENT], "dead at": at}
    for scale, (prefix, _) in _SIGNS.items():
        for end in ("at_least", "at_most"):
            found[f"{prefix}_peak_{end} dead"] = grades[f"{prefix}_{end}"]
        found[f"{prefix}_episodes dead"] = sum(one.scale == scale for one in episodes)
    return found


def _peak(episode: Episode, graded: Sequence[Row]) -> Row:
    """The highest grade of an episode, also if what cannot be read was at its worst."""
    prefix = _SIGNS[episode.scale][0]
    until = episode.ended_at
    within = [
        row
        for row in graded
        if row[f"{prefix}_at_most"] is not None
        and row[TIME] >= episode.onset_at
        and (until is None or row[TIME] <= until)
    ]
    low, high = episode.peak.at_least, episode.peak.at_most
    if within:
        low = min(low, max(row[f"{prefix}_at_least"] for row in within))
        high = max(high, *(row[f"{prefix}_at_most"] for row in within))
    return {"peak_at_least": low, "peak_at_most": high}


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
