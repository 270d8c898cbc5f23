"""
Hypoxia as the scales of CRS beside ASTCT read it: by device, or by the inspired fraction (FiO2).

FiO2 counts only where it was measured or set; it is never worked out from a flow, because the
published rules for that disagree. Room air is known; on any other device without an FiO2 both rows
stay open. CPAP and BiPAP count by FiO2 on scales that say only "ventilator"; for BiPAP, which
ventilates, the row of the ventilator stays open until a clinician has graded it.

Support for the airway or a procedure stays open, usual support before therapy counts only as far
as it is exceeded, and what was attributed to another cause is not counted, all as for ASTCT.

Cites: site-defaults, oxygen without a published rule (house).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, explained, gravest, seen, unsure
from toxmodels.moment import DEVICE_ORDER, Reading
from toxmodels.records import Oxygen
from toxmodels.scales.astct_crs import device_text
from toxmodels.scales.crs_reading import A_GRADING, not_yet, since_dose
from toxmodels.sources import Cite

__all__ = [
    "HIGH_FIO2",
    "POSITIVE_PRESSURE",
    "VENTILATED",
    "FractionRows",
    "by_fraction",
    "hypoxia",
    "row",
]

HIGH_FIO2: Final = Decimal("0.40")
VENTILATED: Final = ("ventilator", "ecmo")
POSITIVE_PRESSURE: Final = ("cpap", "bipap", *VENTILATED)
_BY_FLOW: Final = ("nasal_cannula", "blow_by", "simple_mask", "non_rebreather")
_AIRWAY: Final = Cite("site-defaults", "support without hypoxia, and usual support", "house")
_PROVISIONAL: Final = Cite("site-defaults", "hypoxia seen before oxygen was started", "house")
_UNNAMED: Final = Cite("site-defaults", "CPAP, BiPAP, ECMO and tracheostomy masks by FiO2", "house")
_NOT_NAMED: Final = ("cpap", "bipap", "ecmo", "tracheostomy_mask")
_NOTES: Final = {
    "cpap": "the text names ventilator support only; CPAP is read by its FiO2 (house reading)",
    "bipap": "the text does not say whether BiPAP is ventilator support",
}
_ROOM_AIR: Final = ("room_air", None)

Device = Callable[[Oxygen, datetime], Finding]


@dataclass(frozen=True, slots=True)
class _Table:
    device: Device
    lowest: int
    most: int
    cite: Cite


def hypoxia(evidence: Evidence, device: Device, *, lowest: int, most: int, cite: Cite) -> Finding:
    """
    Read oxygen support; of one minute the worst at both ends.

    Args:
        evidence: the patient at one time.
        device: the scale's rows for every device but room air.
        lowest: its lowest row for oxygen, given provisionally before oxygen has been started.
        most: the highest row that support nobody recorded could reach.
        cite: where its table stands.

    """
    early = not_yet("hypoxia", evidence)
    if early is not None:
        return early
    table = _Table(device, lowest, most, cite)
    reading = evidence.moment.oxygen
    if reading is None:
        return _support(table, evidence, None)
    found = [_support(table, evidence, one) for one in (reading, *reading.others)]
    return gravest(found)


def _support(table: _Table, evidence: Evidence, reading: Reading | None) -> Finding:
    judged = since_dose(evidence, evidence.moment.hypoxic)
    low = judged if judged is not None and judged.value is True else None
    if low is not None and low.attributed:
        if reading is None or reading.attributed:
            return explained("hypoxia", "hypoxia", cite=table.cite, taken_at=low.taken_at)
        low = None
    oxygen: Oxygen | None = None if reading is None else reading.value
    if reading is None or oxygen is None or oxygen.device is None or _early(evidence, reading):
        floor = 0 if low is None else table.lowest
        says = "oxygen not recorded" if low is None else "hypoxic, oxygen not recorded"
        what = "oxygen device, flow and FiO2"
        return unsure("hypoxia", floor, table.most, says, missing=what, cite=table.cite)
    elsewhere = oxygen.reason in ("airway_protection", "procedure")
    if reading.attributed and (oxygen.device != "room_air" or elsewhere):
        if low is not None:
            return _before_oxygen(table, low)
        says, at = device_text(oxygen), reading.taken_at
        return explained("hypoxia", says, cite=table.cite, taken_at=at)
    if elsewhere:
        return _for_the_airway(table, oxygen, reading, low)
    if oxygen.device == "room_air":
        if low is not None:
            return _before_oxygen(table, low)
        return row(0, oxygen, reading.taken_at, limit="no oxygen needed", cite=table.cite)
    if oxygen.reason == "baseline":
        return _over_baseline(table, oxygen, evidence, reading, low)
    return table.device(oxygen, reading.taken_at)


def _early(evidence: Evidence, reading: Reading) -> bool:
    """Support from before the first dose says nothing of what was needed after it."""
    start = evidence.first_dose_at
    before = start is not None and reading.taken_at < start
    return before and (reading.value.device, reading.value.reason) != _ROOM_AIR


def _before_oxygen(table: _Table, low: Reading) -> Finding:
    says, limit = "hypoxic, no oxygen started yet", "provisional until a device is recorded"
    return seen(
        "hypoxia", table.lowest, says, limit=limit, cite=_PROVISIONAL, taken_at=low.taken_at
    )


def _for_the_airway(
    table: _Table, oxygen: Oxygen, reading: Reading, low: Reading | None
) -> Finding:
    says = f"{device_text(oxygen)} for {str(oxygen.reason).replace('_', ' ')}"
    return unsure(
        "hypoxia",
        0 if low is None else table.lowest,
        table.most,
        says,
        missing="a physician's word on whether there is hypoxia as well",
        cite=_AIRWAY,
        value=device_text(oxygen),
        limit="support without hypoxia is not CRS",
        taken_at=reading.taken_at,
    )


def _over_baseline(
    table: _Table, oxygen: Oxygen, evidence: Evidence, reading: Reading, low: Reading | None
) -> Finding:
    """Count only support beyond what the patient used before therapy."""
    full, says, at = table.device(oxygen, reading.taken_at), device_text(oxygen), reading.taken_at
    more = _is_more(oxygen, evidence.case.patient.baseline_oxygen)
    if more is True:
        return full
    if more is None:
        floor = 0 if low is None else table.lowest
        found = unsure(
            "hypoxia",
            floor,
            max(floor, full.at_most),
            f"{says}, said to be usual",
            missing="flow and FiO2 now, and usual oxygen support before therapy",
            cite=_AIRWAY,
            record="patient",
            value=says,
            taken_at=at,
        )
        return found
    if low is not None:
        return _before_oxygen(table, low)
    limit = "no more than the usual support before therapy"
    return seen("hypoxia", 0, f"{says}, as usual", limit=limit, cite=_AIRWAY, taken_at=at)


def _is_more(now: Oxygen, usual: Oxygen | None) -> bool | None:
    """Whether support exceeds what was usual; ``None`` while that is not known."""
    if usual is None or usual.device is None or now.device is None:
        return None
    rank, before = DEVICE_ORDER.index(now.device), DEVICE_ORDER.index(usual.device)
    if rank != before:
        return rank > before
    by_flow = now.device in _BY_FLOW
    amounts = (
        (now.flow_l_min, usual.flow_l_min) if by_flow else (now.fio2, usual.fio2)
    )  # one quantity a device: what is set on it
    if amounts[0] is None or amounts[1] is None:
        return None
    return amounts[0] > amounts[1]


def row(
    grade: int, oxygen: Oxygen, taken_at: datetime, *, limit: str, cite: Cite,
    note: str | None = None,
) -> Finding:  # fmt: skip
    """One row of a scale for a device."""
    says = _with_fraction(oxygen)
    return seen("hypoxia", grade, says, limit=limit, cite=cite, taken_at=taken_at, note=note)


def _with_fraction(oxygen: Oxygen) -> str:
    says = device_text(oxygen)
    return says if oxygen.fio2 is None else f"{says}, FiO2 {oxygen.fio2:.12g}"


@dataclass(frozen=True, slots=True)
class FractionRows:
    """The rows of a scale that reads FiO2: below 40 %, from 40 %, and on a ventilator."""

    below: int
    above: int
    ventilated: int
    cite: Cite
    given: int | None


def by_fraction(rows: FractionRows, oxygen: Oxygen, taken_at: datetime) -> Finding:
    """Read any device but room air by its FiO2, a ventilator by itself."""
    cite = _UNNAMED if oxygen.device in _NOT_NAMED else rows.cite
    if oxygen.device in VENTILATED:
        return row(rows.ventilated, oxygen, taken_at, limit="ventilator support", cite=cite)
    low, high, limit = _fraction_span(rows, oxygen)
    says, note = _with_fraction(oxygen), _NOTES.get(str(oxygen.device))
    asks = "FiO2 as measured or set; it is not worked out from the flow"
    if oxygen.device == "bipap" and (rows.given is None or rows.given >= rows.ventilated):
        if rows.given is not None:
            limit = f"ventilator support, by a clinician's grade {rows.given}"
            return row(rows.ventilated, oxygen, taken_at, limit=limit, cite=cite, note=note)
        asks = f"whether BiPAP counts as ventilator support: {A_GRADING}"
        high = rows.ventilated
    if low == high:
        return row(low, oxygen, taken_at, limit=limit, cite=cite, note=note)
    found = unsure(
        "hypoxia", low, high, says,
        missing=asks, cite=cite, value=says, limit=limit, taken_at=taken_at,
    )  # fmt: skip
    return replace(found, note=note)


def _fraction_span(rows: FractionRows, oxygen: Oxygen) -> tuple[int, int, str]:
    both = f"{rows.below} below FiO2 {HIGH_FIO2}, {rows.above} from there"
    if oxygen.fio2 is None:
        return rows.below, rows.above, both
    if Decimal(str(oxygen.fio2)) >= HIGH_FIO2:
        return rows.above, rows.above, f"FiO2 {HIGH_FIO2} or more"
    return rows.below, rows.below, f"FiO2 below {HIGH_FIO2}"
