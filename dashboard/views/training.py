"""
The Training page: one address, and the view of it that the address asks for.

It stands inside a frame that no page of the ward has, because a patient in it was made up: nobody
may take one for the other. Nothing here reads or writes a patient of a ward.
"""

from __future__ import annotations

import importlib
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import IN_WORDS, may
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc
from dashboard.parts.training.arriving import ask_who
from dashboard.parts.training.turning import room_from_url, turn_to, view_from_url
from dashboard.store import StoreError
from dashboard.training.keeping.opening import training_store
from dashboard.training.showing import patient_name

# view -> the module that draws it, and the action that a role needs for it
VIEWS: Final = {
    "": ("catalogue", "learn"),
    "play": ("playing", "learn"),
    "hold": ("holding", "train"),
    "debrief": ("debrief", "learn"),
    "verify": ("verifying", "learn"),
    "author": ("authoring", "train"),
    "calibrate": ("calibrating", "learn"),
    "progress": ("progress", "learn"),
}


def page() -> None:
    """Draw the frame, ask who is here, then draw the view."""
    frame()
    try:
        training_store()
    except StoreError as error:
        st.error(as_text(error), icon=":material/database:")
        return
    person = session.signed_on()
    if person is None:
        ask_who()
        return
    found = VIEWS.get(view_from_url())
    if found is None:
        _nowhere("There is no such view of Training.")
        return
    module, action = found
    if not may(person.role, action):
        _nowhere(f"As {person.role} you may not {IN_WORDS[action]}. Sign on as a trainer for it.")  # type: ignore[index]
        return
    if view_from_url():
        st.button("◀ All cases", key="training-home", on_click=turn_to, args=("",))
    try:
        importlib.import_module(f"dashboard.parts.training.{module}").page()
    except (StoreError, NotAllowed) as error:
        st.error(as_text(error), icon=":material/error:")


def frame() -> None:
    """The band that says what this is; the stripes around the page hang on it."""
    room = room_from_url()
    named = ""
    found = None if room is None or view_from_url() != "play" else _room(room)
    if found is not None:
        named = f" <b>{esc(patient_name(found))}</b>"
    html.show(
        f'<div class="tw-training" role="note"><b>TRAINING: invented patient</b>{named} '
        "<span>Nothing here is about a patient of the ward.</span></div>"
    )


def _room(asked: str) -> str | None:
    try:
        return training_store().find_room(asked)
    except StoreError:
        return None


def _nowhere(says: str) -> None:
    st.info(as_text(says))
    st.button("All cases", key="training-home", on_click=turn_to, args=("",))
