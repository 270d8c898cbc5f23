"""``grade``, ``summarise``: frames of any kind through the tables, eagerly or as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl
from polars.io.plugins import register_io_source

from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.coding import unread_alone
from toxmodels.cohort.columns import ABOUT, COLUMNS, PATIENT, TIME
from toxmodels.cohort.deaths import with_deaths
from toxmodels.cohort.frames import as_kind, as_polars, readable
from toxmodels.cohort.grading import History
from toxmodels.cohort.order import is_sorted, refuse_nameless, whole_patients
from toxmodels.cohort.running import Asked, Noticed, Per, grade_sorted
from toxmodels.cohort.summary import summarise_frame
from toxmodels.cohort.treatments import Given, given
from toxmodels.scales import STEPPED

__all__ = ["CHUNK_ROWS", "asking", "grade", "grade_chunk", "graded_chunks", "summarise"]

CHUNK_ROWS: Final = 1 << 19
_PLACE: Final = "place in the input"


def asking(
    per: Per = "observation",
    scales: Sequence[str] | None = None,
    treatments: Any = None,
    history: History = "changes",
) -> Asked:
    """
    Read what is asked for.

    Raises:
        CaseError: an unknown scale, or one that is not graded row by row; unreadable treatments.

    """
    wanted = tuple(STEPPED) if scales is None else tuple(dict.fromkeys(scales))
    known = f"cohorts are graded by {', '.join(STEPPED)}"
    faults = [
        Fault(path="scales", says=f'no scale "{one}"', suggestion=known)
        for one in wanted
        if one not in STEPPED
    ]
    if per == "episode" and history == "none":
        says = "rows by themselves form no episodes"
        faults.append(Fault(path="per", says=says, suggestion='history="episodes"'))
    if faults:
        raise CaseError(faults)
    return Asked(wanted, history, per, None if treatments is None else _given(treatments))


def _given(treatments: Any) -> Given:
    found, _ = as_polars(treatments)
    return given(found.collect() if isinstance(found, pl.LazyFrame) else found)


def grade(
    frame: Any,
    *,
    per: Per = "observation",
    scales: Sequence[str] | None = None,
    assume_sorted: bool = False,
    treatments: Any = None,
    history: History = "changes",
) -> Any:
    """
    Grade a cohort: one row in is one observation of one patient, columns as in docs/cohorts.md.

    Args:
        frame: Polars (also lazy), pandas or Arrow; the same kind comes out. Grades of observations
            come in the order of the rows, those of a lazy frame in order of patient and time.
        per: one row an ``observation``, a ``patient`` or an ``episode``.
        scales: ids of stepped scales; both by default.
        assume_sorted: the rows of each patient stand together and in order of time.
        treatments: a frame with ``patient_id``, ``given_at``, ``drug`` and, where known,
            ``stopped_at`` and ``interval_h``.
        history: ``changes`` looks at everything; ``episodes`` leaves out what rose or fell;
            ``none`` grades each row by itself, with the fever waiver left open.

    Raises:
        CaseError: a column, a time or a treatment that no grade can be based on.

    """
    asked = asking(per, scales, treatments, history)
    found, kind = as_polars(frame)
    if isinstance(found, pl.LazyFrame):
        return _lazily(readable(found), asked, assume_sorted=assume_sorted)
    ready = readable(found.lazy()).collect()
    refuse_nameless(ready)
    if assume_sorted or is_sorted(ready.lazy()):
        return as_kind(grade_chunk(ready, asked), kind, frame)
    placed = ready.with_row_index(_PLACE).sort(PATIENT, TIME, maintain_order=True)
    graded = grade_chunk(placed.drop(_PLACE), asked)
    if per == "observation":
        graded = graded.gather(placed[_PLACE].arg_sort())
    return as_kind(graded, kind, frame)


def grade_chunk(frame: pl.DataFrame, asked: Asked, noticed: Noticed | None = None) -> pl.DataFrame:
    """Grade whole patients that are in order, and sum up where that was asked for."""
    if asked.per != "patient":
        return grade_sorted(frame, asked, noticed)
    rows = grade_sorted(frame, replace(asked, per="observation"), noticed)
    return with_deaths(summarise_frame(rows), frame, asked)


def summarise(graded: Any) -> Any:
    """Sum up graded observations: one row a patient, in the kind of frame that came in."""
    found, kind = as_polars(graded)
    if isinstance(found, pl.LazyFrame):
        return summarise_frame(found.collect()).lazy()
    return as_kind(summarise_frame(found), kind, graded)


def graded_chunks(
    frame: pl.LazyFrame, asked: Asked, noticed: Noticed | None = None, rows: int = CHUNK_ROWS
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Read what grades need of a sorted frame in chunks of whole patients: each with its grades."""
    needed = _needed(frame, asked, () if noticed is None else noticed.places)
    stream = needed.collect_batches(chunk_size=rows, maintain_order=True, engine="streaming")
    for chunk in whole_patients(stream, rows):
        refuse_nameless(chunk)
        yield chunk, grade_chunk(chunk, asked, noticed)


def _needed(frame: pl.LazyFrame, asked: Asked, places: Sequence[str]) -> pl.LazyFrame:
    """Without the columns that no grade depends on: they are not read from the file at all."""
    schema = frame.collect_schema()
    unread = unread_alone(schema) if asked.history == "none" else ()
    known = {*COLUMNS, *ABOUT["vitals"], *ABOUT["neuro"], *places}
    return frame.select(name for name in schema if name in known and name not in unread)


@dataclass(frozen=True, slots=True)
class _Source:
    """What a lazy result reads when it is collected."""

    frame: pl.LazyFrame
    asked: Asked

    def __call__(
        self,
        with_columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        for _, graded in graded_chunks(self.frame, self.asked, rows=batch_size or CHUNK_ROWS):
            part = graded if left is None else graded.head(left)
            if left is not None:
                left -= part.height
            if predicate is not None:
                part = part.filter(predicate)
            yield part if with_columns is None else part.select(with_columns)
            if left == 0:
                return


def _lazily(frame: pl.LazyFrame, asked: Asked, *, assume_sorted: bool) -> pl.LazyFrame:
    if not assume_sorted and not is_sorted(frame):
        frame = frame.sort(PATIENT, TIME, maintain_order=True)
    empty = pl.DataFrame(schema=frame.collect_schema())
    schema = grade_chunk(empty, asked).schema
    return register_io_source(_Source(frame, asked), schema=schema)
