"""
Whether the journal is what was written: every row, every link, every count.

Found are altered rows, rows missing from the middle, rows moved, submissions that lost a part,
wards whose counter disagrees, the same in the audit trail, in what was shown and in the rules of
each day, and guards that were taken down. A
patient's last submission cut away together with a set-back counter is not found without an anchor
outside the database: see ``heads``. A database of an earlier schema is verified as far as its
tables go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    String,
    Table,
    func,
    inspect,
    select,
    text,
    type_coerce,
    union_all,
)

from dashboard.store import rule_files
from dashboard.store import shown as shown_rows
from dashboard.store.canonical import FIRST, row_digest
from dashboard.store.entries import JournalFault
from dashboard.store.guards import missing_guards
from dashboard.store.migrating import schema_of
from dashboard.store.tables import (
    APPEND_ONLY,
    PARTLY_FIXED,
    acknowledgement,
    audit,
    decision,
    entry,
    protocol_choice,
    rule_file,
    shown,
    ward_version,
)
from dashboard.store.times import UtcTime

# Each table of the journal: what names a row, whose chain it is in, what a person calls it.
_CHAINED: Final = (
    (entry, "entry_id", "patient_id", "entry"),
    (acknowledgement, "acknowledgement_id", "patient_id", "acknowledgement"),
    (decision, "decision_id", "patient_id", "decision"),
    (protocol_choice, "choice_id", "ward_id", "choice of protocol"),
)
_SINCE: Final = {  # the schema that brought a table; the others were there from the first
    "protocol_choice": "0002", "decision": "0002",
    "audit": "0003", "account": "0003", "seat": "0003",
    "rule_file": "0004", "shown": "0004",
}  # fmt: skip
_NUMBERED: Final = (*(each[0] for each in _CHAINED), audit, rule_file, shown)


def verify(connection: Connection) -> list[JournalFault]:
    """Everything wrong with the journal, worst named first; an empty list is a clean journal."""
    present = set(inspect(connection).get_table_names())
    absent = [table for table in (*APPEND_ONLY, *PARTLY_FIXED) if table not in present]
    schema = schema_of(connection) or ""
    gone = [table for table in absent if _SINCE.get(table, "") <= schema]
    if "entry" in absent:
        return [JournalFault(None, None, None, f"table {table} is gone") for table in gone]
    not_there = tuple(f"{table}_" for table in absent)
    chained = [each for each in _CHAINED if each[0].name in present]
    return [
        *(JournalFault(None, None, None, f"table {table} is gone") for table in gone),
        *(
            JournalFault(None, None, None, f"guard {name} is gone")
            for name in missing_guards(connection)
            if not name.startswith(not_there)
        ),
        *(fault for each in chained for fault in _chains(connection, *each)),
        *(_trail(connection) if audit.name in present else ()),
        *(_said_and_rules(connection) if shown.name in present else ()),
        *_submissions(connection),
        *_counters(connection, [(table, row_id) for table, row_id, *_ in chained]),
        *_numbers(connection, [each for each in _NUMBERED if each.name in present]),
    ]


def _chains(
    connection: Connection, table: Table, row_id: str, owner: str, called: str
) -> Iterator[JournalFault]:
    """Walk each owner's rows in order; times are read as stored, so that nonsense is seen."""
    rows = _as_stored(connection, table, table.c[owner], table.c.position)
    for whose, of_one in groupby(rows, key=lambda row: row[owner]):
        patient = whose if owner == "patient_id" else None
        name = called if owner == "patient_id" else f'{called} (ward "{whose}")'
        yield from _chain(of_one, table, row_id, patient, name)


def _trail(connection: Connection) -> Iterator[JournalFault]:
    """The audit trail is one chain for the whole store."""
    rows = _as_stored(connection, audit, audit.c.position)
    yield from _chain(rows, audit, "audit_id", None, "audit record")


