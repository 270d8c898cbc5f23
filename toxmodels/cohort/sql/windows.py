"""
"The latest row where ...", as a window over the rows of one patient in order of time.

Every window of the query has the same partition and order, so that an engine sorts once; they
differ in how far they reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from toxmodels.cohort.sql.dialects import Dialect

__all__ = ["PATIENT", "SO_FAR", "Windows", "counted_before", "highest_before", "soon_after"]

PATIENT: Final = "OVER (PARTITION BY patient_id)"
_IN_TIME: Final = "PARTITION BY patient_id ORDER BY t"
SO_FAR: Final = f"OVER ({_IN_TIME} ROWS UNBOUNDED PRECEDING)"
_BEFORE: Final = f"OVER ({_IN_TIME} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of one dialect: the latest value is the highest, said as the engine is quick."""

    dialect: Dialect

    def latest(self, where: str, value: str = "t") -> str:
        """The latest time at which it held, this row included; values rise with time."""
        found = self.dialect.latest.format(f"CASE WHEN {where} THEN {value} END")
        return f"COALESCE({found} {SO_FAR}, 0)"

    def before_any(self, where: str, value: str = "t") -> str:
        """The latest time at which it held, over all rows before; values rise with time."""
        found = self.dialect.latest.format(f"CASE WHEN {where} THEN {value} END")
        return f"COALESCE({found} {_BEFORE}, 0)"

    def before(self, where: str) -> str:
        """The latest time at which it held, over the assessments before this row."""
        return self.before_any(f"kept AND {where}")


def highest_before(where: str, value: str) -> str:
    """The highest of these values over the rows before this one, in whatever order they come."""
    return f"COALESCE(MAX(CASE WHEN {where} THEN {value} END) {_BEFORE}, 0)"


def counted_before(where: str) -> str:
    """At how many assessments before this row it held."""
    return f"COALESCE(SUM(CASE WHEN kept AND {where} THEN 1 ELSE 0 END) {_BEFORE}, 0)"


def soon_after(where: str, value: str, within: int) -> str:
    """The first of these values over the rows soon after this one, 0 where there is none."""
    return (
        f"COALESCE(MIN(CASE WHEN {where} THEN {value} END) OVER ({_IN_TIME}\n"
        f"      RANGE BETWEEN 1 FOLLOWING AND {within} FOLLOWING), 0)"
    )
