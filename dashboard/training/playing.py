"""
Playing a story: where a trainee stands, what may be seen there, and which way the case takes.

Everything follows from the answers given so far; nothing is kept beside them, so that a reload, a
second tablet and the debrief all see the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.training.cutting import cut
from dashboard.training.marking import Answer, ChoiceAnswer, Mark, mark
from dashboard.training.reading import Course
from dashboard.training.story import Answerable, ChoiceQuestion, Deed, Pause
from toxmodels.records import Case

__all__ = ["Place", "branch_of", "case_at", "hours_to", "marks_of", "place_of"]


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a trainee stands: the pause, what is still asked there, and the branch so far.

    ``pause`` is ``None`` once everything was answered: the debrief may open.
    """

    pause: Pause | None
    asked: tuple[Answerable, ...]
    branch: str | None

    @property
    def is_over(self) -> bool:
        """Whether nothing is asked any more."""
        return self.pause is None


def branch_of(course: Course, answers: Mapping[str, Answer]) -> str | None:
    """The branch that the answers lead to; the first choice that leads away decides."""
    for _, question in course.story.questions():
        given = answers.get(question.id)
        if isinstance(question, ChoiceQuestion) and isinstance(given, ChoiceAnswer):
            for one in question.choices:
                if one.leads_to is not None and one.id in given.chosen:
                    return one.leads_to
    return None


def place_of(course: Course, answers: Mapping[str, Answer]) -> Place:
    """Where somebody stands who gave these answers, by question."""
    branch = branch_of(course, answers)
    for pause in course.story.on(branch):
        asked = tuple(one for one in pause.questions if one.id not in answers)
        if asked:
            return Place(pause, asked, branch)
    return Place(None, (), branch)


def case_at(course: Course, branch: str | None, at: datetime) -> Case:
    """What was on record by then: nothing later is there to be found, whatever reads the case."""
    return cut(course.cases[branch], at)


def marks_of(course: Course, answers: Mapping[str, Answer]) -> list[Mark]:
    """Every answer marked, in the order of the story; what was not asked on this way is absent."""
    way = course.story.on(branch_of(course, answers))
    return [
        mark(question, answers[question.id])
        for pause in way
        for question in pause.questions
        if question.id in answers
    ]


def hours_to(
    course: Course, answers: Mapping[str, Answer], wanted: Iterable[Deed] = ("recognise",)
) -> dict[Deed, float | None]:
    """
    Hours of the case from when a deed was possible to the pause at which it was done.

    ``None``: it was possible and never done. A deed that no milestone names is left out.
    """
    done = _deeds(course, answers)
    since = {one.does: one.from_at for one in course.story.milestones}
    return {
        deed: None if deed not in done else (done[deed] - since[deed]) / timedelta(hours=1)
        for deed in wanted
        if deed in since
    }


def _deeds(course: Course, answers: Mapping[str, Answer]) -> dict[Deed, datetime]:
    found: dict[Deed, datetime] = {}
    for pause in course.story.on(branch_of(course, answers)):
        for question in pause.questions:
            given = answers.get(question.id)
            if not (isinstance(question, ChoiceQuestion) and isinstance(given, ChoiceAnswer)):
                continue
            for one in question.choices:
                for deed in one.does if one.id in given.chosen else ():
                    found.setdefault(deed, pause.at)
    return found
