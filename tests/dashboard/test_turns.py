"""Runs of pages take turns: two at once, one of them for hands, and nobody waits for a hung one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from dashboard import turns

SHORT_S = 0.05


class Runs:
    """Runs in threads of their own; each stays in its turn until it is told to end."""

    def __init__(self) -> None:
        self._ends: list[threading.Event] = []
        self._threads: list[threading.Thread] = []

    def begin(self, *, by_itself: bool = False) -> threading.Event:
        """Start one; the event is set when it has its turn."""
        has_turn, end = threading.Event(), threading.Event()

        def run() -> None:
            with turns.turn(by_itself=by_itself):
                has_turn.set()
                end.wait(10)

        thread = threading.Thread(target=run)
        thread.start()
        self._ends.append(end)
        self._threads.append(thread)
        return has_turn

    def end(self, number: int) -> None:
        self._ends[number].set()
        self._threads[number].join(10)

    def close(self) -> None:
        for number in range(len(self._ends)):
            self.end(number)


@pytest.fixture
def runs() -> Iterator[Runs]:
    with ExitStack() as stack:
        made = Runs()
        stack.callback(made.close)
        yield made


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits so long that a test on a busy machine does not meet the end of it."""
    monkeypatch.setattr(turns, "_MOMENT_S", 10.0)
    monkeypatch.setattr(turns, "_LONGER_S", 10.0)


def test_the_third_run_waits_for_one_of_two_to_end(runs: Runs):
    assert runs.begin().wait(5)
    assert runs.begin().wait(5)
    third = runs.begin()
    assert not third.wait(SHORT_S)
    runs.end(0)
    assert third.wait(5)


def test_redraws_leave_a_place_to_hands(runs: Runs):
    assert runs.begin(by_itself=True).wait(5)
    second = runs.begin(by_itself=True)
    assert not second.wait(SHORT_S)
    assert runs.begin().wait(5), "a hand stood behind redraws"
    runs.end(0)
    assert second.wait(5)


def test_a_run_that_hangs_holds_nobody_up(runs: Runs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "_MOMENT_S", SHORT_S)
    monkeypatch.setattr(turns, "_LONGER_S", SHORT_S)
    hung = [runs.begin(), runs.begin()]
    late = [runs.begin(), runs.begin(by_itself=True)]
    assert all(one.wait(5) for one in (*hung, *late))


def test_a_run_that_is_cut_gives_its_place_back(runs: Runs):
    class Cut(BaseException):
        """As Streamlit cuts a run."""

    for by_itself in (True, False, True, False):
        with pytest.raises(Cut), turns.turn(by_itself=by_itself):
            raise Cut
    assert runs.begin().wait(5)
    assert runs.begin(by_itself=True).wait(5)
