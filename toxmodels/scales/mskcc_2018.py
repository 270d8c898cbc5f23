"""
MSKCC grading of cytokine release syndrome (Park 2018).

Time decides: any vasopressor is grade 2 until it has run for a day, and 3 from then on, so that
the grade can rise with no new observation. Hypotension without a vasopressor is not listed and
read as 1. Organ toxicity is no part of it.

Cites: park-2018, grading table; site-defaults, inferred rows (house).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, unsure
from toxmodels.pressor_dose import Agents, held, in_hours, is_vasopressor
from toxmodels.scales.crs_reading import A_GRADING, fever, judged, verdict
from toxmodels.scales.lee_2014 import is_high_dose
from toxmodels.scales.oxygen_support import FractionRows, by_fraction, hypoxia
from toxmodels.scales.pressure_support import Running, hypotension
from toxmodels.scales.scale import BesideScale
from toxmodels.sources import Cite

__all__ = ["SCALE"]

ID: Final = "mskcc-2018"
PROLONGED: Final = timedelta(hours=24)

_FEVER = Cite("park-2018", "grading table, grade 1")
_PRESSURE = Cite("park-2018", "grading table, hypotension")
_FLUID = Cite("site-defaults", "hypotension without a vasopressor on the MSKCC scale", "house")
_OXYGEN = Cite("park-2018", "grading table, hypoxia")
_REFRACTORY = "4 if the hypotension is refractory to high doses"


def _running(evidence: Evidence, running: Running) -> Finding:
    lasted = held(evidence.vitals, evidence.at, _any_runs, since=evidence.first_dose_at)
    prolonged = lasted.reaches(PROLONGED)
    low, high = (2, 3) if prolonged is None else (3, 3) if prolonged else (2, 2)
    missing = [] if prolonged is not None else ["when the vasopressor was started"]
    refractory = _refractory(evidence, running)
    if refractory is True:
        low, high, missing = 4, 4, []
    elif refractory is not False:
        high = 4
        missing.append(refractory)
    says = f"{running.says} for {in_hours(lasted.at_least)} or more"
    limit = f"2 under {in_hours(PROLONGED)}, 3 from there; {_REFRACTORY}"
    found = unsure(
        "hypotension",
        low,
        high,
        says,
        missing="; ".join(missing),
        cite=_PRESSURE,
        value=says,
        limit=limit,
        taken_at=running.taken_at,
    )
    return found if missing else replace(found, missing=None)


def _any_runs(agents: Agents) -> bool:
    return any(is_vasopressor(agent) for agent in agents)


def _refractory(evidence: Evidence, running: Running) -> bool | str:
    """Whether hypotension persists on high doses: yes, no, or what to record."""
    is_high = is_high_dose(running.agents, evidence.case.patient.weight_kg)
    if is_high is False or running.hypotensive is False:
        return False
    given = judged(evidence, ID)
    if is_high is None:
        return "vasopressor rates, and the weight"
    if running.hypotensive is None:
        return "hypotensive: yes or no"
    if given is not None:
        return given >= 4
    return f"whether the hypotension is refractory: {A_GRADING}"


def grade(evidence: Evidence) -> Grade:
    """Grade CRS by the MSKCC scale."""
    fractions = FractionRows(2, 3, 4, _OXYGEN, judged(evidence, ID))
    pressure = hypotension(evidence, partial(_running, evidence), fluid=1, most=4, cite=_FLUID)
    if pressure.cite == _FLUID and pressure.at_most != 1:
        pressure = replace(pressure, cite=_PRESSURE)
    found = [
        fever(evidence, _FEVER),
        pressure,
        hypoxia(evidence, partial(by_fraction, fractions), lowest=2, most=4, cite=_OXYGEN),
    ]
    return verdict(evidence, found, Cite("park-2018", "grading table, grade 5"))


SCALE: Final = BesideScale(
    ID,
    "Cytokine release syndrome, MSKCC (Park 2018)",
    "MSKCC",
    "crs",
    "2018",
    "park-2018",
    traps=(
        "A vasopressor is 2 until it has run for 24 hours and 3 from then on, whatever the dose.",
        "The grade changes with time alone: it is worked out anew whenever it is looked at.",
        "Hypotension without a vasopressor is not listed; it is read as 1 (house reading).",
        "Oxygen counts by FiO2 as measured or set, never by flow; CPAP is read by its FiO2.",
        "Organ toxicity is no part of this scale.",
        "What a high dose is was not read for this scale; the limits of Lee 2014 are used to ask "
        "about refractory hypotension.",
    ),
    grade=grade,
)
