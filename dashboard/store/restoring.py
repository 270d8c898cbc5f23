"""
Putting a backup in the place of a store, without ever throwing anything away.

A store with entries is replaced only when that is asked for, and is then set aside under another
name. The backup is copied, brought to this program's schema, verified and compared with its head
before it takes the place: a restore that does not work leaves everything as it was.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, inspect, select, update

from dashboard.store import postgres_copies
from dashboard.store.backing_up import (
    cannot_write,
    copy_sqlite,
    embedded_file,
    part_beside,
    stamp,
    sync_folder,
    tried,
)
from dashboard.store.engines import Engines, sqlite_engines
from dashboard.store.errors import BackupRefused, DatabaseTooNew, StoreError
from dashboard.store.heads import Head, differences, head_of, read_head
from dashboard.store.migrating import migrate, refuse_newer, schema_of
from dashboard.store.opening import engines_for, open_store
from dashboard.store.settings import pragmas
from dashboard.store.tables import account, entry, seat
from dashboard.store.times import utc
from dashboard.store.verifying import verify

_SQLITE: Final = b"SQLite format 3\x00"
_BESIDE: Final = ("", "-journal", "-wal", "-shm")


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


def restore(file: Path, url: str | None, *, replace: bool, now: datetime, who: str) -> Restored:
    """
    Put a backup in place.

    Raises:
        StoreError: nothing was changed; place, fault, cure.

    """
    begins = _beginning(file)
    kept = _kept_head(file)
    target = embedded_file(url)
    try:
        if begins == _SQLITE and target is not None:
            return _into_file(file, target, kept, replace=replace, now=now, who=who)
        if begins.startswith(postgres_copies.MAGIC) and target is None and url is not None:
            return _into_server(file, url, kept, replace=replace, now=now, who=who)
    except OSError as error:
        raise cannot_write(target, error) from None
    if begins == _SQLITE or begins.startswith(postgres_copies.MAGIC):
        raise BackupRefused(
            str(file), "is the backup of another kind of database.", "Give its --database."
        )
    raise BackupRefused(str(file), "is not a backup of a store.", "Name a file toxwatch made.")


def _beginning(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_SQLITE))
    except OSError as error:
        says = f"cannot be read ({error.strerror or 'unknown'})."
        raise BackupRefused(str(file), says, "Check the name.") from None


def _kept_head(file: Path) -> Head | None:
    beside = file.with_name(f"{file.name}.head")
    return read_head(beside.read_text(encoding="utf-8")) if beside.is_file() else None


# The embedded database


def _into_file(
    file: Path, target: Path, kept: Head | None, *, replace: bool, now: datetime, who: str
) -> Restored:
    if target.exists() and file.samefile(target):
        raise BackupRefused(str(file), "is the store itself.", "Name a backup.")
    _refuse_open_elsewhere(target)
    was = _standing(target, replace=replace)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with part_beside(target) as part:
        _read_whole(file, part)
        before, after, head = _prepared(file, part, kept, now)
        _refuse_open_elsewhere(target)
        aside = _exchange(target, part, now)
    _note(f"sqlite:///{target}", file, head, now, who)
    return Restored(
        place=str(target), was=was, kept=kept, head=head, schema_before=before,
        schema_after=after, set_aside=None if aside is None else str(aside),
    )  # fmt: skip


def _standing(target: Path, *, replace: bool) -> Head | None:
    """The head of what is there now; refused where something would be replaced unasked."""
    if not target.exists() or target.stat().st_size == 0:
        return None
    engines = sqlite_engines(target, pragmas("truncate"))
    was, holds = None, "cannot be read"
    try:
        with engines.reading() as connection:
            refuse_newer(connection, str(target))
            holds = _holdings(connection)
            was = head_of(connection)
    except StoreError as error:
        if not replace or isinstance(error, DatabaseTooNew):
            raise
    finally:
        engines.dispose()
    if holds and not replace:
        raise _occupied(str(target), holds)
    return was


def _holdings(connection: Connection) -> str:
    """What would be replaced, in words; empty when there is nothing worth asking about."""
    present = set(inspect(connection).get_table_names())
    counted = [
        (connection.scalar(select(func.count()).select_from(table)), name)
        for table, name in ((entry, "entries"), (account, "accounts"))
        if table.name in present
    ]
    return " and ".join(f"{count} {name}" for count, name in counted if count)


def _occupied(place: str, holds: str) -> BackupRefused:
    return BackupRefused(
        place,
        f"holds {holds} already; nothing was changed.",
        "Restore to another place, or say --replace: what is there is then set aside, not deleted.",
    )


def _read_whole(file: Path, part: Path) -> None:
    source = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        copy_sqlite(source, part)
    finally:
        source.close()


def _prepared(file: Path, part: Path, kept: Head | None, now: datetime) -> tuple[str, str, Head]:
    """Verify the copy, bring it to this schema, verify again: same head, no open seat."""
    engines = sqlite_engines(part, pragmas("truncate"))
    try:
        with engines.reading() as connection:
            before = refuse_newer(connection, str(file))
            if before is None:
                raise BackupRefused(str(file), "holds no journal.", "Name a file toxwatch made.")
        head, faults = tried(part)
        _refuse_faulty(file, [str(fault) for fault in faults])
        after = engines.write_once(lambda connection: _finish(connection, file, kept, head, now))
    finally:
        engines.dispose()
    return before, after, head


def _finish(
    connection: Connection, file: Path, kept: Head | None, head: Head, now: datetime
) -> str:
    migrate(connection, str(file))
    if kept is not None and kept != head:
        _refuse_faulty(file, ["its head is not the one in the .head file beside it"])
    _refuse_faulty(file, [str(each) for each in differences(connection, head)])
    _refuse_faulty(file, [str(each) for each in verify(connection)])
    ended = {"ended_at": utc(now, "now"), "ended_why": "restored"}
    connection.execute(update(seat).where(seat.c.ended_at.is_(None)).values(ended))
    return str(schema_of(connection))


def _refuse_faulty(file: Path, faults: list[str]) -> None:
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise BackupRefused(
            str(file),
            f"this backup is not whole: {faults[0]}{more}. Nothing was changed.",
            "Take an earlier backup; keep this one for the inquiry.",
        )


def _exchange(target: Path, part: Path, now: datetime) -> Path | None:
    """Put the new file in place; what was there keeps its content under another name."""
    aside = None
    if target.exists():
        aside = target.with_name(f"{target.name}.replaced-{stamp(now)}")
        # A left-over journal of the old file would be played into the new one.
        for end in reversed(_BESIDE):
            old = target.with_name(f"{target.name}{end}")
            if old.exists():
                os.replace(old, aside.with_name(f"{aside.name}{end}"))
    os.replace(part, target)
    sync_folder(target.parent)
    return aside


def _refuse_open_elsewhere(target: Path) -> None:
    """A running server would go on writing into the file that is set aside (seen on Linux)."""
    if not target.exists():
        return
    wanted = target.stat()
    for process in Path("/proc").glob("[0-9]*"):
        if process.name != str(os.getpid()) and any(_opened(process, wanted)):
            raise BackupRefused(
                str(target),
                f"is open in another program (process {process.name}).",
                "Stop the toxwatch server first; entries made meanwhile would be set aside.",
            )


def _opened(process: Path, wanted: os.stat_result) -> Iterator[bool]:
    try:
        for link in (process / "fd").iterdir():
            found = link.stat()
            yield (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino)
    except OSError:
        return  # it has ended, or belongs to another account


# A server


def _into_server(
    file: Path, url: str, kept: Head | None, *, replace: bool, now: datetime, who: str
) -> Restored:
    engines = engines_for(url)
    try:
        before = postgres_copies.revision_in(file)
        if before is None:
            raise BackupRefused(str(file), "holds no journal.", "Name a file toxwatch made.")
        refuse_newer(None, str(file), before)
        was, schema, holds = _server_standing(engines)
        if holds and not replace:
            raise _occupied(engines.place, holds)
        if postgres_copies.schema_in(file) != schema:
            raise BackupRefused(
                str(file), f'lies in another schema than this address ("{schema}").',
                "Set the same search_path as where the backup was made.",
            )  # fmt: skip
        with engines.reading() as connection:
            is_empty = postgres_copies.is_empty(connection, schema)
        aside = None if is_empty else f"{schema}_replaced_{stamp(now).lower()}"
        with _set_aside(engines, schema, aside):
            postgres_copies.load(url, file)
            head, after = engines.write_once(lambda c: _server_finish(c, file, kept, now))
    finally:
        engines.dispose()
    _note(url, file, head, now, who)
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
        return head_of(connection), schema, _holdings(connection)


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
    return head, _finish(connection, file, kept, head, now)


def _note(url: str, file: Path, head: Head, now: datetime, who: str) -> None:
    """The restored store says itself that it is one, from which file and at which head."""
    detail = {"file": file.name, "head": str(head)}
    with open_store(url) as store:
        store.audit("restore", at=now, who=who, role="system", detail=detail)
