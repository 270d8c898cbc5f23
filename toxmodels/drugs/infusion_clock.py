"""
The clock of a continuous blinatumomab infusion: day of the cycle, step, end and interruption.

The 28 days are counted in two ways, by time infused and by the calendar, and both stand side by
side; where the label does not say which one counts the clock asks instead of choosing. Days are
whole periods of 24 h since the start of the cycle. A cycle is known by the numbers of its
segments; without numbers a planned pause longer than a week begins another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from toxmodels.drugs.blinatumomab import TOXICITY
from toxmodels.drugs.facts_read import facts, number
from toxmodels.records import Case, Infusion
from toxmodels.sources import Cite, Verification

__all__ = [
    "DoseLevel",
    "InfusionClock",
    "InterruptionMark",
    "dose_level",
    "infusion_clock",
    "stop_reason",
    "stopped_for_unknown",
]

DoseLevel = Literal["low", "full", "unknown"]
Segments = Sequence[Infusion]
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_HOUR: Final = timedelta(hours=1)
_PREMEDICATE_H: Final = 4.0
_COUNTS_BY: Final[dict[str, Literal["infusion", "calendar"]]] = {
    "us": "infusion",
    "jp": "calendar",
}
FOR_TOXICITY: Final = frozenset({*TOXICITY, "toxicity"})


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InterruptionMark(_Closed):
    """One limit of an interruption: when it comes, whether it is past, and what it means."""

    hours: float
    at: AwareDatetime
    passed: bool
    means: str
    verification: Verification
    cite: Cite


class InfusionClock(_Closed):
    """
    Where a continuous infusion stands.

    ``day_by_*`` count from 1 and stop at the last day; ``step_due_*`` is the change from the low
    to the full dose, ``None`` where there is none or where it waits for the infusion to run.
    ``first_rate_ug_day`` is the first one on record in this cycle. ``counts_by``: the way of
    counting the region's text names. ``since`` is when the present state began. ``restarted_*``:
    the last restart after a toxicity within this cycle, or that began it.
    """

    at: AwareDatetime
    cycle: int | None
    cycle_started_at: AwareDatetime
    state: Literal["running", "interrupted", "ended"]
    since: AwareDatetime
    reason: str | None
    rate_ug_day: float | None
    first_rate_ug_day: float | None
    level: DoseLevel | None
    infused_hours: float
    of_hours: float
    day_by_infusion: int
    day_by_calendar: int
    counts_by: Literal["infusion", "calendar"] | None
    interrupted_hours: float | None
    marks: tuple[InterruptionMark, ...]
    step_due_by_infusion: AwareDatetime | None
    step_due_by_calendar: AwareDatetime | None
    ends_by_infusion: AwareDatetime | None
    ends_by_calendar: AwareDatetime
    restarted_at: AwareDatetime | None
    restarted_for: str | None
    restarted_hours: float | None
    full_dose_from: AwareDatetime | None
    questions: tuple[str, ...]
    verification: Verification
    cite: Cite

    @property
    def day(self) -> int:
        """The day of the cycle as the region counts; by time infused where it does not say."""
        return self.day_by_calendar if self.counts_by == "calendar" else self.day_by_infusion


def infusion_clock(case: Case, at: datetime) -> InfusionClock | None:
    """Read the clock at ``at``; ``None`` where no infusion of blinatumomab has begun."""
    begun = _begun(case, at)
    if not begun:
        return None
    cycle, parts = _this_cycle(begun)
    last, start, region = parts[-1], parts[0].started_at, _region(case)
    off = last.stopped_at if last.stopped_at is not None and last.stopped_at <= at else None
    state = _state(last, off)
    infused = _infused(parts, at)
    restart = _restart(case, begun, parts)
    since_restart = None if restart is None else _infused(parts, at, restart[0]) / _HOUR
    rate = last.rate_ug_day if off is None else None
    days = int(number("blinatumomab", "infusion_days"))
    by_infusion, by_calendar = _steps(case, cycle, parts, at) if restart is None else (None, None)
    return InfusionClock(
        at=at,
        cycle=cycle,
        cycle_started_at=start,
        state=state,
        since=_since(parts, off),
        reason=None if off is None else stop_reason(case, last, at),
        rate_ug_day=rate,
        first_rate_ug_day=next((p.rate_ug_day for p in parts if p.rate_ug_day is not None), None),
        level=None if off is not None else dose_level(case, rate),
        infused_hours=infused / _HOUR,
        of_hours=days * 24.0,
        day_by_infusion=min(days, infused // _DAY + 1),
        day_by_calendar=min(days, (at - start) // _DAY + 1),
        counts_by=_COUNTS_BY.get(region or ""),
        interrupted_hours=(at - off) / _HOUR if off is not None and state != "ended" else None,
        marks=_marks(case, last, off, at) if off is not None and state == "interrupted" else (),
        step_due_by_infusion=by_infusion,
        step_due_by_calendar=by_calendar,
        ends_by_infusion=_reached(parts, days * 24.0, at),
        ends_by_calendar=start + timedelta(days=days),
        restarted_at=None if restart is None else restart[0],
        restarted_for=None if restart is None else restart[1],
        restarted_hours=since_restart,
        full_dose_from=_full_from(parts, restart, region, at),
        questions=(
            *_not_recorded(case, cycle, last, off, at),
            *_left_open(region, parts, at, apart=by_calendar != by_infusion),
        ),
        verification="verified" if region == "us" else "unverified",
        cite=_cite("blincyto-adjustments-us", "cycle of 28 infusion days", region == "us"),
    )


def dose_level(case: Case, rate_ug_day: float | None) -> DoseLevel:
    """
    Whether a rate is the low or the full dose of this patient.

    Below 45 kg both doses go by body surface, and the full dose of a small child lies under the
    low dose of an adult: without weight and height it is unknown.
    """
    patient, table = case.patient, facts("blinatumomab").fact
    low_cap, full_cap = (float(table[f"{one}_flat_ug_day"].value) for one in ("low", "full"))
    if rate_ug_day is None:
        return "unknown"
    if rate_ug_day > low_cap:
        return "full"
    weight_kg, height_cm = patient.weight_kg, patient.height_cm
    adult = patient.age_years is not None and patient.age_years >= _adult_from()
    if adult or (weight_kg is not None and weight_kg >= float(table["flat_from_kg"].value)):
        return "low"  # the full dose of an adult is above the low one at any weight
    if weight_kg is None or height_cm is None:
        return "unknown"
    bsa_m2 = (weight_kg * height_cm / float(number("weight", "mosteller_divisor"))) ** 0.5
    low = min(low_cap, bsa_m2 * float(table["low_ug_m2_day"].value))
    full = min(full_cap, bsa_m2 * float(table["full_ug_m2_day"].value))
    return "low" if rate_ug_day < (low + full) / 2 else "full"


def stop_reason(case: Case, part: Infusion, known_at: datetime) -> str | None:
    """Why a segment ended: the reason of the pause nearest to it, else its own."""
    off = part.stopped_at
    if off is None:
        return None
    near = [
        event
        for event in case.events or ()
        if event.kind == "infusion_paused"
        and abs(event.at - off) <= _DAY
        and event.at <= known_at
        and event.reason is not None
    ]
    if near:
        return min(near, key=lambda event: abs(event.at - off)).reason
    return part.stop_reason


def stopped_for_unknown(case: Case, at: datetime, since: datetime | None) -> bool:
    """Whether a start of this cycle after ``since`` followed a stop without a recorded reason."""
    begun = _begun(case, at)
    parts = _this_cycle(begun)[1] if begun else []
    return any(
        before.stopped_at is not None
        and before.stopped_at < part.started_at
        and (since is None or part.started_at > since)
        and stop_reason(case, before, part.started_at) is None
        for before, part in pairwise(parts)
    )


def _adult_from() -> float:
    return float(number("weight", "adult_from_years"))


def _begun(case: Case, at: datetime) -> list[Infusion]:
    therapy = case.therapy
    if therapy is None or therapy.product != "blinatumomab":
        return []
    begun = [one for one in therapy.infusions or () if one.started_at <= at]
    return sorted(begun, key=lambda one: one.started_at)


def _region(case: Case) -> str | None:
    return None if case.therapy is None else case.therapy.region


def _this_cycle(begun: Segments) -> tuple[int | None, Segments]:
    """The number of the present cycle, where recorded, and its segments."""
    cycle, first = begun[0].cycle, 0
    for index in range(1, len(begun)):
        before, part = begun[index - 1], begun[index]
        numbered = part.cycle is not None and cycle is not None
        if (numbered and part.cycle != cycle) or (not numbered and _rested(before, part)):
            cycle, first = part.cycle, index
        elif cycle is None:
            cycle = part.cycle
    return cycle, begun[first:]


def _rested(before: Infusion, part: Infusion) -> bool:
    off = before.stopped_at
    return off is not None and before.stop_reason == "planned" and part.started_at - off > _WEEK


def _state(last: Infusion, off: datetime | None) -> Literal["running", "interrupted", "ended"]:
    if off is None:
        return "running"
    return "ended" if last.stop_reason == "planned" else "interrupted"


def _since(parts: Segments, off: datetime | None) -> datetime:
    """Since when it has run without a gap, or has been off."""
    if off is not None:
        return off
    start = parts[-1].started_at
    for part in reversed(parts[:-1]):
        if part.stopped_at is not None and part.stopped_at < start:
            break
        start = part.started_at
    return start


def _spans(
    parts: Segments, until: datetime, since: datetime | None = None
) -> list[tuple[datetime, datetime]]:
    """When the drug ran; segments that overlap are counted once."""
    spans: list[tuple[datetime, datetime]] = []
    for part in parts:
        start = part.started_at if since is None else max(part.started_at, since)
        end = until if part.stopped_at is None else min(part.stopped_at, until)
        if spans:
            start = max(start, spans[-1][1])
        if end > start:
            spans.append((start, end))
    return spans


def _infused(parts: Segments, until: datetime, since: datetime | None = None) -> timedelta:
    return sum((end - start for start, end in _spans(parts, until, since)), timedelta(0))


def _reached(
    parts: Segments, hours: float, at: datetime, since: datetime | None = None
) -> datetime | None:
    """When so many hours had run or will have run; ``None`` while the infusion is off."""
    left = timedelta(hours=hours)
    for start, end in _spans(parts, at, since):
        if end - start >= left:
            return start + left
        left -= end - start
    off = parts[-1].stopped_at
    return at + left if off is None or off > at else None


def _restart(case: Case, begun: Segments, parts: Segments) -> tuple[datetime, str] | None:
    """
    The last restart after a toxicity in this cycle, and which toxicity it was.

    A long interruption makes the restart begin a new cycle: the start of this one may be it.
    """
    before_it = begun[: len(begun) - len(parts)][-1:]
    for before, part in reversed([*pairwise([*before_it, *parts])]):
        reason = stop_reason(case, before, part.started_at)
        if before.stop_reason != "planned" and reason in FOR_TOXICITY:
            return part.started_at, reason or ""
    return None


def _full_from(
    parts: Segments, restart: tuple[datetime, str] | None, region: str | None, at: datetime
) -> datetime | None:
    """When a restart at the low dose may go up; in Japan not after neurotoxicity."""
    if restart is None or (region == "jp" and restart[1] in ("neurotoxicity", "toxicity")):
        return None
    hours = float(number("blinatumomab", "restart_low_days") * 24)
    return _reached(parts, hours, at, restart[0])


def _steps(
    case: Case, cycle: int | None, parts: Segments, at: datetime
) -> tuple[datetime | None, datetime | None]:
    """When the step to the full dose is due by either count; only where a cycle begins low."""
    indication = None if case.therapy is None else case.therapy.indication
    if cycle != 1 or indication != "b-all-rr":
        return None, None
    hours = float((number("blinatumomab", "step_day") - 1) * 24)
    return _reached(parts, hours, at), parts[0].started_at + timedelta(hours=hours)


def _cite(source: str, at: str, verified: bool) -> Cite:
    return Cite(source, at, "verified" if verified else "unverified")


def _marks(
    case: Case, last: Infusion, off: datetime, now: datetime
) -> tuple[InterruptionMark, ...]:
    """The limits of an interruption; 4 h counts when reached, 7 and 14 days when exceeded."""
    table, jp = facts("blinatumomab").fact, _region(case) == "jp"
    for_toxicity = stop_reason(case, last, now) in FOR_TOXICITY
    premedicate, week = table["gap_premedication_h"], table["gap_same_cycle_days"]
    four = "premedicate again; restart in hospital or under supervision"
    if for_toxicity:
        seven = "beyond it a new cycle begins; up to it the same cycle goes on to 28 infusion days"
    else:
        seven = "the label's 7 days are for an adverse reaction: ask which cycle goes on"
    if jp:
        seven = "the gap counts inside the 28 days (Japan): the end of the cycle does not move"
        fourteen = "beyond it blinatumomab is stopped for good (Japan, any interruption)"
    else:
        fourteen = "beyond it another adverse reaction that has not settled stops blinatumomab"
    verified = _region(case) in ("us", "jp")
    at_all = _cite("blincyto-japan", "interruption", verified)
    late = _cite("blinatumomab-us-toxicity-review", "table 1, other adverse reactions", verified)
    sure = verified and for_toxicity
    return (
        _mark(off, now, _PREMEDICATE_H, four, _cite(premedicate.source, premedicate.at, verified)),
        _mark(off, now, 7 * 24, seven, at_all if jp else _cite(week.source, week.at, sure)),
        _mark(off, now, 14 * 24, fourteen, at_all if jp else late),
    )


def _mark(off: datetime, now: datetime, hours: float, means: str, cite: Cite) -> InterruptionMark:
    at = off + timedelta(hours=hours)
    return InterruptionMark(
        hours=hours,
        at=at,
        passed=now > at or (now == at and hours == _PREMEDICATE_H),
        means=means,
        verification=cite.verification,
        cite=cite,
    )


def _not_recorded(
    case: Case, cycle: int | None, last: Infusion, off: datetime | None, at: datetime
) -> list[str]:
    asked: list[str] = []
    if cycle is None:
        asked.append("cycle not recorded: which cycle is this?")
    if _region(case) is None:
        asked.append("region not recorded: which label counts here?")
    if off is not None and last.stop_reason is None:
        asked.append("why the infusion stopped is not recorded: planned, toxicity or technical?")
    elif off is not None and stop_reason(case, last, at) == "toxicity":
        asked.append("which toxicity stopped the infusion is not recorded")
    return asked


def _left_open(region: str | None, parts: Segments, at: datetime, *, apart: bool) -> list[str]:
    """What the label does not say once the two ways of counting differ."""
    asked: list[str] = []
    if apart and region != "jp":
        asked.append("step to the full dose: on the 8th infusion day or on calendar day 8?")
    gap = at - parts[0].started_at - _infused(parts, at)
    if gap > timedelta(0) and region not in _COUNTS_BY:
        asked.append("28 days: of infusion or by the calendar? The text here was not read")
    return asked
