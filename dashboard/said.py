"""
What people have said about a patient without an entry: alerts they saw, proposals they decided.

A new minute asks this memory, a new version of the ward the store; of decisions one question a
ward tells who has any, and those of a patient are read again only when one was added.
"""

from __future__ import annotations

import os
from typing import Final

from dashboard import glance
from dashboard.kept import Kept
from dashboard.session import DATABASE, live_store
from dashboard.store import Acknowledgement, Decision

_MOST_PATIENTS: Final = 600
_MOST_WARDS: Final = 50

_acknowledged = Kept(_MOST_PATIENTS)
_decided = Kept(_MOST_WARDS)
_decisions = Kept(_MOST_PATIENTS)


def forget() -> None:
    """Drop everything kept: after a test, or when another store is opened."""
    for kept in (_acknowledged, _decided, _decisions):
        kept.clear()


def acknowledgements(ward_id: str, patient_id: str) -> tuple[Acknowledgement, ...]:
    """All acknowledgements of a patient, in the order they were made."""
    key = (_database(), patient_id, glance.version(live_store(), ward_id))
    found: tuple[Acknowledgement, ...] | None = _acknowledged.get(key)
    if found is None:
        found = live_store().acknowledgements(patient_id)
        _acknowledged.put(key, found)
    return found


def decisions(ward_id: str, patient_id: str) -> tuple[Decision, ...]:
    """All decisions about a patient's proposals, oldest first."""
    ward_key = (_database(), ward_id, glance.version(live_store(), ward_id))
    counts: dict[str, int] | None = _decided.get(ward_key)
    if counts is None:
        counts = live_store().decided(ward_id)
        _decided.put(ward_key, counts)
    if patient_id not in counts:
        return ()
    key = (_database(), patient_id, counts[patient_id])
    found: tuple[Decision, ...] | None = _decisions.get(key)
    if found is None:
        found = live_store().decisions(patient_id)
        _decisions.put(key, found)
    return found


def _database() -> str:
    return os.environ.get(DATABASE, "")
