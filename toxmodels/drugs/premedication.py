"""
Dexamethasone around blinatumomab: before a start, a step or a restart, and for severe CRS.

Which starts are covered differs by region, indication and age; the table is data. Where a row
was not read in a source there is no dose, and the sheet says so.
"""

from __future__ import annotations

from decimal import Decimal

from toxmodels.drugs.facts_read import PremedicationRow, facts
from toxmodels.drugs.given_before import check_course, check_premedication
from toxmodels.drugs.inputs import INDICATIONS, DoseInputs
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.sheet import Sheet, fine, hours_shown, shown
from toxmodels.drugs.weight import flat_for_adults, is_child, surface, weighed


def dose_premedication(inputs: DoseInputs) -> DoseResult:
    """Work out the dexamethasone before an infusion start, or say that none is listed."""
    table = facts("blinatumomab_premedication")
    sheet = Sheet("dexamethasone-premedication", "mg", table, inputs)
    row = _row(sheet)
    if row is None:
        sheet.cite(table.fact["gap_h"])
        return sheet.read(None)
    sheet.cite(row)
    _covered(sheet, row)
    check_premedication(sheet, in_two=row.second_mg_m2 is not None)
    # No number stands on the sheet for a start that is not listed.
    dose_mg = None if sheet.blocks else _amount(sheet, row)
    sheet.schedule = f"intravenous, {row.when} the infusion starts"
    if row.says is not None:
        sheet.note = "; ".join(part for part in (sheet.note, row.says) if part)
    return sheet.read(dose_mg)


def _row(sheet: Sheet) -> PremedicationRow | None:
    """The row of the table for this patient, or a block that names what is missing."""
    inputs, child = sheet.inputs, is_child(sheet)
    if inputs.region is None:
        sheet.block("region is needed: us, eu or jp")
    if inputs.region == "jp":
        sheet.block(
            "every start and restart is premedicated in Japan, but the dose was not read in a "
            "source: use the local label"
        )
    if child is None:
        sheet.block("age_years is needed: adults and children are premedicated differently")
    if inputs.region == "us" and inputs.indication is None:
        sheet.block(f"indication is needed: one of {', '.join(INDICATIONS)}")
    if sheet.blocks:
        return None
    group = "child" if child else "adult"
    return next(
        row
        for row in sheet.table.row
        if row.region == inputs.region
        and row.group == group
        and row.indication in (None, inputs.indication)
    )


def _covered(sheet: Sheet, row: PremedicationRow) -> None:
    """Block where this day of this cycle, or this gap, is not listed."""
    inputs = sheet.inputs
    if inputs.interruption_h is not None:
        _after_gap(sheet, row, inputs.interruption_h)
        return
    every_cycle = all(cycle == 0 for cycle, _ in row.starts)
    if inputs.day is None or (inputs.cycle is None and not every_cycle):
        sheet.block("cycle and day are needed: premedication is for listed starts only")
        return
    listed = (inputs.cycle, inputs.day) in row.starts or (0, inputs.day) in row.starts
    if not listed:
        where = f"cycle {inputs.cycle} day {inputs.day}"
        sheet.block(f"not indicated: {where} is no listed start ({row.region}, {row.group})")


def _after_gap(sheet: Sheet, row: PremedicationRow, hours: Decimal) -> None:
    gap_h = sheet.table.fact["gap_h"].value
    sheet.steps.append(
        f"interrupted {hours_shown(hours)} h; premedicate again from {shown(gap_h)} h"
    )
    if hours < gap_h:
        sheet.block(f"not indicated: interrupted for less than {shown(gap_h)} h")
    elif row.restart == "not-read":
        sheet.block("the dose before a restart was not read for this row: use the local label")
    elif row.restart == "cycle-1" and sheet.inputs.cycle is None:
        sheet.block("cycle is needed: a restart is premedicated in cycle 1 only (us, child)")
    elif row.restart == "cycle-1" and sheet.inputs.cycle != 1:
        sheet.block("not indicated: a restart is premedicated in cycle 1 only (us, child)")


def _amount(sheet: Sheet, row: PremedicationRow) -> Decimal | None:
    if row.flat_mg is not None:
        if not flat_for_adults(sheet):
            return None
        sheet.step(f"flat dose for adults = {shown(row.flat_mg)} mg")
        return row.flat_mg
    bsa_m2 = surface(sheet)
    if bsa_m2 is None or row.mg_m2 is None or row.cap_mg is None:
        return None
    line = f"{shown(row.mg_m2)} mg/m2 x {shown(bsa_m2)} m2"
    dose_mg = sheet.capped(row.mg_m2 * bsa_m2, row.cap_mg, "mg", line)
    if row.second_mg_m2 is not None:
        second = f"{shown(row.second_mg_m2)} mg/m2 x {shown(bsa_m2)} m2"
        amount = shown(fine(row.second_mg_m2 * bsa_m2))
        sheet.steps.append(f"and a second dose {row.second_when}: {second} = {amount} mg")
        sheet.note = f"two doses: a second of {amount} mg {row.second_when}"
    return dose_mg


def dose_blinatumomab_crs(inputs: DoseInputs) -> DoseResult:
    """Work out dexamethasone for grade 3 or 4 CRS on blinatumomab: by the label's weight band."""
    table = facts("blinatumomab_crs_dexamethasone")
    sheet = Sheet("blinatumomab-crs-dexamethasone", "mg", table, inputs)
    edge = sheet.use("flat_from_kg")
    weight_kg = weighed(sheet)
    dose_mg: Decimal | None = None
    if weight_kg is not None and weight_kg >= edge:
        dose_mg = sheet.use("flat_mg")
        sheet.step(f"{shown(weight_kg)} kg is {shown(edge)} kg or more: {shown(dose_mg)} mg")
    elif weight_kg is not None:
        bsa_m2 = surface(sheet)
        per_m2, cap = sheet.use("mg_m2"), sheet.use("cap_mg")
        if bsa_m2 is not None:
            line = f"{shown(per_m2)} mg/m2 x {shown(bsa_m2)} m2"
            dose_mg = sheet.capped(per_m2 * bsa_m2, cap, "mg", line)
    every, days, taper = (sheet.use(one) for one in ("every_h", "days", "taper_days"))
    sheet.schedule = (
        f"every {shown(every)} h, intravenous or by mouth, up to {shown(days)} days, "
        f"then a taper over {shown(taper)} days"
    )
    check_course(sheet)
    return sheet.read(dose_mg)
