"""
What called between two records, with time alone: an overdue check, a countdown that ran out.

The moment of an overdue check follows from when it was due. Any other flag that stands before the
later record and did not at the earlier one is searched for, to the whole minute: an alert must not
look younger because somebody has entered something since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from toxmodels.course import Walk
from toxmodels.escalation import URGENCIES, Flag, Look, standing
from toxmodels.escalation.cadence import Check, DueCheck
from toxmodels.escalation.trigger import raised
from toxmodels.site import site

__all__ = ["came_between"]

_MINUTE: Final = timedelta(minutes=1)
_INSTANT: Final = timedelta(microseconds=1)
_OVERDUE: Final[dict[Check, str]] = {"vitals": "t14", "neuro": "t14-neuro"}


def came_between(
    walk: Walk, low: datetime, high: datetime, flags: Sequence[Flag], ids: frozenset[str]
) -> list[Look]:
    """
    A look for each moment between two others at which one of these flags came or rose.

    Args:
        walk: the records.
        low: the time of a look, with the records made then.
        high: the time of the next look.
        flags: those that stand at ``high``.
        ids: the flags that matter.

    """
    found = standing(walk, low)
    here = [one for one in found.flags if one.id in ids]
    late = []
    speaks = _overdue(found.due, walk.chart.first_dose_at)
    for moment, flag in sorted(speaks, key=lambda one: one[0]):
        if flag.id in ids and low < moment < high:
            here = [*(one for one in here if one.id != flag.id), flag]
            late.append(Look(moment, here))
    new = [one for one in flags if one.id in ids and not _stands(here, one)]
    return sorted([*late, *_searched(walk, low, high, new, ids)], key=lambda look: look.at)


def _overdue(due: Sequence[DueCheck], start: datetime | None) -> Iterator[tuple[datetime, Flag]]:
    """When each check begins to speak, if nothing more is recorded: first a task, then a call."""
    for check in due:
        key = _OVERDUE.get(check.what)
        if key is None:
            continue
        for name, variant in (("overdue_at_x", key), ("overdue_urgent_at_x", f"{key}/late")):
            beyond = (site().triggers[name] - 1) * check.every_minutes * _MINUTE
            moment = check.due_at + beyond + _MINUTE
            if variant == key or start is None or moment >= start:
                yield moment, raised(variant, "")


def _searched(
    walk: Walk, low: datetime, high: datetime, new: Sequence[Flag], ids: frozenset[str]
) -> Iterator[Look]:
    if not new:
        return
    just = standing(walk, high - _INSTANT).flags
    gap = _Gap(walk, low, high)
    minutes: set[int | None] = set()
    for one in new:
        if _stands(just, replace(one, urgency="info")):
            begins = gap.first(replace(one, urgency="info"))
            minutes.add(begins)  # at whatever urgency, and then at this one
            if begins is not None and not _stands(gap.flags(begins), one):
                minutes.add(gap.first(one) if _stands(just, one) else None)
    for minute in sorted(one for one in minutes if one is not None):
        yield Look(gap.time(minute), [one for one in gap.flags(minute) if one.id in ids])


class _Gap:
    """The whole minutes between two looks, and the flags at those that somebody asked for."""

    def __init__(self, walk: Walk, low: datetime, high: datetime) -> None:
        self._walk, self._low = walk, low
        self._minutes = max(int((high - low - _INSTANT) / _MINUTE), 0)
        self._flags: dict[int, Sequence[Flag]] = {}

    def time(self, minute: int) -> datetime:
        """When that minute begins."""
        return self._low + minute * _MINUTE

    def flags(self, minute: int) -> Sequence[Flag]:
        """What stands then."""
        if minute not in self._flags:
            self._flags[minute] = standing(self._walk, self.time(minute)).flags
        return self._flags[minute]

    def first(self, flag: Flag) -> int | None:
        """The first whole minute at which the flag stands; ``None`` when only the end sees it."""
        none, stands = 0, self._minutes + 1
        while stands - none > 1:
            middle = (none + stands) // 2
            if _stands(self.flags(middle), flag):
                stands = middle
            else:
                none = middle
        return stands if stands <= self._minutes else None


def _stands(flags: Sequence[Flag], flag: Flag) -> bool:
    """Whether this flag is among them, at least as urgent."""
    rank = URGENCIES.index(flag.urgency)
    return any(one.id == flag.id and URGENCIES.index(one.urgency) <= rank for one in flags)
