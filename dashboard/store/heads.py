"""
The head of the journal: one short text that stands for everything recorded up to a moment.

It names how far each table had come and one digest over the digests of all rows up to there. Kept
outside the database (printed, mailed, beside a backup), it shows later that the end of the journal
was cut off, or that a whole history was written anew with correct digests: a chain by itself can
show neither. A head of yesterday still fits the longer journal of today.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Table, func, inspect, select, text

from dashboard.store.engines import Engines
from dashboard.store.entries import JournalFault
from dashboard.store.errors import StoreError
from dashboard.store.row_security import hold_every_ward
from dashboard.store.tables import (
    acknowledgement,
    audit,
    decision,
    entry,
    protocol_choice,
    rule_file,
    shown,
    ward_version,
)

TABLES: Final[Mapping[str, Table]] = {
    table.name: table
    for table in (entry, acknowledgement, decision, protocol_choice, audit, rule_file, shown)
}
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,17}")


class HeadUnreadable(StoreError):  # noqa: N818 - a refusal, named by what it says
    """A text that was given as a head is none."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far each table had come, and one digest over every row up to there."""

    last: tuple[tuple[str, int], ...]
    digest: str

    def __str__(self) -> str:
        return ",".join([*(f"{name}={last}" for name, last in self.last), f"sha256={self.digest}"])


def read_head(given: str) -> Head:
    """
    Read a head as it was printed; blanks and line ends around and inside do not matter.

    Raises:
        HeadUnreadable: it was cut short or mistyped.

    """
    parts = [part.partition("=") for part in re.sub(r"\s+", "", given).split(",")]
    last = tuple((name, int(value)) for name, _, value in parts[:-1] if _NUMBER.fullmatch(value))
    name, _, digest = parts[-1]
    known = [table for table, _ in last if table in TABLES]
    if (
        name != "sha256"
        or _DIGEST.fullmatch(digest) is None
        or not known
        or len(set(known)) != len(parts) - 1
    ):
        raise HeadUnreadable(
            "head", "this is not the head of a journal.", "Copy the whole line: entry=...,sha256=.."
        )
    return Head(last, digest)


def head_of(connection: Connection) -> Head:
    """The head of the journal as this transaction sees it."""
    present = set(inspect(connection).get_table_names())
    last = tuple(
        (name, int(connection.scalar(select(func.coalesce(func.max(table.c.seq), 0))) or 0))
        for name, table in TABLES.items()
        if name in present
    )
    return Head(last, _digest(connection, last))


def differences(connection: Connection, kept: Head) -> list[JournalFault]:
    """Why this journal is not one that goes on from the kept head; an empty list: it is."""
    here = dict(head_of(connection).last)
    cut = [
        f"{name} {here.get(name, 0)} is the last one, the kept head knew {name} {last}: "
        "the end was cut off, or this is an older copy"
        for name, last in kept.last
        if here.get(name, 0) < last
    ]
    if not cut and _digest(connection, kept.last) != kept.digest:
        cut = ["up to the kept head the journal is not what it was then"]
    return [JournalFault(None, None, None, says) for says in cut]


@contextmanager
def settled(engines: Engines) -> Iterator[Connection]:
    """
    A reading that no number below its last one can be added to afterwards.

    PostgreSQL hands out numbers before it stores rows: a slower writer could fill in a lower one
    after the head was taken. For the moment in which the reading begins, writers wait.
    """
    with ExitStack() as stack:
        if engines.is_sqlite:
            yield stack.enter_context(engines.reading())
            return

        def begin(connection: Connection) -> Connection:
            hold_every_ward(connection)
            # Every writer holds the row of its ward from before it draws a number to its commit.
            query = select(ward_version.c.version).order_by(ward_version.c.ward_id)
            connection.execute(query.with_for_update()).all()
            reading = stack.enter_context(engines.reading())
            reading.execute(text("SELECT 1"))
            return reading

        yield engines.write_once(begin)


def _digest(connection: Connection, last: tuple[tuple[str, int], ...]) -> str:
    found = hashlib.sha256(b"toxwatch-head/1\n")
    for name, number in last:
        table = TABLES[name]
        query = (
            select(table.c.seq, table.c.digest)
            .where(table.c.seq <= number)
            .order_by(table.c.seq)
            .execution_options(yield_per=5000)
        )
        for seq, digest in connection.execute(query):
            found.update(f"{name} {seq} {digest}\n".encode())
    return found.hexdigest()
