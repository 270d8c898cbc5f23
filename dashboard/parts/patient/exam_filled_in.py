"""
From a reason why an exam could not be done to the exam form with that reason on it.

Nothing is stored here. Such an exam ends the wait for the check and opens a score that was known,
and sedation sets a recorded level of consciousness aside: it is read back like every entry.
"""

from __future__ import annotations

from typing import Final, NoReturn

import streamlit as st

from dashboard import session, ward
from dashboard.parts.forms.saving import refusal
from dashboard.parts.forms.state import FormState, open_form, seed, start_over
from dashboard.parts.forms.when import TIME_FIELD
from dashboard.store import Entry, StoreError

__all__ = ["fill_in", "turn_to_exam"]

_KIND: Final = "neuro"
# All that a form holds which came from here: why the exam could not be done, and when.
_OURS: Final = frozenset({"exam", "how", "unable"})


def fill_in(patient_id: str, unable: str, person: session.Person | None) -> str | None:
    """Put the reason on this person's exam form; the fault in words when that cannot be."""
    refused = refusal(person, ())
    if person is None or refused is not None:
        return refused
    try:
        ward.patient_state(patient_id)  # says what is wrong with a patient that cannot be shown
        history = session.store().history(patient_id)
    except StoreError as error:
        return str(error)
    form = _form(person.name, patient_id, history)
    if not _is_free(form):
        return None  # an exam is being written: the answers typed there stay as they are
    start_over(session.store(), person.name, form, session.now())
    form = _form(person.name, patient_id, history)
    form.seen_position = history[-1].position
    seed(form, {"how": "unable", "unable": [unable]})
    form.restored_from = session.now()  # the form then says so, and offers to discard it
    return None


def _form(who: str, patient_id: str, history: tuple[Entry, ...]) -> FormState:
    return open_form(
        session.store(), who, patient_id,
        kind=_KIND, replaces=None, history=history, now=session.now(),
    )  # fmt: skip


def _is_free(form: FormState) -> bool:
    """Whether nobody typed anything into it that is not stored yet."""
    if form.step == "saved" or form.is_empty:
        return True
    others = [name for name in form.values if not name.startswith(TIME_FIELD)]
    return form.step == "edit" and _OURS.issuperset(others)


def turn_to_exam(patient_id: str) -> NoReturn:
    """Turn to the page Enter with the exam form open."""
    from dashboard.views import pages  # the pages import the parts

    there = {**session.parameters(patient_id), "form": _KIND}
    st.switch_page(pages()["enter"], query_params=there)
