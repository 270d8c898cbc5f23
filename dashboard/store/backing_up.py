"""
A safe copy of a store while people go on writing to it.

SQLite's own backup call, or pg_dump at one snapshot, writes a new file beside the target. The copy
is opened, its chains are walked and its head is compared with the original's; only then it gets
its name. A file copied by hand while somebody saves is no backup: it can be torn or lack entries.
With a key the copy is sealed, and what lies at the target is never readable without it.
"""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import platformdirs
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from dashboard.store import postgres_copies, sealing
from dashboard.store.auditing import Deed, add
from dashboard.store.engines import Engines, sqlite_engines
from dashboard.store.entries import JournalFault
from dashboard.store.errors import BackupRefused, StoreError
from dashboard.store.heads import Head, differences, head_of, settled
from dashboard.store.health import BACKUP
from dashboard.store.migrating import schema_of
from dashboard.store.opening import default_file, engines_for
from dashboard.store.row_security import refuse_hidden_rows
from dashboard.store.settings import pragmas
from dashboard.store.times import utc
from dashboard.store.verifying import verify

_PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that was made and tried. ``noted`` says whether the store knows about it."""

    file: Path
    head_file: Path
    head: Head
    size_bytes: int
    noted: bool


def default_target(engines: Engines, now: datetime, *, is_sealed: bool = False) -> Path:
    """Where a backup goes unless told otherwise: a folder ``backups`` beside the database."""
    folder = (
        Path(platformdirs.user_data_dir("toxwatch"))
        if engines.file is None
        else engines.file.parent
    )
    kind = "dump" if engines.file is None else "sqlite3"
    end = ".sealed" if is_sealed else ""
    return folder / "backups" / f"toxwatch-{stamp(now)}.{kind}{end}"


def stamp(now: datetime) -> str:
    """A time as part of a file name."""
    return utc(now, "now").strftime("%Y%m%dT%H%M%SZ")


def back_up(
    url: str | None,
    target: Path | None,
    *,
    now: datetime,
    who: str,
    key_file: Path | None = None,
) -> Backup:
    """
    Copy the store at an address into a new file, try the copy, and note that it was made.

    With a key file the copy is sealed: nobody reads it without that key, which must lie elsewhere.

    Raises:
        StoreError: no copy was made, or it is not what the store holds; place, fault, cure.

    """
    engines = engines_for(url) if _exists(url) else _refuse_absent(url)
    try:
        standard = default_target(engines, now, is_sealed=key_file is not None)
        target = (target or standard).expanduser().absolute()
        head_file = target.with_name(f"{target.name}.head")
        refuse_taken(target, head_file)
        protected = (target,) if engines.file is None else (target, engines.file)
        key = None if key_file is None else sealing.read_key(key_file, *protected)
        with _part_of(target) as part:
            head = _copy(engines, url, part) if key is None else _sealed(engines, url, part, key)
            os.replace(part, target)
        write_new(head_file, f"{head}\n")
        sync_folder(target.parent)
        noted = _note(engines, target, head, now, who)
        size = target.stat().st_size
        return Backup(file=target, head_file=head_file, head=head, size_bytes=size, noted=noted)
    except OSError as error:
        raise cannot_write(target, error) from None
    finally:
        engines.dispose()


def copy_sqlite(source: sqlite3.Connection, target: Path) -> None:
    """All pages in one locked reading, so that a busy ward cannot make it start over for ever."""
    deadline = time.monotonic() + _PATIENCE_S

    def progress(_status: int, _remaining: int, _total: int) -> None:
        if time.monotonic() > deadline:
            raise BackupRefused(
                str(target), "somebody holds the database for too long.", "Try again."
            )

    copy = sqlite3.connect(target)
    try:
        source.backup(copy, pages=-1, progress=progress)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        says = f"the copy broke off ({getattr(error, 'sqlite_errorname', 'unknown')})."
        cure = "Free space on the disk of the copy; if it goes on, run toxwatch verify."
        raise BackupRefused(str(target), says, cure) from None
    finally:
        copy.close()
    _sync(target)


def tried(file: Path) -> tuple[Head, list[JournalFault]]:
    """Open a copy: every page, every chain, and its head."""
    engines = sqlite_engines(file, pragmas("truncate"))
    try:
        with engines.reading() as connection:
            verdict = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
            if verdict != "ok":
                return head_of(connection), [JournalFault(None, None, None, "pages are damaged")]
            return head_of(connection), verify(connection)
    finally:
        engines.dispose()


def cannot_write(target: Path | None, error: OSError) -> BackupRefused:
    """A disk that does not take the copy, in words."""
    return BackupRefused(
        "backup" if target is None else str(target),
        f"the copy cannot be written ({error.strerror or 'unknown'}).",
        "Free space there, or name another place.",
    )


def sync_folder(folder: Path) -> None:
    """Make new names in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network shares know no such thing
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def part_beside(target: Path) -> Iterator[Path]:
    """A new, private file beside the target; whatever is left of it at the end goes away."""
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield part
    finally:
        for left in (part, part.with_name(f"{part.name}-journal")):
            left.unlink(missing_ok=True)


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with part_beside(target) as part:
        yield part


