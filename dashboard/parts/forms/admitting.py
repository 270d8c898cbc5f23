"""
The steps of a change to patient or therapy: fill in, read back, save; as on the entry page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import streamlit as st

from dashboard.parts import html
from dashboard.parts.forms import admission, exposing
from dashboard.parts.forms.changes import Change
from dashboard.parts.forms.check import Entry, concerns, faults
from dashboard.parts.forms.outcome import draw_saved
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.readback import ask_concerns, table_html
from dashboard.parts.forms.saving import NotAllowed, Sending, save, stored_with
from dashboard.parts.forms.state import (
    FormState,
    forget_draft,
    keep_draft,
    open_form,
    seed,
    start_over,
)
from dashboard.parts.grade import age_text
from dashboard.session import go, now, store, zone
from dashboard.store import StoreError, UnknownPatient

NEW: Final = "(new patient)"
_WANTED: Final[Mapping[str, str]] = {
    "age_years": "age",
    "sex": "sex",
    "height_cm": "height",
    "weight_kg": "weight",
    "developmental_delay": "developmental delay",
    "baseline_ice": "baseline ICE",
    "baseline_capd": "baseline CAPD",
    "baseline_systolic_mmhg": "usual systolic pressure",
    "baseline_oxygen": "usual oxygen",
    "baseline_echo_at": "echocardiogram before therapy",
    "allergies": "allergies",
    "conditions": "other conditions",
}


def draw_change(change: Change) -> None:
    """Draw the step this change is in."""
    at = now()
    state = open_form(
        store(), change.person.name, change.patient_id or NEW,
        kind=change.form, replaces=None if change.replaced is None else change.replaced.entry_id,
        history=change.history, now=at,
    )  # fmt: skip
    if change.start is not None and not state.values:
        seed(state, change.start)
    if change.patient_id is not None:
        st.text(f"Patient {change.patient_id}  |  {change.ward.name}")
    if state.step == "saved":
        _draw_saved(change, state)
    elif state.step == "readback":
        _draw_readback(change, state)
    else:
        _draw_edit(change, state, at)


def _draw_edit(change: Change, state: FormState, at: datetime) -> None:
    sheet = state.sheet()
    if state.restored_from is not None and not state.is_empty:
        st.info(f"Typed {age_text(at - state.restored_from)} and not saved. Check every value.")
        st.button(
            "Discard", key=sheet.key("discard"), on_click=start_over,
            args=(store(), change.person.name, state, at),
        )  # fmt: skip
    time_fault = change.draw(sheet, at)
    kept = keep_draft(store(), change.person.name, state, at)
    if kept is not None:
        st.warning(as_text(kept))
    st.divider()
    pressed = st.button("Read back", key=sheet.key("review"), type="primary")
    if pressed or state.asked_again:
        entries = change.make(state.values, at)
        problems = _problems(change, state, at, time_fault, entries)
        state.asked_again = bool(problems)
        if problems:
            listed = "\n".join(f"- {as_text(problem)}" for problem in problems)
            st.error(f"Not ready to read back:\n{listed}", icon=":material/edit:")
        elif pressed:
            state.entries, state.step = tuple(entries), "readback"
            state.reason = change.reason or state.values.get("why")
            st.rerun()


def _problems(
    change: Change, state: FormState, at: datetime, time_fault: str | None, entries: list[Entry]
) -> list[str]:
    found = [] if time_fault is None else [time_fault]
    patient_id = change.patient_id or state.values.get("id")
    if patient_id is None:
        return ["Give the study id."]
    if not entries:
        return [*found, "There is nothing to save yet."]
    found += exposing.exposure_gaps(state.values)
    found += admission.future_days(state.values, at)
    found += [str(fault) for fault in faults(entries, patient_id)]
    if change.patient_id is None and _is_known(patient_id):
        found.append(f"{patient_id} is on record already; two people must not share an id.")
    if change.replaced is not None and change.reason is None and not state.values.get("why"):
        found.append("Say why it changes.")
    same = change.replaced is not None and entries[0][1] == dict(change.replaced.payload)
    return [*found, "Nothing has changed."] if same else found


def _is_known(patient_id: str) -> bool:
    try:
        store().history(patient_id)
    except UnknownPatient:
        return False
    return True


def _draw_readback(change: Change, state: FormState) -> None:
    st.subheader("Read back: is this what you mean?")
    before = {} if change.replaced is None else dict(change.replaced.payload)
    for kind, payload in state.entries:
        st.text(kind.capitalize())
        html.show(table_html(rows(payload, before if change.replaced is not None else None)))
        left_out = unsaid(kind, payload)
        if left_out:
            st.text("Not recorded: " + ", ".join(left_out))
    if change.form == "patient" and all(kind != "therapy" for kind, _ in state.entries):
        st.text("Therapy: not recorded")
    if state.reason is not None:
        st.text(f"Reason: {state.reason}")
    sheet = state.sheet()
    sure = ask_concerns(sheet, state.entries) if concerns(state.entries) else True
    st.divider()
    st.text(f"Patient {change.patient_id or state.values.get('id')}  |  {change.ward.name}")
    left, right, _ = st.columns((1, 1, 2))
    with left:
        pressed = st.button("Save", key=sheet.key("save"), type="primary", disabled=not sure)
    with right:
        back = st.button("Back to edit", key=sheet.key("back"))
    if pressed:
        problem = _send(change, state)
        if problem is None:
            st.rerun()
        st.error(as_text(problem), icon=":material/sync_problem:")
    elif back:
        state.step = "edit"
        st.rerun()


def unsaid(kind: str, payload: Mapping[str, Any]) -> list[str]:
    """What grading or dosing would use and the record leaves out."""
    if kind == "therapy":
        if exposing.has_begun(payload):
            return []
        ready = payload.get(exposing.READY) is not None
        stock = [] if ready else ["doses of tocilizumab at hand"]
        return ["time of a first dose or infusion", *stock]
    return [label for name, label in _WANTED.items() if payload.get(name) is None]


def rows(
    payload: Mapping[str, Any], before: Mapping[str, Any] | None
) -> list[tuple[str, str, str]]:
    """A record as rows, each with what it was before."""
    found = []
    for name, value in payload.items():
        note = ""
        if before is not None:
            same = before.get(name) == value
            note = "as before" if same else f"was {plain_text(before.get(name))}"
        found.append((name.replace("_", " "), plain_text(value), note))
    gone = [n for n in before or {} if n not in payload]
    return found + [(n.replace("_", " "), "not recorded", f"was {plain_text((before or {})[n])}")
                    for n in gone]  # fmt: skip


def plain_text(value: Any) -> str:
    """A value of any record as a person reads it; times in the ward's zone."""
    if value is None:
        return "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k.replace('_', ' ')} {plain_text(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(plain_text(one) for one in value) or "looked: none"
    text = str(value)
    if len(text) > len("2026-03-01") and text[4:5] == "-" and text[10:11] == "T":
        return f"{datetime.fromisoformat(text).astimezone(zone()):%H:%M, %d-%b-%Y}"
    return text


