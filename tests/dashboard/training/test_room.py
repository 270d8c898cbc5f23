"""A room is a pure fold of its rows, and its clock stops at every pause, however fast it runs."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.training.clock import SPEED, begin, read, stops_of, turn
from dashboard.training.desk import folded
from dashboard.training.marking import GradeAnswer
from dashboard.training.playing import branch_of, marks_of
from dashboard.training.room import Standing, asked, clock, is_told, standing
from tests.dashboard.training.played import T0, Written, answer_to, minutes
from tests.dashboard.training.test_training_stories import COURSES

STORY = "five-minute-seizure"  # two pauses at 02:20 and 02:45, then two hours of two branches
BRANCH = "stayed-on-ward"
COURSE = COURSES[STORY]
STOPS = stops_of(COURSE.story)


def scores(here: Standing) -> dict[str, tuple[float, ...]]:
    return {
        one.name: tuple(mark.worth for mark in marks_of(here.course, here.answers(one.name)))
        for one in here.trainees
    }


def stops_next(written: Written) -> float:
    """When the clock stops next, in minutes after the room was opened."""
    found = read(standing(written.rows).hands, T0 + timedelta(days=9))
    return ((found.stopped_since or T0) - T0) / timedelta(minutes=1)


def play(names: dict[str, str | None], *, leave_out: frozenset[str] = frozenset()) -> Written:
    """The whole case at 60 x; each trainee right, or on the branch named for them."""
    written = Written(STORY)
    written.join(0.5, *names)
    written.turn(1, "run", speed=60)
    for stop in range(len(STOPS)):
        at = stops_next(written) + 0.2
        for name, branch in names.items():
            here = standing(written.rows)
            for question in asked(here, name, minutes(at)).questions:
                if f"{name}/{question.id}" not in leave_out:
                    written.answer(at, name, question.id, answer_to(question, branch))
        written.turn(at + 0.5, "step", stop=stop)
    return written


# The clock


def test_it_waits_until_it_is_let_run_and_opens_nothing() -> None:
    for story in COURSES.values():
        hands = begin(story.story, T0)
        found = read(hands, T0 + timedelta(days=30))
        assert (found.case_at, found.has_begun, found.is_running, found.stop) == (
            story.story.starts_at, False, False, None
        )  # fmt: skip


def test_it_runs_sixty_times_as_fast_holds_and_goes_on_from_there() -> None:
    start = COURSE.story.starts_at
    hands = turn(begin(COURSE.story, T0), {"does": "run", "speed": 60}, minutes(10))
    assert read(hands, minutes(12)).case_at == start + timedelta(hours=2)
    assert read(hands, minutes(12)).next_stop_at == minutes(10 + 6 + 20 / 60)
    hands = turn(hands, {"does": "hold"}, minutes(12))
    held = read(hands, minutes(50))
    assert (held.case_at, held.is_running) == (start + timedelta(hours=2), False)
    hands = turn(hands, {"does": "run", "speed": 120}, minutes(50))
    assert read(hands, minutes(51)).case_at == start + timedelta(hours=4)
    assert read(hands, minutes(0)).case_at == start + timedelta(hours=2), "never back"


def test_it_stops_by_itself_and_a_step_goes_on_at_the_same_speed() -> None:
    hands = turn(begin(COURSE.story, T0), {"does": "run", "speed": 60}, T0)
    long_after = read(hands, T0 + timedelta(days=2))
    assert (long_after.case_at, long_after.stop) == (STOPS[0].at, 0)
    assert long_after.stopped_at_pause == ("found",)
    assert long_after.stopped_since == minutes(6 + 20 / 60)
    assert not long_after.is_running
    hands = turn(hands, {"does": "step", "stop": 0}, minutes(20))
    after = read(hands, minutes(20))
    assert (after.is_running, after.passed, after.case_at) == (True, 1, STOPS[0].at)
    assert read(hands, minutes(20.4)).case_at == STOPS[0].at + timedelta(minutes=24)
    assert read(hands, minutes(21)).stop == 1


@pytest.mark.parametrize("does", ["run", "hold"])
def test_what_is_turned_at_a_pause_opens_no_other_and_keeps_its_time(does: str) -> None:
    hands = turn(begin(COURSE.story, T0), {"does": "run", "speed": 60}, T0)
    for at in (10, 11, 12):
        hands = turn(hands, {"does": does, "speed": 600}, minutes(at))
    found = read(hands, minutes(30))
    assert (found.stop, found.stopped_since) == (0, minutes(6 + 20 / 60))


def test_a_step_or_ahead_that_means_another_stop_changes_nothing() -> None:
    hands = turn(begin(COURSE.story, T0), {"does": "run", "speed": 60}, T0)
    stepped = turn(hands, {"does": "step", "stop": 0}, minutes(7))
    for does in ("step", "ahead"):
        for stop in (0, 2, 99, -1):
            assert turn(stepped, {"does": does, "stop": stop}, minutes(8)) == stepped


@pytest.mark.parametrize("story", COURSES)
@pytest.mark.parametrize("speed", [1, 60, 3600])
def test_every_pause_of_every_branch_is_stopped_at(story: str, speed: float) -> None:
    """However seldom anybody looks, and at each speed: no pause is run past."""
    course, seed = COURSES[story].story, random.Random(story)
    hands = turn(begin(course, T0), {"does": "run", "speed": speed}, T0)
    now, seen = T0, []
    for stop in range(len(stops_of(course))):
        now += timedelta(days=seed.uniform(15, 40))  # nobody looked for weeks
        found = read(hands, now)
        assert found.stop == stop
        assert read(hands, found.stopped_since or T0).stop == stop
        seen += found.stopped_at_pause
        hands = turn(hands, {"does": "step", "stop": stop}, now)
    assert sorted(seen) == sorted(one.id for one in course.pauses)
    assert read(hands, now).is_over


@pytest.mark.parametrize("story", COURSES)
def test_ahead_reaches_each_pause_without_waiting(story: str) -> None:
    course = COURSES[story].story
    hands = begin(course, T0)
    for number, stop in enumerate(stops_of(course)):
        hands = turn(hands, {"does": "ahead", "stop": number}, T0)
        found = read(hands, T0)
        assert (found.case_at, found.stop) == (stop.at, number)
        hands = turn(hands, {"does": "step", "stop": number}, T0)
    assert read(hands, T0).is_over


def test_the_control_a_clock_that_only_looks_once_a_second_runs_past_pauses() -> None:
    """What a polling clock would do at 3600 x: an hour a second skips the pause at 02:45."""
    case_at, stopped = COURSE.story.starts_at, []
    times = [one.at for one in STOPS]
    while case_at < times[-1]:
        case_at += timedelta(hours=1)
        stopped += [one for one in times if one == case_at]
    assert len(stopped) < len(times)


# The fold


def test_thirty_trainees_at_sixty_times_miss_no_step() -> None:
    names = {f"trainee {n:02}": (BRANCH if n % 3 == 0 else None) for n in range(30)}
    written = play(names)
    here = standing(written.rows)
    assert here.passed == len(STOPS)
    assert clock(here, minutes(999)).is_over
    for name, branch in names.items():
        way = COURSE.story.on(branch)
        assert branch_of(here.course, here.answers(name)) == branch
        assert set(here.answers(name)) == {q.id for pause in way for q in pause.questions}
        found = asked(here, name, minutes(999))
        assert (found.closed, found.before, found.is_over) == ((), (), True)
    assert {len(one) for one in scores(here).values()} == {
        sum(len(pause.questions) for pause in COURSE.story.on(branch)) for branch in (None, BRANCH)
    }


def test_the_same_rows_give_the_same_scores_wherever_they_are_folded() -> None:
    """Reload, second tablet, lost connection: the same rows, read in pieces or at once."""
    written = play({"nina": None, "dora": BRANCH})
    once = standing(written.rows)
    assert standing(list(written.rows)) == once
    for upto in range(1, len(written.rows) + 1):  # every moment can be read, and read on from
        assert folded("here", tuple(written.rows[:upto])) == standing(written.rows[:upto])
    assert folded("here", tuple(written.rows)) == once
    for upto in (3, len(written.rows), 5, len(written.rows)):  # one who is behind, one who is not
        assert folded("here", tuple(written.rows[:upto])) == standing(written.rows[:upto])
    assert scores(once)["nina"] == (1.0,) * len(scores(once)["nina"])


def test_a_resend_that_became_a_second_row_changes_nothing() -> None:
    """Should a second answer ever reach the journal, the first one counts."""
    written = play({"nina": None})
    before = standing(written.rows).given
    stop = next(n for n, row in enumerate(written.rows) if row.kind == "answered")
    again = replace(written.rows[stop], body={
        "question": written.rows[stop].body["question"],
        "answer": {"kind": "grade", "at_least": 5, "at_most": 5},
    })  # fmt: skip
    rows = [*written.rows[: stop + 1], again, *written.rows[stop + 1 :]]
    assert standing(rows).given == before


def test_a_late_join_changes_nobody_s_score_and_is_not_asked_what_was_closed() -> None:
    names: dict[str, str | None] = {"nina": None, "dora": BRANCH}
    written = play(names)
    alone = scores(standing(written.rows))
    second = next(n for n, row in enumerate(written.rows) if row.body.get("stop") == 1)
    late = replace(
        written.rows[second], id="late", kind="joined", key="late", by="late", role="nurse", body={}
    )  # fmt: skip
    rows = [*written.rows[:second], late, *written.rows[second:]]
    here = standing(rows)
    assert {name: scores(here)[name] for name in names} == alone
    joined = here.trainee("late")
    assert joined is not None
    assert (joined.from_stop, joined.joined_case_at) == (1, STOPS[1].at)
    found = asked(here, "late", minutes(999))
    first = {q.id for pause in STOPS[0].pauses for q in pause.questions}
    assert set(found.before) == first
    assert set(found.closed) == {
        q.id for pause in COURSE.story.on(None)[1:] for q in pause.questions
    }


def test_who_joins_at_an_open_pause_is_asked_it() -> None:
    written = Written(STORY)
    written.turn(1, "run", speed=60)
    written.join(20, "late")
    here = standing(written.rows)
    found = asked(here, "late", minutes(21))
    assert [one.id for one in found.questions] == [one.id for one in STOPS[0].pauses[0].questions]
    written.answer(22, "late", found.questions[0].id, answer_to(found.questions[0]))
    given = standing(written.rows).given["late"][found.questions[0].id]
    assert (given.opened_at, given.at, given.case_at) == (minutes(20), minutes(22), STOPS[0].at)


def test_an_answer_counts_only_while_its_question_is_open() -> None:
    question = STOPS[0].pauses[0].questions[0]
    right = answer_to(question)
    for at, rows_before, counts in (
        (2.0, [], False),  # the clock has not reached the pause
        (8.0, [], True),
        (8.0, [("step", {"stop": 0})], False),  # the trainer went on
        (8.0, [("closed", {})], False),
    ):
        written = Written(STORY)
        written.join(0, "nina")
        written.turn(1, "run", speed=60)
        for does, body in rows_before:
            if does == "closed":
                written.add(7.9, "closed", "closed")
            else:
                written.turn(7.9, does, **body)
        written.answer(at, "nina", question.id, right)
        written.answer(at, "stranger", question.id, right)
        here = standing(written.rows)
        assert (question.id in here.answers("nina")) is counts
        assert here.answers("stranger") == {}


def test_each_follows_the_own_branch_and_waits_while_another_is_asked() -> None:
    written = play({"nina": None, "dora": BRANCH})
    stop = 2  # 06:20: the main course asks "again", the branch "ward-again"
    upto = next(n for n, row in enumerate(written.rows) if row.body.get("stop") == stop)
    answered = {f"{q.id}" for pause in STOPS[stop].pauses for q in pause.questions}
    rows = [
        row for row in written.rows[:upto] if row.body.get("question") not in answered
    ]  # fmt: skip
    here = standing(rows)
    at = rows[-1].recorded_at + timedelta(days=1)
    assert clock(here, at).stopped_at_pause == ("again", "ward-again")
    nina, dora = asked(here, "nina", at), asked(here, "dora", at)
    assert nina.pause is not None
    assert dora.pause is not None
    assert (nina.pause.id, dora.pause.id) == ("again", "ward-again")
    assert not nina.waits


def test_where_only_the_other_way_is_asked_one_waits() -> None:
    course = COURSES["blinatumomab-prephase-to-restart"].story
    stops = stops_of(course)
    number = next(n for n, one in enumerate(stops) if one.pauses[0].id == "worse")
    written = Written("blinatumomab-prephase-to-restart")
    written.join(0, "nina")
    for stop in range(number):
        written.turn(stop, "ahead", stop=stop)
        written.turn(stop, "step", stop=stop)
    written.turn(number, "ahead", stop=number)
    found = asked(standing(written.rows), "nina", minutes(99))
    assert (found.pause, found.questions, found.waits) == (None, (), True)


def test_what_was_right_is_told_only_when_the_room_has_gone_on() -> None:
    written = Written(STORY)
    written.join(0, "nina")
    written.turn(1, "run", speed=60)
    question = STOPS[0].pauses[0].questions[0]
    written.answer(8, "nina", question.id, answer_to(question))
    assert not is_told(standing(written.rows), "nina", question.id)
    later = STOPS[1].pauses[0].questions[0]
    written.turn(9, "step", stop=0)
    here = standing(written.rows)
    assert is_told(here, "nina", question.id)
    assert not is_told(here, "nina", later.id)
    written.add(10, "closed", "closed")
    assert is_told(standing(written.rows), "nina", later.id)


def test_closing_the_room_closes_the_pause_where_it_stands() -> None:
    written = Written(STORY)
    written.join(0, "nina")
    written.turn(1, "run", speed=60)
    written.add(9, "closed", "closed")
    written.turn(10, "run", speed=60)
    here = standing(written.rows)
    found = asked(here, "nina", minutes(99))
    assert here.room.closed_at == minutes(9)
    assert set(found.closed) == {q.id for pause in STOPS[0].pauses for q in pause.questions}
    assert clock(here, minutes(99)).case_at == STOPS[0].at
    assert clock(here, minutes(99)).is_over


def test_a_row_with_a_clock_that_went_back_counts_as_of_the_row_before() -> None:
    written = Written(STORY)
    written.join(0, "nina")
    written.turn(1, "run", speed=60)
    written.turn(9, "hold")
    question = STOPS[0].pauses[0].questions[0]
    written.answer(2, "nina", question.id, answer_to(question))  # another server, slow clock
    given = standing(written.rows).given["nina"][question.id]
    assert given.at == minutes(9)


def test_alone_it_stands_at_what_is_asked_and_ends_with_the_last_answer() -> None:
    written = Written(STORY, way="alone", held_by="nina")
    at = 0.0
    for _ in range(50):
        here = standing(written.rows)
        found = asked(here, "nina", minutes(at))
        if found.is_over:
            break
        assert found.pause is not None
        turned = clock(here, minutes(at))
        assert (turned.case_at, turned.stopped_at_pause) == (found.pause.at, (found.pause.id,))
        assert not is_told(here, "nina", found.questions[-1].id)
        at += 1
        written.answer(at, "nina", found.questions[0].id, answer_to(found.questions[0]))
    here = standing(written.rows)
    assert clock(here, minutes(at)).is_over
    assert set(scores(here)["nina"]) == {1.0}
    assert [one.opened_at for one in here.given["nina"].values()] == [
        minutes(n) for n in range(len(here.given["nina"]))
    ]


def test_alone_a_later_pause_cannot_be_answered_first() -> None:
    written = Written(STORY, way="alone", held_by="nina")
    written.answer(
        1, "nina", STOPS[1].pauses[0].questions[0].id, GradeAnswer(at_least=1, at_most=1)
    )
    assert standing(written.rows).answers("nina") == {}


def test_rows_that_do_not_begin_with_the_opening_are_refused() -> None:
    written = Written(STORY)
    written.join(1, "nina")
    for rows in ([], written.rows[1:]):
        with pytest.raises(ValueError, match="begin with the one that opened"):
            standing(rows)


def test_the_usual_speed_is_an_hour_a_minute() -> None:
    assert SPEED == 60.0


def test_a_question_of_the_other_branch_does_not_count() -> None:
    written = play({"nina": None})
    upto = next(n for n, row in enumerate(written.rows) if row.body.get("stop") == 2)
    other = next(q for pause in STOPS[2].pauses if pause.on == BRANCH for q in pause.questions)
    rows = written.rows[:upto]
    written.rows = [*rows]
    written.answer(
        (rows[-1].recorded_at - T0) / timedelta(minutes=1), "nina", other.id, answer_to(other)
    )  # fmt: skip
    assert other.id not in standing(written.rows).answers("nina")
