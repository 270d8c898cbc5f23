"""
What people have said about a patient without an entry: alerts they saw, proposals they decided.

A new minute asks this memory, a new version of the ward the store: one question a ward tells how
many there are about whom, and those of a patient are read again only when one was added.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from dashboard import glance
from dashboard.kept import Kept
from dashboard.session import DATABASE, live_store
from dashboard.store import Acknowledgement, Decision

_MOST_PATIENTS: Final = 600
_MOST_WARDS: Final = 50

_counts = Kept(2 * _MOST_WARDS)
_acknowledged = Kept(_MOST_PATIENTS)
_decisions = Kept(_MOST_PATIENTS)


def forget() -> None:
    """Drop everything kept: after a test, or when another store is opened."""
    for kept in (_counts, _acknowledged, _decisions):
        kept.clear()


def acknowledgements(ward_id: str, patient_id: str) -> tuple[Acknowledgement, ...]:
    """All acknowledgements of a patient, in the order they were made."""
    count = _count("acknowledged", ward_id, live_store().acknowledged).get(patient_id, 0)
    if count == 0:
        return ()
    key = (_database(), patient_id, count)
    found: tuple[Acknowledgement, ...] | None = _acknowledged.get(key)
    if found is None:
        found = live_store().acknowledgements(patient_id)
        _acknowledged.put(key, found)
    return found


def decisions(ward_id: str, patient_id: str) -> tuple[Decision, ...]:
    """All decisions about a patient's proposals, oldest first."""
    count = _count("decided", ward_id, live_store().decided).get(patient_id, 0)
    if count == 0:
        return ()
    key = (_database(), patient_id, count)
    found: tuple[Decision, ...] | None = _decisions.get(key)
    if found is None:
        found = live_store().decisions(patient_id)
        _decisions.put(key, found)
    return found


def _count(what: str, ward_id: str, ask: Callable[[str], dict[str, int]]) -> dict[str, int]:
    """How many there are about each patient of a ward, asked once for each of its versions."""
    key = (_database(), what, ward_id, glance.version(live_store(), ward_id))
    found: dict[str, int] | None = _counts.get(key)
    if found is None:
        found = ask(ward_id)
        _counts.put(key, found)
    return found


def _database() -> str:
    return os.environ.get(DATABASE, "")
