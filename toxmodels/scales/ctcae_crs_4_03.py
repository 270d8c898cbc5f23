"""
Cytokine release syndrome by CTCAE 4.03: any vasopressor or ventilatory support is grade 4.

Grades 2 and 3 differ by interruption, prompt response and recurrence, which only a clinician can
judge: between them the grade stays open until one has recorded a grade. What the records do show
is that more than a mild reaction is going on: hypotension, oxygen, an interrupted infusion, or
treatment given for CRS.

Cites: ctcae-crs-4.03; its grades 3 and 4 are from professional knowledge.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, RecordKind, seen, unsure
from toxmodels.moment import Reading
from toxmodels.records import Oxygen
from toxmodels.scales.crs_reading import fever, judged, judgement, verdict
from toxmodels.scales.oxygen_support import POSITIVE_PRESSURE, hypoxia, row
from toxmodels.scales.pressure_support import Running, hypotension
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = ["grade_4_03"]

_TERM: Final = "cytokine release syndrome"
_PROMPT: Final = "whether it responds promptly, or is prolonged"
_V4_LOW: Final = Cite("ctcae-crs-4.03", f"{_TERM}, grades 1 and 2")
_V4_HIGH: Final = Cite("ctcae-crs-4.03", f"{_TERM}, grades 3 and 4", "unverified")


def grade_4_03(evidence: Evidence) -> Grade:
    """Grade CRS by CTCAE 4.03."""
    given = judged(evidence, "ctcae-crs-4.03", "ctcae-4.03")
    found = [
        fever(evidence, _V4_LOW),
        hypotension(
            evidence,
            _any_pressor_is_4,
            fluid=2,
            most=4,
            cite=_V4_LOW,
            without=partial(_answered, given),
            most_without=3,
        ),
        hypoxia(evidence, partial(_device_4_03, given), lowest=2, most=4, cite=_V4_HIGH),
    ]
    start = evidence.first_dose_at
    if start is None or evidence.at >= start:
        found += _intervened(evidence, given)
    return verdict(evidence, found, Cite("ctcae-crs-4.03", f"{_TERM}, grade 5"))


def _any_pressor_is_4(running: Running) -> Finding:
    limit = "vasopressor indicated"
    return seen(
        "hypotension", 4, running.says, limit=limit, cite=_V4_HIGH, taken_at=running.taken_at
    )


def _answered(
    given: int | None, low: Reading | None, bolus: Reading | None, note: str | None
) -> Finding:
    """Hypotension without a vasopressor: settled by fluid is 2, else a clinician judges."""
    limit = "2 if it responds promptly to fluid, 3 if not"
    if low is not None and low.value is True:
        return judgement(
            "hypotension", (2, 3), "hypotensive, no vasopressor", asks=_PROMPT, limit=limit,
            cite=_V4_LOW, given=given, taken_at=low.taken_at, note=note,
        )  # fmt: skip
    at = None if bolus is None else bolus.taken_at
    if low is None:
        says, what = "fluid bolus given for hypotension", "hypotensive: yes or no"
        found = unsure(
            "hypotension", 2, 3, says, missing=what, cite=_V4_LOW, value=says, limit=limit,
            taken_at=at,
        )  # fmt: skip
        return replace(found, note=note)
    says = "fluid bolus given, not hypotensive any more"
    return seen("hypotension", 2, says, limit=limit, cite=_V4_LOW, taken_at=at, note=note)


def _device_4_03(given: int | None, oxygen: Oxygen, taken_at: datetime) -> Finding:
    if oxygen.device in POSITIVE_PRESSURE:
        return row(4, oxygen, taken_at, limit="ventilatory support indicated", cite=_V4_HIGH)
    shown = row(2, oxygen, taken_at, limit="", cite=_V4_HIGH)
    return judgement(
        "hypoxia",
        (2, 3),
        shown.says,
        asks=_PROMPT,
        limit="oxygen is not named; more than mild, less than ventilatory support",
        cite=_V4_HIGH,
        given=given,
        taken_at=taken_at,
    )


def _intervened(evidence: Evidence, given: int | None) -> list[Finding]:
    """The infusion stands for CRS, or CRS has been treated: more than a mild reaction."""
    found: list[Finding] = []
    switched = [
        one for one in evidence.events if one.kind in ("infusion_paused", "infusion_restarted")
    ]
    if switched and switched[-1].kind == "infusion_paused" and switched[-1].reason == "crs":
        says = "infusion interrupted for CRS"
        found.append(
            _two_or_three(says, "interruption indicated", switched[-1].at, given, "events")
        )
    if evidence.treatments is None:
        says, what = "treatments not recorded", "treatments given for CRS"
        gap = unsure("judgement", 0, 3, says, missing=what, cite=_V4_LOW, record="treatments")
        return [*found, gap]
    start, oldest = evidence.first_dose_at, evidence.at - site().labs_valid
    for_crs = [
        one
        for one in evidence.treatments
        if one.purpose == "crs"
        and one.given_at >= oldest
        and (start is None or one.given_at >= start)
    ]
    if for_crs:
        last = for_crs[-1]
        says = f"{last.drug} given for CRS"
        found.append(
            _two_or_three(says, "intervention indicated", last.given_at, given, "treatments")
        )
    return found


def _two_or_three(
    says: str, limit: str, at: datetime, given: int | None, record: RecordKind
) -> Finding:
    made = judgement(
        "judgement", (2, 3), says, asks=_PROMPT, limit=limit, cite=_V4_LOW, given=given, taken_at=at
    )
    return replace(made, record=record)
