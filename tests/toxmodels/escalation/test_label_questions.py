"""What a label asks stands until somebody answers it, not until values grow old."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.escalation.situations import (
    agents,
    case,
    exam,
    oxygen,
    said,
    stamp,
    tocilizumab,
    vitals,
    when,
)
from toxmodels import Case, assess
from toxmodels.escalation import Flag

HOT = {"temperature_c": 38.5}
CRS_2 = vitals(40, **HOT, oxygen=oxygen("nasal_cannula", 2.0))
CRS_3 = vitals(40, **HOT, hypotensive=True, vasopressors=agents("norepinephrine"))
CRS_4 = vitals(40, **HOT, oxygen=oxygen("ventilator", fio2=0.6))
ALONE = {"taken_at": stamp(40.3), "temperature_c": 37.9}


def graded(hours: float, grade: int, term: str = "cytokine release syndrome") -> dict[str, Any]:
    return {"graded_at": stamp(hours), "scale": "ctcae-5.0", "term": term, "grade": grade}


def blinatumomab(**parts: Any) -> Case:
    infusions = parts.pop("infusions", [{"started_at": stamp(0), "rate_ug_day": 28.0}])
    therapy = {"doses": None, "infusions": infusions}
    return case(product="blinatumomab", therapy=therapy, **parts)


def split_dose(doses: tuple[float, ...] = (0,), **parts: Any) -> Case:
    therapy = {"doses": [{"given_at": stamp(hours)} for hours in doses]}
    return case(product="obecabtagene-autoleucel", therapy=therapy, **parts)


def flag(patient: Case, id_: str, hours: float) -> Flag | None:
    return next((one for one in assess(patient, at=when(hours)).flags if one.id == id_), None)


@pytest.mark.parametrize(
    ("why", "sets", "exams", "hours", "says"),
    [
        ("just seen", [CRS_3], [exam(40)], 40, "CRS 3, ICANS 0 on"),
        ("values too old to count", [CRS_3], [exam(40)], 45, "CRS 0-4 (reached 3), ICANS 0 on"),
        (
            "the temperature alone, the agent still on",
            [CRS_3, ALONE],
            [exam(40)],
            40.4,
            "reached 3",
        ),
        ("a calm set", [CRS_3, vitals(44)], [exam(44)], 44, "CRS 0 (reached 3)"),
        ("ICANS too old to count", [vitals(40)], [exam(40, lost=8)], 53, "ICANS 0-4 (reached 3)"),
        ("a good exam", [vitals(44)], [exam(40, lost=8), exam(44)], 44, "ICANS 0 (reached 3)"),
    ],
)
def test_severe_signs_without_a_label_grade_are_never_silent(
    why: str, sets: list, exams: list, hours: float, says: str
) -> None:
    told = flag(blinatumomab(vitals=sets, neuro=exams), "t23", hours)
    assert told is not None, why
    assert told.urgency == "emergency"
    assert "Interrupt the infusion now" in told.action
    assert says in told.says
    answers = [graded(40.2, 2), graded(40.2, 2, "encephalopathy")]
    answered = blinatumomab(vitals=sets, neuro=exams, gradings=answers)
    assert flag(answered, "t23", max(hours, 40.3)) is None


def test_at_grade_4_the_permanent_stop_is_still_asked_about_hours_later() -> None:
    told = flag(blinatumomab(vitals=[CRS_4], neuro=[exam(40)]), "t23", 46)
    assert told is not None
    assert "unless a physician records CTCAE below 4" in told.action
    off = [{"started_at": stamp(0), "stopped_at": stamp(41), "stop_reason": "toxicity"}]
    kept = flag(blinatumomab(vitals=[CRS_3], neuro=[exam(40)], infusions=off), "t23", 46)
    assert kept is not None
    assert "Keep the infusion stopped" in kept.action


def test_a_grade_of_an_earlier_run_answers_nothing_and_one_before_therapy_asks_nothing() -> None:
    again = vitals(90, **HOT, hypotensive=True, vasopressors=agents("norepinephrine"))
    sets = [CRS_3, vitals(44), vitals(70), again, vitals(94)]
    twice = blinatumomab(vitals=sets, neuro=[exam(94)], gradings=[graded(42, 2)])
    assert flag(twice, "t23", 94) is not None
    before = blinatumomab(vitals=[vitals(2)], neuro=[exam(-20, lost=8), exam(2)])
    assert flag(before, "t23", 2) is None


@pytest.mark.parametrize(
    ("sets", "exams", "told_at", "again_at", "term"),
    [
        (
            [CRS_3, {**CRS_4, "taken_at": stamp(44)}],
            [exam(44)],
            40.3,
            46,
            "cytokine release syndrome",
        ),
        (
            [vitals(44)],
            [exam(40, lost=8), exam(44, lost=10, consciousness="unarousable")],
            40.3,
            46,
            "encephalopathy",
        ),
    ],
)
def test_a_rise_to_4_after_the_grade_of_that_run_asks_again(
    sets: list, exams: list, told_at: float, again_at: float, term: str
) -> None:
    """The grade was given to the lower one: it says nothing of what came after."""
    there = {"vitals": sets, "neuro": exams}
    graded_at_3 = blinatumomab(**there, gradings=[graded(told_at, 3, term)])
    before = flag(graded_at_3, "t23", 43)
    assert before is None
    told = flag(graded_at_3, "t23", 44)
    assert told is not None
    assert told.urgency == "emergency"
    assert "unless a physician records CTCAE below 4" in told.action
    assert flag(graded_at_3, "t23", 50) is not None, "also when the set has grown old"
    after = [graded(told_at, 3, term), graded(again_at, 3, term)]
    assert flag(blinatumomab(**there, gradings=after), "t23", again_at) is None


def test_a_grade_that_stays_or_falls_asks_nothing_anew() -> None:
    sets = [CRS_3, {**CRS_3, "taken_at": stamp(44)}]
    there = blinatumomab(vitals=sets, neuro=[exam(44)], gradings=[graded(40.3, 3)])
    assert flag(there, "t23", 44) is None
    falls = [CRS_4, {**CRS_3, "taken_at": stamp(44)}]
    there = blinatumomab(vitals=falls, neuro=[exam(44)], gradings=[graded(40.3, 3)])
    assert flag(there, "t23", 44) is None


def test_oxygen_raised_after_the_grade_may_be_grade_3_and_asks_again() -> None:
    """A grade given on little oxygen says nothing of the oxygen given later."""
    more = vitals(44, **HOT, oxygen=oxygen("nasal_cannula", 6.0, fio2=0.44))
    little = vitals(40, **HOT, oxygen=oxygen("nasal_cannula", 2.0, fio2=0.28))
    there = {"vitals": [little, more], "neuro": [exam(44)]}
    assert flag(blinatumomab(**there, gradings=[graded(40.3, 2)]), "t23-ctcae", 44) is not None
    told = [graded(40.3, 2), graded(44.2, 2)]
    assert flag(blinatumomab(**there, gradings=told), "t23-ctcae", 44.3) is None
    on = {**more, "taken_at": stamp(46)}
    there["vitals"].append(on)
    assert flag(blinatumomab(**there, gradings=told), "t23-ctcae", 46) is None


def test_oxygen_that_may_be_grade_3_is_asked_about_until_seen_again_or_graded() -> None:
    there = {"vitals": [CRS_2, ALONE], "neuro": [exam(40)]}
    for hours in (40.4, 45, 60):
        assert flag(blinatumomab(**there), "t23-ctcae", hours) is not None, hours
    seen = there | {"vitals": [CRS_2, vitals(44)]}
    assert flag(blinatumomab(**seen), "t23-ctcae", 44) is None
    assert flag(blinatumomab(**there, gradings=[graded(41, 2)]), "t23-ctcae", 41) is None


def test_the_gate_before_a_second_dose_stays_shut_until_somebody_looks() -> None:
    crs = {"vitals": [CRS_2, ALONE], "neuro": [exam(40)]}
    icans = {"vitals": [vitals(40)], "neuro": [exam(40, lost=2)]}
    for id_, parts, hours in (("t24", crs, 46), ("t24-icans", icans, 53)):
        told = flag(split_dose(**parts), id_, hours)
        assert told is not None, id_
        assert told.urgency == "emergency"
        assert flag(split_dose((0, hours - 1), **parts), id_, hours) is None, "it was given"
    assert flag(split_dose(**crs | {"vitals": [CRS_2, vitals(44)]}), "t24", 44) is None
    better = icans | {"neuro": [exam(40, lost=2), exam(50)]}
    assert flag(split_dose(**better), "t24-icans", 50) is None


def test_the_word_on_tocilizumab_is_asked_for_also_when_the_set_has_grown_old() -> None:
    ill = {"vitals": [CRS_2], "neuro": [exam(40)], "treatments": tocilizumab(41)}
    for hours in (49, 60):
        told = flag(case(**ill), "toci-response-due", hours)
        assert told is not None
        assert told.urgency == "soon"
        assert flag(case(**ill, events=[said(48, "same")]), "toci-response-due", hours) is None
    well = ill | {"vitals": [CRS_2, vitals(49)]}
    assert flag(case(**well), "toci-response-due", 49) is None


def test_a_steep_fall_calls_the_doctor_and_leaves_the_nurse_her_task() -> None:
    """One lost point is the nurse's; that more were lost takes nothing from her list."""
    steps = case(neuro=[exam(40), exam(44, lost=1), exam(46, lost=3)], vitals=[vitals(46)])
    found = {one.id: one for one in assess(steps, at=when(46)).flags}
    assert (found["t07"].owner, found["t08"].owner) == ("nurse", "physician")
    one_point = {one.id for one in assess(steps, at=when(44)).flags}
    assert "t07" in one_point
    assert "t08" not in one_point
