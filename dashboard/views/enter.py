"""
Enter observations: vital signs, neurological exam, treatments, labs and events of one patient.

The patient comes from the address and goes into every key and every payload of the form. A value
is typed, checked, read back and then saved, once, however often the button is pressed.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import glance
from dashboard.parts import html
from dashboard.parts.forms import correcting
from dashboard.parts.forms.desk import Desk, draw_banner
from dashboard.parts.forms.editing import draw_edit, draw_readback
from dashboard.parts.forms.kinds import FORMS
from dashboard.parts.forms.outcome import draw_grade, draw_next, draw_saved, entry_text
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.saving import refusal, stored_with
from dashboard.parts.forms.state import FormState, open_form, start_over, unsaved_forms
from dashboard.parts.forms.when import TIME_FIELD
from dashboard.parts.signing import ask_sign_on, choose_ward
from dashboard.session import (
    PATIENT_KEY,
    Person,
    go,
    now,
    patient_from_url,
    ref_of,
    signed_on,
    store,
    ward,
    zone,
)
from dashboard.states import PatientState
from dashboard.store import Entry, StoreError
from dashboard.ward import history_of, patient_ids, patient_state

REPLACES_KEY: Final = "replaces"
FORM_KEY: Final = "form"
_NEXT: Final = {"vitals": "neuro", "neuro": "vitals"}
_RECENT: Final = 3


def page() -> None:
    """Draw the page for the patient of the address."""
    html.show('<h1 class="tw-head">Enter observations</h1>')
    person = signed_on()
    if person is None:
        st.warning(refusal(None, ()), icon=":material/badge:")
        if ask_sign_on("enter"):
            st.rerun()
        choose_ward()
        return
    patient_id = patient_from_url()
    if patient_id is None:
        _choose_patient()
        return
    try:
        patient = patient_state(patient_id)
        history = history_of(patient)
    except StoreError as error:
        st.error(as_text(error), icon=":material/error:")
        return
    here = next((one for one in glance.wards(store()) if one.id == patient.ward_id), None)
    refused = refusal(person, ())
    if here is None or refused is not None:
        st.warning(refused or "The ward of this patient is unknown.", icon=":material/badge:")
        return
    draw_banner(patient, here)
    replaced = _replaced(history)
    if replaced is None and REPLACES_KEY in st.query_params:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        kind = _section(patient, person, history) if replaced is None else replaced.kind
        if st.button("Patient page", key=f"enter-patient/{patient_id}"):  # the draft is kept
            go("patient", patient_id)
    desk = Desk(person, here, patient, history, FORMS[kind], replaced, now(), zone())
    state = open_form(
        store(),
        person.name,
        patient_id,
        kind=kind,
        replaces=None if replaced is None else replaced.entry_id,
        history=history,
        now=desk.now,
    )
    if replaced is not None and state.is_empty and TIME_FIELD not in state.values:
        correcting.prefill_time(state, replaced.payload)
    _draw(desk, state)


def _draw(desk: Desk, state: FormState) -> None:
    match state.step:
        case "edit":
            draw_edit(desk, state)
            _draw_recent(desk)
        case "readback":
            draw_readback(desk, state)
        case "saved":
            _draw_outcome(desk, state)


def _choose_patient() -> None:
    here = ward()
    if here is None:
        st.info("There is no ward yet. Add one, then a patient.")
        return
    known = patient_ids(here.id)
    chosen = st.selectbox(
        "Patient",
        known,
        index=None,
        placeholder="Type or choose the patient's id",
        key="enter/patient",
    )
    if chosen is not None:
        st.query_params[PATIENT_KEY] = ref_of(chosen)
        st.rerun()


def _section(patient: PatientState, person: Person, history: tuple[Entry, ...]) -> str:
    """Which form; the address may ask for one, the buttons choose another."""
    key = f"{patient.patient_id}:section"
    if key not in st.session_state:
        asked = st.query_params.get(FORM_KEY)
        st.session_state[key] = asked if asked in FORMS else "vitals"
        _open_drafts(patient.patient_id, person, history)
    unsaved = unsaved_forms(person.name, patient.patient_id, FORMS)
    chosen = st.segmented_control(
        "Form",
        [*FORMS],
        format_func=lambda kind: FORMS[kind].title + (" (not saved)" if kind in unsaved else ""),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    return chosen or "vitals"


def _open_drafts(patient_id: str, person: Person, history: tuple[Entry, ...]) -> None:
    """Once a session: forms left unsaved elsewhere are opened, so that their button says so."""
    for kind in FORMS:
        if store().load_draft(person.name, patient_id, kind) is not None:
            open_form(
                store(), person.name, patient_id,
                kind=kind, replaces=None, history=history, now=now(),
            )  # fmt: skip


def _replaced(history: tuple[Entry, ...]) -> Entry | None:
    """The entry that the address asks to correct; says so when it cannot be."""
    asked = st.query_params.get(REPLACES_KEY)
    if asked is None:
        return None
    # The form of a correction that was just saved is still on the screen.
    saved = any(
        isinstance(state, FormState) and state.replaces == asked and state.step == "saved"
        for state in (st.session_state[key] for key in st.session_state)
    )
    fault = None if saved else correcting.fault_of(asked, history, now())
    if fault is not None:
        st.error(as_text(fault), icon=":material/error:")
        st.button("Enter something new instead", on_click=_forget_correction)
        return None
    return next((entry for entry in history if entry.entry_id == asked), None)


def _forget_correction() -> None:
    del st.query_params[REPLACES_KEY]


def _draw_outcome(desk: Desk, state: FormState) -> None:
    mine = stored_with(desk.history, state.token)
    if not mine:
        st.error("The journal does not show this entry. Reload the page before entering again.")
        return
    others = [
        entry
        for entry in desk.history
        if state.seen_position < entry.position < mine[0].position
        and entry.recorded_by != desk.person.name
    ]
    draw_saved(mine, others, desk.zone)
    draw_grade(desk.patient.assessment)
    draw_next(desk.patient.assessment)
    first, second, third, fourth = st.columns(4)
    following = _NEXT.get(desk.form.kind)
    with first:
        if following is not None and desk.replaced is None:
            st.button(
                f"Next: {FORMS[following].title.lower()}",
                type="primary",
                key=state.sheet().key("next"),
                on_click=_turn_to,
                args=(desk, state, following),
            )
    with second:
        st.button(
            f"Another: {desk.form.title.lower()}",
            key=state.sheet().key("another"),
            on_click=_turn_to,
            args=(desk, state, desk.form.kind),
        )
    with third:
        if st.button("To the patient", key=state.sheet().key("patient")):
            go("patient", desk.patient.patient_id)
    with fourth:
        if st.button("To the board", key=state.sheet().key("board")):
            go("board")


def _turn_to(desk: Desk, state: FormState, kind: str) -> None:
    state.seen_position = desk.history[-1].position
    start_over(store(), desk.person.name, state, now())
    st.session_state[f"{desk.patient.patient_id}:section"] = kind
    if REPLACES_KEY in st.query_params:
        _forget_correction()


def _draw_recent(desk: Desk) -> None:
    """The newest entries as the journal holds them: after a reload, proof of what was saved."""
    newest = [entry for entry in reversed(desk.history) if entry.kind in FORMS][:_RECENT]
    if newest:
        with st.container(border=True):
            st.caption("Last entries for this patient")
            for entry in newest:
                st.text(entry_text(entry, desk.zone))
