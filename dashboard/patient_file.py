"""
Everything on record about one patient, as files to hand over: JSON for machines, CSV to read.

Nothing is left out: corrected and withdrawn entries, acknowledgements, decisions, the audit trail,
what the program said and forms not yet sent. A cell that a spreadsheet would run as a formula is
made inert.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from dashboard.as_of.saying import unpack
from dashboard.exports import csv_text, heading
from dashboard.store import BackupRefused, Entry, NotRead, Store
from dashboard.store.shown import Shown
from dashboard.store.times import time_text
from toxmodels import rules_digest
from toxmodels.version import VERSION

_ENTRY: Final = (
    "position", "entry_id", "kind", "state", "observed_at", "recorded_at", "recorded_by", "role",
    "origin", "replaces", "replaced_by", "reason",
)  # fmt: skip


def write(
    store: Store, patient_id: str, folder: Path, *, now: datetime, who: str
) -> tuple[Path, ...]:
    """
    Write the files into a new folder that only this account can read.

    Raises:
        StoreError: the patient is unknown, the record cannot be read, the folder cannot be made.

    """
    if folder.exists():
        raise BackupRefused(str(folder), "exists already.", "Name a new folder.")
    record = _record(store, patient_id)
    files = dict(_files(store, patient_id, record, now=now, who=who))
    ward_id = record["entries"][0]["ward_id"]
    store.audit(
        "export", at=now, who=who, role="system", ward_id=ward_id, patient_id=patient_id,
        detail={"what": "everything", "entries": len(record["entries"])},
    )  # fmt: skip
    try:
        folder.mkdir(mode=0o700, parents=True)
        return tuple(_written(folder / name, text) for name, text in files.items())
    except OSError as error:
        says = f"cannot be written ({error.strerror or 'unknown'})."
        raise BackupRefused(str(folder), says, "Free space, or name another place.") from None


def _record(store: Store, patient_id: str) -> dict[str, list[dict[str, Any]]]:
    """Every row about the patient, by table, times as text."""
    history = store.history(patient_id)
    return {
        "entries": [{**_row(one), "state": _state(one)} for one in history],
        "acknowledgements": [_row(one) for one in store.acknowledgements(patient_id)],
        "decisions": [_row(one) for one in store.decisions(patient_id)],
        "audit": [_row(one) for one in store.audit_trail(patient_id)],
        "protocol_choices": [_row(one) for one in store.protocol_choices(history[0].ward_id)],
        "drafts": [_plain_row(one) for one in store.drafts_of(patient_id)],
        "shown": [_shown_row(one) for one in store.shown(patient_id)],
    }


def _files(
    store: Store, patient_id: str, record: Mapping[str, Any], *, now: datetime, who: str
) -> Iterable[tuple[str, str]]:
    lines = heading("Everything on record about one patient", who=who, at=now, shown=now)
    about = {
        "patient": patient_id,
        "exported_at": time_text(now),
        "exported_by": who,
        "program": f"toxwatch {VERSION}",
        "rules_digest": rules_digest(),
        "says": list(lines),
        "rows": {name: len(rows) for name, rows in record.items()},
    }
    yield "about.json", _json(about)
    yield "record.json", _json(record)
    try:
        yield "case.json", store.export_case(patient_id)
    except NotRead as error:  # the entries are all there; only the case they make is not readable
        yield "case-not-readable.txt", f"{error}\n"
    for name, rows in record.items():
        if name != "entries" and rows:
            yield f"{name}.csv", _table(rows, [*rows[0]], lines)
    kinds = dict.fromkeys(row["kind"] for row in record["entries"])
    for kind in kinds:
        rows = [
            {**{name: row[name] for name in _ENTRY}, **_flat(row["payload"])}
            for row in record["entries"]
            if row["kind"] == kind
        ]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        yield f"entries-{kind}.csv", _table(rows, columns, lines)


def _row(record: Any) -> dict[str, Any]:
    return _plain_row(dataclasses.asdict(record))


def _shown_row(record: Shown) -> dict[str, Any]:
    """What the program said, its packed part unpacked: a file to hand over is for reading."""
    whole = unpack(record.whole)
    read = None if whole is None else whole.model_dump(mode="json", exclude={"rules"})
    return {**_row(record), "said": json.loads(record.said), "assessment": read}


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in row.items()}


def _plain(value: Any) -> Any:
    return time_text(value) if isinstance(value, datetime) else value


def _state(entry: Entry) -> str:
    if entry.kind == "withdrawal":
        return "withdrawal"
    if entry.replaced_by is None:
        return "counts"
    return "withdrawn" if entry.withdrawn else "corrected"


def _flat(value: Any, under: str = "") -> dict[str, Any]:
    """Nested values as columns: ``oxygen.flow_l_min``, ``vasopressors.0.drug``."""
    items: Iterable[tuple[Any, Any]]
    if isinstance(value, Mapping) and value:
        items = value.items()
    elif isinstance(value, list) and value:
        items = enumerate(value)
    else:
        empty = isinstance(value, list | Mapping)
        return {} if not under else {under: "none" if empty else value}
    found: dict[str, Any] = {}
    for key, each in items:
        found |= _flat(each, f"{under}.{key}" if under else str(key))
    return found


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], lines: Sequence[str]) -> str:
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    return csv_text(columns, cells, lines)


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping | list):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return value


def _json(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _written(file: Path, text: str) -> Path:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
        out.write(text)
    return file
