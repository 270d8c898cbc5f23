"""
Columns into classes: what Polars holds becomes small whole numbers, once, at the door.

NaN and null are both "not recorded" (class 0). What was recorded and cannot be read, or lies
outside what a patient can have, becomes the class of unreadable values and is named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from toxmodels.cohort.columns import NONE_FOUND, Column
from toxmodels.cohort.door import MOST_WHOLE, NEVER, NO_PLACE, NO_WHOLE, Bits, Cells
from toxmodels.cohort.written_times import read_times

__all__ = [
    "NEVER",
    "NONE",
    "TRUE",
    "Bits",
    "Classes",
    "measured",
    "moments",
    "padded",
    "set_of",
    "through",
    "truths",
    "whole",
    "words",
]

Classes = npt.NDArray[np.uint8]
NONE: Final = NONE_FOUND
TRUE: Final = ("true", "TRUE", "True")
_FALSE: Final = ("false", "FALSE", "False")
_PLACES: Final = 256
_TRUTHS: Final = bytes((1, 2, 0)).ljust(_PLACES, b"\0")


def measured(cells: Cells, column: Column) -> tuple[npt.NDArray[np.float64], Bits]:
    """Numbers with NaN where nobody recorded one, and which of them cannot be read."""
    series, lost = cells.series, None
    if cells.plain is not None and cells.plain.dtype == np.float64:
        values = cells.plain
    else:
        numbers = series.cast(pl.Float64, strict=False)
        values = numbers.fill_null(float("nan")).to_numpy()
        if series.dtype == pl.String:
            lost = (series.is_not_null() & (series != "") & numbers.is_null()).to_numpy()
    bad = values > (np.finfo(np.float64).max if column.most is None else column.most)
    bad |= values < (np.finfo(np.float64).min if column.least is None else column.least)
    if lost is not None:
        bad |= lost
    return values, bad


def whole(cells: Cells, column: Column) -> tuple[npt.NDArray[np.int16], Bits]:
    """Whole numbers with -1 where nobody recorded one, and which of them cannot be read."""
    if cells.plain is not None and cells.plain.dtype == np.int16:
        most = MOST_WHOLE if column.most is None else int(column.most)
        numbers, top = cells.plain, np.int16(most + 1)
        below = (numbers < 0) & (numbers != NO_WHOLE)
        return np.clip(numbers, np.int16(-1), top), below | (numbers > most)
    values, bad = measured(cells, column)
    bad = bad | (values != np.floor(values)) & ~np.isnan(values)
    kept = np.where(np.isnan(values) | bad, -1.0, np.minimum(values, 1000.0))
    return kept.astype(np.int16), bad


def _truth(text: str) -> int | None:
    return 2 if text in TRUE else 1 if text in _FALSE else None


def through(table: bytes, places: npt.NDArray[np.uint8]) -> Classes:
    """Look small numbers up in a table of 256; quicker than any gather."""
    return np.frombuffer(bytearray(places).translate(table), dtype=np.uint8)


def padded(table: Iterable[int]) -> bytes:
    """A table of classes as ``through`` reads it."""
    return bytes(table).ljust(_PLACES, b"\0")


def truths(cells: Cells, unreadable: int) -> Classes:
    """0 not recorded, 1 no, 2 yes."""
    if cells.plain is not None and cells.plain.dtype == np.int8:
        return through(_TRUTHS, cells.plain.view(np.uint8))
    series = cells.series
    if series.dtype.is_numeric():
        numbers = series.cast(pl.Float64).to_numpy()
        found: Classes = (numbers == 0.0).astype(np.uint8) + 2 * (numbers == 1.0).astype(np.uint8)
        found[(found == 0) & ~np.isnan(numbers)] = unreadable
        return found
    return words(cells, _truth, (*_FALSE, *TRUE), unreadable)


def set_of(text: str) -> frozenset[str] | None:
    """The words of a cell: ``a+b``, ``none``, or a list as JSON; ``None`` if it is neither."""
    if text == NONE:
        return frozenset()
    if not text.startswith("["):
        return frozenset(part.strip() for part in text.split("+"))
    try:
        read = json.loads(text)
    except ValueError:
        return None
    named = [one.get("drug") if isinstance(one, Mapping) else one for one in read]
    words_only = [one for one in named if isinstance(one, str)]
    return frozenset(words_only) if len(words_only) == len(named) else None


def words(
    cells: Cells,
    class_of: Callable[[str], int | None],
    common: Sequence[str],
    unreadable: int,
) -> Classes:
    """The class of each text; ``common`` are those read without looking at each."""
    series = cells.series
    kind = series.dtype  # asked for once: a closed list of words takes time to tell
    if kind == pl.Null:
        return np.zeros(len(series), dtype=np.uint8)
    if isinstance(kind, pl.List):
        series = _joined(series)

    def read(text: Any) -> int:
        found = 0 if text is None or text == "" else class_of(str(text))
        return unreadable if found is None else found

    if isinstance(kind, pl.Enum):
        classes = [read(text) for text in kind.categories.to_list()]
        if cells.plain is not None:
            return through(padded(classes), cells.plain)
        return _taken(series.to_physical(), classes)
    if kind == pl.Categorical:
        kinds = series.unique().drop_nulls()
        places = kinds.to_physical().to_list()
        classes = [0] * (max(places, default=-1) + 1)
        for place, text in zip(places, kinds.cast(pl.String).to_list(), strict=True):
            classes[place] = read(text)
        return _taken(series.to_physical(), classes)
    known = series.cast(pl.Enum(list(dict.fromkeys(common))), strict=False)
    found = _taken(known.to_physical(), [read(text) for text in dict.fromkeys(common)])
    rare = (known.is_null() & series.is_not_null()).arg_true()
    if len(rare):
        texts = series.gather(rare)
        seen = {text: read(text) for text in texts.unique().to_list()}
        found[rare.to_numpy()] = [seen[text] for text in texts.to_list()]
    return found


def _taken(places: pl.Series, classes: Sequence[int]) -> Classes:
    if len(classes) < NO_PLACE and places.dtype == pl.UInt8:
        return through(padded(classes), places.fill_null(NO_PLACE).to_numpy())
    table = np.array([0, *classes], dtype=np.uint8)
    at = (places.cast(pl.Int32) + 1).fill_null(0).to_numpy()
    return np.take(table, at, mode="clip")


def _joined(lists: pl.Series) -> pl.Series:
    if lists.dtype != pl.List(pl.String):
        return pl.Series([None if one is None else json.dumps(one.to_list()) for one in lists])
    named = lists.list.join("+")
    return pl.select(pl.when(named == "").then(pl.lit(NONE_FOUND)).otherwise(named)).to_series()


def moments(cells: Cells) -> tuple[npt.NDArray[np.int64], Bits]:
    """Microseconds in UTC, ``NEVER`` where nobody recorded a time, and what cannot be read."""
    series = cells.series
    bad = np.zeros(len(series), dtype=np.bool_)
    if cells.plain is not None and cells.plain.dtype == np.int64:
        return cells.plain, bad
    if series.dtype == pl.Null:
        return np.full(len(series), NEVER, dtype=np.int64), bad
    read = series
    if series.dtype == pl.String:
        read = read_times(series)
        bad = (series.is_not_null() & (series != "") & read.is_null()).to_numpy()
    numbers = read.cast(pl.Datetime("us", "UTC")).to_physical()
    return numbers.fill_null(NEVER).to_numpy(), bad
