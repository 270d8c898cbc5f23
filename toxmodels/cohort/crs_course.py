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
from typing import Final

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


def crs_course(coded: Coded, rows: Carried, signs: CrsSigns) -> CrsCourse:
    """Follow the episode of every patient in both readings."""
    drugs = _Drugs.of(coded, rows)
    certain = _walk(rows, signs, _certain(signs), drugs.masked)
    possible = _walk(rows, signs, _possible(rows, signs), drugs.masked | drugs.mask_unknown)
    given = drugs.since(rows, certain.onset_row)
    sure = certain.is_open & (certain.reopened | given)
    given = drugs.since(rows, possible.onset_row) | ~drugs.recorded
    may_be = possible.relieved | (possible.is_open & (possible.reopened | given))
    waiver = np.where(sure, np.uint8(CERTAIN), may_be.view(np.uint8))
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


def _walk(rows: Carried, signs: CrsSigns, seen: _Seen, masked: Bits) -> Reading:
    first = rows.first
    sign = seen.fever | seen.organ
    sign_before = rows.before(sign)
    latest_sign = np.maximum(rows.highest_before(seen.sign_row), seen.sign_row)
    ends = _ends(rows, signs, latest_sign)
    end_before = rows.before(ends)
    relieved_before = end_before > sign_before
    killed = ~masked & ((relieved_before & (end_before >= first)) | ends)
    kill_before, fever_before = rows.before(killed), rows.before(seen.fever)
    ran = (fever_before >= first) & (fever_before >= kill_before)
    begins = seen.fever & ~(ran & ~(relieved_before & ~masked))
    reopens = ran & relieved_before & masked & seen.organ & ~seen.fever
    begun = rows.with_this(begins, rows.before(begins))
    reopened = rows.with_this(reopens, rows.before(reopens)) > begun
    fever_now = rows.with_this(seen.fever, fever_before)
    running = (fever_now >= first) & (fever_now >= rows.with_this(killed, kill_before))
    relieved = running & (rows.with_this(ends, end_before) > rows.with_this(sign, sign_before))
    onset_row = np.take(seen.fever_row, begun - 1, mode="clip")
    return Reading(
        running & ~relieved,
        relieved,
        reopened,
        begins,
        begun,
        onset_row,
        latest_sign,
        ends & ran & ~relieved_before,
        signs.clean_row,
    )


def _ends(rows: Carried, signs: CrsSigns, latest_sign: Rows) -> Bits:
    """Complete sign-free sets a day or more after the latest sign of the same patient."""
    found = np.zeros(len(latest_sign), dtype=np.bool_)
    places = np.flatnonzero(signs.clean_row)
    clean, sign = signs.clean_row[places], latest_sign[places]
    later = rows.time_of(clean) - rows.time_of(sign) >= microseconds(site().sign_free)
    found[places] = later & (sign >= rows.first[places])
    return found
