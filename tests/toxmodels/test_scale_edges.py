"""Edges that need more than one record or a rare field; each expectation is read from the text."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

import toxmodels
from tests.oracle.build import DOSE, NOW, exam, vitals
from toxmodels.course import Walk
from toxmodels.records import Oxygen
from toxmodels.scales import STEPPED
from toxmodels.scales.astct_crs import device_text

CRS, ICANS = "astct-crs-2019", "astct-icans-2019"
FEVER = {"temperature_c": 38.6}


def graded(scale: str, *, patient: dict[str, Any] | None = None, **lists: Any) -> Any:
    whole = {
        "format": "toxwatch-case/1",
        "patient": {"id": "edge", "age_years": 41.0, **(patient or {})},
        "therapy": {"product": "tisagenlecleucel", "started_at": DOSE.isoformat()},
        "treatments": [],
        **lists,
    }
    return toxmodels.assess(toxmodels.load_case(json.dumps(whole)), at=NOW).grades[scale]


def bounds(grade: Any) -> tuple[int, int]:
    return grade.at_least, grade.at_most


def fit(minutes_ago: int, **seizure: Any) -> dict[str, Any]:
    return exam(NOW - timedelta(minutes=minutes_ago), seizure={"kind": "focal", **seizure})


def test_attributed_hypoxia_without_a_device_counts_nothing():
    one = vitals(NOW, **FEVER, hypoxic=True, oxygen=None, other_cause=["hypoxia"])
    grade = graded(CRS, vitals=[one])
    assert bounds(grade) == (1, 1)
    assert [f.attributed for f in grade.findings if f.sign == "hypoxia"] == [True]


def test_an_attributed_judgement_does_not_lift_room_air_of_a_later_set():
    before = vitals(NOW - timedelta(hours=1), **FEVER, hypoxic=True, other_cause=["hypoxia"])
    now = vitals(NOW, **FEVER)
    assert bounds(graded(CRS, vitals=[before, now])) == (1, 1)


@pytest.mark.parametrize(
    ("usual", "now", "expected", "why"),
    [
        ({"device": "nasal_cannula", "flow_l_min": 2}, {"device": "nasal_cannula"}, (1, 2), "flow"),
        (
            {"device": "nasal_cannula"},
            {"device": "nasal_cannula", "flow_l_min": 8},
            (1, 3),
            "usual flow unknown",
        ),
        ({"device": "cpap"}, {"device": "cpap"}, (1, 1), "as usual"),
        ({"device": "cpap"}, {"device": "ventilator"}, (4, 4), "beyond usual"),
        (None, {"device": "cpap"}, (1, 4), "usual support not recorded"),
    ],
)
def test_only_what_exceeds_usual_oxygen_counts(usual, now, expected, why):
    one = vitals(NOW, **FEVER, oxygen={**now, "reason": "baseline"})
    low, high = bounds(graded(CRS, patient={"baseline_oxygen": usual}, vitals=[one]))
    assert low == expected[0], why
    assert high >= expected[1], why


def test_usual_oxygen_and_judged_hypoxic_is_at_least_two():
    usual = {"device": "nasal_cannula", "flow_l_min": 2}
    one = vitals(NOW, **FEVER, hypoxic=True, oxygen={**usual, "reason": "baseline"})
    assert bounds(graded(CRS, patient={"baseline_oxygen": usual}, vitals=[one])) == (2, 2)


def test_two_records_of_one_seizure_are_read_together():
    first = fit(20, duration_min=None, resolved=None)
    second = fit(5, duration_min=3, resolved=True)
    assert bounds(graded(ICANS, neuro=[first])) == (3, 4)
    assert bounds(graded(ICANS, neuro=[first, second])) == (3, 3)


def test_the_same_start_makes_one_seizure_however_far_apart():
    start = (NOW - timedelta(hours=3)).isoformat()
    first = fit(170, started_at=start, duration_min=2, resolved=True)
    second = fit(10, started_at=start, duration_min=9, resolved=True)
    assessment = toxmodels.assess(
        toxmodels.load_case(
            json.dumps(
                {
                    "format": "toxwatch-case/1",
                    "patient": {"id": "edge", "age_years": 41.0},
                    "neuro": [first, second],
                }
            )
        )
    )
    assert bounds(assessment.grades[ICANS]) == (4, 4)
    assert "second-seizure" not in {flag.id for flag in assessment.flags}


def test_two_exams_of_one_minute_keep_the_worse_word_on_recovery():
    short = fit(10, duration_min=3, resolved=True)
    longer = fit(10, duration_min=4, resolved=False)
    assert bounds(graded(ICANS, neuro=[short, longer])) == (3, 4)
    assert bounds(graded(ICANS, neuro=[longer, short])) == (3, 4)


def test_a_repeated_seizure_says_so():
    repeated = fit(10, duration_min=3, resolved=False, repetitive_without_recovery=True)
    grade = graded(ICANS, neuro=[repeated])
    assert bounds(grade) == (4, 4)
    says = next(f.says for f in grade.findings if f.sign == "seizure")
    assert "repeated without recovery" in says


def test_while_the_age_is_unknown_a_capd_alone_leaves_a_seizure_open():
    after = exam(NOW, ice=None, capd={"total": 4}, seizure={"kind": "none"})
    exams = [fit(180, duration_min=8, resolved=True), after]
    for age, expected in ((None, (0, 4)), (30.0, (4, 4)), (6.0, (1, 1))):
        grade = graded(ICANS, patient={"age_years": age}, neuro=exams)
        assert bounds(grade) == expected, age


def test_an_attributed_seizure_does_not_grade_and_is_still_shown():
    attributed = {**fit(10, duration_min=3, resolved=True), "other_cause": ["seizure"]}
    grade = graded(ICANS, neuro=[attributed])
    assert bounds(grade) == (0, 0)
    assert (grade.without_attribution.at_least, grade.without_attribution.at_most) == (3, 3)


@pytest.mark.parametrize(
    ("usual", "score", "clears"), [(None, 10, True), (None, 9, False), (9, 9, True), (9, 8, False)]
)
def test_a_seizure_clears_only_at_the_usual_ice(usual, score, clears):
    seen = fit(120, duration_min=2, resolved=True)
    later = exam(NOW - timedelta(minutes=30), ice={"total": score})
    low, _ = bounds(graded(ICANS, patient={"baseline_ice": usual}, neuro=[seen, later]))
    assert (low < 3) is clears


def test_a_seizure_clears_against_a_baseline_kept_item_by_item():
    seen = fit(120, duration_min=2, resolved=True)
    later = exam(NOW - timedelta(minutes=30), ice={"total": 9})
    usual = {
        "year": 1,
        "month": 1,
        "city": 1,
        "hospital": 1,
        "naming": 3,
        "command": 1,
        "writing": 0,
        "attention": 1,
    }
    assert bounds(graded(ICANS, patient={"baseline_ice": usual}, neuro=[seen, later])) == (1, 1)


@pytest.mark.parametrize(("usual", "total", "clears"), [(None, 8, True), (3, 4, False)])
def test_a_childs_seizure_clears_by_capd(usual, total, clears):
    seen = {**fit(120, duration_min=2, resolved=True), "ice": None, "capd": {"total": 2}}
    later = exam(NOW - timedelta(minutes=30), ice=None, capd={"total": total})
    patient = {"age_years": 6.0, "baseline_capd": usual}
    low, _ = bounds(graded(ICANS, patient=patient, neuro=[seen, later]))
    assert (low < 3) is clears


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"motor_weakness": None}, "not complete"),
        ({"motor_weakness": "deep_focal"}, "weak"),
        ({"raised_icp": ["papilloedema"]}, "raised pressure"),
        ({"cerebral_oedema": "focal"}, "oedema on imaging"),
        ({"consciousness": "drowsy"}, "not alert"),
        ({"ice": None}, "not scored"),
    ],
)
def test_an_exam_that_is_not_at_baseline_clears_nothing(change, why):
    seen = fit(120, duration_min=2, resolved=True)
    later = exam(NOW - timedelta(minutes=30), **change)
    low, _ = bounds(graded(ICANS, neuro=[seen, later]))
    assert low >= 3, why


def test_a_grade_reads_as_a_ward_says_it():
    closed = graded(CRS, vitals=[vitals(NOW, **FEVER)])
    open_ = graded(CRS, vitals=[vitals(NOW, **FEVER, oxygen=None)])
    assert (str(closed), str(open_)) == ("1", "1-4")


def flagged(**lists: Any) -> set[str]:
    whole = {
        "format": "toxwatch-case/1",
        "patient": {"id": "edge", "age_years": 41.0},
        "therapy": {"product": "tisagenlecleucel", "started_at": DOSE.isoformat()},
        "treatments": [],
        **lists,
    }
    return {flag.id for flag in toxmodels.assess(toxmodels.load_case(json.dumps(whole))).flags}


def test_a_device_or_a_seizure_kind_nobody_wrote_down_is_open():
    no_device = vitals(NOW, **FEVER, oxygen={"device": None, "flow_l_min": 4})
    assert bounds(graded(CRS, vitals=[no_device])) == (1, 4)
    assert device_text(Oxygen(flow_l_min=4)) == "device not recorded"
    no_kind = exam(NOW, seizure={"kind": None})
    assert bounds(graded(ICANS, neuro=[no_kind])) == (0, 4)
    usual = {"device": None}
    now = vitals(NOW, **FEVER, oxygen={"device": "cpap", "reason": "baseline"})
    assert bounds(graded(CRS, patient={"baseline_oxygen": usual}, vitals=[now])) == (1, 4)


def test_two_devices_of_one_minute_give_the_worst_at_both_ends():
    usual = {"device": "cpap", "reason": "baseline"}
    sets = [
        vitals(NOW, **FEVER, oxygen={"device": "nasal_cannula", "flow_l_min": 8}),
        vitals(NOW, **FEVER, oxygen=usual),
    ]
    assert bounds(graded(CRS, vitals=sets)) == bounds(graded(CRS, vitals=sets[::-1])) == (3, 4)


def test_attributed_fever_leaves_the_alarm_on_hypotension_without_fever():
    one = vitals(NOW, **FEVER, vasopressors=[{"drug": "norepinephrine"}], other_cause=["fever"])
    ids = flagged(vitals=[one])
    assert "no-fever-but-hypotension-or-hypoxia" in ids
    assert "attributed-to-another-cause" in ids


def test_attribution_that_changes_no_grade_is_still_said():
    mask = {"device": "simple_mask"}
    one = vitals(NOW, **FEVER, hypotensive=True, oxygen=mask, other_cause=["hypotension"])
    grade = graded(CRS, vitals=[one])
    assert bounds(grade) == (3, 3)
    assert grade.without_attribution is not None


@pytest.mark.parametrize("agents", [["midodrine"], ["norepinephrine", "dobutamine"]])
def test_an_agent_the_table_does_not_name_is_flagged(agents):
    running = [{"drug": name} for name in agents]
    assert "agent-not-counted" in flagged(vitals=[vitals(NOW, **FEVER, vasopressors=running)])


@pytest.mark.parametrize(("first_day", "is_late"), [(13.9, False), (14.1, True)])
def test_late_fever_is_a_fever_that_began_late(first_day, is_late):
    began = DOSE + timedelta(days=first_day)
    sets = [vitals(began + timedelta(hours=h), **FEVER) for h in (0, 4, 8, 12)]
    assert ("late-fever" in flagged(vitals=sets)) is is_late


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("tociluzimab", "tocilizumab"),
        ("actemra", "tocilizumab"),
        ("Actemra", "tocilizumab"),
        ("ibuprophen", "ibuprofen"),
    ],
)
def test_a_slip_in_a_drug_that_waives_fever_is_refused(written, right):
    whole = {
        "format": "toxwatch-case/1",
        "patient": {"id": "edge"},
        "treatments": [{"given_at": NOW.isoformat(), "drug": written}],
    }
    with pytest.raises(toxmodels.CaseError) as refused:
        toxmodels.load_case(json.dumps(whole))
    assert right in str(refused.value.faults[0])


@pytest.mark.parametrize("written", ["rituximab", "fludarabine", "levetiracetam", "cefepime"])
def test_other_drugs_are_accepted(written):
    whole = {
        "format": "toxwatch-case/1",
        "patient": {"id": "edge"},
        "treatments": [{"given_at": NOW.isoformat(), "drug": written}],
    }
    assert toxmodels.load_case(json.dumps(whole)).treatments is not None


@pytest.mark.parametrize("more", [{}, {"hypotensive": True}, {"temperature_c": 36.5}])
def test_a_scale_asked_directly_grades_as_the_course_does(more: dict[str, Any]) -> None:
    whole = {
        "format": "toxwatch-case/1",
        "patient": {"id": "edge", "age_years": 41.0},
        "therapy": {"product": "tisagenlecleucel", "started_at": DOSE.isoformat()},
        "vitals": [vitals(NOW, **{**FEVER, **more})],
        "neuro": [exam(NOW)],
        "treatments": [],
    }
    (*_, step) = Walk(toxmodels.load_case(json.dumps(whole))).steps(NOW)
    for id_, scale in STEPPED.items():
        assert scale.grade(step.moment, step.waiver) == step.grade(id_)
