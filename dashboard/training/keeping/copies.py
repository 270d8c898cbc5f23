"""
The training journal in ``toxwatch backup``, ``restore`` and ``verify``.

Its copy lies beside the ward's, under the same name with ``.training`` after it, and goes back with
it. A copy is opened, brought to this schema and walked from end to end before it gets its name, and
once more before it takes a place. A journal on a database server is verified here and copied with
the server's own means.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, inspect, select

from dashboard.store import sealing
from dashboard.store.backing_up import (
    cannot_write,
    copy_sqlite,
    embedded_file,
    part_beside,
    refuse_taken,
    sync_folder,
    write_new,
)
from dashboard.store.engines import Engines, sqlite_engines
from dashboard.store.entries import JournalFault
from dashboard.store.errors import BackupRefused
from dashboard.store.migrating import refuse_newer, schema_of
from dashboard.store.opening import engines_for
from dashboard.store.restored import occupied, refuse_faulty
from dashboard.store.restoring import exchange, read_whole, refuse_open_elsewhere
from dashboard.store.settings import pragmas
from dashboard.training.keeping import verifying
from dashboard.training.keeping.errors import TrainingNotPlaced
from dashboard.training.keeping.opening import SCRIPTS, bring_up_to_date, training_address
from dashboard.training.keeping.tables import noted
from dashboard.training.keeping.verifying import TrainingHead, goes_on, head_of, is_chained

__all__ = [
    "END", "Copied", "Examined", "address", "back_up", "copy_of", "examine", "placed",
    "refuse_occupied", "restore",
]  # fmt: skip

END: Final = ".training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A copy of the training journal that was made or put back, and tried."""

    file: Path
    head: TrainingHead
    size_bytes: int
    set_aside: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the training journal is found to be; no head: it has none before its first digest."""

    place: str
    schema: str | None
    faults: tuple[JournalFault, ...]
    head: TrainingHead | None


def address(ward: str | None) -> str:
    """Where the training journal of this ward goes."""
    return training_address(ward)


def placed(ward: str | None) -> str | None:
    """The address of the training journal of this ward; ``None`` where there is none."""
    try:
        url = training_address(ward)
    except TrainingNotPlaced:
        return None
    file = embedded_file(url)
    return url if file is None or (file.is_file() and file.stat().st_size > 0) else None


def copy_of(ward_copy: Path) -> Path:
    """Where the training journal lies beside a copy of the ward's."""
    return ward_copy.with_name(f"{ward_copy.name}{END}")


def _head_file(copy: Path) -> Path:
    return copy.with_name(f"{copy.name}.head")


# Copying


def back_up(url: str, target: Path, *, key_file: Path | None = None) -> Copied | None:
    """
    Copy the journal at an address into a new file and try the copy.

    ``None``: it lies on a database server, whose own means copy it.

    Raises:
        StoreError: no copy was made, or it is not what the journal holds; place, fault, cure.

    """
    file = embedded_file(url)
    if file is None:
        return None
    try:
        refuse_taken(target, _head_file(target))
        key = None if key_file is None else sealing.read_key(key_file, target, file)
        with ExitStack() as stack:
            part = stack.enter_context(part_beside(target))
            plain = part if key is None else stack.enter_context(sealing.private_file(file))
            head = _copied(file, plain)
            if key is not None:
                sealing.seal(plain, part, key)
                if not sealing.holds(part, plain, key):
                    raise BackupRefused(str(part), "the sealed copy does not open again.", "Again.")
            os.replace(part, target)
        write_new(_head_file(target), f"{head}\n")
        sync_folder(target.parent)
        return Copied(file=target, head=head, size_bytes=target.stat().st_size)
    except OSError as error:
        raise cannot_write(target, error) from None


def _copied(file: Path, plain: Path) -> TrainingHead:
    engines = engines_for(f"sqlite:///{file}")
    try:
        raw = engines.read.raw_connection()
        try:
            source = raw.driver_connection
            if not isinstance(source, sqlite3.Connection):
                raise TypeError("the training journal has another driver than sqlite3")
            copy_sqlite(source, plain)
        finally:
            raw.close()
        head, found = _tried(plain, str(file))
        _refuse(engines.place, found)
        with engines.reading() as connection:
            # One of the first schema has nothing to compare; its copy was given its digests.
            _refuse(engines.place, goes_on(connection, head) if is_chained(connection) else [])
        return head
    finally:
        engines.dispose()


