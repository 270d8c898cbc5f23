"""
Files of a cohort: what is read, in which order, and how results get onto the disk whole or not.

CSV is read as text, so that no column is guessed; lines with too many or too few cells are left out
and named. Results are written beside their place and moved there at the end.
"""

from __future__ import annotations

import csv
import glob
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

from toxmodels.casefile import CaseError, Fault

__all__ = [
    "FILE",
    "LINE",
    "Inputs",
    "Out",
    "found_files",
    "in_buckets",
    "inputs_of",
    "refuse_place",
    "spare_folder",
]

FILE: Final = "file"
LINE: Final = "line"
_ENDINGS: Final = (".csv", ".parquet", ".pq")
_STAMP: Final = "%Y-%m-%dT%H:%M:%S%.f%:z"
_LINES: Final = "\x1f"  # stands in no text, so that a whole line is one cell


def found_files(given: str) -> list[Path]:
    """
    The files that a name, a folder or a pattern stands for, in order of name.

    Raises:
        CaseError: there is none, or one that is neither CSV nor Parquet.

    """
    path = Path(given)
    if path.is_dir():
        files = sorted(one for one in path.rglob("*") if one.suffix.lower() in _ENDINGS)
    elif path.is_file():
        files = [path]
    else:
        files = sorted(Path(one) for one in glob.glob(given, recursive=True))
    wrong = [one for one in files if one.suffix.lower() not in _ENDINGS]
    if wrong or not files:
        says = f"{wrong[0].name} is neither CSV nor Parquet" if wrong else "there is no such file"
        cure = "a .csv or .parquet file, a folder of them, or a pattern in quotes"
        raise CaseError([Fault(path=given, says=says, suggestion=cure)])
    return files


@dataclass(slots=True)
class Inputs:
    """What is to be graded, with the lines that no row could be made of."""

    frame: pl.LazyFrame
    files: list[Path]
    rows: int
    refused: list[tuple[int, int, str]] = field(default_factory=list)


def inputs_of(files: Sequence[Path], spare: Path) -> Inputs:
    """Open every file; each row knows its file and its line (in Parquet, its number from 1)."""
    frames, rows = [], 0
    beside_csv = any(path.suffix.lower() == ".csv" for path in files)
    cleaned = Path(tempfile.mkdtemp(dir=spare))
    refused: list[tuple[int, int, str]] = []
    for place, path in enumerate(files):
        if path.suffix.lower() == ".csv":
            bad = _odd_lines(path)
            refused += [(place, line, why) for line, why in bad]
            frame = _csv(path, [line for line, _ in bad], cleaned / f"{place}.csv")
        else:
            frame = pl.scan_parquet(path).with_row_index(LINE, offset=1)
            frame = _as_text(frame) if beside_csv else frame
        rows += frame.select(pl.len()).collect().item()
        frames.append(frame.with_columns(pl.lit(place, pl.UInt32).alias(FILE)))
    whole = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal_relaxed")
    return Inputs(whole, list(files), rows, refused)


def _as_text(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Write times as CSV files do, so that both kinds of files can be read as one."""
    times = [name for name, kind in frame.collect_schema().items() if isinstance(kind, pl.Datetime)]
    return frame.with_columns(
        pl.col(name).dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%dT%H:%M:%S%.6f+00:00")
        for name in times
    )


def _odd_lines(path: Path) -> list[tuple[int, str]]:
    """Lines (from 1) whose number of cells is not that of the header."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        wanted = len(next(csv.reader([text.readline()]), []))
    lines = pl.scan_csv(
        path, separator=_LINES, has_header=False, quote_char=None, infer_schema=False,
        new_columns=["text"], skip_rows=1,
    ).with_row_index(LINE, offset=2).with_columns(pl.col("text").fill_null(""))  # fmt: skip
    commas = pl.col("text").str.count_matches(",", literal=True)
    quoted = pl.col("text").str.contains('"', literal=True)
    odd = (
        lines.select(LINE, "text")
        .filter((commas != wanted - 1) | quoted)
        .collect(engine="streaming")
    )
    found = []
    for line, text in odd.iter_rows():
        cells = len(next(csv.reader([text]), []))
        if text.count('"') % 2:
            found.append((line, "a cell goes over the end of the line"))
        elif cells not in (wanted, 0):
            found.append((line, f"{cells} cells instead of {wanted}"))
    return found


def _csv(path: Path, bad: Sequence[int], cleaned: Path) -> pl.LazyFrame:
    """Read as text, without the lines that are no rows; line numbers stay those of the file."""
    if bad:
        left_out = frozenset(bad)
        with path.open("rb") as source, cleaned.open("wb") as target:
            for line, text in enumerate(source, start=1):
                if line not in left_out:
                    target.write(text)
    frame = pl.scan_csv(cleaned if bad else path, infer_schema=False)
    frame = frame.with_row_index(LINE, offset=2)
    for line in sorted(bad):  # every line left out before it moves a row up by one
        frame = frame.with_columns(pl.col(LINE) + (pl.col(LINE) >= line).cast(pl.UInt32))
    return frame


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
        if self._writer is not None:
            self._writer.close()
        if kind is not None:
            _remove(self._beside)
            return
        self._beside.replace(self.path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def refuse_place(output: Path, side: Path) -> None:
    """
    Refuse a place for the result that nothing can be written to; nothing is ever written over.

    Raises:
        CaseError: something is there already, the folder around it is not, or no such kind of file.

    """
    faults = [
        Fault(path=str(place), says="exists already", suggestion="choose another name or remove it")
        for place in (output, side)
        if place.exists()
    ]
    if not faults and not output.absolute().parent.is_dir():
        says, cure = "there is no such folder", "make it first"
        faults.append(Fault(path=str(output.parent), says=says, suggestion=cure))
    if not faults and output.suffix and output.suffix.lower() not in _ENDINGS:
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
