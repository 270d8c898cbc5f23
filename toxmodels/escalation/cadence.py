"""
Which check is due when: vital signs, the neurological exam, laboratory values.

The interval follows the product, the days since the dose and the grade, whichever asks for most.
A lost ICE point asks for half-hourly exams until the score has proved stable. A patient left
asleep was not examined, a round that was "not done" was not done: both are shown and neither
moves the clock. A set counts when temperature, pressure and oxygen have all been looked at.

Cites: nccn-2026-2 and asco-2021 (floors), ice-surge-protocol; intervals by grade are house values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from toxmodels.escalation.flag import Owner, View
from toxmodels.escalation.looks import exam_counts, last_exam, last_set
from toxmodels.escalation.neuro_course import falls
from toxmodels.escalation.treatment import last_steroid_at
from toxmodels.escalation.windows import Phase, phase
from toxmodels.records import Event
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = ["Check", "DueCheck", "due_checks", "exam_counts", "left_out"]

Check = Literal["vitals", "neuro", "labs"]
_INTENSIVE: Final = 3
_MINUTE: Final = timedelta(minutes=1)
_HOUSE: Final = Cite("site-defaults", "intervals of observation", "house")
_VITALS_FLOOR: Final = Cite("nccn-2026-2", "CART-1, vital signs; the floor is every 8 hours")
_ICE_FLOOR: Final = Cite("nccn-2026-2", "CART-1, neurological assessment at least twice a day")
_SURGE: Final = Cite("ice-surge-protocol", "any lost point")
_LABS: Final = Cite("nccn-2026-2", "CART-1, laboratory monitoring")
# How somebody may have written what was not done.
_NAMES: Final[dict[Check, tuple[str, ...]]] = {
    "vitals": ("vital", "observation", "obs", "temperature", "pressure", "oxygen"),
    "neuro": ("neuro", "ice", "capd", "exam", "handwriting"),
    "labs": ("lab", "blood", "sample"),
}
_WORDS: Final[dict[Phase, str]] = {
    "before": "before the first dose",
    "window": "in the days of risk after a dose",
    "late": "after the days of risk",
}


@dataclass(frozen=True, slots=True)
class DueCheck:
    """
    One kind of check: how often, when last, when next, and why that often.

    ``overdue_minutes`` counts from ``due_at`` once a quarter of the interval has passed beyond it,
    and is ``None`` until then. ``is_late``: a whole interval beyond. ``not_done``: what somebody
    said about leaving it out since the last time it was done. ``lags``: what newer sets left out.
    """

    what: Check
    every_minutes: int
    last_at: datetime | None
    due_at: datetime
    overdue_minutes: int | None
    is_late: bool
    why: str
    owner: Owner
    cite: Cite
    not_done: str | None = None
    lags: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    minutes: float
    why: str
    cite: Cite


def due_checks(view: View) -> tuple[DueCheck, ...]:
    """Every check that something asks for, overdue or not; none after a death."""
    if view.moment.death is not None:
        return ()
    when, since = phase(view)
    found = []
    crs, icans = standing_grade(view, astct_crs.ID), standing_grade(view, astct_icans.ID)
    asks: dict[Check, Iterator[_Asked]] = {
        "vitals": _vitals(view, when, crs, icans),
        "neuro": _neuro(view, when, icans),
        "labs": _labs(when, crs),
    }
    for what, asked in asks.items():
        first = min(asked, key=lambda one: one.minutes, default=None)
        if first is not None:
            found.append(_check(view, what, first, since))
    return tuple(found)


def _check(view: View, what: Check, asked: _Asked, since: datetime | None) -> DueCheck:
    last, lags = _last(view, what)
    interval = timedelta(minutes=asked.minutes)
    # Never looked: the first check was due when the phase began, or is due now.
    due = last + interval if last is not None else (since or view.at)
    beyond = view.at - due
    quarter = site().triggers["overdue_at_x"] - 1
    whole = site().triggers["overdue_urgent_at_x"] - 1
    overdue = beyond > interval * quarter
    return DueCheck(
        what=what,
        every_minutes=round(asked.minutes),
        last_at=last,
        due_at=due,
        overdue_minutes=int(beyond / _MINUTE) if overdue else None,
        is_late=overdue and beyond >= interval * whole,
        why=asked.why,
        owner="nurse",
        cite=asked.cite,
        not_done=_not_done(view, what, last),
        lags=lags,
    )


# Why, and how often


def _vitals(view: View, when: Phase | None, grade: int, icans: int) -> Iterator[_Asked]:
    minutes = site().cadence.vitals_min
    if when is not None:
        every = minutes[when]
        cite = _VITALS_FLOOR if every <= minutes["late"] and when != "before" else _HOUSE
        yield _Asked(every, f"{_every(every)} {_WORDS[when]}", cite)
    if grade > 0:
        every = minutes[f"grade_{min(grade, 4)}"]
        yield _Asked(every, f"{_every(every)} at CRS grade {grade}", _HOUSE)
    if icans >= _INTENSIVE > grade:  # intensive care watches both
        every = minutes[f"grade_{min(icans, 4)}"]
        yield _Asked(every, f"{_every(every)} at ICANS grade {icans}", _HOUSE)
    tier = _standing_tier(view)
    if tier > grade:
        every = minutes[f"grade_{min(tier, 4)}"]
        says = f"{_every(every)} at hypotension or hypoxia of CRS grade {tier}, fever or not"
        yield _Asked(every, says, _HOUSE)


def _neuro(view: View, when: Phase | None, grade: int) -> Iterator[_Asked]:
    minutes = site().cadence.neuro_min
    if when is not None:
        every = minutes[when]
        cite = _ICE_FLOOR if when == "window" else _HOUSE
        yield _Asked(every, f"{_every(every)} {_WORDS[when]}", cite)
    if grade > 0:
        every = minutes[f"grade_{min(grade, 4)}"]
        yield _Asked(every, f"{_every(every)} at ICANS grade {grade}", _HOUSE)
    steroid = last_steroid_at(view)
    if steroid is not None and view.since(steroid) <= site().cadence.lasts["taper"]:
        every = minutes["taper"]
        yield _Asked(every, f"{_every(every)} during and after a corticosteroid", _HOUSE)
    yield from _surge(view)


def _surge(view: View) -> Iterator[_Asked]:
    """After a lost point: half-hourly for two hours and on until stable, then every four hours."""
    lasts, minutes = site().cadence.lasts, site().cadence.neuro_min
    found = falls(view, view.at - lasts["after_surge"])
    if not found:
        return
    lost = found[0].at
    half = timedelta(minutes=minutes["surge"])
    # Stable: scored again as the two hours end (half an interval early will do), nothing more lost.
    scored, _ = _last(view, "neuro")
    stable = scored is not None and scored >= lost + lasts["surge"] - half / 2
    if not stable and view.since(lost) <= lasts["surge_most"]:
        says = f"{_every(minutes['surge'])} for 2 h after a lost ICE point"
        over = view.since(lost) > lasts["surge"]
        yield _Asked(minutes["surge"], says + (", not yet stable" if over else ""), _SURGE)
        return
    every = minutes["after_surge"]
    yield _Asked(every, f"{_every(every)} on the day after a lost ICE point", _SURGE)


def _labs(when: Phase | None, grade: int) -> Iterator[_Asked]:
    minutes = site().cadence.labs_min
    if when == "window":
        yield _Asked(minutes["window"], f"{_every(minutes['window'])} {_WORDS[when]}", _LABS)
    if grade > 0:
        every = minutes[f"grade_{min(grade, 4)}"]
        cite = _LABS if grade == 1 else _HOUSE
        yield _Asked(every, f"{_every(every)} at CRS grade {grade}", cite)


def standing_grade(view: View, scale: str) -> int:
    """The highest certain grade since the last closed one: a lapse must not slow the watch."""
    oldest = view.at - site().cadence.lasts["grade_stands"]
    highest = 0
    for step in reversed(view.steps):
        if step.moment.at < oldest:
            break
        grade = step.grade(scale)
        # A child at the usual CAPD grades 1 for ever; that alone asks for no closer watch.
        if grade.at_least > highest and (
            scale == astct_crs.ID
            or any(one.at_least > 0 and not one.is_usual for one in grade.findings)
        ):
            highest = grade.at_least
        if grade.complete:
            break
    return highest


def _standing_tier(view: View) -> int:
    """As much for hypotension and hypoxia, which a normal temperature alone leaves ungraded."""
    oldest = view.at - site().cadence.lasts["grade_stands"]
    highest = 0
    for step in reversed(view.steps):
        if step.moment.at < oldest:
            break
        signs = step.signs[1:]
        highest = max(highest, *(one.at_least for one in signs))
        if all(one.at_least == one.at_most for one in signs):
            break
    return highest


def _every(minutes: float) -> str:
    if minutes == 30:
        return "half-hourly"
    if minutes == 60:
        return "hourly"
    hours = minutes / 60
    return "daily" if hours == 24 else f"every {hours:g} h"


# When last


def _last(view: View, what: Check) -> tuple[datetime | None, str | None]:
    """When a check was last done, and what the sets since then left out."""
    if what == "vitals":
        return last_set(view.chart, view.at)
    if what == "neuro":
        return last_exam(view.chart, view.at), None
    samples = (one.taken_at for one in view.case.labs or () if one.taken_at <= view.at)
    return max(samples, default=None), None


def _not_done(view: View, what: Check, last: datetime | None) -> str | None:
    newest = left_out(view, what, last)
    if newest is None:
        return None
    return f"not done at {newest.at:%H:%M} UTC: {newest.why or 'no reason recorded'}"


def left_out(view: View, what: Check, last: datetime | None) -> Event | None:
    """The newest word on leaving this check out since it was last done."""
    told = [
        event
        for event in view.case.events or ()
        if event.kind == "not_done"
        and event.at <= view.at
        and (last is None or event.at > last)
        and any(word.startswith(_NAMES[what]) for word in (event.what or "").lower().split())
    ]
    return max(told, key=lambda event: event.at, default=None)
