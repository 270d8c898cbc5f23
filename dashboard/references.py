"""
References: what stands for a patient in an address.

One comes from the random id of the patient's first entry: it says nothing about the patient and
never changes. They are looked up once and kept; a ward is searched again when it has changed.
"""

from __future__ import annotations

from typing import Final

from dashboard import glance
from dashboard.store import Store, UnknownPatient

_LENGTH: Final = 16

# Read and written in single steps, so that no screen waits for another one here.
_refs: dict[tuple[str, str], str] = {}  # (database, patient) -> reference
_patients: dict[tuple[str, str], str] = {}  # (database, reference) -> patient
_looked_at: dict[tuple[str, str], int] = {}  # (database, ward) -> version when last searched


def forget() -> None:
    """Let go of every reference, as when a store closes."""
    for kept in (_refs, _patients, _looked_at):
        kept.clear()


def ref_of(store: Store, patient_id: str) -> str:
    """
    The reference of a patient.

    Raises:
        UnknownPatient: nothing was entered for this patient.

    """
    key = (store.place, patient_id)
    found = _refs.get(key)
    if found is None:
        found = store.first_entry_id(patient_id).replace("-", "")[:_LENGTH]
        _refs[key] = found
        _patients[store.place, found] = patient_id
    return found


def patient_of(store: Store, ref: str) -> str | None:
    """The patient behind a reference, whoever asks; ``None`` where there is none."""
    found = _patients.get((store.place, ref))
    if found is not None:
        return found
    for one in glance.wards(store):
        version = glance.version(store, one.id)
        if _looked_at.get((store.place, one.id)) == version:
            continue
        for line in store.patients(one.id):
            try:
                ref_of(store, line.patient_id)
            except UnknownPatient:
                continue  # entries without a description: no page can show them yet
        # Noted afterwards: a screen that asks meanwhile searches itself and misses nobody.
        _looked_at[(store.place, one.id)] = version
    return _patients.get((store.place, ref))
