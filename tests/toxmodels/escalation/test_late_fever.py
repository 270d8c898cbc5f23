"""Fever long after the last dose: held back as CRS until a clinician's own grading confirms it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

import toxmodels

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
FEVER = START + timedelta(days=20)
ASTCT = "astct-crs-2019"
CRS = "cytokine release syndrome"


def taken(hours, **more):
    return {
        "taken_at": (FEVER + timedelta(hours=hours)).isoformat(),
        "temperature_c": 38.9,
        "hypotensive": False,
        "vasopressors": [],
        "oxygen": {"device": "room_air"},
    } | more


def graded(hours, grade, scale=ASTCT, term=CRS):
    at = (FEVER + timedelta(hours=hours)).isoformat()
    return {"graded_at": at, "scale": scale, "term": term, "grade": grade}


def assessed(*gradings, hours=8, sets=None):
    told = {
        "format": "toxwatch-case/1",
        "patient": {"id": "late", "age_years": 40.0, "weight_kg": 70.0},
        "therapy": {"product": "tisagenlecleucel", "doses": [{"given_at": START.isoformat()}]},
        "vitals": sets or [taken(0), taken(4), taken(8)],
        "treatments": [],
        "gradings": [*gradings],
    }
    case = toxmodels.load_case(json.dumps(told))
    at = FEVER + timedelta(hours=hours)
    return toxmodels.assess(case, at=at, protocol="nccn-2026-2")


def blocked(found):
    (why,) = {one.blocked_by for one in found.advice if one.drug == "tocilizumab"}
    return why


def flag(found):
    return next(one for one in found.flags if one.id == "late-fever")


def test_nobody_graded_it_and_the_line_says_how_to_confirm():
    found = assessed()
    assert found.grades[ASTCT].at_least == 1
    assert blocked(found) == (
        "late fever: if a physician confirms CRS, record a CRS grading of 1 or more"
    )
    assert flag(found).action.endswith("no grade 1 treatment before a physician confirms CRS")


@pytest.mark.parametrize(
    ("scale", "term"),
    [
        (ASTCT, CRS),
        (ASTCT, None),
        ("lee-2014", None),
        ("penn-2018", "CRS"),
        ("ctcae-5.0", CRS),
    ],
)
@pytest.mark.parametrize("hours", [0, 4, 8])
def test_a_grading_of_crs_since_the_fever_began_confirms_it(hours, scale, term):
    found = assessed(graded(hours, 1, scale, term))
    assert blocked(found) is None
    assert flag(found).says.endswith("confirmed as CRS by a clinician's grading")
    assert "infection" in flag(found).action
    assert "IEC-HS" in flag(found).action
    assert flag(found).urgency == "urgent"
    assert found.grades[ASTCT].span == assessed().grades[ASTCT].span, "it changes no grade"


@pytest.mark.parametrize(
    "gradings",
    [
        [graded(-0.1, 2)],  # of what was before this fever
        [graded(8.1, 1)],  # later than the moment assessed
        [graded(4, 0)],
        [graded(4, 1), graded(6, 0)],  # taken back
        [graded(4, 2), graded(6, 0, "ctcae-5.0")],  # on whatever scale
        [graded(4, 1), graded(4, 0)],  # the two contradict each other
        [graded(4, 3, "ctcae-5.0", "encephalopathy")],
        [graded(4, 3, "astct-icans-2019", None)],
        [graded(4, 3, "ctcae-5.0", None)],  # CTCAE grades anything: of what is not said
        [graded(4, 2, "lee-2014", "rash")],
    ],
)
def test_nothing_else_confirms_it(gradings):
    found = assessed(*gradings)
    assert blocked(found) is not None
    assert "confirmed as CRS" not in flag(found).says


def test_confirmed_again_after_it_was_taken_back():
    assert blocked(assessed(graded(2, 1), graded(4, 0), graded(6, 1))) is None


def test_a_later_fever_asks_anew():
    sets = [taken(0), taken(4, temperature_c=36.8), taken(40), taken(48)]
    found = assessed(graded(2, 1), hours=48, sets=sets)
    assert blocked(found) is not None
    assert blocked(assessed(graded(2, 1), graded(41, 1), hours=48, sets=sets)) is None


def test_an_attribution_does_not_move_the_beginning_of_the_fever():
    """The flag reads the fever as if nobody had attributed it; the advice reads the same one."""
    first = taken(0, other_cause=["fever"], other_cause_reason="pneumonia")
    found = assessed(graded(2, 1), sets=[first, taken(4), taken(8)])
    assert flag(found).says.endswith("confirmed as CRS by a clinician's grading")
    assert blocked(found) is None
