"""A flag goes when somebody has looked again, never because its values grew old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from tests.toxmodels.any_case import CASES
from tests.toxmodels.escalation.situations import (
    case,
    drug,
    exam,
    labs,
    said,
    stamp,
    tocilizumab,
    vitals,
    when,
)
from toxmodels import Case, assess
from toxmodels.course import Walk
from toxmodels.escalation import URGENCIES, Flag, standing, triggers
from toxmodels.escalation.standing import raised_at

HELD = "not looked at since"
LOW_O2 = {"spo2_percent": 91.0}
FEVER = {"temperature_c": 38.6}


def flag(patient: Case, id_: str, hours: float) -> Flag | None:
    found = assess(patient, at=when(hours)).flags
    return next((one for one in found if one.id == id_), None)


def stands(patient: Case, id_: str, hours: float) -> bool:
    return flag(patient, id_, hours) is not None


BEFORE = {"vitals": [vitals(36)], "neuro": [exam(36)]}


def test_low_saturation_stands_until_oxygen_is_looked_at_again() -> None:
    low = [*BEFORE["vitals"], vitals(40, **LOW_O2)]
    patient = case(vitals=low, neuro=BEFORE["neuro"])
    assert HELD not in flag(patient, "t18-spo2", 41).says
    told = flag(patient, "t18-spo2", 50)
    assert told is not None
    assert told.urgency == "urgent"
    assert "(seen 10 h 00 min ago, not looked at since)" in told.says


@pytest.mark.parametrize(
    ("why", "later", "held"),
    [
        ("temperature alone", {"spo2_percent": None, "oxygen": None, "vasopressors": None}, True),
        ("a whole set", {}, False),
        ("still low", LOW_O2, True),
    ],
)
def test_only_a_look_at_the_same_thing_ends_it(why: str, later: dict, held: bool) -> None:
    sets = [vitals(36), vitals(40, **LOW_O2), vitals(46, **later)]
    patient = case(vitals=sets, neuro=[exam(36)])
    assert stands(patient, "t18-spo2", 46.1) is held, why


def test_a_lost_point_stands_through_sets_of_vital_signs_until_the_next_exam() -> None:
    sets = [vitals(hour) for hour in range(36, 72, 4)]
    fallen = {"vitals": sets, "neuro": [exam(36), exam(40, lost=1)]}
    assert HELD in flag(case(**fallen), "t07", 64.1).says
    asleep = exam(60, ice=None, consciousness=None, unable="asleep")
    assert stands(case(**fallen | {"neuro": [*fallen["neuro"], asleep]}), "t07", 64.1)
    scored = fallen | {"neuro": [*fallen["neuro"], exam(60, lost=1)]}
    assert not stands(case(**scored), "t07", 64.1)


def test_an_antibacterial_ends_sepsis_at_once_and_so_does_a_word_on_the_response() -> None:
    ill = {
        "vitals": [vitals(36), vitals(40, **FEVER)],
        "neuro": [exam(36)],
        "labs": [labs(30, anc_per_ul=100)],
    }
    assert stands(case(**ill), "t17", 40.5)
    treated = ill | {"treatments": [drug(40.4, "meropenem", route="iv")]}
    assert not stands(case(**treated), "t17", 40.5)
    given = {
        "vitals": [vitals(36), vitals(40, **FEVER, hypotensive=True)],
        "neuro": [exam(36)],
        "treatments": tocilizumab(41),
        "events": [said(42, "worse")],
    }
    assert stands(case(**given), "t05", 43)
    better = given | {"events": [said(42, "worse"), said(42.5, "improved")]}
    assert not stands(case(**better), "t05", 43)
    assert not stands(case(**better), "t05", 47)


def test_a_flag_of_the_laboratory_waits_for_the_same_value() -> None:
    low = {"vitals": [vitals(hour) for hour in range(28, 80, 4)], "neuro": [exam(36)]}
    first = low | {"labs": [labs(30, sodium_mmol_l=120.0)]}
    assert flag(case(**first), "t21", 70).says == "Sodium 120 mmol/L (40 h ago)"
    other = low | {"labs": [*first["labs"], labs(60, crp_mg_l=5.0)]}
    assert stands(case(**other), "t21", 70)
    again = low | {"labs": [*first["labs"], labs(60, sodium_mmol_l=136.0)]}
    assert not stands(case(**again), "t21", 70)


@pytest.mark.parametrize(
    ("id_", "parts", "until"),
    [
        ("t05", {"treatments": tocilizumab(41), "events": [said(42, "worse")]}, 60),
        (
            "t17",
            {
                "labs": [labs(30, anc_per_ul=3000), labs(41, anc_per_ul=100)],
                "vitals": [vitals(36), vitals(40, **FEVER)],
            },
            90,
        ),
        ("t06", {"treatments": tocilizumab(25, 33, 41)}, 48),  # at 49 h the first is a day old
        ("t06", {"treatments": tocilizumab(16, 25, 33, 41)}, 60),
        ("concern-raised", {"events": [{"at": stamp(41), "kind": "concern"}]}, 80),
    ],
)
def test_what_a_treatment_an_event_or_a_sample_raised_stands_as_well(
    id_: str, parts: dict, until: float
) -> None:
    ill = {"vitals": [vitals(12, **FEVER), vitals(40, **FEVER, hypotensive=True)]}
    patient = case(**{"neuro": [exam(36)], **ill, **parts})
    assert stands(patient, id_, 42.5)
    assert stands(patient, id_, until)


@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"treatments": [drug(46, "ondansetron")]},
        {"labs": [labs(30, anc_per_ul=3000), labs(46, crp_mg_l=9)]},
    ],
)
def test_another_record_of_the_same_minute_ends_nothing(beside: dict) -> None:
    alone = vitals(46, spo2_percent=None, oxygen=None)
    sets = [vitals(36), vitals(40, **LOW_O2), alone]
    patient = case(**({"vitals": sets, "neuro": [exam(36)]} | beside))
    assert stands(patient, "t18-spo2", 46)
    assert stands(patient, "t18-spo2", 50)


def test_an_exam_that_did_not_look_at_the_sign_ends_nothing() -> None:
    gone = {"ice": None, "consciousness": None}
    deep = [exam(36), exam(40, **gone | {"consciousness": "unarousable"})]
    for reason in ("intubated", "refused"):
        later = case(neuro=[*deep, exam(53, **gone, unable=reason)], vitals=[vitals(36)])
        assert stands(later, "t10-consciousness", 53.5), reason
    woken = case(neuro=[*deep, exam(53)], vitals=[vitals(36)])
    assert not stands(woken, "t10-consciousness", 53.5)
    hand = [exam(36, handwriting="same"), exam(40, handwriting="worse")]
    undone = case(neuro=[*hand, exam(53, handwriting="not_done")], vitals=[vitals(36)])
    assert stands(undone, "t09", 53.5)
    written = case(neuro=[*hand, exam(53, handwriting="same")], vitals=[vitals(36)])
    assert not stands(written, "t09", 53.5)


def test_a_patient_nobody_examined_is_not_one_found_well() -> None:
    slow = {"heart_rate_bpm": 48, "systolic_mmhg": 175, "respiratory_rate_bpm": 8}
    sets = [vitals(36), vitals(40, **slow), vitals(44)]
    assert stands(case(vitals=sets), "t10-cushing", 44)
    assert not stands(case(vitals=sets, neuro=[exam(45)]), "t10-cushing", 45)


def test_what_was_an_emergency_before_an_exam_stays_one_after_it() -> None:
    shock = {"hypotensive": True, "vasopressors": [{"drug": "norepinephrine"}]}
    sets = [vitals(36), vitals(40, **shock), vitals(46, hypotensive=True)]
    told = flag(case(vitals=sets, neuro=[exam(45)]), "no-fever-but-hypotension-or-hypoxia", 46)
    assert told is not None
    assert told.urgency == "emergency"


def test_while_it_stands_the_urgency_only_rises() -> None:
    """An emergency without fever that eases to an urgent state is still the emergency."""
    shock = {"hypotensive": True, "vasopressors": [{"drug": "norepinephrine"}]}
    sets = [vitals(36), vitals(40, **shock), vitals(44, hypotensive=True)]
    patient = case(vitals=sets, neuro=[exam(36)])
    told = flag(patient, "no-fever-but-hypotension-or-hypoxia", 44)
    assert told is not None
    assert told.urgency == "emergency"
    assert flag(patient, "no-fever-but-hypotension-or-hypoxia", 60).urgency == "emergency"
    eased = case(vitals=[vitals(36), vitals(44, hypotensive=True)], neuro=[exam(36)])
    assert flag(eased, "no-fever-but-hypotension-or-hypoxia", 44).urgency == "urgent"
    closed = case(vitals=[*sets[:2], vitals(42), sets[2]], neuro=[exam(36)])
    assert flag(closed, "no-fever-but-hypotension-or-hypoxia", 44).urgency == "urgent"


@settings(max_examples=40)
@given(CASES)
def test_what_stands_holds_all_that_is_raised_and_nothing_lower(patient: Case) -> None:
    walk = Walk(patient)
    rank = list(URGENCIES).index
    for time in walk.chart.times():
        for at in (time, time + timedelta(hours=7)):
            now = {one.id: one for one in raised_at(walk, at).flags}
            told = {one.id: one for one in standing(walk, at).flags}
            assert set(now) <= set(told)
            assert all(rank(told[id_].urgency) <= rank(now[id_].urgency) for id_ in now)
            assert all(HELD in told[id_].says for id_ in set(told) - set(now))
            assert standing(Walk(patient), at) == standing(walk, at), "a memory never changes it"


@settings(max_examples=40)
@given(CASES)
def test_time_alone_closes_nothing_that_names_its_reassessment(patient: Case) -> None:
    walk = Walk(patient)
    times = walk.chart.times()
    if not times or walk.chart.death_by(times[-1]) is not None:
        return
    at = times[-1]
    later = [
        *(one.given_at for one in patient.treatments or ()),
        *(one.at for one in patient.events or ()),
        *(one.taken_at for one in patient.labs or ()),
        *(one.graded_at for one in patient.gradings or ()),
    ]
    if any(time > at for time in later):
        return
    named = {one.id for one in triggers().values() if one.reassessed_by}
    there = {one.id for one in standing(walk, at).flags} & named
    for hours in (5, 13, 30, 80):
        assert there <= {one.id for one in standing(walk, at + timedelta(hours=hours)).flags}


def test_somebody_asleep_stays_to_be_woken_whatever_else_is_examined() -> None:
    """An exam without the consciousness answers nothing, and nor does the time after it."""
    asleep = {"taken_at": stamp(40), "unable": ["asleep"]}
    scored = {key: value for key, value in exam(52).items() if key != "consciousness"}

    def told(hours: float, *exams: dict[str, Any]) -> bool:
        found = assess(case(vitals=[vitals(40)], neuro=[asleep, *exams]), at=when(hours)).flags
        return "asleep-not-woken" in {one.id for one in found}

    assert all(told(hours, scored) for hours in (41, 52, 52.1, 60, 80))
    assert not told(53, exam(52))
