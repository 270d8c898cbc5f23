"""
CTCAE laboratory grades: one value, its limits of normal and the baseline, in three editions.

The rows are data (``labs.toml``). A grade is an interval: whatever was not recorded leaves every
row it decides open. These grades never decide a CRS grade by ASTCT; scales that ask for organ
toxicity read them.
"""

from toxmodels.scales.ctcae_labs.grading import (
    EDITIONS,
    LabGrade,
    LabTermError,
    lab_grade,
)
from toxmodels.scales.ctcae_labs.meeting import BaselineRange
from toxmodels.scales.ctcae_labs.of_case import case_lab_grade, lab_finding
from toxmodels.scales.ctcae_labs.rows import Edition, Term, terms

__all__ = [
    "EDITIONS",
    "BaselineRange",
    "Edition",
    "LabGrade",
    "LabTermError",
    "Term",
    "case_lab_grade",
    "lab_finding",
    "lab_grade",
    "terms",
]
