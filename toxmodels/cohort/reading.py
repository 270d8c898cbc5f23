"""
Columns into classes: what Polars holds becomes small whole numbers, once, at the door.

NaN and null are both "not recorded" (class 0). What was recorded and cannot be read, or lies
outside what a patient can have, becomes the class of unreadable values and is named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from toxmodels.cohort.columns import NONE_FOUND, Column

__all__ = [
    "ISO",
    "NEVER",
    "NONE",
    "TRUE",
    "Bits",
    "Classes",
    "measured",
    "moments",
    "set_of",
    "truths",
    "whole",
    "words",
]

Classes = npt.NDArray[np.uint8]
Bits = npt.NDArray[np.bool_]
# "At no time", in microseconds: every age counted from here is beyond every limit.
NEVER: Final = -(2**60)
NONE: Final = NONE_FOUND
_NO_PLACE: Final = 255
TRUE: Final = ("true", "TRUE", "True")
_FALSE: Final = ("false", "FALSE", "False")
ISO: Final = "%Y-%m-%dT%H:%M:%S%.f%:z"


def measured(series: pl.Series, column: Column) -> tuple[npt.NDArray[np.float64], Bits]:
    """Numbers with NaN where nobody recorded one, and which of them cannot be read."""
    if series.dtype == pl.String:
        numbers = series.cast(pl.Float64, strict=False)
        lost = (series.is_not_null() & (series != "") & numbers.is_null()).to_numpy()
    else:
        numbers, lost = series.cast(pl.Float64, strict=False), None
    values = numbers.to_numpy()
    bad = np.isinf(values)
    if column.least is not None:
        bad |= values < column.least
    if column.most is not None:
        bad |= values > column.most
    if lost is not None:
        bad |= lost
    return values, bad


def whole(series: pl.Series, column: Column) -> tuple[npt.NDArray[np.int16], Bits]:
    """Whole numbers with -1 where nobody recorded one, and which of them cannot be read."""
    if series.dtype.is_integer():
        most = 1000 if column.most is None else int(column.most)
        known = series.is_not_null().to_numpy()
        numbers = series.fill_null(-1).clip(-2, most + 1).cast(pl.Int16).to_numpy()
        return numbers, ((numbers < 0) | (numbers > most)) & known
    values, bad = measured(series, column)
    bad = bad | (values != np.floor(values)) & ~np.isnan(values)
    kept = np.where(np.isnan(values) | bad, -1.0, np.minimum(values, 1000.0))
    return kept.astype(np.int16), bad


def _truth(text: str) -> int | None:
    return 2 if text in TRUE else 1 if text in _FALSE else None


def truths(series: pl.Series, unreadable: int) -> Classes:
    """0 not recorded, 1 no, 2 yes."""
    if series.dtype == pl.Boolean:
        known: Classes = (series.cast(pl.UInt8) + 1).fill_null(0).to_numpy()
        return known
    if series.dtype.is_numeric():
        numbers = series.cast(pl.Float64).to_numpy()
        found: Classes = (numbers == 0.0).astype(np.uint8) + 2 * (numbers == 1.0).astype(np.uint8)
        found[(found == 0) & ~np.isnan(numbers)] = unreadable
        return found
    return words(series, _truth, (*_FALSE, *TRUE), unreadable)


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
    series: pl.Series,
    class_of: Callable[[str], int | None],
    common: Sequence[str],
    unreadable: int,
) -> Classes:
    """The class of each text; ``common`` are those read without looking at each."""
    if series.dtype == pl.Null:
        return np.zeros(len(series), dtype=np.uint8)
    if isinstance(series.dtype, pl.List):
        series = _joined(series)

    def read(text: Any) -> int:
        found = 0 if text is None or text == "" else class_of(str(text))
        return unreadable if found is None else found

    if isinstance(series.dtype, pl.Enum):
        return _taken(series.to_physical(), [read(text) for text in series.dtype.categories])
    if series.dtype == pl.Categorical:
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
    if len(classes) < _NO_PLACE and places.dtype == pl.UInt8:
        table = np.zeros(_NO_PLACE + 1, dtype=np.uint8)
        table[: len(classes)] = classes
        return np.take(table, places.fill_null(_NO_PLACE).to_numpy(), mode="clip")
    table = np.array([0, *classes], dtype=np.uint8)
    at = (places.cast(pl.Int32) + 1).fill_null(0).to_numpy()
    return np.take(table, at, mode="clip")


def _joined(lists: pl.Series) -> pl.Series:
    if lists.dtype != pl.List(pl.String):
        return pl.Series([None if one is None else json.dumps(one.to_list()) for one in lists])
    named = lists.list.join("+")
    return pl.select(pl.when(named == "").then(pl.lit(NONE_FOUND)).otherwise(named)).to_series()


def moments(series: pl.Series) -> tuple[npt.NDArray[np.int64], Bits]:
    """Microseconds in UTC, ``NEVER`` where nobody recorded a time, and what cannot be read."""
    if series.dtype == pl.Null:
        return np.full(len(series), NEVER, dtype=np.int64), np.zeros(len(series), dtype=np.bool_)
    if series.dtype == pl.String:
        read = series.str.to_datetime(ISO, time_zone="UTC", time_unit="us", strict=False)
        bad = (series.is_not_null() & (series != "") & read.is_null()).to_numpy()
    else:
        read, bad = series, np.zeros(len(series), dtype=np.bool_)
    numbers = read.cast(pl.Datetime("us", "UTC")).to_physical()
    return numbers.fill_null(NEVER).to_numpy(), bad
