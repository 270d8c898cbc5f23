"""The IEC-HS screen as CRS settles: one alarm with the old trigger, and who ends it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.escalation.situations import case, labs, stamp, vitals, when
from toxmodels import Case, assess
from toxmodels.course import Walk
from toxmodels.escalation import Flag, standing

UPPER = {"ferritin_ug_l": 400.0, "alt_u_l": 40.0, "ast_u_l": 40.0}
BEFORE = labs(-30, ferritin_ug_l=300, alt_u_l=20, ast_u_l=20, anc_per_ul=3000, upper_limits=UPPER)
ILL: dict[str, Any] = {
    "ferritin_ug_l": 4000,
    "fibrinogen_g_l": 1.2,
    "alt_u_l": 300,
    "ast_u_l": 100,
    "anc_per_ul": 3000,
}
HOT = {"temperature_c": 39.0}
PRESSOR = {"hypotensive": True, "vasopressors": [{"drug": "norepinephrine", "rate_ug_min": 3.0}]}
WORDS = "IEC-HS screen positive"


def waning(**parts: Any) -> Case:
    """CRS 3 on day 2, fever alone two days later, and then these values."""
    sets = [vitals(40, **HOT, **PRESSOR), vitals(90, **HOT), vitals(96, **HOT)]
    usual = {"vitals": sets, "labs": [BEFORE, labs(94, **ILL)]}
    return case(**usual | parts)


def t12(patient: Case, hours: float = 96) -> list[Flag]:
    return [one for one in assess(patient, at=when(hours)).flags if one.id == "t12"]


def test_a_positive_screen_takes_the_place_of_the_old_words() -> None:
    (flag,) = t12(waning())
    assert flag.urgency == "urgent"
    assert flag.says.startswith(f"{WORDS}: ferritin 4,000 µg/L, high")
    assert "fibrinogen 1.2 g/L" in flag.says
    assert "CRS 1 now, 3 at its peak" in flag.says
    assert flag.action.startswith("Grade IEC-HS")
    assert flag.cite.verification == "unverified"


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("one finding alone", {"fibrinogen_g_l": 3.0}),
        ("ferritin within twice the limit and baseline", {"ferritin_ug_l": 600}),
    ],
)
def test_a_screen_that_is_not_positive_leaves_the_trigger_as_it_was(
    why: str, change: dict[str, Any]
) -> None:
    patient = waning(labs=[BEFORE, labs(94, **ILL | change)])
    assert not [one for one in t12(patient) if WORDS in one.says], why


def test_while_crs_rises_its_own_values_look_the_same() -> None:
    rising = [vitals(90, **HOT), vitals(96, **HOT, **PRESSOR)]
    assert not [one for one in t12(waning(vitals=rising)) if WORDS in one.says]


@pytest.mark.parametrize("grade", [0, 2])
def test_a_clinicians_grade_of_these_values_ends_it(grade: int) -> None:
    given = [{"graded_at": stamp(95), "scale": "iec-hs-2023", "grade": grade}]
    assert not [one for one in t12(waning(gradings=given)) if WORDS in one.says]


def test_a_grade_of_0_from_before_the_values_does_not() -> None:
    given = [{"graded_at": stamp(80), "scale": "iec-hs-2023", "grade": 0}]
    assert [one for one in t12(waning(gradings=given)) if WORDS in one.says]


def test_it_stands_from_one_sample_to_the_next_and_not_for_ever() -> None:
    for hours, stands in ((94 + 48, True), (94 + 48.1, False)):
        patient = waning(vitals=[vitals(40, **HOT, **PRESSOR), vitals(90), vitals(hours)])
        found = [one for one in t12(patient, hours) if WORDS in one.says]
        assert bool(found) is stands, hours


def test_a_walk_says_the_same_as_a_single_look() -> None:
    """What was worked out for a sample is remembered: never for another moment than its own."""
    worse = [BEFORE, labs(94, **ILL), labs(100, **ILL | {"fibrinogen_g_l": 3.0})]
    sets = [vitals(40, **HOT, **PRESSOR), *(vitals(hour, **HOT) for hour in (90, 96, 102))]
    walk = Walk(waning(vitals=sets, labs=worse))
    for hour in (102, 90, 96, 102):
        alone = standing(Walk(waning(vitals=sets, labs=worse)), when(hour)).flags
        assert standing(walk, when(hour)).flags == alone
