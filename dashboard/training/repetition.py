"""
Which missed questions a person should see again, and when: spaced repetition by FSRS.

Everything follows from what the person answered and the time that is passed in. The scheduler's
own weights are used, without its random spread, and without steps of minutes: a ward comes back to
a question after days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from dashboard.training.marking import Answer
from dashboard.training.playing import marks_of
from dashboard.training.reading import Course

__all__ = ["Due", "Tried", "due", "planned", "tries_of"]

_RECALL: Final = 0.9  # house: come back when nine of ten would still know it
_LONGEST_DAYS: Final = 365  # house: yearly education asks for it again at the latest


@dataclass(frozen=True, slots=True)
class Tried:
    """One answer to a question, in a case or in a repetition; right only if worth everything."""

    story: str
    question: str
    right: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A question that was missed at least once: when to ask again, and how it went so far."""

    story: str
    question: str
    due_at: datetime
    last_at: datetime
    tries: int
    missed: int


def planned(tried: Iterable[Tried], now: datetime) -> tuple[Due, ...]:
    """Every question that was missed at least once, the earliest due first; later tries ignored."""
    by_question: dict[tuple[str, str], list[Tried]] = {}
    for one in sorted(tried, key=lambda one: (one.at, one.story, one.question, one.right)):
        if one.at <= now:
            by_question.setdefault((one.story, one.question), []).append(one)
    found = [
        _planned(tries) for tries in by_question.values() if not all(one.right for one in tries)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.due_at, one.story, one.question)))


def due(tried: Iterable[Tried], now: datetime) -> tuple[Due, ...]:
    """Those of the planned questions that should be asked by now."""
    return tuple(one for one in planned(tried, now) if one.due_at <= now)


def tries_of(
    course: Course, answers: Mapping[str, Answer], times: Mapping[str, datetime]
) -> tuple[Tried, ...]:
    """What was answered in one playing of a story, for ``planned``; ``times`` by question."""
    return tuple(
        Tried(course.id, one.question, one.worth == 1.0, times[one.question])
        for one in marks_of(course, answers)
        if one.question in times
    )


def _planned(tries: list[Tried]) -> Due:
    from fsrs import Card, Rating, Scheduler

    scheduler = Scheduler(
        desired_retention=_RECALL,
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=_LONGEST_DAYS,
        enable_fuzzing=False,
    )
    # Number and time are given: left to itself, a card would read the clock.
    card = Card(card_id=1, due=tries[0].at.astimezone(UTC))
    for one in tries:
        rating = Rating.Good if one.right else Rating.Again
        card, _ = scheduler.review_card(card, rating, one.at.astimezone(UTC))
    last = tries[-1]
    return Due(
        last.story,
        last.question,
        card.due,
        last.at,
        len(tries),
        sum(not one.right for one in tries),
    )
