"""
The part of the store that keeps who did what: the trail, the accounts, and records with a change.

What changes the journal and what says so are one transaction; a resend leaves no second record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from dashboard.store import admitting, auditing, reading, writing
from dashboard.store.accounts import Account, Accounts
from dashboard.store.admitting import Coming
from dashboard.store.auditing import AuditRecord, Deed
from dashboard.store.engines import Engines
from dashboard.store.entries import Receipt
from dashboard.store.errors import SubmissionRefused
from dashboard.store.times import utc

T = TypeVar("T")


class Trail:
    """Who did what, and who may sign on; a part of ``Store``."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    @property
    def accounts(self) -> Accounts:
        """The accounts and the seats."""
        return Accounts(self._engines)

    def admit(self, coming: Coming, *, at: datetime) -> Account:
        """The account of somebody the identity provider has sent, with what it says now."""
        return admitting.admit(self._engines, coming, at=at)

    def audit(
        self,
        action: str,
        *,
        at: datetime,
        who: str,
        role: str,
        ward_id: str | None = None,
        patient_id: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> AuditRecord:
        """Put on record that somebody did something, or was refused; never put values in it."""
        deed = Deed(
            action=action, at=utc(at, "at"), who=who, role=role, ward_id=ward_id,
            patient_id=patient_id, detail=detail,
        )  # fmt: skip
        complaints = auditing.faults(deed)
        if complaints:
            raise SubmissionRefused(tuple(complaints))
        return self._engines.write_once(lambda c: auditing.add(c, deed))

    def audit_trail(
        self, patient_id: str | None = None, since: datetime | None = None
    ) -> tuple[AuditRecord, ...]:
        """What was put on record, oldest first; of one patient, or since a time, if asked."""
        with self._engines.reading() as connection:
            return auditing.trail(connection, patient_id=patient_id, since=since)

    def audit_head(self) -> tuple[int, str]:
        """Length and last digest of the trail: kept elsewhere, they prove that it was not cut."""
        with self._engines.reading() as connection:
            return auditing.head(connection)


def append(connection: Connection, work: writing.Work) -> Receipt:
    """Store a submission and, with it, who did so."""
    receipt = writing.append(connection, work)
    if receipt.stored:
        auditing.add(connection, auditing.deed_of(receipt, work.origin))
    return receipt


def recorded(
    connection: Connection,
    action: str,
    store_it: Callable[[Connection, Mapping[str, Any]], T],
    given: Mapping[str, Any],
) -> T:
    """Store a row and, with it, who did so."""
    writing.lock_ward(connection, given["ward_id"])
    before = reading.ward_version_of(connection, given["ward_id"])
    row = store_it(connection, given)
    if reading.ward_version_of(connection, given["ward_id"]) != before:
        auditing.add(connection, auditing.deed_of_row(action, given))
    return row
