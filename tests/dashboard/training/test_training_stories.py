"""Every story reads, can be played to its end, and the grader agrees with its named answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import toxmodels
from dashboard.training.marking import (
    Answer,
    ChoiceAnswer,
    DoseAnswer,
    GradeAnswer,
    IceAnswer,
    mark,
)
from dashboard.training.playing import branch_of, case_at, marks_of, place_of
from dashboard.training.reading import Course, read_story
from dashboard.training.story import (
    Answerable,
    ChoiceQuestion,
    DoseQuestion,
    GradeQuestion,
    IceQuestion,
    Pause,
)
from tests.health.tree import ROOT

FOLDER = ROOT / "sample_data" / "training"


def _read(folder: Path) -> Course:
    return read_story(folder.name, {one.name: one.read_text("utf-8") for one in folder.iterdir()})


COURSES = {folder.name: _read(folder) for folder in sorted(FOLDER.iterdir())}


def _questions(kind: type) -> Iterator[Any]:
    for name, course in COURSES.items():
        for pause, question in course.story.questions():
            if isinstance(question, kind):
                yield pytest.param(course, pause, question, id=f"{name} {question.id}")


def right(question: Answerable) -> Answer:
    """The answer that the story calls right."""
    match question:
        case GradeQuestion():
            return GradeAnswer(at_least=question.at_least, at_most=question.at_most)
        case IceQuestion():
            return IceAnswer(items=question.items)
        case DoseQuestion():
            return DoseAnswer(amount=question.amount)
        case ChoiceQuestion():
            return ChoiceAnswer(chosen=frozenset(c.id for c in question.choices if c.right))


@pytest.mark.parametrize(("course", "pause", "question"), list(_questions(GradeQuestion)))
def test_the_grader_agrees(course: Course, pause: Pause, question: GradeQuestion) -> None:
    case = case_at(course, pause.on, pause.at)
    grade = toxmodels.assess(case, at=pause.at).grades[question.scale]
    assert (grade.at_least, grade.at_most) == (question.at_least, question.at_most), question.why


@pytest.mark.parametrize(("course", "pause", "question"), list(_questions(DoseQuestion)))
def test_the_dose_agrees(course: Course, pause: Pause, question: DoseQuestion) -> None:
    worked = toxmodels.dose(question.drug, **question.inputs)
    assert worked.dose == pytest.approx(question.amount), question.why
    assert worked.dose is None or worked.unit == question.unit


@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
def test_the_right_answers_end_the_story_with_full_marks(course: Course) -> None:
    answers: dict[str, Answer] = {}
    for _ in range(100):
        place = place_of(course, answers)
        if place.is_over:
            break
        for question in place.asked:
            answers[question.id] = right(question)
    assert place.is_over
    marks = marks_of(course, answers)
    assert marks
    assert {one.worth for one in marks} == {1.0}


@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
def test_every_branch_can_be_reached_and_asks_something(course: Course) -> None:
    ways = {
        branch_of(course, {question.id: ChoiceAnswer(chosen=frozenset({choice.id}))})
        for _, question in course.story.questions()
        if isinstance(question, ChoiceQuestion)
        for choice in question.choices
    }
    assert {one.id for one in course.story.branches} <= ways
    for branch in course.story.branches:
        assert any(pause.on == branch.id for pause in course.story.pauses)


@pytest.mark.parametrize(("course", "pause", "question"), list(_questions(ChoiceQuestion)))
def test_ticking_everything_earns_nothing(
    course: Course, pause: Pause, question: ChoiceQuestion
) -> None:
    everything = ChoiceAnswer(chosen=frozenset(one.id for one in question.choices))
    wrong = sum(not one.right for one in question.choices)
    assert wrong, "there is nothing to be wrong about"
    assert mark(question, everything).worth < 1.0


@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
def test_nothing_later_than_the_pause_can_be_seen(course: Course) -> None:
    for pause in course.story.pauses:
        seen = case_at(course, pause.on, pause.at)
        told = re.findall(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)", seen.model_dump_json())
        planned = None if seen.therapy is None else seen.therapy.started_at  # known beforehand
        late = {time for one in told if (time := datetime.fromisoformat(one)) > pause.at}
        assert late <= {planned}, pause.id
        times = [one.taken_at for one in (*(seen.vitals or ()), *(seen.neuro or ()))]
        assert any(time <= pause.at for time in times), f"{pause.id}: nothing was recorded yet"
