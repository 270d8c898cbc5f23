"""
Invented cohorts of any size in the flat form, drawn from published distributions by a seed.

Every row says ``synthetic``, and so does what a Parquet file tells about itself. The same seed
gives the same rows, and a longer cohort begins with the rows of a shorter one. Rows come in
batches of whole patients, so that memory does not grow with the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from toxmodels.cohort.columns import PATIENT
from toxmodels.cohort.synthetic.patients import draw
from toxmodels.cohort.synthetic.published import Published, Source, published
from toxmodels.cohort.synthetic.rows import SCHEMA, observations, treatments

__all__ = [
    "METADATA",
    "SCHEMA",
    "Batch",
    "Published",
    "Source",
    "batches",
    "cohort",
    "published",
    "scan",
]

BATCH_PATIENTS: Final = 2_000
METADATA: Final = {
    "toxwatch.synthetic": "true",
    "toxwatch.says": "Invented patients drawn from published distributions. Nobody in this file "
    "exists; use it to try things out, never for a conclusion.",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some whole patients: their rows, and what they were given."""

    rows: pl.DataFrame
    treatments: pl.DataFrame


def batches(rows: int, seed: int) -> Iterator[Batch]:
    """Exactly that many rows, batch by batch; of the last patient only as many as are left."""
    left, first = rows, 1
    while left > 0:
        random = np.random.default_rng([seed, first])
        patients = draw(random, first, BATCH_PATIENTS)
        names = pl.Series([f"syn{seed}-{number:09d}" for number in patients.number.tolist()])
        made = observations(random, patients, names)
        given = treatments(patients, names)
        if made.height > left:
            made = made.head(left)
            given = given.filter(pl.col(PATIENT) <= made[PATIENT][-1])
        yield Batch(made, given)
        left -= made.height
        first += BATCH_PATIENTS


def cohort(rows: int, seed: int) -> Batch:
    """A whole cohort in memory."""
    parts = [*batches(rows, seed)]
    return Batch(
        pl.concat([one.rows for one in parts]), pl.concat([one.treatments for one in parts])
    )


def scan(rows: int, seed: int, made: Callable[[Batch], None] | None = None) -> pl.LazyFrame:
    """The rows as a lazy frame that invents them while it is read; ``made`` hears of each batch."""
    from polars.io.plugins import register_io_source

    def source(
        wanted: list[str] | None, where: pl.Expr | None, limit: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        for batch in batches(rows if limit is None else min(limit, rows), seed):
            if made is not None:
                made(batch)
            shown = batch.rows if where is None else batch.rows.filter(where)
            yield shown if wanted is None else shown.select(wanted)

    return register_io_source(source, schema=SCHEMA)
