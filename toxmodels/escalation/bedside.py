"""
Flags on pressure and oxygen: numbers that ask for a clinician's word, and agents off the table.

A helper never overrules what the clinician judged; it asks.

Cites: pals-systolic (unverified); bedside prompts and vasopressor classes (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from toxmodels.escalation.flag import Flag, View
from toxmodels.escalation.trigger import raised
from toxmodels.moment import Moment
from toxmodels.records import Vasopressor
from toxmodels.scales import astct_crs
from toxmodels.site import site
from toxmodels.terms import COUNTED_VASOPRESSORS, INOTROPES, VASOPRESSIN_LIKE

INFANT_BELOW_YEARS: Final = 2.0
PALS_FROM_YEARS: Final = 1.0
PALS_ADULT_FROM_YEARS: Final = 10.0
PALS_BASE_MMHG: Final = 70.0
PALS_PER_YEAR_MMHG: Final = 2.0


def pressure_rules(view: View) -> Iterator[Flag]:
    """Agents the table does not count, and pressures that ask for a judgement."""
    moment = view.moment
    agents: tuple[Vasopressor, ...] = (
        () if moment.vasopressors is None else moment.vasopressors.value
    )
    drugs = {agent.drug for agent in agents}
    counted, like = drugs & COUNTED_VASOPRESSORS, drugs & VASOPRESSIN_LIKE
    if like and not counted:
        yield raised(
            "vasopressin-only",
            "Vasopressin or terlipressin is the only agent: the table is silent, graded as 3",
        )
    others = sorted(drugs - COUNTED_VASOPRESSORS - VASOPRESSIN_LIKE)
    if others:
        says = f"{', '.join(others)}: not counted as a vasopressor; the table does not name it"
        yield raised("agent-not-counted", says)
    if drugs & INOTROPES and not counted and not like:
        yield raised("inotrope-shock", "An inotrope is running without a vasopressor")
    is_low = moment.hypotensive is not None and moment.hypotensive.value is True
    low = low_pressure(moment)
    if low is not None and not is_low and not counted and not like:
        key, says = low
        yield raised(key, f"{says} and hypotension is not confirmed")
    bolus, why = moment.fluid_bolus_ml, moment.fluid_for_hypotension
    unsaid = bolus is not None and (why is None or why.taken_at < bolus.taken_at)
    if bolus is not None and bolus.value > 0 and unsaid:
        says = f"A bolus of {bolus.value:g} mL was given; its reason is not recorded"
        yield raised("bolus-reason", says)


def low_pressure(moment: Moment) -> tuple[str, str] | None:
    """The numeric helper: site limit for adults, limit by age for children."""
    age, systolic, mean = moment.patient.age_years, moment.systolic_mmhg, moment.map_mmhg
    limit, key = site().systolic_mmhg, "confirm-hypotension"
    if age is not None and age < PALS_ADULT_FROM_YEARS:
        if age < PALS_FROM_YEARS:
            return None
        limit, key = PALS_BASE_MMHG + PALS_PER_YEAR_MMHG * age, "confirm-hypotension/child"
    if systolic is not None and systolic.value < limit:
        return key, f"Systolic {systolic.value:g} mmHg, below {limit:g}"
    grown = age is None or age >= site().map_from_age_years
    if mean is not None and grown and mean.value < site().map_mmhg:
        return "confirm-hypotension", f"MAP {mean.value:g} mmHg, below {site().map_mmhg:g}"
    return None


def oxygen_rules(view: View) -> Iterator[Flag]:
    """Saturations that ask for a judgement, and devices read two ways."""
    moment = view.moment
    oxygen, judged, spo2 = moment.oxygen, moment.hypoxic, moment.spo2_percent
    is_hypoxic = judged is not None and judged.value is True
    if oxygen is None:
        return
    if oxygen.value.device == "room_air":
        if is_hypoxic:
            says = "Hypoxic and no oxygen recorded: at least grade 2 for now"
            yield raised("hypoxia-without-oxygen", says)
        elif spo2 is not None and spo2.value < site().spo2_percent:
            says = f"SpO2 {spo2.value:g} % on room air and hypoxia is not confirmed"
            yield raised("confirm-hypoxia", says)
    age, flow = moment.patient.age_years, oxygen.value.flow_l_min
    is_infant = age is not None and age < INFANT_BELOW_YEARS
    is_low_flow = flow is not None and flow <= astct_crs.LOW_FLOW_L_MIN
    if oxygen.value.device == "high_flow_nasal_cannula" and is_infant and is_low_flow:
        says = f"High-flow cannula at {flow:g} L/min in an infant grades 2 by the text; disputed"
        yield raised("hfnc-infant", says)
