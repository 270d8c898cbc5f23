"""CRES: every limit of the table bracketed; the places are those of the clinical facts, 4.6."""

from __future__ import annotations

import pytest

from tests.oracle.build import NOW
from tests.toxmodels.scales_beside.neuro_patients import (
    ADULT,
    BRIEF,
    CRES,
    bounds,
    graded,
    look,
    says,
)

ICE = {"year": 1, "month": 1, "city": 1, "hospital": 1, "naming": 3, "command": 1, "writing": 1,
       "attention": 1}  # fmt: skip


@pytest.mark.parametrize(
    ("total", "expected", "why"),
    [
        (10, 0, "4.6, no point lost"),
        (9, 1, "4.6, 7 to 9"),
        (7, 1, "4.6, 7 to 9, its lower end"),
        (6, 2, "4.6, 3 to 6, its upper end"),
        (3, 2, "4.6, 3 to 6, its lower end"),
        (2, 3, "4.6, 0 to 2, its upper end"),
        (0, 3, "4.6, 0 to 2"),
    ],
)
def test_the_bands_of_the_score(total: int, expected: int, why: str) -> None:
    grade = graded(CRES, look(cartox10_total=total))
    assert bounds(grade) == (expected, expected), why
    mark = next(one.cite.verification for one in grade.findings if one.sign == "cartox10")
    assert mark == ("verified" if expected in (1, 2) else "unverified")


@pytest.mark.parametrize(
    ("changed", "expected", "why"),
    [
        ({"ice": {"total": 10}}, (0, 1), "4.6: the leader's name was not asked for"),
        ({"ice": {"total": 8}}, (1, 1), "7 or 8 of the nine shared, with the name 7 to 9"),
        ({"ice": {"total": 7}}, (1, 2), "6 or 7 shared: 6 to 8; an ICE of 7 is 1 by ASTCT"),
        ({"ice": {"total": 3}}, (2, 3), "2 or 3 shared: 2 to 4"),
        ({"ice": {"total": 0}}, (3, 3), "at most the name of the leader"),
        ({"ice": {**ICE, "command": 0}}, (0, 1), "a command is no task of CARTOX-10"),
        ({"ice": {**ICE, "naming": 0}}, (1, 2), "6 shared: 6 or 7"),
        ({"ice": {**ICE, "year": None}}, (0, 1), "8 or 9 shared: 8 to 10"),
        ({"ice": {**ICE, "command": 1, "total": 10}}, (0, 1), "items and a total agree"),
        ({"ice": None}, (0, 3), "nothing asked, and awake: at most the row of 0 to 2"),
    ],
)
def test_ice_is_never_taken_for_the_score(changed: dict, expected: tuple, why: str) -> None:
    grade = graded(CRES, look(cartox10_total=None, **changed))
    assert bounds(grade) == expected, why
    assert [one.says for one in grade.missing if one.sign == "cartox10"] == ["CARTOX-10 total"]


def test_what_was_fixed_before_therapy_may_be_among_the_lost_points() -> None:
    before = {**ADULT, "fixed_ice_deficits": ["writing", "command"]}
    assert bounds(graded(CRES, look(cartox10_total=9), patient=before)) == (0, 1)
    assert bounds(graded(CRES, look(cartox10_total=8), patient=before)) == (1, 1)
    lost = look(cartox10_total=None, ice={**ICE, "writing": 0})
    assert bounds(graded(CRES, lost)) == (1, 1)
    assert bounds(graded(CRES, lost, patient=before)) == (0, 1)


