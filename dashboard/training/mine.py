"""What one person has begun and finished: folded from the rooms that this person was in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from dashboard.training.calling import called
from dashboard.training.desk import current
from dashboard.training.keeping.journal import TrainingStore
from dashboard.training.playing import branch_of, marks_of, place_of
from dashboard.training.room import Standing, asked

__all__ = ["Begun", "attempt", "begun"]

_MOST: Final = 30
View = Literal["play", "hold", "calibrate"]


@dataclass(frozen=True, slots=True)
class Begun:
    """
    One room of this person. ``right`` counts answers that are wholly right, of the ``answered``.

    ``of`` are the questions on the way that this person took; of a room that is over, those that
    were asked of this person.
    """

    room: str
    story: str
    title: str
    view: View
    begun_at: datetime
    answered: int
    of: int
    right: int
    is_over: bool


def begun(training: TrainingStore, name: str, now: datetime) -> tuple[Begun, ...]:
    """The newest rooms of this person, newest first."""
    rows = [one for one in training.of_person(name) if one.kind in ("opened", "joined")]
    when = {one.room: one.recorded_at for one in reversed(rows)}
    newest = sorted(when, key=when.__getitem__, reverse=True)[:_MOST]
    return tuple(_begun(current(training, room), name, when[room], now) for room in newest)


def attempt(training: TrainingStore, name: str, room: str) -> int:
    """How often this person had begun the case of this room when beginning here, this included."""
    rows = [one for one in training.of_person(name) if one.kind in ("opened", "joined")]
    here = current(training, room)
    rooms = list(dict.fromkeys(one.room for one in rows))
    earlier = rooms[: rooms.index(room)] if room in rooms else rooms
    same = (
        found
        for found in (current(training, one) for one in earlier)
        if found.room.way != "calibration" and name in found.given
    )
    return 1 + sum(one.room.course.id == here.room.course.id for one in same)


def _begun(here: Standing, name: str, since: datetime, now: datetime) -> Begun:
    room, held = here.room, here.room.held_by == name
    view: View = "calibrate" if room.way == "calibration" else "play"
    if held and room.way == "together":
        view = "hold"
    answers = here.answers(name)
    if room.way == "calibration":
        done, of, right = len(answers), len(room.asks), 0  # blind to the end: no word on right
        is_over = room.closed_at is not None or (name in here.given and done == of)
        title = "Calibration"
    else:
        way = room.course.story.on(branch_of(room.course, answers))
        of = sum(len(pause.questions) for pause in way)
        right = sum(one.worth == 1 for one in marks_of(room.course, answers))
        done = len(answers)
        is_over = room.closed_at is not None or _is_over(here, name, now)
        if is_over and room.way == "together":  # what was never asked of this person counts nowhere
            of = done + len(asked(here, name, now).closed)
        title = called(room.course, is_over=is_over or view == "hold")
    return Begun(room.id, room.course.id, title, view, since, done, of, right, is_over)


def _is_over(here: Standing, name: str, now: datetime) -> bool:
    if here.room.way == "alone":
        return place_of(here.room.course, here.answers(name)).is_over
    return asked(here, name, now).is_over
