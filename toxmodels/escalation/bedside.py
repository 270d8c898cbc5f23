"""
Flags on pressure and oxygen: numbers that ask for a clinician's word, and agents off the table.

A helper never overrules what the clinician judged; it asks.

Cites: pals-systolic (unverified); bedside prompts and vasopressor classes (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from toxmodels.escalation.flag import HOUSE, Flag, View
from toxmodels.moment import Moment
from toxmodels.records import Vasopressor
from toxmodels.scales import astct_crs
from toxmodels.site import site
from toxmodels.sources import Cite
from toxmodels.terms import COUNTED_VASOPRESSORS, INOTROPES, VASOPRESSIN_LIKE

INFANT_BELOW_YEARS: Final = 2.0
PALS_FROM_YEARS: Final = 1.0
PALS_ADULT_FROM_YEARS: Final = 10.0
PALS_BASE_MMHG: Final = 70.0
PALS_PER_YEAR_MMHG: Final = 2.0
_PALS: Final = Cite("pals-systolic", "systolic limit by age", "unverified")
_CLASSES: Final = Cite("site-defaults", "vasopressor classes", "house")


def pressure_rules(view: View) -> Iterator[Flag]:
    """Agents the table does not count, and pressures that ask for a judgement."""
    moment = view.moment
    agents: tuple[Vasopressor, ...] = (
        () if moment.vasopressors is None else moment.vasopressors.value
    )
    drugs = {agent.drug for agent in agents}
    counted, like = drugs & COUNTED_VASOPRESSORS, drugs & VASOPRESSIN_LIKE
    if like and not counted:
        yield Flag(
            "vasopressin-only",
            "info",
            "Vasopressin or terlipressin is the only agent: the table is silent, graded as 3",
            "Confirm which agents are running",
            "physician",
            _CLASSES,
        )
    others = sorted(drugs - COUNTED_VASOPRESSORS - VASOPRESSIN_LIKE)
    if others:
        yield Flag(
            "agent-not-counted",
            "info",
            f"{', '.join(others)}: not counted as a vasopressor; the table does not name it",
            "Confirm which agents are running",
            "physician",
            _CLASSES,
        )
    if drugs & INOTROPES and not counted and not like:
        yield Flag(
            "inotrope-shock",
            "emergency",
            "An inotrope is running without a vasopressor",
            "Ask whether this is shock; echocardiogram and intensive care review",
            "icu",
            _CLASSES,
        )
    is_low = moment.hypotensive is not None and moment.hypotensive.value is True
    low, cite = _low_pressure(moment)
    if low is not None and not is_low and not counted and not like:
        yield Flag(
            "confirm-hypotension",
            "urgent",
            f"{low} and hypotension is not confirmed",
            "Repeat the pressure and state: hypotensive, yes or no",
            "nurse",
            cite,
        )
    bolus, why = moment.fluid_bolus_ml, moment.fluid_for_hypotension
    if bolus is not None and bolus.value > 0 and why is None and not is_low:
        yield Flag(
            "bolus-reason",
            "soon",
            f"A bolus of {bolus.value:g} mL was given; its reason is not recorded",
            "Record whether it was given for hypotension",
            "nurse",
            HOUSE,
        )


def _low_pressure(moment: Moment) -> tuple[str | None, Cite]:
    """The numeric helper: site limit for adults, limit by age for children."""
    age, systolic, mean = moment.patient.age_years, moment.systolic_mmhg, moment.map_mmhg
    limit, cite = site().systolic_mmhg, HOUSE
    if age is not None and age < PALS_ADULT_FROM_YEARS:
        if age < PALS_FROM_YEARS:
            return None, _PALS
        limit, cite = PALS_BASE_MMHG + PALS_PER_YEAR_MMHG * age, _PALS
    if systolic is not None and systolic.value < limit:
        return f"Systolic {systolic.value:g} mmHg, below {limit:g}", cite
    grown = age is None or age >= site().map_from_age_years
    if mean is not None and grown and mean.value < site().map_mmhg:
        return f"MAP {mean.value:g} mmHg, below {site().map_mmhg:g}", HOUSE
    return None, cite


def oxygen_rules(view: View) -> Iterator[Flag]:
    """Saturations that ask for a judgement, and devices read two ways."""
    moment = view.moment
    oxygen, judged, spo2 = moment.oxygen, moment.hypoxic, moment.spo2_percent
    is_hypoxic = judged is not None and judged.value is True
    if oxygen is None:
        return
    if oxygen.value.device == "room_air":
        if is_hypoxic:
            yield Flag(
                "hypoxia-without-oxygen",
                "urgent",
                "Hypoxic and no oxygen recorded: at least grade 2 for now",
                "Start oxygen or record the device",
                "nurse",
                HOUSE,
            )
        elif spo2 is not None and spo2.value < site().spo2_percent:
            yield Flag(
                "confirm-hypoxia",
                "urgent",
                f"SpO2 {spo2.value:g} % on room air and hypoxia is not confirmed",
                "Repeat the reading, start oxygen if confirmed, record the device",
                "nurse",
                HOUSE,
            )
    age, flow = moment.patient.age_years, oxygen.value.flow_l_min
    is_infant = age is not None and age < INFANT_BELOW_YEARS
    is_low_flow = flow is not None and flow <= astct_crs.LOW_FLOW_L_MIN
    if oxygen.value.device == "high_flow_nasal_cannula" and is_infant and is_low_flow:
        yield Flag(
            "hfnc-infant",
            "soon",
            f"High-flow cannula at {flow:g} L/min in an infant grades 2 by the text; disputed",
            "Physician to judge whether this is high-flow support",
            "physician",
            Cite("site-defaults", "high-flow cannula in infants", "house"),
        )