def _said_and_rules(connection: Connection) -> Iterator[JournalFault]:
    """What the program said is a chain for each patient, the rules of each day one for all."""
    if rule_file.name in inspect(connection).get_table_names():
        rows = _as_stored(connection, rule_file, rule_file.c.position)
        yield from _chain(rows, rule_file, "content_digest", None, "rule file")
        yield from rule_files.faults(connection)
    yield from _chains(connection, shown, "shown_id", "patient_id", "result that was shown")
    for patient, named, last in shown_rows.ahead_of_the_entries(connection):
        says = (
            f"a result was shown from entry {named}, the last one is {last}: entries were cut off"
        )
        yield JournalFault(patient, named, None, says)


def _as_stored(
    connection: Connection, table: Table, *order: ColumnElement[Any]
) -> Iterable[RowMapping]:
    raw = connection.dialect.name == "sqlite"
    columns = [
        type_coerce(column, String).label(column.name)
        if raw and isinstance(column.type, UtcTime)
        else column
        for column in table.columns
    ]
    query = select(*columns).order_by(*order).execution_options(yield_per=1000)
    return connection.execute(query).mappings()


def _chain(
    rows: Iterable[RowMapping], table: Table, row_id: str, patient: str | None, name: str
) -> Iterator[JournalFault]:
    expected, previous = 1, FIRST
    for row in rows:
        position, found = row["position"], row[row_id]
        if isinstance(position, int) and position > expected:
            span = f"{expected}" if position == expected + 1 else f"{expected} to {position - 1}"
            yield JournalFault(patient, expected, None, f"{name} {span} is missing")
        elif row["previous_digest"] != previous:
            says = f"{name} does not follow the one before it"
            yield JournalFault(patient, position, found, says)
        if row_digest(table, row) != row["digest"]:
            says = f"{name} was altered after it was recorded"
            yield JournalFault(patient, position, found, says)
        expected = position + 1 if isinstance(position, int) else expected + 1
        previous = row["digest"]


def _submissions(connection: Connection) -> Iterator[JournalFault]:
    query = (
        select(
            entry.c.submission_id,
            func.min(entry.c.patient_id),
            func.count(),
            func.max(entry.c.submission_size),
        )
        .group_by(entry.c.submission_id)
        .having(
            (func.count() != func.max(entry.c.submission_size))
            | (func.count(entry.c.patient_id.distinct()) > 1)
        )
    )
    for submission, patient, found, size in connection.execute(query):
        says = f"submission {submission} has {found} of {size} entries"
        yield JournalFault(patient, None, None, says)


def _counters(
    connection: Connection, chained: Sequence[tuple[Table, str]]
) -> Iterator[JournalFault]:
    """A ward's counter moves once a submission, and once for each row of the other tables."""
    others = [(table, row_id) for table, row_id in chained if table is not entry]
    moves = union_all(
        select(entry.c.ward_id, entry.c.submission_id.label("move")).distinct(),
        *(select(table.c.ward_id, table.c[row_id].label("move")) for table, row_id in others),
    ).subquery()
    query = (
        select(ward_version.c.ward_id, ward_version.c.version, func.count(moves.c.move))
        .outerjoin(moves, moves.c.ward_id == ward_version.c.ward_id)
        .group_by(ward_version.c.ward_id, ward_version.c.version)
        .order_by(ward_version.c.ward_id)
    )
    for ward_id, version, found in connection.execute(query):
        if version != found:
            says = f'ward "{ward_id}" counts {version} submissions, the journal holds {found}'
            yield JournalFault(None, None, None, says)


def _numbers(connection: Connection, numbered: Sequence[Table]) -> Iterator[JournalFault]:
    """SQLite numbers its rows without a gap, also after a refused one; PostgreSQL does not."""
    if connection.dialect.name != "sqlite":
        return
    for table in numbered:
        query = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :name"
        handed_out = connection.scalar(text(query), {"name": table.name})
        found = connection.scalar(select(func.count()).select_from(table))
        if handed_out != found:
            says = f"{handed_out} {table.name} rows were written, {found} are there"
            yield JournalFault(None, None, None, says)
