"""
CARTOX grading of cytokine release syndrome (MD Anderson, Neelapu 2018).

As Lee 2014 in its rows for oxygen and organs, with grade 1 organ toxicity worth 1 and a grade 4
for life-threatening hypotension. The systolic limit it prints is a clinician's judgement here, as
on every scale. What a high dose is was not read for this scale; the limits of Lee 2014 serve.

Cites: neelapu-2018, grading table; lee-2014, high doses.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, unsure
from toxmodels.pressor_dose import held
from toxmodels.scales.crs_reading import A_GRADING, fever, judged, verdict
from toxmodels.scales.lee_2014 import HELD_FOR, has_dose_limits, is_high_dose
from toxmodels.scales.organ import Organ, organ_findings
from toxmodels.scales.oxygen_support import FractionRows, by_fraction, hypoxia
from toxmodels.scales.pressure_support import COUNTS_VASOPRESSIN, Running, hypotension
from toxmodels.scales.scale import BesideScale
from toxmodels.sources import Cite

__all__ = ["SCALE"]

ID: Final = "cartox-crs-2018"

_FEVER = Cite("neelapu-2018", "CRS grading table, grade 1")
_PRESSURE = Cite("neelapu-2018", "CRS grading table, hypotension")
_DOSES = Cite("site-defaults", "high doses on the CARTOX scale, by the limits of Lee 2014", "house")
_OXYGEN = Cite("neelapu-2018", "CRS grading table, oxygen requirement")
_ORGAN = Cite("neelapu-2018", "CRS grading table, organ toxicity")
_LIMIT: Final = (
    "2 at a low dose, 3 at a high dose or with several; 4 if the hypotension is life-threatening"
)
_BORROWED: Final = "the limits and the 3 hours of Lee 2014 are used for a high dose (house reading)"


def _running(evidence: Evidence, running: Running) -> Finding:
    given, missing = judged(evidence, ID), []
    low, high, what = _by_dose(evidence, running, given)
    if what is not None:
        missing.append(what)
    if high >= 3 and running.hypotensive is not False:
        low, high, what = _life_threatening(low, high, running, given)
        if what is not None:
            missing.append(what)
    found = unsure(
        "hypotension",
        low,
        high,
        running.says,
        missing="; ".join(missing),
        cite=_PRESSURE if len(running.names) > 1 else _DOSES,
        value=running.says,
        limit=_LIMIT,
        taken_at=running.taken_at,
    )
    note = COUNTS_VASOPRESSIN if running.with_vasopressin else _BORROWED
    return replace(found, note=note, missing=found.missing or None)


def _by_dose(
    evidence: Evidence, running: Running, given: int | None
) -> tuple[int, int, str | None]:
    """Low or high dose: the rows 2 and 3, and what would decide between them."""
    if len(running.names) > 1:
        return 3, 3, None
    if running.with_vasopressin:
        return 2, 2, None
    if has_dose_limits(running):
        is_high = partial(is_high_dose, weight_kg=evidence.case.patient.weight_kg)
        lasted = held(evidence.vitals, evidence.at, is_high, since=evidence.first_dose_at)
        now = is_high(running.agents)
        if now is False:
            return 2, 2, None
        if now is None:
            return 2, 3, "vasopressor rates, and the weight"
        if lasted.reaches(HELD_FOR) is True:
            return 3, 3, None
    if given is not None:
        settled = min(max(given, 2), 3)
        return settled, settled, None
    return 2, 3, f"whether the dose is high: {A_GRADING}"


def _life_threatening(
    low: int, high: int, running: Running, given: int | None
) -> tuple[int, int, str | None]:
    """Still hypotensive on a high dose or on several agents: a clinician says how grave it is."""
    if running.hypotensive is None:
        return low, 4, "hypotensive: yes or no"
    if given is None:
        return low, 4, f"whether the hypotension is life-threatening: {A_GRADING}"
    return (4, 4, None) if given >= 4 and low == high else (low, high if given < 4 else 4, None)


def _organ(organ: Organ, grade: int) -> int:
    return min(grade, 3) if organ == "transaminases" else grade


def grade(evidence: Evidence) -> Grade:
    """Grade CRS by CARTOX."""
    fractions = FractionRows(2, 3, 4, _OXYGEN, judged(evidence, ID))
    found = [
        fever(evidence, _FEVER),
        hypotension(evidence, partial(_running, evidence), fluid=2, most=4, cite=_PRESSURE),
        hypoxia(evidence, partial(by_fraction, fractions), lowest=2, most=4, cite=_OXYGEN),
        *organ_findings(evidence, _organ, _ORGAN),
    ]
    return verdict(evidence, found, Cite("neelapu-2018", "CRS grading table, grade 5"))


SCALE: Final = BesideScale(
    ID,
    "Cytokine release syndrome, CARTOX (Neelapu 2018)",
    "CARTOX",
    "crs",
    "2018",
    "neelapu-2018",
    traps=(
        "Life-threatening hypotension and ventilator support are two rows of grade 4; a reprint "
        "runs them together.",
        "Grade 1 organ toxicity is 1 here and nothing on the Lee scale.",
        "Grade 4 transaminitis is 3; grade 4 of any other organ is 4.",
        "The table prints a systolic pressure under 90 mmHg; the clinician's own judgement of "
        "hypotension counts here.",
        "Oxygen counts by FiO2 as measured or set, never by flow; CPAP is read by its FiO2.",
        "Creatinine, ALT, AST or bilirubin that nobody tested leave the upper end open; they never "
        "lower what the bedside shows.",
        "High doses are those of Lee 2014: this paper's own limits were not read.",
    ),
    grade=grade,
)
