"""
The clock of a room, as a small line that looks by itself every two seconds.

It draws only itself. The page around it is drawn again when something was reached that the trainee
must see: a pause, the trainer's step, a new record, the end.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.parts import html
from dashboard.parts.grade import esc, span_text
from dashboard.parts.training.scenes import records_at
from dashboard.store import StoreError
from dashboard.training.clock import Clock
from dashboard.training.keeping.opening import training_store
from dashboard.training.playing import branch_of
from dashboard.training.presence import heard
from dashboard.training.room import Standing, clock

__all__ = ["Reached", "clock_html", "draw", "reached"]

LOOK_S: Final = 2

# What a drawn page rests on: stops passed, where it stands, the hour of the records, what is over.
Reached = tuple[int, int | None, datetime, bool, bool, bool]


def reached(here: Standing, found: Clock, name: str) -> Reached:
    """Two looks with the same of these need no new page."""
    branch = branch_of(here.room.course, here.answers(name))
    return (
        found.passed,
        found.stop,
        records_at(here, found, branch),
        found.has_begun,
        found.is_over,
        here.room.closed_at is not None,
    )


def draw(room: str, name: str, drawn: Reached) -> None:
    """The line; mount it once a page."""
    st.fragment(_look, run_every=LOOK_S)(room, name, drawn)


def _look(room: str, name: str, drawn: Reached) -> None:
    from dashboard.training.doing import current

    session.leave_if_ended()
    now = session.now()
    try:
        here = current(training_store(), room)
    except StoreError:
        html.show(
            '<p class="tw-clock">The room cannot be read right now; trying again. What you type '
            "stays here.</p>"
        )
        return
    heard(room, name, now)
    found = clock(here, now)
    if reached(here, found, name) != drawn:
        st.rerun(scope="app")
    html.show(clock_html(found, here.room.closed_at is not None, now))


def clock_html(found: Clock, is_closed: bool, now: datetime) -> str:
    """``Case time 14:00, 6 Mar · stopped: answer now``."""
    when = f"Case time <b>{esc(f'{found.case_at:%H:%M}')}</b> {esc(f'{found.case_at:%d-%b}')}"
    stands = found.stop is not None or not found.is_running
    return (
        f'<p class="tw-clock{" tw-stands" if stands else ""}" role="status">{when} · '
        f"{esc(_says(found, now, is_closed=is_closed))}</p>"
    )


def _says(found: Clock, now: datetime, *, is_closed: bool) -> str:
    if is_closed:
        return "the room is closed"
    if found.is_over:
        return "the case is over"
    if not found.has_begun:
        return "waiting for the trainer to start the clock"
    if found.stop is not None:
        return "stopped here: questions are open"
    if not found.is_running:
        return "the trainer has stopped the clock"
    left = "" if found.next_stop_at is None else f", next stop in {_wait(found.next_stop_at, now)}"
    return f"running, {found.speed:g} x{left}"


def _wait(until: datetime, now: datetime) -> str:
    left = until - now
    seconds = max(0, int(left.total_seconds()))
    return f"{seconds} s" if seconds < 120 else span_text(left)
