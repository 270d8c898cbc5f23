"""
Lee 2014 grading of cytokine release syndrome.

Dose matters: one vasopressor at a low dose is grade 2, a high dose held for three hours or several
agents are grade 3. Oxygen is graded by FiO2, organ toxicity by CTCAE, with one exception: grade 4
transaminitis is 3. Fever is not required and never waived.

Cites: lee-2014, grading table; its table of high doses is from professional knowledge.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, seen, unsure
from toxmodels.pressor_dose import (
    Agents,
    held,
    in_hours,
    is_vasopressor,
    norepinephrine_equivalent,
    rate_ug_kg_min,
    rate_ug_min,
)
from toxmodels.scales.crs_reading import fever, judged, judgement, verdict
from toxmodels.scales.organ import Organ, organ_findings
from toxmodels.scales.oxygen_support import FractionRows, by_fraction, hypoxia
from toxmodels.scales.pressure_support import COUNTS_VASOPRESSIN, Running, hypotension
from toxmodels.scales.scale import BesideScale
from toxmodels.sources import Cite
from toxmodels.terms import VASOPRESSIN_LIKE

__all__ = ["HELD_FOR", "SCALE", "has_dose_limits", "is_high_dose"]

ID: Final = "lee-2014"
HELD_FOR: Final = timedelta(hours=3)
ALONE_UG_MIN: Final = {
    "norepinephrine": Decimal(20),
    "phenylephrine": Decimal(200),
    "epinephrine": Decimal(10),
}
ALONE_UG_KG_MIN: Final = {"dopamine": Decimal(10)}
WITH_VASOPRESSIN_UG_MIN: Final = Decimal(10)
COMBINED_UG_MIN: Final = Decimal(20)

_FEVER = Cite("lee-2014", "grading table, grade 1")
_PRESSURE = Cite("lee-2014", "grading table, hypotension")
_DOSES = Cite("lee-2014", "table of high-dose vasopressors", "unverified")
_OXYGEN = Cite("lee-2014", "grading table, oxygen requirement")
_ORGAN = Cite("lee-2014", "grading table, organ toxicity")


def is_high_dose(agents: Agents, weight_kg: float | None) -> bool | None:
    """
    Whether the vasopressors of one record reach a high dose; ``None`` while that is open.

    Without a vasopressor it is not; vasopressin alone adds nothing to the equivalent.
    """
    pressors = tuple(agent for agent in agents if is_vasopressor(agent))
    names = {agent.drug for agent in pressors}
    if not names:
        return False
    answers = [_alone(pressors, name, weight_kg) for name in sorted(names)]
    if len(names) == 1 and not names & VASOPRESSIN_LIKE:
        return answers[0]
    if True in answers:  # another agent beside it never makes a high dose a low one
        return True
    with_vasopressin = bool(names & VASOPRESSIN_LIKE)
    limit = WITH_VASOPRESSIN_UG_MIN if with_vasopressin else COMBINED_UG_MIN
    return norepinephrine_equivalent(pressors, weight_kg).reaches(limit)


def _alone(agents: Agents, name: str, weight_kg: float | None) -> bool | None:
    agents = tuple(agent for agent in agents if agent.drug == name)
    if name in ALONE_UG_MIN:
        rates = [rate_ug_min(agent, weight_kg) for agent in agents]
        limit = ALONE_UG_MIN[name]
    elif name in ALONE_UG_KG_MIN:
        rates = [rate_ug_kg_min(agent, weight_kg) for agent in agents]
        limit = ALONE_UG_KG_MIN[name]
    else:
        return None
    known = [rate for rate in rates if rate is not None]
    if sum(known) >= limit:
        return True
    return False if len(known) == len(rates) else None


def has_dose_limits(running: Running) -> bool:
    """Whether the table of high doses names the only agent that runs."""
    return any(name in ALONE_UG_MIN or name in ALONE_UG_KG_MIN for name in running.names)


def _running(evidence: Evidence, running: Running) -> Finding:
    row = partial(seen, "hypotension", taken_at=running.taken_at)
    if len(running.names) > 1:
        limit = "several vasopressors"
        note = COUNTS_VASOPRESSIN if running.with_vasopressin else None
        return row(3, running.says, limit=limit, cite=_PRESSURE, note=note)
    weight_kg = evidence.case.patient.weight_kg
    is_high = partial(is_high_dose, weight_kg=weight_kg)
    if running.with_vasopressin:
        limit, note = "one vasopressor, low dose", "no high dose of vasopressin alone is published"
        return row(2, running.says, limit=limit, cite=_DOSES, note=note)
    if not has_dose_limits(running):
        return judgement(
            "hypotension",
            (2, 3),
            running.says,
            asks="whether the dose is high; no limit is published for this agent",
            limit="2 at a low dose, 3 at a high dose",
            cite=_DOSES,
            given=judged(evidence, ID),
            taken_at=running.taken_at,
        )
    lasted = held(evidence.vitals, evidence.at, is_high, since=evidence.first_dose_at)
    long = lasted.reaches(HELD_FOR)
    if long is not None:
        high = f"high dose held for {in_hours(HELD_FOR)} or more"
        limit = high if long else "one vasopressor, low dose"
        return row(3 if long else 2, running.says, limit=limit, cite=_DOSES)
    what = "vasopressor rates, with the weight, over the last 3 h"
    limit = "3 at a high dose held for 3 h or more, else 2"
    return unsure(
        "hypotension", 2, 3, running.says, missing=what, cite=_DOSES, value=running.says,
        limit=limit, taken_at=running.taken_at,
    )  # fmt: skip


def _organ(organ: Organ, grade: int) -> int:
    if organ == "transaminases":
        return (0, 0, 2, 3, 3)[grade]
    return (0, 0, 2, 3, 4)[grade]


def grade(evidence: Evidence) -> Grade:
    """Grade CRS by Lee 2014."""
    fractions = FractionRows(2, 3, 4, _OXYGEN, judged(evidence, ID))
    found = [
        fever(evidence, _FEVER),
        hypotension(evidence, partial(_running, evidence), fluid=2, most=3, cite=_PRESSURE),
        hypoxia(evidence, partial(by_fraction, fractions), lowest=2, most=4, cite=_OXYGEN),
        *organ_findings(evidence, _organ, _ORGAN),
    ]
    return verdict(evidence, found, Cite("lee-2014", "grading table, grade 5"))


SCALE: Final = BesideScale(
    ID,
    "Cytokine release syndrome, Lee 2014",
    "Lee",
    "crs",
    "2014",
    "lee-2014",
    traps=(
        "A single vasopressor at a low dose is 2; ASTCT calls any single vasopressor 3.",
        "Grade 4 transaminitis is 3; grade 4 of any other organ is 4.",
        "Fever is not required and is never waived.",
        "A high dose counts once it has been held for 3 hours; the limits are in µg/min, for "
        "dopamine in µg/kg/min.",
        "Oxygen counts by FiO2 as measured or set, never by flow; CPAP is read by its FiO2.",
        "Neurological toxicity is not counted here; a later version of the scale removes it, this "
        "one may have meant it.",
        "Creatinine, ALT, AST or bilirubin that nobody tested leave the upper end open; they never "
        "lower what the bedside shows.",
        "Symptoms without fever, such as nausea or myalgia, are not computed.",
    ),
    grade=grade,
)
