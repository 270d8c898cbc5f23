"""
Adding to the journal: one submission, one transaction, rows that are only ever inserted.

Two people at one patient both keep their entries: writers of a ward queue at its version row,
and where two still meet, the unique position sends the slower one round again. A submission that
is already there is answered with its first receipt.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, text, update

from dashboard.store.accepting import Accepted
from dashboard.store.canonical import FIRST, row_digest
from dashboard.store.correcting import refuse_bad_corrections
from dashboard.store.entries import Entry, Origin, Receipt, Submission
from dashboard.store.errors import (
    KEPT,
    PatientExists,
    SubmissionReused,
    UnknownPatient,
    UnknownWard,
    WrongWard,
)
from dashboard.store.reading import entry_of
from dashboard.store.row_security import write_to
from dashboard.store.tables import entry, ward_version
from dashboard.store.times import time_text, utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A submission that has passed its checks, ready to be appended."""

    submission: Submission
    accepted: tuple[Accepted, ...]
    now: datetime
    origin: Origin
    new_patient_only: bool


def append(connection: Connection, work: Work) -> Receipt:
    """Store one submission, or answer with the receipt it got the first time."""
    lock_ward(connection, work.submission.ward_id)
    before = _stored(connection, work.submission.submission_id)
    if before:
        _refuse_other_content(before, work)
        return _receipt(connection, work.submission, before, stored=False)
    tail = _tail(connection, work.submission.patient_id)
    _refuse_wrong_patient(tail, work)
    refuse_bad_corrections(connection, work.accepted, work.submission.patient_id)
    rows = _rows(connection, work, tail)
    connection.execute(insert(entry), rows)
    bump_ward(connection, work.submission.ward_id)
    return _receipt(connection, work.submission, rows, stored=True)


def lock_ward(connection: Connection, ward_id: str) -> None:
    """Queue behind other writers of this ward (PostgreSQL; SQLite has one writer anyway)."""
    write_to(connection, ward_id)
    query = select(ward_version.c.version).where(ward_version.c.ward_id == ward_id)
    if connection.scalar(query.with_for_update()) is None:
        raise UnknownWard(f'ward "{ward_id}"', "does not exist.", "Add the ward first.")


def bump_ward(connection: Connection, ward_id: str) -> None:
    """One step forward, in the same transaction as what it announces."""
    connection.execute(
        update(ward_version)
        .where(ward_version.c.ward_id == ward_id)
        .values(version=ward_version.c.version + 1)
    )


def next_seq(connection: Connection, table: str) -> int:
    """The row number beforehand: the digest covers it."""
    if connection.dialect.name == "sqlite":
        query = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :name"
        return int(connection.scalar(text(query), {"name": table})) + 1
    query = "SELECT nextval(pg_get_serial_sequence(:name, 'seq'))"
    return int(connection.scalar(text(query), {"name": table}))


def _stored(connection: Connection, submission_id: str) -> Sequence[RowMapping]:
    query = select(entry).where(entry.c.submission_id == submission_id).order_by(entry.c.ordinal)
    return connection.execute(query).mappings().all()


def _tail(connection: Connection, patient_id: str) -> RowMapping | None:
    query = (
        select(entry.c.position, entry.c.digest, entry.c.ward_id)
        .where(entry.c.patient_id == patient_id)
        .order_by(entry.c.position.desc())
        .limit(1)
    )
    return connection.execute(query).mappings().one_or_none()


def _refuse_other_content(before: Sequence[RowMapping], work: Work) -> None:
    sent = [
        (
            work.submission.ward_id,
            work.submission.patient_id,
            work.submission.recorded_by,
            each.kind,
            each.payload,
            each.replaces,
            each.reason,
            time_text(each.observed_at) if each.observed_given else None,
        )
        for each in work.accepted
    ]
    kept = [
        (
            row["ward_id"],
            row["patient_id"],
            row["recorded_by"],
            row["kind"],
            row["payload"],
            row["replaces"],
            row["reason"],
            None if time is None else time_text(row["observed_at"]),
        )
        for row, (*_, time) in zip(before, sent, strict=False)
    ]
    if len(before) != len(sent) or kept != sent:
        raise SubmissionReused(
            "entry",
            "not saved: this form was already saved with other content.",
            f"{KEPT} Look at the saved entry; correct it, or open a new form.",
        )


def _refuse_wrong_patient(tail: RowMapping | None, work: Work) -> None:
    submission = work.submission
    kinds = {each.kind for each in work.accepted}
    if tail is None and "patient" not in kinds:
        raise UnknownPatient(
            f'patient "{submission.patient_id}"',
            "not saved: nobody with this id is on record.",
            f"{KEPT} Check the id, or add the patient first.",
        )
    if tail is not None and work.new_patient_only:
        raise PatientExists(
            f'patient "{submission.patient_id}"',
            "not imported: this id is already on record, and two people must not be mixed.",
            "Give the patient in the file another id.",
        )
    if tail is not None and tail["ward_id"] != submission.ward_id:
        raise WrongWard(
            f'patient "{submission.patient_id}"',
            f'not saved: the patient is in ward "{tail["ward_id"]}", '
            f'the form says "{submission.ward_id}".',
            f"{KEPT} Open the patient from the right ward.",
        )


def _rows(connection: Connection, work: Work, tail: RowMapping | None) -> list[dict[str, Any]]:
    position = 0 if tail is None else int(tail["position"])
    previous = FIRST if tail is None else str(tail["digest"])
    first_seq = next_seq(connection, "entry")
    rows: list[dict[str, Any]] = []
    for index, each in enumerate(work.accepted):
        follows = index > 0 and connection.dialect.name != "sqlite"
        row: dict[str, Any] = {
            "seq": next_seq(connection, "entry") if follows else first_seq + index,
            "entry_id": str(uuid.uuid4()),
            "submission_id": work.submission.submission_id,
            "ordinal": index + 1,
            "submission_size": len(work.accepted),
            "ward_id": work.submission.ward_id,
            "patient_id": work.submission.patient_id,
            "position": position + index + 1,
            "kind": each.kind,
            "origin": work.origin,
            "observed_at": utc(each.observed_at, "observed_at"),
            "recorded_at": utc(work.now, "now"),
            "recorded_by": work.submission.recorded_by,
            "role": work.submission.role,
            "payload": each.payload,
            "replaces": each.replaces,
            "reason": each.reason,
            "previous_digest": previous,
        }
        previous = row["digest"] = row_digest(entry, row)
        rows.append(row)
    return rows


def _receipt(
    connection: Connection,
    submission: Submission,
    rows: Sequence[RowMapping] | Sequence[dict[str, Any]],
    *,
    stored: bool,
) -> Receipt:
    mine: tuple[Entry, ...] = tuple(entry_of(row) for row in rows)
    others: tuple[Entry, ...] = ()
    if submission.seen_position is not None:
        query = (
            select(entry)
            .where(
                entry.c.patient_id == submission.patient_id,
                entry.c.position > submission.seen_position,
                entry.c.position < mine[0].position,
                entry.c.recorded_by != submission.recorded_by,
            )
            .order_by(entry.c.position)
        )
        others = tuple(entry_of(row) for row in connection.execute(query).mappings())
    return Receipt(
        stored=stored,
        submission_id=submission.submission_id,
        ward_id=submission.ward_id,
        patient_id=submission.patient_id,
        position=mine[-1].position,
        entries=mine,
        others_since=others,
    )
