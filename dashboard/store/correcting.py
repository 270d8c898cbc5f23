"""
Corrections: what an entry may replace.

A correction names one living entry of the same patient and the same kind; a withdrawal takes any
but the patient's own. Patient details and therapy exist once: a new version must name the one it
was made from, so that two people who edit at once are told of each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from dashboard.store.accepting import Accepted
from dashboard.store.entries import SINGLE
from dashboard.store.errors import KEPT, AlreadyCorrected, Complaint, SubmissionRefused
from dashboard.store.tables import entry


def refuse_bad_corrections(
    connection: Connection, accepted: Sequence[Accepted], patient_id: str
) -> None:
    """Raise where a correction names no living entry of this patient and kind."""
    complaints: list[Complaint] = []
    for index, each in enumerate(accepted):
        path = f"entries[{index}].replaces"
        if each.replaces is not None:
            complaints += _correction_faults(connection, patient_id, each, path)
        elif each.kind in SINGLE:
            complaints += _single_faults(connection, patient_id, each, path)
    if complaints:
        raise SubmissionRefused(tuple(complaints))


def _correction_faults(
    connection: Connection, patient_id: str, each: Accepted, path: str
) -> list[Complaint]:
    query = select(entry.c.kind).where(
        entry.c.entry_id == each.replaces, entry.c.patient_id == patient_id
    )
    kind = connection.scalar(query)
    if kind is None:
        return [Complaint(path, "this patient has no such entry")]
    if kind == "withdrawal":
        return [Complaint(path, "a withdrawal is final", "enter the values again")]
    if each.kind == "withdrawal" and kind == "patient":
        return [Complaint(path, "a patient cannot be withdrawn", "correct the details instead")]
    if each.kind not in ("withdrawal", kind):
        return [Complaint(path, f"is a {kind} entry; {each.kind} cannot correct it")]
    _refuse_second_correction(connection, each)
    return []


def _refuse_second_correction(connection: Connection, each: Accepted) -> None:
    query = select(entry.c.recorded_by, entry.c.recorded_at).where(
        entry.c.replaces == each.replaces
    )
    other = connection.execute(query).mappings().one_or_none()
    if other is not None:
        raise AlreadyCorrected(
            f"entry {each.replaces}",
            f"not saved: {other['recorded_by']} has corrected or withdrawn it at "
            f"{other['recorded_at']:%Y-%m-%d %H:%M} UTC.",
            f"{KEPT} Look at that correction first.",
        )


def _single_faults(
    connection: Connection, patient_id: str, each: Accepted, path: str
) -> list[Complaint]:
    later = entry.alias()
    query = (
        select(entry.c.entry_id)
        .outerjoin(later, later.c.replaces == entry.c.entry_id)
        .where(
            entry.c.patient_id == patient_id,
            entry.c.kind == each.kind,
            later.c.entry_id.is_(None),
        )
    )
    current = connection.scalar(query)
    if current is None:
        return []
    return [Complaint(path, f"there is a {each.kind} entry already", f"replace {current}")]
