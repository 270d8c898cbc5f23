"""
Deaths in what is said of whole patients and of episodes.

Hardly anybody is observed at the minute of death, so that no row may tell of it: the course steps
on it all the same, and grade 5 belongs to the peak.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from toxmodels.cohort.columns import PATIENT
from toxmodels.cohort.one_by_one import at_death
from toxmodels.cohort.running import Asked, fatal, treatments_of

__all__ = ["with_deaths"]

_PREFIXES: Final = ("crs", "icans")


def with_deaths(summary: pl.DataFrame, frame: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """Raise the peaks of those who died of a toxicity to what the death says."""
    dead = frame.filter(pl.Series(fatal(frame)))
    if dead.height == 0:
        return summary
    told: list[dict[str, Any]] = []
    theirs = frame.filter(pl.col(PATIENT).is_in(dead[PATIENT].unique().implode()))
    for rows in theirs.partition_by(PATIENT, maintain_order=True):
        listed = rows.to_dicts()
        found = at_death(listed, treatments_of(listed, asked))
        if found is not None:
            told.append(found)
    return summary if not told else _raised(summary, pl.DataFrame(told, infer_schema_length=None))


def _raised(summary: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    kind = summary.schema[PATIENT]
    joined = summary.join(
        told.cast({PATIENT: kind}), on=PATIENT, how="left", maintain_order="left", suffix=" dead"
    )
    columns: list[pl.Expr] = []
    for prefix in _PREFIXES:
        low, high, at = (f"{prefix}_peak_{one}" for one in ("at_least", "at_most", "at"))
        if low not in summary.columns:
            continue
        dead = pl.col(f"{low} dead")
        is_higher = (dead > pl.col(low).fill_null(-1)).fill_null(False)
        columns += [
            pl.when(is_higher).then(pl.col("dead at")).otherwise(at).alias(at),
            pl.max_horizontal(low, dead).cast(summary.schema[low]).alias(low),
            pl.max_horizontal(high, f"{high} dead").cast(summary.schema[high]).alias(high),
        ]
        episodes = f"{prefix}_episodes"
        if episodes in summary.columns:
            most = pl.max_horizontal(episodes, f"{episodes} dead")
            columns.append(most.cast(summary.schema[episodes]).alias(episodes))
    return joined.with_columns(columns).select(summary.columns)
