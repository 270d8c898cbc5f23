"""
Opening a store: find the database, bring it up to date, and refuse one that could lose an entry.

Settings are read back from the open database, not taken from what was asked for. The database
file belongs to the account that runs toxwatch and to nobody else.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

import platformdirs
from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from dashboard.store.at_rest import refuse_plain_disk
from dashboard.store.engines import Engines, postgresql_engines, sqlite_engines
from dashboard.store.errors import GuardMissing, SettingsRefused, StoreUnreachable
from dashboard.store.guards import missing_guards
from dashboard.store.health import forget, health_of, watched
from dashboard.store.journal import Store
from dashboard.store.migrating import migrate, newest_schema, schema_of
from dashboard.store.settings import (
    DURABLE,
    POSTGRESQL,
    Journal,
    pragmas,
    refuse_network_disk,
    refuse_unsafe_postgresql,
    refuse_unsafe_sqlite,
)

FILE_NAME: Final = "toxwatch.sqlite3"
_MOUNTS: Final = Path("/proc/self/mounts")


def default_file() -> Path:
    """Where the embedded store lies unless told otherwise."""
    return Path(platformdirs.user_data_dir("toxwatch")) / FILE_NAME


def open_store(url: str | None = None, *, journal: Journal = "truncate") -> Store:
    """
    Open the store, creating and migrating it as needed.

    ``url``: None for the embedded file in the user's data directory, ``sqlite:///path`` for
    another file, ``postgresql://...`` for a server. Raises a ``StoreError`` that names the cure
    when the database cannot be reached or could lose an entry.
    """
    return Store(
        ready_engines(url, journal, update=_bring_up_to_date, examine=refuse_missing_guards)
    )


def ready_engines(
    url: str | None,
    journal: Journal = "truncate",
    *,
    update: Callable[[Connection, str], None],
    examine: Callable[[Connection, str], None],
) -> Engines:
    """
    Connections to a database that is whole, up to date and durable, or none at all.

    ``update`` brings the schema up to date, ``examine`` refuses a database without its guards;
    both get the place for their messages.
    """
    engines = engines_for(url, journal)
    forget(engines.place)
    try:
        engines.reach()
        refuse_plain_disk(engines.file, engines.place)
        _refuse_damaged(engines)
        engines.write_once(lambda connection: update(connection, engines.place))
        engines.write_once(lambda connection: _refuse_unsafe(connection, engines))
        with engines.reading() as connection:
            examine(connection, engines.place)
    except BaseException:
        engines.dispose()
        raise
    return engines


def _bring_up_to_date(connection: Connection, place: str) -> None:
    """Migrate; an account that may not is told so before anything is tried."""
    if connection.dialect.name == "postgresql" and not may_migrate(connection):
        found, needed = schema_of(connection), newest_schema()
        if found is None or found < needed:
            raise SettingsRefused(
                place,
                f"the schema is {found or 'not there'}, this program needs {needed}, and this "
                "account may not change it.",
                "Run toxwatch database migrate with the account toxwatch_migrate, start again.",
            )
    migrate(connection, place)


def may_migrate(connection: Connection) -> bool:
    """Whether this account may make tables, on PostgreSQL."""
    query = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
    return bool(connection.scalar(text(query)))


def refuse_missing_guards(connection: Connection, place: str) -> None:
    """Raise where the database itself would let a recorded entry be changed."""
    gone = missing_guards(connection)
    if gone:
        raise GuardMissing(
            place,
            f"the database no longer refuses changes to recorded entries ({', '.join(gone)}).",
            "Run toxwatch verify, find out who removed the guards, restore from a backup.",
        )


def engines_for(url: str | None, journal: Journal = "truncate") -> Engines:
    """The two doors to the database at this address, as it is: nothing is migrated yet."""
    if url is None:
        return _sqlite(default_file(), journal)
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _unknown_address("this is not a database address.") from None
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise SettingsRefused(
                "sqlite", "a database in memory loses everything.", "Name a file: sqlite:///PATH."
            )
        return _sqlite(Path(parsed.database), journal)
    return _postgresql(parsed)


def _sqlite(file: Path, journal: Journal) -> Engines:
    file = file.expanduser().absolute()
    try:
        _make_private(file)
    except OSError as error:
        raise StoreUnreachable(
            str(file),
            f"the database file cannot be opened ({error.strerror}).",
            "Choose a directory that this account may write to.",
        ) from None
    if _MOUNTS.exists():
        refuse_network_disk(file.resolve(), _MOUNTS.read_text(encoding="utf-8"))
    return watched(sqlite_engines(file, pragmas(journal)))


def _make_private(file: Path) -> None:
    """Create directory and file for this account alone; an existing one keeps its rights."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _postgresql(url: URL) -> Engines:
    if url.drivername.split("+")[0] not in ("postgresql", "postgres"):
        raise _unknown_address(f'"{url.drivername}" is not a database toxwatch knows.')
    try:
        return watched(postgresql_engines(url))
    except (ModuleNotFoundError, NoSuchModuleError):
        raise StoreUnreachable(
            "PostgreSQL", "the driver psycopg is not installed.", "Install psycopg[binary]."
        ) from None


def _unknown_address(fault: str) -> StoreUnreachable:
    return StoreUnreachable(
        "--database", fault, "Use sqlite:///PATH or postgresql://USER@HOST/NAME."
    )


def _refuse_unsafe(connection: Connection, engines: Engines) -> None:
    if engines.is_sqlite:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in DURABLE}
        refuse_unsafe_sqlite(found, sqlite3.sqlite_version_info, engines.place)
    else:
        shown = {name: str(connection.scalar(text(f"SHOW {name}"))) for name in POSTGRESQL}
        refuse_unsafe_postgresql(shown, engines.place)


def _refuse_damaged(engines: Engines) -> None:
    """Look at every page of an embedded database before anything is written to it."""
    if not engines.is_sqlite:
        return
    try:
        with engines.reading() as connection:
            verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except UnicodeDecodeError:  # a schema so damaged that the complaint about it is no text
        verdict = None
    if verdict != "ok":
        raise health_of(engines.place).note_damage("SQLite's quick_check finds faults")
