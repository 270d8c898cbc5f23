"""
Confirming or overriding one proposal: a dialog for physicians, stored once, sent nowhere.

What is decided is what stood on the screen: the rule, its words and its dose travel with the
journal position, and a dialog that has been overtaken by a new entry stores nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import streamlit as st

from dashboard import session, ward
from dashboard.accounts.allowing import allow
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import may
from dashboard.live import Tap
from dashboard.parts import dialogs, html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc, urgency_html
from dashboard.parts.patient.advice import ORDERS_NOTHING, dose_text
from dashboard.parts.signing import ask_sign_on
from dashboard.states import PatientState
from dashboard.store import DecisionChoice, StoreError
from toxmodels.protocols import Advice

__all__ = [
    "Opened",
    "advice_of",
    "decide",
    "decide_if_asked",
    "draw_decision",
    "open_decision",
]

LEAST_REASON: Final = 3
_DIALOG: Final = "decide"


@dataclass(frozen=True, slots=True)
class Opened:
    """A dialog as it was opened; its id makes sure that the decision is stored once."""

    patient_id: str
    protocol: str
    rule: str
    position: int
    decision_id: str


def open_decision(tap: Tap) -> None:
    """Somebody tapped Decide beside a proposal: show the dialog."""
    patient_id = session.patient_of(tap.ref)
    protocol, _, rule = (tap.alert or "").partition(" ")
    if patient_id is None or not rule or tap.position is None:
        return
    dialogs.open_(
        _DIALOG,
        Opened(patient_id, protocol, rule, tap.position, decision_id=str(uuid.uuid4())),
    )


def decide_if_asked(at: datetime | None) -> None:
    """Open the dialog that was tapped for; never for a view of the past."""
    opened: Opened | None = dialogs.asked(_DIALOG)
    if opened is None:
        return
    if at is not None:
        dialogs.close()
        return
    state = ward.patient_state(opened.patient_id)
    one = advice_of(state, opened)
    if one is not None and state.position == opened.position:
        _dialog(state, one, opened)
        return
    dialogs.close()
    st.toast(
        "This advice no longer stands: look at the page again."
        if state.position == opened.position
        else "Something new has come in for this patient: look at it first."
    )


def advice_of(state: PatientState, opened: Opened) -> Advice | None:
    """The proposal that a dialog was opened for, if it still stands."""
    return next(
        (
            one
            for one in state.assessment.advice
            if (one.protocol, one.rule) == (opened.protocol, opened.rule)
        ),
        None,
    )


@st.dialog("Confirm or override", on_dismiss=dialogs.close)
def _dialog(state: PatientState, one: Advice, opened: Opened) -> None:
    draw_decision(state, one, opened)


def draw_decision(state: PatientState, one: Advice, opened: Opened) -> None:
    """What the dialog holds: the proposal as it stood, and for a physician the two answers."""
    html.show(_shown(state, one))
    person = session.signed_on()
    if person is None:
        st.warning("Sign on first: a decision carries a name.")
        if ask_sign_on("decide"):
            st.rerun(scope="fragment")  # the dialog stays open
        return
    if not may(person.role, "decide"):
        st.info(
            "Only a physician confirms or overrides advice. You are signed on as "
            f"{as_text(person.name)}, {person.role}; nothing was stored. "
            "Please ask the physician in charge."
        )
        return
    # No form: its first button would be pressed by Ctrl+Enter in the field of the reason.
    key = f"decide-{opened.decision_id}"
    reason = st.text_area("Reason (needed to override)", max_chars=300, height=80, key=key)
    left, right = st.columns(2)
    confirmed = left.button("Confirm", type="primary", width="stretch", key=f"{key}-yes")
    overridden = right.button("Override", width="stretch", key=f"{key}-no")
    st.caption(
        f"Signed {as_text(person.name)}, {person.role}. It is written down here and sent nowhere: "
        "no order, no message, no prescription."
    )
    if not confirmed and not overridden:
        return
    choice: DecisionChoice = "confirmed" if confirmed else "overridden"
    fault = decide(state, one, opened, choice=choice, reason=reason.strip(), person=person)
    if fault is None:
        dialogs.close()
        st.rerun()
    st.error(fault)


def _shown(state: PatientState, one: Advice) -> str:
    dose = ""
    if one.drug is not None:
        worked = "" if one.arithmetic is None else f" ({esc(one.arithmetic)})"
        dose = f'<p class="tw-dose"><b>{esc(dose_text(one))}</b>{worked}</p>'
        if one.blocked_by is not None:
            dose += f'<p class="tw-blocked"><b>BLOCKED:</b> {esc(one.blocked_by)}</p>'
    return (
        f"<p>Patient <b>{esc(state.patient_id)}</b></p>"
        f'<div class="tw-adv tw-{one.urgency}"><p class="tw-adv-says">{urgency_html(one.urgency)} '
        f"{esc(one.advise)}</p>{dose}"
        f'<p class="tw-foot">{esc(one.rule)}</p></div><p class="tw-faint">{ORDERS_NOTHING}</p>'
    )


def decide(
    state: PatientState,
    one: Advice,
    opened: Opened,
    *,
    choice: DecisionChoice,
    reason: str,
    person: session.Person,
) -> str | None:
    """Store it; the fault in words when it was not stored."""
    try:
        allow(
            session.store(), person, "decide",
            now=session.now(), ward_id=state.ward_id, patient_id=state.patient_id,
        )  # fmt: skip
    except NotAllowed as refused:
        return f"Not stored: only a physician confirms or overrides advice. {refused}"
    if choice == "overridden" and len(reason) < LEAST_REASON:
        return "Not stored: an override needs a reason in a few words."
    try:
        session.store().decide(
            decision_id=opened.decision_id,
            ward_id=state.ward_id,
            patient_id=state.patient_id,
            rule=one.rule,
            protocol=one.protocol,
            choice=choice,
            advise=one.advise,
            dose_mg=one.dose_mg,
            reason=reason or None,
            seen_position=opened.position,
            recorded_by=person.name,
            role=person.role,
            now=session.now(),
        )
    except StoreError as error:
        return str(error)
    return None
