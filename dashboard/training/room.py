"""
What a room is and what happened in it, folded from its rows: nothing is kept beside them.

A reload, a second tablet, a late join and the debrief all fold the same rows and so see the same.
An answer counts if its question was open when its row went in, by the order of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.training.clock import Clock, Hands, Stop, read
from dashboard.training.folding import Folding
from dashboard.training.keeping.journal import Noted
from dashboard.training.marking import Answer
from dashboard.training.playing import branch_of, place_of
from dashboard.training.reading import Course
from dashboard.training.rooms import Given, Room, Trainee, Way, part
from dashboard.training.story import Answerable, Pause

__all__ = [
    "Asked", "Given", "Room", "Standing", "Trainee", "Way", "as_it_stands", "asked", "clock",
    "is_told", "part", "standing",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Everything about a room that its rows tell.

    ``given`` and ``deeds`` have a key for every trainee. ``deeds`` are the rows "entered",
    "acknowledged" and "seen". ``passed`` counts the stops that the room has closed.
    """

    room: Room
    trainees: tuple[Trainee, ...]
    given: Mapping[str, Mapping[str, Given]]
    clock_rows: tuple[Noted, ...]
    deeds: Mapping[str, tuple[Noted, ...]]
    certified: Mapping[str, Noted]
    hands: Hands
    version: int

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The hours at which the room's clock stops."""
        return self.hands.stops

    @property
    def passed(self) -> int:
        """How many of them are closed."""
        return self.hands.passed

    @property
    def course(self) -> Course:
        """The story of the room."""
        return self.room.course

    def trainee(self, name: str) -> Trainee | None:
        """The trainee of this name, or None."""
        return next((one for one in self.trainees if one.name == name), None)

    def answers(self, name: str) -> Mapping[str, Answer]:
        """What this trainee answered, by question: what ``playing`` and ``marking`` take."""
        return {key: one.answer for key, one in self.given.get(name, {}).items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a trainee is asked now.

    ``pause`` and ``questions``: where the case stands for this trainee, and what is open and not
    answered; no question: nothing is asked now. ``story`` is the id of its story; in a calibration
    the key of a question is ``f"{story}/{question.id}"``. ``waits``: the room has stopped, and this
    trainee has answered all or is on another way. ``closed``: asked of this trainee and closed
    without an answer. ``before``: closed before the join; these do not count and the result says
    so. ``branch`` is the way so far.
    """

    story: str
    pause: Pause | None
    questions: tuple[Answerable, ...]
    branch: str | None
    waits: bool
    closed: tuple[str, ...]
    before: tuple[str, ...]
    is_over: bool


def standing(rows: Sequence[Noted]) -> Standing:
    """
    Fold a room from its rows, by position; pure.

    Raises:
        ValueError: the rows do not begin with the one that opened the room.

    """
    return as_it_stands(Folding(rows))


def as_it_stands(folding: Folding) -> Standing:
    """What has come out so far; what is read on changes nothing in it."""
    return Standing(
        room=folding.room,
        trainees=tuple(folding.trainees.values()),
        given={name: dict(given) for name, given in folding.given.items()},
        clock_rows=tuple(folding.clock_rows),
        deeds={name: tuple(deeds) for name, deeds in folding.deeds.items()},
        certified=dict(folding.certified),
        hands=folding.hands,
        version=folding.version,
    )


def clock(here: Standing, now: datetime) -> Clock:
    """
    Where the room's clock stands; pure.

    Alone there is no clock to turn: it stands at the pause that is asked, and at the last one of
    the way when all is answered. In a calibration it stands where the first story starts.
    """
    is_closed = here.room.closed_at is not None
    if here.room.way == "alone":
        return _alone(here, is_closed)
    return read(here.hands, now, is_closed=is_closed)


def _alone(here: Standing, is_closed: bool) -> Clock:
    place = place_of(here.course, here.answers(here.room.held_by))
    way = here.course.story.on(place.branch)
    pause = place.pause or way[-1]
    stop = next(n for n, one in enumerate(here.stops) if one.at == pause.at)
    is_open = not place.is_over and not is_closed
    return Clock(
        case_at=pause.at,
        has_begun=True,
        is_running=False,
        speed=here.hands.speed,
        passed=stop if not place.is_over else len(here.stops),
        stop=stop if is_open else None,
        stopped_at_pause=(pause.id,) if is_open else (),
        stopped_since=None,
        next_stop_at=None,
        is_over=not is_open,
    )


def asked(here: Standing, name: str, now: datetime) -> Asked:
    """What this trainee is asked now, and what has closed without an answer; pure."""
    match here.room.way:
        case "alone":
            return _asked_alone(here, name)
        case "together":
            return _asked_together(here, name, now)
        case "calibration":
            return _asked_in_calibration(here, name)


def _asked_alone(here: Standing, name: str) -> Asked:
    place = place_of(here.course, here.answers(name))
    is_closed = here.room.closed_at is not None
    return Asked(
        story=here.course.id,
        pause=place.pause,
        questions=() if is_closed else place.asked,
        branch=place.branch,
        waits=False,
        closed=(),
        before=(),
        is_over=place.is_over or is_closed,
    )


def _asked_together(here: Standing, name: str, now: datetime) -> Asked:
    answers, found = here.answers(name), clock(here, now)
    branch = branch_of(here.course, answers)
    way = {pause.id for pause in here.course.story.on(branch)}
    trainee = here.trainee(name)
    since = len(here.stops) if trainee is None else trainee.from_stop
    late: list[str] = []
    missed: list[str] = []
    for number, stop in enumerate(here.stops[: found.passed]):
        for pause in stop.pauses:
            if pause.id in way:
                left = [one.id for one in pause.questions if one.id not in answers]
                (late if number < since else missed).extend(left)
    mine = next(
        (one for one in _paused(here, found) if one.id in way and trainee is not None), None
    )
    questions = () if mine is None else tuple(q for q in mine.questions if q.id not in answers)
    return Asked(
        story=here.course.id,
        pause=mine,
        questions=questions,
        branch=branch,
        waits=found.stop is not None and not questions,
        closed=tuple(missed),
        before=tuple(late),
        is_over=found.is_over,
    )


def _paused(here: Standing, found: Clock) -> tuple[Pause, ...]:
    return () if found.stop is None else here.stops[found.stop].pauses


def _asked_in_calibration(here: Standing, name: str) -> Asked:
    """The vignette of the first question without an answer: a story's pause, seen by itself."""
    answers = here.answers(name)
    left = [part(here.room, key) for key in here.room.asks if key not in answers]
    is_closed = here.room.closed_at is not None
    first = left[0] if left and not is_closed else None
    questions = tuple(
        one.question for one in left
        if first is not None and (one.course.id, one.pause.id) == (first.course.id, first.pause.id)
    )  # fmt: skip
    return Asked(
        story=here.course.id if first is None else first.course.id,
        pause=None if first is None else first.pause,
        questions=questions,
        branch=None if first is None else first.pause.on,
        waits=False,
        closed=(),
        before=(),
        is_over=first is None,
    )


def is_told(here: Standing, name: str, question: str) -> bool:
    """
    Whether this trainee may see what was right, the grades of that hour and the advice; pure.

    Alone: the pause has no open question left. Together: the room has gone on. In a calibration:
    it is closed. In every room that is closed: yes.
    """
    if here.room.closed_at is not None:
        return True
    if here.room.way == "calibration":
        return False
    pause = part(here.room, question).pause
    if here.room.way == "together":
        return any(pause in stop.pauses for stop in here.stops[: here.passed])
    answers = here.answers(name)
    return all(one.id in answers for one in pause.questions)
