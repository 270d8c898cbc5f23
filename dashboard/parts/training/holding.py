"""
The trainer's room: choose a case, open a room, show how to join, watch, turn the clock, close.

A room is found again by its address, or in the list of those that are still open: a reload of the
trainer's page changes nothing for anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import may
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import age_text, esc
from dashboard.parts.training.acting import desk
from dashboard.parts.training.joining import join_address, joining_html, spelled
from dashboard.parts.training.live import live, standing_of
from dashboard.parts.training.style_trainer import SHEET
from dashboard.parts.training.turning import room_from_url, turn, turn_to
from dashboard.store import StoreError
from dashboard.training import agreement, doing
from dashboard.training.calling import called, neutral_name
from dashboard.training.doing import Desk
from dashboard.training.keeping.journal import Noted
from dashboard.training.room import Standing, clock
from dashboard.training.shelf import Offered, shelf

__all__ = ["page"]

_TOKEN: Final = "train-open-token"  # noqa: S105 - made when the form opens; no secret


def page() -> None:
    """Open a room, or show the one that the address names."""
    html.show_style(SHEET)
    person = session.signed_on()
    if person is None or not may(person.role, "train"):
        st.info("To hold a room, sign on as a trainer.")
        return
    agreement.warm()
    try:
        at = desk(person)
        room = room_from_url()
        if room is None:
            _start(at)
        else:
            _room(at, room)
    except (StoreError, NotAllowed) as error:
        st.error(as_text(error))


# Opening


def _start(at: Desk) -> None:
    html.show('<h1 class="tw-head">Hold a case</h1>')
    known = shelf(at.training.stories()).offered
    if not known:
        st.info("There is no case yet. Write one, or put the samples back.")
        return
    _going_on(at)
    chosen = _choose(known)
    if chosen is not None and st.button("Open the room", key="train-open", type="primary"):
        _open(at, chosen)


def _going_on(at: Desk) -> None:
    """Rooms of this trainer that nobody has closed."""
    mine = at.training.rooms(at.person.name if at.person else None)
    going_on = [one for one in mine if _is_open(at, one)]
    with st.container(horizontal=True):
        for one in going_on:
            title = " ".join(dict(one.body["titles"]).values())
            label = f"Back to {title}, room {spelled(str(one.body['code']))}, "
            label += f"opened {age_text(at.now - one.recorded_at)}"
            if st.button(as_text(label), key=f"train-back/{one.room}"):
                turn("hold", room=one.room)


def _is_open(at: Desk, opened: Noted) -> bool:
    if opened.body.get("way") != "together":
        return False
    return doing.current(at.training, opened.room).room.closed_at is None


def _choose(known: Sequence[Offered]) -> Offered | None:
    by_id = {one.id: one for one in known}
    picked = st.selectbox(
        "Case", [*by_id], index=None, key="train-case", format_func=lambda id_: _label(by_id[id_]),
        placeholder="Choose a case",
    )  # fmt: skip
    if picked is None:
        return None
    chosen = by_id[picked]
    html.show(_about(chosen))
    return chosen


def _label(one: Offered) -> str:
    story = one.course.story
    return f"{story.title} ({story.level}, {story.minutes} min)"


def _about(one: Offered) -> str:
    story = one.course.story
    stops = len({pause.at for pause in story.pauses})
    ways = len(story.branches) + 1
    aims = "".join(f"<li>{esc(aim.says)}</li>" for aim in story.aims)
    return (
        f"<p><b>{esc(neutral_name(one.course))}</b>: what trainees see until the case is over.</p>"
        f"<p>{esc(story.shows)}</p><p class='tw-faint'>For {esc(', '.join(story.audience))}; "
        f"about {story.minutes} min; {stops} pauses; {ways} way{'s' if ways > 1 else ''} through "
        f"it.</p><ul class='tw-words'>{aims}</ul>"
    )


def _open(at: Desk, chosen: Offered) -> None:
    token = st.session_state.setdefault(_TOKEN, secrets.token_urlsafe(16))
    here = doing.open_room(at, id=token, way="together", stories={chosen.id: chosen.files})
    st.session_state.pop(_TOKEN, None)
    turn("hold", room=here.room.id)


# Holding


def _room(at: Desk, asked: str) -> None:
    found = at.training.find_room(asked)
    if found is None:
        st.error("No room is behind this address. It may have been closed: open it from the list.")
        _start(at)
        return
    here = standing_of(at.training, found)
    turned = clock(here, at.now)
    title = called(here.room.course, is_over=turned.is_over)  # trainees look at this wall, too
    html.show(f'<h1 class="tw-head">{esc(title)} <small>{esc(_kind(here))}</small></h1>')
    begun = turned.has_begun
    if here.room.closed_at is None:
        _how_to_join(here, begun=begun)
    live(found, begun=begun)
    _end(at, here)


def _how_to_join(here: Standing, *, begun: bool) -> None:
    """Open until the case begins; afterwards the code alone is enough for who comes late."""
    code = here.room.code
    with st.expander(
        f"How to join: code {spelled(code)}", expanded=not begun,
        key=f"train-join/{begun}/{here.room.id}",
    ):  # fmt: skip
        html.show(joining_html(code, join_address(st.context.url, code)))


def _kind(here: Standing) -> str:
    closed = "" if here.room.closed_at is None else ", closed"
    return f"held by {here.room.held_by}{closed}"


def _end(at: Desk, here: Standing) -> None:
    room = here.room.id
    with st.container(horizontal=True):
        st.button(
            "Debrief", key=f"train-debrief/{room}", on_click=turn_to, args=("debrief",),
            kwargs={"room": room},
        )  # fmt: skip
        if here.room.closed_at is None and st.button("Close the room", key=f"train-close/{room}"):
            st.session_state[f"train-closing/{room}"] = True
    if here.room.closed_at is None and st.session_state.get(f"train-closing/{room}"):
        _ask_close(at, here)


def _ask_close(at: Desk, here: Standing) -> None:
    """Closing cannot be undone: it is asked once more, with what it ends."""
    room = here.room.id
    with st.container(border=True):
        st.text("Close the room? Its code ends, and nothing that is answered later counts.")
        with st.container(horizontal=True):
            if st.button("Close it now", key=f"train-close-now/{room}", type="primary"):
                doing.close_room(at, id=f"{room}/close", room=room)
                st.session_state.pop(f"train-closing/{room}")
                st.rerun(scope="app")
            if st.button("Leave it open", key=f"train-close-not/{room}"):
                st.session_state.pop(f"train-closing/{room}")
                st.rerun(scope="app")
