"""
What the program makes of a draft: the grades along the course, and where an answer differs.

A right answer is named by its source and never taken from here; where the two differ somebody has
to look, and the author is told so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from dashboard.training.playing import case_at
from dashboard.training.reading import Course
from dashboard.training.story import DoseQuestion, GradeQuestion, Pause
from toxmodels import Case, DoseError, Fault, Grade, dose
from toxmodels.assess import grades_at
from toxmodels.course import Walk
from toxmodels.drugs import dose_for
from toxmodels.scales import STEPPED

__all__ = ["deciding_text", "differences", "grades_along", "program_dose", "program_grade"]

_NEAR: Final = 1e-6


def grades_along(case: Case, times: set[datetime]) -> Mapping[datetime, Mapping[str, Grade]]:
    """The grades at each of these times, every later record unseen."""
    walk = Walk(case)
    return {at: grades_at(walk, at) for at in sorted(times)}


def deciding_text(grade: Grade) -> str:
    """The sign that puts the grade where it is, or what is missing to close it."""
    said = [one.says for one in grade.findings if one.decides]
    said += [f"missing: {one.says}" for one in grade.missing[:1]]
    return "; ".join(said)


def program_grade(course: Course, pause: Pause, scale: str) -> Grade | None:
    """What the program grades at a pause; ``None`` where it grades nothing."""
    case = case_at(course, pause.on, pause.at)
    return grades_at(Walk(case), pause.at).get(scale)


def program_dose(course: Course, pause: Pause, question: DoseQuestion) -> float | str | None:
    """What the program works out: an amount, ``None`` where none may be given, or why not."""
    try:
        if question.inputs:
            return dose(question.drug, **question.inputs).dose
        return dose_for(case_at(course, pause.on, pause.at), question.drug, pause.at).dose
    except DoseError as error:
        return str(error)


def differences(course: Course) -> Iterator[Fault]:
    """Every answer that the program does not share; either may be wrong."""
    for pause, question in course.story.questions():
        place = f'question "{question.id}"'
        if isinstance(question, GradeQuestion):
            found = program_grade(course, pause, question.scale)
            short = STEPPED[question.scale].short
            mine = _span(question.at_least, question.at_most)
            theirs = "no grade" if found is None else _span(found.at_least, found.at_most)
            if mine != theirs:
                says = f"you say {short} {mine}, the program {theirs}"
                why = None if found is None else deciding_text(found)
                yield Fault(path=place, says=says, suggestion=why)
        elif isinstance(question, DoseQuestion):
            worked = program_dose(course, pause, question)
            if isinstance(worked, str):
                yield Fault(path=place, says=f"the program works out no dose: {worked}")
            elif not _same(worked, question):
                says = f"you say {_amount(question.amount)}, the program {_amount(worked)}"
                yield Fault(path=place, says=says)


def _same(worked: float | None, question: DoseQuestion) -> bool:
    if worked is None or question.amount is None:
        return worked is question.amount
    return abs(worked - question.amount) <= max(question.tolerance, _NEAR)


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _amount(amount: float | None) -> str:
    return "none" if amount is None else f"{amount:g}"
