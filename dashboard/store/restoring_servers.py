"""
Putting a dump in the place of a PostgreSQL store; the schema that was there is renamed, not gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from dashboard.store import postgres_copies
from dashboard.store.backing_up import stamp
from dashboard.store.engines import Engines
from dashboard.store.errors import BackupRefused
from dashboard.store.heads import Head, head_of
from dashboard.store.migrating import refuse_newer
from dashboard.store.opening import engines_for
from dashboard.store.restored import Restored, Source, finish, holdings, note, occupied


def into_server(source: Source, url: str, *, replace: bool, now: datetime, who: str) -> Restored:
    """Load the dump beside what is there, prove it, and put it in place."""
    file, kept = source.file, source.kept
    engines = engines_for(url)
    try:
        before = postgres_copies.revision_in(source.content)
        if before is None:
            raise BackupRefused(str(file), "holds no journal.", "Name a file toxwatch made.")
        refuse_newer(None, str(file), before)
        was, schema, holds = _server_standing(engines)
        if holds and not replace:
            raise occupied(engines.place, holds)
        if postgres_copies.schema_in(source.content) != schema:
            raise BackupRefused(
                str(file), f'lies in another schema than this address ("{schema}").',
                "Set the same search_path as where the backup was made.",
            )  # fmt: skip
        with engines.reading() as connection:
            is_empty = postgres_copies.is_empty(connection, schema)
        aside = None if is_empty else f"{schema}_replaced_{stamp(now).lower()}"
        with _set_aside(engines, schema, aside):
            postgres_copies.load(url, source.content)
            head, after = engines.write_once(lambda c: _server_finish(c, file, kept, now))
    finally:
        engines.dispose()
    note(url, file, head, now, who)
    return Restored(
        place=engines.place, was=was, kept=kept, head=head, schema_before=before,
        schema_after=after, set_aside=None if aside is None else f"schema {aside}",
    )  # fmt: skip


def _server_standing(engines: Engines) -> tuple[Head | None, str, str]:
    with engines.reading() as connection:
        found = refuse_newer(connection, engines.place)
        schema = postgres_copies.schema_of_journal(connection)
        others = postgres_copies.others_connected(connection)
        if others:
            raise BackupRefused(
                engines.place,
                f"{others} other toxwatch connections are open.",
                "Stop the toxwatch server first, then restore.",
            )
        if found is None:
            return None, schema, ""
        return head_of(connection), schema, holdings(connection)


@contextmanager
def _set_aside(engines: Engines, schema: str, aside: str | None) -> Iterator[None]:
    """Move away what is there, and back again where the restore does not work."""
    if aside is None:
        yield
        return
    engines.write_once(lambda c: postgres_copies.set_aside(c, schema, aside))
    try:
        yield
    except BaseException:
        engines.write_once(lambda c: postgres_copies.bring_back(c, schema, aside))
        raise


def _server_finish(
    connection: Connection, file: Path, kept: Head | None, now: datetime
) -> tuple[Head, str]:
    head = head_of(connection)
    return head, finish(connection, file, kept, head, now)
