"""
A dose for the patient of a case: the case fills in what it knows, the caller adds the rest.

Nothing is filled in that the case does not hold. A list of treatments that nobody kept gives no
earlier doses, so that the answer asks for them instead of reading them as none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from toxmodels.drugs.burden import Burden, tumour_burden
from toxmodels.drugs.catalogue import dose
from toxmodels.drugs.for_infusion import infusion_inputs
from toxmodels.drugs.given_before import given_for
from toxmodels.drugs.inputs import INDICATIONS, REGIONS, read_inputs
from toxmodels.drugs.ledger import first_infusion, prophylactic_doses
from toxmodels.drugs.reading import dose_limits
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.tocilizumab import scope_of
from toxmodels.records import Case, Therapy
from toxmodels.site import site

SPLIT: Final = "obecabtagene-autoleucel"


def dose_for(
    case: Case, drug: str, at: datetime, *, episode_since: datetime | None = None, **more: Any
) -> DoseResult:
    """
    Work out one dose at ``at`` from the case; ``more`` adds to or replaces what the case says.

    ``episode_since`` is the start of the present CRS episode: it narrows the tocilizumab count
    for engagers, and changes nothing for CAR-T products.
    """
    known = case_inputs(case, drug, at, episode_since=episode_since)
    region = more.get("region", known.get("region"))
    known |= _within_limits(infusion_inputs(case, drug, at, region))
    return dose(drug, **(known | more))


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
        "anc_per_ul": _neutrophils(case, at),
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
        if drug == "tocilizumab":
            found["therapy_since"] = first_infusion(therapy)
            found["prophylactic_at"] = prophylactic_doses(case, at) or None
        if therapy.product == drug == SPLIT:
            found |= _within_limits(_split(therapy, at))
    return {key: value for key, value in found.items() if value is not None}


def _neutrophils(case: Case, at: datetime) -> float | None:
    """The newest count, while it may be used."""
    found = [
        (one.taken_at, one.anc_per_ul)
        for one in case.labs or ()
        if one.taken_at <= at and one.anc_per_ul is not None
    ]
    taken_at, count = max(found, default=(at, None))
    return count if at - taken_at <= site().counts_valid else None


def _split(therapy: Therapy, at: datetime) -> dict[str, Any]:
    """Which of two doses comes next, and the day; the first dose was given on day 1."""
    first = first_infusion(therapy)
    since = None if first is None or first > at else (at - first).days + 1
    if therapy.doses is None:
        return {"day": since}
    given = [one for one in therapy.doses if one.given_at <= at]
    found: dict[str, Any] = {
        "day": since,
        "dose_number": len(given) + 1 if len(given) < 2 else None,
    }
    if len(given) == 1 and given[0].dose_cells is not None:
        found["given_million_cells"] = given[0].dose_cells / 1_000_000
    return found


def _within_limits(found: Mapping[str, Any]) -> dict[str, Any]:
    """A count beyond what can be typed stays at the limit: far past every rule either way."""
    kept: dict[str, Any] = {}
    for key, value in found.items():
        most = dose_limits()[key].impossible_above if key in dose_limits() else None
        kept[key] = value if value is None or most is None else min(value, most)
    return kept


def _given_at(case: Case, drug: str, at: datetime) -> list[datetime] | None:
    """Earlier doses: of the therapy itself from its own list, of anything else from treatments."""
    if case.therapy is not None and case.therapy.product == drug:
        if case.therapy.doses is None:
            return None
        return [one.given_at for one in case.therapy.doses if one.given_at <= at]
    if case.treatments is None:
        return None
    found = given_for(drug, case.treatments, at)
    if found is not None:
        return found
    return [one.given_at for one in case.treatments if one.drug == drug and one.given_at <= at]
