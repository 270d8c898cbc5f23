"""
The one dialog of a session: it stays through every redraw until somebody answers or closes it.

A run that does not draw the dialog again closes it, and a run starts whenever anything is entered
in the ward. So what a dialog was opened for is kept, not taken, and each run of its page asks for
it. Another page, another patient or another time ends it.
"""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from dashboard import session

_OPEN: Final = "open-dialog"
_WHERE: Final = "open-dialog-on"


def open_(name: str, about: Any) -> None:
    """Let this and the following runs of the page draw the dialog of this name."""
    st.session_state[_OPEN] = (name, about)


def asked(name: str) -> Any | None:
    """What the dialog of this name was opened for; ``None`` when it is not open."""
    found: tuple[str, Any] | None = st.session_state.get(_OPEN)
    return found[1] if found is not None and found[0] == name else None


def close() -> None:
    """Draw it no more: it was answered, dismissed, or no longer stands."""
    st.session_state.pop(_OPEN, None)


def turned_to(page: str) -> None:
    """A page is about to be drawn: a dialog of another one, or of another patient, is over."""
    query = st.query_params
    here = (page, *(query.get(key) for key in (session.PATIENT_KEY, session.AT_KEY)))
    if st.session_state.get(_WHERE) != here:
        st.session_state[_WHERE] = here
        close()
