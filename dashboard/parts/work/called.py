"""
When the open alarms of a patient called: read off the records, whoever looked at a screen when.

The looks are those of every assessment time, as far back as the longest chain and the suppression
of repeats can reach, and the moments between them at which a flag came with time alone. They are
kept with the records they were read from: a new minute costs nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from dashboard import session, ward
from dashboard.as_of.screens import history_of
from dashboard.chain import NEVER_CALLED, Called, Waiting, in_order, waiting_of
from dashboard.kept import Kept
from dashboard.parts.work.between import came_between
from dashboard.states import PatientState, Unreadable
from dashboard.store import Acknowledgement
from toxmodels.course import Walk
from toxmodels.escalation import URGENCIES, Flag, Look, collapse, standing
from toxmodels.site import site

__all__ = ["calls_of", "forget", "told", "waiting", "waiting_in"]

_looks: Final = Kept(600)
_waiting: Final = Kept(600)
_changed: Final = Kept(2000)

_log = structlog.get_logger(__name__)


def forget() -> None:
    """Drop everything kept: between tests."""
    for kept in (_looks, _waiting, _changed):
        kept.clear()


def waiting_in(rows: Sequence[PatientState | Unreadable]) -> list[Waiting]:
    """Every open alert of a ward, the one that needs somebody most in front."""
    return in_order(one for row in rows if isinstance(row, PatientState) for one in waiting(row))


def waiting(state: PatientState) -> tuple[Waiting, ...]:
    """The open alerts of one patient, in their order on the board; worked out once a state."""
    key = id(state)
    kept: tuple[PatientState, tuple[Waiting, ...]] | None = _waiting.get(key)
    if kept is None or kept[0] is not state:
        # The state is kept beside, so that no other object can take its identity.
        kept = (state, tuple(_all_waiting(state)))
        _waiting.put(key, kept)
    return kept[1]


def told(state: PatientState, walk: Walk) -> None:
    """Work the calls out from these records: for a patient of training, who is in no journal."""
    opened = state.open_alerts
    calls = calls_of(walk, state.at, [one.flag for one in opened]) if opened else {}
    found = tuple(
        waiting_of(
            state.patient_id, one, calls.get(one.flag.id, NEVER_CALLED), state.at, lambda _: None
        )
        for one in opened
    )
    _waiting.put(id(state), (state, found))


def _all_waiting(state: PatientState) -> Iterator[Waiting]:
    opened = state.open_alerts
    if not opened:
        return
    calls: dict[str, Called] = {}
    try:
        flags = [one.flag for one in opened]
        calls = calls_of(ward.walk_of(state), state.at, flags)
    except Exception as error:  # noqa: BLE001 - an alert must show although its age is not known
        _log.error("calls-failed", fault=type(error).__name__)
    for one in opened:
        called = calls.get(one.flag.id, NEVER_CALLED)
        yield waiting_of(state.patient_id, one, called, state.at, _changed_after(state))


def _changed_after(state: PatientState) -> Callable[[Acknowledgement], datetime | None]:
    """When something was first stored that an acknowledgement had not seen."""

    def find(seen: Acknowledgement) -> datetime | None:
        key = (session.store().place, seen.acknowledgement_id, state.position)
        kept: tuple[datetime | None] | None = _changed.get(key)
        if kept is None:
            later = [
                one.recorded_at
                for one in history_of(state)
                if seen.seen_position < one.position <= state.position
            ]
            kept = (min(later, default=None),)
            _changed.put(key, kept)
        return kept[0]

    return find


# The calls of the alarms


def calls_of(walk: Walk, at: datetime, flags: Sequence[Flag]) -> dict[str, Called]:
    """The calls of the alarms that these flags, all standing at ``at``, belong to."""
    open_ = {one.id: one for one in flags}
    before, is_whole = _looks_before(walk, at, flags)
    since = _came_since(walk, before[-1].at, at, flags) if before else []
    alarms = collapse([*before, *since, Look(at, [*open_.values()])])
    stood = set() if is_whole else {(one.id, before[0].at) for one in before[0].flags}
    found = {}
    for one in alarms:
        calls = tuple(call for call in one.calls if call.urgency != "info")
        if one.closed_at is None and one.id in open_ and calls:
            found[one.id] = Called(calls, or_longer=(one.id, calls[0].at) in stood)
    return found


def _looks_before(walk: Walk, at: datetime, flags: Sequence[Flag]) -> tuple[list[Look], bool]:
    """The looks at these flags up to the last record before ``at``, and whether these are all."""
    times = [time for time in walk.chart.times(at) if time < at]
    if not times:
        return [], True
    ids = frozenset(one.id for one in flags)
    key = ("before", id(walk), times[-1], _horizon(flags), ids)
    kept: tuple[Walk, tuple[list[Look], bool]] | None = _looks.get(key)
    if kept is None or kept[0] is not walk:
        back = times[-1] - _horizon(flags)
        first = max(bisect_left(times, back) - 1, 0)  # one look more: what stood when it begins
        found: list[Look] = []
        for time in times[first:]:
            here = [one for one in standing(walk, time).flags if one.id in ids]
            if found:
                found += came_between(walk, found[-1].at, time, here, ids)
            found.append(Look(time, here))
        kept = (walk, (found, first == 0))
        _looks.put(key, kept)
    return kept[1]


def _came_since(walk: Walk, last: datetime, at: datetime, flags: Sequence[Flag]) -> list[Look]:
    """What came with time alone since the last record; the same minute in every later view."""
    here = tuple(sorted((one.id, one.urgency) for one in flags))
    key = ("since", id(walk), last, here)
    kept: tuple[Walk, list[Look]] | None = _looks.get(key)
    if kept is None or kept[0] is not walk:
        ids = frozenset(one.id for one in flags)
        kept = (walk, came_between(walk, last, at, flags, ids))
        _looks.put(key, kept)
    return [look for look in kept[1] if look.at <= at]


def _horizon(flags: Sequence[Flag]) -> timedelta:
    """Beyond this every step of their chains has been reached, and no earlier call is the same."""
    lowest = max((URGENCIES.index(one.urgency) for one in flags), default=0)
    asked = {*URGENCIES[: lowest + 1], "urgent"}  # what is an emergency now may have been urgent
    steps = (after for urgency in asked for after, _ in site().chain.get(urgency, ()))
    return max(steps, default=timedelta(0)) + site().suppress_alarm
