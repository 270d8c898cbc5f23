"""
What an answer is worth, and in which direction it missed.

A grade is right when both ends are: a closed grade where a sign was missing is the error that this
program exists against, so it counts as wrong however near it lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard.training.story import (
    Answerable,
    ChoiceQuestion,
    DoseQuestion,
    GradeQuestion,
    IceQuestion,
)
from toxmodels.terms import IceItem

__all__ = [
    "Answer",
    "AnswerKindError",
    "ChoiceAnswer",
    "DoseAnswer",
    "GradeAnswer",
    "IceAnswer",
    "Mark",
    "by_aim",
    "mark",
]

Direction = Literal["right", "too low", "too high", "closed too early", "left open", "wrong"]


class AnswerKindError(ValueError):
    """The answer does not belong to the kind of question it was given for."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GradeAnswer(_Part):
    """A grade, or both ends of what is open."""

    kind: Literal["grade"] = "grade"
    at_least: Annotated[int, Field(ge=0, le=5)]
    at_most: Annotated[int, Field(ge=0, le=5)]


class IceAnswer(_Part):
    """Points by item; an item that the trainee left out was not asked."""

    kind: Literal["ice"] = "ice"
    items: dict[IceItem, int]


class DoseAnswer(_Part):
    """An amount in the unit of the question; ``None``: none may be given."""

    kind: Literal["dose"] = "dose"
    amount: float | None


class ChoiceAnswer(_Part):
    """The choices that were taken."""

    kind: Literal["choice"] = "choice"
    chosen: frozenset[str]


Answer = Annotated[GradeAnswer | IceAnswer | DoseAnswer | ChoiceAnswer, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Mark:
    """
    What one answer is worth, from 0 to 1, and how it missed.

    ``missed`` names the items, signs or choices that were not seen; ``direction`` is how a grade
    or a dose was off.
    """

    question: str
    aim: str
    worth: float
    direction: Direction
    missed: tuple[str, ...] = ()


def mark(question: Answerable, answer: Answer) -> Mark:
    """
    Mark one answer.

    Raises:
        AnswerKindError: the answer is of another kind than the question.

    """
    match question, answer:
        case GradeQuestion(), GradeAnswer():
            return _grade(question, answer)
        case IceQuestion(), IceAnswer():
            return _ice(question, answer)
        case DoseQuestion(), DoseAnswer():
            return _dose(question, answer)
        case ChoiceQuestion(), ChoiceAnswer():
            return _choice(question, answer)
        case _:
            pass
    says = f'question "{question.id}" asks for a {question.kind}, not for a {answer.kind}'
    raise AnswerKindError(says)


def _grade(question: GradeQuestion, answer: GradeAnswer) -> Mark:
    low, high = question.at_least, question.at_most
    given = (answer.at_least, answer.at_most)
    if given == (low, high):
        return Mark(question.id, question.aim, 1.0, "right")
    direction: Direction
    if answer.at_most < low:
        direction = "too low"
    elif answer.at_least > high:
        direction = "too high"
    elif low < high and answer.at_least == answer.at_most:
        direction = "closed too early"
    elif low == high:
        direction = "left open"
    else:
        direction = "too low" if given < (low, high) else "too high"
    return Mark(question.id, question.aim, 0.0, direction)


def _ice(question: IceQuestion, answer: IceAnswer) -> Mark:
    """Each item counts the same; an item nobody asked must be left out."""
    names = question.items.keys() | answer.items.keys()
    missed = tuple(sorted(n for n in names if question.items.get(n) != answer.items.get(n)))
    worth = 1 - len(missed) / len(names) if names else 1.0
    given, right = sum(answer.items.values()), sum(question.items.values())
    direction: Direction = "right"
    if missed:
        direction = "wrong" if given == right else "too high" if given > right else "too low"
    return Mark(question.id, question.aim, worth, direction, missed)


def _dose(question: DoseQuestion, answer: DoseAnswer) -> Mark:
    if question.amount is None or answer.amount is None:
        right = question.amount is answer.amount
        return Mark(question.id, question.aim, float(right), "right" if right else "wrong")
    if abs(answer.amount - question.amount) <= question.tolerance:
        return Mark(question.id, question.aim, 1.0, "right")
    high = answer.amount > question.amount
    return Mark(question.id, question.aim, 0.0, "too high" if high else "too low")


def _choice(question: ChoiceQuestion, answer: ChoiceAnswer) -> Mark:
    """One that is wrong takes back one that is right, so that ticking all earns nothing."""
    known = {one.id for one in question.choices}
    if not answer.chosen <= known:
        unknown = ", ".join(sorted(answer.chosen - known))
        raise AnswerKindError(f'question "{question.id}" has no choice {unknown}')
    right = {one.id for one in question.choices if one.right}
    hits, slips = len(answer.chosen & right), len(answer.chosen - right)
    worth = max(0.0, (hits - slips) / len(right))
    missed = tuple(one.id for one in question.choices if one.id in right - answer.chosen)
    return Mark(question.id, question.aim, worth, "right" if worth == 1.0 else "wrong", missed)


def by_aim(marks: Iterable[Mark]) -> Mapping[str, float]:
    """The mean worth of each aim's questions, from 0 to 1."""
    found: dict[str, list[float]] = {}
    for one in marks:
        found.setdefault(one.aim, []).append(one.worth)
    return {aim: sum(worths) / len(worths) for aim, worths in found.items()}
