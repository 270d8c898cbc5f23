"""
A check that was left out: which reasons there are, storing one of them once, and finding it again.

What is stored is one event. It never moves the clock and is no finding: the check stays due, and
the grade rests on what it rested on before.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from dashboard import session, ward
from dashboard.as_of.screens import history_of
from dashboard.parts.forms.saving import NotAllowed, Sending, save, stored_with
from dashboard.parts.patient.kept import kept
from dashboard.states import PatientState
from dashboard.store import Entry, StoreError
from toxmodels.escalation import Check, DueCheck

__all__ = [
    "ASLEEP",
    "AWAY",
    "CHECK_NAMES",
    "ON_THE_FORM",
    "Opened",
    "due_now",
    "reasons_for",
    "standing",
    "tell",
    "told",
]

CHECK_NAMES: Final[Mapping[Check, str]] = {
    "vitals": "Vital signs",
    "neuro": "Neurological exam",
    "labs": "Laboratory",
}
ASLEEP: Final = "Asleep, could be woken"
AWAY: Final = "Away for imaging or a procedure"
# Reasons that are findings as well, by the name the exam form has for them: the tap says only why
# nobody examined, the form beside it makes the finding count.
ON_THE_FORM: Final[Mapping[str, str]] = {
    "Refused": "refused",
    "Sedated": "sedated",
    "Intubated": "intubated",
    "Asleep": "asleep",
}
_REASONS: Final[Mapping[Check, tuple[str, ...]]] = {
    "vitals": (AWAY, "Refused", ASLEEP),
    "neuro": (AWAY, *ON_THE_FORM),
    "labs": (AWAY, "Refused", ASLEEP),
}
_LEAST: Final = 3  # letters of a reason of one's own
_SAME_TAP: Final = timedelta(minutes=5)  # a tap sent again later than this is another tap


@dataclass(slots=True)
class Opened:
    """
    One offer of the reasons; its id makes sure that a reason is stored once.

    ``sent`` is what the first tap sent, with its time, so that a second tap sends the very same.
    ``last_at`` is when the check had last been done: the next round is another offer.
    """

    patient_id: str
    what: Check
    token: str
    last_at: datetime | None = None
    sent: dict[str, str] | None = None
    stored: bool = False


def due_now(state: PatientState) -> tuple[DueCheck, ...]:
    """The checks whose time has come, overdue or not."""
    return tuple(one for one in state.assessment.due if one.due_at <= state.at)


def reasons_for(what: Check) -> tuple[str, ...]:
    """The reasons that one tap stores as they are."""
    return _REASONS[what]


# What stands beside the check


def told(state: PatientState, one: DueCheck, zone: tzinfo) -> str | None:
    """``not done: refused; AB (nurse), 13:40``: why, who and when; None where nobody said."""
    if one.not_done is None:
        return None
    entry = standing(state, one)
    if entry is None:  # said without an entry of its own
        return f"not done: {one.not_done.removeprefix('not done at ')}"
    why = entry.payload.get("why") or "no reason recorded"
    when = f"{entry.observed_at.astimezone(zone):%H:%M}"
    return f"not done: {why}; {entry.recorded_by} ({entry.role}), {when}"


def standing(state: PatientState, one: DueCheck) -> Entry | None:
    """The entry of the reason that stands beside a check."""
    history = kept(state, "history of not done", lambda: _history(state))
    return next((entry for entry in reversed(history) if _is_meant(entry, one)), None)


def _history(state: PatientState) -> tuple[Entry, ...]:
    return tuple(
        entry
        for entry in history_of(state)
        if entry.is_live and entry.kind == "event" and entry.payload.get("kind") == "not_done"
    )


def _is_meant(entry: Entry, one: DueCheck) -> bool:
    """Whether a check speaks of this entry; which words name which check, the check knows."""
    why = entry.payload.get("why") or "no reason recorded"
    after = one.last_at is None or entry.observed_at > one.last_at
    said = f"not done at {entry.observed_at.astimezone(UTC):%H:%M} UTC: {why}"
    return after and said == one.not_done


# Storing it


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
    """What the first tap sent; another reason after a fault, or much later, is another entry."""
    now = session.now()
    if opened.sent is not None and not _is_same_tap(opened.sent, why, now):
        history = session.store().history(opened.patient_id)
        if not stored_with(history, opened.token):
            opened.token, opened.sent = str(uuid.uuid4()), None
    if opened.sent is None:
        at = now.isoformat(timespec="seconds")
        opened.sent = {"at": at, "kind": "not_done", "what": opened.what, "why": why}
    return opened.sent


def _is_same_tap(sent: Mapping[str, str], why: str, now: datetime) -> bool:
    return sent["why"] == why and now - datetime.fromisoformat(sent["at"]) <= _SAME_TAP
