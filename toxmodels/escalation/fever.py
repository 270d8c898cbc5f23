"""
Flags on fever: its absence, what may be hiding it, and fever that comes late.

Cites: lee-2019-text, definition and onset window (unverified); masking windows (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from toxmodels.crs_steps import is_masked
from toxmodels.escalation.flag import Flag, Urgency, View
from toxmodels.escalation.trigger import raised
from toxmodels.moment import exposures
from toxmodels.occurrences import fever_times, is_engager
from toxmodels.scales.astct_crs import FEVER_C
from toxmodels.site import site
from toxmodels.situation import Situation

_CONFIRMED: Final = "confirmed as CRS by a clinician's grading"
_STILL: Final = "Look for infection and IEC-HS all the same: late onset is unusual"


def fever_rules(view: View) -> Iterator[Flag]:
    """Hypotension or hypoxia without fever, and fever that a drug may be hiding."""
    heat, pressure, oxygen = view.step.signs
    tier = max(pressure.at_least, oxygen.at_least)
    masked = is_masked(view.case.treatments, view.at)
    grave: Urgency = "emergency" if tier > 2 else "urgent"
    if heat.at_least == 0 and tier > 0 and not view.step.waiver.certain:
        reading, start = view.moment.temperature_c, view.chart.first_dose_at
        hot = reading is not None and reading.value >= FEVER_C
        early = start is not None and view.at < start
        lacks = "with fever before the first dose" if hot and early else "without fever"
        says = f"{_worse(view)} {lacks}: CRS cannot be graded, and this is not reassuring"
        yield raised("no-fever-but-hypotension-or-hypoxia", says, urgency=grave)
        if masked and view.step.episode == 0:
            key = "possible-masked-crs/engager" if is_engager(view.case) else "possible-masked-crs"
            says = "Never febrile, but a drug given earlier may be hiding fever"
            yield raised(key, says, urgency=grave)
    if view.step.reopened_masked:
        says = f"{_worse(view)} after CRS had settled, while a drug may be hiding fever"
        yield raised("masked-fever-exclude-sepsis", says, urgency=grave)
    no_signs = heat.at_most == 0 and pressure.at_most == 0 and oxygen.at_most == 0
    held = view.step.status == "resolved_on_therapy" or view.step.waiver.certain
    if no_signs and held and heat.taken_at is not None:
        says = "No sign of CRS now, while treatment may be hiding fever"
        yield raised("afebrile-on-therapy", says)


def _worse(view: View) -> str:
    _, pressure, oxygen = view.step.signs
    gravest = max((pressure, oxygen), key=lambda sign: sign.at_least)
    return gravest.says[0].upper() + gravest.says[1:]


def late_rules(view: View) -> Iterator[Flag]:
    """CRS or fever that begins later than is usual after the last dose."""
    start, onset = view.chart.first_dose_at, view.step.onset_at
    late = site().late_fever
    before = _exposed_until(view, onset) if is_engager(view.case) and onset else start
    if before is not None and onset is not None and onset - before > late:
        says = f"CRS began {(onset - before).days} days after the dose before it"
        yield raised("onset-after-14-days", says)
    fever = fever_times(view.steps, view.at)
    if fever is None or view.step.signs[0].at_least == 0:
        return
    last = _exposed_until(view, fever[0])
    if last is not None and fever[0] - last > late:
        says = f"Fever {(fever[0] - last).days} days after the last dose"
        if is_confirmed_crs(view, fever[0]):
            yield raised("late-fever", f"{says}, {_CONFIRMED}", action=_STILL)
        else:
            yield raised("late-fever", says)


def is_confirmed_crs(situation: Situation, since: datetime) -> bool:
    """Whether the newest grade a clinician gave CRS since then is 1 or more; a 0 takes it back."""
    newest = situation.crs_grading_since(since)
    return newest is not None and newest.grade >= 1


def _exposed_until(view: View, time: datetime) -> datetime | None:
    """When exposure before ``time`` last ended; a running infusion still exposes."""
    ends = [
        time if end is None or end > time else end
        for began, end in exposures(view.case.therapy)
        if began <= time
    ]
    return max(ends) if ends else None
