"""
Calibration: the same short moments graded by many people, without a word on what is right.

Everybody gets the moments in an order of their own. Nothing is explained before the trainer closes
the exercise; then everybody who took part sees how far the grades lay apart.
"""

from __future__ import annotations

import uuid
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.permissions import may
from dashboard.parts import html
from dashboard.parts.grade import age_text, esc
from dashboard.parts.training.acting import desk
from dashboard.parts.training.arriving import ask_join, must_ask
from dashboard.parts.training.asking import ask_one, draw_told
from dashboard.parts.training.bedside import banner, records, strips
from dashboard.parts.training.calibrated import result_html
from dashboard.parts.training.joining import join_address, joining_html, spelled
from dashboard.parts.training.scrolling import from_the_top
from dashboard.parts.training.style_trainer import SHEET
from dashboard.parts.training.turning import ROOM, room_from_url, turn, turn_to
from dashboard.session import Person
from dashboard.training import agreement
from dashboard.training.desk import current
from dashboard.training.keeping.opening import training_store
from dashboard.training.presence import heard
from dashboard.training.room import Standing
from dashboard.training.rooms import part
from dashboard.training.showing import CASE_ZONE, blind
from dashboard.training.vignettes import order_for, packaged_set

__all__ = ["page"]

_TOKEN: Final = "calibration-token"  # noqa: S105 - what a session calls its form, no secret


def page() -> None:
    """Open an exercise, take part in one, or see what came of it."""
    html.show_style(SHEET)
    person = session.signed_on()
    if person is None:
        return
    agreement.warm()
    asked = room_from_url()
    if asked is None:
        _start(person)
        return
    room = training_store().find_room(asked)
    here = None if room is None else current(training_store(), room)
    if here is None or here.room.way != "calibration":
        st.error("No calibration is behind this address. It may have been closed.")
        st.button("Back to all cases", key="training-back", on_click=turn_to, args=("",))
        return
    if here.room.closed_at is not None:
        _result(here, person)
        return
    _open(here, person, by_code=here.room.id != asked)


def _open(here: Standing, person: Person, *, by_code: bool) -> None:
    """While people grade: the holder watches until he takes part himself."""
    holds = here.room.held_by == person.name
    if holds:
        _hold(here, person)
    if holds and here.trainee(person.name) is None:
        return
    if must_ask(here, person, by_code=by_code and not holds):
        ask_join(here, person)
        return
    if by_code:
        st.query_params[ROOM] = here.room.id
    _grade(here, person)


# Holding one


def _start(person: Person) -> None:
    html.show('<h1 class="tw-head">Calibration</h1>')
    known = packaged_set()
    html.show(f"<p><b>{esc(known.title)}</b>: {len(known.courses)} moments. {esc(known.says)}</p>")
    if not may(person.role, "train"):
        st.write("To take part, type the code of the exercise on the start page of Training.")
        return
    for one in training_store().rooms(person.name):
        if one.body.get("way") == "calibration":
            when = age_text(session.now() - one.recorded_at)
            label = f"Back to {spelled(str(one.body['code']))}, opened {when}"
            if st.button(label, key=f"calibration-back/{one.room}"):
                turn("calibrate", room=one.room)
    if st.button("Open an exercise", type="primary", key="calibration-open"):
        _open_room(person)


def _open_room(person: Person) -> None:
    from dashboard.training.doing import open_room

    known = packaged_set()
    token = st.session_state.setdefault(_TOKEN, str(uuid.uuid4()))
    here = open_room(
        desk(person), id=token, way="calibration", stories=known.stories, asks=known.asks
    )
    st.session_state.pop(_TOKEN, None)
    turn("calibrate", room=here.room.id)


def _hold(here: Standing, person: Person) -> None:
    room = here.room.id
    html.show('<h1 class="tw-head">Calibration you hold</h1>')
    st.fragment(_progress, run_every=5)(room)
    with st.expander(
        f"How to take part: code {spelled(here.room.code)}", expanded=not here.trainees,
        key=f"calibration-join/{room}/{len(here.trainees) > 0}",
    ):  # fmt: skip
        html.show(joining_html(here.room.code, join_address(st.context.url, here.room.code)))
    with st.container(horizontal=True):
        if here.trainee(person.name) is None and st.button("Grade as well", key="calibration-me"):
            from dashboard.training.doing import join

            join(desk(person), id=str(uuid.uuid4()), code=room)
            st.rerun()
        with st.popover("Close and show the result", key="calibration-close"):
            st.text("Nobody can grade afterwards. Who has not finished is not compared.")
            if st.button("Close it now", type="primary", key="calibration-close-now"):
                from dashboard.training.doing import close_room

                close_room(desk(person), id=f"{room}/close", room=room)
                st.rerun(scope="app")


def _progress(room: str) -> None:
    """Who has come how far; never what they answered."""
    here = current(training_store(), room)
    total = len(here.room.asks)
    items = "".join(
        f"<li>{esc(one.name)} ({esc(one.role)}): {len(here.given[one.name])} of {total}</li>"
        for one in here.trainees
    )
    html.show(
        f'<ul class="tw-words">{items}</ul>' if items else "<p>Nobody has joined yet.</p>"
    )  # fmt: skip


# Grading


def _watch(room: str, name: str) -> None:
    """Draws the result when the exercise is closed; until then nothing."""
    session.leave_if_ended()
    heard(room, name, session.now())
    if current(training_store(), room).room.closed_at is not None:
        st.rerun(scope="app")


def _grade(here: Standing, person: Person) -> None:
    room, answers = here.room.id, here.answers(person.name)
    st.fragment(_watch, run_every=5)(room, person.name)
    order = order_for(here.room.asks, room, person.name)
    left = [one for one in order if one not in answers]
    if not left:
        html.show(
            '<h2 class="tw-head">All graded. Thank you.</h2><p>The result is shown here when the '
            "trainer closes the exercise; until then nobody sees what is right.</p>"
        )
        return
    moments = [*dict.fromkeys(one.partition("/")[0] for one in order)]
    found = part(here.room, left[0])
    number = moments.index(found.course.id) + 1
    from_the_top(f"{room}/{left[0]}")
    with st.container(key="tw-play-two"):
        one, other = st.columns([5, 7], gap="medium")
    with one:
        html.show(f'<h2 class="tw-step">Moment {number} of {len(moments)}</h2>')
        draw_told((found.pause,))
        st.fragment(ask_one)(room, left[0], found.question, person)
    with other:
        state = blind(
            found.course, found.pause.on, found.pause.at, room=f"{room}/{found.course.id}",
            score_since=None,
        )  # fmt: skip
        banner(state, CASE_ZONE)
        html.show('<h3 class="tw-sub">On record</h3>')
        records(state, CASE_ZONE, ())
        st.fragment(strips)(state, CASE_ZONE, is_blind=True)


def _result(here: Standing, person: Person) -> None:
    is_trainer = may(person.role, "train")
    if not is_trainer and here.trainee(person.name) is None:
        st.info("The result is for who took part and for trainers.")
        return
    names = is_trainer and st.toggle("Show names", key="calibration-names")
    html.show(result_html(here, person.name, names=names))
