"""
What scales beside ASTCT read of neurological exams: the same signs, under their own citation.

Whether a sign was recorded, is too old, was prevented by sedation or was attributed to another
cause is the same question on every scale. It is answered once, by the ASTCT reading; a scale then
says what the recorded value is worth on its own table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, Sign, mark_deciding, still_missing, worst
from toxmodels.moment import NO_WAIVER, Reading
from toxmodels.scales import astct_icans
from toxmodels.scales.death import death_finding
from toxmodels.scales.seizure import SeizureEpisode, episodes, is_cleared
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = [
    "asked_of_seizures",
    "cited",
    "fatal",
    "newest",
    "read_by_sign",
    "standing_seizures",
    "together",
]


def read_by_sign(evidence: Evidence) -> dict[Sign, Finding]:
    """The ASTCT findings by sign; the scored exam is under ``ice`` or ``capd``."""
    found = astct_icans.grade(evidence.moment, NO_WAIVER).findings
    return {one.sign: replace(one, decides=False) for one in found}


def cited(finding: Finding, cite: Cite, term: str = "") -> Finding:
    """The same finding as another scale says it, with its term in front."""
    says = f"{term}: {finding.says}" if term else finding.says
    return replace(finding, says=says, cite=cite)


def newest(
    evidence: Evidence,
    field: str,
    sign: str,
    *,
    severity: Callable[[Any], Any],
    within: timedelta | None = None,
) -> Reading | None:
    """
    The newest value of an exam field that moments do not carry; of one minute the worst.

    ``within`` is how old it may be; without it a value stands until a newer one.
    """
    at_once: list[Reading] = []
    for exam in reversed(evidence.exams):
        if at_once and exam.taken_at != at_once[0].taken_at:
            break
        if within is not None and evidence.at - exam.taken_at > within:
            break
        value = getattr(exam, field)
        if value is not None:
            at_once.append(Reading(value, exam.taken_at, sign in (exam.other_cause or ())))
    if len(at_once) < 2:
        return at_once[0] if at_once else None
    at_once.reverse()  # of two that are alike the first
    return max(at_once, key=lambda one: (not one.attributed, severity(one.value)))


def standing_seizures(evidence: Evidence) -> tuple[SeizureEpisode, ...]:
    """Seizures that still count: not attributed, and no complete exam at baseline since."""
    exams, patient = evidence.moment.exams, evidence.case.patient
    return tuple(
        fit for fit in episodes(exams) if not fit.attributed and not is_cleared(fit, exams, patient)
    )


def asked_of_seizures(evidence: Evidence) -> bool:
    """Whether anybody looked for seizures lately; if not, a graver one cannot be excluded."""
    asked = [one.taken_at for one in evidence.exams if one.seizure and one.seizure.kind is not None]
    return bool(asked) and evidence.at - asked[-1] <= site().neuro_valid


def fatal(evidence: Evidence, cite: Cite) -> list[Finding]:
    """Grade 5 where a clinician recorded the cause; open up to 5 where nobody did."""
    found = death_finding(evidence.moment, "icans")
    return [] if found is None else [replace(found, cite=cite)]


def together(findings: list[Finding]) -> Grade:
    """The worst of the findings."""
    span = worst(findings)
    return Grade(
        at_least=span.at_least,
        at_most=span.at_most,
        findings=mark_deciding(findings, span),
        missing=still_missing(findings, span),
        complete=span.at_least == span.at_most,
    )
