"""
The weight band in which a cycle of blinatumomab began: flat dose, or by body surface.

A case holds one weight. Where it was taken after the cycle began, only the rate of its first
segment says which band that was; a band that differs from the weight's own is a question, never a
silent change. Far from the edge nobody crosses it within a cycle, and nothing is asked.

Cites: dosing-defaults, band of the cycle (house).
"""

from __future__ import annotations

from typing import Final, Literal

from toxmodels.drugs.facts_read import facts, number
from toxmodels.drugs.infusion_clock import InfusionClock
from toxmodels.records import Case

__all__ = ["band_at_start"]

Band = Literal["flat", "surface", "unknown"]
_LEVELS: Final = ("low", "full")
_EXACT: Final = 0.02  # a flat rate is recorded as it is printed


def band_at_start(case: Case, clock: InfusionClock) -> Band | None:
    """The band of the cycle's start, as far as the record says; ``None``: nothing to ask."""
    weight_kg, edge = case.patient.weight_kg, float(number("blinatumomab", "flat_from_kg"))
    near = float(number("blinatumomab", "band_near_percent")) / 100
    if weight_kg is None or abs(weight_kg - edge) > near * edge:
        return None
    own: Band = "flat" if weight_kg >= edge else "surface"
    fits = _bands_of(clock.first_rate_ug_day, weight_kg, case.patient.height_cm)
    if len(fits) == 1:
        return next(iter(fits))
    taken = case.patient.weight_recorded_at
    before = taken is not None and taken <= clock.cycle_started_at
    return own if before or own in fits else "unknown"


def _bands_of(rate: float | None, weight_kg: float, height_cm: float | None) -> set[Band]:
    """The bands whose low or full dose a rate is; the weight then was up to a tenth another."""
    if rate is None:
        return set()
    table = facts("blinatumomab").fact
    edge = float(table["flat_from_kg"].value)
    changed = float(number("weight", "changed_percent")) / 100
    flat = [float(table[f"{level}_flat_ug_day"].value) for level in _LEVELS]
    found: set[Band] = set()
    if any(abs(rate - dose) <= _EXACT * dose for dose in flat):
        found.add("flat")
    if height_cm is not None:
        divisor = float(number("weight", "mosteller_divisor"))
        bsa_m2 = (min(weight_kg, edge) * height_cm / divisor) ** 0.5
        per_m2 = [float(table[f"{level}_ug_m2_day"].value) * bsa_m2 for level in _LEVELS]
        if any(abs(rate - dose) <= changed * dose for dose in per_m2):
            found.add("surface")
    return found
