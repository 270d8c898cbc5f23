"""
CTCAE laboratory grades of a case: the newest value that still counts, its limits, its baseline.

The baseline is the last value before the first dose. Nothing here decides a CRS grade by ASTCT;
scales that ask for organ toxicity read it.
"""

from __future__ import annotations

from toxmodels.evidence import Evidence, LabValue
from toxmodels.findings import Finding
from toxmodels.scales.ctcae_labs.grading import LabGrade, lab_grade
from toxmodels.scales.ctcae_labs.meeting import BaselineRange
from toxmodels.scales.ctcae_labs.rows import Edition, terms

__all__ = ["case_lab_grade", "lab_finding"]


def case_lab_grade(evidence: Evidence, term: str, edition: Edition) -> LabGrade:
    """Grade one laboratory term of one patient; without a value the grade is open."""
    asked = terms()[term]
    if asked.analyte is None:
        return lab_grade(term, None, edition, unit=asked.show)
    now, before = evidence.lab(asked.analyte), evidence.baseline(asked.analyte)
    if now is None:
        return lab_grade(term, None, edition, unit=asked.show)
    return lab_grade(
        term,
        now.value,
        edition,
        unit=asked.show,
        upper_limit=now.upper_limit,
        lower_limit=now.lower_limit,
        baseline=None if before is None else before.value,
        baseline_range=None if before is None else _range(before, now),
    )


def _range(before: LabValue, now: LabValue) -> BaselineRange | None:
    """Where the baseline lay in its own limits of normal, or in the later ones without those."""
    upper = now.upper_limit if before.upper_limit is None else before.upper_limit
    lower = now.lower_limit if before.lower_limit is None else before.lower_limit
    if upper is not None and before.value > upper:
        return "high"
    if lower is not None and before.value < lower:
        return "low"
    if upper is None:
        return None if lower is None else "not_low"
    return "not_high" if lower is None else "normal"


def lab_finding(evidence: Evidence, term: str, edition: Edition) -> Finding:
    """The same grade as a finding of a scale: value and unit, limit, place and what is missing."""
    asked, grade = terms()[term], case_lab_grade(evidence, term, edition)
    now = None if asked.analyte is None else evidence.lab(asked.analyte)
    says = f"{asked.title}: {grade.value or 'not recorded'}"
    return Finding(
        asked.sign,
        grade.at_least,
        grade.at_most,
        says,
        grade.cite,
        grade.value,
        grade.limit,
        None if now is None else now.taken_at,
        "labs",
        None if grade.complete else f"{asked.title}: {_spoken(grade.missing)}",
        grade.note,
    )


def _spoken(missing: tuple[str, ...]) -> str:
    return ", ".join(name.replace("_", " ") for name in missing)
