"""
The audit trail: who did what, when, to whom; one chain for the whole store, appended only.

Where a record goes with a change of the journal, both are written in one transaction. The chain
has one end, so PostgreSQL queues its writers at a lock; it is always the last lock they take.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, text

from dashboard.store.accepting import text_faults
from dashboard.store.canonical import FIRST, canonical_json, row_digest
from dashboard.store.entries import Origin, Receipt
from dashboard.store.errors import Complaint
from dashboard.store.tables import audit
from dashboard.store.times import utc
from dashboard.store.writing import next_seq

_LOCK: Final = 0x74776175  # any fixed number but the migration's


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One thing somebody did or was refused."""

    audit_id: str
    position: int
    at: datetime
    who: str
    role: str
    action: str
    ward_id: str | None
    patient_id: str | None
    detail: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is to be put on record, checked and ready."""

    action: str
    at: datetime
    who: str
    role: str
    ward_id: str | None = None
    patient_id: str | None = None
    detail: Mapping[str, Any] | None = None


def faults(deed: Deed) -> list[Complaint]:
    """What is wrong with a record before it is written."""
    given: dict[str, object] = {"action": deed.action, "who": deed.who, "role": deed.role}
    given |= {
        name: value
        for name, value in (("ward_id", deed.ward_id), ("patient_id", deed.patient_id))
        if value is not None
    }
    return text_faults(given)


def queue(connection: Connection) -> None:
    """Wait for the end of the chain; it is held until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def add(connection: Connection, deed: Deed) -> AuditRecord:
    """Append one record to the chain."""
    queue(connection)
    query = select(audit.c.position, audit.c.digest).order_by(audit.c.position.desc()).limit(1)
    tail = connection.execute(query).one_or_none()
    row: dict[str, Any] = {
        "seq": next_seq(connection, "audit"),
        "audit_id": str(uuid.uuid4()),
        "position": 1 if tail is None else tail.position + 1,
        "at": utc(deed.at, "at"),
        "who": deed.who,
        "role": deed.role,
        "action": deed.action,
        "ward_id": deed.ward_id,
        "patient_id": deed.patient_id,
        "detail": canonical_json(dict(deed.detail or {})),
        "previous_digest": FIRST if tail is None else tail.digest,
    }
    row["digest"] = row_digest(audit, row)
    connection.execute(insert(audit), [row])
    return audit_record_of(row)


def deed_of(receipt: Receipt, origin: Origin) -> Deed:
    """What a stored form says for the trail: kinds and count, never a value."""
    first = receipt.entries[0]
    corrected = [one.replaces for one in receipt.entries if one.replaces is not None]
    attributed = any(one.payload.get("other_cause") for one in receipt.entries)
    action = "import" if origin == "imported" else "correct" if corrected else "enter"
    return Deed(
        action="attribute" if attributed and origin != "imported" else action,
        at=first.recorded_at,
        who=first.recorded_by,
        role=first.role,
        ward_id=receipt.ward_id,
        patient_id=receipt.patient_id,
        detail={
            "submission": receipt.submission_id,
            "entries": len(receipt.entries),
            "kinds": sorted({one.kind for one in receipt.entries}),
            "replaces": corrected,
        },
    )


def deed_of_row(action: str, given: Mapping[str, Any]) -> Deed:
    """What an acknowledgement, a decision or a choice says for the trail."""
    named = ("acknowledgement_id", "alert_id", "decision_id", "rule", "choice", "choice_id",
             "scope", "protocol_id")  # fmt: skip
    return Deed(
        action="override" if given.get("choice") == "overridden" else action,
        at=given["recorded_at"],
        who=given["recorded_by"],
        role=given["role"],
        ward_id=given["ward_id"],
        patient_id=given.get("patient_id"),
        detail={name: given[name] for name in named if name in given},
    )


def trail(
    connection: Connection, *, patient_id: str | None, since: datetime | None
) -> tuple[AuditRecord, ...]:
    """The records in the order they were made, of one patient or since a time if asked."""
    query = select(audit).order_by(audit.c.position)
    if patient_id is not None:
        query = query.where(audit.c.patient_id == patient_id)
    if since is not None:
        query = query.where(audit.c.at >= utc(since, "since"))
    return tuple(audit_record_of(row) for row in connection.execute(query).mappings())


def head(connection: Connection) -> tuple[int, str]:
    """Length and last digest of the chain: written down outside, they prove a cut tail."""
    query = select(audit.c.position, audit.c.digest).order_by(audit.c.position.desc()).limit(1)
    tail = connection.execute(query).one_or_none()
    return (0, FIRST) if tail is None else (int(tail.position), str(tail.digest))


def audit_record_of(row: RowMapping | Mapping[str, Any]) -> AuditRecord:
    """One row as a record."""
    fields = {name: row[name] for name in AuditRecord.__dataclass_fields__}
    return AuditRecord(**{**fields, "detail": json.loads(row["detail"])})
