"""
The lines above all advice: what a night doctor must know before reading anything else.

Pure: from the state of a patient to sentences. Nothing is judged here; whether a drug may mask
fever, and for how long a value counts, is asked of ``toxmodels``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from dashboard.parts.grade import (
    NO_FEVER,
    NOT_ASSESSED,
    age_text,
    is_assessed,
    is_uncounted,
    span_text,
)
from dashboard.states import PatientState
from toxmodels import Case, Grade
from toxmodels.crs_steps import is_masked
from toxmodels.moment import Chart
from toxmodels.records import Event
from toxmodels.scales import SCALES

__all__ = ["headline", "infection_line", "infusion_text", "is_febrile", "masking_text"]

LOOK_BACK: Final = timedelta(hours=24)
# sign -> the fields of the case file that inform it
_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "fever": ("temperature_c",),
    "hypotension": ("vasopressors", "hypotensive"),
    "hypoxia": ("oxygen",),
    "ice": ("ice",),
    "capd": ("capd",),
    "consciousness": ("consciousness",),
}


def headline(state: PatientState) -> tuple[str, ...]:
    """Worst in 24 h, what hides fever, a running infusion, neutrophils, the oldest gap."""
    said = [_worst(state), masking_text(state.case, state.at), infusion_text(state.case, state.at)]
    said += [_neutrophils(state.case, state.at), _oldest_missing(state)]
    return tuple(one for one in said if one is not None)


def _worst(state: PatientState) -> str:
    since = state.at - LOOK_BACK
    points = [] if state.course is None else [p for p in state.course.points if p.at >= since]
    found = []
    for id_, now in state.assessment.grades.items():
        earlier = [point.grades[id_] for point in points if id_ in point.grades]
        found.append(f"{SCALES[id_].short} {_worst_of([*earlier, now])}")
    return "Worst in 24 h: " + (", ".join(found) if found else "no grade")


def _worst_of(grades: Sequence[Grade]) -> str:
    """The highest grade that was certain, and how high it may have been for lack of records."""
    if not any(is_assessed(grade) for grade in grades):
        return NOT_ASSESSED
    low = max(grade.at_least for grade in grades)
    high = max(grade.at_most for grade in grades)
    says = str(low) if low == high else f"{low}, could have been {high}"
    # A 0 for want of fever alone must not read like a calm day.
    uncounted = low == 0 and any(is_uncounted(grade) for grade in grades)
    return f"{says} ({NO_FEVER})" if uncounted else says


def masking_text(case: Case, at: datetime) -> str | None:
    """Which drugs may be hiding fever now, and since when; each drug by its newest dose."""
    if case.treatments is None:
        return "treatments never recorded: whether fever is masked is not known"
    newest = {
        one.drug: one
        for one in sorted(case.treatments, key=lambda given: given.given_at)
        if one.given_at <= at and is_masked([one], at)
    }
    if not newest:
        return None
    drugs = sorted(newest.values(), key=lambda one: one.given_at, reverse=True)
    named = ", ".join(f"{one.drug} {age_text(at - one.given_at)}" for one in drugs)
    return f"fever may be masked by {named}"


def infusion_text(case: Case, at: datetime) -> str | None:
    """Whether a continuous infusion runs; ``None`` for therapies without one."""
    segments = () if case.therapy is None else (case.therapy.infusions or ())
    begun = sorted((one for one in segments if one.started_at <= at), key=lambda o: o.started_at)
    if not begun:
        return "infusion not started" if segments else None
    newest = begun[-1]
    if newest.stopped_at is not None and newest.stopped_at <= at:
        why = "" if newest.stop_reason is None else f" ({newest.stop_reason})"
        return f"infusion stopped {age_text(at - newest.stopped_at)}{why}"
    rate_ug_day = newest.rate_ug_day
    rate = "rate not recorded" if rate_ug_day is None else f"{rate_ug_day:g} µg/day"
    paused = _newest_event(case, at, ("infusion_paused", "infusion_restarted"))
    if paused is not None and paused.kind == "infusion_paused" and paused.at >= newest.started_at:
        return f"infusion recorded as PAUSED {age_text(at - paused.at)}, its end not recorded"
    return f"infusion RUNNING, {rate}, for {span_text(at - newest.started_at)}"


def _neutrophils(case: Case, at: datetime) -> str:
    known = [
        one for one in case.labs or () if one.anc_per_ul is not None and one.taken_at <= at
    ]  # fmt: skip
    if not known:
        return "ANC not recorded"
    newest = max(known, key=lambda one: one.taken_at)
    return f"ANC {newest.anc_per_ul:g}/µL {age_text(at - newest.taken_at)}"


def _oldest_missing(state: PatientState) -> str | None:
    """The gap that has lasted longest among what the grades still ask for."""
    asked = {gap.sign: gap for grade in state.assessment.grades.values() for gap in grade.missing}
    if not asked or state.closed is not None:
        return None
    stale = {one.field: one.taken_at for one in Chart(state.case).moment(state.at).stale}
    ages: list[tuple[datetime | None, str]] = []
    for sign, gap in asked.items():
        times = [stale[field] for field in _FIELDS.get(sign, ()) if field in stale]
        ages.append((min(times, default=None), gap.says))
    never = [says for time, says in ages if time is None]
    if len(never) < len(ages):
        time, says = min((a for a in ages if a[0] is not None), key=lambda a: a[0] or state.at)
        if time is not None:
            return f"oldest missing: {says}, last {age_text(state.at - time)}"
    return f"missing: {never[0]}, none that counts on record"


def is_febrile(state: PatientState) -> bool:
    """Whether infection must be asked about: a fever was recorded or CRS is graded."""
    grade = state.crs
    if grade is None:
        return False
    fever = any(
        finding.sign == "fever" and (finding.at_least > 0 or finding.attributed)
        for finding in grade.findings
    )
    return fever or grade.at_least > 0


def infection_line(case: Case, at: datetime) -> str:
    """Cultures and antibiotics as recorded: the question that every febrile grade carries."""
    return (
        f"Infection excluded? Cultures: {_done(case, at, 'cultures')}. "
        f"Antibiotics: {_done(case, at, 'antibiotics')}."
    )


def _done(case: Case, at: datetime, kind: str) -> str:
    newest = _newest_event(case, at, (kind,))
    return "not recorded" if newest is None else f"recorded {age_text(at - newest.at)}"


def _newest_event(case: Case, at: datetime, kinds: Iterable[str]) -> Event | None:
    found = [one for one in case.events or () if one.kind in kinds and one.at <= at]
    return max(found, key=lambda one: one.at, default=None)
