"""
Bringing a database to the schema of this program, and refusing one from a later program.

Two processes that start together wait for each other: on SQLite by the write lock, on
PostgreSQL by an advisory lock. ``scripts`` is the folder of the migrations: those of the ward's
store unless told otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from dashboard.store.errors import DatabaseTooNew

WARD_SCRIPTS: Final = Path(__file__).with_name("migrations")
_LOCK: Final = 0x70787761  # any fixed number; other programs must not happen on it


def configuration(connection: Connection | None = None, *, scripts: Path = WARD_SCRIPTS) -> Config:
    """Alembic's configuration without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def newest_schema(*, scripts: Path = WARD_SCRIPTS) -> str:
    """The schema this program was written for."""
    head = ScriptDirectory.from_config(configuration(scripts=scripts)).get_current_head()
    if head is None:
        raise RuntimeError(f"{scripts} holds no migration: reinstall toxwatch.")
    return head


def schema_of(connection: Connection) -> str | None:
    """The schema a database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def refuse_newer(
    connection: Connection | None,
    place: str,
    found: str | None = None,
    *,
    scripts: Path = WARD_SCRIPTS,
) -> str | None:
    """The schema of a database, or of a copy; refused by name where a later program made it."""
    found = schema_of(connection) if connection is not None else found
    known = ScriptDirectory.from_config(configuration(scripts=scripts)).walk_revisions()
    if found is not None and found not in {each.revision for each in known}:
        raise DatabaseTooNew(
            place,
            f"a newer toxwatch has written this database (schema {found}; this one knows up to "
            f"{newest_schema(scripts=scripts)}).",
            "Start that version, or restore a backup made with this one.",
        )
    return found


def migrate(connection: Connection, place: str, *, scripts: Path = WARD_SCRIPTS) -> None:
    """Bring the schema up to date inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if refuse_newer(connection, place, scripts=scripts) != newest_schema(scripts=scripts):
        command.upgrade(configuration(connection, scripts=scripts), "head")