def _tried(file: Path, place: str) -> tuple[TrainingHead, list[JournalFault]]:
    """Open a copy, bring it to this schema, read every page and walk the chain."""
    engines = sqlite_engines(file, pragmas("truncate"))
    try:
        with engines.reading() as connection:
            if refuse_newer(connection, place, scripts=SCRIPTS) is None:
                raise BackupRefused(place, "holds no training journal.", "Check the name.")
            damaged = _pages(connection)
        if damaged:
            return TrainingHead(0, ""), damaged
        engines.write_once(lambda connection: bring_up_to_date(connection, place))
        with engines.reading() as connection:
            return head_of(connection), verifying.faults(connection)
    finally:
        engines.dispose()


def _pages(connection: Connection) -> list[JournalFault]:
    said = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
    return [JournalFault(None, None, None, f"training: SQLite: {x}") for x in said if x != "ok"]


def _refuse(place: str, found: list[JournalFault]) -> None:
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        raise BackupRefused(
            place,
            f"the training journal is not what was written ({found[0].says}{more}); "
            "it was not copied.",
            "Keep its earlier copies, run toxwatch verify, find out what happened.",
        )


# Putting back


def refuse_occupied(url: str, *, replace: bool) -> None:
    """
    Refuse to replace a training journal unasked: before anything else is changed.

    Raises:
        BackupRefused: it lies on a server, or holds rows and ``replace`` was not said.

    """
    file = embedded_file(url)
    if file is None:
        raise BackupRefused(
            "training", "the journal is on a database server; this copy is a file.",
            "Set TOXWATCH_TRAINING_DATABASE to sqlite:///PATH for this restore.",
        )  # fmt: skip
    refuse_open_elsewhere(file)
    if replace or not file.is_file() or file.stat().st_size == 0:
        return
    engines = engines_for(url)
    try:
        with engines.reading() as connection:
            rows = _count(connection)
    finally:
        engines.dispose()
    if rows:
        raise occupied(str(file), f"{rows} rows of training")


def restore(copy: Path, url: str, *, now: datetime, key_file: Path | None = None) -> Copied:
    """
    Put a copy in the place of the journal; what was there is set aside.

    Raises:
        StoreError: nothing was changed; place, fault, cure.

    """
    file = embedded_file(url)
    if file is None:
        raise TypeError("refuse_occupied lets files through only")
    beside = _head_file(copy)
    kept = verifying.read_head(beside.read_text("utf-8")) if beside.is_file() else None
    key = None if key_file is None else sealing.read_key(key_file)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with sealing.opened(copy, key, file) as content, part_beside(file) as part:
            read_whole(content, part)
            head, found = _tried(part, str(copy))
            refuse_faulty(copy, [str(one) for one in found])
            if kept is not None and kept != head:
                refuse_faulty(copy, ["its head is not the one in the .head file beside it"])
            refuse_open_elsewhere(file)
            aside = exchange(file, part, now)
        size = file.stat().st_size
        name = None if aside is None else str(aside)
        return Copied(file=file, head=head, size_bytes=size, set_aside=name)
    except OSError as error:
        raise cannot_write(file, error) from None


def _count(connection: Connection) -> int:
    if not inspect(connection).has_table(noted.name):
        return 0
    return int(connection.scalar(select(func.count()).select_from(noted)) or 0)


# Looking over


def examine(url: str, against: TrainingHead | None = None) -> Examined:
    """Look a training journal over without changing anything."""
    engines = engines_for(url)
    try:
        with engines.reading() as connection:
            return _looked_over(connection, engines, against)
    finally:
        engines.dispose()


def _looked_over(
    connection: Connection, engines: Engines, against: TrainingHead | None
) -> Examined:  # fmt: skip
    found = _pages(connection) if engines.is_sqlite else []
    refuse_newer(connection, engines.place, scripts=SCRIPTS)
    found += verifying.faults(connection)
    has_head = inspect(connection).has_table(noted.name) and is_chained(connection)
    if against is not None and has_head:
        found += goes_on(connection, against)
    return Examined(
        place=engines.place,
        schema=schema_of(connection),
        faults=tuple(found),
        head=head_of(connection) if has_head else None,
    )
