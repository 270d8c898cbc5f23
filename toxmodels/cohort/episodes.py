"""
Episodes: onset, last sign, end, status, peak and duration, one row an episode.

For CRS from the certain reading of the course, for ICANS from its signs, as ``course`` does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from toxmodels.cohort.crs_course import Reading
from toxmodels.cohort.lasts import Carried, Rows, Times
from toxmodels.cohort.reading import NEVER, Bits, Classes
from toxmodels.cohort.signs_now import microseconds
from toxmodels.site import site

__all__ = ["STATUSES", "Episodes", "Standing", "crs_standing", "episodes_of", "icans_standing"]

STATUSES = ("none", "open", "resolved_on_therapy", "resolved")
Numbers = npt.NDArray[np.int32]


class Closing(NamedTuple):
    """The rows that date the last sign and the end of the episode at every row; 0 is no row."""

    last_sign: Rows
    ended: Rows


@dataclass(frozen=True, slots=True)
class Standing:
    """
    The episode at every row: its number from 1, status, the row that dates its onset; 0 is no row.

    ``closing``: worked out only where somebody asks.
    """

    number: Numbers
    status: Classes
    onset: Rows
    closing: Callable[[], Closing]


def crs_standing(rows: Carried, course: Reading) -> Standing:
    """The CRS episode at every row."""
    begun = course.begun >= rows.first
    status = 3 - course.relieved.view(np.uint8) - 2 * course.is_open.view(np.uint8)
    status *= begun

    def closing() -> Closing:
        end_row = rows.with_this(course.ended, rows.before(course.ended))
        places = np.flatnonzero(begun & ~course.is_open)
        at_end = end_row[places].astype(np.intp) - 1
        last, clean = course.sign_row * begun, np.zeros(len(begun), dtype=np.int32)
        last[places] = np.take(course.sign_row, at_end, mode="clip")
        clean[places] = np.take(course.clean_row, at_end, mode="clip")
        return Closing(last, clean)

    return Standing(_numbered(rows, course.begins), status, course.onset_row * begun, closing)


def icans_standing(rows: Carried, sign: Bits, complete: Bits, first_dose: Times | None) -> Standing:
    """The ICANS episode at every row: until a complete exam a day after the last sign is clear."""
    complete = complete & ~sign
    if first_dose is not None:
        counts = rows.times >= first_dose
        sign, complete = sign & counts, complete & counts
    before = rows.before(sign)
    own = before >= rows.first
    lasting = rows.times - rows.time_of(before) >= microseconds(site().sign_free)
    ends = complete & own & lasting
    was_open = own & (before > rows.before(ends))
    begins, ended = sign & ~was_open, ends & was_open
    begun = rows.with_this(begins, rows.before(begins))
    seen = begun >= rows.first
    over_row = rows.with_this(ended, rows.before(ended))
    over = seen & (over_row > begun)

    def closing() -> Closing:
        return Closing(rows.with_this(sign, before) * seen, over_row * over)

    status = (1 + 2 * over.view(np.uint8)) * seen
    return Standing(_numbered(rows, begins), status, begun * seen, closing)


def _numbered(rows: Carried, begins: Bits) -> Numbers:
    counted = begins if rows.kept is None else begins & rows.kept
    before = np.cumsum(counted, dtype=np.int32)
    before -= counted
    before -= rows.by_patient(before[rows.starts])
    before += begins
    return before


@dataclass(frozen=True, slots=True)
class Episodes:
    """One episode a place; ``row`` is a row of its patient."""

    row: Rows
    number: Numbers
    onset: Times
    last_sign: Times
    ended: Times
    status: Classes
    low: Classes
    high: Classes
    peak: Times


def episodes_of(rows: Carried, standing: Standing, low: Classes, high: Classes) -> Episodes:
    """Every episode, as it stands at its last row."""
    kept = np.ones(len(low), dtype=np.bool_) if rows.kept is None else rows.kept
    steps = np.flatnonzero(kept)
    patient, number = rows.first[steps], standing.number[steps]
    changes = (patient[1:] != patient[:-1]) | (number[1:] != number[:-1])
    last = np.append(changes, True) & (number > 0)
    at = steps[last]
    status = standing.status[at]
    followed = np.append(patient[1:] == patient[:-1], False)[last]
    # Another one can only begin once this one is over.
    status = np.where(followed, 3, status).astype(np.uint8)
    closing = standing.closing()
    onset, ended = rows.time_of(standing.onset[at]), rows.time_of(closing.ended[at])
    last_sign = rows.time_of(closing.last_sign[at])
    until = np.where(ended == NEVER, last_sign, ended)
    peak_low, peak_high, peak = _peaks(rows, kept, (at, onset, until), low, high)
    return Episodes(
        (at + 1).astype(np.int32),
        standing.number[at],
        onset,
        last_sign,
        ended,
        status,
        peak_low,
        peak_high,
        peak,
    )


def _peaks(
    rows: Carried,
    kept: Bits,
    spans: tuple[npt.NDArray[np.intp], Times, Times],
    low: Classes,
    high: Classes,
) -> tuple[Classes, Classes, Times]:
    """The highest certain grade between onset and end, with its upper bound and its first time."""
    at, onset, until = spans
    if len(at) == 0:
        return low[:0], high[:0], rows.times[:0]
    start = rows.first[at] - 1
    length = at - start + 1
    owner = np.repeat(np.arange(len(at)), length)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(length) - length, length)
    place = np.repeat(start, length) + offset
    times = rows.times[place]
    inside = kept[place] & (times >= onset[owner]) & (times <= until[owner])
    grade = np.where(inside, low[place] * np.int16(8) + high[place], -1)
    edges = np.cumsum(length) - length
    best = np.maximum.reduceat(grade, edges)
    top = np.maximum(best, 0) >> 3
    reached = inside & (low[place] == top[owner])
    first = np.minimum.reduceat(np.where(reached, times, np.iinfo(np.int64).max), edges)
    peak = np.where(best < 0, onset, first)
    return top.astype(np.uint8), (np.maximum(best, 0) & 7).astype(np.uint8), peak
