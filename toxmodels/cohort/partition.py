"""
One part of a cohort at a time, for Spark, Dask and Ray: Arrow in, Arrow out.

The contract is *whole patients*: all rows of a patient are in the same part. One call grades
thousands of patients; no engine needs a call for each. Columns come out with plain types (text,
32-bit numbers, true or false, microseconds in UTC), which every engine can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import polars as pl

from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.columns import PATIENT, TIME
from toxmodels.cohort.frames import as_polars
from toxmodels.cohort.grading import History
from toxmodels.cohort.observations import TIMES
from toxmodels.cohort.order import whole_patients
from toxmodels.cohort.public import CHUNK_ROWS, grade
from toxmodels.cohort.running import Per

__all__ = ["grade_partition", "graded_batches", "spark_schema"]

_SPARK: Final[dict[type[pl.DataType], str]] = {
    pl.String: "string",
    pl.Int32: "int",
    pl.Boolean: "boolean",
    pl.Float64: "double",
    pl.Datetime: "timestamp",
}


def grade_partition(
    arrow: Any,
    *,
    per: Per = "observation",
    scales: Sequence[str] | None = None,
    treatments: Any = None,
    history: History = "changes",
) -> Any:
    """
    Grade a part of a cohort that holds whole patients, in any order of rows.

    Args:
        arrow: a table or batch of Arrow; columns as for ``grade``.
        per: one row an ``observation``, a ``patient`` or an ``episode``.
        scales: ids of stepped scales; both by default.
        treatments: as for ``grade``; those of other parts may be among them.
        history: as for ``grade``.

    Raises:
        CaseError: a column, a time or a treatment that no grade can be based on.

    """
    frame, _ = as_polars(arrow)
    graded = grade(frame, per=per, scales=scales, treatments=treatments, history=history)
    return _arrow(_plain(graded))


def graded_batches(
    batches: Iterable[Any],
    *,
    treatments: Any = None,
    history: History = "changes",
    rows: int = CHUNK_ROWS,
) -> Iterator[Any]:
    """
    Grade a stream of batches whose rows stand by patient and time, as ``mapInArrow`` hands it over.

    Raises:
        CaseError: as ``grade_partition``; the rows of a patient do not stand together.

    """
    seen: set[Any] = set()
    frames = (as_polars(batch)[0] for batch in batches)
    filled = (frame for frame in frames if isinstance(frame, pl.DataFrame) and frame.height)
    for chunk in whole_patients(filled, rows):
        patients = set(chunk[PATIENT].unique().to_list())
        if patients & seen:
            says = "the rows of a patient do not stand together"
            cure = f"sort each partition by {PATIENT} and {TIME}, and divide by {PATIENT}"
            raise CaseError([Fault(path="batches", says=says, suggestion=cure)])
        seen |= patients
        graded = grade(chunk, treatments=treatments, history=history)
        yield from _arrow(_plain(graded)).to_batches()


def spark_schema(
    patient: str = "string", *, per: Per = "observation", history: History = "changes"
) -> str:
    """What comes out, as Spark declares it; ``patient`` is its type of ``patient_id``."""
    empty = pl.DataFrame(schema={PATIENT: pl.String, TIME: TIMES})
    columns = _plain(grade(empty, per=per, history=history)).schema
    kinds = {name: _SPARK[type(kind)] for name, kind in columns.items()}
    return ", ".join(f"{name} {kind}" for name, kind in (kinds | {PATIENT: patient}).items())


def _plain(graded: pl.DataFrame) -> pl.DataFrame:
    """Closed lists of words as text, small numbers as ordinary ones."""
    columns: list[pl.Expr] = []
    for name, kind in graded.schema.items():
        if isinstance(kind, pl.Enum | pl.Categorical):
            columns.append(pl.col(name).cast(pl.String))
        elif kind.is_integer() and name != PATIENT:
            columns.append(pl.col(name).cast(pl.Int32))
    return graded.with_columns(columns)


def _arrow(frame: pl.DataFrame) -> Any:
    # The oldest layout: engines on the Java machine know no views of text.
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
