"""
Connections: one engine that writes, one that only reads, and what a failure means to a person.

On SQLite a writer takes the lock when its transaction begins (no upgrade in the middle that
fails at once) and writers inside this process queue at a lock of their own, because SQLite's
own waiting is unfair under load.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from dashboard.observing import figures
from dashboard.store.errors import (
    KEPT,
    DiskFull,
    NotRead,
    NotSaved,
    OutcomeUnknown,
    SettingsRefused,
    StoreBusy,
    StoreError,
    StoreUnreachable,
    SubmissionRefused,
)
from dashboard.store.network import guarded, patience, shown, unreached
from dashboard.store.row_security import BEGINNING, name_reads

_WAIT_S: Final = 10.0
_TRIES: Final = 12
_PATIENCE: Final = (
    "-c statement_timeout=15000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000"
)
# Last, so that no address undoes it.
_FIRM: Final = f"-c timezone=UTC -c synchronous_commit=on {BEGINNING}"
Result = TypeVar("Result")
_JITTER: Final = random.SystemRandom()
_locks: dict[str, threading.Lock] = {}
_locks_guard = threading.Lock()


class _ConflictError(Exception):
    """Another writer was faster: read again in a new transaction."""


class _Queue(Protocol):
    def acquire(self, *, timeout: float) -> bool: ...

    def release(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Engines:
    """The two doors to one database, and its name for messages (never with a password)."""

    write: Engine
    read: Engine
    place: str
    file: Path | None
    lock: _Queue

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.file is not None

    def dispose(self) -> None:
        """Close every connection."""
        self.write.dispose()
        self.read.dispose()

    def reach(self) -> None:
        """Connect once, so that what hinders it is said in the server's own words."""
        if self.is_sqlite:
            return  # a file is opened by the first transaction, which says what is wrong
        try:
            self.write.connect().close()
        except DBAPIError as error:
            raise unreached(error, self.place) from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that cannot write."""
        try:
            with self.read.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise _read_fault(error, self.place) from None
        except PoolExhausted:
            raise NotRead(
                self.place,
                "too many screens are reading at once.",
                "What is on the screen may be old: load the page again in a moment.",
            ) from None

    def write_once(self, work: Callable[[Connection], Result]) -> Result:
        """Run ``work`` in one transaction; where another writer was faster, run it again."""
        try:
            with figures.timed(figures.writes):
                return self._until_stored(work)
        except SubmissionRefused:
            raise  # counts itself, wherever it is raised
        except StoreError as error:
            figures.refused.labels(type(error).__name__).inc()
            raise

    def _until_stored(self, work: Callable[[Connection], Result]) -> Result:
        name = ""
        for attempt in range(_TRIES):
            try:
                return self._attempt(work)
            except _ConflictError as conflict:
                name = str(conflict)
                time.sleep(_JITTER.uniform(0, 0.01 * 2 ** min(attempt, 5)))
        raise StoreBusy(
            self.place, f"not saved: the database refused the entry ({name}).", f"{KEPT} Try again."
        )

    def _attempt(self, work: Callable[[Connection], Result]) -> Result:
        if not self.lock.acquire(timeout=2 * _WAIT_S):
            raise _busy(self.place)
        committing = False
        fault: Exception
        try:
            with self.write.connect() as connection:
                transaction = connection.begin()
                try:
                    result = work(connection)
                    committing = True
                    transaction.commit()
                except BaseException:
                    if transaction.is_active:
                        transaction.rollback()
                    raise
            return result
        except DBAPIError as error:
            fault = _write_fault(error, self.place, committing=committing)
        except PoolExhausted:
            fault = _busy(self.place)
        finally:
            self.lock.release()
        # Raised out here, so that the driver's error, which may quote a row, is not carried along.
        raise fault


def sqlite_engines(file: Path, pragmas: Mapping[str, int | str]) -> Engines:
    """Engines for one database file, every connection under the same pragmas."""
    url = URL.create("sqlite", database=str(file))
    place = str(file)
    write = create_engine(url, hide_parameters=True, pool_size=2, max_overflow=0)
    read = create_engine(url, hide_parameters=True, pool_size=8, max_overflow=8)
    _under(write, pragmas, place, begin="BEGIN IMMEDIATE")
    _under(read, {**pragmas, "query_only": 1}, place, begin="BEGIN")
    with _locks_guard:
        lock = _locks.setdefault(str(file.resolve()), threading.Lock())
    return Engines(write=write, read=read, place=place, file=file, lock=lock)


def _under(engine: Engine, pragmas: Mapping[str, int | str], place: str, *, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def _settle(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")
        for name, value in pragmas.items():
            answer = connection.execute(f"PRAGMA {name}").fetchone()
            if answer is None or answer[0] != value:
                found = None if answer is None else answer[0]
                raise SettingsRefused(
                    place,
                    f"PRAGMA {name} stays {found}, wanted {value}: a saved entry could be lost.",
                    "Close other programs that use this file; keep it on a local disk.",
                )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def postgresql_engines(url: URL) -> Engines:
    """Engines for a PostgreSQL server, through psycopg 3; over a network only with TLS."""
    url = guarded(url.set(drivername="postgresql+psycopg"))
    asked = url.query.get("options", "")
    asked = asked if isinstance(asked, str) else " ".join(asked)
    url = url.difference_update_query(["options"])

    def build(extra: str, isolation: IsolationLevel) -> Engine:
        options = f"{_PATIENCE} {asked} {_FIRM} {extra}".strip()
        return create_engine(
            url,
            hide_parameters=True,
            isolation_level=isolation,
            pool_pre_ping=True,  # a restarted server is noticed before an entry is handed over
            pool_size=10,
            max_overflow=10,
            pool_recycle=1800,
            connect_args={
                "options": options, "application_name": "toxwatch", **patience(url)
            },
        )  # fmt: skip

    # All that one reading asks for is of one moment, as it is on SQLite.
    read = build("-c default_transaction_read_only=on", "REPEATABLE READ")
    event.listen(read, "begin", name_reads)
    return Engines(
        write=build("", "READ COMMITTED"),
        read=read,
        place=shown(url),
        file=None,
        lock=_NoQueue(),  # the server queues its writers itself
    )


class _NoQueue:
    """Stands where SQLite needs the writers of this process to queue."""

    def acquire(self, *, timeout: float) -> bool:
        """Never wait."""
        return True

    def release(self) -> None:
        """Nothing to give back."""


def _code(error: DBAPIError) -> str:
    """SQLite's error name or PostgreSQL's SQLSTATE: enough for a log, and no patient content."""
    original = error.orig
    name = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None)
    diagnostics = getattr(original, "diag", None)
    constraint = getattr(diagnostics, "constraint_name", None)
    return " ".join(str(part) for part in (name, constraint) if part) or type(original).__name__


def _busy(place: str) -> StoreBusy:
    return StoreBusy(place, "not saved: another writer is busy.", f"{KEPT} Save again.")


def _write_fault(error: DBAPIError, place: str, *, committing: bool) -> Exception:
    """Turn a driver's error into what it means for the entry."""
    code = _code(error)
    if isinstance(error, IntegrityError) or code.startswith(("40001", "40P01")):
        return _ConflictError(code)
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "57014")):
        return _busy(place)
    if code.startswith(("SQLITE_FULL", "53100")):
        return DiskFull(
            place, "not saved: the disk is full. Reading still works.", f"{KEPT} Free space first."
        )
    if committing and (error.connection_invalidated or _lost(code)):
        return OutcomeUnknown(
            place,
            "the connection broke while saving; the entry may be stored or not.",
            "Save again: it is stored once only.",
        )
    if error.connection_invalidated or _lost(code):
        return StoreUnreachable(
            place, f"not saved: the database does not answer ({code}).", f"{KEPT} Save again."
        )
    return NotSaved(place, f"not saved: the database refused ({code}).", KEPT)


def _lost(code: str) -> bool:
    return code.startswith(("08", "57P", "OperationalError", "InterfaceError", "SQLITE_CANTOPEN"))


def _read_fault(error: DBAPIError, place: str) -> StoreError:
    return NotRead(
        place,
        f"the entries could not be read ({_code(error)}).",
        "What is on the screen may be old: use the bedside chart until it is back.",
    )
