"""
What restoring a file and restoring a server have in common: the proof, and what is said of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, update

from dashboard.store.errors import BackupRefused
from dashboard.store.heads import Head, differences
from dashboard.store.migrating import migrate, schema_of
from dashboard.store.opening import open_store
from dashboard.store.tables import account, entry, seat
from dashboard.store.times import utc
from dashboard.store.verifying import verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """
    What was put in place.

    ``was`` is the head of the store that was replaced (None: there was none, or it could not be
    read), ``kept`` the head that lay beside the backup, ``head`` the one of the restored store.
    """

    place: str
    was: Head | None
    kept: Head | None
    head: Head
    schema_before: str
    schema_after: str
    set_aside: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """A backup: the file as it is called, where its content lies, and the head kept beside it."""

    file: Path
    content: Path
    kept: Head | None


def holdings(connection: Connection) -> str:
    """What would be replaced, in words; empty when there is nothing worth asking about."""
    present = set(inspect(connection).get_table_names())
    counted = [
        (connection.scalar(select(func.count()).select_from(table)), name)
        for table, name in ((entry, "entries"), (account, "accounts"))
        if table.name in present
    ]
    return " and ".join(f"{count} {name}" for count, name in counted if count)


def occupied(place: str, holds: str) -> BackupRefused:
    """The refusal to replace something unasked."""
    return BackupRefused(
        place,
        f"holds {holds} already; nothing was changed.",
        "Restore to another place, or say --replace: what is there is then set aside, not deleted.",
    )


def finish(connection: Connection, file: Path, kept: Head | None, head: Head, now: datetime) -> str:
    """Bring what was restored to this schema, prove it, and end its seats; gives the schema."""
    migrate(connection, str(file))
    if kept is not None and kept != head:
        refuse_faulty(file, ["its head is not the one in the .head file beside it"])
    refuse_faulty(file, [str(each) for each in differences(connection, head)])
    refuse_faulty(file, [str(each) for each in verify(connection)])
    ended = {"ended_at": utc(now, "now"), "ended_why": "restored"}
    connection.execute(update(seat).where(seat.c.ended_at.is_(None)).values(ended))
    return str(schema_of(connection))


def refuse_faulty(file: Path, faults: list[str]) -> None:
    """Raise where a backup is not what was written."""
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise BackupRefused(
            str(file),
            f"this backup is not whole: {faults[0]}{more}. Nothing was changed.",
            "Take an earlier backup; keep this one for the inquiry.",
        )


def note(url: str, file: Path, head: Head, now: datetime, who: str) -> None:
    """The restored store says itself that it is one, from which file and at which head."""
    detail = {"file": file.name, "head": str(head)}
    with open_store(url) as store:
        store.audit("restore", at=now, who=who, role="system", detail=detail)
