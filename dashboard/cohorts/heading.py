"""
The first line of a CSV file of a cohort, and the columns of any cohort: what keeps a file from
being read at all, said by name with its cure, and the columns that nobody will read.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from toxmodels.casefile import Fault
from toxmodels.cohort.columns import ABOUT, COLUMNS, PATIENT, TIME
from toxmodels.cohort.questions.study import CONTEXT, GRADED

__all__ = ["ANSWERED", "GIVEN", "OBSERVED", "Wanted", "faults_of", "heading", "nearest", "unread"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file has to hold: all of some columns, and at least one of some others."""

    columns: tuple[str, ...]
    one_of: frozenset[str] = frozenset()
    says: str = ""


_SIGNS: Final = ABOUT["vitals"] | ABOUT["neuro"]
OBSERVED: Final = Wanted(
    (PATIENT, TIME), _SIGNS, "holds no column of vital signs or of an exam to grade"
)
ANSWERED: Final = Wanted(
    (PATIENT, TIME), _SIGNS | {*GRADED}, "holds no column of vital signs, of an exam or of grades"
)
GIVEN: Final = Wanted((PATIENT, "given_at", "drug"))
_PACKED: Final = {
    b"\x1f\x8b": "is packed (gzip)",
    b"PK": "is an Excel file or a zip archive",
    b"\xd0\xcf": "is an Excel file",
    b"PAR1": "is a Parquet file",
    b"\xff\xfe": "is written in UTF-16",
    b"\xfe\xff": "is written in UTF-16",
}
_SAVE: Final = "save it as CSV (UTF-8, separated by commas)"
_OTHERS: Final = (";", "\t", "|")
# Read by nobody here, and no mistake: what stands beside observations in files of ours.
_BESIDE: Final = frozenset({*CONTEXT, "weight_kg", "synthetic", "scale", "rules", "file", "line"})
# Fields that hold a record in a case: a single column of that name can't hold one.
_WHOLE_RECORDS: Final = {"ice", "capd", "oxygen", "seizure"}
_NEAR, _QUITE_NEAR, _BEGINS = 0.8, 0.6, 4


def heading(name: str, first: bytes) -> tuple[list[str], list[Fault]]:
    """The names of the columns, and what keeps the file from being read."""
    for mark, says in _PACKED.items():
        if first.startswith(mark):
            return [], [Fault(path=name, says=says, suggestion=_SAVE)]
    try:
        line = first.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        return [], [Fault(path=name, says="line 1 is not written in UTF-8", suggestion=_SAVE)]
    if not line.strip():
        says = "is empty" if not first.strip() else "has no names of columns in its first line"
        return [], [Fault(path=name, says=says, suggestion="one line of names, then the rows")]
    if "\r" in line or "\0" in line:
        return [], [Fault(path=name, says="has lines that end in no usual way", suggestion=_SAVE)]
    names = next(csv.reader([line]))
    other = next((mark for mark in _OTHERS if line.count(mark) > line.count(",")), None)
    if other is not None:
        shown = "a tab" if other == "\t" else f'"{other}"'
        says = f"its cells are separated by {shown}"
        cure = f"{_SAVE}, and numbers with a point: 38.5"
        return [], [Fault(path=name, says=says, suggestion=cure)]
    return names, [
        Fault(path=name, says=f'two columns are named "{one}"', suggestion="remove one of them")
        for one in sorted({one for one in names if one and names.count(one) > 1})
    ]


def faults_of(file: str, names: Sequence[str], wanted: Wanted) -> list[Fault]:
    """What a file does not hold and has to; a column that is only spelled otherwise is offered."""
    faults = []
    for one in wanted.columns:
        if one in names:
            continue
        near = next((name for name in names if _plainly(name) == one), None)
        cure = f'"{near}" has to be written "{one}"' if near else "columns: docs/cohorts.md"
        faults.append(Fault(path=file, says=f'there is no column "{one}"', suggestion=cure))
    if not faults and wanted.one_of and not wanted.one_of & {*names}:
        meant = [f'"{near}" for "{one}"' for one in names if (near := nearest(one)) and near != one]
        cure = f"did you mean {', '.join(meant)}?" if meant else "columns: docs/cohorts.md"
        faults.append(Fault(path=file, says=wanted.says, suggestion=cure))
    return faults


def unread(names: Sequence[str]) -> dict[str, str | None]:
    """The columns that no grade and no question looks at, with what each was probably meant as."""
    known = {*COLUMNS, *(_SIGNS - _WHOLE_RECORDS), *_BESIDE}
    lost = [one for one in names if one and one not in known and not _is_grade(one)]
    meant = {one: nearest(one) for one in lost}
    return {one: None if near in names else near for one, near in meant.items()}


def nearest(name: str) -> str | None:
    """The column that a name which is not read was probably meant to be."""
    plain = _plainly(name)
    if not plain or plain in COLUMNS:
        return plain or None
    longer = next((one for one in COLUMNS if one.startswith(f"{plain}_")), None)
    near = difflib.get_close_matches(plain, COLUMNS, n=1, cutoff=_NEAR) or [
        one
        for one in difflib.get_close_matches(plain, COLUMNS, n=3, cutoff=_QUITE_NEAR)
        if one[:_BEGINS] == plain[:_BEGINS]
    ]
    return longer or (near[0] if near else None)


def _plainly(name: str) -> str:
    """As columns are named: small letters, ``_`` for what is neither letter nor digit."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def _is_grade(name: str) -> bool:
    return name.startswith(("crs_", "icans_")) or name in ("fever_since", "ice_fall")
