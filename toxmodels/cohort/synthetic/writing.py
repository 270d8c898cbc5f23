"""
Writing an invented cohort to a file: batch by batch, and never half of it.

The file gets its name only once it is whole; nothing that lies there already is written over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl

from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.synthetic import METADATA, Batch, scan

__all__ = ["KINDS", "write"]

KINDS: Final = (".parquet", ".csv")
_ROW_GROUP: Final = 500_000


def write(
    place: Path,
    rows: int,
    seed: int,
    *,
    given_to: Path | None = None,
    wrote: Callable[[int], None] | None = None,
) -> None:
    """
    Write a cohort as Parquet or CSV, and what was given to a second file.

    Args:
        place: a new file; its ending says which kind.
        rows: how many rows.
        seed: the same seed gives the same file.
        given_to: a new file for the treatments.
        wrote: hears how many rows each batch had.

    Raises:
        CaseError: the file is there already, or its ending is not known.
        OSError: it cannot be written.

    """
    for one in (place, given_to):
        if one is not None:
            _refuse(one)
    lists: list[pl.DataFrame] = []

    def made(batch: Batch) -> None:
        if given_to is not None:
            lists.append(batch.treatments)
        if wrote is not None:
            wrote(batch.rows.height)

    with _whole(place) as part:
        _sink(scan(rows, seed, made), part, place.suffix.lower())
        if given_to is not None:
            with _whole(given_to) as other:
                _sink(pl.concat(lists).lazy(), other, given_to.suffix.lower())


def _refuse(place: Path) -> None:
    if place.suffix.lower() not in KINDS:
        says = f'"{place.suffix}" is no kind of file that a cohort is written to'
        raise CaseError(
            [Fault(path=str(place), says=says, suggestion=f"end it in {KINDS[0]} or {KINDS[1]}")]
        )
    if place.exists():
        raise CaseError(
            [Fault(path=str(place), says="exists already", suggestion="choose another name")]
        )


def _sink(frame: pl.LazyFrame, place: Path, kind: str) -> None:
    if kind == ".csv":
        frame.sink_csv(place, datetime_format="%Y-%m-%dT%H:%M:%S%:z")
        return
    frame.sink_parquet(place, metadata=dict(METADATA), row_group_size=_ROW_GROUP)


@contextmanager
def _whole(place: Path) -> Iterator[Path]:
    """A file beside the real one, which takes its place once it is whole."""
    part = place.with_name(f".{place.name}.part")
    try:
        yield part
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
