"""
A draft as a trainee will see it: blind until answered, one question after the other, what was right
after the last one of a pause.

What is answered here is kept in this session alone and counts nowhere.
"""

from __future__ import annotations

import streamlit as st

from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.grade import esc
from dashboard.parts.training import questions
from dashboard.parts.training.authoring_bench import Bench
from dashboard.parts.training.authoring_fields import when_text
from dashboard.parts.training.bedside import banner, records, strips
from dashboard.parts.training.revealed import given_html, revealed_html
from dashboard.training.marking import Answer
from dashboard.training.playing import Place, marks_of, place_of
from dashboard.training.reading import Course
from dashboard.training.showing import CASE_ZONE, blind
from dashboard.training.story import Answerable, ChoiceQuestion, IceQuestion

__all__ = ["draw"]


def draw(bench: Bench, course: Course) -> None:
    """Draw the story from its first question on."""
    key = f"author/{bench.draft.name}/preview"
    given: dict[str, Answer] = st.session_state.setdefault(key, {})
    ids = {question.id for _, question in course.story.questions()}
    if not set(given) <= ids:  # a question was taken out meanwhile
        given.clear()
    if st.button("Start the preview anew", key=f"{key}/anew"):
        given.clear()
    place = place_of(course, given)
    if place.pause is None:
        _over(course, given)
        return
    with st.container(key="tw-play-two"):
        left, right = st.columns([5, 7], gap="medium")
    with left:
        html.show('<h2 class="tw-step">As a trainee sees it</h2>')
        told = esc(questions.one_flow(place.pause.says))
        html.show(f'<p class="tw-told"><b>{when_text(place.pause.at)}</b>{told}</p>')
        _answered(course, place, given)
        _ask(place.asked[0], given, key)
    with right:
        _patient(course, place)


def _answered(course: Course, place: Place, given: dict[str, Answer]) -> None:
    """What was answered at this pause; at its first question, what was right at the one before."""
    now = [] if place.pause is None else [one for one in place.pause.questions if one.id in given]
    for question in now:
        html.show(given_html(question, given[question.id]))
    way = [one for one in course.story.on(place.branch) if one.questions]
    earlier = way[: way.index(place.pause)] if place.pause in way else []
    if now or not earlier:
        return
    with st.expander("What was right at the pause before", expanded=True):
        for question in earlier[-1].questions:
            html.show(revealed_html(question, given.get(question.id)))


def _ask(question: Answerable, given: dict[str, Answer], key: str) -> None:
    sheet = Sheet(f"{key}/{question.id}", {})
    order = (
        questions.shuffled(question, "preview", "author")
        if isinstance(question, ChoiceQuestion)
        else ()
    )
    questions.draw(question, sheet, order)
    if not st.button("Answer", key=f"{key}/{question.id}/answer", type="primary"):
        return
    found = questions.answer_in(question, sheet.values)
    if isinstance(found, str):
        st.error(as_text(found), icon=":material/edit:")
        return
    given[question.id] = found
    st.rerun()


def _patient(course: Course, place: Place) -> None:
    if place.pause is None:
        return
    scored = any(isinstance(one, IceQuestion) for one in place.asked)
    before = [one.at for one in course.story.on(place.branch) if one.at < place.pause.at]
    since = max(before, default=course.story.starts_at) if scored else None
    state = blind(course, place.branch, place.pause.at, room="preview", score_since=since)
    banner(state, CASE_ZONE)
    records(state, CASE_ZONE, ())
    strips(state, CASE_ZONE, is_blind=True)


def _over(course: Course, given: dict[str, Answer]) -> None:
    marks = marks_of(course, given)
    right = sum(one.worth for one in marks)
    st.success(f"The end: {right:g} of {len(marks)} questions right.", icon=":material/flag:")
    html.show(
        f'<p class="tw-told"><b>Debrief</b>{esc(questions.one_flow(course.story.debrief))}</p>'
    )
    asked = {question.id: question for _, question in course.story.questions()}
    for one in marks:
        html.show(revealed_html(asked[one.question], given[one.question]))
