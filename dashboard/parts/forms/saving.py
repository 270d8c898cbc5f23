"""
Sending a form to the store: who may, what goes in, and that it goes in once.

Nothing of Streamlit is called here: a script run can be cut at any call to it, and a cut between
the write and its answer would leave the person guessing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from dashboard.accounts.allowing import allow, refuse
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import Action, may
from dashboard.accounts.person import Person
from dashboard.parts.forms.check import Entry
from dashboard.store import Entry as Stored
from dashboard.store import Kind, NewEntry, Receipt, Store, Submission

__all__ = ["NotAllowed", "Sending", "refusal", "save", "stored_with", "submission"]

_KINDS: Final[Mapping[str, Kind]] = {kind: kind for kind in get_args(Kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One press of Save. ``token`` was made when the form opened and never changes."""

    token: str
    ward_id: str
    patient_id: str
    entries: Sequence[Entry]
    seen_position: int | None = None
    replaces: str | None = None
    reason: str | None = None


def refusal(person: Person | None, entries: Sequence[Entry]) -> str | None:
    """Why this person may not save these entries, or None."""
    if person is None:
        return "Sign on first: every entry says who made it."
    if not may(person.role, "enter"):
        return f"A {person.role} can look, but not enter. Sign on as nurse or physician."
    attributed = any(payload.get("other_cause") for _, payload in entries)
    if attributed and not may(person.role, "attribute"):
        return "Only a physician attributes a sign to another cause."
    graded = any(kind == "grading" for kind, _ in entries)
    if graded and not may(person.role, "attribute"):
        return "Only a physician grades here: such a grade can stop a drug or release one."
    reasons = [p.get("other_cause_reason") for _, p in entries if p.get("other_cause")]
    if any(not reason for reason in reasons):
        return "An attribution to another cause needs its reason."
    return None


def save(store: Store, person: Person | None, sending: Sending, *, now: datetime) -> Receipt:
    """
    Store one form.

    Raises:
        NotAllowed: the role may not, checked here as well as on the screen.
        StoreError: nothing was stored, or the outcome is unknown; send the same form again.

    """
    refused = refusal(person, sending.entries)
    action, ward_id, patient_id = _action(sending), sending.ward_id, sending.patient_id
    if refused is not None:
        refuse(store, person, action, now=now, ward_id=ward_id, patient_id=patient_id)
        raise NotAllowed("entry", refused, "Nothing was stored.")
    allowed = allow(store, person, action, now=now, ward_id=ward_id, patient_id=patient_id)
    return store.submit(submission(allowed, sending), now=now)


def _action(sending: Sending) -> Action:
    """What this press of Save is; a physician's act weighs more than that it corrects."""
    if any(kind == "grading" or payload.get("other_cause") for kind, payload in sending.entries):
        return "attribute"
    return "enter" if sending.replaces is None else "correct"


def submission(person: Person, sending: Sending) -> Submission:
    """The form as the store takes it; a correction replaces with its first record."""
    entries = tuple(
        NewEntry(
            kind=_kind(kind),
            payload=payload,
            replaces=sending.replaces if index == 0 else None,
            reason=sending.reason if index == 0 else None,
        )
        for index, (kind, payload) in enumerate(sending.entries)
    )
    return Submission(
        submission_id=sending.token,
        ward_id=sending.ward_id,
        patient_id=sending.patient_id,
        entries=entries,
        recorded_by=person.name,
        role=person.role,
        seen_position=sending.seen_position,
    )


def _kind(kind: str) -> Kind:
    found = _KINDS.get(kind)
    if found is None:
        raise ValueError(f'"{kind}" is not a kind of entry')
    return found


def stored_with(history: Sequence[Stored], token: str) -> list[Stored]:
    """The entries a form has already become, if it was saved."""
    return [entry for entry in history if entry.submission_id == token]
