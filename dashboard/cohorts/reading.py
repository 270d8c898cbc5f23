"""
Cohorts from files, from an upload and from the generator, as studies.

A CSV file is read as text: the grader reads each value and says what it cannot read, so that
nothing is lost in a guess at what a column holds.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.questions import Study, study_of
from toxmodels.cohort.synthetic import cohort

__all__ = ["KINDS", "MOST_MB", "sample_study", "scanned", "uploaded"]

KINDS: Final = ("csv", "parquet")
MOST_MB: Final = 5  # as the server allows for any upload
_MOST_ROWS: Final = 200_000
_BYTES: Final = 1024 * 1024


def scanned(place: Path) -> pl.LazyFrame:
    """
    A file, a folder of Parquet files or a glob as a lazy frame.

    Raises:
        CaseError: there is no such file, or its ending is not known.

    """
    is_glob = any(mark in str(place) for mark in "*?[")
    if not is_glob and not place.exists():
        raise _fault(str(place), "there is no such file", "check the name")
    kind = "parquet" if place.is_dir() else place.suffix.lower().lstrip(".")
    if kind == "csv":
        return pl.scan_csv(place, infer_schema=False)
    if kind == "parquet":
        return pl.scan_parquet(place / "*.parquet" if place.is_dir() else place)
    raise _fault(str(place), f'"{place.suffix}" is no kind of cohort file', "give CSV or Parquet")


def uploaded(name: str, content: bytes, treatments: bytes | None = None) -> Study:
    """
    A study of what was uploaded; it is held by the session alone and stored nowhere.

    Raises:
        CaseError: too large, not readable, or no cohort.

    """
    if len(content) > MOST_MB * _BYTES:
        says = f"is larger than {MOST_MB} MB"
        raise _fault(name, says, "use the command line: toxwatch cohort FILE")
    rows = _parsed(name, content)
    if rows.height > _MOST_ROWS:
        says = f"has {rows.height} rows, more than {_MOST_ROWS}"
        raise _fault(name, says, "use the command line: toxwatch cohort FILE")
    given = None if treatments is None else _parsed("treatments.csv", treatments)
    try:
        return study_of(rows, given)
    except pl.exceptions.PolarsError as error:
        raise _fault(name, f"cannot be graded: {_first_line(error)}", None) from None


def sample_study(rows: int, seed: int, made: Callable[[int], None] | None = None) -> Study:
    """A study of invented patients, made on the spot."""
    batch = cohort(rows, seed)
    return study_of(batch.rows, batch.treatments, read=made)


def _parsed(name: str, content: bytes) -> pl.DataFrame:
    kind = Path(name).suffix.lower().lstrip(".")
    try:
        if kind == "csv":
            return pl.read_csv(io.BytesIO(content), infer_schema=False)
        if kind == "parquet":
            return pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        says = f"cannot be read as {kind}: {_first_line(error)}"
        raise _fault(name, says, "save it again as CSV (UTF-8) or Parquet") from None
    raise _fault(name, f'"{kind}" is no kind of cohort file', "give CSV or Parquet")


def _first_line(error: Exception) -> str:
    """Short, and without the values that a library may quote from the file."""
    return type(error).__name__


def _fault(name: str, says: str, cure: str | None) -> CaseError:
    return CaseError([Fault(path=name, says=says, suggestion=cure)])
