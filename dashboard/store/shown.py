"""
What the program said about a patient: grades, advice and alerts, each time one of them changed.

A row names the entries it was worked out from (``entry_position``), the acknowledgements it knew,
the program and the rule set, so that it can be worked out again and compared. Rows are chained per
patient as entries are. They do not move the ward's counter: nobody entered anything.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, insert, select

from dashboard.store.canonical import FIRST, row_digest
from dashboard.store.health import intact
from dashboard.store.tables import entry, shown
from dashboard.store.times import utc
from dashboard.store.writing import lock_ward, next_seq

_MOMENT: Final = timedelta(minutes=1)
_SAME: Final = ("entry_position", "program", "rules", "protocol", "said")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """
    What the program says about one patient, ready to be kept.

    ``at`` is the clock when it was worked out, ``assessed_at`` the time it is about. ``said`` is
    what counts as a change; ``whole`` the complete assessment, packed. ``rules`` is the digest of
    the rule set, ``protocol`` the one followed. ``acknowledged`` counts the acknowledgements known.
    """

    ward_id: str
    patient_id: str
    at: datetime
    assessed_at: datetime
    entry_position: int
    acknowledged: int
    program: str
    rules: str
    protocol: str | None
    said: str
    whole: str

    @property
    def key(self) -> tuple[object, ...]:
        """Two sayings with the same key differ in nothing that is kept anew."""
        return tuple(getattr(self, name) for name in _SAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Saying):
    """A saying that was kept. ``position`` counts those about the patient."""

    shown_id: str
    position: int
    digest: str


def keep(connection: Connection, ward_id: str, sayings: Sequence[Saying]) -> int:
    """Append what differs from the last row of its patient, oldest first; how many rows."""
    lock_ward(connection, ward_id)
    new = 0
    for one in sayings:
        tail = _tail(connection, one.patient_id)
        if tail is not None and all(tail[name] == getattr(one, name) for name in _SAME):
            continue
        if tail is not None and _is_behind(one, tail):
            continue
        _append(connection, one, tail)
        new += 1
    return new


def _is_behind(one: Saying, tail: RowMapping) -> bool:
    """Whether a second process said this a moment ago; more than a moment is a clock set back."""
    ago: timedelta = tail["at"] - utc(one.at, "at")
    return one.entry_position < int(tail["entry_position"]) or timedelta(0) < ago < _MOMENT


def _append(connection: Connection, one: Saying, tail: RowMapping | None) -> None:
    row: dict[str, Any] = {name: getattr(one, name) for name in Saying.__dataclass_fields__}
    row |= {
        "seq": next_seq(connection, "shown"),
        "shown_id": str(uuid.uuid4()),
        "position": 1 if tail is None else tail["position"] + 1,
        "at": utc(one.at, "at"),
        "assessed_at": utc(one.assessed_at, "assessed_at"),
        "previous_digest": FIRST if tail is None else tail["digest"],
    }
    row["digest"] = row_digest(shown, row)
    connection.execute(insert(shown), [row])


def _tail(connection: Connection, patient_id: str) -> RowMapping | None:
    query = (
        select(shown)
        .where(shown.c.patient_id == patient_id)
        .order_by(shown.c.position.desc())
        .limit(1)
    )
    return connection.execute(query).mappings().one_or_none()


def of_patient(connection: Connection, patient_id: str) -> tuple[Shown, ...]:
    """Everything the program said about a patient, oldest first."""
    query = select(shown).where(shown.c.patient_id == patient_id).order_by(shown.c.position)
    rows = intact(connection, shown, connection.execute(query).mappings())
    return tuple(_shown(row) for row in rows)


def on_screen(connection: Connection, ward_id: str, moment: datetime) -> dict[str, Shown]:
    """The last thing said about each patient of a ward up to a moment."""
    last = (
        select(shown.c.patient_id, func.max(shown.c.position).label("position"))
        .where(shown.c.ward_id == ward_id, shown.c.at <= utc(moment, "moment"))
        .group_by(shown.c.patient_id)
        .subquery()
    )
    query = select(shown).join(
        last, (shown.c.patient_id == last.c.patient_id) & (shown.c.position == last.c.position)
    )
    rows = intact(connection, shown, connection.execute(query).mappings())
    return {row["patient_id"]: _shown(row) for row in rows}


def positions_at(connection: Connection, ward_id: str, moment: datetime) -> dict[str, int]:
    """How far each patient's entries had come by then; who was not on record is not among them."""
    query = (
        select(entry.c.patient_id, func.max(entry.c.position))
        .where(entry.c.ward_id == ward_id, entry.c.recorded_at <= utc(moment, "moment"))
        .group_by(entry.c.patient_id)
    )
    return {patient: int(position) for patient, position in connection.execute(query)}


def ahead_of_the_entries(connection: Connection) -> Iterator[tuple[str, int, int]]:
    """Patients about whom something was said from entries that are not there (any more)."""
    last = (
        select(entry.c.patient_id, func.max(entry.c.position).label("last"))
        .group_by(entry.c.patient_id)
        .subquery()
    )
    query = (
        select(
            shown.c.patient_id,
            func.max(shown.c.entry_position),
            func.coalesce(func.max(last.c.last), 0),
        )
        .join(last, shown.c.patient_id == last.c.patient_id, isouter=True)
        .group_by(shown.c.patient_id)
        .having(func.max(shown.c.entry_position) > func.coalesce(func.max(last.c.last), 0))
    )
    for patient, named, found in connection.execute(query):
        yield str(patient), int(named), int(found)


def _shown(row: RowMapping) -> Shown:
    return Shown(**{name: row[name] for name in Shown.__dataclass_fields__})
