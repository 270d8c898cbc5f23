"""
"The latest row where ...": the one primitive of the time pass, over rows in order.

Rows are numbered from 1. A row number that lies before the first row of its own patient belongs to
somebody else and means "never": one running maximum serves all patients at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from toxmodels.cohort.reading import NEVER, Bits, Classes

__all__ = ["Carried", "Gaps", "Rows", "Times", "Track"]

Rows = npt.NDArray[np.int32]
Times = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Track:
    """One field at every row: the class that still counts, and the row it was recorded in."""

    classes: Classes
    row: Rows


_SPARSE: Final = 20  # rarer than one row in so many: quicker to fill in than to run through


@dataclass(slots=True)
class Gaps:
    """Which rows of a field hold nothing, and which row before each of them last did."""

    empty: Bits
    row: Rows
    places: Places
    source: Places
    own: Bits
    valid: dict[int, Bits] = field(default_factory=dict)

    def holds(self, times: Times, valid_us: int) -> Bits:
        """In which gaps the value before still counts."""
        if valid_us not in self.valid:
            age = times[self.places] - np.take(times, self.source, mode="clip")
            self.valid[valid_us] = self.own & (age <= valid_us)
        return self.valid[valid_us]


@dataclass(slots=True)
class Carried:
    """
    Rows of whole patients in order of time.

    ``kept`` marks the rows that are assessments of their own: a row that a later one joins (an
    exam soon after a set of vital signs) is graded, but the course does not step on it.
    """

    times: Times
    first: Rows
    number: Rows
    starts: Places
    lengths: Places
    kept: Bits | None = None
    _since_never: Times | None = None
    _gaps: list[Gaps] = field(default_factory=list)

    @classmethod
    def of(cls, times: Times, begins: Bits) -> Carried:
        """Number the rows; ``begins`` marks each patient's first."""
        number = np.arange(1, len(times) + 1, dtype=np.int32)
        starts = np.flatnonzero(begins)
        lengths = np.diff(starts, append=len(times))
        return cls(
            times, np.repeat((starts + 1).astype(np.int32), lengths), number, starts, lengths
        )

    @classmethod
    def apart(cls, times: Times) -> Carried:
        """Every row as if its patient had no other."""
        number = np.arange(1, len(times) + 1, dtype=np.int32)
        single = np.arange(len(times))
        return cls(times, number, number, single, np.broadcast_to(np.intp(1), len(times)))

    def by_patient(self, values: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """One value a patient, at each of the rows."""
        return np.repeat(values, self.lengths)

    def latest(self, where: Bits) -> Rows:
        """The latest row up to and including this one where it held, of any patient."""
        return np.maximum.accumulate(self.number * where)

    def before(self, where: Bits) -> Rows:
        """The latest assessment strictly before this row where it held, of any patient."""
        marked = where if self.kept is None else where & self.kept
        if np.count_nonzero(marked) * _SPARSE < len(marked):
            return self._filled_in(marked)
        return _shifted(self.number * marked)

    def _filled_in(self, marked: Bits) -> Rows:
        places = np.flatnonzero(marked[:-1])
        rows = np.zeros(len(places) + 1, dtype=np.int32)
        rows[1:] = places + 1
        return np.repeat(rows, np.diff(places, prepend=-1, append=len(marked) - 1))

    def highest_before(self, rows: Rows) -> Rows:
        """The highest of these row numbers over the assessments before this row."""
        return _shifted(rows if self.kept is None else rows * self.kept)

    def with_this(self, where: Bits, before: Rows) -> Rows:
        """The latest row where it held, this one included, from that before this one."""
        return np.maximum(before, self.number * where)

    def time_of(self, rows: Rows) -> Times:
        """When these rows were; no row (0) is never."""
        if rows is self.number:
            return self.times
        if self._since_never is None:
            self._since_never = np.append(np.int64(NEVER), self.times)
        return np.take(self._since_never, rows.astype(np.intp), mode="clip")

    def track(self, classes: Classes, valid_us: int | None) -> Track:
        """Carry a field forward for as long as it is valid; for ever if there is no limit."""
        empty = classes == 0
        if not empty.any():
            return Track(classes, self.number)
        gaps = self.gaps_of(empty)
        holds = gaps.own if valid_us is None else gaps.holds(self.times, valid_us)
        carried = classes.copy()
        carried[gaps.places] = np.take(classes, gaps.source, mode="clip") * holds
        return Track(carried, gaps.row)

    def gaps_of(self, empty: Bits) -> Gaps:
        """Fields of one exam are mostly left out together: the same gaps are looked for once."""
        for known in self._gaps:
            if np.array_equal(known.empty, empty):
                return known
        places = np.flatnonzero(empty)
        if len(places) * _SPARSE < len(empty):
            source = _before_runs(places)
            row = self.number.copy()
            row[places] = source + 1
        else:
            row = self.latest(~empty)
            source = row[places].astype(np.intp) - 1
        own = source + 1 >= self.first[places]
        found = Gaps(empty, row, places, source, own)
        self._gaps.append(found)
        return found


def _shifted(rows: Rows) -> Rows:
    """The highest number strictly before each row."""
    found = np.empty_like(rows)
    if len(found):
        found[0] = 0
        np.maximum.accumulate(rows[:-1], out=found[1:])
    return found


def _before_runs(places: Places) -> Places:
    """For each of some places the last one before it that is not among them; -1 where none is."""
    anew = np.flatnonzero(np.diff(places, prepend=-2) > 1)
    return np.repeat(places[anew] - 1, np.diff(anew, append=len(places)))
