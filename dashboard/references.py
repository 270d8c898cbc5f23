"""
References: what stands for a patient in an address.

One comes from the random id of the patient's first entry: it says nothing about the patient and
never changes. They are looked up once and kept; a ward is searched again when it has changed.
"""

from __future__ import annotations

import threading
from typing import Final

from dashboard import glance
from dashboard.store import Store, UnknownPatient

_LENGTH: Final = 16

_lock = threading.RLock()
_refs: dict[tuple[str, str], str] = {}  # (database, patient) -> reference
_looked_at: dict[tuple[str, str], int] = {}  # (database, ward) -> version when last searched


def forget() -> None:
    """Let go of every reference, as when a store closes."""
    with _lock:
        _refs.clear()
        _looked_at.clear()


def ref_of(store: Store, patient_id: str) -> str:
    """
    The reference of a patient.

    Raises:
        UnknownPatient: nothing was entered for this patient.

    """
    key = (store.place, patient_id)
    with _lock:
        if key not in _refs:
            _refs[key] = store.first_entry_id(patient_id).replace("-", "")[:_LENGTH]
        return _refs[key]


def patient_of(store: Store, ref: str) -> str | None:
    """The patient behind a reference, whoever asks; ``None`` where there is none."""
    found = _known(store.place, ref)
    if found is not None:
        return found
    for one in glance.wards(store):
        version = glance.version(store, one.id)
        with _lock:
            if _looked_at.get((store.place, one.id)) == version:
                continue
            _looked_at[(store.place, one.id)] = version
        for line in store.patients(one.id):
            try:
                ref_of(store, line.patient_id)
            except UnknownPatient:
                continue  # entries without a description: no page can show them yet
    return _known(store.place, ref)


def _known(place: str, ref: str) -> str | None:
    with _lock:
        return next(
            (patient for (where, patient), one in _refs.items() if where == place and one == ref),
            None,
        )
