"""
Neutropenic sepsis (t17): an hour from the sign to the first intravenous antibacterial.

The countdown begins with the first sign of the run, and where neutropenia came later with the first
sign near it. Only a recorded intravenous antibacterial ends it, or a count that has recovered: not
an acknowledgement, not time, not the sign going away under an antipyretic. Fever counts as a
number, before the first dose as well. Advice on CRS neither waits for it nor replaces it.

Cites: neutropenic-sepsis (unverified); windows and lookback (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from typing import Final

from toxmodels.drugs import class_of, masking_window
from toxmodels.drugs.antibacterials import antibacterials
from toxmodels.escalation.flag import Flag, View
from toxmodels.escalation.trigger import raised
from toxmodels.records import Treatment
from toxmodels.scales.astct_crs import FEVER_C
from toxmodels.site import site

_MINUTE: Final = timedelta(minutes=1)
_INTRAVENOUS: Final = ("iv", "intravenous")


@dataclass(frozen=True, slots=True)
class _Sign:
    at: datetime
    says: str
    is_low_pressure: bool = False


def sepsis_rules(view: View) -> Iterator[Flag]:
    """Cultures and an antibacterial within the hour (t17), with the minutes left or over."""
    neutropenic = _neutropenia(view)
    known, any_sign = neutropenic or _hidden(view), neutropenic is not None
    if known is None:
        return
    why, since = known
    near = since - site().vitals_valid  # a sign of long before says nothing about this neutropenia
    counted = [one for one in _run(view) if one.at >= near and (any_sign or one.is_low_pressure)]
    if not counted:
        return
    began = counted[0].at
    if _is_treated(view, began):
        return
    newest = counted[-1].at
    shown = dict.fromkeys(one.says for one in counted if newest - one.at <= site().vitals_valid)
    left = site().triggers["antibiotic_within_min"] - view.since(began) / _MINUTE
    clock = f"{left:.0f} min left" if left >= 0 else f"{_span(-left)} over"
    says = f"{', '.join(shown)}; {why}; no intravenous antibacterial recorded ({clock})"
    yield raised("t17", f"{says}{_unrouted(view, began)}")


def _span(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def _run(view: View) -> list[_Sign]:
    """The last signs, oldest first: one run while they come within the hours of each other."""
    stands = site().hours("sepsis_stands_h")
    found: list[_Sign] = []
    last: datetime | None = None  # how long ago the newest was ends nothing
    told = (_graded(view), _measured(view), _confused(view))
    for sign in merge(*told, key=lambda one: one.at, reverse=True):
        if last is not None and last - sign.at > stands:
            break
        found.append(sign)
        last = sign.at if last is None else min(last, sign.at)
    return sorted(found, key=lambda one: one.at)


def _graded(view: View) -> Iterator[_Sign]:
    """Low pressure and oxygen in the words of the grade, newest first, each reading once."""
    seen: set[tuple[int, datetime]] = set()
    for step in reversed(view.steps):
        for place, finding in enumerate(step.signs[1:], start=1):
            at = finding.taken_at
            if finding.at_least == 0 or at is None or (place, at) in seen:
                continue
            seen.add((place, at))
            yield _Sign(at, finding.says, is_low_pressure=place == 1)


def _measured(view: View) -> Iterator[_Sign]:
    cold = site().triggers["cold_c"]
    for one in reversed(view.chart.vitals):
        if one.taken_at > view.at:
            continue
        degrees = one.temperature_c
        if degrees is not None and (degrees < cold or degrees >= FEVER_C):
            yield _Sign(one.taken_at, f"{degrees:g} °C")
        if one.rigors is True:
            yield _Sign(one.taken_at, "rigors")


def _confused(view: View) -> Iterator[_Sign]:
    for exam in reversed(view.moment.exams):
        if exam.new_confusion is True:
            yield _Sign(exam.taken_at, "new confusion")


def _hidden(view: View) -> tuple[str, datetime] | None:
    """Whether a drug other than an antipyretic may be hiding fever, and since when."""
    start = view.chart.first_dose_at
    if view.case.treatments is None and start is not None and view.at >= start:
        return "treatments not recorded: a drug may be hiding fever", start
    given = [one.given_at for one in view.case.treatments or () if _hides(one, view.at)]
    says = "a corticosteroid or an anticytokine may be hiding fever"
    return (says, min(given)) if given else None


def _hides(one: Treatment, at: datetime) -> bool:
    window = masking_window(one.drug)
    if window is None or class_of(one.drug) == "antipyretic" or one.given_at > at:
        return False
    if one.stopped_at is None and one.interval_h is not None:
        return True
    return at - (one.stopped_at or one.given_at) <= window


def _neutropenia(view: View) -> tuple[str, datetime] | None:
    """
    Why the patient counts as neutropenic, and since when.

    A low count stands until the next one. Any other that is too old to use says nothing: between
    lymphodepletion and the end of the window an unknown count is treated as a low one.
    """
    counts, triggers = view.labs("anc_per_ul"), site().triggers
    usable, low = site().hours("anc_unknown_after_h"), triggers["neutropenia_per_ul"]
    is_low = bool(counts) and counts[-1][1] < low
    if counts and (is_low or view.since(counts[-1][0]) <= usable):
        at, value = counts[-1]
        if is_low:
            began = at
            for earlier, before in reversed(counts[:-1]):
                if before >= low:
                    break
                began = earlier
            old = view.since(at) > usable
            ago = f" {view.since(at) / timedelta(hours=1):.0f} h ago" if old else ""
            return f"ANC {value:g}/µL{ago}", began
        falling = len(counts) > 1 and value < counts[-2][1]
        if value < triggers["neutropenia_falling_per_ul"] and falling:
            return f"ANC {value:g}/µL and falling", at
        return None
    therapy, start = view.case.therapy, view.chart.first_dose_at
    depleted = None if therapy is None else therapy.lymphodepletion_started_at
    begin = depleted or start
    if begin is None or view.at < begin:
        return None
    if view.since(start or begin) > timedelta(days=triggers["neutropenia_until_day"]):
        return None
    unknown_since = max(begin, counts[-1][0] + usable) if counts else begin
    return "count unknown: treat as neutropenic", unknown_since


def _is_treated(view: View, began: datetime) -> bool:
    """Whether an intravenous antibacterial was given since, or was running when it began."""
    lookback = site().hours("antibiotic_lookback_h")
    times = [e.at for e in view.case.events or () if e.kind == "antibiotics"]
    if any(began - lookback <= time <= view.at for time in times):
        return True
    for one in view.case.treatments or ():
        if one.drug not in antibacterials() or not _is_intravenous(one) or one.given_at > view.at:
            continue
        runs_on = one.interval_h is not None and one.stopped_at is None
        if runs_on or (one.stopped_at or one.given_at) >= began - lookback:
            return True
    return False


def _is_intravenous(one: Treatment) -> bool:
    return one.route is not None and one.route.strip().lower() in _INTRAVENOUS


def _unrouted(view: View, began: datetime) -> str:
    """Name a dose that would end the countdown if its route were on record."""
    drugs = [
        one.drug
        for one in view.case.treatments or ()
        if one.drug in antibacterials() and one.route is None and began <= one.given_at <= view.at
    ]
    return f"; record the route of {drugs[-1]}" if drugs else ""
