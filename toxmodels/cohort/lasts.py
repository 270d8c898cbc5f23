"""
"The latest row where ...": the one primitive of the time pass, over rows in order.

Rows are numbered from 1. A row number that lies before the first row of its own patient belongs to
somebody else and means "never": one running maximum serves all patients at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from toxmodels.cohort.reading import NEVER, Bits, Classes

__all__ = ["Carried", "Rows", "Times", "Track"]

Rows = npt.NDArray[np.int32]
Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Track:
    """One field at every row: the class that still counts, and the row it was recorded in."""

    classes: Classes
    row: Rows


@dataclass(slots=True)
class _Gaps:
    """Which rows of a field hold nothing, and which row before each of them last did."""

    empty: Bits
    row: Rows
    places: npt.NDArray[np.intp]
    source: npt.NDArray[np.intp]
    own: Bits
    valid: dict[int, Bits] = field(default_factory=dict)


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
    kept: Bits | None = None
    _since_never: Times | None = None
    _gaps: list[_Gaps] = field(default_factory=list)

    @classmethod
    def of(cls, times: Times, begins: Bits) -> Carried:
        """Number the rows; ``begins`` marks each patient's first."""
        number = np.arange(1, len(times) + 1, dtype=np.int32)
        return cls(times, np.maximum.accumulate(number * begins), number)

    @classmethod
    def apart(cls, times: Times) -> Carried:
        """Every row as if its patient had no other."""
        number = np.arange(1, len(times) + 1, dtype=np.int32)
        return cls(times, number, number)

    def latest(self, where: Bits) -> Rows:
        """The latest row up to and including this one where it held, of any patient."""
        return np.maximum.accumulate(self.number * where)

    def before(self, where: Bits) -> Rows:
        """The latest assessment strictly before this row where it held, of any patient."""
        return self.highest_before(self.number * where)

    def highest_before(self, rows: Rows) -> Rows:
        """The highest of these row numbers over the assessments before this row."""
        if self.kept is not None:
            rows = rows * self.kept
        found = np.empty_like(rows)
        if len(found):
            found[0] = 0
            np.maximum.accumulate(rows[:-1], out=found[1:])
        return found

    def with_this(self, where: Bits, before: Rows) -> Rows:
        """The latest row where it held, this one included, from that before this one."""
        return np.maximum(before, self.number * where)

    def time_of(self, rows: Rows) -> Times:
        """When these rows were; no row (0) is never."""
        if rows is self.number:
            return self.times
        if self._since_never is None:
            self._since_never = np.append(np.int64(NEVER), self.times)
        found: Times = self._since_never[rows]
        return found

    def track(self, classes: Classes, valid_us: int | None) -> Track:
        """Carry a field forward for as long as it is valid; for ever if there is no limit."""
        empty = classes == 0
        if not empty.any():
            return Track(classes, self.number)
        gaps = self._gaps_of(empty)
        holds = gaps.own if valid_us is None else self._holds(gaps, valid_us)
        carried = classes.copy()
        carried[gaps.places] = np.take(classes, gaps.source, mode="clip") * holds
        return Track(carried, gaps.row)

    def _holds(self, gaps: _Gaps, valid_us: int) -> Bits:
        """In which gaps the value before still counts."""
        if valid_us not in gaps.valid:
            age = self.times[gaps.places] - np.take(self.times, gaps.source, mode="clip")
            gaps.valid[valid_us] = gaps.own & (age <= valid_us)
        return gaps.valid[valid_us]

    def _gaps_of(self, empty: Bits) -> _Gaps:
        """Fields of one exam are mostly left out together: the same gaps are looked for once."""
        for known in self._gaps:
            if np.array_equal(known.empty, empty):
                return known
        row, places = self.latest(~empty), np.flatnonzero(empty)
        source = row[places]
        own = source >= self.first[places]
        found = _Gaps(empty, row, places, source.astype(np.intp) - 1, own)
        self._gaps.append(found)
        return found
