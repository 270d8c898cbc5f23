"""
Cases as CSV files, one file a kind of record, and back without losing or changing a value.

Headers are field names (``oxygen.device``, ``ice.year``, ``upper_limits.ferritin_ug_l``); the
column ``patient`` names the person in every file. An empty cell was not recorded. Lists are JSON
text in the cell. Where somebody looked and a whole list is empty, ``none_found`` names the list
(in patient.csv ``["treatments"]``, in therapy.csv ``["doses"]``).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Any, Final

from toxmodels.casefile import CaseError, Fault, dump_case, load_case
from toxmodels.exchange import cells
from toxmodels.exchange.columns import CASE_LISTS, NONE_FOUND, PERSON, THERAPY_LISTS, Sheet, sheets
from toxmodels.exchange.tables import Row, Table, table_of
from toxmodels.records import FORMAT, Case

__all__ = ["cases_to_csv", "read_csv_files"]

_PATH = re.compile(r"\$\.(?P<section>\w+)(\[(?P<index>\d+)\])?(\.(?P<rest>.*))?")
_INNER = re.compile(r"(?P<section>\w+)\[(?P<index>\d+)\](\.(?P<rest>.*))?")


@dataclass(slots=True)
class _Person:
    """One person's records as they are gathered, and the row each one came from."""

    raw: dict[str, Any]
    rows: dict[str, list[Row]] = field(default_factory=dict)


# Writing


def cases_to_csv(cases: Sequence[Case]) -> dict[str, str]:
    """
    Write cases as the text of CSV files by name; a kind nobody has gets no file.

    Raises:
        CaseError: two cases have the same patient id, or one would not be read back.

    """
    rows: dict[str, list[dict[str, Any]]] = {file: [] for file in sheets()}
    seen: set[str] = set()
    for case in cases:
        load_case(dump_case(case))
        if case.patient.id in seen:
            says = f'patient "{case.patient.id}" is there twice'
            raise CaseError([Fault(path="patient.csv", says=says, suggestion="one case each")])
        seen.add(case.patient.id)
        for file, row in _rows_of(case):
            rows[file].append(row)
    return {file: _sheet_text(sheets()[file], found) for file, found in rows.items() if found}


