"""
What this process has noticed about its database: damage, a full disk, how much room is left.

The first sign of damage makes the store read-only for as long as the process runs: writing on
would bury what can still be saved. A full disk refuses entries until one has gone in again.
Damage is what the database itself reports, or a stored row that does not fit its digest any more.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, ExceptionContext, RowMapping, Table, event, select

from dashboard.store.canonical import row_digest
from dashboard.store.engines import Engines
from dashboard.store.errors import StoreDamaged
from dashboard.store.tables import audit

BACKUP: Final = "backup"  # what the audit trail calls it
BACKUP_DUE: Final = timedelta(hours=24)
ROOM_BYTES: Final = 64 * 1024 * 1024  # below this much free space somebody must act soon
_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002")
_FULL: Final = ("SQLITE_FULL", "53100")
_WROTE: Final = "toxwatch-wrote"
_CURE: Final = (
    "Nothing more is written to it. Keep the file for the inquiry, restore the last backup "
    "(toxwatch restore), and chart on paper until then."
)


@dataclass(slots=True)
class Health:
    """What was noticed about one database."""

    place: str
    damage: str | None = None
    is_full: bool = False

    def note_damage(self, fault: str) -> StoreDamaged:
        """Remember the first fault; give the refusal that everyone hears from now on."""
        if self.damage is None:
            self.damage = fault
        return StoreDamaged(self.place, f"the database is damaged: {self.damage}.", _CURE)

    def refuse_writing(self) -> None:
        """Raise where something damaged would be written to."""
        if self.damage is not None:
            raise StoreDamaged(
                self.place, f"not saved: the database is damaged ({self.damage}).", _CURE
            )


_known: dict[str, Health] = {}
_places: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()
_guard = threading.Lock()


def health_of(place: str) -> Health:
    """What this process knows about the database at this place."""
    with _guard:
        return _known.setdefault(place, Health(place))


def forget(place: str) -> None:
    """The database was opened anew: what is wrong with it will show again."""
    with _guard:
        _known.pop(place, None)


def watched(engines: Engines) -> Engines:
    """The same engines; from now on they tell what they notice, and do not write to damage."""
    place = engines.place
    _listen(engines.read, place, writes=False)
    _listen(engines.write, place, writes=True)

    @event.listens_for(engines.write, "begin", insert=True)
    def _begin(_connection: Connection) -> None:
        health_of(place).refuse_writing()

    return engines


def intact(
    connection: Connection, table: Table, rows: Iterable[RowMapping]
) -> tuple[RowMapping, ...]:
    """
    The rows, each compared with its digest before anybody is shown what it says.

    Raises:
        StoreDamaged: a row is not what was recorded.

    """
    fault = f"a row of the table {table.name} cannot be read"
    try:
        found = tuple(rows)
        for row in found:
            if row_digest(table, row) != row["digest"]:
                fault = f"{table.name} row {row['seq']} is not what was recorded"
                break
        else:
            return found
    except (TypeError, ValueError) as error:  # a time or a number that is none any more
        fault = f"a row of the table {table.name} cannot be read ({type(error).__name__})"
    raise health_of(_places.get(connection.engine, "the database")).note_damage(fault)


def _listen(engine: Engine, place: str, *, writes: bool) -> None:
    _places[engine] = place

    @event.listens_for(engine, "handle_error")
    def _error(context: ExceptionContext) -> None:
        code = error_code(context.original_exception)
        if code.startswith(_DAMAGED):
            damaged = health_of(place).note_damage(code)
            if writes:
                health_of(place).refuse_writing()
            raise damaged from None
        if code.startswith(_FULL):
            health_of(place).is_full = True

    @event.listens_for(engine, "after_cursor_execute")
    def _statement(connection: Connection, *_rest: Any) -> None:
        if getattr(_rest[3], "isinsert", False):
            connection.info[_WROTE] = True

    @event.listens_for(engine, "commit")
    def _commit(connection: Connection) -> None:
        if connection.info.pop(_WROTE, False):
            health_of(place).is_full = False

    @event.listens_for(engine, "rollback")
    def _rollback(connection: Connection) -> None:
        if not connection.invalidated:  # a lost connection has nothing left to ask
            connection.info.pop(_WROTE, None)


def error_code(error: BaseException) -> str:
    """SQLite's name or PostgreSQL's SQLSTATE of an error of the driver."""
    if isinstance(error, UnicodeDecodeError):  # the driver could not even read SQLite's complaint
        return "SQLITE_CORRUPT"
    if isinstance(error, sqlite3.DatabaseError):
        name: str = getattr(error, "sqlite_errorname", "")
        return name or ("SQLITE_CORRUPT" if "malformed" in str(error) else "")
    return str(getattr(error, "sqlstate", None) or "")


def last_backup(connection: Connection) -> datetime | None:
    """When the newest backup that the store knows of was made."""
    query = (
        select(audit.c.at)
        .where(audit.c.action == BACKUP)
        .order_by(audit.c.position.desc())
        .limit(1)
    )
    return connection.scalar(query)


def free_bytes(file: Path | None) -> int | None:
    """The room on the disk of an embedded database; None where the database is on a server."""
    if file is None:
        return None
    try:
        return shutil.disk_usage(file.parent).free
    except OSError:
        return None
