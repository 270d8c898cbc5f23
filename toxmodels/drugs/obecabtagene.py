"""
Obecabtagene autoleucel: two doses split by marrow blasts, with a gate before the second.

Both doses together are always the same number of cells. What happened after the first dose must
be known before the second: a grade nobody recorded blocks it.
"""

from __future__ import annotations

from decimal import Decimal

from toxmodels.drugs.facts_read import facts, number
from toxmodels.drugs.inputs import DoseInputs
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.sheet import Sheet, shown
from toxmodels.drugs.weight import CHILD_BLOCK, is_child

_MILLION = Decimal(1_000_000)


def dose_obecabtagene(inputs: DoseInputs) -> DoseResult:
    """Work out the first or the second dose in cells, or what closes the gate."""
    sheet = Sheet("obecabtagene-autoleucel", "cells", facts("obecabtagene"), inputs)
    total = sheet.use("total_million")
    _adult(sheet)
    if inputs.active_infection is True:
        sheet.cite(sheet.table.fact["infection"])
        sheet.block("active infection or inflammation: do not give")
    elif inputs.active_infection is None:
        sheet.confirm.append("no active infection or inflammation: confirm")
    first = _first(sheet)
    if inputs.dose_number is None:
        sheet.block("dose_number is needed: 1 or 2")
    million = None
    if first is not None and inputs.dose_number is not None:
        million = first if inputs.dose_number == 1 else total - first
        left = total - million
        sheet.step(
            f"{shown(total)} million cells in all, {shown(left)} in the other dose: "
            f"{shown(million)} million cells"
        )
    if inputs.dose_number == 2:
        _gate(sheet)
    sheet.warn()
    return sheet.read(None if million is None else million * _MILLION)


def _adult(sheet: Sheet) -> None:
    child = is_child(sheet)
    if child is None:
        sheet.block("age_years is needed: this is an adult flat dose")
    elif child is True:
        sheet.block(CHILD_BLOCK)


def _first(sheet: Sheet) -> Decimal | None:
    """The first dose; an inconclusive marrow is entered as ``regimen=inconclusive``."""
    blasts, limit = sheet.inputs.marrow_blasts_percent, sheet.use("low_burden_percent")
    if blasts is None and sheet.inputs.regimen != "inconclusive":
        sheet.block("marrow_blasts_percent is needed (or regimen=inconclusive)")
        return None
    low = blasts is not None and sheet.inputs.regimen != "inconclusive" and blasts <= limit
    value = "inconclusive" if blasts is None else f"{shown(blasts)} %"
    side = "up to" if low else "above (or inconclusive)"
    sheet.steps.append(f"marrow blasts {value}: {side} {shown(limit)} %")
    return sheet.use("low_first_million" if low else "high_first_million")


def _gate(sheet: Sheet) -> None:
    _crs_gate(sheet, sheet.inputs.crs_grade)
    _icans_gate(sheet, sheet.inputs.icans_grade)
    day, last = sheet.inputs.day, sheet.use("last_day")
    planned, margin = sheet.use("second_day"), sheet.use("second_margin_days")
    if day is None:
        sheet.block("day is needed: days since the first dose was day 1")
    elif day < planned - margin:
        sheet.block(f"day {day}: the second dose is for day {shown(planned)} +/- {shown(margin)}")
    elif day > last:
        sheet.block(f"day {day}: not after day {shown(last)}")
    elif day > planned + margin:
        sheet.confirm.append(f"day {day}: later than planned, possible until day {shown(last)}")


def _crs_gate(sheet: Sheet, grade: int | None) -> None:
    """Before grade 3 the second dose may wait; from grade 3 there is none."""
    stop, wait = sheet.use("crs_stop_grade"), sheet.use("crs_postpone_grade")
    if grade is None:
        sheet.block("crs_grade after the first dose is needed")
    elif grade >= stop:
        sheet.block(f"CRS grade {grade} after the first dose: no second dose")
    elif grade >= wait:
        sheet.block(f"CRS grade {grade}: postpone until grade 1 or less, at latest to day 21")


def _icans_gate(sheet: Sheet, grade: int | None) -> None:
    """The limits for ICANS are not verified, and a second dose cannot be taken back: closed."""
    stop = number("obecabtagene", "icans_stop_grade")
    wait = number("obecabtagene", "icans_postpone_grade")
    if grade is None:
        sheet.block("icans_grade after the first dose is needed")
    elif grade >= stop:
        sheet.block(f"ICANS grade {grade} after the first dose: no second dose (unverified)")
    elif grade >= wait:
        sheet.block(f"ICANS grade {grade}: postpone until resolved, at latest day 21 (unverified)")
