"""
Coming into training: who is here, and the way into a room by its short code.

A trainer signs on here in a demo as well; on the ward's own pages that role has nothing to enter.
"""

from __future__ import annotations

import uuid
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.authorise import NotAllowed
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc
from dashboard.parts.signing import ask_sign_on
from dashboard.parts.training.acting import desk, refused
from dashboard.parts.training.turning import turn
from dashboard.session import Person
from dashboard.store import StoreError
from dashboard.training.calling import neutral_name
from dashboard.training.keeping.errors import AlreadyJoined
from dashboard.training.keeping.opening import training_store
from dashboard.training.room import Standing

__all__ = ["ROLES", "ask_code", "ask_join", "ask_who", "must_ask"]

ROLES: Final[tuple[session.Role, ...]] = ("nurse", "physician", "trainer", "observer")


def ask_who() -> None:
    """Ask who is here; a result carries a name."""
    html.show(
        '<p class="tw-notice">Sign on first: your answers and your result carry your name.</p>'
    )
    if ask_sign_on("training", ROLES):
        st.rerun()


def ask_code() -> None:
    """The code that the trainer shows; it leads to the room."""
    with st.form("training-code", border=False, enter_to_submit=True):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        with left:
            typed = st.text_input(
                "Code of the room", max_chars=12, placeholder="e.g. K7M 4QP", key="training-code-in"
            )
        with right:
            sent = st.form_submit_button("Join", type="primary", width="stretch")
    if not sent:
        return
    code = "".join((typed or "").split())
    if not code:
        st.error("Type the code that the trainer shows.")
        return
    if training_store().find_room(code) is None:
        st.error(
            f'No open room has the code "{as_text(code)}". Compare it with the trainer\'s screen; '
            "a closed room has none."
        )
        return
    turn("play", room=code)  # by its code: it is asked who comes


def ask_join(here: Standing, person: Person) -> None:
    """Somebody who followed a code or a QR code: one tap, and the name it will carry."""
    is_back = here.trainee(person.name) is not None
    html.show(f'<h2 class="tw-head">{esc(neutral_name(here.room.course))}</h2>')
    if here.room.closed_at is not None and not is_back:
        st.info("This room is closed; nobody can join it any more.")
        return
    st.text(f"Held by {here.room.held_by}. You are {person.name}, {person.role}.")
    if is_back:
        st.warning(
            as_text(
                f"{person.name} takes part in this room already. Two people with the same initials "
                "would answer for each other: go on only if that is you."
            )
        )
    elif here.passed > 0:
        st.text("It has begun. What was asked before you joined does not count for you.")
    label = f"I am {person.name}: go on" if is_back else "Join this room"
    if st.button(as_text(label), type="primary", key="join-room"):
        _join(here, person, again=is_back)
    if is_back and st.button("Somebody else: sign on with other initials", key="join-other"):
        session.sign_off()
        st.rerun()


def _join(here: Standing, person: Person, *, again: bool) -> None:
    from dashboard.training.doing import join

    token = str(uuid.uuid4())
    try:
        join(desk(person), id=token, code=here.room.id, again=again)
    except AlreadyJoined:
        st.rerun()  # the page then asks whether that was the same person
    except (StoreError, NotAllowed) as error:
        refused(error)
        return
    turn("play", room=here.room.id)


def must_ask(here: Standing, person: Person, *, by_code: bool) -> bool:
    """
    Whether this person has to say who they are before the room opens.

    The code is what a stranger has; the room's id stands in the address of who was in it already.
    """
    if here.trainee(person.name) is None:
        return True
    return by_code and person.account_id is None
