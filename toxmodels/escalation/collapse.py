"""
From flags to alarms: one open alarm per trigger, which may only rise while it is open.

An alarm closes when its flag no longer stands, which takes a reassessment (``standing``). A flag
that comes back within the hours of suppression is the same alarm. An emergency is never suppressed:
whenever a flag is an emergency that was none a moment before, somebody is called.

Cites: repeats (house).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from toxmodels.escalation.flag import URGENCIES, Flag, Urgency
from toxmodels.site import site

__all__ = ["Alarm", "Call", "Look", "collapse"]


@dataclass(frozen=True, slots=True)
class Look:
    """The flags that stand at one moment."""

    at: datetime
    flags: Sequence[Flag]


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody is called, with that urgency."""

    at: datetime
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm about one trigger: its highest urgency, every call, and when it closed."""

    id: str
    urgency: Urgency
    calls: tuple[Call, ...]
    closed_at: datetime | None = None


def collapse(looks: Iterable[Look]) -> tuple[Alarm, ...]:
    """Alarms over a history in the order of time, those of one trigger in the order of opening."""
    held: dict[str, list[Alarm]] = {}
    emergencies: set[str] = set()
    for look in looks:
        for flag in look.flags:
            alarms = held.setdefault(flag.id, [])
            if not alarms or not _is_same(alarms[-1], flag, look.at):
                alarms.append(Alarm(flag.id, flag.urgency, (Call(look.at, flag.urgency),)))
                continue
            is_new = flag.urgency == "emergency" and flag.id not in emergencies
            alarms[-1] = _gone_on(alarms[-1], flag, look.at, is_new=is_new)
        here = {flag.id for flag in look.flags}
        emergencies = {flag.id for flag in look.flags if flag.urgency == "emergency"}
        for id_, alarms in held.items():
            if id_ not in here and alarms[-1].closed_at is None:
                alarms[-1] = replace(alarms[-1], closed_at=look.at)
    return tuple(alarm for alarms in held.values() for alarm in alarms)


def _is_same(alarm: Alarm, flag: Flag, at: datetime) -> bool:
    """Whether a flag goes on with the newest alarm of its trigger."""
    if alarm.closed_at is None:
        return True
    again = at - alarm.closed_at < site().suppress_alarm
    return again and flag.urgency != "emergency"


def _gone_on(alarm: Alarm, flag: Flag, at: datetime, *, is_new: bool) -> Alarm:
    """The same alarm still open; it calls again when it rises, and for every new emergency."""
    rises = URGENCIES.index(flag.urgency) < URGENCIES.index(alarm.urgency)
    if not rises and not is_new:
        return replace(alarm, closed_at=None)
    calls = (*alarm.calls, Call(at, flag.urgency))
    urgency = flag.urgency if rises else alarm.urgency
    return replace(alarm, urgency=urgency, calls=calls, closed_at=None)
