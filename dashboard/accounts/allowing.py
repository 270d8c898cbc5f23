"""
Asking ``authorise`` where something is about to be stored, and putting a refusal on record.

What is allowed leaves its record with what it stores; a view and an export store nothing, so they
are noted here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import structlog

from dashboard.accounts.authorise import NotAllowed, authorise
from dashboard.accounts.permissions import IN_WORDS, Action
from dashboard.accounts.person import Person
from dashboard.store import Store, StoreError

_MOST_KEPT: Final = 5000
_log = structlog.get_logger(__name__)
_lock = threading.Lock()
_viewed: OrderedDict[tuple[str, str, str, str], None] = OrderedDict()


def allow(
    store: Store,
    person: Person | None,
    action: Action,
    *,
    now: datetime,
    ward_id: str | None = None,
    patient_id: str | None = None,
) -> Person:
    """
    Give the person back if this may be done; else put the refusal on record and raise.

    Raises:
        NotAllowed: with the place, the fault and the cure.

    """
    try:
        authorise(person, action, ward_id)
        _refuse_in_replay(store, action)
    except NotAllowed:
        refuse(store, person, action, now=now, ward_id=ward_id, patient_id=patient_id)
        raise
    if person is None:  # authorise has refused it; for the reader and the type checker
        raise NotAllowed("sign-on", "nobody is signed on.", "Sign on first.")
    return person


def _refuse_in_replay(store: Store, action: Action) -> None:
    """A screen of the past only shows: whoever it is, and whatever button was drawn."""
    if action != "view" and store.known_at is not None:
        raise NotAllowed(
            "replay",
            f"nobody may {IN_WORDS[action]} while the past is shown; nothing was stored.",
            "Go back to now first.",
        )


def refuse(
    store: Store,
    person: Person | None,
    action: Action,
    *,
    now: datetime,
    ward_id: str | None = None,
    patient_id: str | None = None,
) -> None:
    """Put a refusal on record; a store that cannot write does not turn it into a permission."""
    note(store, "refused", person, now=now, ward_id=ward_id, patient_id=patient_id,
         detail={"action": action})  # fmt: skip


def note(
    store: Store,
    action: str,
    person: Person | None,
    *,
    now: datetime,
    ward_id: str | None = None,
    patient_id: str | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Put on record what stores nothing itself. Reading goes on when the disk is full."""
    who, role = ("nobody", "nobody") if person is None else (person.name, person.role)
    try:
        store.audit(
            action, at=now, who=who, role=role, ward_id=ward_id, patient_id=patient_id,
            detail=detail,
        )  # fmt: skip
    except StoreError as error:
        _log.error("audit-not-written", action=action, fault=type(error).__name__)


def note_view(
    store: Store, person: Person, *, patient_id: str, ward_id: str, now: datetime
) -> None:
    """One record for a person, a patient and a minute, however often the page is drawn anew."""
    past = None if store.known_at is None else store.known_at.isoformat()
    key = (store.place, person.name, patient_id, f"{now:%Y-%m-%dT%H:%M} as of {past}")
    with _lock:
        if key in _viewed:
            return
        _viewed[key] = None
        while len(_viewed) > _MOST_KEPT:
            _viewed.popitem(last=False)
    detail = None if past is None else {"as_of": past}
    note(store, "view", person, now=now, ward_id=ward_id, patient_id=patient_id, detail=detail)
