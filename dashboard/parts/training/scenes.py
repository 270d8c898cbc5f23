"""
Which scene of a case stands on a trainee's screen: pure, from the room's rows and the time.

A scene is one of three: questions are open, answers are explained, or nothing is asked right now.
Alone and in a room the order is the same: one question after the other, nothing explained before
the pause is closed, then all of it. So a score means the same however somebody played.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dashboard.training.clock import Clock
from dashboard.training.playing import branch_of
from dashboard.training.room import Asked, Standing, asked, clock
from dashboard.training.showing import newest_score
from dashboard.training.story import Answerable, IceQuestion, Pause, Story
from toxmodels import Case

__all__ = ["EXPLAINED", "Scene", "explained", "records_at", "scene"]

_STRIDE: Final = timedelta(minutes=30)
_USUAL_SPEED: Final = 60.0
EXPLAINED: Final = "explained"  # what a "seen" row says of a question: ``explained/QUESTION``


@dataclass(frozen=True, slots=True)
class Scene:
    """
    What a trainee sees now.

    ``told``: what the story says, the newest last. ``asks``: the question that is open. ``given``:
    answered and not to be explained yet. ``explains``: what may be explained now. ``at`` and
    ``branch``: the hour and the way of the records beside it. ``grades_at``: the hour whose grades
    are no secret any more; ``score_since``: exams after it lose their score, for it is asked.
    """

    told: tuple[Pause, ...]
    asks: tuple[Answerable, ...]
    given: tuple[Answerable, ...]
    explains: tuple[Answerable, ...]
    at: datetime
    branch: str | None
    grades_at: datetime | None
    score_since: datetime | None
    where: str
    is_over: bool = False

    @property
    def key(self) -> str:
        """What tells this scene from the next; a new record in a room is no new scene."""
        named = (*self.told, *self.asks[:1], *self.explains)
        return "/".join(one.id for one in named)


def scene(here: Standing, name: str, now: datetime) -> Scene:
    """The scene of this trainee."""
    found = asked(here, name, now)
    if here.room.way == "alone":
        return _alone(here, name, found)
    return _together(here, name, found, now)


# Alone


def _alone(here: Standing, name: str, found: Asked) -> Scene:
    story = here.room.course.story
    way = story.on(branch_of(here.room.course, here.answers(name)))
    read = _unread(here, name, way)
    if read is not None:
        return Scene(
            told=(read,),
            asks=(),
            given=(),
            explains=read.questions,
            at=read.at,
            branch=found.branch,
            grades_at=read.at,
            score_since=None,
            where=_number(way, read.questions[-1], story),
        )
    if found.pause is None or found.is_over:
        return _end(way[-1], found)
    where = _number(way, found.questions[0], story)
    told = _silent_before(way, found.pause)
    return _open(here, found, here.answers(name).keys(), told=(*told, found.pause), where=where)


def _open(
    here: Standing, found: Asked, given: Set[str], *, told: tuple[Pause, ...], where: str
) -> Scene:  # fmt: skip
    """The last of the pauses told: a question is open, or all are answered and not explained."""
    pause = told[-1]
    return Scene(
        told=told,
        asks=found.questions[:1],  # what is asked next may tell what is right here
        given=tuple(one for one in pause.questions if one.id in given),
        explains=(),
        at=pause.at,
        branch=found.branch,
        grades_at=None,
        score_since=_score_since(here, found.branch, pause, found.questions),
        where=where,
    )


def _unread(here: Standing, name: str, way: Sequence[Pause]) -> Pause | None:
    """The first pause that is answered to its end and was not tapped away after it."""
    answers, seen = here.answers(name), explained(here, name)
    for pause in way:
        ids = {one.id for one in pause.questions}
        if ids and ids <= answers.keys() and not ids <= seen:
            return pause
    return None


def explained(here: Standing, name: str) -> frozenset[str]:
    """The questions whose explanation this trainee has read and tapped away."""
    lead = f"{EXPLAINED}/"
    return frozenset(
        str(one.body["what"]).removeprefix(lead)
        for one in here.deeds.get(name, ())
        if one.kind == "seen" and str(one.body["what"]).startswith(lead)
    )


def _silent_before(way: Sequence[Pause], pause: Pause) -> Iterator[Pause]:
    """Pauses just before this one at which nothing was asked: what they told is told here."""
    earlier = way[: way.index(pause)]
    asking = [number for number, one in enumerate(earlier) if one.questions]
    yield from earlier[(asking[-1] + 1 if asking else 0) :]


def _number(way: Sequence[Pause], question: Answerable, story: Story) -> str:
    """``question 3 of about 8``: of the main course, so that no way gives itself away."""
    ids = [one.id for pause in way for one in pause.questions]
    if question.id not in ids:
        return ""
    usual = sum(len(pause.questions) for pause in story.on(None))
    return f"question {ids.index(question.id) + 1} of about {usual}"


# In a room


def _together(here: Standing, name: str, found: Asked, now: datetime) -> Scene:
    story, reading = here.room.course.story, clock(here, now)
    way = story.on(found.branch)
    if found.is_over:
        return _end(way[-1], found)
    closed = [
        pause for stop in here.stops[: reading.passed] for pause in stop.pauses if pause in way
    ]
    last = closed[-1] if closed else None
    if found.pause is not None:
        where = f"stop {reading.passed + 1} of {len(here.stops)}"
        given = here.answers(name).keys()
        return _open(here, found, given, told=(found.pause,), where=where)
    # The clock runs on: records come in, and grades stay those of the last stop that is closed.
    coming = next((one for one in way if one not in closed), None)
    return Scene(
        told=() if last is None else (last,),
        asks=(),
        given=(),
        explains=() if last is None else last.questions,
        at=records_at(here, reading, found.branch),
        branch=found.branch,
        grades_at=None if last is None else last.at,
        score_since=None
        if coming is None
        else _score_since(here, found.branch, coming, coming.questions),
        where=f"{reading.passed} of {len(here.stops)} stops done",
    )


def records_at(here: Standing, reading: Clock, branch: str | None) -> datetime:
    """
    The hour of the records on the screen, the same for everybody in the room.

    Where the clock runs it moves with each new record, and now and then between them so that ages
    do not stand still: about every half minute by the wall, however fast the case runs.
    """
    if not reading.is_running:
        return reading.case_at
    stride = _STRIDE * max(1.0, reading.speed / _USUAL_SPEED)
    begins = here.room.course.story.starts_at
    strode = begins + (reading.case_at - begins) // stride * stride
    times = (one for one in _times(here.room.course.cases[branch]) if one <= reading.case_at)
    return max((strode, *times))


def _times(case: Case) -> Iterator[datetime]:
    yield from (one.taken_at for one in case.vitals or ())
    yield from (one.taken_at for one in case.neuro or ())
    yield from (one.taken_at for one in case.labs or ())
    yield from (one.graded_at for one in case.gradings or ())
    yield from (one.given_at for one in case.treatments or ())
    yield from (one.at for one in case.events or ())


# Both


def _end(last: Pause, found: Asked) -> Scene:
    return Scene((), (), (), (), last.at, found.branch, last.at, None, "", is_over=True)


def _score_since(
    here: Standing, branch: str | None, pause: Pause, left: Sequence[Answerable]
) -> datetime | None:
    """From when on scores are hidden: that of the newest exam, while it is asked for."""
    if not any(isinstance(one, IceQuestion) for one in left):
        return None
    return newest_score(here.room.course, branch, pause.at)
