"""
The database's own refusal to change the journal: which guards there must be, and are they there.

The migrations put them up. Here they are counted at every start and at every verification,
because a table without them would look just the same.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from dashboard.store.tables import APPEND_ONLY, PARTLY_FIXED

SQLITE: Final = frozenset(
    {
        f"{table}_{what}"
        for table in APPEND_ONLY
        for what in ("no_update", "no_delete", "no_replace")
    }
    | {"ward_version_forward", "ward_version_no_delete", "ward_version_no_replace"}
    | {f"{table}_{what}" for table in PARTLY_FIXED for what in ("fixed", "no_delete", "no_replace")}
)
POSTGRESQL: Final = frozenset(
    {f"{table}_append_only" for table in APPEND_ONLY}
    | {"ward_version_forward", "ward_version_no_delete"}
    | {f"{table}_{what}" for table in PARTLY_FIXED for what in ("fixed", "no_delete")}
)


def missing_guards(
    connection: Connection,
    *,
    sqlite: frozenset[str] = SQLITE,
    postgresql: frozenset[str] = POSTGRESQL,
) -> list[str]:
    """The guards that should be in force and are not: the ward's unless others are named."""
    if connection.dialect.name == "sqlite":
        found = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        return sorted(sqlite - set(found))
    query = (
        "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE tgenabled IN ('O', 'A') AND relnamespace = current_schema()::regnamespace"
    )
    return sorted(postgresql - set(connection.scalars(text(query))))
