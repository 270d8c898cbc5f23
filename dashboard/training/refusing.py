"""
What training refuses before anything is stored: each refusal with its place, fault and cure.

The questions are asked of a ``Standing``, so that the same check can run while nobody else can add
a row to the room.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

from dashboard.training.keeping.errors import (
    AnswerUnfit,
    NotAsked,
    NotJoined,
    QuestionClosed,
    RoomClosed,
)
from dashboard.training.marking import (
    Answer,
    AnswerKindError,
    ChoiceAnswer,
    DoseAnswer,
    GradeAnswer,
    IceAnswer,
    mark,
)
from dashboard.training.playing import branch_of
from dashboard.training.room import Standing, asked, part
from dashboard.training.rooms import Part
from dashboard.training.story import ChoiceQuestion
from toxmodels.scored_exams import ICE_POINTS

__all__ = ["known_part", "refuse_answer", "refuse_closed", "refuse_stranger", "refuse_unfit"]

_KEPT: Final = "What you typed is still here."


def refuse_closed(here: Standing) -> None:
    """Refuse anything more in a room that is closed."""
    if here.room.closed_at is not None:
        raise RoomClosed(
            _place(here), "the room is closed; nothing was stored.", "Ask the trainer to open one."
        )


def refuse_stranger(here: Standing, name: str) -> None:
    """Refuse somebody who has not joined."""
    if here.trainee(name) is None:
        raise NotJoined(
            _place(here), f"{name} has not joined; nothing was stored.", "Join with the code first."
        )


def known_part(here: Standing, key: str) -> Part:
    """The question of that key; refused where the room asks no such question."""
    try:
        found = part(here.room, key)
    except KeyError:
        raise NotAsked(f'question "{key}"', "this room does not ask it.", "Reload.") from None
    if here.room.way == "calibration" and key not in here.room.asks:
        raise NotAsked(f'question "{key}"', "this calibration does not ask it.", "Reload.")
    return found


def refuse_answer(here: Standing, name: str, key: str, now: datetime) -> None:
    """
    Refuse an answer to a question that is not open to this trainee now.

    Raises:
        RoomClosed, NotJoined, NotAsked, QuestionClosed: by name.

    """
    refuse_closed(here)
    refuse_stranger(here, name)
    wanted = known_part(here, key)
    if here.room.way == "calibration" or key in here.answers(name):
        return
    now_asked = asked(here, name, now)
    if key in {one.id for one in now_asked.questions}:
        return
    place = f'question "{key}"'
    if any(wanted.pause in stop.pauses for stop in here.stops[: here.passed]):
        raise QuestionClosed(
            place,
            "the room has gone on; the answer came too late and does not count.",
            f"{_KEPT} Answer what is asked now.",
        )
    branch = branch_of(here.course, here.answers(name))
    if wanted.pause not in here.course.story.on(branch):
        raise NotAsked(place, "your case took another way; nothing was stored.", "Reload.")
    raise NotAsked(place, "it is not asked yet; nothing was stored.", f"{_KEPT} Wait for it.")


def refuse_unfit(wanted: Part, given: Answer) -> None:
    """Refuse an answer of another kind, or one that says what nobody can mean."""
    place = f'question "{wanted.question.id}"'
    try:
        mark(wanted.question, given)
    except AnswerKindError as error:
        raise AnswerUnfit(place, f"not stored: {error}.", _KEPT) from None
    fault = _fault(wanted, given)
    if fault is not None:
        raise AnswerUnfit(place, f"not stored: {fault}.", _KEPT)


def _fault(wanted: Part, given: Answer) -> str | None:
    match given:
        case GradeAnswer() if given.at_least > given.at_most:
            return f"the lower end {given.at_least} is above the upper end {given.at_most}"
        case IceAnswer():
            wrong = [
                name for name, points in given.items.items() if not 0 <= points <= ICE_POINTS[name]
            ]
            return f"no such points for {', '.join(wrong)}" if wrong else None
        case DoseAnswer(amount=float(amount)) if not math.isfinite(amount) or amount < 0:
            return "this is not an amount"
        case ChoiceAnswer() if not given.chosen:
            return "nothing is chosen"
        case ChoiceAnswer() if isinstance(wanted.question, ChoiceQuestion):
            several = wanted.question.several or len(given.chosen) == 1
            return None if several else "only one may be chosen"
        case _:
            return None


def _place(here: Standing) -> str:
    return f'room "{here.room.code or here.room.id}"'
