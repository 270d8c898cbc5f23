"""
Neutropenic sepsis (t17): an hour from the sign to the first intravenous antibacterial.

The countdown begins with the first sign of the run, and where neutropenia came later with the first
sign near it. Only a recorded intravenous antibacterial ends it, or a count that has recovered: not
an acknowledgement, not time, not the sign going away under an antipyretic. Fever counts as a
number, before the first dose as well. A dose stopped before the sign, one to prevent infection and
one whose route nobody recorded end nothing. Without neutropenia it stands while a drug may be
hiding fever, and after that until the low pressure is gone. Advice on CRS neither waits for it nor
replaces it.

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
from toxmodels.escalation.looks import is_antibiotic_start, treats_sepsis
from toxmodels.escalation.trigger import raised
from toxmodels.records import Treatment
from toxmodels.scales.astct_crs import FEVER_C
from toxmodels.site import site

_MINUTE: Final = timedelta(minutes=1)


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
    first = counted[0].at
    counted = [one for one in counted if not _is_treated(view, one.at, first)]
    if not counted:
        return
    began = counted[0].at
    left = site().triggers["antibiotic_within_min"] - view.since(began) / _MINUTE
    clock = f"{left:.0f} min left" if left >= 0 else f"{_span(-left)} over"
    says = f"{_shown(view, counted)}; {why}; no intravenous antibacterial recorded ({clock})"
    yield raised("t17", f"{says}{_unrouted(view, began)}")


def _shown(view: View, counted: list[_Sign]) -> str:
    """The last signs in words, of low pressure only the newest; how long ago once that is old."""
    newest, valid = counted[-1].at, site().vitals_valid
    low = max((one.at for one in counted if one.is_low_pressure), default=newest)
    said = dict.fromkeys(
        one.says
        for one in counted
        if newest - one.at <= valid and not (one.is_low_pressure and one.at < low)
    )
    age = view.since(newest)
    return ", ".join(said) + (f" {_span(age / _MINUTE)} ago" if age > valid else "")


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
    if given:
        return "a corticosteroid or an anticytokine may be hiding fever", min(given)
    return _was_hidden(view)


def _was_hidden(view: View) -> tuple[str, datetime] | None:
    """The same of low pressure that goes on: that a drug wore off since then ends nothing."""
    treatments = view.case.treatments or ()
    if view.step.signs[1].at_least == 0:
        return None
    low = [one.at for one in _run(view) if one.is_low_pressure]
    given = [one.given_at for one in treatments if any(_hides(one, time) for time in low)]
    says = "a corticosteroid or an anticytokine may have hidden fever when it began"
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


def _is_treated(view: View, sign: datetime, first: datetime) -> bool:
    """
    Whether an intravenous antibacterial was given since a sign, or was running when it came.

    One that was stopped before the sign is no treatment of it, and none that only prevents
    infection is. Without a stop on record a dose shortly before the first sign of the run counts.
    """
    since = first - site().hours("antibiotic_lookback_h")
    told = (one.at for one in view.case.events or () if is_antibiotic_start(one))
    if any(since <= time <= view.at for time in told):
        return True
    for one in view.case.treatments or ():
        if not treats_sepsis(one) or one.given_at > view.at:
            continue
        stopped = None if one.stopped_at is None or one.stopped_at > view.at else one.stopped_at
        if stopped is None and (one.interval_h is not None or one.given_at >= since):
            return True
        if one.given_at >= sign or (stopped is not None and stopped >= sign):
            return True
    return False


def _unrouted(view: View, began: datetime) -> str:
    """Name what would end the countdown if its route were on record."""
    drugs = [
        one.drug
        for one in view.case.treatments or ()
        if one.drug in antibacterials() and one.route is None and one.purpose != "prophylaxis"
        if began <= one.given_at <= view.at
    ]
    return f"; record the route of {drugs[-1]}" if drugs else ""
