"""
Tumour burden before blinatumomab, and dexamethasone against it.

The European and the Japanese text draw each boundary on a different side of the same number
(50 % marrow, 15,000/µL blood), so the region decides at exactly those values. A value nobody
recorded never counts as low.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from toxmodels.drugs.facts_read import Boundary, Mark, facts
from toxmodels.drugs.given_before import check_prephase
from toxmodels.drugs.inputs import REGIONS, DoseInputs
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.sheet import Sheet, shown
from toxmodels.drugs.weight import surface

_UNVERIFIED = Mark(
    verification="unverified",
    confidence="medium",
    source="professional-knowledge",
    at="high tumour burden",
)


@dataclass(frozen=True, slots=True)
class Burden:
    """High (True), below the boundaries (False) or not known (None), and what says so."""

    high: bool | None
    met: tuple[str, ...]
    not_met: tuple[str, ...]
    missing: tuple[str, ...]
    marks: tuple[Mark, ...]


def tumour_burden(inputs: DoseInputs, region: str) -> Burden:
    """Hold what was measured against the boundaries of one region."""
    line = next(one for one in facts("blinatumomab_prephase").boundary if one.region == region)
    marrow = _beyond(inputs.marrow_blasts_percent, line.marrow_percent, line.marrow_at_boundary)
    blood = _beyond(inputs.peripheral_blasts_per_ul, line.blood_per_ul, line.blood_at_boundary)
    met: list[str] = []
    not_met: list[str] = []
    missing: list[str] = []
    for high, text, name in (
        (marrow, _marrow_text(inputs, line), "marrow_blasts_percent"),
        (blood, _blood_text(inputs, line), "peripheral_blasts_per_ul"),
    ):
        if high is None:
            missing.append(name)
        else:
            (met if high else not_met).append(text)
    if line.blood_per_ul is None:
        missing.remove("peripheral_blasts_per_ul")
    marks: list[Mark] = [line]
    for flag, text in (
        (inputs.extramedullary_disease, "extramedullary disease (unverified)"),
        (inputs.ldh_rising, "rising LDH or rapid progression (unverified)"),
    ):
        if flag is True:
            if not met:
                marks.append(_UNVERIFIED)
            met.append(text)
    high_burden = True if met else (None if missing else False)
    return Burden(high_burden, tuple(met), tuple(not_met), tuple(missing), tuple(marks))


def _beyond(value: Decimal | None, limit: Decimal | None, at_boundary: bool) -> bool | None:
    if value is None or limit is None:
        return None
    return value >= limit if at_boundary else value > limit


def _from_or_above(*, at_boundary: bool) -> str:
    return "from" if at_boundary else "above"


def _marrow_text(inputs: DoseInputs, line: Boundary) -> str:
    value = inputs.marrow_blasts_percent
    held = "" if value is None else shown(value)
    side = _from_or_above(at_boundary=line.marrow_at_boundary)
    return f"marrow blasts {held} %, high {side} {line.marrow_percent} %"


def _blood_text(inputs: DoseInputs, line: Boundary) -> str:
    value = inputs.peripheral_blasts_per_ul
    held = "" if value is None else shown(value)
    side = _from_or_above(at_boundary=line.blood_at_boundary)
    return f"blood blasts {held}/uL, high {side} {line.blood_per_ul}/uL"


def dose_prephase(inputs: DoseInputs) -> DoseResult:
    """Work out dexamethasone before blinatumomab where the tumour burden asks for it."""
    sheet = Sheet("blinatumomab-prephase", "mg/day", facts("blinatumomab_prephase"), inputs)
    sheet.use("mg_m2_day")
    _indicated(sheet)
    _unit_doubts(sheet)
    check_prephase(sheet)
    indicated = not sheet.blocks
    bsa_m2 = surface(sheet)
    dose = None
    # No number stands on the sheet for somebody who should not get it.
    if bsa_m2 is not None and indicated:
        per_m2, cap = sheet.use("mg_m2_day"), sheet.use("cap_mg_day")
        line = f"{shown(per_m2)} mg/m2/day x {shown(bsa_m2)} m2"
        dose = sheet.capped(per_m2 * bsa_m2, cap, "mg/day", line)
    low, high = sheet.use("days_low"), sheet.use("days_high")
    sheet.schedule = f"dexamethasone daily for {shown(low)} to {shown(high)} days before the start"
    sheet.warn()
    return sheet.read(dose)


def _indicated(sheet: Sheet) -> None:
    """Block unless the burden is high by the region's boundaries."""
    region = sheet.inputs.region
    found = {one: tumour_burden(sheet.inputs, one) for one in REGIONS if region in (None, one)}
    if region is None and len({one.high for one in found.values()}) > 1:
        sheet.block("region is needed: us, eu or jp; their boundaries differ for these values")
        return
    for name, burden in found.items():
        if region is None and name == "us":
            continue
        for mark in burden.marks:
            sheet.cite(mark)
        for text in (*burden.met, *burden.not_met):
            sheet.steps.append(f"{name}: {text}")
        if burden.high is None:
            sheet.block(
                f"burden not known: {' and '.join(burden.missing)} not recorded, and nothing "
                "recorded is beyond a boundary"
            )
        elif not burden.high:
            sheet.block(_why_not(name))
    if region == "us":
        _us_silence(sheet, found["us"])


def _why_not(region: str) -> str:
    """Why no pre-phase is proposed: the US text as read draws no line that one could be below."""
    if region == "us":
        return (
            "not proposed: marrow blasts are not above the criterion of a trial, and the US text "
            "as read holds no boundary, for marrow or for blood"
        )
    return f"not indicated: below the boundaries ({region})"


def _us_silence(sheet: Sheet, burden: Burden) -> None:
    sheet.cautions.append(
        "the US label as read names no boundary: the marrow criterion of a trial is used"
    )
    if burden.high is not True and tumour_burden(sheet.inputs, "eu").high:
        sheet.cautions.append("beyond the European boundary: ask the specialist")


def _unit_doubts(sheet: Sheet) -> None:
    """A fraction typed as per cent, or 10^9/L typed as per µL, would hide a high burden."""
    marrow, blood = sheet.inputs.marrow_blasts_percent, sheet.inputs.peripheral_blasts_per_ul
    if marrow is not None and 0 < marrow <= 1:
        sheet.confirm.append(
            f"marrow blasts {shown(marrow)} %: a fraction? {shown(marrow * 100)} %"
        )
    if blood is not None and 0 < blood < 1000:
        sheet.confirm.append(
            f"blood blasts {shown(blood)}/uL: typed in 10^9/L? That would be "
            f"{shown(blood * 1000)}/uL"
        )
