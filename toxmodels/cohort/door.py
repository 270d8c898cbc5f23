"""
The door: the columns of a frame that grades read, opened in one pass.

A column whose type is what it should be comes as plain numbers without nulls, with one number for
"nobody recorded it". Any other (text, lists, numbers in a wrong type) is read cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from toxmodels.cohort.columns import COLUMNS, PATIENT, Column

__all__ = ["MOST_WHOLE", "NEVER", "NO_PLACE", "NO_WHOLE", "Bits", "Cells", "There", "opened"]

Bits = npt.NDArray[np.bool_]
# "At no time", in microseconds: every age counted from here is beyond every limit.
NEVER: Final = -(2**60)
NO_PLACE: Final = 255  # among the words of a closed list
NO_TRUTH: Final = 2  # 0 no, 1 yes
NO_WHOLE: Final = -2000  # beyond any whole number that a column is narrowed to
MOST_WHOLE: Final = 1000
_NO_LONG: Final = -(2**63)  # no count is that far below zero


@dataclass(frozen=True, slots=True)
class Cells:
    """One column as it came, and as plain numbers where its type allows that."""

    series: pl.Series
    plain: npt.NDArray[Any] | None = None

    def gather(self, rows: npt.NDArray[np.intp]) -> Cells:
        """Some of its rows."""
        return Cells(self.series.gather(rows), None if self.plain is None else self.plain[rows])

    def is_recorded(self) -> Bits:
        """Which cells hold anything."""
        if self.plain is not None:
            return _recorded(self.plain)
        found = self.series
        if found.dtype.is_float():
            found = found.fill_nan(None)
        if found.dtype == pl.String:
            found = found.replace("", None)
        return found.is_not_null().to_numpy()


There = Mapping[str, Cells]


def _recorded(plain: npt.NDArray[Any]) -> Bits:
    found: Bits
    if plain.dtype == np.float64:
        found = plain == plain  # noqa: PLR0124 - NaN
    elif plain.dtype == np.int64:
        found = plain != NEVER
    elif plain.dtype == np.int16:
        found = plain != NO_WHOLE
    elif plain.dtype == np.int8:
        found = plain != NO_TRUTH
    else:
        found = plain != NO_PLACE
    return found


def opened(frame: pl.DataFrame, without: Collection[str] = ()) -> tuple[dict[str, Cells], Bits]:
    """The columns that grades read, and the rows at which another patient begins."""
    wanted = [name for name in frame.columns if name in COLUMNS and name not in without]
    schema = frame.schema
    found = {name: _plainly(COLUMNS[name], schema[name]) for name in wanted}
    # In turn: lanes are on threads of their own already.
    plain = frame.select_seq(one for one in found.values() if one is not None)
    numbers = {
        one.name: _narrowed(one.to_numpy(), COLUMNS[one.name]) for one in plain.get_columns()
    }
    cells = {name: Cells(frame[name], numbers.get(name)) for name in wanted}
    return cells, _begins(frame[PATIENT])


def _begins(patients: pl.Series) -> Bits:
    """Rows whose patient is not that of the row before."""
    found = np.ones(len(patients), dtype=np.bool_)
    if len(patients) > 1:
        differs = patients.slice(1) != patients.slice(0, len(patients) - 1)
        found[1:] = (differs.fill_null(True) if differs.null_count() else differs).to_numpy()
    return found


def _plainly(column: Column, kind: pl.DataType) -> pl.Expr | None:
    """How to read a column as plain numbers; ``None`` where its type does not allow it."""
    for fits, read in _READ:
        if fits(column, kind):
            return read(pl.col(column.name), column)
    return None


def _is_short_list(_: Column, kind: pl.DataType) -> bool:
    return isinstance(kind, pl.Enum) and len(kind.categories) < NO_PLACE


def _is_byte(column: Column, kind: pl.DataType) -> bool:
    return kind in (pl.Int8, pl.UInt8) and column.holds == "whole number"


def _narrowed(plain: npt.NDArray[Any], column: Column) -> npt.NDArray[Any]:
    """Whole numbers of any width in 16 bits; those that no patient can have stay just outside."""
    if column.holds != "whole number" or plain.dtype != np.int64:
        return plain
    most = MOST_WHOLE if column.most is None else int(column.most)
    found: npt.NDArray[np.int16] = np.clip(plain, -1, most + 1).astype(np.int16)
    found[plain == _NO_LONG] = NO_WHOLE
    return found


Fits = Callable[[Column, pl.DataType], bool]
_READ: Final[tuple[tuple[Fits, Callable[[pl.Expr, Column], pl.Expr]], ...]] = (
    (
        lambda column, kind: kind.is_float() and column.holds == "number",
        lambda cells, _: cells.cast(pl.Float64).fill_null(float("nan")),
    ),
    (
        lambda column, kind: kind == pl.Boolean and column.holds == "yes or no",
        lambda cells, _: cells.cast(pl.Int8).fill_null(NO_TRUTH),
    ),
    (_is_short_list, lambda cells, _: cells.to_physical().cast(pl.UInt8).fill_null(NO_PLACE)),
    (
        lambda column, kind: isinstance(kind, pl.Datetime) and column.holds == "time",
        lambda cells, _: cells.cast(pl.Datetime("us", "UTC")).to_physical().fill_null(NEVER),
    ),
    (_is_byte, lambda cells, _: cells.cast(pl.Int16).fill_null(NO_WHOLE)),
    (
        lambda column, kind: kind.is_integer() and column.holds == "whole number",
        lambda cells, _: cells.cast(pl.Int64).fill_null(_NO_LONG),
    ),
)
