"""Who acts at this screen, and saying in words what training refused."""

from __future__ import annotations

import streamlit as st

from dashboard import session
from dashboard.parts.forms.plain import as_text
from dashboard.session import Person
from dashboard.training.doing import Desk
from dashboard.training.keeping.opening import training_store

__all__ = ["desk", "refused"]


def desk(person: Person | None) -> Desk:
    """Everything a deed needs: the journal, who, and the time by the wall."""
    return Desk(training_store(), session.live_store(), person, session.now())


def refused(error: Exception) -> None:
    """Why it was not stored; what was typed stays in its fields."""
    st.error(as_text(error), icon=":material/block:")
