"""
Levetiracetam against seizures and G-CSF for neutrophils.

G-CSF has a disputed timing, so that the day or the neutrophil count must speak for it. GM-CSF is
answered only to say that it is not for these patients.
"""

from __future__ import annotations

from toxmodels.drugs.facts_read import facts
from toxmodels.drugs.inputs import DoseInputs
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.sheet import Sheet, fine, shown
from toxmodels.drugs.weight import flat_for_adults, weighed


def dose_levetiracetam(inputs: DoseInputs) -> DoseResult:
    """Check a chosen dose of levetiracetam against the listed range."""
    sheet = Sheet("levetiracetam", "mg", facts("support"), inputs)
    low, high = sheet.use("levetiracetam_from_mg"), sheet.use("levetiracetam_to_mg")
    every, days = sheet.use("levetiracetam_every_h"), sheet.use("levetiracetam_days")
    line = f"flat dose for adults: {shown(low)} to {shown(high)} mg"
    dose_mg = sheet.choose(low, high, line) if flat_for_adults(sheet) else None
    sheet.schedule = f"by mouth every {shown(every)} h for {shown(days)} days from day 0, high risk"
    clearance, limit = inputs.creatinine_clearance_ml_min, "levetiracetam_renal_ml_min"
    if clearance is not None and clearance < sheet.table.fact[limit].value:
        sheet.confirm.append("creatinine clearance below 80 mL/min: less is needed (unverified)")
    sheet.warn("levetiracetam")
    return sheet.read(dose_mg)


def dose_g_csf(inputs: DoseInputs) -> DoseResult:
    """Work out filgrastim per kg and show the nearest syringe."""
    sheet = Sheet("g-csf", "ug", facts("support"), inputs)
    per_kg = sheet.use("g_csf_ug_kg")
    weight_kg = weighed(sheet)
    dose_ug = None
    if weight_kg is not None:
        dose_ug = fine(per_kg * weight_kg)
        sheet.step(f"{shown(per_kg)} ug/kg x {shown(weight_kg)} kg = {shown(dose_ug)} ug")
        sizes = [
            sheet.table.fact[one].value
            for one in ("g_csf_small_syringe_ug", "g_csf_large_syringe_ug")
        ]
        nearest = min(sizes, key=lambda size: abs(size - dose_ug))
        sheet.steps.append(f"nearest syringe: {shown(nearest)} ug (site default)")
    _timing(sheet)
    sheet.schedule = "daily, subcutaneous or intravenous"
    sheet.warn("g-csf")
    return sheet.read(dose_ug)


def _timing(sheet: Sheet) -> None:
    inputs = sheet.inputs
    from_day, limit = sheet.use("g_csf_from_day"), sheet.use("g_csf_anc_per_ul")
    neutropenic = inputs.anc_per_ul is not None and inputs.anc_per_ul < limit
    if neutropenic:
        sheet.steps.append(f"neutrophils below {shown(limit)}/uL: treatment")
    elif inputs.day is None:
        sheet.confirm.append(
            "day after infusion not given: prophylaxis is from day 2, high risk only"
        )
    elif inputs.day < from_day:
        sheet.block(
            f"day {inputs.day}: prophylaxis from day {shown(from_day)}, treatment when neutrophils "
            f"are below {shown(limit)}/uL"
        )
        if inputs.anc_per_ul is None:
            sheet.block("neutrophils not recorded")


def dose_gm_csf(inputs: DoseInputs) -> DoseResult:
    """Say that GM-CSF is not for these patients."""
    sheet = Sheet("gm-csf", "ug", facts("support"), inputs)
    sheet.use("gm_csf_doses")
    sheet.block("not recommended with CAR-T cells")
    return sheet.read(None)
