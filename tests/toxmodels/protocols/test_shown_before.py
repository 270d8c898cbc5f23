"""What the record once showed on a label's scale stays asked until somebody answers it."""

from __future__ import annotations

from typing import Any

import pytest

import toxmodels
from tests.toxmodels.escalation.situations import (
    agents,
    case,
    exam,
    oxygen,
    stamp,
    vitals,
    when,
)
from toxmodels import Assessment
from toxmodels.escalation import Flag

HOT = {"temperature_c": 38.6}
LITTLE = {**HOT, "oxygen": oxygen("nasal_cannula", 2.0, fio2=0.28)}
MUCH = {**HOT, "oxygen": oxygen("nasal_cannula", 6.0, fio2=0.44)}
BOTH = {**HOT, "hypotensive": True, "vasopressors": agents("norepinephrine", "vasopressin")}
WHOLE = {"other_signs": [], "new_confusion": False, "cerebral_oedema": "none"}
REGIONS = ("us", "eu", "jp")
ANY = ("blinatumomab-us", "nccn-2026-2", "label-us")


def graded(hours: float, grade: int, term: str = "cytokine release syndrome") -> dict[str, Any]:
    return {"graded_at": stamp(hours), "scale": "ctcae-5.0", "term": term, "grade": grade}


def part(start: float, stop: float | None = None, reason: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"started_at": stamp(start), "rate_ug_day": 28.0, "cycle": 2}
    if stop is not None:
        found |= {"stopped_at": stamp(stop)}
    return found | ({} if reason is None else {"stop_reason": reason})


def blinatumomab(*sets: dict[str, Any], region: str = "us", **parts: Any) -> toxmodels.Case:
    infusions = parts.pop("infusions", [part(0)])
    therapy = {"doses": None, "infusions": infusions, "indication": "b-all-rr", "region": region}
    exams = parts.pop("neuro", [exam(40, **WHOLE), exam(52, **WHOLE), exam(64, **WHOLE)])
    patient = {"weight_recorded_at": stamp(20), "height_cm": 172.0} | parts.pop("patient", {})
    return case(
        product="blinatumomab",
        therapy=therapy,
        patient=patient,
        vitals=list(sets),
        neuro=exams,
        **parts,
    )


def asked(patient: toxmodels.Case, hours: float, protocol: str | None = None) -> Assessment:
    region = patient.therapy.region if patient.therapy is not None else "us"
    return toxmodels.assess(patient, at=when(hours), protocol=protocol or f"blinatumomab-{region}")


def rules(found: Assessment) -> set[str]:
    return {name.partition("/")[2] for one in found.advice for name in (one.rule, *one.also)}


def t23(found: Assessment) -> Flag | None:
    return next((one for one in found.flags if one.id == "t23-ctcae"), None)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("stopped", [False, True])
def test_a_hold_that_was_called_for_stays_a_question_when_the_oxygen_falls(
    region: str, stopped: bool
) -> None:
    infusions = [part(0, 40.5, "toxicity")] if stopped else [part(0)]
    sets = [vitals(40, **MUCH), vitals(44, **LITTLE), vitals(52), vitals(64)]
    there = blinatumomab(*sets, region=region, infusions=infusions)
    for hours in (44, 52, 64):
        found = asked(there, hours)
        assert "crs-shown-peak" in rules(found), hours
        assert "crs-1-2" not in rules(found), "nothing says that it goes on"
        assert "restart" not in {one.step for one in found.advice}
        told = t23(found)
        assert told is not None, hours
        assert ("Keep the infusion stopped" in told.action) is stopped


def test_a_value_that_grew_too_old_to_count_does_not_take_it_back() -> None:
    found = asked(blinatumomab(vitals(40, **MUCH), vitals(46, oxygen=None)), 46)
    assert "crs-shown-peak" in rules(found)
    assert t23(found) is not None


def test_little_oxygen_asks_nothing_the_day_after() -> None:
    found = asked(blinatumomab(vitals(40, **LITTLE), vitals(52)), 52)
    assert "crs-shown-peak" not in rules(found)
    assert t23(found) is None


