"""
The worst moment of each ill patient, graded by every scale of one toxicity.

The worst moment is the first row with the highest certain ASTCT grade. Other scales read signs that
a flat file may not hold; what they miss leaves their grades open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import polars as pl

from toxmodels.assess import assess
from toxmodels.casefile import CaseError, Fault
from toxmodels.cohort.columns import PATIENT, TIME
from toxmodels.cohort.questions.records_of import case_from, sample
from toxmodels.cohort.questions.study import Study
from toxmodels.cohort.treatments import given
from toxmodels.course import Walk
from toxmodels.scales import SCALES

__all__ = ["worst_by_scale"]

_SCHEMA: Final = {
    PATIENT: pl.String, "scale": pl.String, "at_least": pl.Int64, "at_most": pl.Int64,
}  # fmt: skip


def worst_by_scale(
    study: Study,
    toxicity: Literal["crs", "icans"] = "crs",
    *,
    most: int = 200,
    done: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """
    One row a patient and scale: the grade at the patient's worst moment.

    Raises:
        CaseError: a cohort of grades without observations.

    """
    if not study.can_replay:
        says = "holds grades without the observations they came from"
        raise CaseError([Fault(path="cohort", says=says, suggestion="give the observations")])
    ill = study.patients.filter(pl.col(f"{toxicity}_certain") >= 1)
    kept = study.rows[PATIENT].unique(maintain_order=True)
    chosen = sample(kept.filter(kept.is_in(ill[PATIENT].implode())), most)
    wanted = [id_ for id_, scale in SCALES.items() if scale.toxicity == toxicity]
    lists = None if study.treatments is None else given(study.treatments)
    parts = study.rows.filter(pl.col(PATIENT).is_in(chosen.implode())).partition_by(
        PATIENT, maintain_order=True
    )
    found: list[tuple[str, str, int, int]] = []
    for place, part in enumerate(parts, start=1):
        case, _ = case_from(part.to_dicts(), lists)
        low = part[f"{toxicity}_at_least"]
        top = low.arg_max()
        if top is not None:
            grades = assess(Walk(case), part[TIME][top], scales=wanted).grades
            found += [
                (case.patient.id, id_, grade.at_least, grade.at_most)
                for id_, grade in grades.items()
            ]
        if done is not None:
            done(place, len(parts))
    return pl.DataFrame(found, schema=_SCHEMA, orient="row")
