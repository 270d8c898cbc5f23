"""
Times as text, in every spelling that a case file may hold: ``Z`` or an offset, a blank for the
``T``, no seconds, a comma before their fraction.

What Polars reads at once is most of a file; only the rest is spelled out and read again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import polars as pl

from toxmodels.casefile.times import FIRST_YEAR, LAST_YEAR

__all__ = ["read_times"]

_ISO: Final = "%Y-%m-%dT%H:%M:%S%.f%:z"
_SPELLED: Final = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})$"
_FIRST: Final = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_END: Final = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)


def read_times(texts: pl.Series) -> pl.Series:
    """Microseconds in UTC; a text that is no time, or has no zone, becomes null."""
    found = _read(texts)
    rest = (found.is_null() & texts.is_not_null() & (texts != "")).fill_null(False).arg_true()
    if len(rest) == 0:
        return found
    return found.scatter(rest, _read(_spelled_out(texts.gather(rest))))


def _read(texts: pl.Series) -> pl.Series:
    """One spelling; a year that can only be a slip of the hand is no time."""
    read = pl.col(texts.name).str.to_datetime(_ISO, time_zone="UTC", time_unit="us", strict=False)
    possible = pl.when((read >= _FIRST) & (read < _END)).then(read)
    return texts.to_frame().select(possible.alias(texts.name)).to_series()


def _spelled_out(texts: pl.Series) -> pl.Series:
    """The other spellings as the one that is read; anything else stays out."""
    written = pl.col(texts.name)
    spelled = (
        written.str.replace(" ", "T", literal=True)
        .str.replace(",", ".", literal=True)
        .str.replace(r"Z$", "+00:00")
        .str.replace(r"^(.{16})([+-])", "${1}:00${2}")
    )
    kept = pl.when(written.str.contains(_SPELLED)).then(spelled)
    return texts.to_frame().select(kept.alias(texts.name)).to_series()
