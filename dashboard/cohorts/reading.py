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

from dashboard.cohorts.files import CASES, FILE, LINE, Inputs, found_files, inputs_of
from dashboard.cohorts.heading import ANSWERED, GIVEN, Wanted, faults_of, heading
from dashboard.cohorts.lines import read_block
from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.checking import cure
from toxmodels.cohort.columns import PATIENT, TIME
from toxmodels.cohort.frames import readable
from toxmodels.cohort.questions import Study, study_of
from toxmodels.cohort.synthetic import cohort

__all__ = ["KINDS", "MOST_MB", "opened", "sample_study", "uploaded"]

KINDS: Final = ("csv", "parquet")
MOST_MB: Final = 5  # as the server allows for any upload
_MOST_ROWS: Final = 200_000
_BYTES: Final = 1024 * 1024
_NAMED: Final = 5


def opened(source: str, spare: Path, wanted: Wanted) -> Inputs:
    """
    A file, a folder or a pattern, ready to be read in parts.

    Raises:
        CaseError: there is none, or lines of it cannot be read: counts without them would be wrong.

    """
    if (Path(source) / CASES).is_file():
        cure = "grade them first: toxwatch grade FOLDER -o graded.parquet"
        raise _fault(source, "is a folder of cases, not of rows", cure)
    found = inputs_of(found_files(source), spare, wanted)
    lines = [(one.file, one.line, one.why) for one in found.refused if one.column is None]
    lines += _nameless(found) if wanted is ANSWERED else []
    if lines:
        shown = [f"line {line} of {found.files[file].name}: {why}" for file, line, why in lines]
        raise CaseError([_bad_lines(source, shown)])
    return found


def _nameless(found: Inputs) -> list[tuple[int, int | None, str]]:
    """Rows that belong to nobody, or to no time."""
    written = found.frame.with_columns(pl.col(TIME).cast(pl.String).alias("written"))
    nobody = pl.col(PATIENT).is_null() | (pl.col(PATIENT).cast(pl.String) == "")
    lost = readable(written).filter(nobody | pl.col(TIME).is_null())
    rows = lost.select(FILE, LINE, nobody.alias("nobody"), "written").collect(engine="streaming")
    return [
        (file, line, "no patient" if is_nobody else f"no time: {cure(TIME, time or '')}")
        for file, line, is_nobody, time in rows.iter_rows()
    ]


def _bad_lines(name: str, shown: list[str]) -> Fault:
    more = "" if len(shown) <= _NAMED else f" and {len(shown) - _NAMED} more"
    says = f"has lines that are no rows: {'; '.join(shown[:_NAMED])}{more}"
    return Fault(path=name, says=says, suggestion="correct them, or grade without: toxwatch grade")


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
    given = None if treatments is None else _parsed("treatments.csv", treatments, GIVEN)
    try:
        return study_of(rows, given)
    except pl.exceptions.PolarsError as error:
        raise _fault(name, f"cannot be graded: {_first_line(error)}", None) from None


def sample_study(rows: int, seed: int, made: Callable[[int], None] | None = None) -> Study:
    """A study of invented patients, made on the spot."""
    batch = cohort(rows, seed)
    return study_of(batch.rows, batch.treatments, read=made)


def _parsed(name: str, content: bytes, wanted: Wanted = ANSWERED) -> pl.DataFrame:
    kind = Path(name).suffix.lower().lstrip(".")
    if kind not in KINDS:
        raise _fault(name, f'"{kind}" is no kind of cohort file', "give CSV or Parquet")
    if kind == "csv":
        return _parsed_lines(name, content, wanted)
    try:
        read = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        says = f"cannot be read as {kind}: {_first_line(error)}"
        raise _fault(name, says, "save it again as CSV (UTF-8) or Parquet") from None
    faults = faults_of(name, read.columns, wanted)
    if faults:
        raise CaseError(faults)
    return read


def _parsed_lines(name: str, content: bytes, wanted: Wanted) -> pl.DataFrame:
    head, _, rest = content.partition(b"\n")
    names, faults = heading(name, head)
    faults = faults or faults_of(name, names, wanted)
    if faults:
        raise CaseError(faults)
    rows, odd = read_block(name, 2, rest, names)
    if odd:
        raise CaseError([_bad_lines(name, [f"line {line}: {why}" for line, why in odd])])
    return rows.drop(LINE)


def _first_line(error: Exception) -> str:
    """Short, and without the values that a library may quote from the file."""
    return type(error).__name__


def _fault(name: str, says: str, cure: str | None) -> CaseError:
    return CaseError([Fault(path=name, says=says, suggestion=cure)])