@pytest.mark.parametrize(
    ("why", "parts", "stands"),
    [
        ("graded after it", {"gradings": [graded(45, 2)]}, False),
        ("graded just before it was charted", {"gradings": [graded(39.5, 2)]}, False),
        ("graded long before it", {"gradings": [graded(30, 1)]}, True),
        ("another kind was graded", {"gradings": [graded(45, 1, "tremor")]}, True),
        (
            "stopped for it and begun again",
            {"infusions": [part(0, 40.5, "toxicity"), part(47)]},
            False,
        ),
        ("a new bag", {"infusions": [part(0, 46, "bag"), part(46.2)]}, True),
        ("a planned step", {"infusions": [part(0, 46, "planned"), part(46)]}, True),
        (
            "stopped and begun again before it",
            {"infusions": [part(0, 9, "toxicity"), part(30)]},
            True,
        ),
    ],
)
def test_a_grade_or_a_restart_answers_it_and_nothing_else(
    why: str, parts: dict[str, Any], stands: bool
) -> None:
    found = asked(blinatumomab(vitals(40, **MUCH), vitals(44, **LITTLE), vitals(52), **parts), 52)
    assert ("crs-shown-peak" in rules(found)) is stands, why
    assert (t23(found) is not None) is stands, why


def test_more_of_it_after_the_answer_asks_again_and_the_same_does_not() -> None:
    given = [graded(40.5, 3), graded(44.5, 2)]
    same = blinatumomab(vitals(40, **MUCH), vitals(43, **MUCH), vitals(52), gradings=given)
    assert "crs-shown-peak" not in rules(asked(same, 52))
    sets = [vitals(40, **MUCH), vitals(44, **LITTLE), vitals(48, **MUCH), vitals(52)]
    assert "crs-shown-peak" in rules(asked(blinatumomab(*sets, gradings=given), 52))


def test_a_gap_in_the_readings_is_no_new_rise() -> None:
    """The exam in between finds the oxygen too old to count, not lower."""
    exams = [exam(40, **WHOLE), exam(46, **WHOLE), exam(52, **WHOLE)]
    sets = [vitals(40, **MUCH), vitals(48, **MUCH), vitals(52)]
    there = blinatumomab(*sets, neuro=exams, gradings=[graded(40.5, 3), graded(44, 3)])
    assert "crs-shown-peak" not in rules(asked(there, 52))


@pytest.mark.parametrize("protocol", ANY)
def test_a_stop_at_grade_4_stands_until_a_physician_records_less(protocol: str) -> None:
    """It says so itself: vasopressin going off is no physician."""
    sets = [vitals(40, **BOTH), vitals(44, **LITTLE), vitals(52)]
    found = asked(blinatumomab(*sets), 52, protocol)
    stop = next(one for one in found.advice if one.rule.endswith("/crs-4-stop"))
    assert stop.verification == "house"
    assert any("CTCAE 5.0 grade 4 was worked out" in say for say in stop.cautions)
    assert any("unless a physician records less" in say for say in stop.cautions)
    less = asked(blinatumomab(*sets, gradings=[graded(45, 3), graded(51, 0)]), 52, protocol)
    assert "stop" not in {one.step for one in less.advice}


def test_where_astct_was_severe_as_well_one_question_is_enough() -> None:
    shock = {**HOT, "hypotensive": True, "vasopressors": agents("norepinephrine")}
    found = asked(blinatumomab(vitals(40, **shock), vitals(52)), 52)
    assert "crs-ungraded-peak" in rules(found)
    assert "crs-shown-peak" not in rules(found)
    assert [one.id for one in found.flags if one.id.startswith("t23")] == ["t23"]


@pytest.mark.parametrize(("region", "age", "stands"), [("jp", 9, True), ("us", 9, False)])
def test_in_japan_a_childs_grade_2_is_remembered_too(region: str, age: int, stands: bool) -> None:
    child = {"age_years": float(age), "weight_kg": 50.0, "developmental_delay": False}
    awake = {"capd": {"total": 4}, "ice": None, **WHOLE}
    sets = [vitals(40, **LITTLE), vitals(52)]
    exams = [exam(40, **awake), exam(52, **awake)]
    found = asked(blinatumomab(*sets, region=region, patient=child, neuro=exams), 52)
    assert ("crs-2-child-shown-peak" in rules(found)) is stands
    assert (t23(found) is not None) is stands
    drowsy = [exam(40, consciousness="voice", **awake), exam(52, **awake)]
    calm = blinatumomab(vitals(40), vitals(52), region=region, patient=child, neuro=drowsy)
    assert ("neuro-2-child-shown-peak" in rules(asked(calm, 52))) is stands


