"""
The live view of a room: everybody in it, its clock, and what was answered so far.

It looks once a second whether the room has a new version; only then is the room read again. What
moves by itself, the clock and the silence of a tablet, needs no row and is worked out each time.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

import streamlit as st

from dashboard import session
from dashboard.accounts.authorise import NotAllowed
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.training.acting import desk
from dashboard.parts.training.onlooked import clock_html, group_html, in_words, said_html
from dashboard.store import StoreError
from dashboard.training import doing, presence
from dashboard.training.clock import Clock
from dashboard.training.doing import Turn
from dashboard.training.keeping.journal import TrainingStore
from dashboard.training.looking_on import Onlooked, group_said, look, waiting
from dashboard.training.room import Standing, clock

__all__ = ["TICK_S", "live", "standing_of"]

TICK_S: Final = 1.0  # what is new shows within two
SPEEDS: Final = (1, 10, 60, 120, 300, 600)
_USUAL_SPEED: Final = 60
_SPACE: Final = UUID("6f1f6e7a-3a3c-4f0b-9c0b-6b9f1a1d7c55")


def standing_of(training: TrainingStore, room: str) -> Standing:
    """The room; read again only where it has a new version."""
    key = f"train-room/{training.place}/{room}"
    kept = st.session_state.get(key)
    version = training.version(room)
    if isinstance(kept, Standing) and kept.version == version:
        return kept
    fresh = doing.current(training, room)
    st.session_state[key] = fresh
    return fresh


@st.fragment(run_every=TICK_S)
def live(room: str, *, begun: bool) -> None:
    """
    Draw the room as it stands, by itself, until it is closed.

    ``begun``: what the page around it was drawn for; when the case begins, that is drawn again.
    """
    session.leave_if_ended()
    here_desk = desk(session.signed_on())
    try:
        here = standing_of(here_desk.training, room)
    except StoreError as error:
        st.error(as_text(f"The room cannot be read right now: {error}"))
        return
    now = here_desk.now
    turned = clock(here, now)
    if turned.has_begun != begun:
        st.rerun(scope="app")
    rows = look(here, now, lambda name: presence.heard_at(room, name))
    html.show(clock_html(here, turned, now))
    if here.room.closed_at is None:
        _turning(here, turned, rows)
    html.show(f'<h2 class="tw-sub">{_heading(rows)}</h2>{group_html(rows, here, now)}')
    _said(here)


def _heading(rows: tuple[Onlooked, ...]) -> str:
    lost = sum(one.presence == "lost" for one in rows)
    silent = f", {lost} lost" if lost else ""
    return f"In the room: {len(rows)}{silent}"


def _said(here: Standing) -> None:
    """What was answered; only this page shows it, and the heading says so."""
    said = tuple(group_said(here, in_words))
    if not said:
        html.show('<p class="tw-faint">Nobody has answered anything yet.</p>')
        return
    html.show(
        '<h2 class="tw-sub">Answers so far <small>(only the trainer sees this page)</small></h2>'
        f"{said_html(said, here.room.course.story)}"
    )


# Turning the clock


def _turning(here: Standing, turned: Clock, rows: tuple[Onlooked, ...]) -> None:
    fault = st.session_state.pop(_fault_key(here.room.id), None)
    if fault is not None:
        st.error(as_text(fault))
    if turned.is_over:
        return
    speed = _speed(here, turned)
    with st.container(horizontal=True, vertical_alignment="center", key="tw-turning"):
        if turned.stop is not None:
            _button("step", _step_label(here, turned, rows), here, turned)
        elif turned.is_running:
            _button("hold", "Hold", here, turned)
        else:
            _button("run", f"Run at {speed} ×", here, turned)
        if turned.stop is None:
            _button("ahead", "To the next pause at once", here, turned)
        _choose_speed(here)


def _step_label(here: Standing, turned: Clock, rows: tuple[Onlooked, ...]) -> str:
    left = len(waiting(rows))
    last = turned.passed + 1 >= len(here.stops)
    word = "End the case" if last else "Go on"
    return f"{word}: everybody has answered" if not left else f"{word} ({left} still answering)"


def _speed(here: Standing, turned: Clock) -> int:
    """The chosen speed; after a reload that of the clock."""
    key, running = _speed_key(here.room.id), round(turned.speed)
    if st.session_state.get(key) not in SPEEDS:
        is_known = turned.has_begun and running in SPEEDS
        st.session_state[key] = running if is_known else _USUAL_SPEED
    return int(st.session_state[key])


def _choose_speed(here: Standing) -> None:
    """Beside the buttons; while the clock runs a new choice takes effect at once."""
    st.segmented_control(
        "Speed", SPEEDS, key=_speed_key(here.room.id), required=True,
        format_func=lambda one: f"{one} ×", label_visibility="collapsed",
        on_change=_change_speed, args=(here.room.id,),
    )  # fmt: skip


def _button(does: Turn, label: str, here: Standing, turned: Clock) -> None:
    """
    A button whose callback says what was on the screen: which stop, and after which turn.

    So the same tap sent twice is one turn, and a tap on an old screen never skips a pause.
    """
    seen = f"{here.room.id}/{does}/{turned.passed}/{len(here.clock_rows)}"
    st.button(
        as_text(label), key=f"train-turn/{does}/{here.room.id}",
        type="primary" if does in ("step", "run") else "secondary",
        on_click=_turn, args=(here.room.id, does, turned.passed, seen),
    )  # fmt: skip


def _turn(room: str, does: Turn, stop: int, seen: str) -> None:
    speed = float(st.session_state.get(_speed_key(room), _USUAL_SPEED))
    try:
        doing.turn_clock(
            desk(session.signed_on()), id=str(uuid5(_SPACE, seen)), room=room, does=does,
            speed=speed if does == "run" else None, stop=stop,
        )  # fmt: skip
    except (StoreError, NotAllowed) as error:
        st.session_state[_fault_key(room)] = str(error)


def _change_speed(room: str) -> None:
    """A running clock takes the new speed; one that stands takes it when it is let run."""
    at = desk(session.signed_on())
    try:
        here = standing_of(at.training, room)
    except StoreError as error:
        st.session_state[_fault_key(room)] = str(error)
        return
    turned = clock(here, at.now)
    if turned.is_running:
        chosen = st.session_state.get(_speed_key(room))
        seen = f"{room}/speed/{chosen}/{turned.passed}/{len(here.clock_rows)}"
        _turn(room, "run", turned.passed, seen)


def _speed_key(room: str) -> str:
    return f"train-speed/{room}"


def _fault_key(room: str) -> str:
    return f"train-turn-fault/{room}"
