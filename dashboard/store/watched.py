"""The part of the store that knows how it fares: whether it is whole, and could take an entry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from dashboard.store import health, verifying
from dashboard.store.entries import JournalFault
from dashboard.store.errors import StoreError
from dashboard.store.guards import missing_guards
from dashboard.store.migrating import newest_schema, schema_of
from dashboard.store.past import Past


class Watched(Past):
    """Damage, room, backups and readiness; a part of ``Store``."""

    @property
    def place(self) -> str:
        """The database in words, without a password."""
        return self._engines.place

    def verify(self) -> list[JournalFault]:
        """Everything in the journal that no program of ours can have written."""
        with self._engines.reading() as connection:
            return verifying.verify(connection)

    @property
    def health(self) -> health.Health:
        """What this process has noticed about the database: damage, a full disk."""
        return health.health_of(self.place)

    def last_backup(self) -> datetime | None:
        """When the newest backup that this store knows of was made."""
        with self._engines.reading() as connection:
            return health.last_backup(connection)

    def free_bytes(self) -> int | None:
        """The room left for an embedded database; None where a server keeps the data."""
        return health.free_bytes(self._engines.file)

    def ready(self) -> list[str]:
        """Why this store cannot take an entry now; an empty list means it can."""
        try:
            with self._engines.reading() as connection:
                faults = [f"guard {name} is gone" for name in missing_guards(connection)]
                if schema_of(connection) != newest_schema():
                    faults.append("the database has another schema than this program")
            self._engines.write_once(lambda c: c.scalar(text("SELECT 1")))  # changes nothing
        except StoreError as error:
            return [str(error)]
        free = self.free_bytes()
        if free is not None and free < health.ROOM_BYTES:
            faults.append("the disk is almost full")
        return faults
