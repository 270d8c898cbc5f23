"""
The start page of training: join a room, go on where one stopped, choose a case.

A case is offered by its patient and for whom it is. Its title, which says what it teaches, is shown
to who has played it to the end, and to trainers.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final, get_args

import streamlit as st

from dashboard import session
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import may
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import age_text, esc
from dashboard.parts.training.acting import desk, refused
from dashboard.parts.training.arriving import ask_code
from dashboard.parts.training.turning import turn, turn_to
from dashboard.session import Person
from dashboard.store import StoreError
from dashboard.training.calling import neutral_name
from dashboard.training.keeping.opening import training_store
from dashboard.training.mine import Begun, begun
from dashboard.training.shelf import LEVELS, Offered, fits, shelf
from dashboard.training.story import Audience

__all__ = ["page"]

_ALL: Final = "all"
_AUDIENCES: Final[tuple[Audience, ...]] = get_args(Audience)
_MOST_BEGUN: Final = 3
_A_ROW: Final = 2
_TOKEN: Final = "training-open"  # noqa: S105 - what a session calls its form, no secret


def page() -> None:
    """Draw the start page."""
    person = session.signed_on()
    if person is None:
        return
    html.show('<h1 class="tw-head">Training</h1>')
    left, right = st.columns([5, 7], gap="medium", vertical_alignment="bottom")
    with left:
        ask_code()
    with right:
        _ways(person)
    mine = begun(training_store(), person.name, session.now())
    _go_on([one for one in mine if not one.is_over])
    found = shelf(training_store().stories())
    _cases(found.offered, mine, person)
    if found.faults and may(person.role, "train"):
        st.warning("  \n".join(as_text(f"Cannot be played: {one}") for one in found.faults))


def _ways(person: Person) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="training-ways"):
        st.button("My results", key="to-progress", on_click=turn_to, args=("progress",))
        if may(person.role, "train"):
            st.button("Hold a room", key="to-hold", on_click=turn_to, args=("hold",))
            st.button("Write a case", key="to-author", on_click=turn_to, args=("author",))
            st.button("Calibration", key="to-calibrate", on_click=turn_to, args=("calibrate",))


# What was begun


def _go_on(open_ones: Sequence[Begun]) -> None:
    if not open_ones:
        return
    html.show('<h2 class="tw-sub">Not finished</h2>')
    for one in open_ones[:_MOST_BEGUN]:
        left, right = st.columns([6, 1.4], vertical_alignment="center")
        with left:
            age = age_text(session.now() - one.begun_at)
            said = f"{one.answered} of {one.of} answered, begun {age}"
            html.show(f'<p class="tw-story"><b>{esc(one.title)}</b> {esc(said)}</p>')
        with right:
            st.button(
                "Go on", key=f"go-on-with/{one.room}", type="primary", width="stretch",
                on_click=turn_to, args=(one.view,), kwargs={"room": one.room},
            )  # fmt: skip


# The cases


def _cases(offered: Sequence[Offered], mine: Sequence[Begun], person: Person) -> None:
    html.show('<h2 class="tw-sub">Cases to play</h2>')
    with st.container(horizontal=True):
        level = st.segmented_control(
            "Level", [_ALL, *LEVELS], default=_ALL, required=True, key="training-level",
            format_func=str.capitalize,
        )  # fmt: skip
        audience = st.segmented_control(
            "For", [_ALL, *_AUDIENCES], default=_ALL, required=True, key="training-audience",
            format_func=str.capitalize,
        )  # fmt: skip
    shown = [
        one
        for one in offered
        if fits(one, None if level == _ALL else level, None if audience == _ALL else audience)
    ]
    if not shown:
        st.write("No case is of this level and for this audience. Choose All in one of the two.")
    for first in range(0, len(shown), _A_ROW):
        for column, one in zip(st.columns(_A_ROW), shown[first : first + _A_ROW], strict=False):
            with column.container(border=True):
                _case(one, mine, person)


def _case(one: Offered, mine: Sequence[Begun], person: Person) -> None:
    story = one.course.story
    said = f"{story.level} · {', '.join(story.audience)} · {story.minutes} min · "
    said += "1 question" if one.questions == 1 else f"{one.questions} questions"
    if one.written_by is not None:
        said += f" · written here by {one.written_by}"
    left, right = st.columns([4, 1.7], vertical_alignment="center")
    with left:
        html.show(
            f'<p class="tw-story"><b>{esc(neutral_name(one.course))}</b>'
            f"{_title(one, mine, person)}{_before(one.id, mine)}<br>"
            f'<span class="tw-faint">{esc(said)}</span></p>'
        )
    with right:
        if st.button("Play alone", key=f"play/{one.id}", width="stretch"):
            _open(one, person)


def _title(one: Offered, mine: Sequence[Begun], person: Person) -> str:
    """What the case is about: only for who knows it."""
    is_known = any(begun_.story == one.id and begun_.is_over for begun_ in mine)
    if not is_known and not may(person.role, "train"):
        return ""
    return f"<br>{esc(one.course.story.title)}"


def _before(story: str, mine: Sequence[Begun]) -> str:
    """``played 3 d ago: 9 of 12 right``, of the newest time."""
    done = [one for one in mine if one.story == story and one.is_over and one.of > 0]
    if not done:
        return ""
    newest = max(done, key=lambda one: one.begun_at)
    text = (
        f"played {age_text(session.now() - newest.begun_at)}: {newest.right} of {newest.of} right"
    )
    return f' <span class="tw-mark">{esc(text)}</span>'


def _open(one: Offered, person: Person) -> None:
    """A room of one's own; the token stays until it is open, so that two taps open one."""
    from dashboard.training.doing import open_room

    key = f"{_TOKEN}/{one.id}"
    token = st.session_state.setdefault(key, str(uuid.uuid4()))
    try:
        here = open_room(desk(person), id=token, way="alone", stories={one.id: one.files})
    except (StoreError, NotAllowed) as error:
        refused(error)
        return
    st.session_state.pop(key, None)
    turn("play", room=here.room.id)
