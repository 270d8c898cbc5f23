"""A group that answers a branching story: what it is worth, when it acted, what it missed."""

from __future__ import annotations

import pytest

from dashboard.training.marking import Answer, ChoiceAnswer, GradeAnswer
from dashboard.training.missed import most_missed, signs_behind
from dashboard.training.playing import place_of
from dashboard.training.reading import Course, read_story
from dashboard.training.scoring import confusion, graded_pairs, label, score, score_of
from dashboard.training.story import ChoiceQuestion, DoseQuestion, GradeQuestion, IceQuestion
from tests.health.tree import ROOT

CRS = "astct-crs-2019"


def _course(name: str) -> Course:
    folder = ROOT / "sample_data" / "training" / name
    return read_story(name, {one.name: one.read_text("utf-8") for one in folder.iterdir()})


PUMPS, GAPS = _course("vasopressin"), _course("missing-data")


def played(course: Course, **differs: Answer) -> dict[str, Answer]:
    """The story played to its end with the right answers, except where another one is given."""
    from tests.dashboard.training.test_training_stories import right

    other = {name.replace("_", "-"): given for name, given in differs.items()}
    answers: dict[str, Answer] = {}
    while not (place := place_of(course, answers)).is_over:
        answers |= {one.id: other.get(one.id, right(one)) for one in place.asked}
    return answers


def grade(low: int, high: int | None = None) -> GradeAnswer:
    return GradeAnswer(at_least=low, at_most=low if high is None else high)


def chose(*ids: str) -> ChoiceAnswer:
    return ChoiceAnswer(chosen=frozenset(ids))


GROUP = {
    "AB": played(PUMPS),
    "CD": played(PUMPS, second_crs=grade(4), only_crs=grade(2)),
    "EF": played(PUMPS, second_crs=grade(4), second_next=chose("morning")),
}


def test_right_answers_are_worth_everything_and_each_aim_has_its_mean() -> None:
    found = score_of(PUMPS, "AB", GROUP["AB"])
    assert (found.worth, found.branch, found.not_asked) == (1.0, None, ())
    assert found.aims == {"count": 1.0, "tocilizumab": 1.0, "act": 1.0}
    ben = score_of(PUMPS, "CD", GROUP["CD"])
    # Two of his seven questions are wrong, both among the five of the aim "count".
    assert len(ben.scored) == 7
    assert ben.worth == pytest.approx(5 / 7)
    assert ben.aims["count"] == pytest.approx(3 / 5)
    assert [one.outcome for one in ben.scored if one.worth == 0] == ["too high", "too low"]


def test_everybody_is_scored_on_the_way_of_their_own() -> None:
    found = score(PUMPS, GROUP)
    ana, _, cem = found.trainees
    assert (ana.branch, cem.branch) == (None, "waited")
    assert "morning-crs" in {one.question for one in cem.scored}
    assert "third-crs" not in {one.question for one in cem.scored}
    asked = {one.question: one.asked for one in found.questions}
    assert (asked["second-crs"], asked["third-crs"], asked["morning-crs"]) == (3, 2, 1)
    wrong = {one.question: dict(one.outcomes) for one in found.questions if one.worth < 1}
    assert wrong == {
        "second-crs": {"right": 1, "too high": 2},
        "second-next": {"right": 2, "wrong": 1},
        "only-crs": {"right": 1, "too low": 1},
    }
    assert (found.outcomes["too high"], found.outcomes["too low"]) == (2, 1)
    assert found.worth == pytest.approx(sum(one.worth for one in found.trainees) / 3)


def test_the_hours_until_tocilizumab_and_who_never_gave_it() -> None:
    found = score(PUMPS, GROUP | {"Dee": {"first-crs": grade(3)}})
    (times,) = found.deeds
    # Possible from 02:40. Chosen at the pause of 03:00 by two, at that of 06:00 by the one who
    # waited; one never came that far.
    assert times.deed == "tocilizumab"
    assert times.hours == (pytest.approx(1 / 3), pytest.approx(1 / 3), pytest.approx(10 / 3))
    assert (times.never, times.median_h) == (1, pytest.approx(1 / 3))


