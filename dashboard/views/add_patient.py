"""
Add a patient with the therapy, record a further dose, change details, or read in a case file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import glance
from dashboard.parts import html
from dashboard.parts.forms import exposing
from dashboard.parts.forms.admitting import draw_change
from dashboard.parts.forms.changes import Change
from dashboard.parts.forms.importing import draw_import
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.saving import refusal
from dashboard.parts.signing import ask_sign_on, choose_ward
from dashboard.session import PATIENT_KEY, Person, patient_from_url, ref_of, signed_on, store, ward
from dashboard.store import Entry, StoreError, Ward
from dashboard.ward import patient_ids

TASK_KEY: Final = "task"
_TASKS: Final = {
    "new": "New patient",
    "dose": "Dose or infusion",
    "details": "Change details",
    "import": "Case file",
}
_RUNNING: Final = {"stop": "Stop the running infusion", "next": "Next dose or segment"}


def page() -> None:
    """Draw the page for the ward on the screen."""
    html.show('<h1 class="tw-head">Add patient</h1>')
    here, person = ward(), signed_on()
    refused = refusal(person, ())
    if here is None:
        st.info("There is no ward yet.")
        return
    if person is None or refused is not None:
        st.warning(refused or "Sign on first.", icon=":material/badge:")
        if person is None:
            if ask_sign_on("add"):
                st.rerun()
            choose_ward()
        return
    task = _task()
    if task == "new":
        draw_change(Change.new_patient(person, here))
    elif task == "import":
        draw_import(person, here)
    else:
        _draw_for_patient(task, person, here)


def _task() -> str:
    key = "add-patient/task"
    if key not in st.session_state:
        asked = st.query_params.get(TASK_KEY)
        known = PATIENT_KEY in st.query_params
        st.session_state[key] = asked if asked in _TASKS else ("dose" if known else "new")
    chosen = st.segmented_control(
        "What", [*_TASKS], format_func=_TASKS.__getitem__, key=key, required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    return chosen or "new"


def _draw_for_patient(task: str, person: Person, here: Ward) -> None:
    patient_id = patient_from_url()
    if patient_id is None:
        known = patient_ids(here.id)
        chosen = st.selectbox(
            "Patient", known, index=None, placeholder="Type or choose", key="add-patient/who"
        )
        if chosen is not None:
            st.query_params[PATIENT_KEY] = ref_of(chosen)
            st.rerun()
        return
    try:
        history = store().history(patient_id)
    except StoreError as error:
        st.error(as_text(error), icon=":material/error:")
        return
    where = next((one for one in glance.wards(store()) if one.id == history[0].ward_id), here)
    current = {e.kind: e for e in history if e.is_live and e.kind in ("patient", "therapy")}
    if task == "details":
        draw_change(Change.details(person, where, current["patient"], history))
    elif "therapy" not in current:
        draw_change(Change.first_therapy(person, where, current["patient"], history))
    else:
        _draw_exposure(person, where, current["therapy"], history)


def _draw_exposure(person: Person, where: Ward, therapy: Entry, history: tuple[Entry, ...]) -> None:
    stops: Callable[..., Change] | None = None
    if exposing.running_segment(therapy.payload) is not None:
        chosen = st.segmented_control(
            "Which",
            [*_RUNNING],
            format_func=_RUNNING.__getitem__,
            key=f"{therapy.patient_id}:exposure-task",
        )
        if chosen is None:
            st.info("An infusion is running. Say whether it stops, or what comes next.")
            return
        stops = Change.stop if chosen == "stop" else None
    make = stops or Change.next_exposure
    draw_change(make(person, where, therapy, history))
