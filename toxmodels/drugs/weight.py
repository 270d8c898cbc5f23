"""
Weight, body surface and age behind a dose: absent is no dose, old or undated is confirmed first.

Flat doses are for adults: under 18 years or under 40 kg there is none, and an unknown age is
asked for, never assumed.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from toxmodels.drugs.facts_read import number
from toxmodels.drugs.reading import dose_limits
from toxmodels.drugs.sheet import Sheet, shown

CHILD_BLOCK: Final = "adult flat dose: no paediatric dose in this protocol"
CALL_PAEDIATRICS: Final = "call the paediatric cell-therapy physician"
UNDATED_WEIGHT: Final = "weight undated: confirm"


def is_child(sheet: Sheet) -> bool | None:
    """Under 18 years; ``None`` when nobody recorded the age."""
    age_years = sheet.inputs.age_years
    return None if age_years is None else age_years < number("weight", "adult_from_years")


def weighed(sheet: Sheet) -> Decimal | None:
    """The weight to dose by, or a block; an old, undated or changed weight is to be confirmed."""
    weight_kg = sheet.inputs.weight_kg
    if weight_kg is None:
        sheet.block("weight_kg is needed: without a weight there is no dose")
        return None
    _check_age_of_weight(sheet)
    _check_change(sheet, weight_kg)
    concern = dose_limits()["weight_kg"].concern(float(weight_kg))
    if concern is not None:
        sheet.confirm.append(f"{concern}: confirm")
    return weight_kg


def _check_age_of_weight(sheet: Sheet) -> None:
    recorded_at, at = sheet.inputs.weight_recorded_at, sheet.inputs.at
    if recorded_at is None:
        sheet.confirm.append(UNDATED_WEIGHT)
        sheet.cautions.append(UNDATED_WEIGHT)
        return
    if at is None:
        sheet.confirm.append("age of the weight unknown, at is not given: confirm")
        return
    # An unknown age takes the shorter limit of a child.
    adult = is_child(sheet) is False
    limit = number("weight", "stale_adult_days" if adult else "stale_child_days")
    old = at - recorded_at
    if old < timedelta(0):
        sheet.confirm.append("weight recorded after the time asked about: confirm")
    elif old > timedelta(days=int(limit)):
        sheet.confirm.append(
            f"weight is {old.days} days old, more than {shown(limit)}: weigh or confirm"
        )


def _check_change(sheet: Sheet, weight_kg: Decimal) -> None:
    before_kg = sheet.inputs.previous_weight_kg
    if before_kg is None:
        return
    limit = number("weight", "changed_percent")
    percent = abs(weight_kg - before_kg) / before_kg * 100
    if percent > limit:
        sheet.confirm.append(
            f"weight changed from {shown(before_kg)} to {shown(weight_kg)} kg, "
            f"more than {shown(limit)} %: confirm (lb typed as kg?)"
        )


def surface(sheet: Sheet) -> Decimal | None:
    """Body surface as given, else from weight and height, or a block."""
    inputs = sheet.inputs
    if inputs.bsa_m2 is not None:
        concern = dose_limits()["bsa_m2"].concern(float(inputs.bsa_m2))
        if concern is not None:
            sheet.confirm.append(f"{concern}: confirm")
        return inputs.bsa_m2
    if inputs.weight_kg is None or inputs.height_cm is None:
        sheet.block("bsa_m2 is needed (or weight_kg and height_cm): without it there is no dose")
        return None
    divisor = number("weight", "mosteller_divisor")
    bsa_m2 = (inputs.weight_kg * inputs.height_cm / divisor).sqrt().quantize(Decimal("0.01"))
    sheet.steps.append(
        f"body surface (Mosteller, site default): square root of ({shown(inputs.weight_kg)} kg x "
        f"{shown(inputs.height_cm)} cm / {shown(divisor)}) = {shown(bsa_m2)} m2"
    )
    return bsa_m2


def flat_for_adults(sheet: Sheet) -> bool:
    """Whether an adult flat dose may be worked out; otherwise the sheet says why not."""
    inputs = sheet.inputs
    light = inputs.weight_kg is not None and inputs.weight_kg < number("weight", "flat_from_kg")
    child = is_child(sheet)
    if child is True or light:
        sheet.block(CHILD_BLOCK)
        sheet.note = "; ".join(part for part in (sheet.note, CALL_PAEDIATRICS) if part)
        return False
    if child is None:
        sheet.block("age_years is needed: this is an adult flat dose")
        return False
    if inputs.weight_kg is None:
        limit = number("weight", "flat_from_kg")
        sheet.confirm.append(f"no weight given: this flat dose is not for under {shown(limit)} kg")
    return True
