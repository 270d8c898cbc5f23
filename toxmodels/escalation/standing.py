"""
Which flags stand at a moment: those raised now, and those that nobody has looked at again.

A flag may not go because the values that raised it grew old. Its trigger names what has to be
looked at again; until then it is held as it was, and says so. A trigger that can be raised at
several urgencies stays at the highest while it stands.

Cites: escalation never closes without reassessment (house).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from toxmodels.course import Walk
from toxmodels.escalation.flag import URGENCIES, Flag, Urgency
from toxmodels.escalation.looks import last_look
from toxmodels.escalation.raising import Escalation, escalate, merged
from toxmodels.escalation.trigger import triggers
from toxmodels.scales import SCALES

__all__ = ["raised_at", "standing"]

_MINUTE: Final = timedelta(minutes=1)
_INSTANT: Final = timedelta(microseconds=1)


def standing(walk: Walk, at: datetime) -> Escalation:
    """
    Every flag that stands at one moment, most urgent first, and the checks that are due.

    An attribution may not silence an alarm, and may itself be what makes one due; what is due
    follows the grades without any attribution, which can only ask for more.
    """
    now = raised_at(walk, at)
    if walk.chart.death_by(at) is not None:
        return now
    looks = [time for time in walk.chart.times(at) if time < at]
    if not looks:
        return now
    held = _held(walk, at, looks, {flag.id for flag in now.flags})
    return replace(now, flags=merged(_at_their_highest(walk, looks, now.flags), held))


def raised_at(walk: Walk, at: datetime) -> Escalation:
    """What the records raise by themselves at one moment; remembered for assessment times."""

    def make() -> Escalation:
        found = [
            escalate(one.case, one.chart, at, steps, {id_: steps[-1].grade(id_) for id_ in SCALES})
            for one in dict.fromkeys((walk.unattributed, walk))
            if (steps := one.steps(at))
        ]
        return replace(found[0], flags=merged(found[0].flags, found[-1].flags))

    return walk.remember("raised", at, make)


def _held(walk: Walk, at: datetime, looks: list[datetime], now: set[str]) -> list[Flag]:
    """Flags of earlier looks whose trigger has not been reassessed since."""
    held: dict[str, Flag] = {}
    seen = _Seen(walk, at)
    for place in reversed(range(len(looks))):
        time = looks[place]
        if not seen.may_hold_from(time):
            break
        for flag in _at_their_highest(walk, looks[:place], raised_at(walk, time).flags):
            if flag.id in now or flag.id in held or not seen.is_unseen(flag.id, time):
                continue
            if flag.id in seen.ended_since(time):
                continue
            ago = int((at - time) / _MINUTE)
            says = f"{flag.says} (seen {ago // 60} h {ago % 60:02d} min ago, not looked at since)"
            held[flag.id] = replace(flag, says=says)
    return list(held.values())


def _at_their_highest(
    walk: Walk, looks: list[datetime], flags: tuple[Flag, ...]
) -> tuple[Flag, ...]:
    """While a flag stands its urgency may only rise: back to the look that first raised it."""
    open_ = {one.id: one for one in flags if one.urgency != _rising().get(one.id, one.urgency)}
    found = {one.id: one for one in flags}
    for time in reversed(looks):
        if not open_:  # each as high as it can be, or followed back to where it began
            break
        there = {flag.id: flag for flag in raised_at(walk, time).flags}
        for id_ in list(open_):
            before = there.get(id_)
            if before is None:
                del open_[id_]
            elif URGENCIES.index(before.urgency) < URGENCIES.index(found[id_].urgency):
                found[id_] = replace(found[id_], urgency=before.urgency)
                if before.urgency == _rising()[id_]:
                    del open_[id_]
    return tuple(found[one.id] for one in flags)


class _Seen:
    """What has been looked at up to a moment, and what a record has ended."""

    def __init__(self, walk: Walk, at: datetime) -> None:
        self._walk, self._at = walk, at
        self._last: dict[str, datetime | None] = {}
        self._told = _told_at(walk, at)
        self._ended: dict[datetime, set[str]] = {}

    def is_unseen(self, id_: str, time: datetime) -> bool:
        """Whether something this trigger rests on has not been looked at after ``time``."""
        return any(self._is_before(what, time) for what in _reassessed_by().get(id_, ()))

    def may_hold_from(self, time: datetime) -> bool:
        """Whether any trigger at all could still be held from a look at ``time``."""
        return any(self._is_before(what, time) for what in _things())

    def ended_since(self, time: datetime) -> set[str]:
        """Flags that a record made later ended: stood just before it and not with it."""
        ended: set[str] = set()
        for one in self._told:
            if one > time:
                if one not in self._ended:
                    before = _ids(self._walk, one - _INSTANT)
                    self._ended[one] = before - _ids(self._walk, one)
                ended |= self._ended[one]
        return ended

    def _is_before(self, what: str, time: datetime) -> bool:
        """Whether the newest look at something is no later than ``time``."""
        if what not in self._last:
            self._last[what] = last_look(self._walk.chart, what, self._at)
        newest = self._last[what]
        return newest is not None and newest <= time


def _ids(walk: Walk, at: datetime) -> set[str]:
    return {flag.id for flag in raised_at(walk, at).flags}


def _told_at(walk: Walk, at: datetime) -> list[datetime]:
    """When something other than an observation was recorded: a treatment, an event, a sample."""
    case = walk.case
    times = {one.given_at for one in case.treatments or ()}
    times |= {one.at for one in case.events or ()} | {one.taken_at for one in case.labs or ()}
    return sorted(time for time in times if time <= at)


@cache
def _reassessed_by() -> dict[str, tuple[str, ...]]:
    return {one.id: one.reassessed_by for one in triggers().values()}


@cache
def _things() -> frozenset[str]:
    return frozenset(what for one in _reassessed_by().values() for what in one)


@cache
def _rising() -> dict[str, Urgency]:
    """The highest urgency of each trigger that can be raised at more than one."""
    known: dict[str, set[Urgency]] = {}
    for one in triggers().values():
        known.setdefault(one.id, set()).update((one.urgency, one.may_rise_to))
    return {id_: min(some, key=URGENCIES.index) for id_, some in known.items() if len(some) > 1}
