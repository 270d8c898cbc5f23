"""
What a trainee does at the bedside beside answering: entering an observation, answering an alert.

An entry is kept with the case's time and shown among the records. The case goes on as it was
written: what a trainee enters changes no grade, and the debrief lays it beside the records.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

import streamlit as st

from dashboard.accounts.authorise import NotAllowed
from dashboard.alerts import REASONS, Alert
from dashboard.parts import html
from dashboard.parts.forms import neuro, vitals
from dashboard.parts.forms.check import Entry, faults
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.grade import esc, flag_html
from dashboard.parts.patient.entry_words import entry_text
from dashboard.parts.training import typed
from dashboard.parts.training.acting import desk, refused
from dashboard.parts.training.bedside import Deed
from dashboard.session import Person
from dashboard.states import PatientState
from dashboard.store import StoreError
from dashboard.training.keeping.journal import Noted
from dashboard.training.showing import CASE_ZONE, with_seen
from toxmodels.scales.branch import branch

__all__ = ["acknowledged", "ask_alerts", "ask_entry", "entered"]

_FORMS: Final = {"vitals": "Vital signs", "neuro": "Neuro exam"}
_KINDS: Final = {"vitals": "vital signs", "neuro": "neuro exam"}
_SPACE: Final = uuid.UUID("5f2f7a52-0f8b-4e0c-93f1-6d1b7b0f2f43")


# Observations


def entered(deeds: Sequence[Noted], zone: tzinfo) -> tuple[Deed, ...]:
    """What this trainee has entered, as rows of the table of records."""
    return tuple(
        (
            _taken_at(one),
            _KINDS.get(one.body["kind"], str(one.body["kind"])),
            entry_text(one.body["kind"], one.body["payload"], zone),
        )
        for one in deeds
        if one.kind == "entered"
    )


def _taken_at(one: Noted) -> datetime:
    stated = one.body["payload"].get("taken_at") or one.body["case_at"]
    return datetime.fromisoformat(stated)


def ask_entry(state: PatientState, room: str, person: Person) -> None:
    """The forms of the page Enter; the time is the case's own."""
    shown = st.expander(
        "Enter observations of your own", key=f"enter/{state.patient_id}", on_change="rerun"
    )
    if not shown.open:  # its fields are made only when somebody opens it
        return
    with shown:
        st.caption(
            f"Kept with the time of the case, {state.at:%H:%M}. The case goes on as it was "
            "written; the debrief shows what you entered."
        )
        kind = st.segmented_control(
            "Form", [*_FORMS], format_func=_FORMS.__getitem__, default="vitals", required=True,
            key=f"form/{state.patient_id}", label_visibility="collapsed",
        )  # fmt: skip
        draft = typed.typed(room, person.name, f"enter/{kind}")
        wrong = _fields(kind, draft.sheet, state)
        if st.button("Save the entry", key=draft.sheet.key("save")):
            _store(kind, draft, state, room, person, wrong=wrong)


def _fields(kind: str, sheet: Sheet, state: PatientState) -> str | None:
    """Draw them; why a time in them cannot be used. Times are those of the case."""
    if kind == "vitals":
        vitals.draw(sheet, None)
        return None
    return neuro.draw(sheet, branch(state.case.patient), state.at, where=CASE_ZONE)


def _store(
    kind: str, draft: typed.Typed, state: PatientState, room: str, person: Person, *,
    wrong: str | None,
) -> None:  # fmt: skip
    found = _records(kind, draft.values, state)
    problems = [*_gaps(kind, draft.values), *map(str, faults(found, state.patient_id))]
    problems += [] if wrong is None else [wrong]
    if not found:
        problems.append("Nothing is recorded yet.")
    if problems:
        st.error("  \n".join(as_text(one) for one in problems), icon=":material/block:")
        return
    from dashboard.training.doing import enter

    try:
        for number, (made, payload) in enumerate(found):
            enter(desk(person), id=f"{draft.token}/{number}", room=room, kind=made, payload=payload)
    except (StoreError, NotAllowed) as error:
        refused(error)
        return
    typed.drop(room, person.name, f"enter/{kind}")
    st.rerun(scope="app")


def _records(kind: str, values: Mapping[str, Any], state: PatientState) -> tuple[Entry, ...]:
    taken_at = state.at.isoformat(timespec="seconds")
    made = vitals.entries if kind == "vitals" else neuro.entries
    return made(values, taken_at)


def _gaps(kind: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    return (vitals.gaps if kind == "vitals" else neuro.gaps)(values)


# Alerts


def acknowledged(deeds: Sequence[Noted]) -> Mapping[str, str]:
    """Which alerts this trainee has acknowledged, and why."""
    return {
        str(one.body["alert"]): str(one.body["reason"])
        for one in deeds
        if one.kind == "acknowledged"
    }


def ask_alerts(
    state: PatientState, deeds: Sequence[Noted], room: str, person: Person
) -> None:  # fmt: skip
    """Every alert of this hour, the one to act on first in front; one tap on a reason."""
    seen = acknowledged(deeds)
    first, *others = with_seen(state, seen.keys()).alerts or (None,)
    if first is not None:
        _alert(first, seen.get(first.flag.id), state, room, person)
    if not others:
        return
    named = "1 more alert or note" if len(others) == 1 else f"{len(others)} more alerts and notes"
    with st.expander(named, key=f"more-alerts/{state.patient_id}"):
        for one in others:
            _alert(one, seen.get(one.flag.id), state, room, person)


def _alert(
    one: Alert, why: str | None, state: PatientState, room: str, person: Person
) -> None:  # fmt: skip
    said = "" if why is None else f" <small>Acknowledged by you: {esc(why)}</small>"
    html.show(f'<div class="tw-primary">{flag_html(one.flag)}{said}</div>')
    if one.is_open:
        _reasons(one, state, room, person)


def _reasons(one: Alert, state: PatientState, room: str, person: Person) -> None:
    key = f"training-ack/{state.patient_id}/{one.flag.id}"
    with st.popover("Acknowledge", key=key, on_change="rerun") as shown:
        if not shown.open:
            return
        for reason in REASONS:
            if st.button(reason, key=f"{key}/{reason}", width="stretch"):
                _acknowledge(one.flag.id, reason, room, person)


def _acknowledge(alert: str, reason: str, room: str, person: Person) -> None:
    from dashboard.training.doing import acknowledge

    token = str(uuid.uuid5(_SPACE, f"{room}/{person.name}/{alert}"))
    try:
        acknowledge(desk(person), id=token, room=room, alert=alert, reason=reason)
    except (StoreError, NotAllowed) as error:
        refused(error)
        return
    st.rerun(scope="app")
