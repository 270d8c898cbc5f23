"""
The two steps of an entry: typing, and reading back. Saving lies behind the second.
"""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard.accounts.permissions import may
from dashboard.parts.forms.check import Entry, faults
from dashboard.parts.forms.correcting import WITHDRAW, ask_reason, draw_old, reason_of
from dashboard.parts.forms.desk import Desk, confirm_identity, draw_identity, identity
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.readback import Reading, ask_concerns, draw_grades, draw_values
from dashboard.parts.forms.saving import NotAllowed, Sending, refusal, save
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.state import FormState, forget_draft, keep_draft, renew, start_over
from dashboard.parts.forms.when import Stated, ask_time
from dashboard.parts.grade import age_text
from dashboard.session import now, store
from dashboard.store import OutcomeUnknown, StoreError, SubmissionReused


def draw_edit(desk: Desk, state: FormState) -> None:
    """The form itself. Nothing in it saves: its button leads to the read-back."""
    _say_restored(desk, state)
    draw_old(desk, state)
    if state.is_empty:
        state.started_at = desk.now
    old = None if desk.replaced is None else desk.form.values_of(desk.replaced.payload)
    sheet = state.sheet(old)
    when = ask_time(state.sheet(), desk.form.asks_when, state.started_at, desk.now)
    time_fault = desk.form.draw(sheet, desk.around)
    _ask_attribution(desk, sheet)
    if desk.replaced is not None:
        ask_reason(state.sheet())
    problem = keep_draft(store(), desk.person.name, state, desk.now)
    if problem is not None:
        st.warning(as_text(problem), icon=":material/warning:")
    _buttons(desk, state, when, time_fault)


def _say_restored(desk: Desk, state: FormState) -> None:
    if state.restored_from is None or state.is_empty:
        return
    left, right = st.columns((4, 1))
    with left:
        age = age_text(desk.now - state.restored_from)
        st.info(f"Typed {age} and not saved. Check every value.", icon=":material/draft:")
    with right:
        st.button(
            "Discard",
            key=state.sheet().key("discard"),
            on_click=start_over,
            args=(store(), desk.person.name, state, desk.now),
        )


def _ask_attribution(desk: Desk, sheet: Sheet) -> None:
    signs = desk.form.signs
    if signs is None or not may(desk.person.role, "attribute"):
        return
    with st.expander("Attribute a sign to another cause (physician)"):
        st.caption("Takes the sign out of the grade of this record only; the grade without it "
                   "stays on every screen.")  # fmt: skip
        sheet.several("other_cause", "Signs with another cause", signs)
        sheet.text("other_cause_reason", "What caused them, and how you know")


def _buttons(desk: Desk, state: FormState, when: Stated, time_fault: str | None) -> None:
    sheet = state.sheet()
    draw_identity(identity(desk.patient, desk.ward))
    pressed = st.button("Read back", key=sheet.key("review"), type="primary")
    withdraw = False
    if desk.replaced is not None:
        withdraw = st.button("Withdraw the old entry instead", key=sheet.key(WITHDRAW))
    nobody = desk.form.kind == "treatment" and desk.patient.case.treatments is None
    none_given = nobody and st.button(
        "No treatment given so far: record that", key=sheet.key("none"), disabled=not state.is_empty
    )
    if withdraw:
        _read_back(state, (("withdrawal", {}),), _withdrawal_problems(state))
    elif none_given:
        _read_back(state, (("none_found", {"section": "treatments"}),), [])
    elif pressed or state.asked_again:
        entries = () if when.at is None else desk.form.entries(state.values, _iso(when.at))
        problems = _problems(desk, state, when, time_fault, entries)
        if pressed:
            _read_back(state, entries, problems)
        else:
            _say_problems(problems)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _read_back(state: FormState, entries: tuple[Entry, ...], problems: list[str]) -> None:
    state.asked_again = bool(problems)
    if problems:
        _say_problems(problems)
        return
    state.entries, state.reason, state.step = entries, reason_of(state.values), "readback"
    st.rerun()


def _withdrawal_problems(state: FormState) -> list[str]:
    return [] if reason_of(state.values) is not None else ["Say why the entry is withdrawn."]


def _problems(
    desk: Desk,
    state: FormState,
    when: Stated,
    time_fault: str | None,
    entries: tuple[Entry, ...],
) -> list[str]:
    """Everything that stands between the form and its read-back, all at once."""
    found = [] if when.at is not None else [when.fault or "State the time of the reading."]
    found += [] if time_fault is None else [time_fault]
    if state.is_empty:
        found.append("Nothing is recorded yet.")
    elif when.at is not None and not entries:
        found.append("There is nothing to save yet.")
    found += desk.form.gaps(state.values)
    found += [str(fault) for fault in faults(entries, desk.patient.patient_id)]
    if desk.replaced is not None and reason_of(state.values) is None:
        found.append("Say why the entry is corrected.")
    refused = refusal(desk.person, entries)
    return found + ([] if refused is None else [refused])


def _say_problems(problems: list[str]) -> None:
    if problems:
        listed = "\n".join(f"- {as_text(problem)}" for problem in problems)
        st.error(f"Not ready to read back:\n{listed}", icon=":material/edit:")


def draw_readback(desk: Desk, state: FormState) -> None:
    """Show what will be stored; only from here can it be saved."""
    st.subheader("Read back: is this what you mean?")
    reading = Reading(
        state.entries,
        desk.history,
        desk.replaced,
        desk.now,
        desk.zone,
    )
    draw_values(reading)
    if state.reason is not None:
        st.text(f"Reason: {state.reason}")
    draw_grades(reading, desk.patient)
    sheet = state.sheet()
    sure = ask_concerns(sheet, state.entries)
    draw_identity(identity(desk.patient, desk.ward))
    sure = confirm_identity(sheet, desk.patient, desk.ward) and sure
    left, right, _ = st.columns((1, 1, 2))
    with left:
        pressed = st.button(
            "Save", key=sheet.key("save"), type="primary", disabled=not sure, width="stretch"
        )
    with right:
        back = st.button("Back to edit", key=sheet.key("back"), width="stretch")
    if pressed:
        problem = _send(desk, state)
        if problem is None:
            st.rerun()
        st.error(as_text(problem), icon=":material/sync_problem:")
        if state.reused:
            st.button(
                "Both are meant: make this a new entry",
                key=sheet.key("renew"),
                on_click=renew,
                args=(state,),
            )
    elif back:
        state.step = "edit"
        st.rerun()


def _send(desk: Desk, state: FormState) -> str | None:
    """Save, and say why not; no call to Streamlit in here, which could cut the run."""
    sending = Sending(
        token=state.token,
        ward_id=desk.ward.id,
        patient_id=desk.patient.patient_id,
        entries=state.entries,
        seen_position=state.seen_position,
        replaces=None if desk.replaced is None else desk.replaced.entry_id,
        reason=state.reason,
    )
    try:
        save(store(), desk.person, sending, now=now())
    except OutcomeUnknown as error:
        return f"{error} Press Save again: it is stored once, however often it is sent."
    except SubmissionReused as error:
        state.reused = True
        return f"{error} Another tab of yours has saved this form with other values."
    except (StoreError, NotAllowed) as error:
        return str(error)
    state.step, state.saved_at = "saved", now()
    forget_draft(store(), desk.person.name, state)
    return None
