"""
The training journal: one append-only table, and all that is ever asked of it.

The first row under a room, a kind and a key stands: a double tap, a resend after a lost connection
and a reload store once. Rows become visible in the order of their positions, so that whoever has
read up to one misses none by asking for those after it. Each carries the digest of the one before.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, insert, or_, select, text

from dashboard.store.accepting import text_faults
from dashboard.store.canonical import FIRST, canonical_json, row_digest
from dashboard.store.engines import Engines
from dashboard.store.errors import Complaint, SubmissionRefused, SubmissionReused
from dashboard.store.times import utc
from dashboard.training.codes import plain_code
from dashboard.training.keeping.rows import Kind, Noted, noted_from
from dashboard.training.keeping.tables import noted

__all__ = ["CERTIFICATE", "STORY", "Kind", "Noted", "TrainingStore", "Unless"]

CERTIFICATE: Final = "certificate:"  # what stands before the code in the id of a "certified" row
STORY: Final = "story:"  # what stands before a story's id where a room's id stands otherwise
_LARGEST: Final = 8_000_000  # characters of a body; a calibration carries its stories
_MOST_ROOMS: Final = 64
_LOCK: Final = 0x74726E67  # any fixed number but those of the ward's store

Unless = Callable[[tuple[Noted, ...]], None]


class TrainingStore:
    """
    The journal of one place.

    Rows never change, so those of the last rooms are kept here and only later ones are read.
    """

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self.place = engines.place
        self._kept: OrderedDict[str, tuple[Noted, ...]] = OrderedDict()
        self._guard = threading.Lock()

    def note(
        self,
        *,
        id: str,  # noqa: A002 - what the form calls it
        room: str,
        kind: Kind,
        key: str,
        body: Mapping[str, Any],
        by: str,
        role: str,
        now: datetime,
        unless: Unless | None = None,
    ) -> Noted:
        """
        Store a row once; gives the one that stands under room, kind and key.

        Where an earlier one stands, that one comes back and its ``id`` differs. ``unless`` sees
        the room's rows while nobody else can add one, and raises where this one may not go in; a
        resend of what stands already is not asked.

        Raises:
            SubmissionRefused: a name is empty or cannot be stored, or the body is no JSON.
            SubmissionReused: the id stands under another room, kind or key.
            NotSaved: the database did not take it.

        """
        values = {
            "id": id, "room": room, "kind": kind, "key": key,
            "recorded_by": by, "role": role, "recorded_at": utc(now, "now"), "body": _text(body),
        }  # fmt: skip
        faults = text_faults({name: values[name] for name in ("id", "room", "key")})
        faults += text_faults({"by": by, "role": role})
        if faults:
            raise SubmissionRefused(tuple(faults))
        return self._engines.write_once(lambda connection: self._add(connection, values, unless))

    def _add(
        self, connection: Connection, values: Mapping[str, Any], unless: Unless | None
    ) -> Noted:
        room = values["room"]
        if connection.dialect.name == "postgresql":
            # The chain has one end: positions are given and become visible in the same order.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = _standing(connection, values)
        if before is not None:
            return before
        if unless is not None:
            unless(self._up_to_now(connection, room))
        row = _chained(connection, values)
        added = connection.execute(insert(noted).values(row).returning(noted)).one()
        return noted_from(added)

    def rows(self, room: str, after: int = 0) -> tuple[Noted, ...]:
        """The rows of a room by position."""
        with self._engines.reading() as connection:
            found = self._up_to_now(connection, room)
        return tuple(one for one in found if one.position > after) if after else found

    def _up_to_now(self, connection: Connection, room: str) -> tuple[Noted, ...]:
        """What was read before, and what was added since; a room's rows only ever grow."""
        with self._guard:
            kept = self._kept.get(room, ())
        last = kept[-1].position if kept else 0
        query = select(noted).where(noted.c.room == room, noted.c.position > last)
        rows = kept + _all(connection, query)
        with self._guard:
            if len(rows) > len(self._kept.get(room, ())):
                self._kept[room] = rows
            if room in self._kept:
                self._kept.move_to_end(room)
            while len(self._kept) > _MOST_ROOMS:
                self._kept.popitem(last=False)
        return rows

    def version(self, room: str) -> int:
        """The highest position of the room, 0 if there is none."""
        query = select(func.max(noted.c.position)).where(noted.c.room == room)
        with self._engines.reading() as connection:
            return connection.scalar(query) or 0

    def find_room(self, code_or_id: str) -> str | None:
        """The id of the open room with this code, or of the room with this id, open or closed."""
        typed = code_or_id.strip()
        by_code = and_(noted.c.key == plain_code(typed), noted.c.room.not_in(_closed()))
        query = (
            select(noted.c.room)
            .where(noted.c.kind == "opened", or_(by_code, noted.c.room == typed))
            .order_by(noted.c.position.desc())
            .limit(1)
        )
        with self._engines.reading() as connection:
            return connection.scalar(query)

    def rooms(
        self, by: str | None = None, *, only_open: bool = False, most: int = 200
    ) -> tuple[Noted, ...]:
        """The "opened" rows, newest first; ``body`` has everything but the files of the stories."""
        query = select(noted).where(noted.c.kind == "opened")
        if by is not None:
            query = query.where(noted.c.recorded_by == by)
        if only_open:
            query = query.where(noted.c.room.not_in(_closed()))
        query = query.order_by(None).order_by(noted.c.position.desc()).limit(most)
        with self._engines.reading() as connection:
            return tuple(noted_from(row, without="stories") for row in connection.execute(query))

    def of_person(self, name: str) -> tuple[Noted, ...]:
        """All rows recorded by this person, by position, without the files of stories."""
        query = select(noted).where(noted.c.recorded_by == name).order_by(noted.c.position)
        with self._engines.reading() as connection:
            return tuple(noted_from(row, without="stories") for row in connection.execute(query))

    def stories(self) -> tuple[Noted, ...]:
        """The newest row of every story saved by an author; one without files is withdrawn."""
        newest = select(func.max(noted.c.position)).where(noted.c.kind == "story")
        query = select(noted).where(noted.c.position.in_(newest.group_by(noted.c.room)))
        with self._engines.reading() as connection:
            return tuple(one for one in _all(connection, query) if one.body.get("files"))

    def certificate(self, code: str) -> Noted | None:
        """The "certified" row with this code."""
        query = select(noted).where(noted.c.id == CERTIFICATE + plain_code(code))
        with self._engines.reading() as connection:
            return next(iter(_all(connection, query)), None)

    def close(self) -> None:
        """Close every connection."""
        self._engines.dispose()


