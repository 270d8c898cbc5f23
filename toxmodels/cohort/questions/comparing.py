"""
"What would protocol B have done?": each protocol run over the same patients, dose by dose.

The grades stay as they were recorded. In place of the tocilizumab and the corticosteroids that were
really given stand those that the protocol proposed so far, so that its own intervals and course
limits hold. Asked at each row where a certain grade changes, and again when an interval ends. A
repeated dose that waits for a clinician to say that the last one did not help is possible, not
certain. What a patient would have become under another protocol, nobody knows.

Slow: each step costs what one ``assess`` costs. Only patients with a grade are run, and of many of
them a sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from toxmodels.assess import grades_at
from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.columns import PATIENT, TIME
from toxmodels.cohort.questions.records_of import case_from, sample
from toxmodels.cohort.questions.study import Study
from toxmodels.cohort.treatments import Given, given
from toxmodels.course import Walk
from toxmodels.drugs import class_of
from toxmodels.protocols import Protocol, advise, protocols
from toxmodels.records import Treatment
from toxmodels.situation import Situation

__all__ = ["DIFFERENCES", "Compared", "compare"]

_REPLACED: Final = ("tocilizumab",)
DIFFERENCES: Final = ("both", "only the first", "only the second", "neither")
_LOOK_AGAIN: Final = timedelta(hours=8)
_NEEDED: Final = "is needed"  # a dose blocked only because a weight is unknown


@dataclass(frozen=True, slots=True)
class Compared:
    """
    What two protocols proposed, one row a patient.

    ``run`` of ``ill`` patients were run; ``of_all`` is the whole cohort. ``without_list`` of those
    run have no list of treatments.
    """

    first: str
    second: str
    rows: pl.DataFrame
    run: int
    ill: int
    of_all: int
    without_list: int


@dataclass(slots=True)
class _Proposed:
    """
    What one protocol proposed for one patient so far.

    ``asked_for`` of the doses are proposed only if a clinician says that the last did not help.
    """

    given: list[Treatment]
    tocilizumab: list[datetime]
    asked_for: int = 0
    steroid: datetime | None = None
    again: datetime | None = None


def compare(
    study: Study,
    first: str,
    second: str,
    *,
    most: int = 200,
    done: Callable[[int, int], None] | None = None,
) -> Compared:
    """
    Run two protocols over the patients of a cohort who had a certain grade.

    Args:
        study: the cohort; it needs its observations.
        first: id of one protocol.
        second: id of the other.
        most: how many patients to run at most; the same ones in each run.
        done: hears how many of how many are done.

    Raises:
        CaseError: an unknown protocol, or a cohort of grades without observations.

    """
    known = [_known(one) for one in (first, second)]
    if not study.can_replay:
        says = "holds grades without the observations they came from"
        raise CaseError([Fault(path="cohort", says=says, suggestion="give the observations")])
    ill = study.patients.filter((pl.col("crs_certain") >= 1) | (pl.col("icans_certain") >= 1))
    chosen = sample(study.rows[PATIENT].unique(maintain_order=True), most)
    lists = None if study.treatments is None else given(study.treatments)
    found, unlisted = [], 0
    kept = study.rows.filter(pl.col(PATIENT).is_in(chosen.implode()))
    parts = kept.partition_by(PATIENT, maintain_order=True)
    for place, part in enumerate(parts, start=1):
        line, has_list = _one(part.to_dicts(), lists, known)
        found.append(line)
        unlisted += not has_list
        if done is not None:
            done(place, len(parts))
    rows = pl.DataFrame(found, schema=_SCHEMA, orient="row")
    return Compared(first, second, rows, len(parts), ill.height, study.count, unlisted)


_HOURS: Final = pl.Float64
_SCHEMA: Final = {
    PATIENT: pl.String,
    "product": pl.String,
    **{
        f"{which}_{what}": kind
        for which in ("first", "second")
        for what, kind in (
            ("doses_certain", pl.Int64),
            ("doses_possible", pl.Int64),
            ("tocilizumab_h", _HOURS),
            ("corticosteroid", pl.Boolean),
            ("corticosteroid_h", _HOURS),
        )
    },
}


def _known(id_: str) -> Protocol:
    found = protocols().get(id_)
    if found is None:
        cure = f"known protocols: {', '.join(protocols())}"
        raise CaseError([Fault(path="protocol", says=f'unknown protocol "{id_}"', suggestion=cure)])
    return found


def _one(
    rows: Sequence[dict[str, Any]], lists: Given | None, known: Sequence[Protocol]
) -> tuple[dict[str, Any], bool]:
    case, has_list = case_from(rows, lists)
    walk, start = Walk(case), rows[-1].get("first_dose_at") or rows[0][TIME]
    line: dict[str, Any] = {PATIENT: case.patient.id, "product": rows[-1].get("product")}
    for which, protocol in zip(("first", "second"), known, strict=True):
        told = _run(walk, protocol, rows)
        line |= {
            f"{which}_doses_certain": len(told.tocilizumab) - told.asked_for,
            f"{which}_doses_possible": len(told.tocilizumab),
            f"{which}_tocilizumab_h": _hours(start, next(iter(told.tocilizumab), None)),
            f"{which}_corticosteroid": told.steroid is not None,
            f"{which}_corticosteroid_h": _hours(start, told.steroid),
        }
    return line, has_list


def _run(walk: Walk, protocol: Protocol, rows: Sequence[dict[str, Any]]) -> _Proposed:
    kept = [one for one in walk.case.treatments or () if not _is_replaced(one)]
    told = _Proposed(kept, [])
    for at in _times(rows, told):
        steps = walk.steps(at)
        case = walk.case.model_copy(update={"treatments": tuple(told.given)})
        situation = Situation(case, walk.chart, at, steps, grades_at(walk, at))
        _take_up(told, protocol, situation, at)
    return told


def _is_replaced(one: Treatment) -> bool:
    for_other = one.purpose in ("premedication", "prophylaxis", "prephase")
    return (one.drug in _REPLACED or class_of(one.drug) == "corticosteroid") and not for_other


def _times(rows: Sequence[dict[str, Any]], told: _Proposed) -> Iterator[datetime]:
    """Where a certain grade changes to one that matters, and when it is time to look again."""
    before: tuple[Any, Any] = (0, 0)
    start = rows[-1].get("first_dose_at")
    for row in rows:
        if start is not None and row[TIME] < start:
            continue
        now = (row["crs_at_least"] or 0, row["icans_at_least"] or 0)
        changed, before = now != before, now
        at: datetime = row[TIME]
        due = told.again is not None and at >= told.again
        if max(now) > 0 and (changed or due):
            told.again = None
            yield at


def _take_up(told: _Proposed, protocol: Protocol, situation: Situation, at: datetime) -> None:
    """Give what is proposed now, once; remember when an interval ends."""
    for one in advise(protocol, situation):
        if one.step != "treat" or one.drug is None:
            continue
        waits = one.earliest_at is not None and one.earliest_at > at
        if waits and one.drug in _REPLACED:
            told.again = one.earliest_at
        if waits or _is_stopped(one.blocked_by):
            continue
        if one.drug in _REPLACED and at not in told.tocilizumab:
            told.asked_for += bool(told.tocilizumab) and bool(one.confirm)
            told.tocilizumab.append(at)
            told.given.append(
                Treatment(given_at=at, drug=one.drug, dose_mg=one.dose_mg, purpose="crs")
            )
            told.again = at + _LOOK_AGAIN
        elif class_of(one.drug) == "corticosteroid" and told.steroid is None:
            told.steroid = at
            told.given.append(Treatment(given_at=at, drug=one.drug, purpose="crs"))


def _is_stopped(blocked_by: str | None) -> bool:
    """Whether something but an unknown weight keeps the dose back."""
    return blocked_by is not None and any(_NEEDED not in one for one in blocked_by.split("; "))


def _hours(start: datetime, at: datetime | None) -> float | None:
    return None if at is None else (at - start) / timedelta(hours=1)
