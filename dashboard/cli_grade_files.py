"""
The result of grading a cohort: how it gets onto the disk whole or not at all.

Results are written beside their place and moved there at the end.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.cohorts.files import CASES, ENDINGS
from toxmodels.casefile import CaseError, Fault

__all__ = ["Out", "in_buckets", "refuse_place", "spare_folder"]

_STAMP: Final = "%Y-%m-%dT%H:%M:%S%.f%:z"


def in_buckets(
    frame: pl.LazyFrame, by: str, order: Sequence[str], count: int, spare: Path
) -> Iterator[pl.DataFrame]:
    """All rows of a frame, sorted, a bucket of whole patients at a time."""
    for part, batch in enumerate(frame.collect_batches(engine="streaming")):
        place = (pl.col(by).hash(seed=0) % count).alias("bucket")
        for (bucket,), rows in batch.with_columns(place).group_by("bucket"):
            folder = spare / f"bucket-{bucket}"
            folder.mkdir(exist_ok=True)
            rows.drop("bucket").write_parquet(folder / f"{part:06d}.parquet", compression="lz4")
    for folder in sorted(spare.glob("bucket-*")):
        yield pl.read_parquet(folder / "*.parquet").sort(order, maintain_order=True)
        shutil.rmtree(folder)


@dataclass(slots=True)
class Out:
    """A CSV file, a Parquet file or a folder of Parquet files; there only when it is whole."""

    path: Path
    _beside: Path = field(init=False)
    _writer: Any = None
    _parts: int = 0

    def __enter__(self) -> Self:
        self._beside = self.path.with_name(f".{self.path.name}.partial-{os.getpid()}")
        if not self.path.suffix:
            self._beside.mkdir()
        return self

    def write(self, frame: pl.DataFrame) -> None:
        """Add rows."""
        if not self.path.suffix:
            frame.write_parquet(self._beside / f"part-{self._parts:05d}.parquet")
            self._parts += 1
        elif self.path.suffix.lower() == ".csv":
            with self._beside.open("ab") as target:
                frame.write_csv(target, include_header=self._parts == 0, datetime_format=_STAMP)
            self._parts += 1
        else:
            table: pa.Table = frame.to_arrow()
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._beside, table.schema, compression="zstd")
            self._writer.write_table(table)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._writer is not None:
                self._writer.close()
            if kind is None:
                self._beside.replace(self.path)
        finally:  # a full disk also fails when the end of the file is written
            _remove(self._beside)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def refuse_place(output: Path, side: Path, source: Path) -> None:
    """
    Refuse a place for the result that nothing can be written to; nothing is ever written over.

    Raises:
        CaseError: something is there already, the folder around it is not, no such kind of file, or
            the result would be among what is read the next time.

    """
    faults = [
        Fault(path=str(place), says="exists already", suggestion="choose another name or remove it")
        for place in (output, side)
        if place.exists()
    ]
    if not faults and not output.absolute().parent.is_dir():
        says, cure = "there is no such folder", "make it first"
        faults.append(Fault(path=str(output.parent), says=says, suggestion=cure))
    is_inside = source.is_dir() and source.resolve() in output.absolute().resolve().parents
    if not faults and is_inside and not (source / CASES).is_file():
        says = "lies in the folder that is read: the next run would take it for observations"
        faults.append(Fault(path=str(output), says=says, suggestion="choose another folder"))
    if not faults and output.suffix and output.suffix.lower() not in ENDINGS:
        says = f'"{output.suffix}" is no kind of file that grades are written to'
        cure = "end it in .csv or .parquet; a name without a point becomes a folder of Parquet"
        faults.append(Fault(path=str(output), says=says, suggestion=cure))
    if faults:
        raise CaseError(faults)


@contextmanager
def spare_folder(beside: Path) -> Iterator[Path]:
    """A folder for what is needed only while grading, on the same disk as the result."""
    with tempfile.TemporaryDirectory(prefix=".toxwatch-", dir=beside.parent) as name:
        yield Path(name)
