"""
The CRS grade of every row state, filled by the scalar grader.

Three small tables turn the classes of the inputs into findings (fever, pressure, oxygen); one more
turns three findings and the waiver into a grade. Nothing here knows a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from toxmodels.cohort import cuts
from toxmodels.cohort.packed import CRS_SIGNS
from toxmodels.cohort.sign_tables import AT, SignTable, blank, with_readings
from toxmodels.moment import Waiver
from toxmodels.records import Oxygen
from toxmodels.scales import astct_crs

__all__ = ["WAIVERS", "CrsTables", "crs_tables"]

# Not waived, perhaps waived (something was not recorded), waived for certain.
WAIVERS: Final = (
    Waiver(certain=False, possible=False),
    Waiver(certain=False, possible=True),
    Waiver(certain=True, possible=True),
)


@dataclass(frozen=True, slots=True)
class CrsTables:
    """
    The tables of the CRS grade.

    ``oxygen_class`` gathers the many states of oxygen support into the few that grade apart;
    ``grades`` goes by fever, waiver, pressure and oxygen.
    """

    fever: SignTable
    pressure: SignTable
    oxygen_class: npt.NDArray[np.uint8]
    oxygen: SignTable
    grades: npt.NDArray[np.uint32]

    @property
    def steps(self) -> tuple[int, int, int]:
        """How far apart in ``grades`` one fever, one waiver and one pressure finding are."""
        of_pressure = len(self.oxygen.findings)
        of_waiver = of_pressure * len(self.pressure.findings)
        return of_waiver * len(WAIVERS), of_waiver, of_pressure


@cache
def crs_tables() -> CrsTables:
    """Every row state of CRS, graded."""
    fever, pressure = _fever(), _pressure()
    oxygen_class, oxygen = _oxygen()
    moment = blank(cuts.BRANCHES[0])
    combined = product(fever.findings, WAIVERS, pressure.findings, oxygen.findings)
    grades = [
        CRS_SIGNS.pack(astct_crs.graded(moment, waiver, (heat, low, air)))
        for heat, waiver, low, air in combined
    ]
    return CrsTables(fever, pressure, oxygen_class, oxygen, np.array(grades, dtype=np.uint32))


def _fever() -> SignTable:
    """By whether it was measured before the first dose, and by temperature."""
    table, moment = SignTable((2, 4)), blank(cuts.BRANCHES[0])
    for before in (0, 1):
        start = AT + timedelta(days=1) if before else None
        for place, value in enumerate(cuts.TEMPERATURE):
            now = replace(with_readings(moment, temperature_c=value), first_dose_at=start)
            table.add((before, place), astct_crs.fever(now))
    table.widen(1, cuts.TEMPERATURE_UNREADABLE)
    return table


def _pressure() -> SignTable:
    """By bolus, vasopressors and the judgement of hypotension."""
    table, moment = SignTable((4, 8, 4)), blank(cuts.BRANCHES[0])
    for fluid, running, low in product(range(3), range(len(cuts.VASOPRESSORS)), range(3)):
        drugs = cuts.VASOPRESSORS[running]
        now = with_readings(
            moment,
            vasopressors=None if drugs is None else cuts.agents(drugs),
            hypotensive=cuts.TRUTH[low],
            fluid_for_hypotension=cuts.TRUTH[fluid],
        )
        table.add((fluid, running, low), astct_crs.hypotension(now))
    for axis, unreadable in enumerate(
        (cuts.TRUTH_UNREADABLE, cuts.VASOPRESSORS_UNREADABLE, cuts.TRUTH_UNREADABLE)
    ):
        table.widen(axis, unreadable)
    return table


def _oxygen() -> tuple[npt.NDArray[np.uint8], SignTable]:
    """By the support, and by whether somebody judged hypoxia before there was any."""
    raw, seen = SignTable((2, *cuts.OXYGEN_SHAPE)), blank(cuts.BRANCHES[0])
    shape = [range(length) for length in cuts.OXYGEN_SHAPE]
    for against, reason, flow, device in product(*shape):
        name, litres = cuts.DEVICES[device], cuts.FLOWS[flow]
        usual = (
            None if name is None else cuts.usual_oxygen(name, litres, cuts.AGAINST_USUAL[against])
        )
        if usual is None and against:
            continue  # no usual support stands to it like that
        support = Oxygen(device=name, flow_l_min=litres, reason=cuts.REASONS[reason])
        for judged in (0, 1):
            patient = seen.patient.model_copy(update={"baseline_oxygen": usual})
            now = with_readings(seen, oxygen=support, hypoxic=True if judged else None)
            place = (judged, against, reason, flow, device)
            raw.add(place, astct_crs.hypoxia(replace(now, patient=patient)))
    return _gathered(raw)


def _gathered(raw: SignTable) -> tuple[npt.NDArray[np.uint8], SignTable]:
    """Supports that grade alike, whatever was judged, become one class; 0 is none recorded."""
    numbers = raw.numbers.reshape(2, -1)
    pairs = list(zip(numbers[0].tolist(), numbers[1].tolist(), strict=True))
    kinds = sorted({*pairs}, key=lambda pair: (pair != pairs[0], pair))
    # The first class is for nothing recorded, the second for a support without its device.
    classes = np.array([kinds.index(pair) + 1 for pair in pairs], dtype=np.uint8)
    moment = blank(cuts.BRANCHES[0])
    table = SignTable((4, len(kinds) + 1))
    for judged in (0, 1, 2):
        nothing = with_readings(moment, oxygen=None, hypoxic=cuts.TRUTH[judged])
        table.add((judged, 0), astct_crs.hypoxia(nothing))
        for place, pair in enumerate(kinds, start=1):
            table.add((judged, place), raw.findings[pair[1 if judged == 2 else 0]])
    table.widen(0, cuts.TRUTH_UNREADABLE)
    return classes, table
