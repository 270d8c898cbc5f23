"""
``check``: what is wrong with a frame, by name, before anything is graded.

One row a fault: where it stands, which column, what was written there, and what to do. What could
not be read counts as "may be anything" in a grade, never as "not recorded".
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, Final

import polars as pl

from toxmodels.casefile.times import no_such_time, time_fault
from toxmodels.cohort.coded import Coded
from toxmodels.cohort.coding import code
from toxmodels.cohort.columns import ABOUT, COLUMNS, PATIENT, TIME
from toxmodels.cohort.exotic import exotic_reasons
from toxmodels.cohort.frames import as_kind, as_polars, readable
from toxmodels.cohort.running import written_as
from toxmodels.limits import limits

__all__ = ["VIOLATIONS", "check", "cure", "violations"]

VIOLATIONS: Final = {
    "no-patient": "a row belongs to nobody",
    "no-time": "a row has no time that can be read",
    "not-sorted": "rows do not stand by patient and time; they are sorted before they are graded",
    "time-twice": "two rows of one patient have the same time; the worse value of each counts",
    "unknown-column": "a column is not part of the flat form and is not read",
    "unreadable": "a value cannot be read, or no patient can have it; it may be anything",
    "changes-within-patient": "a column that holds for the whole patient changes",
    "one-by-one": "this patient is graded by the scalar course, at its speed",
    "treatments-unknown": "times without names of drugs: there the waiver stays open",
}
_SCHEMA: Final[dict[str, Any]] = {
    "violation": pl.Enum([*VIOLATIONS]),
    "row": pl.Int64,
    PATIENT: pl.String,
    TIME: pl.Datetime("us", "UTC"),
    "column": pl.String,
    "value": pl.String,
    "says": pl.String,
}
_ROW: Final = "place in the input"
# What other programs write where nobody recorded anything.
_NOBODY: Final = {
    "na", "n/a", "nan", "null", "none", "nil", "unknown", "missing", "not done", "nd",
    ".", "-", "--", "?", "#n/a", "-1", "-9", "-99", "-999", "-9999", "999", "9999",
}  # fmt: skip
Found = dict[str, Any]


def check(frame: Any) -> Any:
    """
    Name everything that is wrong with a frame of observations; no rows come out of a sound one.

    Raises:
        CaseError: there is no patient or no time as a column, or times have no zone.

    """
    found, kind = as_polars(frame)
    lazy = found if isinstance(found, pl.LazyFrame) else found.lazy()
    before = lazy.collect()
    after = readable(lazy).collect()
    listed = violations(before, after)
    return listed.lazy() if kind == "lazy" else as_kind(listed, kind, [])


def violations(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Everything wrong with a frame, as it came and with its times read."""
    rows: list[Found] = [*_nameless(before, after), *_unknown_columns(before)]
    placed = after.with_row_index(_ROW).filter(
        pl.col(PATIENT).is_not_null() & pl.col(TIME).is_not_null()
    )
    ordered = placed.sort(PATIENT, TIME, maintain_order=True)
    steps = placed.select(
        (pl.col(PATIENT) != pl.col(PATIENT).shift(1)).sum() + 1 != pl.col(PATIENT).n_unique()
    ).item()
    own = pl.col(PATIENT) == pl.col(PATIENT).shift(1)
    late = placed.filter((own & (pl.col(TIME) < pl.col(TIME).shift(1))).fill_null(False))
    if placed.height and (late.height or steps):
        rows.append(_fault("not-sorted", {}, None, None))
    twice = ordered.filter((own & (pl.col(TIME) == pl.col(TIME).shift(1))).fill_null(False))
    rows += [_fault("time-twice", row, TIME, row[TIME]) for row in twice.to_dicts()]
    coded = code(ordered.drop(_ROW))
    rows += _unreadable(ordered, coded)
    rows += _changing(ordered)
    rows += _one_by_one(ordered, coded)
    return pl.DataFrame(rows, schema=_SCHEMA)


