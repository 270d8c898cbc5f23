"""
Frames in and out: whatever kind comes in goes out again, and Polars does the work.

pandas and Arrow are never imported here: who hands over one of their frames has them already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import polars as pl

from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.columns import PATIENT, TIME
from toxmodels.cohort.written_times import read_times

__all__ = ["Kind", "as_kind", "as_polars", "readable", "stamped", "zoneless"]

Kind = Literal["polars", "lazy", "pandas", "arrow"]
STAMP = pl.Datetime("us", "UTC")


def as_polars(frame: Any) -> tuple[pl.DataFrame | pl.LazyFrame, Kind]:
    """
    Take in a frame of any kind.

    Raises:
        CaseError: it is no frame.

    """
    if isinstance(frame, pl.DataFrame):
        return frame, "polars"
    if isinstance(frame, pl.LazyFrame):
        return frame, "lazy"
    if type(frame).__module__.partition(".")[0] == "pandas":
        return pl.from_pandas(frame, nan_to_null=True, include_index=False), "pandas"
    if hasattr(frame, "__arrow_c_stream__") or hasattr(frame, "__arrow_c_array__"):
        return pl.DataFrame(frame), "arrow"
    says = f"{type(frame).__name__} is no frame"
    raise CaseError(
        [Fault(path="frame", says=says, suggestion="give a Polars, pandas or Arrow frame")]
    )


def as_kind(frame: pl.DataFrame, kind: Kind, like: Any) -> Any:
    """Give back the kind that came in; pandas rows keep their labels where they are the same."""
    if kind == "arrow":
        return frame.to_arrow()
    if kind != "pandas":
        return frame
    table = frame.to_pandas()
    if len(table) == len(like) and TIME in frame.columns:
        table.index = like.index
    return table


def stamped(name: str, kind: pl.DataType) -> pl.Expr:
    """A column of times as microseconds in UTC; a text that is no time becomes null."""
    column = pl.col(name)
    if kind == pl.String:
        column = column.map_batches(read_times, return_dtype=STAMP, is_elementwise=True)
    return column.cast(STAMP)


def readable(frame: pl.LazyFrame) -> pl.LazyFrame:
    """
    The same frame with its times as times, ready to be sorted.

    Raises:
        CaseError: patient or time is missing as a column, or the times have no zone.

    """
    schema = frame.collect_schema()
    faults = [
        Fault(path=name, says="there is no such column", suggestion="see docs/cohorts.md")
        for name in (PATIENT, TIME)
        if name not in schema
    ]
    faults += zoneless(schema)
    if not faults and not _is_time(schema[TIME]):
        says = f"{schema[TIME]} is no time"
        faults.append(Fault(path=TIME, says=says, suggestion="2026-03-01T08:00:00+00:00"))
    if faults:
        raise CaseError(faults)
    return frame.with_columns(stamped(TIME, schema[TIME]))


def zoneless(schema: Mapping[str, pl.DataType]) -> list[Fault]:
    """The columns whose times have no zone: nobody knows when that was."""
    return [
        Fault(
            path=name,
            says="these times have no zone",
            suggestion=f'say which: pl.col("{name}").dt.replace_time_zone("UTC")',
        )
        for name, kind in schema.items()
        if isinstance(kind, pl.Datetime) and kind.time_zone is None and _counts(name)
    ]


def _counts(name: str) -> bool:
    return name.endswith(("_at", "_until", "_since"))


def _is_time(kind: pl.DataType) -> bool:
    return kind == pl.String or isinstance(kind, pl.Datetime)
