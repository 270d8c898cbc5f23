"""
Order: whether rows stand by patient and time, and how to cut a stream of them at patients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.columns import PATIENT, TIME

__all__ = [
    "batches",
    "can_be_entered",
    "is_sorted",
    "refuse_nameless",
    "rows_at_once",
    "whole_patients",
]


def is_sorted(frame: pl.LazyFrame) -> bool:
    """Whether each patient's rows stand together and in order of time."""
    ids, times = pl.col(PATIENT), pl.col(TIME)
    begins = (ids != ids.shift(1)).fill_null(True)
    backwards = (~begins) & (times < times.shift(1))
    found = frame.select(backwards.any().alias("backwards"), begins.sum().alias("begun")).collect(
        engine="streaming"
    )
    backwards_somewhere, begun = found.row(0)
    if backwards_somewhere:
        return False
    patients = frame.select(ids.n_unique()).collect(engine="streaming").item()
    return bool(patients == begun)


def refuse_nameless(frame: pl.DataFrame) -> None:
    """
    Refuse rows that belong to nobody or to no time.

    Raises:
        CaseError: a row has no patient, or no time that can be read.

    """
    if frame[PATIENT].null_count() == 0 and frame[TIME].null_count() == 0:
        return
    lost = frame.with_row_index("row").filter(pl.col(PATIENT).is_null() | pl.col(TIME).is_null())
    if lost.height:
        rows = ", ".join(str(row) for row in lost["row"].head(5).to_list())
        says = f"{lost.height} rows have no patient or no time that can be read, first {rows}"
        cure = "remove them (toxwatch grade puts them into a file of their own)"
        raise CaseError([Fault(path="frame", says=says, suggestion=cure)])


def rows_at_once(frame: pl.LazyFrame, rows: int) -> int:
    """So many, or a quarter of them where most columns are text, which takes as much more room."""
    kinds = frame.collect_schema().dtypes()
    return rows // 4 if 2 * sum(kind == pl.String for kind in kinds) > len(kinds) else rows


def batches(frame: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
    """
    A frame in its order, so many rows at a time.

    A stream runs ahead of who takes from it, by up to a gigabyte. A Parquet file can be entered
    anywhere at no cost, so that each part is read when somebody asks for it.
    """
    if not can_be_entered(frame):
        yield from frame.collect_batches(chunk_size=rows, maintain_order=True, engine="streaming")
        return
    at, part = 0, None
    while part is None or part.height == rows:
        part = frame.slice(at, rows).collect(engine="streaming")
        at += rows
        if part.height:
            yield part


def can_be_entered(frame: pl.LazyFrame) -> bool:
    """Whether a slice of it reads those rows alone; if in doubt, it does not."""
    plan = frame.slice(1, 1).explain()
    one_scan = plan.count(" SCAN ") == 1 and "Parquet SCAN" in plan
    return one_scan and "SLICE: Positive" in plan and "UNION" not in plan


def whole_patients(batches: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Chunks of about so many rows that never divide a patient."""
    held: list[pl.DataFrame] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += batch.height
        if count < rows:
            continue
        whole = pl.concat(held)
        last = whole[PATIENT][-1]
        own = (whole[PATIENT] == last).fill_null(False)
        cut = int(own.arg_max() or 0)
        if cut:
            yield whole.head(cut)
        held, count = [whole.slice(cut)], whole.height - cut
    if count:
        yield pl.concat(held)
