"""
Episodes of CRS and the fever waiver at every row, as "latest row where ...".

The same two readings of the records as in ``crs_steps``: one takes only what is certain, the other
allows for what was not recorded. Every state of an episode is a comparison of a few latest rows:

    ended      a complete sign-free set, a day after the latest sign
    relieved   ended while a drug may hide fever: any sign re-opens
    killed     ended, or relieved until then, while no drug hides fever
    running    the latest fever is not older than the latest killing
    begins     a fever where nothing was running, or where it was killed in the same row
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from toxmodels.cohort.coded import Coded
from toxmodels.cohort.cuts import TEMPERATURE_UNREADABLE
from toxmodels.cohort.lasts import Carried, Rows, Times
from toxmodels.cohort.reading import NEVER, Bits, Classes
from toxmodels.cohort.sign_tables import MAY_BE_SIGN, SIGN
from toxmodels.cohort.signs_now import CrsSigns, microseconds
from toxmodels.site import site

__all__ = ["CERTAIN", "CrsCourse", "crs_course"]


CERTAIN: Final = 2  # a waiver: 0 none, 1 possible, 2 certain


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of the episode at every row under one reading of the records."""

    is_open: Bits
    relieved: Bits
    reopened: Bits
    begins: Bits
    begun: Rows
    onset_row: Rows
    sign_row: Rows
    ended: Bits
    clean_row: Rows


@dataclass(frozen=True, slots=True)
class CrsCourse:
    """The waiver (0 none, 1 possible, 2 certain) and the certain reading at every row."""

    waiver: Classes
    certain: Reading


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one reading of the records sees at every row."""

    fever: Bits
    fever_row: Rows
    organ: Bits
    sign_row: Rows


class _Clean(NamedTuple):
    """Complete sign-free sets: the row of the oldest reading of each, and its time."""

    row: Rows
    at: Times


def crs_course(coded: Coded, rows: Carried, signs: CrsSigns) -> CrsCourse:
    """Follow the episode of every patient in both readings."""
    drugs = _Drugs.of(coded, rows)
    clean = _Clean(signs.clean_row, rows.time_of(signs.clean_row))
    certain = _walk(rows, clean, _certain(signs), drugs.masked)
    may_be_masked = drugs.masked | drugs.mask_unknown
    possible = _walk(rows, clean, _possible(rows, signs), may_be_masked)
    given = drugs.since(rows, certain.onset_row)
    sure = certain.is_open & (certain.reopened | given)
    given = drugs.since(rows, possible.onset_row) | ~drugs.recorded
    may_be = possible.relieved | (possible.is_open & (possible.reopened | given))
    waiver = np.maximum(CERTAIN * sure.view(np.uint8), may_be.view(np.uint8))
    return CrsCourse(waiver, certain)


@dataclass(frozen=True, slots=True)
class _Drugs:
    """What was given against fever by each row, and whether it may hide fever there."""

    given_at: Times | None
    recorded: Bits
    masked: Bits
    mask_unknown: Bits

    @classmethod
    def of(cls, coded: Coded, rows: Carried) -> _Drugs:
        nothing = np.zeros(coded.rows, dtype=np.bool_)
        listed = coded.classes.get("treatments_recorded")
        recorded = nothing if listed is None else listed == 2
        given, hidden = coded.at.get("fever_drug_given_at"), coded.at.get("fever_hidden_until")
        if given is None:
            return cls(None, recorded, nothing, ~recorded)
        known = given != NEVER
        # A drug that is named here shows that somebody keeps a list, from then on.
        if not recorded.all():
            recorded = recorded | (rows.latest(known) >= rows.first)
        if hidden is None:
            return cls(given, recorded, nothing, ~recorded | known)
        masked = rows.times <= hidden
        return cls(given, recorded, masked, ~recorded | (known & (hidden == NEVER)))

    def since(self, rows: Carried, onset: Rows) -> Bits:
        """Whether one was given at or after the onset."""
        if self.given_at is None:
            return np.zeros(len(onset), dtype=np.bool_)
        return self.given_at >= rows.time_of(onset)


def _certain(signs: CrsSigns) -> _Seen:
    fever = (signs.marks[0] & SIGN).view(np.bool_)
    low, air = (signs.marks[1] & SIGN).view(np.bool_), (signs.marks[2] & SIGN).view(np.bool_)
    return _seen(fever, signs.temperature.row * fever, low, air, signs)


def _possible(rows: Carried, signs: CrsSigns) -> _Seen:
    """What was not recorded may have been a sign, where a set was taken at all."""
    taken = signs.set_at != 0
    # A certain sign is a possible one; one that is only possible counts beside a set.
    counting = SIGN | MAY_BE_SIGN * taken.view(np.uint8)
    fever = (signs.marks[0] & SIGN).view(np.bool_)
    low, air = (signs.marks[1] & counting) != 0, (signs.marks[2] & counting) != 0
    heat = signs.temperature
    unread = heat.row < signs.set_at
    unread |= (heat.classes == 0) | (heat.classes == TEMPERATURE_UNREADABLE)
    may_be = taken & ~fever & unread
    if signs.first_dose is not None:
        may_be &= rows.time_of(signs.set_at) >= signs.first_dose
    row = heat.row * fever + signs.set_at * may_be
    return _seen(fever | may_be, row, low, air, signs)


def _seen(fever: Bits, fever_row: Rows, low: Bits, air: Bits, signs: CrsSigns) -> _Seen:
    row = np.maximum(fever_row, signs.pressure_row * low)
    np.maximum(row, signs.oxygen_row * air, out=row)
    return _Seen(fever, fever_row, low | air, row)


def _walk(rows: Carried, clean: _Clean, seen: _Seen, masked: Bits) -> Reading:
    first = rows.first
    sign = seen.fever | seen.organ
    sign_before = rows.before(sign)
    latest_sign = np.maximum(rows.highest_before(seen.sign_row), seen.sign_row)
    ends = _ends(rows, clean, latest_sign)
    end_before = rows.before(ends)
    relieved_before = end_before > sign_before
    killed = ~masked & ((relieved_before & (end_before >= first)) | ends)
    kill_before, fever_before = rows.before(killed), rows.before(seen.fever)
    ran = (fever_before >= first) & (fever_before >= kill_before)
    begins = seen.fever & ~(ran & ~(relieved_before & ~masked))
    reopens = ran & relieved_before & masked & seen.organ & ~seen.fever
    begun_before = rows.before(begins)
    begun = rows.with_this(begins, begun_before)
    reopened = reopens
    if reopens.any():  # a row that re-opens has no fever, and begins nothing
        reopened = reopens | (~begins & (rows.before(reopens) > begun_before))
    # What this row says itself comes before all that was said by then.
    running = seen.fever | (ran & ~killed)
    relieved = running & ~sign & (ends | relieved_before)
    onset_row = np.take(seen.fever_row, begun.astype(np.intp) - 1, mode="clip")
    return Reading(
        running & ~relieved,
        relieved,
        reopened,
        begins,
        begun,
        onset_row,
        latest_sign,
        ends & ran & ~relieved_before,
        clean.row,
    )


def _ends(rows: Carried, clean: _Clean, latest_sign: Rows) -> Bits:
    """Complete sign-free sets a day or more after the latest sign of the same patient."""
    # Where there is no such set it was never, which is not after any sign.
    later = clean.at - rows.time_of(latest_sign) >= microseconds(site().sign_free)
    found: Bits = later & (latest_sign >= rows.first)
    return found
