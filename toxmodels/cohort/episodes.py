"""
Episodes: onset, last sign, end, status, peak and duration, one row an episode.

For CRS from the certain reading of the course, for ICANS from its signs, as ``course`` does it.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Standing:
    """The episode at every row: its number from 1, status, onset, latest sign and end."""

    number: Numbers
    status: Classes
    onset: Times
    last_sign: Times
    ended: Times
    begins: Bits


def crs_standing(rows: Carried, course: Reading) -> Standing:
    """The CRS episode at every row."""
    begun = course.begun >= rows.first
    status = np.where(course.is_open, 1, np.where(course.relieved, 2, 3)) * begun
    end_row = rows.now(course.ended, rows.before(course.ended))
    over = begun & ~course.is_open
    last = np.where(over, np.take(course.sign_row, end_row - 1, mode="clip"), course.sign_row)
    clean = np.take(course.clean_row, end_row - 1, mode="clip")
    return Standing(
        _numbered(rows, course.begins),
        status.astype(np.uint8),
        np.where(begun, rows.time_of(course.onset_row), NEVER),
        np.where(begun, rows.time_of(last), NEVER),
        np.where(over, rows.time_of(clean), NEVER),
        course.begins,
    )


def icans_standing(rows: Carried, sign: Bits, complete: Bits, first_dose: Times | None) -> Standing:
    """The ICANS episode at every row: until a complete exam a day after the last sign is clear."""
    counts = np.ones(len(sign), dtype=np.bool_) if first_dose is None else rows.times >= first_dose
    sign = sign & counts
    before = rows.before(sign)
    lasting = rows.times - rows.time_of(before) >= microseconds(site().sign_free)
    ends = ~sign & complete & counts & (before >= rows.first) & lasting
    end_before = rows.before(ends)
    was_open = (before >= rows.first) & (before > end_before)
    begins, ended = sign & ~was_open, ends & was_open
    begun = rows.now(begins, rows.before(begins))
    seen = begun >= rows.first
    over_row = rows.now(ended, rows.before(ended))
    over = seen & (over_row > begun)
    last = rows.now(sign, before)
    return Standing(
        _numbered(rows, begins),
        (np.where(over, 3, 1) * seen).astype(np.uint8),
        np.where(seen, rows.time_of(begun), NEVER),
        np.where(seen, rows.time_of(last), NEVER),
        np.where(over, rows.time_of(over_row), NEVER),
        begins,
    )


def _numbered(rows: Carried, begins: Bits) -> Numbers:
    counted = begins if rows.kept is None else begins & rows.kept
    so_far = np.cumsum(counted, dtype=np.int32)
    before = so_far - counted
    return (before - before[rows.first - 1] + begins).astype(np.int32)


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
    onset, ended = standing.onset[at], standing.ended[at]
    last_sign = standing.last_sign[at]
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
