"""
My results over time, and what was missed asked once more when its day has come.

A repetition counts for this page alone: it changes no result and no certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.authorise import NotAllowed
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc, span_text
from dashboard.parts.training.acting import desk, refused
from dashboard.parts.training.asking import draw_told, order_of
from dashboard.parts.training.bedside import banner, records, strips
from dashboard.parts.training.questions import answer_in, draw
from dashboard.parts.training.revealed import revealed_html
from dashboard.parts.training.turning import turn, turn_to
from dashboard.parts.training.typed import Typed, drop, typed
from dashboard.session import Person
from dashboard.store import StoreError
from dashboard.training.folding import ANSWER
from dashboard.training.keeping.opening import training_store
from dashboard.training.marking import Answer, mark
from dashboard.training.mine import Begun, begun
from dashboard.training.practising import asked_again, newest_repeat, tried
from dashboard.training.repetition import Due, planned
from dashboard.training.shelf import Shelf, shelf
from dashboard.training.showing import CASE_ZONE, blind, newest_score
from dashboard.training.story import Answerable, IceQuestion, Pause

__all__ = ["page"]

AGAIN: Final = "again"  # in the address: the question that is asked once more, story/question
DONE: Final = "done"  # and that it was answered: its explanation stands


def page() -> None:
    """Results and what is due; or one question once more."""
    person = session.signed_on()
    if person is None:
        return
    known = shelf(training_store().stories())
    asked = st.query_params.get(AGAIN)
    found = None if asked is None else _found(known, asked)
    if asked is not None and found is not None:
        _once_more(known, asked, found, person)
        return
    html.show('<h1 class="tw-head">My results</h1>')
    _due(known, person)
    _results(begun(training_store(), person.name, session.now()))


def _found(known: Shelf, asked: str) -> tuple[Pause, Answerable] | None:
    story, _, question = asked.partition("/")
    return asked_again(known, story, question)


# Results


def _results(mine: Sequence[Begun]) -> None:
    done = [one for one in mine if one.is_over and one.view == "play"]
    html.show('<h2 class="tw-sub">Cases played</h2>')
    if not done:
        st.write("No case is finished yet. Choose one under All cases.")
        return
    rows = "".join(
        f"<tr><td>{session.local(one.begun_at):%d-%b-%Y}</td><th scope='row'>{esc(one.title)}</th>"
        f"<td>{one.right} of {one.of}</td><td>{_bar(one)}</td></tr>"
        for one in done
    )
    html.show(
        '<table class="tw-findings"><thead><tr><th scope="col">Day</th><th scope="col">Case</th>'
        '<th scope="col">Right</th><th scope="col">Share</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {one.room: f"{session.local(one.begun_at):%d-%b} {one.title}" for one in done}
        room = st.selectbox(
            "Debrief of", [*names], format_func=names.__getitem__, key="progress-room", index=None,
            placeholder="Choose a case",
        )  # fmt: skip
        st.button(
            "Open", key="progress-debrief", disabled=room is None, on_click=turn_to,
            args=("debrief",), kwargs={"room": room or ""},
        )  # fmt: skip


def _bar(one: Begun) -> str:
    share = 0 if one.of == 0 else round(100 * one.right / one.of)
    full = round(share / 10)
    return f'<span aria-hidden="true">{"■" * full}{"□" * (10 - full)}</span> {share} %'


# What is due


def _due(known: Shelf, person: Person) -> None:
    now = session.now()
    plan = [
        one
        for one in planned(tried(training_store(), person.name), now)
        if asked_again(known, one.story, one.question) is not None
    ]
    html.show('<h2 class="tw-sub">To repeat</h2>')
    ready = [one for one in plan if one.due_at <= now]
    if not plan:
        st.write("Nothing: there is no wrong answer of yours so far.")
        return
    if not ready:
        wait = span_text(plan[0].due_at - now)
        st.write(as_text(f"Nothing today. The next of {len(plan)} missed questions: in {wait}."))
        return
    many = "1 question" if len(ready) == 1 else f"{len(ready)} questions"
    st.text(f"{many} that you missed before, due now.")
    st.button(
        "Ask me again", type="primary", key="ask-again", on_click=turn_to, args=("progress",),
        kwargs={AGAIN: _name(ready[0])},
    )  # fmt: skip


def _name(one: Due) -> str:
    return f"{one.story}/{one.question}"


def _once_more(
    known: Shelf, asked: str, found: tuple[Pause, Answerable], person: Person
) -> None:  # fmt: skip
    pause, question = found
    story, _, _ = asked.partition("/")
    html.show('<h2 class="tw-step">Once more: a question that you missed</h2>')
    with st.container(key="tw-play-two"):
        left, right = st.columns([5, 7], gap="medium")
    with left:
        draw_told((pause,))
        if st.query_params.get(DONE) is None:
            st.fragment(_ask)(asked, question, person)
        else:
            _explain(story, question, person)
    with right:
        _patient(known, story, pause, question, asked)


def _ask(asked: str, question: Answerable, person: Person) -> None:
    form = typed("repeat", person.name, asked)
    draw(question, form.sheet, order_of(question, "repeat", person.name))
    if not st.button("Answer", type="primary", key=form.sheet.key("answer")):
        return
    given = answer_in(question, form.values)
    if isinstance(given, str):
        st.error(as_text(given), icon=":material/help:")
        return
    if _keep(asked, question, given, form, person):
        drop("repeat", person.name, asked)
        turn("progress", **{AGAIN: asked, DONE: "1"})


def _keep(asked: str, question: Answerable, given: Answer, form: Typed, person: Person) -> bool:
    from dashboard.training.doing import keep_repeat

    story, _, _ = asked.partition("/")
    plain = mark(question, given)
    try:
        keep_repeat(
            desk(person), id=form.token, story=story, question=question.id, given=given,
            worth=plain.worth,
        )  # fmt: skip
    except (StoreError, NotAllowed) as error:
        refused(error)
        return False
    return True


def _explain(story: str, question: Answerable, person: Person) -> None:
    row = newest_repeat(training_store(), person.name, story, question.id)
    answer = None if row is None else ANSWER.validate_python(row.body["answer"])
    order = order_of(question, "repeat", person.name)
    html.show(revealed_html(question, answer, order=order))
    with st.container(key="tw-onward"):
        st.button(
            "Go on", type="primary", key="again-on", on_click=turn_to, args=("progress",)
        )  # fmt: skip


def _patient(
    known: Shelf, story: str, pause: Pause, question: Answerable, asked: str
) -> None:  # fmt: skip
    course = known.find(story)
    if course is None:
        return
    is_open = st.query_params.get(DONE) is None
    hides = is_open and isinstance(question, IceQuestion)
    hidden = newest_score(course.course, pause.on, pause.at) if hides else None
    state = blind(course.course, pause.on, pause.at, room=f"repeat/{asked}", score_since=hidden)
    banner(state, CASE_ZONE)
    html.show('<h3 class="tw-sub">On record</h3>')
    records(state, CASE_ZONE, ())
    st.fragment(strips)(state, CASE_ZONE, is_blind=True)
