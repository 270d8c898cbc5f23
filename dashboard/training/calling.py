"""
What a case is called before it is over: who the patient is, and the product.

A title says what a case teaches, and so what to answer. Until somebody has played a case to its
end, it goes by what stands in the patient's banner; that follows from the records alone, so no
author can give anything away by it.
"""

from __future__ import annotations

from typing import Final

from dashboard.training.reading import Course
from toxmodels.records import Patient

__all__ = ["called", "neutral_name"]

_ADULT_FROM_YEARS: Final = 18
_GROWN: Final = {"female": "Woman", "male": "Man"}
_YOUNG: Final = {"female": "Girl", "male": "Boy"}


def called(course: Course, *, is_over: bool) -> str:
    """The title for who has played the case to its end; for anybody else, its neutral name."""
    return course.story.title if is_over else neutral_name(course)


def neutral_name(course: Course) -> str:
    """``Woman, 64, 70 kg: tisagenlecleucel``."""
    case = course.cases[None]
    who = _who(case.patient)
    return who if case.therapy is None else f"{who}: {case.therapy.product}"


def _who(patient: Patient) -> str:
    years, weight_kg = patient.age_years, patient.weight_kg
    words = _YOUNG if years is not None and years < _ADULT_FROM_YEARS else _GROWN
    said = ["Patient" if patient.sex is None else words.get(patient.sex, "Patient")]
    said += [] if years is None else [f"{years:g}"]
    said += [] if weight_kg is None else [f"{weight_kg:g} kg"]
    return ", ".join(said)
