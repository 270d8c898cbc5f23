"""One patient's rows back into a case, with the product and the weight that stand beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from toxmodels.cohort.cases import case_of
from toxmodels.cohort.columns import PATIENT
from toxmodels.cohort.treatments import Given
from toxmodels.products import product
from toxmodels.records import Case, Therapy

__all__ = ["case_from", "sample"]


def sample(patients: pl.Series, most: int) -> pl.Series:
    """At most so many, spread over the cohort, and the same ones every time."""
    if len(patients) <= most:
        return patients
    step = len(patients) / most
    return patients.gather([int(number * step) for number in range(most)])


def case_from(rows: Sequence[dict[str, Any]], lists: Given | None) -> tuple[Case, bool]:
    """The case, and whether anybody kept a list of treatments."""
    recorded = None if lists is None else lists.records_of(rows[0][PATIENT])
    return _with_therapy(case_of(rows, recorded), rows[-1]), recorded is not None


def _with_therapy(case: Case, row: dict[str, Any]) -> Case:
    changed: dict[str, Any] = {}
    name, weight = row.get("product"), row.get("weight_kg")
    if name is not None and product(str(name)) is not None:
        start = case.therapy.started_at if case.therapy is not None else row.get("first_dose_at")
        changed["therapy"] = Therapy(product=str(name), started_at=start)
    if weight is not None:
        changed["patient"] = case.patient.model_copy(update={"weight_kg": float(weight)})
    return case.model_copy(update=changed)
