"""What was right and why, waiting for the trainer, and the end of a case."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import session
from dashboard.accounts.authorise import NotAllowed
from dashboard.parts import html
from dashboard.parts.grade import esc
from dashboard.parts.training.acting import desk, refused
from dashboard.parts.training.asking import order_of
from dashboard.parts.training.questions import answer_in
from dashboard.parts.training.revealed import (
    answer_text,
    given_html,
    revealed_html,
    verdict_text,
)
from dashboard.parts.training.scenes import EXPLAINED, Scene
from dashboard.parts.training.turning import turn_to
from dashboard.parts.training.typed import typed
from dashboard.session import Person
from dashboard.store import StoreError
from dashboard.training.marking import Mark
from dashboard.training.playing import marks_of
from dashboard.training.room import Standing, asked, clock
from dashboard.training.story import Answerable

__all__ = ["draw_explained", "draw_over"]


def draw_explained(here: Standing, scene: Scene, person: Person) -> None:
    """The explanations that are due; alone one tap leads on, in a room the trainer does."""
    answers, room = here.answers(person.name), here.room.id
    found = asked(here, person.name, session.now())
    for question in scene.given:
        html.show(given_html(question, answers.get(question.id)))
    for question in scene.explains:
        order = order_of(question, room, person.name)
        counts = question.id not in found.before
        html.show(
            revealed_html(question, answers.get(question.id), order=order, counts=counts)
            + _typed_html(question, here, person)
        )
    if here.room.way == "alone":
        _go_on(room, scene, person)
    else:
        html.show(f'<p class="tw-notice">{esc(_waiting_for(here, scene))}</p>')


def _typed_html(question: Answerable, here: Standing, person: Person) -> str:
    """What stood in the fields when the question was closed: it does not count, and is not lost."""
    if question.id in here.answers(person.name):
        return ""
    found = answer_in(question, typed(here.room.id, person.name, question.id).values)
    if isinstance(found, str):
        return ""
    said = f"You had chosen {answer_text(question, found)}; it was not sent in time."
    return f'<p class="tw-notice">{esc(said)}</p>'


def _go_on(room: str, scene: Scene, person: Person) -> None:
    key = f"go-on/{room}/{scene.explains[-1].id}"
    with st.container(key="tw-onward"):  # stays in sight under a long explanation
        tapped = st.button("Go on", type="primary", key=key)
    if not tapped:
        return
    from dashboard.training.doing import see

    try:
        for question in scene.explains:
            see(desk(person), room=room, what=f"{EXPLAINED}/{question.id}")
    except (StoreError, NotAllowed) as error:
        refused(error)
        return
    st.rerun(scope="app")


def _waiting_for(here: Standing, scene: Scene) -> str:
    reading = clock(here, session.now())
    if scene.given:
        return (
            "All answered. The explanation follows when the trainer goes on; until then the "
            "others may still be answering."
        )
    if not reading.has_begun:
        return "The case has not begun. This page goes on by itself when the trainer starts it."
    if reading.stop is not None:
        return "The case has stopped for those on another way. Yours goes on with the clock."
    return "The case goes on. This page stops by itself where the next questions are."


# The end


def draw_over(here: Standing, person: Person) -> None:
    """How it went, in one line a question, and the way to the debrief."""
    answers = here.answers(person.name)
    marks = {one.question: one for one in marks_of(here.room.course, answers)}
    closed = asked(here, person.name, session.now()).closed
    counted = [
        one
        for pause in here.room.course.story.pauses
        for one in pause.questions
        if one.id in marks or one.id in closed
    ]
    right = sum(one.worth == 1 for one in marks.values())
    html.show(
        f'<h2 class="tw-head">{esc(here.room.course.story.title)}: the case is over</h2>'
        f"<p>{right} of {len(counted)} right.</p>{_list_html(counted, marks)}"
    )
    before = asked(here, person.name, session.now()).before
    if before:  # what does not count is never left unsaid
        said = f"Asked before you joined, and not counted: {_count(before)}. Your result says so."
        html.show(f'<p class="tw-notice">{esc(said)}</p>')
    with st.container(horizontal=True):
        st.button(
            "To the debrief", type="primary", key="to-debrief", on_click=turn_to,
            args=("debrief",), kwargs={"room": here.room.id},
        )  # fmt: skip
        st.button("All cases", key="training-back", on_click=turn_to, args=("",))


def _count(found: Sequence[str]) -> str:
    return "1 question" if len(found) == 1 else f"{len(found)} questions"


def _list_html(asked_of: Sequence[Answerable], marks: dict[str, Mark]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{number}</th><td>{esc(one.asks)}</td>'
        f"<td>{esc(verdict_text(marks.get(one.id)))}</td></tr>"
        for number, one in enumerate(asked_of, start=1)
    )
    return (
        '<table class="tw-findings"><thead><tr><th scope="col">No.</th><th scope="col">Question'
        f'</th><th scope="col">Your answer</th></tr></thead><tbody>{rows}</tbody></table>'
    )