def _fault(name: str, row: Found, column: str | None, value: Any, says: str | None = None) -> Found:
    return {
        "violation": name,
        "row": row.get(_ROW),
        PATIENT: None if row.get(PATIENT) is None else str(row[PATIENT]),
        TIME: row.get(TIME),
        "column": column,
        "value": None if value is None else str(value),
        "says": says or VIOLATIONS[name],
    }


def _nameless(before: pl.DataFrame, after: pl.DataFrame) -> Iterable[Found]:
    written = before[TIME]
    rows = after.select(PATIENT, TIME).with_row_index(_ROW)
    for row in rows.filter(pl.col(PATIENT).is_null()).to_dicts():
        yield _fault("no-patient", row, PATIENT, None)
    for row in rows.filter(pl.col(TIME).is_null()).to_dicts():
        yield _fault("no-time", row, TIME, written[row[_ROW]], cure(TIME, written[row[_ROW]]))


def _unknown_columns(frame: pl.DataFrame) -> Iterable[Found]:
    known = {*COLUMNS, *ABOUT["vitals"], *ABOUT["neuro"]}
    for name in frame.columns:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            says = f'did you mean "{near[0]}"?' if near else None
            yield _fault("unknown-column", {}, name, None, says)


def _unreadable(frame: pl.DataFrame, coded: Coded) -> Iterable[Found]:
    for name, places in coded.unreadable.items():
        for column in written_as(name, frame.columns):
            part = frame.select(_ROW, PATIENT, TIME, column)[places.tolist()]
            for row in part.to_dicts():
                if row[column] is not None:
                    yield _fault("unreadable", row, column, row[column], cure(column, row[column]))


def cure(name: str, value: Any) -> str:
    """What a cell of this column may hold, nearest first."""
    column, written = COLUMNS[name], str(value).strip()
    if written.lower() in _NOBODY:
        return "if nobody recorded it, leave the cell empty"
    if column.words:
        near = difflib.get_close_matches(written, column.words, n=1)
        return f'did you mean "{near[0]}"?' if near else f"one of {', '.join(column.words)}"
    if column.holds == "time":
        return _time_cure(name, str(value))
    if column.least is not None or column.most is not None:
        low = "" if column.least is None else f"from {column.least:g} "
        most = "" if column.most is None else f"to {column.most:g}"
        return f"{low}{most}".strip() + _number_cure(name, written)
    return "true or false" if column.holds == "yes or no" else column.holds


def _time_cure(name: str, written: str) -> str:
    fault = time_fault(written, name) or no_such_time(written, name)
    return f"{fault.says} ({fault.suggestion})"


def _number_cure(name: str, written: str) -> str:
    """A comma for a point, blanks around it, or the unit that it was probably meant in."""
    pointed = written.replace(",", ".")
    try:
        number = float(pointed)
    except ValueError:
        return ""
    quantity = limits().get(name)
    unit = None if quantity is None else quantity.likely_units(number)
    if unit is not None:
        return f"; {unit}"
    return f"; a number is written {pointed}"


def _changing(frame: pl.DataFrame) -> Iterable[Found]:
    for name in frame.columns:
        if name not in COLUMNS or COLUMNS[name].about != "patient":
            continue
        own = pl.col(PATIENT) == pl.col(PATIENT).shift(1)
        differs = pl.col(name).ne_missing(pl.col(name).shift(1)) & own
        rows = frame.filter(differs.fill_null(False)).select(_ROW, PATIENT, TIME, name)
        for row in rows.to_dicts():
            yield _fault("changes-within-patient", row, name, row[name])


def _one_by_one(frame: pl.DataFrame, coded: Coded) -> Iterable[Found]:
    reasons = exotic_reasons(coded, frame)
    seen: set[tuple[Any, str]] = set()
    for says, places in reasons.items():
        for row in frame.select(_ROW, PATIENT, TIME)[places.tolist()].to_dicts():
            if (row[PATIENT], says) not in seen:
                seen.add((row[PATIENT], says))
                yield _fault("one-by-one", row, None, None, says)
    if seen and "fever_drug_given_at" in frame.columns:
        yield _fault("treatments-unknown", {}, "fever_drug_given_at", None)
