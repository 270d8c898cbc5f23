"""
What happened to a patient, read off the records: fever that goes on, an answer, a stopped pump.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from toxmodels.course import Point, episodes_of
from toxmodels.crs_steps import CrsStep
from toxmodels.drugs import class_of
from toxmodels.products import product
from toxmodels.records import Case, Event, Infusion, Vitals
from toxmodels.scales import STEPPED, astct_crs

__all__ = [
    "boluses_for_pressure",
    "episode_peaks",
    "fever_times",
    "interruption",
    "is_engager",
    "response_after",
    "speaks_of",
]

_DAY: Final = timedelta(hours=24)


def is_engager(case: Case) -> bool:
    """Whether the therapy is a bispecific T-cell engager."""
    found = None if case.therapy is None else product(case.therapy.product)
    return found is not None and found.kind == "engager"


def fever_times(steps: Sequence[CrsStep], at: datetime) -> tuple[datetime, datetime] | None:
    """First and last reading of the fever going on: one fever while it recurs within a day."""
    seen = sorted(
        {
            step.signs[0].taken_at
            for step in steps
            if step.signs[0].at_least > 0 and step.signs[0].taken_at is not None
        }
    )
    if not seen or at - seen[-1] > _DAY:
        return None
    start = seen[-1]
    for time in reversed(seen):
        if start - time > _DAY:
            break
        start = time
    return start, seen[-1]


def response_after(
    case: Case, since: datetime, at: datetime, drugs: Collection[str]
) -> Event | None:
    """
    What a clinician last entered about the response to one of these drugs.

    Silence is not "no improvement", and a word on another drug is silence.
    """
    said = [
        event
        for event in case.events or ()
        if event.kind == "response" and since <= event.at <= at and event.change is not None
        if speaks_of(event, drugs)
    ]
    return max(said, key=lambda event: event.at) if said else None


def speaks_of(event: Event, drugs: Collection[str]) -> bool:
    """Whether a response is to one of these drugs; one that names no treatment is to any."""
    if event.to is None or not event.to.strip():
        return True
    told = event.to.lower()
    steroid = any(class_of(drug) == "corticosteroid" for drug in drugs) and "steroid" in told
    return steroid or any(drug in told for drug in drugs)


def boluses_for_pressure(vitals: Sequence[Vitals], since: datetime | None, at: datetime) -> int:
    """
    Sets of vital signs with fluid given for hypotension.

    A bolus for which nobody ticked a reason counts while the patient was called hypotensive: only
    a "no" says that it was given for something else.
    """
    return sum(
        one.fluid_for_hypotension is True
        or (
            one.fluid_for_hypotension is None
            and one.hypotensive is True
            and one.fluid_bolus_ml is not None
            and one.fluid_bolus_ml > 0
        )
        for one in vitals
        if one.taken_at <= at and (since is None or one.taken_at >= since)
    )


def interruption(case: Case, at: datetime) -> Infusion | None:
    """The infusion segment that was stopped unplanned and not yet followed by another."""
    begun = [
        part
        for part in (None if case.therapy is None else case.therapy.infusions) or ()
        if part.started_at <= at
    ]
    if not begun:
        return None
    last = max(begun, key=lambda part: part.started_at)
    off = last.stopped_at
    return last if off is not None and off <= at and last.stop_reason != "planned" else None


def episode_peaks(
    scale: str, steps: Sequence[CrsStep], doses: Sequence[datetime] = ()
) -> tuple[list[int], bool]:
    """
    The highest certain grade of each episode, and whether the last of them goes on.

    Where a drug may hide fever, CRS that comes back is graded as the same episode. It is another
    one all the same if it had been gone for a day and one of ``doses`` was given before it.
    """
    if scale != astct_crs.ID:
        points = [Point(one.moment.at, {scale: one.grade(scale)}, one) for one in steps]
        found = episodes_of(STEPPED[scale], points)
        is_open = bool(found) and found[-1].ended_at is None
        return [one.peak.at_least for one in found], is_open
    peaks: dict[tuple[int, int], int] = {}
    gone_at: datetime | None = None
    again = 0
    for step in steps:
        if step.status == "resolved_on_therapy":
            gone_at = gone_at or step.moment.at
        if step.status != "open":
            continue
        if gone_at is not None:
            again += any(gone_at <= dose <= step.moment.at for dose in doses)
            gone_at = None
        which = step.episode, again
        peaks[which] = max(peaks.get(which, 0), step.grade(scale).at_least)
    return [*peaks.values()], bool(peaks) and steps[-1].status == "open"