def _sealed(engines: Engines, url: str | None, part: Path, key: sealing.Key) -> Head:
    """The plain copy lies beside the data, which are as readable as it; the target gets none."""
    with sealing.private_file(engines.file) as plain:
        head = _copy(engines, url, plain)
        sealing.seal(plain, part, key)
        if not sealing.holds(part, plain, key):
            raise BackupRefused(str(part), "the sealed copy does not open again.", "Try again.")
    return head


def _copy(engines: Engines, url: str | None, part: Path) -> Head:
    if not engines.is_sqlite:
        with settled(engines) as connection:
            # The dump may take longer than an idle transaction is otherwise left alone.
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            refuse_hidden_rows(connection, engines.place)
            faults, head = verify(connection), head_of(connection)
            _refuse_faulty(engines.place, faults)
            schema = postgres_copies.schema_of_journal(connection)
            snapshot = str(connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar())
            postgres_copies.dump(url or "", schema, snapshot, part)
            if postgres_copies.revision_in(part) != schema_of(connection):
                raise BackupRefused(str(part), "the dump cannot be read again.", "Try again.")
        _sync(part)
        return head
    raw = engines.read.raw_connection()
    try:
        source = raw.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise TypeError("the embedded database has another driver than sqlite3")
        copy_sqlite(source, part)
    finally:
        raw.close()
    head, faults = tried(part)
    _refuse_faulty(engines.place, faults)
    with engines.reading() as connection:
        _refuse_faulty(engines.place, differences(connection, head))
    return head


def _refuse_faulty(place: str, faults: list[JournalFault]) -> None:
    """A copy of a journal that is wrong is no backup: better the older one that is right."""
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise BackupRefused(
            place,
            f"the journal is not what was written ({faults[0]}{more}); no backup was made.",
            "Keep the earlier backups, run toxwatch verify, find out what happened.",
        )


def _note(engines: Engines, target: Path, head: Head, now: datetime, who: str) -> bool:
    """Put the success on record; a copy that is good stays good without it."""
    deed = Deed(
        action=BACKUP, at=now, who=who, role="system",
        detail={"file": target.name, "head": str(head)},
    )  # fmt: skip
    try:
        engines.write_once(lambda connection: add(connection, deed))
    except StoreError:
        return False
    return True


def _exists(url: str | None) -> bool:
    file = embedded_file(url)
    return file is None or file.exists()


def embedded_file(url: str | None) -> Path | None:
    """The file of an embedded database; None for a server."""
    if url is None:
        return default_file()
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None  # opening it says what is wrong with it
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database).expanduser().absolute()


def _refuse_absent(url: str | None) -> Engines:
    raise BackupRefused(
        str(embedded_file(url)), "there is no such database.", "Name it: --database sqlite:///PATH."
    )


def refuse_taken(*files: Path) -> None:
    """Nothing is ever overwritten."""
    for file in files:
        if file.exists():
            raise BackupRefused(str(file), "exists already.", "Name a new file.")


def write_new(file: Path, content: str) -> None:
    """A new file for this account alone, on its disk when this returns."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
