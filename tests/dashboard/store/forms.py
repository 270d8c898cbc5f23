"""Forms as a ward would send them, for the tests of the store."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.store import NewEntry, Receipt, Store, Submission

T0 = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
WARD = "w1"
_numbers = itertools.count(1)


def at(minutes: float) -> datetime:
    """Minutes after the first form."""
    return T0 + timedelta(minutes=minutes)


def vitals(temperature_c: float = 38.6, taken_at: datetime = T0, **more: Any) -> NewEntry:
    """One set of vital signs."""
    payload = {"taken_at": taken_at.isoformat(), "temperature_c": temperature_c, **more}
    return NewEntry(kind="vitals", payload=payload)


def correction(entry_id: str, temperature_c: float, reason: str = "misread") -> NewEntry:
    """The same set with another temperature."""
    new = vitals(temperature_c)
    return NewEntry(kind="vitals", payload=new.payload, replaces=entry_id, reason=reason)


def withdrawal(entry_id: str, reason: str = "wrong patient") -> NewEntry:
    """Take an entry back."""
    return NewEntry(kind="withdrawal", payload={}, replaces=entry_id, reason=reason)


def form(*entries: NewEntry, patient: str = "p1", by: str = "nurse-1", **more: Any) -> Submission:
    """One press of Save, with an id of its own unless told otherwise."""
    fields: dict[str, Any] = {
        "submission_id": f"form-{next(_numbers)}",
        "ward_id": WARD,
        "patient_id": patient,
        "entries": entries,
        "recorded_by": by,
        "role": "nurse",
    }
    return Submission(**{**fields, **more})


def admit(store: Store, patient: str = "p1", **more: Any) -> Receipt:
    """Put a patient on record."""
    new = NewEntry(kind="patient", payload={"id": patient, "age_years": 41.0, **more})
    return store.submit(form(new, patient=patient), now=T0)
