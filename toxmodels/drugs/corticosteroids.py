"""
Dexamethasone and methylprednisolone by regimen code, and the days of a pulse with its taper.

Flat doses are for adults only; doses per kg hold for anyone whose weight is known. A site that
accepts the unverified paediatric parameters says so with ``site_paediatric``.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Final

from toxmodels.drugs.facts_read import Regimen, facts
from toxmodels.drugs.faults import did_you_mean
from toxmodels.drugs.inputs import DoseInputs
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.sheet import Sheet, fine, shown
from toxmodels.drugs.tapers import equivalent_mg, step_on, taper_table
from toxmodels.drugs.weight import flat_for_adults, is_child, weighed

_CHILD: Final = {
    "dexamethasone": ("child_dexamethasone_mg_kg", "child_dexamethasone_cap_mg"),
    "methylprednisolone": ("child_pulse_mg_kg", "child_pulse_cap_mg"),
}


def dose_dexamethasone(inputs: DoseInputs) -> DoseResult:
    """Work out one dose of dexamethasone by regimen."""
    return _dose("dexamethasone", inputs)


def dose_methylprednisolone(inputs: DoseInputs) -> DoseResult:
    """Work out one dose of methylprednisolone, per kg or by a pulse regimen and its day."""
    return _dose("methylprednisolone", inputs)


def regimen_codes(drug: str) -> tuple[str, ...]:
    """Every code that this drug can be asked by."""
    table = facts("corticosteroids")
    regimens = [one.id for one in table.regimen if one.drug == drug]
    return (*regimens, *(one.id for one in table.taper if one.drug == drug))


@cache
def shortest_interval() -> timedelta:
    """The shortest interval between two doses in any listed regimen."""
    hours = [hours for one in facts("corticosteroids").regimen for hours in one.every_h or ()]
    return timedelta(hours=float(min(hours)))


def _dose(drug: str, inputs: DoseInputs) -> DoseResult:
    sheet = Sheet(drug, "mg", facts("corticosteroids"), inputs)
    dose_mg = _amount(sheet, drug)
    if not sheet.marks:
        sheet.cite(next(one for one in sheet.table.regimen if one.drug == drug))
    if dose_mg is not None:
        _equivalent(sheet, drug, dose_mg)
    sheet.warn(drug)
    return sheet.read(dose_mg)


def _amount(sheet: Sheet, drug: str) -> Decimal | None:
    inputs = sheet.inputs
    if inputs.mg_per_kg is not None:
        if inputs.mg_per_kg_to is not None:
            return _per_kg_range(sheet, drug, inputs.mg_per_kg, inputs.mg_per_kg_to)
        return _per_kg(sheet, drug, inputs.mg_per_kg)
    if inputs.site_paediatric is True and is_child(sheet) is True:
        return _site_paediatric(sheet, drug)
    code = inputs.regimen
    regimen = _regimen(drug, code)
    if regimen is not None and regimen.mg_per_kg is not None:
        return _per_kg(sheet, drug, regimen.mg_per_kg)
    if not flat_for_adults(sheet):
        return None
    if code is None:
        known = ", ".join(regimen_codes(drug))
        per_kg = " or mg_per_kg" if drug == "methylprednisolone" else ""
        sheet.block(f"regimen{per_kg} is needed: one of {known}")
        return None
    if regimen is not None:
        return _flat(sheet, regimen)
    return _taper_day(sheet, drug, code)


def _regimen(drug: str, code: str | None) -> Regimen | None:
    found = (one for one in facts("corticosteroids").regimen if one.drug == drug)
    return next((one for one in found if one.id == code), None)


def _listed(sheet: Sheet, drug: str, mg_per_kg: Decimal) -> Regimen | None:
    listed = [one for one in sheet.table.regimen if one.drug == drug and one.mg_per_kg is not None]
    match = next((one for one in listed if one.mg_per_kg == mg_per_kg), None)
    if match is None:
        known = " or ".join(shown(one.mg_per_kg) for one in listed if one.mg_per_kg is not None)
        cure = f"listed: {known} mg/kg" if known else "it has no dose per kg; choose a regimen"
        sheet.block(f"{shown(mg_per_kg)} mg/kg is no listed regimen of {drug}: {cure}")
        return None
    sheet.cite(match)
    return match


def _per_kg_range(sheet: Sheet, drug: str, low: Decimal, high: Decimal) -> Decimal | None:
    """Both ends must be listed; which of them, or what between them, a person chooses."""
    if low >= high:
        sheet.block(f"{shown(low)} to {shown(high)} mg/kg is no range: the lower end comes first")
        return None
    ends = [_listed(sheet, drug, one) for one in (low, high)]
    weight_kg = weighed(sheet)
    if weight_kg is None or None in ends:
        return None
    low_mg, high_mg = fine(low * weight_kg), fine(high * weight_kg)
    return sheet.choose(
        low_mg,
        high_mg,
        f"{shown(low_mg)} to {shown(high_mg)} mg ({shown(low)} to {shown(high)} mg/kg x "
        f"{shown(weight_kg)} kg)",
    )


def _per_kg(sheet: Sheet, drug: str, mg_per_kg: Decimal) -> Decimal | None:
    match = _listed(sheet, drug, mg_per_kg)
    weight_kg = weighed(sheet)
    if match is None or weight_kg is None:
        return None
    dose_mg = fine(mg_per_kg * weight_kg)
    sheet.step(f"{shown(mg_per_kg)} mg/kg x {shown(weight_kg)} kg = {shown(dose_mg)} mg")
    sheet.schedule = match.schedule
    return dose_mg


def _site_paediatric(sheet: Sheet, drug: str) -> Decimal | None:
    """The unverified paediatric parameters: only where the site asks for them by name."""
    per_kg, cap = (sheet.use(fact) for fact in _CHILD[drug])
    sheet.confirm.append("paediatric dose from site parameters, unverified: physician to confirm")
    weight_kg = weighed(sheet)
    if weight_kg is None:
        return None
    line = f"{shown(per_kg)} mg/kg x {shown(weight_kg)} kg"
    return sheet.capped(per_kg * weight_kg, cap, "mg", line)


def _flat(sheet: Sheet, regimen: Regimen) -> Decimal | None:
    sheet.cite(regimen)
    sheet.schedule = regimen.schedule
    if regimen.dose_mg is not None:
        sheet.step(f"{regimen.id}: {shown(regimen.dose_mg)} mg, {regimen.schedule}")
        _per_day(sheet, regimen)
        return regimen.dose_mg
    low, high = regimen.from_mg, regimen.to_mg
    if low is None or high is None:
        raise ValueError(f"regimen {regimen.id} has neither a dose nor a range")
    return sheet.choose(low, high, f"{regimen.id}: {shown(low)} to {shown(high)} mg")


def _per_day(sheet: Sheet, regimen: Regimen) -> None:
    if regimen.dose_mg is None or not regimen.every_h:
        return
    amounts = [shown(fine(regimen.dose_mg * 24 / hours)) for hours in sorted(regimen.every_h)]
    sheet.steps.append(f"in a day: {' down to '.join(amounts)} mg")


def _taper_day(sheet: Sheet, drug: str, code: str) -> Decimal | None:
    table = taper_table(code)
    if table is None or table.drug != drug:
        known = regimen_codes(drug)
        cure = did_you_mean(code, known) or f"one of {', '.join(known)}"
        sheet.block(f'regimen "{code}" is not listed for {drug}: {cure}')
        return None
    sheet.cite(table)
    sheet.note = table.says
    day = sheet.inputs.day
    if day is None:
        sheet.block("day is needed: which day of the pulse is it?")
        return None
    step = step_on(table, day)
    if step is None:
        sheet.block(f"day {day} is outside the listed days of {table.id}: {table.says}")
        return None
    sheet.schedule = f"every {shown(step.every_h)} h"
    sheet.step(f"{table.id}, day {day}: {shown(step.dose_mg)} mg every {shown(step.every_h)} h")
    if day > table.steps[0].from_day:
        sheet.confirm.append("a lower step is for a grade that is known and has fallen: confirm")
    return step.dose_mg


def _equivalent(sheet: Sheet, drug: str, dose_mg: Decimal) -> None:
    amount = equivalent_mg(drug, dose_mg)
    if amount is not None and drug != "dexamethasone":
        sheet.steps.append(
            f"as dexamethasone: {shown(fine(amount).quantize(Decimal('0.1')))} mg (unverified)"
        )
