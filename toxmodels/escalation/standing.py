"""
Which flags stand at a moment: those raised now, and those that nobody has looked at again.

A flag may not go because the values that raised it grew old. Its trigger names what has to be
looked at again, or which record answers it; until then it is held as it was, and says so. While it
stands its urgency only rises.

The way there is a walk over everything on record: at each moment flags are raised, held or closed.
Only as much of it is walked as can still matter.

Cites: escalation never closes without reassessment (house).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Final

from toxmodels.course import Walk
from toxmodels.escalation.flag import URGENCIES, Flag, Urgency
from toxmodels.escalation.looks import EXAMINED, answered_since, last_look, told_times
from toxmodels.escalation.raising import Escalation, escalate, merged
from toxmodels.escalation.trigger import triggers
from toxmodels.scales import STEPPED

__all__ = ["raised_at", "standing"]

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Stand:
    """A flag at its highest urgency so far, and when a rule last raised it."""

    flag: Flag
    seen_at: datetime


def standing(walk: Walk, at: datetime) -> Escalation:
    """
    Every flag that stands at one moment, most urgent first, and the checks that are due.

    An attribution may not silence an alarm, and may itself be what makes one due; what is due
    follows the grades without any attribution, which can only ask for more.
    """
    now = raised_at(walk, at)
    if walk.chart.death_by(at) is not None:
        return now
    before = [time for time in _moments(walk) if time < at]
    if not before:
        return now
    stands = _standing(walk, before, at)
    flags = [_said(one, at) for one in stands.values()]
    order = {flag.id: place for place, flag in enumerate(now.flags)}
    flags.sort(key=lambda flag: order.get(flag.id, len(order)))
    return replace(now, flags=merged(flags, ()))


def raised_at(walk: Walk, at: datetime) -> Escalation:
    """What the records raise by themselves at one moment; remembered for moments of a record."""

    def make() -> Escalation:
        found = [
            escalate(one, at, steps, {id_: steps[-1].grade(id_) for id_ in STEPPED})
            for one in dict.fromkeys((walk.unattributed, walk))
            if (steps := one.steps(at))
        ]
        return replace(found[0], flags=merged(found[0].flags, found[-1].flags))

    return walk.remember("raised", at, make)


def _moments(walk: Walk) -> list[datetime]:
    """Every moment at which something was recorded; remembered under the first of them."""
    times = {*walk.chart.times(), *told_times(walk.case)}
    return sorted(times)


def _standing(walk: Walk, before: list[datetime], at: datetime) -> dict[str, _Stand]:
    """
    Walk on from where everything has been looked at since, and further while it matters.

    What is not at its highest urgency may have been higher before: the walk then begins earlier,
    until the flag is found not to stand where the shorter walk began.
    """
    start, last = _start(walk, before, at), len(before) - 1
    found = _step(walk, _along(walk, before, start, last), at)
    while start > 0:
        may_rise = {id_ for id_, one in found.items() if one.flag.urgency != _highest(one.flag)}
        if not may_rise:
            break
        earlier = max(0, 2 * start - len(before) - 1)  # twice as far each time
        there = _along(walk, before, earlier, start)
        found = _step(walk, _along(walk, before, earlier, last), at)
        if not may_rise & there.keys():
            break
        start = earlier
    return found


def _along(walk: Walk, moments: Sequence[datetime], start: int, until: int) -> dict[str, _Stand]:
    """What stands after one moment when the walk begins with nothing at another; remembered."""
    what = f"standing from {moments[start].isoformat()}"
    place, known = until, None
    while place >= start and (known := walk.recall(what, moments[place])) is None:
        place -= 1
    stands: dict[str, _Stand] = known if known is not None else {}
    for time in moments[place + 1 : until + 1]:
        stands = walk.remember(what, time, partial(_step, walk, stands, time))
    return stands


def _start(walk: Walk, before: Sequence[datetime], at: datetime) -> int:
    """The first moment from which a flag could still be held: after it nothing is unseen."""
    newest = {what: last_look(walk.chart, what, at) for what in _things()}
    if newest["exam"] is None:
        return 0  # nobody ever examined: what an exam would answer stands from the beginning
    places = [
        min(bisect_left(before, time), len(before) - 1)
        for what, time in newest.items()
        if time is not None and what not in EXAMINED
    ]
    # What rests on one field of an exam is raised by that field: where it was last recorded.
    for what in EXAMINED:
        time = newest.get(what)
        place = None if time is None else min(bisect_left(before, time), len(before) - 1)
        if place is not None and place < min(places) and _raises(walk, before[place], what):
            places.append(place)
    slept = _asleep_since(walk, newest.get("consciousness"), at)
    if slept is not None:
        places.append(bisect_left(before, slept))
    return min(places)


def _asleep_since(walk: Walk, woken: datetime | None, at: datetime) -> datetime | None:
    """The first exam of a person asleep since the consciousness was last looked at."""
    slept = [
        one.taken_at
        for one in walk.chart.exams
        if one.taken_at < at and "asleep" in one.unable_reasons and one.consciousness is None
        if woken is None or one.taken_at > woken
    ]
    return min(slept, default=None)


def _raises(walk: Walk, at: datetime, what: str) -> bool:
    """Whether a flag that rests on this is raised at that moment."""
    return any(what in _closed_by().get(one.id, ((), ()))[0] for one in raised_at(walk, at).flags)


def _step(walk: Walk, stands: dict[str, _Stand], at: datetime) -> dict[str, _Stand]:
    """At the next moment: raised, held or closed."""
    found: dict[str, _Stand] = {}
    for flag in raised_at(walk, at).flags:
        held = stands.get(flag.id)
        if held is not None and _rank(held.flag.urgency) < _rank(flag.urgency):
            flag = replace(flag, urgency=held.flag.urgency)  # noqa: PLW2901 - the same, higher
        found[flag.id] = _Stand(flag, at)
    for id_, held in stands.items():
        if id_ not in found and not _is_closed(walk, held, at):
            found[id_] = held
    return found


def _is_closed(walk: Walk, held: _Stand, at: datetime) -> bool:
    """Whether everything it rests on has been looked at since, or a record has answered it."""
    wanted, answers = _closed_by().get(held.flag.id, ((), ()))
    if not wanted:
        return True
    looks = [last_look(walk.chart, what, at) for what in wanted]
    if all(look is not None and look > held.seen_at for look in looks):
        return True
    return any(answered_since(walk.case, what, held.seen_at, at) for what in answers)


def _said(one: _Stand, at: datetime) -> Flag:
    if one.seen_at == at:
        return one.flag
    ago = int((at - one.seen_at) / _MINUTE)
    seen = f"(seen {ago // 60} h {ago % 60:02d} min ago, not looked at since)"
    return replace(one.flag, says=f"{one.flag.says} {seen}")


def _rank(urgency: Urgency) -> int:
    return URGENCIES.index(urgency)


@cache
def _closed_by() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {one.id: (one.reassessed_by, one.answered_by) for one in triggers().values()}


@cache
def _things() -> frozenset[str]:
    return frozenset({"exam", *(what for wanted, _ in _closed_by().values() for what in wanted)})


def _highest(flag: Flag) -> Urgency:
    """The highest urgency at which this trigger can be raised."""
    return _most_urgent().get(flag.id, flag.urgency)


@cache
def _most_urgent() -> dict[str, Urgency]:
    known: dict[str, set[Urgency]] = {}
    for one in triggers().values():
        # A child at the usual CAPD is not one that was worse and is better: that variant stays low.
        if one.key.partition("/")[2] != "usual":
            known.setdefault(one.id, set()).update((one.urgency, one.may_rise_to))
    return {id_: min(some, key=URGENCIES.index) for id_, some in known.items()}
