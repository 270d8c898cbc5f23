"""
A dose for the patient of a case: the case fills in what it knows, the caller adds the rest.

Nothing is filled in that the case does not hold. A list of treatments that nobody kept gives no
earlier doses, so that the answer asks for them instead of reading them as none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from toxmodels.drugs.burden import Burden, tumour_burden
from toxmodels.drugs.catalogue import dose
from toxmodels.drugs.inputs import INDICATIONS, REGIONS, read_inputs
from toxmodels.drugs.ledger import first_infusion
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.tocilizumab import scope_of
from toxmodels.records import Case


def dose_for(
    case: Case, drug: str, at: datetime, *, episode_since: datetime | None = None, **more: Any
) -> DoseResult:
    """
    Work out one dose at ``at`` from the case; ``more`` adds to or replaces what the case says.

    ``episode_since`` is the start of the present CRS episode: it narrows the tocilizumab count
    for engagers, and changes nothing for CAR-T products.
    """
    return dose(drug, **(case_inputs(case, drug, at, episode_since=episode_since) | more))


def burden_of(case: Case, region: str | None) -> Burden:
    """The tumour burden on record by the boundaries of a region (the EU's where none is said)."""
    patient = case.patient
    inputs = {
        "marrow_blasts_percent": patient.marrow_blasts_percent,
        "peripheral_blasts_per_ul": patient.peripheral_blasts_per_ul,
        "extramedullary_disease": patient.extramedullary_disease,
    }
    known = {key: value for key, value in inputs.items() if value is not None}
    return tumour_burden(read_inputs(known), region if region in REGIONS else "eu")


def case_inputs(
    case: Case, drug: str, at: datetime, *, episode_since: datetime | None = None
) -> dict[str, Any]:
    """The keys of a dose that a case can fill in."""
    patient, therapy = case.patient, case.therapy
    given = _given_at(case, drug, at)
    found: dict[str, Any] = {
        "at": at,
        "given_at": given,
        "weight_kg": patient.weight_kg,
        "weight_recorded_at": patient.weight_recorded_at,
        "height_cm": patient.height_cm,
        "age_years": patient.age_years,
        "conditions": patient.conditions,
        "allergies": patient.allergies,
        "marrow_blasts_percent": patient.marrow_blasts_percent,
        "peripheral_blasts_per_ul": patient.peripheral_blasts_per_ul,
        "extramedullary_disease": patient.extramedullary_disease,
    }
    if therapy is not None:
        since = first_infusion(therapy)
        if episode_since is not None and scope_of(therapy.product) is not None:
            since = episode_since
        found |= {
            "product": therapy.product,
            # A region or indication without dose rules stays unsaid, and is asked for.
            "region": therapy.region if therapy.region in REGIONS else None,
            "indication": therapy.indication if therapy.indication in INDICATIONS else None,
            "counted_since": since,
        }
    return {key: value for key, value in found.items() if value is not None}


def _given_at(case: Case, drug: str, at: datetime) -> list[datetime] | None:
    """Earlier doses: of the therapy itself from its own list, of anything else from treatments."""
    if case.therapy is not None and case.therapy.product == drug:
        if case.therapy.doses is None:
            return None
        return [one.given_at for one in case.therapy.doses if one.given_at <= at]
    if case.treatments is None:
        return None
    return [one.given_at for one in case.treatments if one.drug == drug and one.given_at <= at]
