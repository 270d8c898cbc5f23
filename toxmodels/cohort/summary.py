"""One row a patient: the highest grades, when they came, and how much of it was left open."""

from __future__ import annotations

import polars as pl

from toxmodels.cohort.columns import PATIENT, TIME
from toxmodels.cohort.observations import RULES

__all__ = ["summarise_frame"]


def summarise_frame(graded: pl.DataFrame) -> pl.DataFrame:
    """Sum up graded observations by patient, in their order."""
    columns = [
        pl.len().alias("observations"),
        pl.col(TIME).min().alias("first_at"),
        pl.col(TIME).max().alias("last_at"),
    ]
    for prefix in ("crs", "icans"):
        if f"{prefix}_at_least" in graded.columns:
            columns += _of_scale(graded, prefix)
    if "crs_waived" in graded.columns:
        columns.append(pl.col("crs_waived").any())
    if "ice_fall" in graded.columns:
        columns.append(pl.col("ice_fall").max().alias("ice_fall_most"))
    if "fever_since" in graded.columns:
        lasts = (pl.col(TIME) - pl.col("fever_since")).max().dt.total_seconds() / 3600
        columns.append(lasts.alias("fever_longest_h"))
    if RULES in graded.columns:
        columns.append(pl.col(RULES).first())
    return graded.group_by(PATIENT, maintain_order=True).agg(columns)


def _of_scale(graded: pl.DataFrame, prefix: str) -> list[pl.Expr]:
    low, high = pl.col(f"{prefix}_at_least"), pl.col(f"{prefix}_at_most")
    top = low.max()
    columns = [
        top.alias(f"{prefix}_peak_at_least"),
        high.max().alias(f"{prefix}_peak_at_most"),
        pl.col(TIME).filter(low == top).first().alias(f"{prefix}_peak_at"),
        (low != high).sum().alias(f"{prefix}_open_rows"),
    ]
    if f"{prefix}_episode" in graded.columns:
        columns += [
            pl.col(f"{prefix}_episode").max().alias(f"{prefix}_episodes"),
            pl.col(f"{prefix}_onset_at").min(),
            pl.col(f"{prefix}_status").last(),
        ]
    if f"{prefix}_rose" in graded.columns:
        columns.append(pl.col(f"{prefix}_rose").sum().alias(f"{prefix}_rises"))
    return columns
