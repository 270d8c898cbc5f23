"""
"Mine": the patients somebody has chosen for this screen. Nothing of it is stored.

The choice stands in the address of the tab, as the same opaque references as everywhere, so that it
survives a reload; it goes when another person signs on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from dashboard import session

__all__ = ["choose", "pinned"]

_ADDRESS: Final = "mine"
_CHOSEN: Final = "work-pins"
_WHOSE: Final = "work-pins-of"
_WIDGET: Final = "work-pins-choice"


def pinned(known: Sequence[str]) -> list[str]:
    """The chosen patients, those of this ward only."""
    _leave_to_the_next()
    if _CHOSEN not in st.session_state:
        refs = (st.query_params.get(_ADDRESS) or "").split(",")
        found = [session.patient_of(one) for one in refs if one]
        st.session_state[_CHOSEN] = [one for one in found if one is not None]
    chosen: list[str] = st.session_state[_CHOSEN]
    return [one for one in chosen if one in known]


def choose(known: Sequence[str]) -> list[str]:
    """Draw the choice and give it back."""
    before = pinned(known)
    if _WIDGET not in st.session_state:
        st.session_state[_WIDGET] = before
    st.multiselect(
        "My patients",
        known,
        key=_WIDGET,
        on_change=_keep,
        placeholder="Choose the patients you look after this shift",
    )
    return pinned(known)


def _keep() -> None:
    chosen: list[str] = list(st.session_state.get(_WIDGET, ()))
    st.session_state[_CHOSEN] = chosen
    if chosen:
        st.query_params[_ADDRESS] = ",".join(session.ref_of(one) for one in chosen)
    elif _ADDRESS in st.query_params:
        del st.query_params[_ADDRESS]


def _leave_to_the_next() -> None:
    """Another person at this screen begins with nobody chosen."""
    person = session.signed_on()
    if person is None:
        return
    whose = st.session_state.get(_WHOSE)
    st.session_state[_WHOSE] = person.name
    if whose not in (None, person.name):
        st.session_state[_CHOSEN] = []
        st.session_state.pop(_WIDGET, None)
        if _ADDRESS in st.query_params:
            del st.query_params[_ADDRESS]
