"""
The clock of a room: it runs to the next pause and waits there until the trainer goes on.

A pure function of the rows and of now. Between two rows the case's time runs at ``speed`` times the
wall's; it cannot run past a pause of any branch, however late anybody looks. Before the trainer
first lets it run nothing is open, so that a group begins together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from dashboard.training.story import Pause, Story

__all__ = ["FASTEST", "SPEED", "Clock", "Hands", "Stop", "begin", "read", "stops_of", "turn"]

SPEED: Final = 60.0  # an hour of the case a minute of the wall
FASTEST: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Stop:
    """An hour at which the clock stops: the pauses of all branches that lie there."""

    at: datetime
    pauses: tuple[Pause, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """
    Where a room stands in the time of the case.

    ``stopped_at_pause`` names the pauses whose questions are open now, of all branches; ``stop``
    is the number of that stop and ``stopped_since`` the wall's time it was reached. ``passed``
    counts the stops that are closed. ``is_running``: the case's time moves now; ``next_stop_at``
    is then the wall's time at which it will stop.
    """

    case_at: datetime
    has_begun: bool
    is_running: bool
    speed: float
    passed: int
    stop: int | None
    stopped_at_pause: tuple[str, ...]
    stopped_since: datetime | None
    next_stop_at: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Hands:
    """The clock after a row: where it stood then, and whether it was let run from there."""

    stops: tuple[Stop, ...]
    case_at: datetime
    wall_at: datetime
    has_begun: bool = False
    is_let_run: bool = False
    speed: float = SPEED
    passed: int = 0
    stopped_since: datetime | None = None


def stops_of(story: Story) -> tuple[Stop, ...]:
    """The pauses of all branches by their time."""
    found: dict[datetime, list[Pause]] = {}
    for pause in story.pauses:
        found.setdefault(pause.at, []).append(pause)
    return tuple(Stop(at, tuple(found[at])) for at in sorted(found))


def begin(story: Story, at: datetime) -> Hands:
    """The clock of a room that was opened then: it waits where the story starts."""
    return Hands(stops_of(story), story.starts_at, at)


def read(hands: Hands, now: datetime, *, is_closed: bool = False) -> Clock:
    """Where the clock stands now; a now before the last row counts as that row's time."""
    now = max(now, hands.wall_at)
    following = hands.stops[hands.passed] if hands.passed < len(hands.stops) else None
    case_at = _case_at(hands, following, now)
    is_over = following is None or is_closed
    is_stopped = (
        not is_over and hands.has_begun and following is not None and case_at >= following.at
    )
    moves = hands.is_let_run and not is_over and not is_stopped
    reach = None if following is None else _reached(hands, following)
    return Clock(
        case_at=case_at,
        has_begun=hands.has_begun,
        is_running=moves,
        speed=hands.speed,
        passed=hands.passed,
        stop=hands.passed if is_stopped else None,
        stopped_at_pause=(
            tuple(one.id for one in following.pauses) if is_stopped and following else ()
        ),
        stopped_since=reach if is_stopped else None,
        next_stop_at=reach if moves else None,
        is_over=is_over,
    )


def _case_at(hands: Hands, following: Stop | None, now: datetime) -> datetime:
    if not hands.is_let_run or following is None:
        return hands.case_at
    if now >= _reached(hands, following):  # not by adding up: a microsecond may be rounded away
        return following.at
    return min(hands.case_at + (now - hands.wall_at) * hands.speed, following.at)


def _reached(hands: Hands, following: Stop) -> datetime:
    """The wall's time at which the clock stops there, if it goes on as it does."""
    if hands.stopped_since is not None:
        return hands.stopped_since
    return hands.wall_at + max(following.at - hands.case_at, timedelta(0)) / hands.speed


def turn(hands: Hands, body: Mapping[str, Any], at: datetime) -> Hands:
    """
    The clock after the trainer turned it.

    "step" and "ahead" name the stop that the trainer meant, so that the same tap twice goes one
    stop on; one that means another stop than the next changes nothing.
    """
    before = read(hands, at)
    now = max(at, hands.wall_at)
    moved = replace(
        hands, case_at=before.case_at, wall_at=now, stopped_since=before.stopped_since
    )  # fmt: skip
    match body.get("does"):
        case "run":
            return replace(moved, has_begun=True, is_let_run=True, speed=float(body["speed"]))
        case "hold":
            return replace(moved, is_let_run=False)
        case "ahead" if body["stop"] == hands.passed < len(hands.stops):
            there = hands.stops[hands.passed].at
            since = before.stopped_since or now
            return replace(moved, has_begun=True, case_at=there, stopped_since=since)
        case "step" if body["stop"] == hands.passed < len(hands.stops):
            there = hands.stops[hands.passed].at
            return replace(
                moved, has_begun=True, case_at=there, passed=hands.passed + 1, stopped_since=None
            )
        case _:
            return hands
