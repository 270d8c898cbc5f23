"""
What a trainer sees of a group at one moment: who has joined, where each stands, who is silent.

Folded from the room and the clock; only the silence comes from elsewhere, and it counts nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dashboard.training.group import Voice, Words, voices
from dashboard.training.marking import Answer
from dashboard.training.playing import branch_of
from dashboard.training.presence import Presence, presence_of
from dashboard.training.room import Asked, Standing, Trainee, asked, clock
from dashboard.training.story import Answerable, Pause

__all__ = ["Heard", "Look", "Onlooked", "Said", "group_said", "look", "waiting"]

Heard = Callable[[str], datetime | None]
# open: questions are open to this trainee now. answered: all of them are. waits: the case runs on,
# or stands where another way is asked. over: nothing comes any more.
Look = Literal["open", "answered", "waits", "over"]


@dataclass(frozen=True, slots=True)
class Onlooked:
    """
    One trainee at one moment.

    ``number`` of ``steps``: which pause of his own way he is at. ``closed`` counts questions that
    closed without his answer, ``before`` those that closed before he joined.
    """

    trainee: Trainee
    presence: Presence
    heard_at: datetime
    state: Look
    pause: Pause | None
    number: int
    steps: int
    answered: int
    of: int
    branch: str | None
    closed: int
    before: int


@dataclass(frozen=True, slots=True)
class _Heard:
    at: datetime
    presence: Presence


@dataclass(frozen=True, slots=True)
class Said:
    """A question with what was said to it, and how many of those asked have answered."""

    pause: Pause
    question: Answerable
    voices: tuple[Voice, ...]
    answered: int
    of: int


def look(here: Standing, now: datetime, heard: Heard) -> tuple[Onlooked, ...]:
    """Every trainee, in the order of joining; ``heard`` tells when a page of his asked last."""
    case_at = clock(here, now).case_at
    found = []
    for one in here.trainees:
        last = _last_heard(here, one, heard)
        known = _Heard(last, presence_of(last, now))
        found.append(_one(here, one, asked(here, one.name, now), known, case_at))
    return tuple(found)


def waiting(rows: tuple[Onlooked, ...]) -> tuple[str, ...]:
    """Who still has an open question."""
    return tuple(one.trainee.name for one in rows if one.state == "open")


def _one(here: Standing, who: Trainee, stands: Asked, known: _Heard, case_at: datetime) -> Onlooked:
    way = here.room.course.story.on(stands.branch)
    reached = [one for one in way if one.at <= case_at]
    given = here.given.get(who.name, {})
    now_asked = () if stands.pause is None else stands.pause.questions
    answered = sum(one.id in given for one in now_asked)
    return Onlooked(
        trainee=who,
        presence=known.presence,
        heard_at=known.at,
        state=_state(stands, now_asked),
        pause=stands.pause or (reached[-1] if reached else None),
        number=len(reached),
        steps=len(way),
        answered=answered,
        of=answered + len(stands.questions),
        branch=stands.branch,
        closed=len(stands.closed),
        before=len(stands.before),
    )


def _state(stands: Asked, now_asked: tuple[Answerable, ...]) -> Look:
    if stands.is_over:
        return "over"
    if stands.questions:
        return "open"
    return "answered" if stands.pause is not None and now_asked else "waits"


def _last_heard(here: Standing, who: Trainee, heard: Heard) -> datetime:
    """The last sign of him: his page, or else the newest of his rows."""
    signs = [who.joined_at]
    signs += [one.at for one in here.given.get(who.name, {}).values()]
    signs += [one.recorded_at for one in here.deeds.get(who.name, ())]
    told = heard(who.name)
    return max([*signs, told] if told is not None else signs)


def group_said(here: Standing, words: Words) -> Iterator[Said]:
    """Every question that anybody has answered, the newest pause first."""
    story = here.room.course.story
    for pause in sorted(story.pauses, key=lambda one: one.at, reverse=True):
        for question in pause.questions:
            answers = answers_to(here, question.id)
            if answers:
                of = sum(_was_asked(here, one, pause) for one in here.trainees)
                found = voices(question, answers, words)
                yield Said(pause, question, found, len(answers), max(of, len(answers)))


def _was_asked(here: Standing, who: Trainee, pause: Pause) -> bool:
    """Whether this pause lies on his way and was not closed before he joined."""
    stop = next(number for number, one in enumerate(here.stops) if pause in one.pauses)
    way = branch_of(here.room.course, here.answers(who.name))
    return stop >= who.from_stop and pause in here.room.course.story.on(way)


def answers_to(here: Standing, question: str) -> Mapping[str, Answer]:
    """Who said what to a question."""
    return {name: given[question].answer for name, given in here.given.items() if question in given}
