"""
A sorted frame as classes: what the tables and the time pass read, and nothing else.

Columns that are not there have no entry: their class is 0 in every row. ``unreadable`` names the
values that could not be read, ``exotic`` the rows that only the scalar course can tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from toxmodels.cohort import cuts
from toxmodels.cohort.columns import COLUMNS
from toxmodels.cohort.door import There
from toxmodels.cohort.lasts import Times
from toxmodels.cohort.reading import NONE, Bits, Classes, set_of, truths
from toxmodels.cohort.reading import words as read_words

__all__ = ["Coded", "There", "Whole"]

Whole = npt.NDArray[np.int16]
_CANNOT_READ: Final = 200


def nowhere() -> Bits:
    """No rows yet."""
    return np.zeros(0, dtype=np.bool_)


@dataclass(slots=True)
class Coded:
    """The classes of every field by row, with the times that the course reads."""

    rows: int
    times: Times
    begins: Bits
    classes: dict[str, Classes] = field(default_factory=dict)
    at: dict[str, Times] = field(default_factory=dict)
    counts: dict[str, Whole] = field(default_factory=dict)
    has_vitals: Bits = field(default_factory=nowhere)
    has_exam: Bits = field(default_factory=nowhere)
    unreadable: dict[str, npt.NDArray[np.intp]] = field(default_factory=dict)
    exotic: Bits = field(default_factory=nowhere)

    def note(self, column: str, bad: Bits) -> None:
        """Remember which rows of a column could not be read."""
        rows = np.flatnonzero(bad)
        if len(rows):
            self.unreadable[column] = rows

    def truth(self, there: There, *names: str) -> None:
        """Read columns of yes and no."""
        for name in names:
            if name in there:
                found = truths(there[name], cuts.TRUTH_UNREADABLE)
                self.note(name, found == cuts.TRUTH_UNREADABLE)
                self.classes[name] = found

    def word(self, there: There, name: str, known: Mapping[str, int], bad: int) -> None:
        """Read a column of one word."""
        if name in there:
            found = read_words(there[name], known.get, [*known], bad)
            self.note(name, found == bad)
            self.classes[name] = found

    def mark(self, name: str, found: Classes, bad: Bits, unreadable: int) -> None:
        """Put a column in, with its unreadable values as a class of their own."""
        self.note(name, bad)
        if name in self.unreadable:
            found[self.unreadable[name]] = unreadable
        self.classes[name] = found

    def listed(
        self,
        there: There,
        name: str,
        meaning: Callable[[frozenset[str]], int],
        bad: int,
    ) -> None:
        """Read a column of several words."""
        if name not in there:
            return
        known = frozenset(COLUMNS[name].words)

        def read(text: str) -> int | None:
            found = set_of(text)
            return None if found is None or found - known else meaning(found)

        classes = read_words(there[name], read, [NONE, *COLUMNS[name].words], _CANNOT_READ)
        self.mark(name, classes, classes == _CANNOT_READ, bad)