def _send(change: Change, state: FormState) -> str | None:
    """Save, and say why not; no call to Streamlit in here, which could cut the run."""
    sending = Sending(
        token=state.token,
        ward_id=change.ward.id,
        patient_id=change.patient_id or str(state.values["id"]),
        entries=json.loads(json.dumps(state.entries)),
        seen_position=state.seen_position,
        replaces=None if change.replaced is None else change.replaced.entry_id,
        reason=state.reason,
    )
    try:
        save(store(), change.person, sending, now=now())
    except (StoreError, NotAllowed) as error:
        return str(error)
    state.step, state.saved_at = "saved", now()
    forget_draft(store(), change.person.name, state)
    return None


def _draw_saved(change: Change, state: FormState) -> None:
    patient_id = change.patient_id or str(state.values["id"])
    mine = stored_with(store().history(patient_id), state.token)
    if not mine:
        st.error("The journal does not show this change. Reload before entering it again.")
        return
    if change.patient_id is None:  # else it stands above already
        st.text(f"Patient {mine[0].patient_id}  |  {change.ward.name}")
    draw_saved(mine, (), zone())
    first, second, third = st.columns(3)
    with first:
        if st.button("Enter observations", key=state.sheet().key("enter"), type="primary"):
            go("enter", patient_id)
    with second:
        if st.button("To the patient", key=state.sheet().key("patient")):
            go("patient", patient_id)
    with third:
        st.button(
            "Another", key=state.sheet().key("another"), on_click=start_over,
            args=(store(), change.person.name, state, now()),
        )  # fmt: skip
