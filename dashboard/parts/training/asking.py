"""
The open question with its fields, and sending an answer: it is stored once and stands.

What is typed stays in its fields where an answer is refused, and comes back after a reload.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.accounts.authorise import NotAllowed
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc
from dashboard.parts.training.acting import desk, refused
from dashboard.parts.training.questions import answer_in, draw, one_flow, shuffled
from dashboard.parts.training.revealed import given_html
from dashboard.parts.training.scenes import Scene
from dashboard.parts.training.typed import Typed, drop, typed
from dashboard.session import Person
from dashboard.store import StoreError
from dashboard.training.keeping.errors import QuestionClosed
from dashboard.training.marking import Answer
from dashboard.training.room import Standing
from dashboard.training.showing import CASE_ZONE
from dashboard.training.story import Answerable, Choice, ChoiceQuestion, Pause

__all__ = ["ask_one", "ask_questions", "draw_told", "order_of", "send"]


def draw_told(told: Sequence[Pause]) -> None:
    """What the story says, as text and nothing but text."""
    for pause in told:
        when = f"{pause.at.astimezone(CASE_ZONE):%d-%b %H:%M}"
        html.show(f'<div class="tw-told"><b>{esc(when)}</b>{esc(one_flow(pause.says))}</div>')


def order_of(question: Answerable, room: str, trainee: str) -> Sequence[Choice]:
    """The choices in this trainee's order; none where nothing is chosen."""
    return shuffled(question, room, trainee) if isinstance(question, ChoiceQuestion) else ()


def ask_questions(here: Standing, scene: Scene, person: Person) -> None:
    """The question that is open; what is answered already stands above it."""
    answers = here.answers(person.name)
    for question in scene.given:
        html.show(given_html(question, answers.get(question.id)))
    for question in scene.asks:
        ask_one(here.room.id, question.id, question, person)


def ask_one(room: str, key: str, question: Answerable, person: Person) -> None:
    """One question; ``key`` is how the room names it."""
    form = typed(room, person.name, key)
    draw(question, form.sheet, order_of(question, room, person.name))
    if not st.button("Answer", type="primary", key=form.sheet.key("answer")):
        return
    found = answer_in(question, form.values)
    if isinstance(found, str):
        st.error(as_text(found), icon=":material/help:")
        return
    if send(room, key, found, form, person):
        st.rerun(scope="app")


def send(room: str, key: str, answer: Answer, form: Typed, person: Person) -> bool:
    """Store it; whether an answer of this person stands now."""
    from dashboard.training import doing

    try:
        stands = doing.answer(desk(person), id=form.token, room=room, question=key, given=answer)
    except QuestionClosed as error:
        st.toast(as_text(error), duration="long")  # the page is drawn anew within seconds
        refused(error)
        return False
    except (StoreError, NotAllowed) as error:
        refused(error)
        return False
    if stands.id != form.token:
        st.toast("You had answered this already: the first answer stands.")
    drop(room, person.name, key)
    return True
