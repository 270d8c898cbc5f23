"""Which view of the Training page the address asks for, and turning to another one."""

from __future__ import annotations

from typing import Final

import streamlit as st

__all__ = ["ROOM", "STORY", "VIEW", "room_from_url", "turn", "turn_to", "view_from_url"]

VIEW: Final = "view"
ROOM: Final = "room"
STORY: Final = "story"


def view_from_url() -> str:
    """The view of this address; empty for the start page."""
    return st.query_params.get(VIEW) or ""


def room_from_url() -> str | None:
    """The room of this address: its id, or the short code that somebody typed."""
    return st.query_params.get(ROOM) or None


def turn_to(view: str, **more: str) -> None:
    """For a button's callback: the run that follows draws this view."""
    named = {VIEW: view} if view else {}
    st.query_params.from_dict({**named, **more})


def turn(view: str, **more: str) -> None:
    """Draw this view now (does not return)."""
    turn_to(view, **more)
    st.rerun(scope="app")
