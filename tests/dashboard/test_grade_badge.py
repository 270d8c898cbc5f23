"""A grade of 0 that is not calm must not look calm."""

from __future__ import annotations

import json

import toxmodels
from dashboard.parts.grade import grade_html, grade_text, grade_word
from tests.oracle.build import DOSE, NOW, vitals


def _crs(**changed):
    whole = {
        "format": "toxwatch-case/1",
        "patient": {"id": "p-1", "age_years": 41.0},
        "therapy": {"product": "tisagenlecleucel", "started_at": DOSE.isoformat()},
        "vitals": [vitals(NOW, **changed)],
        "treatments": [],
    }
    case = toxmodels.load_case(json.dumps(whole))
    return toxmodels.assess(case).grades["astct-crs-2019"]


def test_a_calm_nought_is_sign_free():
    grade = _crs()
    assert grade_text("CRS", grade) == "CRS 0"
    assert grade_word(grade) == "sign-free"
    assert "tw-zero" in grade_html("CRS", grade)


def test_hypotension_without_fever_is_no_calm_nought():
    grade = _crs(vasopressors=[{"drug": "norepinephrine"}])
    assert (grade.at_least, grade.at_most) == (0, 0)
    assert grade_text("CRS", grade) == "CRS 0, no fever, but signs"
    assert "not sign-free" in grade_word(grade)
    assert "tw-zero" not in grade_html("CRS", grade)