def test_what_closed_without_an_answer_earns_nothing_and_what_closed_before_joining_is_left() -> (
    None
):
    late = {key: one for key, one in GROUP["AB"].items() if not key.startswith(("first", "too"))}
    joined = score_of(PUMPS, "Eve", late, before=("first-crs", "too-early"))
    assert (joined.worth, joined.not_asked) == (1.0, ("first-crs", "too-early"))
    silent = score_of(PUMPS, "Eve", late, closed=("first-crs", "too-early"))
    assert silent.worth == pytest.approx(5 / 7)
    assert [one.outcome for one in silent.scored[:2]] == ["not answered"] * 2
    nobody = score_of(PUMPS, "Fay", {})
    assert (nobody.worth, nobody.aims, nobody.scored) == (None, {}, ())
    assert score(PUMPS, {"Fay": {}}).worth is None


def test_the_confusion_matrix_counts_open_grades_as_what_they_are() -> None:
    tables = {one.scale: one for one in confusion(PUMPS, GROUP)}
    table = tables[CRS]
    assert table.labels == ("2", "3", "4")
    # Right: AB 4, CD 2, EF 3. Grade 3 taken for 4 twice and for 2 once.
    assert table.counts[("3", "4")] == 2
    assert table.counts[("3", "2")] == 1
    assert table.total == len(graded_pairs(PUMPS, GROUP, CRS)) == 12
    assert [sum(row) for row in table.rows()] == [0, 9, 3]
    share, kappa = score(PUMPS, GROUP).reference[CRS]
    assert str(share) == "75 % (9 of 12)"
    assert kappa.value is not None
    assert 0 < kappa.value < 1
    assert (label((1, 4)), label((3, 3))) == ("1-4", "3")


def test_a_grade_closed_too_early_is_counted_as_such_and_names_the_missing_sign() -> None:
    opened = [
        (pause, one)
        for pause, one in GAPS.story.questions()
        if isinstance(one, GradeQuestion) and one.at_least < one.at_most
    ]
    assert opened
    pause, question = opened[0]
    wrong = grade(question.at_least)
    found = score(GAPS, {"AB": played(GAPS, **{question.id: wrong}), "CD": played(GAPS)})
    assert found.outcomes["closed too early"] == 1
    table = next(one for one in found.confusions if one.scale == question.scale)
    truth = label((question.at_least, question.at_most))
    assert table.counts[(truth, label((question.at_least,) * 2))] == 1
    missed = most_missed(GAPS, found)
    assert {one.says for one in missed} == set(signs_behind(GAPS, pause, question))
    assert all(one.times == 1 and one.of >= 2 for one in missed)


def test_the_most_missed_sign_stands_first() -> None:
    first, *_ = most_missed(PUMPS, score(PUMPS, GROUP))
    assert (first.kind, first.says) == ("sign", "pressure and vasopressors")
    assert first.times == 3
    assert first.questions == ("second-crs", "only-crs")
    assert 0 < first.share < 1
    choices = most_missed(PUMPS, score(PUMPS, GROUP), ["choice"])
    assert [one.times for one in choices] == [1]
    assert "Second tocilizumab" in choices[0].says
    assert most_missed(PUMPS, score(PUMPS, {"AB": GROUP["AB"]})) == ()


def test_an_exam_item_that_was_misread_is_named() -> None:
    from dashboard.training.marking import IceAnswer

    course = _course("ice-nought")
    question = next(one for _, one in course.story.questions() if isinstance(one, IceQuestion))
    item = next(iter(question.items))
    wrong = IceAnswer(items={**question.items, item: 1 - min(1, question.items[item])})
    found = most_missed(course, score(course, {"AB": played(course, **{question.id: wrong})}))
    assert [(one.kind, one.says) for one in found] == [("exam item", f"ICE: {item}")]


@pytest.mark.parametrize(
    "folder", sorted((ROOT / "sample_data" / "training").iterdir()), ids=lambda one: one.name
)
def test_every_story_can_be_scored_and_has_a_sign_behind_each_grade(folder) -> None:
    course = _course(folder.name)
    found = score(course, {"AB": played(course)})
    assert found.worth == 1.0
    assert set(found.outcomes) == {"right"}
    for pause, question in course.story.questions():
        if isinstance(question, GradeQuestion) and question.at_most > 0:
            assert signs_behind(course, pause, question), question.id
        assert isinstance(question, GradeQuestion | IceQuestion | DoseQuestion | ChoiceQuestion)


def test_nobody_never_did_what_could_only_be_done_before_he_joined() -> None:
    course = _course("child-on-capd")
    offering = [
        question.id
        for pause in course.story.on(None)
        for question in pause.questions
        if isinstance(question, ChoiceQuestion)
        and any("escalate" in c.does for c in question.choices)
    ]
    assert offering
    assert score_of(course, "in time", {}).hours["escalate"] is None
    assert "escalate" not in score_of(course, "late", {}, before=offering).hours
