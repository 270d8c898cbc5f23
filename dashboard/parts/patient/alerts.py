"""
The alerts of one patient: the one to act on first in full, the others folded under it.

No emergency is ever folded away: an open one beside another stands under it, in full as well.

Acknowledging is one tap on a reason. What was on the screen travels with the button, so that a
tap never covers something that came in meanwhile; a second tap finds the first one stored.
"""

from __future__ import annotations

import uuid
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.alerts import REASONS, Alert
from dashboard.parts import html
from dashboard.parts.grade import age_text, esc, flag_html
from dashboard.states import PatientState
from dashboard.views.board import acknowledge

__all__ = ["alerts", "token_of"]

_FAULT: Final = "acknowledging-failed"
_SPACE: Final = uuid.UUID("6f1c2b1e-52d5-4f0f-9f55-2f0a5a1b6d10")


def alerts(state: PatientState, *, is_past: bool) -> None:
    """Draw them; a view of the past only shows, it acknowledges nothing."""
    if not state.alerts:
        return
    first, *others = state.alerts
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        html.show(f'<div class="tw-primary">{flag_html(first.flag)}{_seen(first)}</div>')
    if first.is_open and not is_past:
        with right:
            _acknowledge(state, first)
    fault = st.session_state.pop(f"{_FAULT}/{state.patient_id}", None)
    if fault is not None:
        st.error(fault)
    also = [one for one in others if one.is_open and one.flag.urgency == "emergency"]
    others = [one for one in others if one not in also]
    if also:
        html.show(_listed(also))
    if not others:
        return
    named = "1 more alert or note" if len(others) == 1 else f"{len(others)} more alerts and notes"
    with st.expander(named):
        html.show(_listed(others))


def _listed(some: list[Alert]) -> str:
    items = "".join(f"<li>{flag_html(one.flag)}{_seen(one)}</li>" for one in some)
    return f'<ul class="tw-others">{items}</ul>'


def _seen(alert: Alert) -> str:
    """Who acknowledged it and why, and why it asks once more if it does."""
    seen = alert.acknowledged
    if seen is None:
        return ""
    age = age_text((session.at_from_url() or session.now()) - seen.recorded_at)
    text = f"{seen.reason}: {seen.recorded_by} ({seen.role}), {age}"
    if alert.again is not None:
        text = f"asks again, {alert.again}; before: {text}"
    return f" <small>{esc(text)}</small>"


def _acknowledge(state: PatientState, alert: Alert) -> None:
    key = f"acknowledge/{state.patient_id}/{alert.flag.id}"
    with st.popover("Acknowledge", width="stretch", key=key, on_change="rerun") as shown:
        if not shown.open:  # its buttons are made only when somebody opens it
            return
        if session.signed_on() is None:
            st.caption("Sign on first, at the top right: an acknowledgement carries a name.")
            return
        if alert.flag.urgency == "emergency":
            st.caption("It asks again after 15 minutes and with every new set of observations.")
        for reason in REASONS:
            st.button(
                reason,
                key=f"ack/{state.patient_id}/{alert.flag.id}/{reason}",
                on_click=_store,
                args=(state, alert, reason),
                width="stretch",
            )


def _store(state: PatientState, alert: Alert, reason: str) -> None:
    person = session.signed_on()
    if person is None:
        fault: str | None = "Not stored: nobody is signed on. Sign on and tap again."
    else:
        token = token_of(state, alert)
        fault = acknowledge(state, alert, reason=reason, person=person, token=token)
    if fault is not None:
        st.session_state[f"{_FAULT}/{state.patient_id}"] = fault


def token_of(state: PatientState, alert: Alert) -> str:
    """The same for every tap on the same alert of the same state, so that it is stored once."""
    before = "" if alert.acknowledged is None else alert.acknowledged.acknowledgement_id
    named = f"{state.ward_id}/{state.patient_id}/{alert.flag.id}/{state.position}/{before}"
    return str(uuid.uuid5(_SPACE, named))
