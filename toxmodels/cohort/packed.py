"""
A grade as one number, so that a table of grades is one array and grading a row is one look-up.

Two bounds of three bits, then the deciding signs and the missing signs, a bit each, eight bits a
set. Bounds and signs are kept as they come from a scale.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from toxmodels.findings import CHEAPEST_FIRST, Grade

__all__ = ["CRS_SIGNS", "ICANS_SIGNS", "TREATMENTS", "Signs"]

TREATMENTS: Final = "treatments"
JOINED_BY: Final = "+"
Packed = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Signs:
    """The signs of one scale, cheapest to record first; a set of them is a sum of their bits."""

    order: tuple[str, ...]

    @cached_property
    def bits(self) -> dict[str, int]:
        """The bit of each sign."""
        return {sign: 1 << place for place, sign in enumerate(self.order)}

    @cached_property
    def names(self) -> list[str]:
        """Every set of signs as text, by the sum of its bits; the empty set is an empty text."""
        return [
            JOINED_BY.join(sign for sign, bit in self.bits.items() if place & bit)
            for place in range(1 << len(self.order))
        ]

    def place(self, signs: Iterable[str]) -> int:
        """The sum of the bits of some signs."""
        return sum(self.bits[sign] for sign in set(signs))

    def pack(self, grade: Grade) -> int:
        """Bounds, deciding signs and missing signs of a grade by a scale."""
        decided = self.place(one.sign for one in grade.findings if one.decides)
        missing = self.place(
            TREATMENTS if one.record == "treatments" else one.sign for one in grade.missing
        )
        return grade.at_least | grade.at_most << 3 | decided << 6 | missing << 14

    def parts(self, grades: Packed, prefix: str) -> dict[str, npt.NDArray[np.uint8]]:
        """Bounds, deciding signs and missing signs as columns of small numbers."""
        bounds = grades.astype(np.uint8)  # the lowest eight bits, with both bounds in six
        return {
            f"{prefix}_at_least": bounds & np.uint8(7),
            f"{prefix}_at_most": bounds >> np.uint8(3) & np.uint8(7),
            f"{prefix}_decided_by": (grades >> 6).astype(np.uint8),
            f"{prefix}_missing": (grades >> 14).astype(np.uint8),
        }

    @cached_property
    def kinds(self) -> pl.Enum:
        """The type of a column that holds sets of signs."""
        return pl.Enum(self.names)


def _cheapest_first(*signs: str) -> tuple[str, ...]:
    return tuple(sorted(signs, key=[*CHEAPEST_FIRST, TREATMENTS].index))


CRS_SIGNS: Final = Signs(_cheapest_first("fever", "hypotension", "hypoxia", "death", TREATMENTS))
ICANS_SIGNS: Final = Signs(
    _cheapest_first(
        "ice", "capd", "consciousness", "seizure", "motor", "raised_icp", "oedema", "death"
    )
)
