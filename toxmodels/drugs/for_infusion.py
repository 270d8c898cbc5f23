"""
What the clock of a blinatumomab infusion says about a dose: cycle, day, interruption, restart.

Both ways of counting the days are handed on where they differ, so that the dose is blocked where
the label does not choose between them. Days are not cut off at the last one: a cycle that is over
has no infusion day left. What nobody recorded is left out, and the dose asks for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from toxmodels.drugs.facts_read import number
from toxmodels.drugs.infusion_clock import (
    FOR_TOXICITY,
    InfusionClock,
    infusion_clock,
    stopped_for_unknown,
)
from toxmodels.drugs.inputs import RESTARTS
from toxmodels.drugs.weight_band import band_at_start
from toxmodels.records import Case

__all__ = ["infusion_inputs"]

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
PREMEDICATION: Final = "dexamethasone-premedication"
INFUSED: Final = "blinatumomab"


def infusion_inputs(case: Case, drug: str, at: datetime, region: str | None) -> dict[str, Any]:
    """
    The keys of a blinatumomab dose, or of the premedication before it, that the clock knows.

    ``region`` is the one whose text is asked; only where it is the patient's own does its way of
    counting the days stand alone.
    """
    if drug not in (INFUSED, PREMEDICATION):
        return {}
    clock = infusion_clock(case, at)
    if clock is None:
        return {}
    if clock.state == "ended":
        return _next_start(clock)
    found: dict[str, Any] = {"cycle": clock.cycle} | _days(clock, region)
    if clock.state == "interrupted":
        found["interruption_h"] = (at - clock.since) / timedelta(hours=1)
    if drug == INFUSED:
        if not _begins_anew(clock, region):
            found["cycle_band"] = band_at_start(case, clock)
        found |= _restart(case, clock, region)
    return found


def _days(clock: InfusionClock, region: str | None) -> dict[str, Any]:
    """Today by both counts; the second is left out where it is the same or does not count."""
    infused = int(clock.infused_hours // 24) + 1
    calendar = (clock.at - clock.cycle_started_at) // _DAY + 1
    day, other = (calendar, infused) if clock.counts_by == "calendar" else (infused, calendar)
    stands_alone = clock.counts_by == "calendar" and region == "jp"
    return {"day": day} | ({} if other == day or stands_alone else {"day_counted_otherwise": other})


def _next_start(clock: InfusionClock) -> dict[str, Any]:
    """
    After a planned stop the next start is day 1 of the next cycle.

    Until the days of the cycle are complete, or a week has passed, the same cycle may still go on
    (a change of bag or rate): then neither cycle nor day is said.
    """
    calendar_hours = (clock.since - clock.cycle_started_at) / timedelta(hours=1)
    done = calendar_hours if clock.counts_by == "calendar" else clock.infused_hours
    if done < clock.of_hours and clock.at - clock.since <= _WEEK:
        return {}
    return {"cycle": None if clock.cycle is None else clock.cycle + 1, "day": 1}


def _begins_anew(clock: InfusionClock, region: str | None) -> bool:
    """Whether it was off for a toxicity for so long that a restart begins a new cycle."""
    longest = timedelta(days=int(number("blinatumomab", "gap_same_cycle_days")))
    off = clock.state == "interrupted" and clock.reason in FOR_TOXICITY and region != "jp"
    return off and clock.at - clock.since > longest


def _restart(case: Case, clock: InfusionClock, region: str | None) -> dict[str, Any]:
    """Why it was off, and how many days it has run since, for a start that is not the first."""
    if clock.state == "running":
        if stopped_for_unknown(case, clock.at, clock.restarted_at):
            return {"restart_after": "unknown"}
        if clock.restarted_hours is None:
            return {}
        since = int(clock.restarted_hours // 24) + 1
        return {"restart_after": clock.restarted_for, "restart_day": since}
    # A pause that one record calls planned and another not has no reason one could rely on.
    reason = clock.reason if clock.reason in RESTARTS else "unknown"
    found: dict[str, Any] = {"restart_after": reason}
    if reason in FOR_TOXICITY:
        found["restart_day"] = 1
        if _begins_anew(clock, region):
            cycle = None if clock.cycle is None else clock.cycle + 1
            found |= {"cycle": cycle, "day": 1, "day_counted_otherwise": None}
    return found
