"""
Obecabtagene autoleucel: two doses split by marrow blasts, with a gate before the second.

Both doses together are always the same number of cells. What happened after the first dose must
be known before the second: a grade nobody recorded, or one that is still open, blocks it.
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
    _recorded(sheet)
    if inputs.dose_number == 2:
        _as_given(sheet, first)
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


def _recorded(sheet: Sheet) -> None:
    """Hold the dose asked for against those on record: never one of them twice, never a third."""
    inputs = sheet.inputs
    if inputs.given_at is None:
        return
    if inputs.undated_doses:
        sheet.block("an earlier dose has no time: date it first")
        return
    if inputs.at is None:
        sheet.block("at is needed: doses are counted to a stated time, no clock is read")
        return
    if any(given_at > inputs.at for given_at in inputs.given_at):
        sheet.block("a dose is recorded after the time asked about: correct the times")
        return
    given = len(inputs.given_at)
    sheet.doses_given, sheet.doses_left = given, max(0, 2 - given)
    if given >= 2:
        sheet.block(f"{given} doses are recorded: there is no further one")
    elif inputs.dose_number == 1 and given == 1:
        sheet.block("the first dose is recorded already: dose_number is 2")
    elif inputs.dose_number == 2 and given == 0:
        sheet.block("no first dose is recorded: record it before the second")


def _as_given(sheet: Sheet, first: Decimal | None) -> None:
    """The first dose on record must be the one of this split, or both would exceed the total."""
    given = sheet.inputs.given_million_cells
    if given is None or first is None:
        return
    listed = (sheet.use("low_first_million"), sheet.use("high_first_million"))
    if min(listed, key=lambda one: abs(one - given)) != first:
        sheet.block(
            f"the first dose on record is {shown(given)} million cells, and the split by these "
            f"marrow blasts begins with {shown(first)} million: clear this up first"
        )


def _gate(sheet: Sheet) -> None:
    inputs = sheet.inputs
    crs, icans = inputs.crs_grade, inputs.icans_grade
    _crs_gate(sheet, _worst(crs, inputs.crs_peak_grade, "crs_stop_grade"))
    _icans_gate(sheet, _worst(icans, inputs.icans_peak_grade, "icans_stop_grade"))
    _open_gate(sheet, "CRS", crs, inputs.crs_grade_at_most)
    _open_gate(sheet, "ICANS", icans, inputs.icans_grade_at_most)
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
        if day == last and inputs.given_at:
            sheet.confirm.append(
                f"day {day} in whole periods of 24 h since the first dose: by the calendar it may "
                "be a day later"
            )


def _worst(grade: int | None, peak: int | None, stop: str) -> int | None:
    """A peak that ends it counts for ever; below that the grade now says whether to wait."""
    if peak is not None and peak >= number("obecabtagene", stop):
        return max(peak, grade or 0)
    return grade


def _open_gate(sheet: Sheet, short: str, grade: int | None, at_most: int | None) -> None:
    """A grade with a missing sign is no number: it opens nothing."""
    if grade is not None and at_most is not None and at_most > grade:
        sheet.block(
            f"{short} is open, {grade} to {at_most}: record what is missing; an open grade allows "
            "no second dose"
        )


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
