"""
Penn grading of cytokine release syndrome (Porter 2018).

Any oxygen is grade 3, up to BiPAP, and so is fluid for hypotension; high doses count per kg. Liver
and kidney decide grades 2 and 3. "Hospitalisation" is read as "would need it": patients here are
in hospital already. A correction of the paper exists and was not read.

Cites: porter-2018, grading table; its dose limits are from professional knowledge.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, seen, unsure
from toxmodels.pressor_dose import rate_ug_kg_min
from toxmodels.records import Oxygen, Treatment
from toxmodels.scales.crs_reading import fever, judged, judgement, verdict
from toxmodels.scales.organ import Organ, organ_findings
from toxmodels.scales.oxygen_support import VENTILATED, hypoxia, row
from toxmodels.scales.pressure_support import Running, hypotension
from toxmodels.scales.scale import BesideScale
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = ["SCALE"]

ID: Final = "penn-2018"
HIGH_UG_KG_MIN: Final = {"norepinephrine": Decimal("0.2"), "epinephrine": Decimal("0.1")}
CLOTTING: Final = ("fresh frozen plasma", "plasma", "cryoprecipitate", "fibrinogen concentrate")
INTO_VEIN: Final = ("iv", "intravenous")

_FEVER = Cite("porter-2018", "grading table, grades 1 and 2")
_PRESSURE = Cite("porter-2018", "grading table, hypotension")
_DOSES = Cite("porter-2018", "high-dose vasopressors, per kg", "unverified")
_OXYGEN = Cite("porter-2018", "grading table, hypoxia")
_ORGAN = Cite("porter-2018", "grading table, organ dysfunction")
_CLOTTING = Cite("porter-2018", "grading table, coagulopathy")
_INPATIENT = Cite("site-defaults", "what an inpatient would need", "house")


def _running(evidence: Evidence, running: Running) -> Finding:
    is_high = _is_high(running, evidence.case.patient.weight_kg)
    if is_high is not None:
        grade, limit = (4, "high-dose vasopressor") if is_high else (3, "low-dose vasopressor")
        return seen(
            "hypotension", grade, running.says, limit=limit, cite=_DOSES, taken_at=running.taken_at
        )
    limit = "3 at a low dose, 4 at a high dose"
    if len(running.names) == 1 and running.names[0] in HIGH_UG_KG_MIN:
        what = "vasopressor rate, and the weight where it is not per kg"
        return unsure(
            "hypotension", 3, 4, running.says, missing=what, cite=_DOSES, value=running.says,
            limit=limit, taken_at=running.taken_at,
        )  # fmt: skip
    return judgement(
        "hypotension",
        (3, 4),
        running.says,
        asks="whether the dose is high; no limit is published for these agents",
        limit=limit,
        cite=_DOSES,
        given=judged(evidence, ID),
        taken_at=running.taken_at,
    )


def _is_high(running: Running, weight_kg: float | None) -> bool | None:
    """High if any agent reaches its limit; several agents below theirs have no published sum."""
    known = True
    for name in running.names:
        agents = [agent for agent in running.agents if agent.drug == name]
        rates = [rate_ug_kg_min(agent, weight_kg) for agent in agents]
        limit = HIGH_UG_KG_MIN.get(name)
        if limit is not None and sum(rate for rate in rates if rate is not None) >= limit:
            return True
        known = known and limit is not None and None not in rates
    return False if known and len(running.names) == 1 else None


def _device(oxygen: Oxygen, taken_at: datetime) -> Finding:
    if oxygen.device in VENTILATED:
        return row(4, oxygen, taken_at, limit="mechanical ventilation", cite=_OXYGEN)
    limit = "any oxygen, CPAP and BiPAP included"
    return row(3, oxygen, taken_at, limit=limit, cite=_OXYGEN)


def _organ(organ: Organ, grade: int) -> int:
    if organ in ("transaminases", "bilirubin"):
        return (0, 0, 0, 2, 3)[grade]
    return (0, 0, 2, 3, 3)[grade]


def _fever(evidence: Evidence) -> Finding:
    """Grade 2 with neutropenia, for which a patient would be admitted; open where counts are."""
    found = fever(evidence, _FEVER)
    if found.at_most == 0:
        return found
    limits = site().triggers
    count = evidence.lab("anc_per_ul", within=site().counts_valid)
    if count is None:
        gaps = [*([] if found.missing is None else [found.missing]), "neutrophils"]
        limit = "1 by itself, 2 with neutropenia"
        return replace(found, at_most=2, missing=", ".join(gaps), limit=limit)
    says = f"{found.says}; neutrophils {count.value:.12g} /µL"
    if count.value >= limits["neutropenia_falling_per_ul"]:
        return replace(found, says=says)
    low = 2 if count.value < limits["neutropenia_per_ul"] else 1
    what = "whether the neutrophils are falling" if low == 1 else None
    return replace(
        found,
        at_least=found.at_least * low,
        at_most=2,
        says=says,
        limit="fever with neutropenia",
        cite=_INPATIENT,
        missing=found.missing or what,
    )


def _treated(evidence: Evidence) -> Finding | None:
    """Products for a coagulopathy are grade 3, a drug into the vein for CRS is grade 2."""
    if evidence.treatments is None:
        what = "treatments given: clotting products, drugs into the vein for CRS"
        return unsure(
            "coagulation", 0, 3, "treatments not recorded", missing=what, cite=_CLOTTING,
            record="treatments",
        )  # fmt: skip
    start, oldest = evidence.first_dose_at, evidence.at - site().labs_valid
    recent = [
        one
        for one in evidence.treatments
        if one.given_at >= oldest and (start is None or one.given_at >= start)
    ]
    clotting = [one for one in recent if _is_clotting(one)]
    into_vein = [one for one in recent if one.route in INTO_VEIN and one.purpose == "crs"]
    for given, grade, limit in (
        (clotting, 3, "coagulopathy that needs plasma, cryoprecipitate or fibrinogen"),
        (into_vein, 2, "a drug into the vein for CRS"),
    ):
        if given:
            last = given[-1]
            return seen(
                "coagulation" if grade == 3 else "judgement", grade, f"{last.drug} given",
                limit=limit, cite=_CLOTTING if grade == 3 else _FEVER, taken_at=last.given_at,
                record="treatments",
            )  # fmt: skip
    return None


def _is_clotting(one: Treatment) -> bool:
    name = one.drug.lower().replace("_", " ").replace("-", " ")
    return name in CLOTTING and one.purpose not in ("prophylaxis", "premedication")


def grade(evidence: Evidence) -> Grade:
    """Grade CRS by the Penn scale."""
    start = evidence.first_dose_at
    found = [
        _fever(evidence),
        hypotension(evidence, partial(_running, evidence), fluid=3, most=4, cite=_PRESSURE),
        hypoxia(evidence, _device, lowest=3, most=4, cite=_OXYGEN),
        *organ_findings(evidence, _organ, _ORGAN),
    ]
    treated = None if start is not None and evidence.at < start else _treated(evidence)
    if treated is not None:
        found.append(treated)
    return verdict(evidence, found, Cite("porter-2018", "grading table, grade 5"))


SCALE: Final = BesideScale(
    ID,
    "Cytokine release syndrome, Penn (Porter 2018)",
    "Penn",
    "crs",
    "2018",
    "porter-2018",
    traps=(
        "Any oxygen is 3, a nasal cannula as well as BiPAP; ASTCT calls a low-flow cannula 2 and "
        "BiPAP 4.",
        "Fluid for hypotension is 3, where other scales say 2; the paper means repeated boluses.",
        "High doses count in µg/kg/min here and in µg/min on the Lee scale; no limit is known "
        "for other agents or for combinations.",
        "Liver tests count one grade lower than creatinine, and bilirubin is read as one of them.",
        "Creatinine, ALT, AST or bilirubin that nobody tested leave the upper end open; they never "
        "lower what the bedside shows.",
        "Hospitalisation means nothing for a patient who is already admitted: it is read as a need "
        "for it, as with fever and neutropenia.",
        "A correction to the paper was published in June 2018 and has not been read.",
    ),
    grade=grade,
)
