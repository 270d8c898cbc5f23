"""Who acts at this screen, and saying in words what training refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

import streamlit as st

from dashboard import session
from dashboard.parts.forms.plain import as_text
from dashboard.session import Person
from dashboard.training.doing import Desk
from dashboard.training.keeping.opening import training_store

__all__ = ["Later", "desk", "later", "refused"]


def desk(person: Person | None) -> Desk:
    """Everything a deed needs: the journal, who, and the time by the wall."""
    return Desk(training_store(), session.live_store(), person, session.now())


@dataclass(frozen=True, slots=True)
class Later:
    """Who a file is offered to, for when it is fetched: outside of any session, nobody is there."""

    person: Person | None
    zone: tzinfo

    def desk(self) -> Desk:
        """The desk of that person at the time of fetching."""
        return desk(self.person)


def later() -> Later:
    """The person and the zone of this screen, to be remembered by what is fetched from it."""
    return Later(session.signed_on(), session.zone())


def refused(error: Exception) -> None:
    """Why it was not stored; what was typed stays in its fields."""
    st.error(as_text(error), icon=":material/block:")