def test_nothing_from_before_the_first_dose_is_remembered() -> None:
    found = asked(blinatumomab(vitals(-6, **MUCH), vitals(2), neuro=[exam(2, **WHOLE)]), 2)
    assert "crs-shown-peak" not in rules(found)


SHOCK = {**HOT, "hypotensive": True, "vasopressors": agents("norepinephrine")}
CALM = [vitals(60), vitals(80), vitals(92)]
AGAIN = [part(0, 40.5, "toxicity"), part(84)]
LATE = [exam(40, **WHOLE), exam(80, **WHOLE), exam(92, **WHOLE)]


@pytest.mark.parametrize(
    ("why", "sets", "parts", "asks"),
    [
        ("begun again after the stop for it", CALM, {}, True),
        ("graded again since", CALM, {"gradings": [graded(40, 3), graded(88, 3)]}, False),
        ("a new bag", CALM, {"infusions": [part(0, 60, "bag"), part(60.2)]}, False),
        ("never interrupted", CALM, {"infusions": [part(0)]}, False),
        (
            "it never fell",
            [vitals(60, **SHOCK), vitals(84, **SHOCK), vitals(92, **SHOCK)],
            {},
            False,
        ),
        ("it came back", [vitals(60), vitals(80), vitals(92, **SHOCK)], {}, False),
        ("nobody looked lately", [vitals(60), vitals(80)], {}, False),
    ],
)
def test_after_a_restart_an_old_grade_asks_for_a_new_one_and_no_longer_interrupts(
    why: str, sets: list[dict[str, Any]], parts: dict[str, Any], asks: bool
) -> None:
    told = {"gradings": [graded(40, 3)], "infusions": AGAIN, "neuro": LATE} | parts
    found = asked(blinatumomab(vitals(40, **SHOCK), *sets, **told), 92)
    assert ("grade-after-restart" in {one.rule for one in found.advice}) is asks, why
    assert ("crs-3-interrupt" in {one.rule.partition("/")[2] for one in found.advice}) is not asks
    assert "crs-1-2" not in rules(found), "nothing says that it goes on before there is a grade"
    if asks:
        one = next(one for one in found.advice if one.rule == "grade-after-restart")
        assert "grade by CTCAE now, and interrupt if it is still 3" in one.advise
        assert one.urgency == "urgent"


def test_neurotoxicity_after_a_restart_is_asked_about_in_the_same_way() -> None:
    exams = [exam(40, lost=5, **WHOLE), exam(80, **WHOLE), exam(92, **WHOLE)]
    told = {"gradings": [graded(40, 3, "encephalopathy")], "infusions": AGAIN, "neuro": exams}
    found = asked(blinatumomab(vitals(40), *CALM, **told), 92)
    assert "grade-after-restart" in {one.rule for one in found.advice}
    rash = told | {"gradings": [graded(40, 3, "rash")]}
    assert "other-3-interrupt" in rules(asked(blinatumomab(vitals(40), *CALM, **rash), 92))


SEIZED = {"kind": "generalised", "duration_min": 1.0, "resolved": True}
OPEN_2 = {**HOT, "oxygen": oxygen("nasal_cannula", 4.0)}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(
    ("why", "signs", "look", "held"),
    [
        ("CTCAE 3, ASTCT 2", MUCH, {}, "crs-shown-stay-off"),
        ("a vasopressor", SHOCK, {}, "crs-shown-stay-off"),
        ("a seizure", {}, {"seizure": SEIZED}, "neuro-shown-stay-off"),
        ("wakes to touch only", {}, {"consciousness": "tactile"}, "neuro-shown-stay-off"),
        ("points lost", {}, {"lost": 8}, "neuro-ungraded-3"),
    ],
)
def test_severe_signs_while_the_pump_is_off_bar_its_restart(
    region: str, why: str, signs: dict[str, Any], look: dict[str, Any], held: str
) -> None:
    """What interrupts speaks of a running infusion; the rule after a gap must not resume it."""
    off, before = [part(0, 39.5, "pump")], {"conditions": []}
    exams = [exam(40, **WHOLE, **look)]
    there = {"infusions": off, "neuro": exams, "region": region, "patient": before}
    found = asked(blinatumomab(vitals(40, **signs), **there), 40)
    assert held in rules(found), why
    assert "restart" not in {one.step for one in found.advice}, why
    assert not [one for one in found.advice if one.drug == "blinatumomab"]


