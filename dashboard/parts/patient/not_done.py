"""
"Not done because ...": one tap beside a check that is due says why nobody did it.

What is stored is one event. It never moves the clock: the check stays due, and the page shows
the reason beside the time that still runs. A patient left asleep was not examined, so that reason
leads to the exam form, which asks for consciousness after an attempt to wake.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final

import streamlit as st

from dashboard import session, ward
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.saving import NotAllowed, Sending, refusal, save, stored_with
from dashboard.parts.grade import esc
from dashboard.parts.patient.kept import kept
from dashboard.parts.signing import ask_sign_on
from dashboard.store import Entry, StoreError
from dashboard.ward import PatientState
from toxmodels.escalation import Check, DueCheck

__all__ = ["CHECK_NAMES", "Opened", "draw_not_done", "due_now", "reasons_for", "tell", "told"]

CHECK_NAMES: Final[Mapping[Check, str]] = {
    "vitals": "Vital signs",
    "neuro": "Neurological exam",
    "labs": "Laboratory",
}
ASLEEP: Final = "Asleep, could be woken"
_REASONS: Final = (
    ASLEEP,
    "Refused",
    "Away for imaging or a procedure",
    "Sedated",
    "Intubated",
)
# Of an exam these are findings, and the exam form holds them.
_ON_THE_FORM: Final = (ASLEEP, "Refused", "Sedated", "Intubated")
_LEAST: Final = 3  # letters of a reason of one's own
_WAKE: Final = "Asleep (try to wake), refused, sedated or intubated: record it on the exam form"
_AT_THE_BEDSIDE: Final = (
    "What was found at the bedside counts for the grade, and a refusal after a scored exam may be "
    "aphasia: that is why it goes on the exam form."
)


@dataclass(slots=True)
class Opened:
    """
    One opening of the control; its id makes sure that the reason is stored once.

    ``sent`` is what the first tap sent, with its time, so that a second tap sends the very same.
    """

    patient_id: str
    what: Check
    token: str
    sent: dict[str, str] | None = None
    stored: bool = False


def due_now(state: PatientState) -> tuple[DueCheck, ...]:
    """The checks whose time has come, overdue or not."""
    return tuple(one for one in state.assessment.due if one.due_at <= state.at)


def reasons_for(what: Check) -> tuple[str, ...]:
    """The reasons that are stored as they are; what an exam found goes to its form."""
    return tuple(one for one in _REASONS if what != "neuro" or one not in _ON_THE_FORM)


# What stands beside the check


def told(state: PatientState, one: DueCheck, zone: tzinfo) -> str | None:
    """``not done: refused; AB (nurse), 13:40``: why, who and when; None where nobody said."""
    if one.not_done is None:
        return None
    history = kept(state, "history of not done", lambda: _history(state))
    entry = next((entry for entry in reversed(history) if _is_meant(entry, one)), None)
    if entry is None:  # said without an entry of its own
        return f"not done: {one.not_done.removeprefix('not done at ')}"
    why = entry.payload.get("why") or "no reason recorded"
    when = f"{entry.observed_at.astimezone(zone):%H:%M}"
    return f"not done: {why}; {entry.recorded_by} ({entry.role}), {when}"


def _history(state: PatientState) -> tuple[Entry, ...]:
    return tuple(
        entry
        for entry in session.store().history(state.patient_id)
        if entry.is_live and entry.kind == "event" and entry.payload.get("kind") == "not_done"
    )


def _is_meant(entry: Entry, one: DueCheck) -> bool:
    """Whether a check speaks of this entry; which words name which check, the check knows."""
    why = entry.payload.get("why") or "no reason recorded"
    after = one.last_at is None or entry.observed_at > one.last_at
    said = f"not done at {entry.observed_at.astimezone(UTC):%H:%M} UTC: {why}"
    return after and said == one.not_done


# The control


def draw_not_done(state: PatientState) -> None:
    """One control for each check that is due; none in a view of the past."""
    found = () if session.at_from_url() is not None else due_now(state)
    if not found:
        return
    with st.container(horizontal=True, key=f"not-done/{state.patient_id}"):
        for one in found:
            _control(state, one.what)


def _control(state: PatientState, what: Check) -> None:
    key = f"not-done/{state.patient_id}/{what}"
    label = f"{CHECK_NAMES[what]} not done because …"
    # Its content is made only while it is open: a page drawn anew costs three buttons.
    with st.popover(label, key=key, on_change="rerun") as shown:
        if not shown.open:
            st.session_state.pop(f"{key}/opened", None)
            return
        person = session.signed_on()
        refused = refusal(person, ())
        if refused is not None:
            st.warning(refused)
            if person is None and ask_sign_on(key):
                st.rerun()
            return
        opened = st.session_state.setdefault(
            f"{key}/opened", Opened(state.patient_id, what, str(uuid.uuid4()))
        )
        _reasons(state, opened, key)


def _reasons(state: PatientState, opened: Opened, key: str) -> None:
    fault = st.session_state.pop(f"{key}/fault", None)
    if fault is not None:
        st.error(as_text(fault))
    st.text(f"{state.patient_id}: the check stays due.")
    if opened.what == "neuro":
        there = session.link("enter", state.patient_id, form="neuro")
        html.show(f'<p><a href="{esc(there)}" target="_self">{esc(_WAKE)}</a></p>')
    for reason in reasons_for(opened.what):
        st.button(
            reason, key=f"{key}/{reason}", width="stretch",
            on_click=_tapped, args=(opened, key, reason),
        )  # fmt: skip
    st.text_input("Another reason", key=f"{key}/text", max_chars=200)
    st.button(
        "Store this reason", key=f"{key}/other", width="stretch",
        on_click=_tapped, args=(opened, key, None),
    )  # fmt: skip
    if opened.what == "neuro":
        st.caption(_AT_THE_BEDSIDE)


def _tapped(opened: Opened, key: str, reason: str | None) -> None:
    """A tap on a reason, with the control as it was drawn; None: what was typed."""
    why = str(st.session_state.get(f"{key}/text") or "").strip() if reason is None else reason
    fault = tell(opened, why, session.signed_on())
    if fault is None:
        st.session_state[key] = False  # closed: the reason now stands beside the check
    else:
        st.session_state[f"{key}/fault"] = fault


def tell(opened: Opened, why: str, person: session.Person | None) -> str | None:
    """Store the reason once; the fault in words when it was not stored."""
    if opened.stored:
        return None
    if len(why) < _LEAST:
        return "Not stored: say why in a few words."
    try:
        state = ward.patient_state(opened.patient_id)
        if all(one.what != opened.what for one in due_now(state)):
            return "Not stored: this check is no longer due, somebody has recorded it."
        entry = _entry(opened, why)
        sending = Sending(
            token=opened.token,
            ward_id=state.ward_id,
            patient_id=opened.patient_id,
            entries=[("event", entry)],
            seen_position=state.position,
        )
        save(session.store(), person, sending, now=session.now())
    except (StoreError, NotAllowed) as error:
        return str(error)
    opened.stored = True
    return None


def _entry(opened: Opened, why: str) -> dict[str, Any]:
    """What the first tap sent; another reason after a fault is another entry."""
    if opened.sent is not None and opened.sent["why"] != why:
        history = session.store().history(opened.patient_id)
        if not stored_with(history, opened.token):
            opened.token, opened.sent = str(uuid.uuid4()), None
    if opened.sent is None:
        at = session.now().isoformat(timespec="seconds")
        opened.sent = {"at": at, "kind": "not_done", "what": opened.what, "why": why}
    return opened.sent
