"""What an answer is worth, each way of missing once."""

from __future__ import annotations

import pytest

from dashboard.training.marking import (
    AnswerKindError,
    ChoiceAnswer,
    DoseAnswer,
    GradeAnswer,
    IceAnswer,
    Mark,
    by_aim,
    mark,
)
from dashboard.training.story import (
    Choice,
    ChoiceQuestion,
    DoseQuestion,
    GradeQuestion,
    IceQuestion,
)

ALL = {"id": "q", "aim": "a", "asks": "?", "why": "w", "source": "lee-2019", "place": "p"}


def graded(low: int, high: int) -> GradeQuestion:
    return GradeQuestion(kind="grade", scale="astct-crs-2019", at_least=low, at_most=high, **ALL)


@pytest.mark.parametrize(
    ("asked", "given", "worth", "direction"),
    [
        ((2, 2), (2, 2), 1.0, "right"),
        ((2, 2), (1, 1), 0.0, "too low"),
        ((2, 2), (3, 3), 0.0, "too high"),
        ((2, 2), (2, 4), 0.0, "left open"),
        ((2, 4), (2, 4), 1.0, "right"),
        ((2, 4), (2, 2), 0.0, "closed too early"),
        ((2, 4), (1, 4), 0.0, "too low"),
        ((2, 4), (3, 4), 0.0, "too high"),
        ((0, 4), (0, 0), 0.0, "closed too early"),
    ],
)
def test_a_grade_is_right_at_both_ends(asked, given, worth, direction) -> None:
    found = mark(graded(*asked), GradeAnswer(at_least=given[0], at_most=given[1]))
    assert (found.worth, found.direction) == (worth, direction)


def test_an_exam_is_marked_item_by_item_and_an_item_not_asked_is_no_nought() -> None:
    asked = IceQuestion(kind="ice", replies="r", items={"year": 1, "naming": 2}, **ALL)
    assert mark(asked, IceAnswer(items={"year": 1, "naming": 2})).worth == 1.0
    off = mark(asked, IceAnswer(items={"year": 1, "naming": 2, "writing": 0}))
    assert (off.missed, off.worth) == (("writing",), pytest.approx(2 / 3))
    assert mark(asked, IceAnswer(items={"year": 0, "naming": 2})).direction == "too low"


@pytest.mark.parametrize(
    ("amount", "given", "direction"),
    [
        (560.0, 560.0, "right"),
        (560.0, 565.0, "right"),
        (560.0, 840.0, "too high"),
        (560.0, 280.0, "too low"),
        (560.0, None, "wrong"),
        (None, None, "right"),
        (None, 560.0, "wrong"),
    ],
)
def test_a_dose_within_its_tolerance_and_none_where_none_may_be_given(
    amount, given, direction
) -> None:
    asked = DoseQuestion(
        kind="dose", drug="tocilizumab", unit="mg", amount=amount, tolerance=5.0, **ALL
    )
    found = mark(asked, DoseAnswer(amount=given))
    assert (found.direction, found.worth) == (direction, float(direction == "right"))


@pytest.mark.parametrize(
    ("chosen", "worth", "missed"),
    [
        ("ab", 1.0, ()),
        ("a", 0.5, ("b",)),
        ("ac", 0.0, ("b",)),
        ("abc", 0.5, ()),
        ("", 0.0, ("a", "b")),
    ],
)
def test_a_wrong_tick_takes_back_a_right_one(chosen, worth, missed) -> None:
    choices = tuple(Choice(id=one, says=one, why=one, right=one in "ab") for one in "abcd")
    asked = ChoiceQuestion(kind="choice", topic="next", several=True, choices=choices, **ALL)
    found = mark(asked, ChoiceAnswer(chosen=frozenset(chosen)))
    assert (found.worth, found.missed) == (worth, missed)
    with pytest.raises(AnswerKindError, match="no choice z"):
        mark(asked, ChoiceAnswer(chosen=frozenset("z")))


def test_an_answer_of_another_kind_is_refused() -> None:
    with pytest.raises(AnswerKindError, match="asks for a grade, not for a dose"):
        mark(graded(1, 1), DoseAnswer(amount=1.0))


def test_an_aim_is_the_mean_of_its_questions() -> None:
    marks = [
        Mark("1", "a", 1.0, "right"),
        Mark("2", "a", 0.0, "wrong"),
        Mark("3", "b", 1.0, "right"),
    ]
    assert by_aim(marks) == {"a": 0.5, "b": 1.0}
