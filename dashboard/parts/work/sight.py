"""The switch for quiet nights: only what is critical in sight, on the board and the work list."""

from __future__ import annotations

from typing import Final

import streamlit as st

__all__ = ["critical_only"]

_KEPT: Final = "critical-only"  # the pages share it; a widget's own state ends with its page
_HELP: Final = (
    "Emergencies and checks overdue by a whole interval. It hides the others and says how many; "
    "it mutes nothing."
)


def critical_only(page: str) -> bool:
    """Draw the switch; whether it is on. It is off in every new session."""
    key = f"{_KEPT}-{page}"
    if key not in st.session_state:
        st.session_state[key] = st.session_state.get(_KEPT, False)
    st.toggle("Critical only", key=key, help=_HELP, on_change=_keep, args=(key,))
    return st.session_state[key] is True


def _keep(key: str) -> None:
    st.session_state[_KEPT] = st.session_state[key]
