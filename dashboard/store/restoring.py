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
from datetime import datetime
from pathlib import Path
from typing import Final

from dashboard.store import postgres_copies, sealing
from dashboard.store.backing_up import (
    cannot_write,
    copy_sqlite,
    embedded_file,
    part_beside,
    stamp,
    sync_folder,
    tried,
)
from dashboard.store.engines import sqlite_engines
from dashboard.store.errors import BackupRefused, DatabaseTooNew, StoreError
from dashboard.store.heads import Head, head_of, read_head
from dashboard.store.migrating import refuse_newer
from dashboard.store.restored import (
    Restored,
    Source,
    finish,
    holdings,
    note,
    occupied,
    refuse_faulty,
)
from dashboard.store.restoring_servers import into_server
from dashboard.store.settings import pragmas

_SQLITE: Final = b"SQLite format 3\x00"
_BESIDE: Final = ("", "-journal", "-wal", "-shm")


def restore(
    file: Path,
    url: str | None,
    *,
    replace: bool,
    now: datetime,
    who: str,
    key_file: Path | None = None,
) -> Restored:
    """
    Put a backup in place; a sealed one with its key.

    Raises:
        StoreError: nothing was changed; place, fault, cure.

    """
    _beginning(file)
    target = embedded_file(url)
    # Where the key lies is not asked here: nobody in need of a restore should be held up by it.
    key = None if key_file is None else sealing.read_key(key_file)
    try:
        with sealing.opened(file, key, target) as content:
            source = Source(file, content, _kept_head(file))
            return _put(source, url, target, replace=replace, now=now, who=who)
    except OSError as error:
        raise cannot_write(target, error) from None


def _put(
    source: Source, url: str | None, target: Path | None, *,
    replace: bool, now: datetime, who: str,
) -> Restored:  # fmt: skip
    begins, file = _beginning(source.content), source.file
    if begins == _SQLITE and target is not None:
        return _into_file(source, target, replace=replace, now=now, who=who)
    if begins.startswith(postgres_copies.MAGIC) and target is None and url is not None:
        return into_server(source, url, replace=replace, now=now, who=who)
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


def _into_file(source: Source, target: Path, *, replace: bool, now: datetime, who: str) -> Restored:
    file, kept = source.file, source.kept
    if target.exists() and file.samefile(target):
        raise BackupRefused(str(file), "is the store itself.", "Name a backup.")
    refuse_open_elsewhere(target)
    was = _standing(target, replace=replace)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with part_beside(target) as part:
        read_whole(source.content, part)
        before, after, head = _prepared(file, part, kept, now)
        refuse_open_elsewhere(target)
        aside = exchange(target, part, now)
    note(f"sqlite:///{target}", file, head, now, who)
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
            holds = holdings(connection)
            was = head_of(connection)
    except StoreError as error:
        if not replace or isinstance(error, DatabaseTooNew):
            raise
    finally:
        engines.dispose()
    if holds and not replace:
        raise occupied(str(target), holds)
    return was


def read_whole(file: Path, part: Path) -> None:
    """Copy a backup, as it is, into the file that will take the place."""
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
        refuse_faulty(file, [str(fault) for fault in faults])
        after = engines.write_once(lambda connection: finish(connection, file, kept, head, now))
    finally:
        engines.dispose()
    return before, after, head


def exchange(target: Path, part: Path, now: datetime) -> Path | None:
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


def refuse_open_elsewhere(target: Path) -> None:
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