def _text(body: Mapping[str, Any]) -> str:
    try:
        found = canonical_json(dict(body))
    except (TypeError, ValueError) as error:
        raise SubmissionRefused((Complaint("body", f"is no JSON: {error}"),)) from None
    if len(found) > _LARGEST:
        fault = f"is too large: {len(found)} characters, {_LARGEST} at most"
        raise SubmissionRefused((Complaint("body", fault),))
    return found


def _standing(connection: Connection, values: Mapping[str, Any]) -> Noted | None:
    """The row that stands under this room, kind and key; an id is never used for two deeds."""
    slot = ("room", "kind", "key")
    query = select(noted).where(
        or_(noted.c.id == values["id"], and_(*(noted.c[name] == values[name] for name in slot)))
    )
    found = _all(connection, query)
    for one in found:
        if (one.room, one.kind, one.key) != tuple(values[name] for name in slot):
            raise SubmissionReused(
                "training",
                f"the id of this form stands for another entry ({one.kind}).",
                "Load the page again and send once more.",
            )
    return found[0] if found else None


def _chained(connection: Connection, values: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its position, which the digest covers, and with its place in the chain."""
    last = select(noted.c.digest).order_by(noted.c.position.desc()).limit(1)
    row = {
        **values,
        "position": _next_position(connection),
        "previous_digest": connection.scalar(last) or FIRST,
    }
    return {**row, "digest": row_digest(noted, row)}


def _next_position(connection: Connection) -> int:
    query = "SELECT nextval(pg_get_serial_sequence('noted', 'position'))"
    if connection.dialect.name == "sqlite":
        query = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'noted'"
    return int(connection.execute(text(query)).scalar_one())


def _closed() -> Select[tuple[str]]:
    return select(noted.c.room).where(noted.c.kind == "closed")


def _all(connection: Connection, query: Select[Any]) -> tuple[Noted, ...]:
    return tuple(noted_from(row) for row in connection.execute(query.order_by(noted.c.position)))
