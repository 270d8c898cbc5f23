"""One patient's rows back into a case, with the product and the weight that stand beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from toxmodels.cohort.cases import case_of
from toxmodels.cohort.columns import PATIENT
from toxmodels.cohort.reading import TRUE
from toxmodels.cohort.treatments import Given
from toxmodels.limits import limits
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
    newest = rows[-1]
    kept_one = str(newest.get("treatments_recorded")) in ("True", *TRUE)
    if recorded is None and kept_one and newest.get("fever_drug_given_at") is None:
        recorded = []  # somebody kept a list, and nothing stands in it
    return _with_therapy(case_of(rows, recorded), rows[-1]), recorded is not None


def _with_therapy(case: Case, row: dict[str, Any]) -> Case:
    changed: dict[str, Any] = {}
    name, weight = row.get("product"), row.get("weight_kg")
    if name is not None and product(str(name)) is not None:
        start = case.therapy.started_at if case.therapy is not None else row.get("first_dose_at")
        changed["therapy"] = Therapy(product=str(name), started_at=start)
    if (told := _weight(weight)) is not None:
        changed["patient"] = case.patient.model_copy(update={"weight_kg": told})
    return case.model_copy(update=changed)


def _weight(written: Any) -> float | None:
    """Kilograms; what cannot be read, or no patient can weigh, gives no dose."""
    try:
        told = float(written)
    except (TypeError, ValueError):
        return None
    return told if math.isfinite(told) and not limits()["weight_kg"].is_impossible(told) else None
