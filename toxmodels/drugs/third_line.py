"""
Agents after tocilizumab and corticosteroids failed: a prompt for a specialist, never an order.

Siltuximab is listed once; anakinra is an adult flat dose. For some agents no dose is worked out
at all, and the answer says that it is an expert's decision.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from toxmodels.drugs.facts_read import Expert, facts
from toxmodels.drugs.inputs import DoseInputs
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.sheet import Sheet, fine, shown
from toxmodels.drugs.weight import flat_for_adults, weighed


def _sheet(drug: str, inputs: DoseInputs) -> Sheet:
    return Sheet(drug, "mg", facts("third_line"), inputs)


def dose_siltuximab(inputs: DoseInputs) -> DoseResult:
    """Work out one dose of siltuximab; a second one is not listed."""
    sheet = _sheet("siltuximab", inputs)
    per_kg = sheet.use("siltuximab_mg_kg")
    weight_kg = weighed(sheet)
    dose_mg = None
    if weight_kg is not None:
        dose_mg = fine(per_kg * weight_kg)
        sheet.step(f"{shown(per_kg)} mg/kg x {shown(weight_kg)} kg = {shown(dose_mg)} mg")
    sheet.schedule = "once, intravenous over 1 h"
    _once(sheet)
    if inputs.active_infection is True:
        sheet.confirm.append("active infection recorded: not during an infection (unverified)")
    sheet.warn("siltuximab")
    return sheet.read(dose_mg)


def _once(sheet: Sheet) -> None:
    inputs = sheet.inputs
    if inputs.given_at is None:
        sheet.confirm.append("earlier doses of siltuximab: none was given here to count")
        return
    listed = int(sheet.use("siltuximab_doses"))
    given = len(inputs.given_at) + inputs.undated_doses
    sheet.doses_given, sheet.doses_left = given, max(0, listed - given)
    if inputs.at is None:
        sheet.block("at is needed: the interval is counted to a stated time, no clock is read")
    if given >= listed:
        days = int(sheet.table.fact["siltuximab_interval_d"].value)
        sheet.block(
            f"{given} dose(s) given: it is listed once (not sooner than {days} days, unverified)"
        )


def dose_anakinra(inputs: DoseInputs) -> DoseResult:
    """Work out one dose of anakinra, by setting."""
    sheet = _sheet("anakinra", inputs)
    dose_mg = sheet.use("anakinra_mg") if flat_for_adults(sheet) else None
    sheet.cite(sheet.table.fact["anakinra_mg"])
    if dose_mg is not None:
        sheet.step(f"flat dose for adults = {shown(dose_mg)} mg")
        _anakinra_interval(sheet)
    clearance, limit = inputs.creatinine_clearance_ml_min, "anakinra_renal_ml_min"
    if clearance is not None and clearance < sheet.table.fact[limit].value:
        sheet.confirm.append(
            "creatinine clearance below 30 mL/min: give it less often (unverified)"
        )
    sheet.warn("anakinra")
    return sheet.read(dose_mg)


def _anakinra_interval(sheet: Sheet) -> None:
    every = {
        "icans": sheet.table.fact["anakinra_icans_h"],
        "crs": sheet.table.fact["anakinra_site_crs_h"],
    }
    setting = sheet.inputs.regimen
    if setting not in every:
        sheet.schedule = "every 6 h (ICANS grade 3 to 4) or every 12 h (CRS on a bispecific)"
        if setting is not None:
            sheet.block(f'regimen "{setting}" is not listed for anakinra: icans or crs')
        return
    fact = every[setting]
    sheet.cite(fact)
    sheet.schedule = f"every {shown(fact.value)} h"
    given, at = sheet.inputs.given_at, sheet.inputs.at
    if given is None or (not given and not sheet.inputs.undated_doses):
        return
    if at is None:
        sheet.block("at is needed: the interval is counted to a stated time, no clock is read")
        return
    if sheet.inputs.undated_doses:
        sheet.block("an earlier dose has no time: date it first")
        return
    sheet.earliest_at = max(given) + timedelta(hours=int(fact.value))
    if at < sheet.earliest_at:
        sheet.block(f"last dose less than {shown(fact.value)} h ago")


def dose_emapalumab(inputs: DoseInputs) -> DoseResult:
    """Work out one dose of emapalumab (unverified)."""
    sheet = _sheet("emapalumab", inputs)
    per_kg = sheet.use("emapalumab_mg_kg")
    weight_kg = weighed(sheet)
    dose_mg = None
    if weight_kg is not None:
        dose_mg = fine(per_kg * weight_kg)
        sheet.step(f"{shown(per_kg)} mg/kg x {shown(weight_kg)} kg = {shown(dose_mg)} mg")
    sheet.schedule = "intravenous, every 3 days (unverified)"
    sheet.warn("emapalumab")
    return sheet.read(dose_mg)


def dose_ruxolitinib(inputs: DoseInputs) -> DoseResult:
    """Check a chosen dose of ruxolitinib against the (unverified) range."""
    sheet = _sheet("ruxolitinib", inputs)
    low, high = sheet.use("ruxolitinib_from_mg"), sheet.use("ruxolitinib_to_mg")
    line = f"flat dose for adults: {shown(low)} to {shown(high)} mg"
    dose_mg = sheet.choose(low, high, line) if flat_for_adults(sheet) else None
    sheet.schedule = "by mouth twice a day"
    sheet.warn("ruxolitinib")
    return sheet.read(dose_mg)


def expert_only() -> dict[str, Callable[[DoseInputs], DoseResult]]:
    """Agents for which the answer is always that an expert decides."""
    return {one.drug: partial(_expert, one) for one in facts("third_line").expert}


def _expert(agent: Expert, inputs: DoseInputs) -> DoseResult:
    sheet = _sheet(agent.drug, inputs)
    sheet.cite(agent)
    sheet.block("expert decision: no dose is worked out here")
    return sheet.read(None)
