"""
Files of a cohort: what is read, line by line, and what could not be.

CSV is read as text, so that no column is guessed.
"""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from dashboard.cohorts.heading import OBSERVED, Wanted, faults_of, heading, unread
from dashboard.cohorts.lines import LINE, as_parquet
from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.columns import PATIENT

__all__ = [
    "CASES",
    "ENDINGS",
    "FILE",
    "LINE",
    "Inputs",
    "Refused",
    "found_files",
    "inputs_of",
    "passed_over",
]

FILE: Final = "number of the file"  # beside the columns of a file, as LINE
ENDINGS: Final = (".csv", ".parquet", ".pq")
CASES: Final = "patient.csv"  # a folder with this file holds cases, one file a kind of record
_LONGEST_HEADING: Final = 1 << 20
_ROW_GROUP: Final = 1 << 17


def found_files(given: str) -> list[Path]:
    """
    The files that a name, a folder or a pattern stands for, in order of name.

    Raises:
        CaseError: there is none, or one that is neither CSV nor Parquet.

    """
    path = Path(given)
    if path.is_dir():
        files = [one for one in _inside(path) if one.suffix.lower() in ENDINGS]
    elif path.is_file():
        files = [path]
    else:
        files = sorted(Path(one) for one in glob.glob(given, recursive=True))
    wrong = [one for one in files if one.suffix.lower() not in ENDINGS]
    if wrong or not files:
        says = f"{wrong[0].name} is neither CSV nor Parquet" if wrong else "there is no such file"
        says = "holds neither CSV nor Parquet" if path.is_dir() else says
        cure = "a .csv or .parquet file, a folder of them, or a pattern in quotes"
        raise CaseError([Fault(path=given, says=says, suggestion=cure)])
    return files


def passed_over(given: str) -> list[str]:
    """The files of a folder that are not read, by name."""
    path = Path(given)
    if not path.is_dir():
        return []
    return [one.name for one in _inside(path) if one.suffix.lower() not in ENDINGS]


def _inside(folder: Path) -> list[Path]:
    """Every file below a folder, but those that are hidden."""
    inside = (one.relative_to(folder) for one in sorted(folder.rglob("*")) if one.is_file())
    return [folder / one for one in inside if not any(part[0] == "." for part in one.parts)]


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that no row could be made of, or a column that nobody reads."""

    file: int
    line: int | None
    why: str
    column: str | None = None


@dataclass(slots=True)
class Inputs:
    """What is to be read, with what could not be."""

    frame: pl.LazyFrame
    files: list[Path]
    rows: int
    refused: list[Refused] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def inputs_of(files: Sequence[Path], spare: Path, wanted: Wanted = OBSERVED) -> Inputs:
    """
    Open every file; each row knows its file and its line (in Parquet, its number from 1).

    CSV becomes Parquet once, beside the result: it is read through several times, and a reader of
    CSV runs ahead of who takes from it.

    Raises:
        CaseError: a file is no CSV or Parquet file of a cohort.

    """
    made = Path(tempfile.mkdtemp(dir=spare))
    opened = [_opened(place, path, made, wanted) for place, path in enumerate(files)]
    faults = [fault for one in opened for fault in one.faults]
    if faults:
        raise CaseError(faults)
    beside_csv = any(path.suffix.lower() == ".csv" for path in files)
    frames = [_as_text(one.frame) if beside_csv else one.frame for one in opened]
    whole = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal_relaxed")
    if beside_csv and len(frames) > 1:  # a file that can be entered anywhere
        whole.sink_parquet(made / "rows.parquet", compression="lz4", row_group_size=_ROW_GROUP)
        whole = pl.scan_parquet(made / "rows.parquet")
    _refuse_blanks(whole)
    rows: int = whole.select(pl.len()).collect().item()
    unread = list(dict.fromkeys(name for one in opened for name in one.unread))
    return Inputs(whole, list(files), rows, [line for one in opened for line in one.bad], unread)


@dataclass(slots=True)
class _Opened:
    frame: pl.LazyFrame = field(default_factory=pl.LazyFrame)
    faults: list[Fault] = field(default_factory=list)
    bad: list[Refused] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def _opened(place: int, path: Path, made: Path, wanted: Wanted) -> _Opened:
    """One file, with everything that keeps it or parts of it from being read."""
    is_csv = path.suffix.lower() == ".csv"
    found = _Opened()
    if is_csv:
        with path.open("rb") as file:
            names, found.faults = heading(path.name, file.readline(_LONGEST_HEADING))
    else:
        scanned = pl.scan_parquet(path)
        names = scanned.collect_schema().names()
    found.faults = found.faults or faults_of(path.name, names, wanted)
    if found.faults:
        return found
    if is_csv:
        target = made / f"{place}.parquet"
        found.bad = [Refused(place, *one) for one in as_parquet(path, names, target)]
        found.frame = pl.scan_parquet(target)
    else:
        found.frame = scanned.with_row_index(LINE, offset=1)
    found.frame = found.frame.with_columns(pl.lit(place, pl.UInt32).alias(FILE))
    if wanted.one_of:
        for name, meant in unread(names).items():
            found.unread.append(name)
            if meant is not None:
                why = f'this column is not read; did you mean "{meant}"?'
                found.bad.append(Refused(place, 1 if is_csv else None, why, name))
    return found


def _refuse_blanks(frame: pl.LazyFrame) -> None:
    """
    Refuse one patient under two names that differ by blanks: the course would be cut in two.

    Raises:
        CaseError: with the first of them.

    """
    if frame.collect_schema()[PATIENT] != pl.String:
        return
    names = frame.select(pl.col(PATIENT).unique()).collect(engine="streaming")[PATIENT]
    bare = names.str.strip_chars()
    twice = bare.filter(bare.is_duplicated() & bare.is_not_null())
    if len(twice):
        says = f'"{twice.sort()[0]}" stands with and without blanks around it'
        cure = "write each patient in one way"
        raise CaseError([Fault(path=PATIENT, says=says, suggestion=cure)])


def _as_text(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Write times as CSV files do, so that both kinds of files can be read as one."""
    times = [name for name, kind in frame.collect_schema().items() if isinstance(kind, pl.Datetime)]
    return frame.with_columns(
        pl.col(name).dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%dT%H:%M:%S%.6f+00:00")
        for name in times
    )
