"""
Playing a case: what is told, what is asked, what was right, and the patient beside it.

Where a trainee stands follows from the journal alone, so a reload comes back to the same question.
While something is open, nothing that was worked out from the records is on the screen: no grade,
no flag, no advice. The explanation follows the last answer of a pause; in a room it waits for the
trainer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.parts import html
from dashboard.parts.grade import esc
from dashboard.parts.training import clock_line, scenes
from dashboard.parts.training.acts import acknowledged, ask_alerts, ask_entry, entered
from dashboard.parts.training.arriving import ask_join, must_ask
from dashboard.parts.training.asking import ask_questions, draw_told
from dashboard.parts.training.bedside import banner, grades, records, strips
from dashboard.parts.training.scenes import Scene
from dashboard.parts.training.scrolling import from_the_top
from dashboard.parts.training.telling import draw_explained, draw_over
from dashboard.parts.training.turning import ROOM, room_from_url, turn, turn_to
from dashboard.parts.training.wardside import Screen, ask_screen, board, work_list
from dashboard.session import Person
from dashboard.states import PatientState
from dashboard.training import agreement
from dashboard.training.calling import neutral_name
from dashboard.training.doing import current
from dashboard.training.keeping.opening import training_store
from dashboard.training.presence import heard
from dashboard.training.room import Standing, clock
from dashboard.training.showing import CASE_ZONE, blind, graded, with_seen

__all__ = ["page"]

_LATER: Final = '<p class="tw-notice">Grades, alerts and advice come after the answers.</p>'


def page() -> None:
    """The room of the address, as this person may see it now."""
    person = session.signed_on()
    asked = room_from_url()
    room = None if asked is None else training_store().find_room(asked)
    if person is None or room is None:
        _lost(asked)
        return
    here = current(training_store(), room)
    if here.room.way == "calibration":
        turn("calibrate", room=room)
    if here.room.way == "together" and here.room.held_by == person.name:
        turn("hold", room=room)
    if must_ask(here, person, by_code=room != asked):
        if here.room.way == "alone":
            _lost(asked)  # somebody else's
        else:
            ask_join(here, person)
        return
    if room != asked:
        st.query_params[ROOM] = room  # the code ends with the room, its id does not
    heard(room, person.name, session.now())
    agreement.warm()  # while the case is played, so that its debrief does not wait
    _play(here, person)


def _lost(asked: str | None) -> None:
    if asked is not None:
        st.error("No room is behind this address. It may have been closed, or a letter is wrong.")
    st.button("Back to all cases", key="training-back", on_click=turn_to, args=("",))


def _play(here: Standing, person: Person) -> None:
    now = session.now()
    scene = scenes.scene(here, person.name, now)
    if here.room.way == "together":
        found = clock(here, now)
        drawn = clock_line.reached(here, found, person.name)
        clock_line.draw(here.room.id, person.name, drawn)
    if scene.is_over:
        draw_over(here, person)
        return
    from_the_top(f"{here.room.id}/{scene.key}")
    screen = ask_screen(here.room.id)
    if screen != "Patient":  # as wide as on a ward; what is asked stands below
        _ward(here, scene, person, screen)
        with st.container(key="tw-play-one"):
            _questions(here, scene, person)
        return
    with st.container(key="tw-play-two"):
        left, right = st.columns([5, 7], gap="medium")
    with left:
        _questions(here, scene, person)
    with right:
        _patient(here, scene, person)


def _questions(here: Standing, scene: Scene, person: Person) -> None:
    html.show(_where_html(here, scene))
    draw_told(scene.told)
    if scene.asks:
        st.fragment(ask_questions)(here, scene, person)
    else:
        draw_explained(here, scene, person)


def _where_html(here: Standing, scene: Scene) -> str:
    """How far it is: ``Woman, 64, 70 kg: tisagenlecleucel · question 3``."""
    title = neutral_name(here.room.course)
    said = f" · {esc(scene.where)}" if scene.where else ""
    return f'<h2 class="tw-step">{esc(title)}{said}</h2>'


def _patient(here: Standing, scene: Scene, person: Person) -> None:
    course, room, zone = here.room.course, here.room.id, CASE_ZONE
    deeds = here.deeds.get(person.name, ())
    is_open = scene.grades_at == scene.at
    if is_open:
        state = graded(course, scene.branch, scene.at, room=room)
    else:
        state = blind(course, scene.branch, scene.at, room=room, score_since=scene.score_since)
    banner(state, zone)
    mine = entered(deeds, zone)
    if scene.grades_at is None:
        html.show(_LATER)
    elif is_open:
        _graded(here, scene, scene.grades_at, person)
    st.fragment(ask_entry)(state, room, person)
    html.show(f'<h3 class="tw-sub">On record at {scene.at:%H:%M}</h3>')
    records(state, zone, mine)
    if scene.grades_at is not None and not is_open:
        _graded(here, scene, scene.grades_at, person)  # what comes in goes first
    st.fragment(strips)(state, zone, is_blind=not is_open)


def _ward(here: Standing, scene: Scene, person: Person, screen: Screen) -> None:
    """The board or the work list, as of the last hour whose grades are no secret."""
    at = scene.grades_at
    if at is None:
        html.show(_LATER)
        return
    _say_as_of(at, scene)
    state = graded(here.room.course, scene.branch, at, room=here.room.id)
    states = [with_seen(state, acknowledged(here.deeds.get(person.name, ())).keys())]
    (board if screen == "Ward board" else work_list)(states, CASE_ZONE)


def _graded(here: Standing, scene: Scene, at: datetime, person: Person) -> None:
    """What the ward would have seen at the last hour that is closed."""
    room, deeds = here.room.id, here.deeds.get(person.name, ())
    state = graded(here.room.course, scene.branch, at, room=room)

    def alerts(shown: PatientState) -> None:
        ask_alerts(shown, deeds, room, person)

    _say_as_of(at, scene)
    grades(state, CASE_ZONE, alerts)


def _say_as_of(at: datetime, scene: Scene) -> None:
    if at < scene.at:
        html.show(
            f'<p class="tw-notice">Grades and advice as they were at the last stop, {at:%H:%M}. '
            "What came in since is graded by you first.</p>"
        )