@pytest.mark.parametrize(
    ("changed", "expected", "why"),
    [
        ({"consciousness": "voice"}, (0, 0), "4.6: consciousness counts from obtunded"),
        ({"consciousness": "tactile"}, (0, 4), "whether that is obtunded is not printed"),
        ({"consciousness": "unarousable"}, (4, 4), "4.6, grade 4 of the score row"),
        ({"consciousness": None}, (0, 4), "not looked at"),
        ({"seizure": BRIEF}, (3, 3), "4.6, partial seizure"),
        ({"seizure": {**BRIEF, "duration_min": 5.0}}, (3, 3), "exactly five minutes"),
        ({"seizure": {**BRIEF, "duration_min": 5.1}}, (4, 4), "status"),
        ({"seizure": {**BRIEF, "duration_min": None}}, (3, 4), "may have become status"),
        ({"seizure": {**BRIEF, "kind": "nonconvulsive_eeg"}}, (3, 3), "4.6, on EEG, answering"),
        (
            {"seizure": {**BRIEF, "kind": "nonconvulsive_eeg", "resolved": False}},
            (3, 4),
            "4.6, on EEG, not answering",
        ),
        ({"seizure": {**BRIEF, "kind": "generalised"}}, (4, 4), "4.6, any generalised seizure"),
        ({"seizure": None}, (0, 4), "nobody looked"),
        ({"motor_weakness": "mild"}, (4, 4), "4.6, any new weakness"),
        ({"motor_weakness": "deep_focal"}, (4, 4), "4.6, any new weakness"),
        ({"motor_weakness": None}, (0, 4), "nobody looked"),
        ({"cerebral_oedema": "focal"}, (4, 4), "4.6, cerebral oedema"),
        ({"cerebral_oedema": "diffuse"}, (4, 4), "4.6, cerebral oedema"),
        ({"cerebral_oedema": "haemorrhage_related"}, (0, 4), "the table does not say"),
        ({"cerebral_oedema": None}, (0, 0), "no reason to image"),
        ({"cerebral_oedema": None, "consciousness": "voice"}, (0, 4), "a reason to image"),
        ({"raised_icp": None}, (0, 4), "nobody looked"),
    ],
)
def test_the_other_rows(changed: dict, expected: tuple, why: str) -> None:
    assert bounds(graded(CRES, look(**changed))) == expected, why


@pytest.mark.parametrize(
    ("changed", "expected", "why"),
    [
        ({"papilloedema_stage": 0}, (0, 0), "4.6, no papilloedema"),
        ({"papilloedema_stage": 1}, (3, 3), "4.6, stage 1"),
        ({"papilloedema_stage": 2}, (3, 3), "4.6, stage 2"),
        ({"papilloedema_stage": 3}, (4, 4), "4.6, stage 3"),
        ({"papilloedema_stage": 5}, (4, 4), "4.6, stage 5"),
        ({"raised_icp": ["papilloedema"]}, (3, 4), "stage not recorded"),
        ({"raised_icp": ["papilloedema"], "papilloedema_stage": 2}, (3, 3), "stage recorded"),
        ({"raised_icp": ["cushing_triad"]}, (0, 4), "graded by fundus and pressure alone"),
        ({"csf_opening_pressure_mmhg": 12.0}, (0, 0), "4.6, trap: a normal puncture is not 3"),
        ({"csf_opening_pressure_mmhg": 19.9}, (0, 0), "4.6, below the limit, not suspected"),
        ({"csf_opening_pressure_mmhg": 20.0}, (4, 4), "4.6, on the limit"),
        ({"csf_opening_pressure_mmhg": 20.1}, (4, 4), "4.6, above it"),
        (
            {"csf_opening_pressure_mmhg": 19.9, "papilloedema_stage": 1},
            (3, 3),
            "4.6, below the limit, suspected by the fundus",
        ),
        (
            {"raised_icp": ["cushing_triad"], "csf_opening_pressure_mmhg": 12.0},
            (3, 4),
            "4.6, suspected by a sign; the fundus is still open",
        ),
        (
            {
                "raised_icp": ["cushing_triad"],
                "csf_opening_pressure_mmhg": 12.0,
                "papilloedema_stage": 0,
            },
            (3, 3),
            "4.6, suspected, and both known",
        ),
        (
            {"raised_icp": None, "papilloedema_stage": 0, "csf_opening_pressure_mmhg": 12.0},
            (0, 4),
            "nobody said whether it is suspected",
        ),
    ],
)
def test_raised_pressure(changed: dict, expected: tuple, why: str) -> None:
    assert bounds(graded(CRES, look(**changed))) == expected, why


