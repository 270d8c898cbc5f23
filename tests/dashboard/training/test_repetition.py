"""What was missed comes back, later each time it was known, the same on every run."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone

from dashboard.training.marking import GradeAnswer
from dashboard.training.repetition import Tried, due, planned, tries_of
from tests.dashboard.training.test_scoring import PUMPS, played

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def tried(*steps: tuple[float, bool], question: str = "q") -> list[Tried]:
    return [Tried("story", question, right, START + day * DAY) for day, right in steps]


def test_only_what_was_missed_comes_back_and_not_on_the_same_day() -> None:
    rows = [*tried((0, False), question="missed"), *tried((0, True), question="known")]
    (one,) = planned(rows, START)
    assert (one.question, one.tries, one.missed) == ("missed", 1, 1)
    assert one.due_at >= START + DAY
    assert due(rows, START) == ()
    assert due(rows, one.due_at) == (one,)
    assert due(rows, one.due_at - timedelta(seconds=1)) == ()


def test_each_time_it_was_known_it_waits_longer_and_after_a_miss_shorter() -> None:
    steps: list[tuple[float, bool]] = [(0, False)]
    waits = []
    for _ in range(5):
        (one,) = planned(tried(*steps), START + 9_999 * DAY)
        waits.append((one.due_at - one.last_at) / DAY)
        steps.append(((one.due_at - START) / DAY, True))
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]
    (again,) = planned(tried(*steps, (steps[-1][0] + 1, False)), START + 9_999 * DAY)
    assert (again.due_at - again.last_at) / DAY < waits[-1]
    assert (again.tries, again.missed) == (7, 2)


def test_nobody_waits_longer_than_a_year() -> None:
    steps: list[tuple[float, bool]] = [(0, False)]
    for _ in range(30):
        (one,) = planned(tried(*steps), START + 99_999 * DAY)
        steps.append(((one.due_at - START) / DAY, True))
    assert (one.due_at - one.last_at) / DAY == 365


def test_it_is_the_same_on_every_run_in_any_order_and_any_zone() -> None:
    rows = tried((0, False), (3, True), (9, False), (11, True), (30, True))
    now = START + 400 * DAY
    first = planned(rows, now)
    for seed in range(5):
        mixed = [*rows]
        random.Random(seed).shuffle(mixed)
        assert planned(mixed, now) == first
    east = timezone(timedelta(hours=8))
    moved = [Tried(o.story, o.question, o.right, o.at.astimezone(east)) for o in rows]
    assert planned(moved, now) == first


def test_what_lies_after_now_is_not_known_yet() -> None:
    rows = tried((0, False), (5, True))
    assert planned(rows, START + DAY) == planned(rows[:1], START + DAY)
    assert planned(rows, START - DAY) == ()


def test_a_playing_gives_its_tries() -> None:
    answers = played(PUMPS, second_crs=GradeAnswer(at_least=4, at_most=4))
    times = dict.fromkeys(answers, START)
    found = tries_of(PUMPS, answers, times)
    assert [one.question for one in found if not one.right] == ["second-crs"]
    assert len(found) == len(answers)
    assert [one.question for one in planned(found, START)] == ["second-crs"]
    assert tries_of(PUMPS, answers, {}) == ()
