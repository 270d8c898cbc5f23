"""
Reading the journal: rows to entries, with what replaced them, as known at any past moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from dashboard.store.entries import Entry, PatientLine
from dashboard.store.errors import UnknownPatient, UnknownWard
from dashboard.store.health import intact
from dashboard.store.tables import entry, ward_version
from dashboard.store.times import utc


def entry_of(row: RowMapping | Mapping[str, Any]) -> Entry:
    """One row as an entry; its payload parsed."""
    fields: dict[str, Any] = {str(key): value for key, value in row.items()}
    fields["payload"] = json.loads(fields["payload"])
    return Entry(**fields)


def entries_as_of(
    connection: Connection, patient_id: str, as_of: datetime | None
) -> tuple[Entry, ...]:
    """Every entry of a patient that was recorded by then, in the order it was recorded."""
    query = select(entry).where(entry.c.patient_id == patient_id).order_by(entry.c.position)
    if as_of is not None:
        query = query.where(entry.c.recorded_at <= utc(as_of, "as_of"))
    rows = intact(connection, entry, connection.execute(query).mappings())
    found = _with_fate([entry_of(row) for row in rows])
    if not any(each.kind == "patient" for each in found):
        raise unknown_patient(patient_id, as_of)
    return found


def entries_to(
    connection: Connection, patient_id: str, position: int, known: tuple[Entry, ...] = ()
) -> tuple[Entry, ...]:
    """
    Every entry of a patient up to a position, in the order it was recorded.

    ``known`` are the first of them, as read before: only what came after is read.
    """
    first = known[-1].position if known else 0
    query = (
        select(entry)
        .where(
            entry.c.patient_id == patient_id,
            entry.c.position > first,
            entry.c.position <= position,
        )
        .order_by(entry.c.position)
    )
    rows = intact(connection, entry, connection.execute(query).mappings())
    found = _with_fate([*known, *(entry_of(row) for row in rows)])
    if not any(each.kind == "patient" for each in found):
        raise unknown_patient(patient_id)
    return found


def first_entry_id(connection: Connection, patient_id: str) -> str:
    """The id of a patient's first entry; nothing recorded about the patient is read for it."""
    theirs = select(entry.c.entry_id).where(entry.c.patient_id == patient_id).limit(1)
    found = connection.scalar(theirs.order_by(entry.c.position))
    if found is None or connection.scalar(theirs.where(entry.c.kind == "patient")) is None:
        raise unknown_patient(patient_id)
    return str(found)


def unknown_patient(patient_id: str, as_of: datetime | None = None) -> UnknownPatient:
    """The error for a patient nobody has recorded (by then)."""
    when = "" if as_of is None else f" by {utc(as_of, 'as_of'):%Y-%m-%d %H:%M} UTC"
    return UnknownPatient(
        f'patient "{patient_id}"', f"nobody with this id is on record{when}.", "Check the id."
    )


def _with_fate(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """Tell each entry what replaced it, as far as the given entries know."""
    found = tuple(found)
    later = {each.replaces: each for each in found if each.replaces is not None}
    return tuple(
        replace(
            each,
            replaced_by=later[each.entry_id].entry_id,
            withdrawn=later[each.entry_id].kind == "withdrawal",
        )
        if each.entry_id in later
        else each
        for each in found
    )


def patient_lines(connection: Connection, ward_id: str) -> tuple[PatientLine, ...]:
    """The patients of a ward from the index, without opening a record."""
    query = (
        select(
            entry.c.patient_id,
            func.max(entry.c.position).label("position"),
            func.min(entry.c.recorded_at).label("first_recorded_at"),
            func.max(entry.c.recorded_at).label("last_recorded_at"),
        )
        .where(entry.c.ward_id == ward_id)
        .group_by(entry.c.patient_id)
        .order_by(entry.c.patient_id)
    )
    return tuple(PatientLine(**row) for row in connection.execute(query).mappings())


def positions(connection: Connection, ward_id: str) -> dict[str, int]:
    """Each patient's latest position: the cache key of everything drawn from the journal."""
    query = (
        select(entry.c.patient_id, func.max(entry.c.position))
        .where(entry.c.ward_id == ward_id)
        .group_by(entry.c.patient_id)
    )
    return {patient: int(position) for patient, position in connection.execute(query)}


def ward_version_of(connection: Connection, ward_id: str) -> int:
    """How often anything was stored in this ward: one row, one look-up."""
    version = connection.scalar(
        select(ward_version.c.version).where(ward_version.c.ward_id == ward_id)
    )
    if version is None:
        raise UnknownWard(f'ward "{ward_id}"', "does not exist.", "Check the ward id.")
    return int(version)
