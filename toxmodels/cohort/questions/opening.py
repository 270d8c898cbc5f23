"""Rows and treatments as they come, with their times and words as the grader reads them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

import polars as pl

from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.columns import PATIENT, TIME
from toxmodels.cohort.frames import stamped, zoneless

__all__ = ["listed", "readable_rows"]

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def readable_rows(frame: Frame) -> Frame:
    """Times as times and words as text, as the grader reads them."""
    schema = frame.collect_schema()
    missing = [name for name in (PATIENT, TIME) if name not in schema]
    if missing:
        says = f'no column "{missing[0]}"'
        cure = "a cohort has one row for each patient and time"
        raise CaseError([Fault(path="cohort", says=says, suggestion=cure)])
    faults = zoneless(schema)
    if faults:
        raise CaseError(faults)
    times = [name for name in schema if name.endswith(("_at", "_until", "_since"))]
    return _read(frame, times)


def listed(treatments: pl.DataFrame) -> pl.DataFrame:
    """The list of treatments with its times read, also from a CSV file."""
    faults = zoneless(treatments.schema)
    if faults:
        raise CaseError(faults)
    return _read(treatments, ("given_at", "stopped_at"))


def _read(frame: Frame, times: Collection[str]) -> Frame:
    read = []
    for name, kind in frame.collect_schema().items():
        if name in times and (kind == pl.String or isinstance(kind, pl.Datetime)):
            read.append(stamped(name, kind))
        elif isinstance(kind, pl.Enum | pl.Categorical):
            read.append(pl.col(name).cast(pl.String))
    return frame.with_columns(read)
