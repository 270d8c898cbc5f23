"""
The case once more, pause by pause: what was known, what the group said, and what was right.

Beside each grade that was asked stands its receipt, as the grader says it from the same records.
The right answers come from the story and its sources, never from the grader.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Final

import streamlit as st

from dashboard.parts import html
from dashboard.parts.grade import esc
from dashboard.parts.patient.advice import badge_text
from dashboard.parts.patient.grades import card_html
from dashboard.parts.training.acts import acknowledged, entered
from dashboard.parts.training.onlooked import in_words, voices_html, way_text
from dashboard.parts.training.questions import one_flow
from dashboard.training.group import right_answer, voices
from dashboard.training.keeping.rows import Noted
from dashboard.training.looking_on import answers_to
from dashboard.training.playing import branch_of
from dashboard.training.room import Standing
from dashboard.training.showing import graded
from dashboard.training.story import Answerable, ChoiceQuestion, GradeQuestion, Pause
from toxmodels import sources
from toxmodels.scales import SCALES

__all__ = ["pause_html", "pauses_played", "replay"]

_AT: Final = "train-replay-at"


def pauses_played(here: Standing) -> tuple[Pause, ...]:
    """The pauses of every way that somebody took, in the time of the case."""
    course = here.room.course
    ways = {branch_of(course, here.answers(one.name)) for one in here.trainees} or {None}
    found = {pause.id: pause for way in ways for pause in course.story.on(way)}
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.on or "")))


def replay(here: Standing, zone: tzinfo, *, names: bool) -> None:
    """One pause at a time, with buttons to the one before and after: as it is told to a group."""
    played = pauses_played(here)
    key = f"{_AT}/{here.room.id}"
    number = min(max(int(st.session_state.get(key, 0)), 0), len(played) - 1)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Pause before", key=f"{key}/back", disabled=number == 0):
            st.session_state[key] = number - 1
            st.rerun(scope="app")
        if st.button("Next pause", key=f"{key}/on", disabled=number + 1 == len(played)):
            st.session_state[key] = number + 1
            st.rerun(scope="app")
        html.show(f'<p class="tw-faint">Pause {number + 1} of {len(played)}</p>')
    html.show(pause_html(here, played[number], zone, names=names))


def pause_html(here: Standing, pause: Pause, zone: tzinfo, *, names: bool) -> str:
    """Everything about one pause."""
    story = here.room.course.story
    way = "" if pause.on is None else f" · way: {way_text(story, pause.on)}"
    told = (
        f'<div class="tw-told"><b>{pause.at.astimezone(zone):%d-%b %H:%M}{esc(way)}</b>'
        f"{esc(one_flow(pause.says))}</div>"
    )
    asked = "".join(
        _question(here, pause, question, zone, names=names) for question in pause.questions
    )
    done = _done(here, pause, zone, names=names)
    return f'<section class="tw-replayed">{told}{asked}{done}</section>'


def _done(here: Standing, pause: Pause, zone: tzinfo, *, names: bool) -> str:
    """What the group entered and acknowledged between the pause before and this one."""
    said = [
        (one.name if names else "", text)
        for one in here.trainees
        if pause in here.room.course.story.on(branch_of(here.room.course, here.answers(one.name)))
        for text in _deeds(here, pause, one.name, zone)
    ]
    if not said:
        return ""
    lines = "".join(f"<li><b>{esc(name)}</b> {esc(text)}</li>" for name, text in said)
    return f'<h3 class="tw-asked">Entered and acknowledged</h3><ul>{lines}</ul>'


def _deeds(here: Standing, pause: Pause, name: str, zone: tzinfo) -> Iterator[str]:
    rows = [one for one in here.deeds.get(name, ()) if _falls_at(here, pause, one)]
    for at, kind, text in entered(rows, zone):
        yield f"{kind}, {at.astimezone(zone):%d-%b %H:%M}: {text}"
    flags = graded(here.room.course, pause.on, pause.at, room=here.room.id).assessment.flags
    titles = {flag.id: flag.says for flag in flags}
    for alert, reason in acknowledged(rows).items():
        yield f"acknowledged: {titles.get(alert, alert)}. {reason}"


def _falls_at(here: Standing, pause: Pause, deed: Noted) -> bool:
    """Whether it was done up to this pause and after the one before; the last takes the rest."""
    times = sorted({one.at for one in pauses_played(here)})
    at = datetime.fromisoformat(deed.body["case_at"])
    before = [time for time in times if time < pause.at]
    return (not before or at > before[-1]) and (at <= pause.at or pause.at == times[-1])


def _question(
    here: Standing, pause: Pause, question: Answerable, zone: tzinfo, *, names: bool
) -> str:
    answers = answers_to(here, question.id)
    said = voices_html(voices(question, answers, in_words), len(answers), names=names, whys=True)
    many = len(answers)
    count = "nobody answered" if many == 0 else f"{many} answered"
    group = (
        f'<h3 class="tw-asked">{esc(question.asks)} <small>{count}</small></h3>{said}'
        f"{_right(question)}"
    )
    if not isinstance(question, GradeQuestion):
        return f'<section class="tw-said">{group}</section>'
    return (
        f'<section class="tw-said tw-beside-receipt"><div>{group}</div>'
        f"<div>{_receipt(here, pause, question, zone)}</div></section>"
    )


def _right(question: Answerable) -> str:
    """The right answer with its reason and its source; of a choice the list has shown it."""
    said = ""
    if not isinstance(question, ChoiceQuestion):
        said = f"<p>Right is <b>{esc(in_words(question, right_answer(question)))}</b></p>"
    source = sources().get(question.source)
    title = question.source if source is None else source.title
    return (
        f"{said}<p><b>Why:</b> {esc(question.why)}</p>"
        f'<p class="tw-faint">Source: {esc(title)}; {esc(question.place)} '
        f'<span class="tw-mark">{esc(badge_text(question.verification, None))}</span></p>'
    )


def _receipt(here: Standing, pause: Pause, question: GradeQuestion, zone: tzinfo) -> str:
    """How the grader comes to its grade from what was on record at that hour."""
    state = graded(here.room.course, pause.on, pause.at, room=here.room.id)
    grade = state.assessment.grades.get(question.scale)
    return (
        '<p class="tw-faint">The grader, from the records of that hour:</p>'
        f"{card_html(SCALES[question.scale], grade, pause.at, zone)}"
    )
