"""
The text of one CSV file to rows of values, with every fault at its file, line and column.

Nothing is repaired here: a header that stands twice, a row with a cell too many or a cell that
could be read two ways is a fault.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from toxmodels.casefile import Fault
from toxmodels.casefile.faults import shown
from toxmodels.casefile.nearest import did_you_mean
from toxmodels.exchange import cells
from toxmodels.exchange.columns import PERSON, Column, Sheet, sheets

_NOT_COMMA: Final = {";": "semicolons", "\t": "tabs"}
_WHOLE_ROW: Final = "row"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: whose it is, where it stands, and its values as a record would hold them."""

    file: str
    line: int
    patient: str
    content: Mapping[str, Any]

    def fault(self, column: str, says: str, cure: str | None) -> Fault:
        """Name something wrong in one column of this row."""
        return _fault(self.file, self.line, column, says, cure)

    def unknown_person(self, known: Iterable[str]) -> Fault:
        """Name a row whose person has no row in patient.csv."""
        cure = did_you_mean(self.patient, known) or "add a row there"
        return self.fault(PERSON, f"{shown(self.patient)} is not in patient.csv", cure)


@dataclass(slots=True)
class Table:
    """What could be read of one file, and what is wrong with the rest."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def table_of(name: str, content: str | bytes) -> Table:
    """Read one file; a file with a fault in its header has no rows."""
    sheet = sheets().get(name)
    if sheet is None:
        cure = did_you_mean(name, sheets()) or f"known: {', '.join(sheets())}"
        return Table(faults=[Fault(path=name, says="is not a known file", suggestion=cure)])
    table = Table()
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        says = f"not text in UTF-8 (byte {error.start + 1})"
        return Table(faults=[Fault(path=name, says=says, suggestion="save it as CSV UTF-8")])
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    lines = _numbered(name, reader, table.faults)
    first = next(lines, None)
    if first is None:
        if not table.faults:
            says, cure = "is empty", "the first line names the columns"
            table.faults.append(Fault(path=name, says=says, suggestion=cure))
        return table
    table.faults += _header_faults(sheet, *first)
    if not table.faults:
        for number, given in lines:
            _read_row(table, sheet, number, first[1], given)
    return table


def _numbered(name: str, reader: Any, faults: list[Fault]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield each row with the line it begins in; lines with nothing at all are passed over."""
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            cure = "close every quote; write a quote inside text twice"
            faults.append(_fault(name, line, _WHOLE_ROW, f"not CSV: {error}", cure))
            return
        if row is None:
            return
        if row:
            yield line, row


def _header_faults(sheet: Sheet, line: int, header: Sequence[str]) -> Iterator[Fault]:
    for mark, word in _NOT_COMMA.items():
        if len(header) == 1 and mark in header[0]:
            says = f"columns are separated by {word}"
            yield _fault(sheet.file, line, "header", says, "save it with commas")
            return
    if PERSON not in header:
        says = f'there is no column "{PERSON}"'
        yield _fault(sheet.file, line, "header", says, "every row names its person")
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            yield _fault(sheet.file, line, name, "this column stands twice", "keep one of them")
        if name != PERSON and name not in sheet.columns:
            cure = did_you_mean(name.strip().lower(), sheet.columns)
            yield _fault(sheet.file, line, name, f"unknown column {shown(name)}", cure)


def _read_row(
    table: Table, sheet: Sheet, line: int, header: Sequence[str], given: Sequence[str]
) -> None:
    if len(given) != len(header):
        says = f"has {len(given)} cells, the header has {len(header)}"
        table.faults.append(_fault(sheet.file, line, _WHOLE_ROW, says, "quote text with commas"))
        return
    cell_of = dict(zip(header, given, strict=True))
    person = _person(cell_of[PERSON])
    if not person:
        cure = "every row names its person"
        table.faults.append(_fault(sheet.file, line, PERSON, "is empty", cure))
        return
    content: dict[str, Any] = {}
    for name, cell in cell_of.items():
        if name == PERSON or cell == "":
            continue
        column = sheet.columns[name]
        try:
            _put(content, column, cells.read(cell, column))
        except cells.CellError as fault:
            table.faults.append(_fault(sheet.file, line, name, fault.says, fault.cure))
    table.rows.append(Row(sheet.file, line, person, content))


def _person(cell: str) -> str:
    return "" if cell == "" else str(cells.read(cell, Column(PERSON, "text")))


def _put(content: dict[str, Any], column: Column, value: Any) -> None:
    """Put a value where its column says; ``{}`` marks a record of which nothing is known."""
    *path, last = column.keys
    where = content
    for key in path:
        where = where.setdefault(key, {})
        if not isinstance(where, dict):
            raise cells.CellError(
                f'"{key}" is given as a whole and in parts', f"leave {key} or {column.name} empty"
            )
    if value == {} and isinstance(where.get(last), dict):
        return
    if last in where:
        raise cells.CellError(
            f'"{last}" is given as a whole and in parts', f"leave {last} or its parts empty"
        )
    where[last] = value


def _fault(file: str, line: int, column: str, says: str, cure: str | None) -> Fault:
    return Fault(path=f"{file}:{line}:{column}", says=says, suggestion=cure)
