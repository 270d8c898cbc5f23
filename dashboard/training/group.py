"""
What a group said to a question: each answer once, with who gave it, the right one marked.

Counts only; what an answer is worth is marked elsewhere, and nobody is judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboard.training.marking import (
    Answer,
    ChoiceAnswer,
    DoseAnswer,
    GradeAnswer,
    IceAnswer,
    mark,
)
from dashboard.training.story import (
    Answerable,
    ChoiceQuestion,
    DoseQuestion,
    GradeQuestion,
    IceQuestion,
)

__all__ = ["Voice", "Words", "right_answer", "voices"]

Words = Callable[[Answerable, Answer], str]


@dataclass(frozen=True, slots=True)
class Voice:
    """One answer: what it says, whether it is right, and who gave it; a choice says its why."""

    says: str
    right: bool
    by: tuple[str, ...]
    why: str = ""

    @property
    def count(self) -> int:
        """How many gave it."""
        return len(self.by)


def right_answer(question: Answerable) -> Answer:
    """The answer that the story calls right."""
    match question:
        case GradeQuestion():
            return GradeAnswer(at_least=question.at_least, at_most=question.at_most)
        case IceQuestion():
            return IceAnswer(items=question.items)
        case DoseQuestion():
            return DoseAnswer(amount=question.amount)
        case ChoiceQuestion():
            return ChoiceAnswer(chosen=frozenset(one.id for one in question.choices if one.right))


def voices(question: Answerable, answers: Mapping[str, Answer], words: Words) -> tuple[Voice, ...]:
    """
    What was said to a question, by trainee; the right answer stands first even if nobody gave it.

    To a choice question every choice is a voice of its own: with several right ones a trainee
    stands under each that he took.
    """
    if isinstance(question, ChoiceQuestion):
        return _choices(question, answers)
    found: dict[str, list[str]] = {}
    right = {words(question, right_answer(question))}
    for name, given in answers.items():
        says = words(question, given)
        found.setdefault(says, []).append(name)
        if mark(question, given).direction == "right":
            right.add(says)
    if not right & found.keys():
        found = {**{says: [] for says in right}, **found}
    order = sorted(found, key=lambda says: (says not in right, -len(found[says]), says))
    return tuple(Voice(says, says in right, tuple(found[says])) for says in order)


def _choices(question: ChoiceQuestion, answers: Mapping[str, Answer]) -> tuple[Voice, ...]:
    taken = {
        one.id: tuple(
            name
            for name, given in answers.items()
            if isinstance(given, ChoiceAnswer) and one.id in given.chosen
        )
        for one in question.choices
    }
    order = sorted(question.choices, key=lambda one: not one.right)
    return tuple(Voice(one.says, one.right, taken[one.id], one.why) for one in order)