@pytest.mark.parametrize(
    ("why", "signs", "lost", "parts", "resumes"),
    [
        ("well", {}, 0, {}, True),
        ("known to be 2", LITTLE, 0, {}, True),
        ("oxygen without its fraction: 2 or 3", OPEN_2, 0, {}, False),
        ("the same, graded", OPEN_2, 0, {"gradings": [graded(40, 2)]}, True),
        ("ICANS 1: a term of CTCAE, nobody knows how much", {}, 2, {}, False),
        ("the same, graded", {}, 2, {"gradings": [graded(40, 1, "encephalopathy")]}, True),
    ],
)
def test_a_toxicity_that_may_be_severe_by_ctcae_is_graded_before_the_pump_runs_again(
    why: str, signs: dict[str, Any], lost: int, parts: dict[str, Any], resumes: bool
) -> None:
    there = {"infusions": [part(0, 39.5, "pump")], "neuro": [exam(40, lost=lost, **WHOLE)]}
    found = asked(blinatumomab(vitals(40, **signs), **there, **parts), 40)
    assert ("gap-under-4-hours" in rules(found)) is resumes, why
    assert resumes or [name for name in rules(found) if "ungraded" in name], "never silent"


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(
    ("why", "gradings", "stands", "resumes"),
    [
        ("a rash of 3", [graded(39, 3, "rash")], "other-3-technical-stay-off", False),
        ("a rash of 2 after 3", [graded(30, 3, "rash"), graded(39, 2, "rash")], "", False),
        ("the rash gone", [graded(30, 3, "rash"), graded(39, 1, "rash")], "", True),
        ("CRS 3, over", [graded(35, 3), graded(39, 0)], "crs-3-restart", False),
        (
            "neurotoxicity 3, low for hours only",
            [graded(35, 3, "encephalopathy"), graded(39, 1, "encephalopathy")],
            "neuro-3-three-days",
            False,
        ),
        ("neurotoxicity 2", [graded(39, 2, "encephalopathy")], "", True),
    ],
)
def test_a_technical_gap_brings_no_same_dose_back_past_a_grade_that_interrupts(
    region: str, why: str, gradings: list[dict[str, Any]], stands: str, resumes: bool
) -> None:
    off = [part(0, 39.5, "pump")]
    there = {"infusions": off, "neuro": [exam(40, **WHOLE)], "region": region}
    found = asked(blinatumomab(vitals(40), gradings=gradings, **there), 40)
    assert ("gap-under-4-hours" in rules(found)) is resumes, why
    assert not stands or stands in rules(found), why
    late = blinatumomab(vitals(44), gradings=gradings, **(there | {"neuro": [exam(44, **WHOLE)]}))
    assert ("gap-4-hours-resume" in rules(asked(late, 44))) is resumes, why


def test_a_restart_for_the_toxicity_ends_it_and_a_later_gap_resumes() -> None:
    parts = [part(0, 36, "toxicity"), part(38, 39.5, "pump")]
    gradings = [graded(35, 3), graded(37, 0)]
    there = {"infusions": parts, "neuro": [exam(40, **WHOLE)], "gradings": gradings}
    assert "gap-under-4-hours" in rules(asked(blinatumomab(vitals(40), **there), 40))


@pytest.mark.parametrize("protocol", ["label-us", "nccn-2026-2"])
@pytest.mark.parametrize("product", ["glofitamab", "mosunetuzumab", "blinatumomab"])
@pytest.mark.parametrize("known", [True, False])
def test_an_open_grade_never_says_that_a_drug_may_go_on(
    protocol: str, product: str, known: bool
) -> None:
    """One point of ICE lost is grade 1; how the person wakes may make it 4."""
    look = exam(40, lost=2, **WHOLE, **({} if known else {"consciousness": None}))
    parts = {"vitals": [vitals(40)], "neuro": [look]}
    there = case(product=product, **parts)
    if product == "blinatumomab":
        there = blinatumomab(*parts["vitals"], neuro=[look])
    found = asked(there, 40, protocol)
    assert found.grades["astct-icans-2019"].complete is known
    on = [one.advise for one in found.advice if "go on" in one.advise or "continue" in one.advise]
    # The label's own scale is open for blinatumomab: its file asks for a CTCAE grade first.
    assert bool(on) is (known and (product, protocol) != ("blinatumomab", "label-us")), on
