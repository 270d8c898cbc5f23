"""
Acknowledged alerts: who saw what, at which state of the journal, and why that is enough for now.

An acknowledgement is a record of its own, chained per patient as entries are. A screen that has
not seen the latest entries cannot acknowledge: the alert may stand for something worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select

from dashboard.store.canonical import FIRST, row_digest
from dashboard.store.entries import Acknowledgement
from dashboard.store.errors import SubmissionReused
from dashboard.store.health import intact
from dashboard.store.seeing import refuse_unseen
from dashboard.store.tables import acknowledgement
from dashboard.store.writing import bump_ward, lock_ward, next_seq

_SAME = ("ward_id", "patient_id", "alert_id", "grade_seen", "reason", "recorded_by", "role")


def add(connection: Connection, given: Mapping[str, Any]) -> Acknowledgement:
    """Store an acknowledgement once; a resend gets the stored one."""
    lock_ward(connection, given["ward_id"])
    query = select(acknowledgement).where(
        acknowledgement.c.acknowledgement_id == given["acknowledgement_id"]
    )
    before = connection.execute(query).mappings().one_or_none()
    if before is not None:
        if any(before[name] != given[name] for name in _SAME):
            raise SubmissionReused(
                "acknowledgement",
                "not saved: this form was already saved with other content.",
                "Open the alert again.",
            )
        return acknowledgement_of(before)
    refuse_unseen(connection, given, "not acknowledged")
    row = _row(connection, given)
    connection.execute(insert(acknowledgement), [row])
    bump_ward(connection, given["ward_id"])
    return acknowledgement_of(row)


def of_patient(connection: Connection, patient_id: str) -> tuple[Acknowledgement, ...]:
    """All acknowledgements of a patient, in the order they were made."""
    query = (
        select(acknowledgement)
        .where(acknowledgement.c.patient_id == patient_id)
        .order_by(acknowledgement.c.position)
    )
    rows = intact(connection, acknowledgement, connection.execute(query).mappings())
    return tuple(acknowledgement_of(row) for row in rows)


def counted_in(connection: Connection, ward_id: str) -> dict[str, int]:
    """How many acknowledgements there are about each patient of a ward that has any."""
    query = (
        select(acknowledgement.c.patient_id, func.count())
        .where(acknowledgement.c.ward_id == ward_id)
        .group_by(acknowledgement.c.patient_id)
    )
    return {patient: int(count) for patient, count in connection.execute(query)}


def acknowledgement_of(row: RowMapping | Mapping[str, Any]) -> Acknowledgement:
    """One row as a record."""
    fields = Acknowledgement.__dataclass_fields__
    return Acknowledgement(**{name: row[name] for name in fields})


def _row(connection: Connection, given: Mapping[str, Any]) -> dict[str, Any]:
    query = (
        select(acknowledgement.c.position, acknowledgement.c.digest)
        .where(acknowledgement.c.patient_id == given["patient_id"])
        .order_by(acknowledgement.c.position.desc())
        .limit(1)
    )
    tail = connection.execute(query).one_or_none()
    row = {
        **given,
        "seq": next_seq(connection, "acknowledgement"),
        "position": 1 if tail is None else tail.position + 1,
        "previous_digest": FIRST if tail is None else tail.digest,
    }
    return {**row, "digest": row_digest(acknowledgement, row)}
