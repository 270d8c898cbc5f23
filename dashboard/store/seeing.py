"""
Whether a person has seen everything on record about a patient before saying anything about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from dashboard.store.errors import StaleView, WrongWard
from dashboard.store.reading import unknown_patient
from dashboard.store.tables import entry


def refuse_unseen(connection: Connection, given: Mapping[str, Any], refusal: str) -> None:
    """Refuse an unknown patient, another ward, or a screen that is not of the latest entry."""
    query = select(func.max(entry.c.position), func.max(entry.c.ward_id)).where(
        entry.c.patient_id == given["patient_id"]
    )
    position, ward_id = connection.execute(query).one()
    if position is None:
        raise unknown_patient(given["patient_id"])
    place = f'patient "{given["patient_id"]}"'
    if ward_id != given["ward_id"]:
        raise WrongWard(place, f'not saved: the patient is in ward "{ward_id}".', "Open it there.")
    if position != given["seen_position"]:
        raise StaleView(
            place,
            f"{refusal}: the screen shows entry {given['seen_position']}, "
            f"the journal is at {position}.",
            "Reload and look at what is new first.",
        )
