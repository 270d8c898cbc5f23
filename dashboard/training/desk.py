"""Who acts in training, when and where it goes; and the room as it stands."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dashboard.accounts.allowing import allow
from dashboard.accounts.permissions import Action
from dashboard.accounts.person import Person
from dashboard.store import Store
from dashboard.training.folding import Folding
from dashboard.training.keeping.errors import UnknownRoom
from dashboard.training.keeping.journal import Kind, Noted, TrainingStore, Unless
from dashboard.training.room import Standing, as_it_stands, standing

__all__ = ["Desk", "current", "folded"]

_MOST_ROOMS: Final = 64
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Desk:
    """Who acts, when, and where it goes; the ward's store only hears of refusals."""

    training: TrainingStore
    ward: Store
    person: Person | None
    now: datetime

    def may(self, action: Action) -> Person:
        """The person, if this may be done; a refusal goes on record in the ward's audit trail."""
        return allow(self.ward, self.person, action, now=self.now)

    def seen_in(self, rows: tuple[Noted, ...]) -> Standing:
        """What these rows of a room say."""
        return folded(self.training.place, rows)

    def note(
        self, person: Person, *, id: str, room: str, kind: Kind, key: str,  # noqa: A002
        body: Mapping[str, Any], unless: Unless | None = None,
    ) -> Noted:  # fmt: skip
        """Store what this person did, once."""
        return self.training.note(
            id=id, room=room, kind=kind, key=key, body=body, by=person.name, role=person.role,
            now=self.now, unless=unless,
        )  # fmt: skip


@dataclass(slots=True)
class _Kept:
    """A room folded up to its last known row, to go on from."""

    folding: Folding
    last: Noted
    count: int
    found: Standing


_kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()


def folded(place: str, rows: tuple[Noted, ...]) -> Standing:
    """
    What ``standing(rows)`` gives; only rows that are new since the last time are folded.

    Thirty people answer at once, each check sees every row: folding all of them each time would
    make the last one wait.
    """
    if not rows:
        raise ValueError("the rows of a room begin with the one that opened it")
    slot = (place, rows[0].room)
    with _lock:
        kept = _kept.pop(slot, None)  # back only when all went well
        if kept is not None and len(rows) < kept.count:  # somebody else has read further
            _kept[slot] = kept
            return standing(rows)
        if kept is None or rows[kept.count - 1] != kept.last:
            folding = Folding(rows)
            kept = _Kept(folding, rows[-1], len(rows), as_it_stands(folding))
        elif len(rows) > kept.count:
            for row in rows[kept.count :]:
                kept.folding.take(row)
            kept.last, kept.count = rows[-1], len(rows)
            kept.found = as_it_stands(kept.folding)
        _kept[slot] = kept
        while len(_kept) > _MOST_ROOMS:
            _kept.popitem(last=False)
        return kept.found


def current(training: TrainingStore, room: str) -> Standing:
    """
    The room as it stands.

    Raises:
        UnknownRoom: there is no room with this id.

    """
    rows = training.rows(room)
    if not rows or rows[0].kind != "opened":
        raise UnknownRoom(f'room "{room}"', "there is none with this id.", "Start a new one.")
    return folded(training.place, rows)
