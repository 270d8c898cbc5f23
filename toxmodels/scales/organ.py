"""
Organ toxicity for the scales of CRS that ask for it: laboratory values and clinicians' grades.

Creatinine, ALT, AST and bilirubin are graded by CTCAE 4.03, the edition these scales were written
for, from the newest value since the first dose; a clinician's CTCAE grade of the same term counts
instead when it is newer. Other organs count when a clinician has graded them.

An organ nobody tested is not healthy. It lowers nothing and it cannot be passed over: the grade
keeps the ``at_least`` that the bedside signs give, ``at_most`` rises to what that organ could add,
and the test is named as missing. Four values, or one grading of ``organ toxicity`` (the worst of
all organs, 0 when a clinician finds none), close it again.

Neurological toxicity and blood counts are not read as organ toxicity.

Cites: ctcae-4.03, laboratory terms; site-defaults, which terms are organs (house).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Sign
from toxmodels.records import Grading
from toxmodels.scales.ctcae_labs import case_lab_grade
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = ["ALL_ORGANS", "ORGAN_TERMS", "Organ", "OrganRow", "organ_findings"]

Organ = Literal["kidney", "transaminases", "bilirubin", "other"]
OrganRow = Callable[[Organ, int], int]
ALL_ORGANS: Final = "organ toxicity"
HIGHEST: Final = 4
_ORGANS: Final[tuple[Organ, ...]] = ("kidney", "transaminases", "bilirubin", "other")
_CLINICIAN: Final = Cite("site-defaults", "a clinician's CTCAE grade of an organ", "house")


@dataclass(frozen=True, slots=True)
class _Lab:
    term: str
    analyte: str
    organ: Organ
    sign: Sign
    spelled: tuple[str, ...]


_LABS: Final = (
    _Lab(
        "creatinine",
        "creatinine_umol_l",
        "kidney",
        "creatinine",
        ("creatinine increased", "creatinine", "acute kidney injury"),
    ),
    _Lab(
        "alt",
        "alt_u_l",
        "transaminases",
        "liver",
        ("alanine aminotransferase increased", "alt increased", "alt", "transaminitis"),
    ),
    _Lab(
        "ast",
        "ast_u_l",
        "transaminases",
        "liver",
        ("aspartate aminotransferase increased", "ast increased", "ast"),
    ),
    _Lab(
        "bilirubin",
        "bilirubin_umol_l",
        "bilirubin",
        "liver",
        ("blood bilirubin increased", "bilirubin increased", "bilirubin"),
    ),
)
_OTHER_ORGANS: Final = (
    "heart failure",
    "ejection fraction decreased",
    "left ventricular systolic dysfunction",
    "cardiac troponin i increased",
    "cardiac troponin t increased",
    "myocarditis",
    "ventricular arrhythmia",
    "atrial fibrillation",
    "pulmonary edema",
    "pneumonitis",
    "respiratory failure",
    "adult respiratory distress syndrome",
    "capillary leak syndrome",
    "hepatic failure",
    "pancreatitis",
    "colitis",
    "disseminated intravascular coagulation",
)
# The terms of CTCAE under which scales read a clinician's grade of an organ, each in one spelling.
ORGAN_TERMS: Final = (ALL_ORGANS, *(lab.spelled[0] for lab in _LABS), *_OTHER_ORGANS)


def organ_findings(evidence: Evidence, row: OrganRow, cite: Cite) -> list[Finding]:
    """
    What organ toxicity adds by one scale, a finding a test and one for each organ graded.

    ``row`` gives the grade of the scale for an organ and its CTCAE grade. Empty before the first
    dose.
    """
    start = evidence.first_dose_at
    if start is not None and evidence.at < start:
        return []
    overall = _graded(evidence, (ALL_ORGANS,))
    found = [_lab(evidence, lab, row, overall, cite) for lab in _LABS]
    for term in _OTHER_ORGANS:
        grading = _graded(evidence, (term,))
        if grading is not None:
            found.append(_by_clinician("organ", ("other",), grading, row))
    if overall is not None:
        found.append(_by_clinician("organ", _ORGANS, overall, row))
    return found


def _lab(
    evidence: Evidence, lab: _Lab, row: OrganRow, overall: Grading | None, cite: Cite
) -> Finding:
    grading, start = _graded(evidence, lab.spelled), evidence.first_dose_at
    value = evidence.lab(lab.analyte)
    if value is not None and start is not None and value.taken_at < start:
        value = None
    if grading is not None and (value is None or value.taken_at < grading.graded_at):
        return _by_clinician(lab.sign, (lab.organ,), grading, row)
    if value is None:
        return _not_tested(lab, row, overall, cite)
    grade = case_lab_grade(evidence, lab.term, "4.03")
    low, high = _span(row, (lab.organ,), grade.at_least, grade.at_most)
    missing = ", ".join(one.replace("_", " ") for one in grade.missing)
    return Finding(
        lab.sign,
        low,
        high,
        f"{grade.title}: {grade.value}, CTCAE {_range(grade.at_least, grade.at_most)}",
        grade.cite,
        grade.value,
        grade.limit,
        value.taken_at,
        "labs",
        f"{grade.title}: {missing}" if low < high else None,
    )


def _not_tested(lab: _Lab, row: OrganRow, overall: Grading | None, cite: Cite) -> Finding:
    top = HIGHEST if overall is None else min(HIGHEST, overall.grade)
    low, high = _span(row, (lab.organ,), 0, top)
    name = lab.spelled[0]
    return Finding(
        lab.sign,
        low,
        high,
        f"{name}: not tested since the first dose, or too long ago",
        cite,
        None,
        None if overall is None else f"{ALL_ORGANS} graded {overall.grade} by a clinician",
        None,
        "labs",
        name.removesuffix(" increased") if low < high else None,
    )


def _by_clinician(
    sign: Sign, organs: tuple[Organ, ...], grading: Grading, row: OrganRow
) -> Finding:
    grade = min(HIGHEST, grading.grade)
    low, high = _span(row, organs, grade, grade)
    term = (grading.term or "").replace("_", " ")
    return Finding(
        sign,
        low,
        high,
        f"{term}: graded {grading.grade} by a clinician",
        _CLINICIAN,
        f"{grading.scale} grade {grading.grade}",
        f"{grading.scale}, {term}",
        grading.graded_at,
        "gradings",
        "which organ it is: a grade by its own term" if low < high else None,
    )


def _span(row: OrganRow, organs: tuple[Organ, ...], low: int, high: int) -> tuple[int, int]:
    rows = [row(organ, grade) for organ in organs for grade in range(low, high + 1)]
    return min(rows), max(rows)


def _graded(evidence: Evidence, terms: tuple[str, ...]) -> Grading | None:
    """The newest CTCAE grade of these terms since the first dose that still counts."""
    start, oldest = evidence.first_dose_at, evidence.at - site().labs_valid
    found = [
        one
        for one in evidence.gradings
        if one.scale.strip().lower().startswith("ctcae")
        and (one.term or "").strip().lower().replace("_", " ") in terms
        and one.graded_at >= oldest
        and (start is None or one.graded_at >= start)
    ]
    return max(found, key=_newest_worst) if found else None


def _newest_worst(grading: Grading) -> tuple[datetime, int, str]:
    return grading.graded_at, grading.grade, grading.scale


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"
