"""How far other scales agree with ASTCT at the worst moment of each patient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import polars as pl

from dashboard.cohorts.answer import TOXICITY, Answer, percent
from dashboard.training.agreement import Bounds, same, weighted
from toxmodels.cohort.columns import PATIENT
from toxmodels.cohort.questions import Study, worst_by_scale
from toxmodels.lens import COMPARED, name_of
from toxmodels.scales import SCALES

__all__ = ["agreeing"]


def agreeing(
    study: Study,
    toxicity: Literal["crs", "icans"] = "crs",
    *,
    most: int = 100,
    done: Callable[[int, int], None] | None = None,
) -> Answer:
    """Linearly weighted kappa of each scale of this toxicity against ASTCT, open grades too."""
    graded = worst_by_scale(study, toxicity, most=most, done=done)
    reference = COMPARED[toxicity]
    given = {
        scale: _bounds(graded.filter(pl.col("scale") == scale))
        for scale in graded["scale"].unique(maintain_order=True).to_list()
    }
    rows = [_line(reference, scale, given) for scale in given if scale != reference]
    frame = pl.DataFrame(rows, schema=_SCHEMA)
    count = graded[PATIENT].n_unique()
    ill = study.patients.filter(pl.col(f"{toxicity}_certain") >= 1).height
    said = "Nobody had a certain grade, so there is nothing to compare."
    if frame.height:
        best = frame.sort("same_share", descending=True, nulls_last=True).to_dicts()
        first, last = best[0], best[-1]
        said = (
            f"At the worst moment of {count} of {ill} patients with a certain {TOXICITY[toxicity]} "
            f"{first['name']} gave the very grade of ASTCT in {percent(first['same_share'])}, "
            f"{last['name']} in {percent(last['same_share'])} (open in {last['open']})."
        )
    missing = (
        "Scales that read signs a flat file does not hold stay open, and an open grade is not the "
        "same.",
        "Kappa counts an open grade by the distance of both its ends; its interval takes patients "
        "as independent.",
    )
    return Answer("agreeing", f"Agreement of scales ({TOXICITY[toxicity]})", frame, said, missing)


_SCHEMA = {
    "scale": pl.String, "name": pl.String, "n": pl.Int64, "same": pl.Int64,
    "same_share": pl.Float64, "open": pl.Int64, "kappa": pl.Float64, "kappa_low": pl.Float64,
    "kappa_high": pl.Float64, "why_not": pl.String,
}  # fmt: skip


def _bounds(part: pl.DataFrame) -> dict[str, Bounds]:
    return {row[PATIENT]: (row["at_least"], row["at_most"]) for row in part.to_dicts()}


def _line(reference: str, scale: str, given: dict[str, dict[str, Bounds]]) -> dict[str, Any]:
    known = [one for one in given[reference] if one in given[scale]]
    first, second = [given[reference][one] for one in known], [given[scale][one] for one in known]
    share, kappa = same(first, second), weighted(first, second)
    return {
        "scale": scale, "name": name_of(SCALES[scale]), "n": len(known), "same": share.equal,
        "same_share": None if share.of == 0 else share.equal / share.of,
        "open": sum(low != high for low, high in second), "kappa": kappa.value,
        "kappa_low": kappa.low, "kappa_high": kappa.high, "why_not": kappa.why_not,
    }  # fmt: skip
