"""
"Not done because ...": one tap beside a check that is overdue says why nobody did it.

What is stored is one event. It never moves the clock: the check stays overdue, and the page shows
the reason beside the time that still runs. Of an exam, a refusal, sedation, a tube and sleep are
findings as well. The tap says only that nobody examined; what counts for the grade and for the
clock goes through the exam form and its read-back, which a button beside the reason opens.
"""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.saving import refusal
from dashboard.parts.grade import esc, span_text
from dashboard.parts.patient.exam_filled_in import fill_in, turn_to_exam
from dashboard.parts.patient.left_out import (
    CHECK_NAMES,
    ON_THE_FORM,
    Opened,
    due_now,
    reasons_for,
    standing,
    tell,
    told,
)
from dashboard.parts.signing import ask_sign_on
from dashboard.states import PatientState
from toxmodels.escalation import DueCheck

__all__ = ["CHECK_NAMES", "OTHER", "draw_not_done", "told"]

OTHER: Final = "Other …"
_LAST_TAP: Final = "not-done-stored-at"
_DOUBLE_TAP_S: Final = 0.8
_TOO_SOON: Final = (
    "Not stored: it came right after another tap, as when one taps twice. Tap again if it is meant."
)
_AT_THE_BEDSIDE: Final = (
    "One tap says why nobody examined: the exam stays overdue and no grade changes. As a finding "
    "it counts only from the exam form; a refusal after a scored exam may be aphasia."
)


def draw_not_done(state: PatientState) -> None:
    """The reasons as a row where a check is overdue, folded where it is due; none in the past."""
    found = () if session.at_from_url() is not None else due_now(state)
    if not found:
        return
    # Who may not enter finds out in the fold, which also asks for the name.
    may = refusal(session.signed_on(), ()) is None
    rows = [one for one in found if may and one.overdue_minutes is not None]
    for one in rows:
        late = span_text(timedelta(minutes=one.overdue_minutes or 0))
        label = f"{CHECK_NAMES[one.what]}: {late} overdue · not done because:"
        _offer(state, one, f"not-done-row/{state.patient_id}/{one.what}", label)
    folded = [one for one in found if one not in rows]
    if folded:
        with st.container(horizontal=True, key=f"not-done/{state.patient_id}"):
            for one in folded:
                _fold(state, one)


def _fold(state: PatientState, one: DueCheck) -> None:
    key = f"not-done/{state.patient_id}/{one.what}"
    label = f"{CHECK_NAMES[one.what]} not done because …"
    # Its content is made only while it is open: a page drawn anew costs one button.
    with st.popover(label, key=key, on_change="rerun") as shown:
        if not shown.open:
            st.session_state.pop(f"{key}/reasons/opened", None)
            return
        person = session.signed_on()
        refused = refusal(person, ())
        if refused is not None:
            st.warning(refused)
            if person is None and ask_sign_on(key):
                st.rerun()
            return
        st.text(f"{state.patient_id}: the check stays due.")
        label = f"{CHECK_NAMES[one.what]} not done because:"
        _offer(state, one, f"{key}/reasons", label, fold=key)


def _offer(
    state: PatientState, one: DueCheck, key: str, label: str, *, fold: str | None = None
) -> None:
    """One row of buttons, one widget; a tap stores or opens the field for other words."""
    opened = _opened(state, one, key)
    options = (*reasons_for(one.what), OTHER)
    pressed = _pressed(state, one)
    if st.session_state.get(key) not in (OTHER, pressed):
        st.session_state[key] = pressed
    # Required: a second tap on a button must not take back the first before it has arrived.
    chosen = st.pills(
        label, options, required=True, key=key, on_change=_tapped, args=(opened, key, fold)
    )
    fault = st.session_state.pop(f"{key}/fault", None)
    if fault is not None:
        st.error(as_text(fault))
    if chosen == OTHER:
        _own_words(opened, key, fold)
    if one.what == "neuro":
        _beside(state.patient_id, pressed)


def _beside(patient_id: str, pressed: str | None) -> None:
    """The way to the exam form, with the reason that stands filled in where it is a finding."""
    with st.container(horizontal=True, vertical_alignment="center"):
        found = None if pressed is None else ON_THE_FORM.get(pressed)
        label = "Exam form" if found is None else f"Exam form, “{pressed}” filled in"
        if st.button(label, key=f"exam-form/{patient_id}"):
            fault = None if found is None else fill_in(patient_id, found, session.signed_on())
            if fault is None:
                turn_to_exam(patient_id)
            st.error(as_text(fault))
        html.show(f'<p class="tw-faint tw-where">{esc(_AT_THE_BEDSIDE)}</p>')


def _pressed(state: PatientState, one: DueCheck) -> str | None:
    """The button of the reason that stands: it answers for one round, then the row asks anew."""
    entry = None if one.not_done is None else standing(state, one)
    if entry is None or state.at - entry.observed_at >= timedelta(minutes=one.every_minutes):
        return None
    why = entry.payload.get("why")
    return str(why) if why in reasons_for(one.what) else None


def _opened(state: PatientState, one: DueCheck, key: str) -> Opened:
    """The same offer for every run that draws it, until a reason is stored or the check done."""
    opened = st.session_state.get(f"{key}/opened")
    if isinstance(opened, Opened) and not opened.stored and opened.last_at == one.last_at:
        return opened
    opened = Opened(state.patient_id, one.what, str(uuid.uuid4()), one.last_at)
    st.session_state[f"{key}/opened"] = opened
    return opened


def _own_words(opened: Opened, key: str, fold: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Another reason", key=f"{key}/text", max_chars=200, width=320)
        st.button(
            "Store this reason", key=f"{key}/store", on_click=_written, args=(opened, key, fold)
        )
        st.button("Close", key=f"{key}/close", on_click=_close, args=(key,))


def _close(key: str) -> None:
    st.session_state[key] = None


def _tapped(opened: Opened, key: str, fold: str | None) -> None:
    """A tap on a reason, with the offer as it was drawn."""
    chosen = st.session_state.get(key)
    if chosen is None or chosen == OTHER:
        return
    if _is_second_tap():
        fault: str | None = _TOO_SOON
    else:
        fault = tell(opened, chosen, session.signed_on())
    _answer(fault, key, fold)


def _is_second_tap() -> bool:
    """Whether a reason was stored a moment ago: the page moved under the finger meanwhile."""
    last = st.session_state.get(_LAST_TAP)
    return last is not None and time.monotonic() - last < _DOUBLE_TAP_S


def _written(opened: Opened, key: str, fold: str | None) -> None:
    why = str(st.session_state.get(f"{key}/text") or "").strip()
    fault = tell(opened, why, session.signed_on())
    if fault is None:
        _close(key)
    _answer(fault, key, fold)


def _answer(fault: str | None, key: str, fold: str | None) -> None:
    if fault is not None:
        st.session_state[f"{key}/fault"] = fault
        if st.session_state.get(key) != OTHER:
            _close(key)  # so that the same button can be tapped again
        return
    st.session_state[_LAST_TAP] = time.monotonic()
    if fold is not None:
        st.session_state[fold] = False  # closed: the reason now stands beside the check
