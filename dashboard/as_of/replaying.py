"""
One patient, or a whole ward, as known at a past moment.

With the rules of that day the result that was kept then is shown; where the program is still the
same it is worked out again from the same entries and must come out equal. With the rules of today
it is worked out anew from what was known. Every way the two can differ is said, never smoothed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import structlog

from dashboard import chosen, glance, ward
from dashboard.as_of.asked import Replay
from dashboard.as_of.differences import Difference, differences
from dashboard.as_of.rule_set import of_package, rule_set
from dashboard.as_of.rules_then import rules_then, site_books
from dashboard.as_of.saying import said_of, said_text
from dashboard.as_of.stored_state import as_stored
from dashboard.chosen import Chosen
from dashboard.kept import Kept
from dashboard.session import live_store
from dashboard.states import PatientState, Unreadable
from dashboard.store import ProtocolChoice, Store, StoreError, UnknownPatient
from dashboard.store.shown import Shown
from toxmodels import Case
from toxmodels.protocols import Protocol, protocols
from toxmodels.version import digests

__all__ = ["Replayed", "Verdict", "forget", "known_patient", "known_ward"]

Verdict = Literal["as-shown", "stored", "not-kept", "not-reproduced", "unreadable"]
_UNREADABLE_THEN: Final = "What this ward had chosen could not be followed at that time"

_log = structlog.get_logger(__name__)
_wards = Kept(40)


@dataclass(frozen=True, slots=True)
class Replayed:
    """
    One patient in a replay.

    ``row`` is what the screen shows. ``kept`` is the result that was kept then, ``then`` and
    ``today`` the short forms by the rules of that day and of today. ``verdict``: ``as-shown`` (kept
    and worked out again equal), ``stored`` (the kept result alone is shown), ``not-kept`` (nothing
    was kept, today's rules are shown), ``not-reproduced`` (an error: the same program comes to
    another result), ``unreadable``. ``differs`` lists what today's rules say otherwise;
    ``broken`` what came out otherwise although it had to be equal; ``gap`` what the rules of that
    day would have said at the moment itself, where nothing was kept of it.
    """

    row: PatientState | Unreadable
    kept: Shown | None
    then: Mapping[str, Any] | None
    today: Mapping[str, Any] | None
    verdict: Verdict
    differs: tuple[Difference, ...] = ()
    broken: tuple[Difference, ...] = ()
    gap: tuple[Difference, ...] = ()


def forget() -> None:
    """Drop everything kept: after a test, or when another store is opened."""
    _wards.clear()


def known_ward(ward_id: str, asked: Replay) -> tuple[Replayed, ...]:
    """Every patient who was on record, in the order of their ids."""
    key = _key(ward_id, asked)
    found: tuple[Replayed, ...] | None = _wards.get(key)
    if found is None:
        there = live_store().positions_at(ward_id, asked.moment)
        look = _Look.at(live_store(), ward_id, asked)
        found = tuple(_one(look, *line) for line in sorted(there.items()))
        _wards.put(key, found)
    return found


def known_patient(ward_id: str, patient_id: str, asked: Replay) -> Replayed:
    """
    One patient of a ward; the others are not worked out for it.

    Raises:
        UnknownPatient: nobody with this id was on record by then.

    """
    key = _key(ward_id, asked)
    found: Replayed | None = next(
        (one for one in _wards.get(key) or () if one.row.patient_id == patient_id),
        _wards.get((*key, patient_id)),
    )
    if found is None:
        there = live_store().positions_at(ward_id, asked.moment)
        if patient_id not in there:
            raise UnknownPatient(
                f'patient "{patient_id}"', "was not on record at that time.", "Choose a later time."
            )
        look = _Look.at(live_store(), ward_id, asked)
        found = _one(look, patient_id, there[patient_id])
        _wards.put((*key, patient_id), found)
    return found


def _key(ward_id: str, asked: Replay) -> tuple[object, ...]:
    opened = live_store()
    return opened.place, ward_id, glance.version(opened, ward_id), rule_set().digest, asked


# What is the same for every patient of a ward


@dataclass(frozen=True, slots=True)
class _Look:
    """The moment, what the ward had chosen, what was kept, and the rule sets of that day."""

    ward_id: str
    asked: Replay
    choices: Mapping[str, ProtocolChoice]
    kept: Mapping[str, Shown]
    rules: Mapping[str, Mapping[str, str] | None]
    books: Mapping[str, Mapping[str, Protocol]]

    @classmethod
    def at(cls, opened: Store, ward_id: str, asked: Replay) -> _Look:
        """Read once what every patient of the ward needs."""
        made = [c for c in opened.protocol_choices(ward_id) if c.recorded_at <= asked.moment]
        kept = opened.on_screen(ward_id, asked.moment)
        rules = {digest: rules_then(opened, digest) for digest in {k.rules for k in kept.values()}}
        return cls(
            ward_id=ward_id,
            asked=asked,
            choices={one.scope: one for one in made},
            kept=kept,
            rules=rules,
            books={
                digest: site_books(opened, listed)
                for digest, listed in rules.items()
                if listed is not None
            },
        )

    def follow_today(self, case: Case) -> Chosen:
        """What the ward had chosen by then, as its file reads today."""
        return chosen.followed_by(self.choices, case)

    def follow_then(self, kept: Shown) -> Callable[[Case], Chosen] | None:
        """What was followed then, as its file read then; ``None`` where that text is not here."""
        named = kept.protocol
        if named is None:
            lost = _UNREADABLE_THEN if json.loads(kept.said)["advice_fault"] else None
            return lambda _: Chosen(None, None, lost, f"none:{lost}")
        if named in protocols():
            found: Protocol | None = protocols()[named]
        else:
            found = self.books.get(kept.rules, {}).get(named)
        if found is None:
            return None
        return lambda _: Chosen(found, None, None, f"{named}:{kept.rules}")

    def is_same_program(self, kept: Shown) -> bool:
        """Whether the program of that day and all of its own rules are the ones running now."""
        listed = self.rules.get(kept.rules)
        return listed is not None and of_package(listed) == digests()


# One patient


def _one(look: _Look, patient_id: str, position: int) -> Replayed:
    kept = look.kept.get(patient_id)
    try:
        return _told(look, patient_id, position, kept)
    except StoreError as error:
        says = error.fault
    except Exception as error:  # noqa: BLE001 - one patient's fault must not hide the others
        _log.error("replay-failed", fault=type(error).__name__)
        says = f"the past could not be worked out ({type(error).__name__})"
    row = Unreadable(patient_id, look.ward_id, position, look.asked.moment, says)
    return Replayed(row, kept, None, None, "unreadable")


def _told(look: _Look, patient_id: str, position: int, kept: Shown | None) -> Replayed:
    moment = look.asked.moment

    def known(follow: Callable[[Case], Chosen]) -> PatientState:
        return ward.as_known(look.ward_id, patient_id, position, follow, clock=moment)

    now = known(look.follow_today)
    today = said_of(now)
    if kept is None:
        return Replayed(now, None, None, today, "not-kept")
    then = json.loads(kept.said)
    follow = look.follow_then(kept) if look.is_same_program(kept) else None
    verdict: Verdict = "stored"
    broken: tuple[Difference, ...] = ()
    gap: tuple[Difference, ...] = ()
    row = now
    if follow is not None:
        again = said_of(_again(look, kept, follow))
        row = known(follow)
        at_moment = said_of(row)
        if said_text(again) != kept.said:
            verdict, broken = "not-reproduced", differences(then, again)
        elif said_text(at_moment) == kept.said:
            verdict = "as-shown"
        else:
            gap = differences(then, at_moment)
    if look.asked.rules == "today":
        row = now
    elif verdict != "as-shown":
        row = as_stored(row, kept, same_program=follow is not None)
    return Replayed(row, kept, then, today, verdict, differences(then, today), broken, gap)


def _again(look: _Look, kept: Shown, follow: Callable[[Case], Chosen]) -> PatientState:
    """The kept result worked out once more, from the same entries at the same time."""
    return ward.as_known(
        look.ward_id,
        kept.patient_id,
        kept.entry_position,
        follow,
        clock=kept.at,
        at=kept.assessed_at,
        acknowledged=kept.acknowledged,
    )