def _rows_of(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    body = case.model_dump(mode="json", exclude_none=True)
    id_ = body["patient"].pop("id")

    def noted(lists: Sequence[str], where: dict[str, Any]) -> dict[str, Any]:
        empty = [name for name in lists if where.get(name) == []]
        return {NONE_FOUND: empty} if empty else {}

    yield "patient.csv", {PERSON: id_, **body["patient"], **noted(CASE_LISTS, body)}
    therapy = body.get("therapy")
    if therapy is not None:
        inner = {name: therapy.pop(name) for name in THERAPY_LISTS if name in therapy}
        yield "therapy.csv", {PERSON: id_, **therapy, **noted(THERAPY_LISTS, inner)}
        for name in THERAPY_LISTS:
            for row in inner.get(name, ()):
                yield f"{name}.csv", {PERSON: id_, **row}
    for name in CASE_LISTS:
        for row in body.get(name, ()):
            yield f"{name}.csv", {PERSON: id_, **row}


def _sheet_text(sheet: Sheet, rows: Sequence[Mapping[str, Any]]) -> str:
    """Write one file with the columns that are used, in the order of the records."""
    lines = [{name: _value(row, name) for name in sheet.columns} for row in rows]
    used = [name for name in sheet.columns if any(line[name] != "" for line in lines)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([PERSON, *used])
    for row, line in zip(rows, lines, strict=True):
        writer.writerow([cells.written(row[PERSON]), *(line[name] for name in used)])
    return out.getvalue()


def _value(row: Mapping[str, Any], name: str) -> str:
    value: Any = row
    for key in name.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(value, Mapping):  # its fields have columns of their own, unless it has none
        return "{}" if not value else ""
    return cells.written(value)


# Reading


def read_csv_files(files: Mapping[str, str | bytes] | Traversable) -> list[Case]:
    """
    Read cases from CSV files: texts by name, or a folder that holds them.

    Raises:
        CaseError: every fault as ``file:line:column``; nothing is half-loaded.

    """
    tables, faults = _tables(_contents(files))
    people = _people(tables, faults)
    cases: list[Case] = []
    for person in people.values():
        try:
            cases.append(load_case(json.dumps(person.raw)))
        except CaseError as error:
            faults += [_placed(fault, person) for fault in error.faults]
    if faults:
        # A cell that could not be read is missing from its record: the first complaint is meant.
        raise CaseError([*{fault.path: fault for fault in reversed(faults)}.values()][::-1])
    return cases


def _contents(files: Mapping[str, str | bytes] | Traversable) -> dict[str, str | bytes]:
    if isinstance(files, Mapping):
        return dict(files)
    found = (entry for entry in files.iterdir() if entry.name.lower().endswith(".csv"))
    return {entry.name: entry.read_bytes() for entry in found if not entry.name.startswith(".")}


def _tables(contents: Mapping[str, str | bytes]) -> tuple[dict[str, Table], list[Fault]]:
    tables: dict[str, Table] = {}
    faults: list[Fault] = []
    for name, content in contents.items():
        table = table_of(name, content)
        faults += table.faults
        tables[name] = table
    if "patient.csv" not in contents:
        cure = 'it needs a column "patient" and one row for each person'
        faults.append(Fault(path="patient.csv", says="there is no such file", suggestion=cure))
    return tables, faults


def _people(tables: Mapping[str, Table], faults: list[Fault]) -> dict[str, _Person]:
    """Gather the rows of each person, in the order of the files."""
    people: dict[str, _Person] = {}
    for file, sheet in sheets().items():
        for row in tables[file].rows if file in tables else ():
            fault = _add(people, sheet, row)
            if fault is not None:
                faults.append(fault)
    return people


def _add(people: dict[str, _Person], sheet: Sheet, row: Row) -> Fault | None:
    person = people.get(row.patient)
    if sheet.section == "patient":
        if person is not None:
            says = f'"{row.patient}" has a row already, in line {person.rows["patient"][0].line}'
            return row.fault(PERSON, says, "one row for each person")
        content = dict(row.content)
        none_found = content.pop(NONE_FOUND, [])
        raw = {"format": FORMAT, "patient": {"id": row.patient, **content}}
        people[row.patient] = _Person(raw, {"patient": [row]})
        return _note_empty(raw, none_found, CASE_LISTS, row)
    if person is None:
        return row.unknown_person(people)
    if sheet.section == "therapy":
        if "therapy" in person.raw:
            return row.fault(PERSON, f'"{row.patient}" has a therapy already', "one row each")
        content = dict(row.content)
        none_found = content.pop(NONE_FOUND, [])
        person.raw["therapy"], person.rows["therapy"] = content, [row]
        return _note_empty(content, none_found, THERAPY_LISTS, row)
    where = person.raw
    if sheet.section in THERAPY_LISTS:
        if "therapy" not in person.raw:
            return row.fault(PERSON, f'"{row.patient}" has no row in therapy.csv', "add one")
        where = person.raw["therapy"]
    if where.get(sheet.section) == []:
        says = f'"{row.patient}" has rows here, yet {NONE_FOUND} says there are none'
        return row.fault(PERSON, says, f"correct the column {NONE_FOUND}")
    where.setdefault(sheet.section, []).append(dict(row.content))
    person.rows.setdefault(sheet.section, []).append(row)
    return None


def _note_empty(
    where: dict[str, Any], none_found: Sequence[Any], known: Sequence[str], row: Row
) -> Fault | None:
    unknown = [name for name in none_found if name not in known]
    if unknown:
        listed = ", ".join(known)
        return row.fault(NONE_FOUND, f"{unknown[0]!r} is not one of {listed}", None)
    where.update({name: [] for name in none_found})
    return None


_WHOLE_ROW: Final = "row"


def _placed(fault: Fault, person: _Person) -> Fault:
    """Say file, line and column instead of the place in a JSON file."""
    match = _PATH.fullmatch(fault.path)
    section, index, rest = ("patient", None, "") if match is None else _parts(match)
    inner = _INNER.fullmatch(rest)
    if section == "therapy" and inner is not None and inner["section"] in THERAPY_LISTS:
        section, index, rest = inner["section"], inner["index"], inner["rest"] or ""
    rows = person.rows.get(section) or person.rows["patient"]
    row = rows[int(index or 0)]
    column = PERSON if (section, rest) == ("patient", "id") else rest or _WHOLE_ROW
    return row.fault(column, fault.says, fault.suggestion)


def _parts(match: re.Match[str]) -> tuple[str, str | None, str]:
    return match["section"], match["index"], match["rest"] or ""