def test_a_seizure_stands_until_a_complete_exam_finds_the_patient_as_before() -> None:
    fit = look(3, seizure={**BRIEF, "kind": "generalised"})
    assert bounds(graded(CRES, fit, look(2.5))) == (4, 4)
    assert bounds(graded(CRES, fit, look(1))) == (0, 0)


def test_a_seizure_nobody_asked_about_again_may_have_been_followed_by_a_longer_one() -> None:
    grade = graded(CRES, look(13, seizure=BRIEF), look(0, seizure=None))
    assert bounds(grade) == (3, 4)


def test_while_the_age_is_unknown_a_capd_alone_clears_no_seizure_for_certain() -> None:
    fit = look(3, seizure={**BRIEF, "kind": "generalised"}, ice=None)
    calm = look(0, ice=None, capd={"total": 4})
    known = {key: value for key, value in ADULT.items() if key != "age_years"}
    assert bounds(graded(CRES, fit, calm, patient=known)) == (0, 4)


@pytest.mark.parametrize(
    ("changed", "sign"),
    [
        ({"cartox10_total": 4}, "ice"),
        ({"cartox10_total": None, "ice": {"total": 3}}, "ice"),
        ({"consciousness": "unarousable"}, "consciousness"),
        ({"seizure": {**BRIEF, "kind": "generalised"}}, "seizure"),
        ({"motor_weakness": "mild"}, "motor"),
        ({"motor_weakness": "deep_focal"}, "motor"),
        ({"cerebral_oedema": "diffuse"}, "oedema"),
        ({"cerebral_oedema": "haemorrhage_related"}, "oedema"),
        ({"papilloedema_stage": 4}, "raised_icp"),
        ({"raised_icp": ["cushing_triad"]}, "raised_icp"),
        ({"csf_opening_pressure_mmhg": 25.0}, "raised_icp"),
    ],
)
def test_a_sign_attributed_to_another_cause_does_not_count(changed: dict, sign: str) -> None:
    found = graded(CRES, look(**changed, other_cause=[sign]))
    assert bounds(found) == (0, 0)
    assert any(one.attributed for one in found.findings)
    assert graded(CRES, look(**changed)).at_most > 0


def test_an_attributed_stage_leaves_the_signs_of_a_later_exam() -> None:
    swollen = look(2, papilloedema_stage=4, other_cause=["raised_icp"])
    assert bounds(graded(CRES, swollen, look(raised_icp=["papilloedema"]))) == (3, 4)


def test_an_exam_that_could_not_be_done_is_open_and_never_0() -> None:
    asleep = look(cartox10_total=None, ice=None, unable="sedated")
    assert bounds(graded(CRES, asleep)) == (0, 4)
    refused = look(cartox10_total=None, ice=None, unable="refused")
    assert bounds(graded(CRES, refused)) == (0, 3)
    assert bounds(graded(CRES, look(2), refused)) == (0, 3)
    assert bounds(graded(CRES, look(2, unable="refused", cartox10_total=None), look())) == (0, 0)


def test_a_score_counts_for_twelve_hours_and_of_one_minute_the_worse() -> None:
    assert bounds(graded(CRES, look(12, cartox10_total=5))) == (2, 2)
    later = look(0, cartox10_total=None, ice=None)
    assert bounds(graded(CRES, look(12.1, cartox10_total=5), later)) == (0, 3)
    twice = [look(cartox10_total=total) for total in (9, 4)]
    assert bounds(graded(CRES, *twice)) == bounds(graded(CRES, *twice[::-1])) == (2, 2)


def test_death_due_to_the_toxicity_is_5_and_an_unknown_cause_leaves_it_open() -> None:
    death = {"at": NOW.isoformat(), "kind": "death"}
    assert bounds(graded(CRES, look(), events=[{**death, "due_to": "icans"}])) == (5, 5)
    assert bounds(graded(CRES, look(), events=[death])) == (0, 5)
    assert "death due to ICANS" in says(graded(CRES, events=[{**death, "due_to": "icans"}]))
