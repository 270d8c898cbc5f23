"""
Whether the training journal is what was written, and the head that stands for it.

As with the ward's journal a chain by itself cannot show that its end was cut off, or that all of it
was written anew: a head kept outside can.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Connection,
    RowMapping,
    String,
    func,
    inspect,
    select,
    text,
    type_coerce,
)

from dashboard.store.canonical import FIRST, row_digest
from dashboard.store.entries import JournalFault
from dashboard.store.guards import missing_guards
from dashboard.store.heads import HeadUnreadable
from dashboard.training.keeping.tables import GUARDS_POSTGRESQL, GUARDS_SQLITE, noted

__all__ = ["TrainingHead", "faults", "goes_on", "head_of", "is_chained", "read_head"]

_HEAD: Final = re.compile(r"noted=(0|[1-9][0-9]{0,17}),sha256=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class TrainingHead:
    """How far the journal had come, and one digest over the digests of all rows up to there."""

    last: int
    digest: str

    def __str__(self) -> str:
        return f"noted={self.last},sha256={self.digest}"


def read_head(given: str) -> TrainingHead:
    """
    Read a head as it was printed.

    Raises:
        HeadUnreadable: it was cut short, mistyped, or is that of another journal.

    """
    found = _HEAD.fullmatch(re.sub(r"\s+", "", given))
    if found is None:
        raise HeadUnreadable(
            "head", "this is not the head of a training journal.",
            "Copy the whole line: noted=...,sha256=...",
        )  # fmt: skip
    return TrainingHead(int(found[1]), found[2])


def head_of(connection: Connection) -> TrainingHead:
    """The head of the journal as this transaction sees it."""
    last = int(connection.scalar(select(func.coalesce(func.max(noted.c.position), 0))) or 0)
    return TrainingHead(last, _digest(connection, last))


def goes_on(connection: Connection, kept: TrainingHead) -> list[JournalFault]:
    """Why this journal is not one that goes on from the kept head; an empty list: it is."""
    last = head_of(connection).last
    if last < kept.last:
        says = (
            f"{last} is the last row, the kept head knew {kept.last}: the end was cut off, or "
            "this is an older copy"
        )
        return [_fault(says)]
    if _digest(connection, kept.last) != kept.digest:
        return [_fault("up to the kept head the journal is not what it was then")]
    return []


def faults(connection: Connection) -> list[JournalFault]:
    """Everything wrong with the training journal; an empty list is a clean one."""
    if not inspect(connection).has_table(noted.name):
        return [_fault("table noted is gone")]
    gone = missing_guards(connection, sqlite=GUARDS_SQLITE, postgresql=GUARDS_POSTGRESQL)
    chained = _chain(_as_stored(connection)) if is_chained(connection) else ()
    return [*(_fault(f"guard {name} is gone") for name in gone), *chained, *_numbers(connection)]


def is_chained(connection: Connection) -> bool:
    """Whether its rows carry digests: those of the first schema did not."""
    columns = {one["name"] for one in inspect(connection).get_columns(noted.name)}
    return {"previous_digest", "digest"} <= columns


def _chain(rows: Iterable[RowMapping]) -> Iterator[JournalFault]:
    previous = FIRST
    for row in rows:
        if row["previous_digest"] != previous:
            yield _fault("the row does not follow the one before it", row)
        if row_digest(noted, row) != row["digest"]:
            yield _fault("the row was altered after it was recorded", row)
        previous = row["digest"]


def _as_stored(connection: Connection) -> Iterable[RowMapping]:
    """Times of a file are read as stored, so that nonsense in them is seen."""
    columns: list[Any] = [*noted.columns]
    if connection.dialect.name == "sqlite":
        at = noted.c.recorded_at
        columns = [type_coerce(at, String).label(at.name) if one is at else one for one in columns]
    query = select(*columns).order_by(noted.c.position).execution_options(yield_per=100)
    return connection.execute(query).mappings()


def _numbers(connection: Connection) -> Iterator[JournalFault]:
    """SQLite numbers its rows without a gap; PostgreSQL does not."""
    if connection.dialect.name != "sqlite":
        return
    query = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'noted'"
    handed_out = connection.scalar(text(query))
    found = connection.scalar(select(func.count()).select_from(noted))
    if handed_out != found:
        yield _fault(f"{handed_out} rows were written, {found} are there")


def _digest(connection: Connection, last: int) -> str:
    found = hashlib.sha256(b"toxwatch-training-head/1\n")
    query = (
        select(noted.c.position, noted.c.digest)
        .where(noted.c.position <= last)
        .order_by(noted.c.position)
        .execution_options(yield_per=5000)
    )
    for position, digest in connection.execute(query):
        found.update(f"{position} {digest}\n".encode())
    return found.hexdigest()


def _fault(says: str, row: RowMapping | None = None) -> JournalFault:
    place, id_ = (None, None) if row is None else (row["position"], row["id"])
    return JournalFault(None, place, id_, f"training: {says}")
