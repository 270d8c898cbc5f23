"""
The store as it was known at a past moment: what came later is not in it, and it takes nothing in.

Every part of a page in replay reads through this one door, so none of them has to remember to
leave out what nobody could have known. Putting on record that somebody looked is still possible.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Connection

from dashboard.store import (
    Acknowledgement,
    Decision,
    Draft,
    Entry,
    NotSaved,
    PatientLine,
    ProtocolChoice,
    Store,
    UnknownPatient,
)

__all__ = ["PastStore", "ReplayStoresNothing"]

T = TypeVar("T")


class ReplayStoresNothing(NotSaved):
    """Somebody tried to store something while looking at the past."""


class PastStore(Store):
    """What a store held at a moment; made for one run of a page."""

    def __init__(self, live: Store, moment: datetime) -> None:
        super().__init__(live._engines)
        self._live = live
        self._moment = moment

    @property
    def live(self) -> Store:
        """The store as it is now."""
        return self._live

    @property
    def known_at(self) -> datetime:
        """The moment whose knowledge this holds."""
        return self._moment

    def close(self) -> None:
        """Nothing of its own to close."""

    def _write(self, work: Callable[[Connection], T]) -> T:
        del work
        _refuse()

    def keep_rules(self, *_: Any, **__: Any) -> int:
        """Refused: a replay says nothing new."""
        _refuse()

    def keep_shown(self, *_: Any, **__: Any) -> int:
        """Refused: a replay says nothing new."""
        _refuse()

    def history(self, patient_id: str, as_of: datetime | None = None) -> tuple[Entry, ...]:
        """The entries that were there, each with what had replaced it by then."""
        moment = self._moment if as_of is None else min(as_of, self._moment)
        every = self._live.history(patient_id)
        last = max((one.position for one in every if one.recorded_at <= moment), default=None)
        if last is None:
            raise UnknownPatient(
                f'patient "{patient_id}"', "was not on record at that time.", "Choose a later time."
            )
        return self._live.history_to(patient_id, last)

    def positions(self, ward_id: str) -> dict[str, int]:
        """Each patient's latest position at that moment."""
        return self._live.positions_at(ward_id, self._moment)

    def patients(self, ward_id: str) -> tuple[PatientLine, ...]:
        """The patients who were on record."""
        there = self.positions(ward_id)
        return tuple(one for one in self._live.patients(ward_id) if one.patient_id in there)

    def acknowledgements(self, patient_id: str) -> tuple[Acknowledgement, ...]:
        """Those that had been made."""
        made = self._live.acknowledgements(patient_id)
        return tuple(one for one in made if one.recorded_at <= self._moment)

    def decisions(self, patient_id: str) -> tuple[Decision, ...]:
        """Those that had been made."""
        made = self._live.decisions(patient_id)
        return tuple(one for one in made if one.recorded_at <= self._moment)

    def protocol_choices(self, ward_id: str) -> tuple[ProtocolChoice, ...]:
        """Those that had been made."""
        made = self._live.protocol_choices(ward_id)
        return tuple(one for one in made if one.recorded_at <= self._moment)

    def load_draft(self, who: str, patient_id: str, form: str) -> Draft | None:
        """Nothing: a form that was not sent is no record."""
        del who, patient_id, form
        return None


def _refuse() -> NoReturn:
    raise ReplayStoresNothing(
        "replay", "nothing was stored: this screen shows the past.", "Go back to now first."
    )
