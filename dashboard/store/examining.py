"""
Looking a whole store over without changing anything: pages, chains, guards and the head.

Nothing is migrated and nothing is refused for being wrong: what is wrong is what is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from dashboard.store.backing_up import embedded_file
from dashboard.store.entries import JournalFault
from dashboard.store.errors import BackupRefused, StoreDamaged
from dashboard.store.heads import Head, differences, head_of, settled
from dashboard.store.migrating import refuse_newer
from dashboard.store.opening import engines_for
from dashboard.store.verifying import verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What a store is found to be; the head is None where its pages are too damaged for one."""

    place: str
    schema: str | None
    faults: tuple[JournalFault, ...]
    head: Head | None


def examine(url: str | None, against: Head | None = None) -> Examination:
    """
    Look over the store at an address, and compare it with a head that was kept outside.

    Raises:
        StoreError: it cannot be opened at all, or a later program wrote it.

    """
    file = embedded_file(url)
    if file is not None and not file.is_file():
        raise BackupRefused(str(file), "there is no such database.", "Name it with --database.")
    engines = engines_for(url)
    try:
        with settled(engines) as connection:
            return _looked_over(connection, engines.place, against)
    except (StoreDamaged, UnicodeDecodeError) as error:
        says = error.fault if isinstance(error, StoreDamaged) else "the schema is damaged"
        fault = JournalFault(None, None, None, says)
        return Examination(place=engines.place, schema=None, faults=(fault,), head=None)
    finally:
        engines.dispose()


def _looked_over(connection: Connection, place: str, against: Head | None) -> Examination:
    faults = []
    if connection.dialect.name == "sqlite":
        said = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
        faults += [JournalFault(None, None, None, f"SQLite: {one}") for one in said if one != "ok"]
    schema = refuse_newer(connection, place)
    faults += verify(connection)
    if against is not None:
        faults += differences(connection, against)
    return Examination(
        place=place, schema=schema, faults=tuple(faults), head=head_of(connection)
    )  # fmt: skip
