"""A room as it was opened, who takes part, and an answer that counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from dashboard.store.canonical import canonical_json
from dashboard.training.keeping.journal import Noted
from dashboard.training.marking import Answer
from dashboard.training.reading import Course, read_story
from dashboard.training.story import Answerable, Pause

__all__ = ["Given", "Part", "Room", "Trainee", "Way", "digest_of", "opened", "part"]

Way = Literal["alone", "together", "calibration"]


@dataclass(frozen=True, slots=True)
class Room:
    """
    A room as it was opened; the stories are frozen in it and a later edit changes nothing.

    ``course`` is the only story, or the first one of a calibration. ``asks`` names what a
    calibration asks, as "story/question"; it is empty elsewhere. ``code`` is empty alone.
    """

    id: str
    code: str
    way: Way
    course: Course
    courses: Mapping[str, Course]
    asks: tuple[str, ...]
    digest: str  # SHA-256 over the files of all stories
    held_by: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Trainee:
    """Somebody who takes part; ``from_stop``: how many stops were closed before the join."""

    name: str
    role: str
    joined_at: datetime
    joined_case_at: datetime
    from_stop: int


@dataclass(frozen=True, slots=True)
class Given:
    """The first answer of a trainee to a question: the one that counts."""

    trainee: str
    question: str  # "story/question" in a calibration
    answer: Answer
    at: datetime  # by the wall
    case_at: datetime
    opened_at: datetime  # by the wall: since when this trainee could answer
    position: int


@dataclass(frozen=True, slots=True)
class Part:
    """A question with the story and the pause it belongs to."""

    course: Course
    pause: Pause
    question: Answerable


def opened(row: Noted) -> Room:
    """The room that a row "opened" tells of; its stories are read once a process."""
    body = row.body
    courses = {id_: _course(id_, tuple(files.items())) for id_, files in body["stories"].items()}
    return Room(
        id=row.room,
        code=body["code"],
        way=body["way"],
        course=courses[body["first"]],
        courses=courses,
        asks=tuple(body["asks"]),
        digest=body["digest"],
        held_by=row.by,
        opened_at=row.recorded_at,
        closed_at=None,
    )


@lru_cache(maxsize=256)
def _course(id_: str, files: tuple[tuple[str, str], ...]) -> Course:
    return read_story(id_, dict(files))


def digest_of(stories: Mapping[str, Mapping[str, str]]) -> str:
    """What tells one edition of the stories from another."""
    plain = {id_: dict(files) for id_, files in stories.items()}
    return hashlib.sha256(canonical_json(plain).encode("ascii")).hexdigest()


def part(room: Room, key: str) -> Part:
    """
    The question behind a key: its id, or "story/question" in a calibration.

    Raises:
        KeyError: no story of the room asks it.

    """
    story, slash, question = key.rpartition("/")
    course = room.courses[story] if slash else room.course
    for pause, one in course.story.questions():
        if one.id == question:
            return Part(course, pause, one)
    raise KeyError(key)
