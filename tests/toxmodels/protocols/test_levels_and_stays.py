"""Care that outlives its grade: the bed, the count too old to use, the stop that nobody graded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.escalation.situations import (
    HOT,
    LOW,
    PRESSOR,
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
from toxmodels import Assessment, Case, assess

Json = dict[str, Any]
WHOLE = {"other_signs": [], "new_confusion": False, "cerebral_oedema": "none"}
GUIDELINES = ("asco-2021", "nccn-2026-2", "ebmt-eha-2022", "sitc-2020", "site-example")


def asked(patient: Case, hours: float, protocol: str = "nccn-2026-2") -> Assessment:
    return assess(patient, at=when(hours), protocol=protocol)


def rules(found: Assessment) -> set[str]:
    return {name.rpartition("/")[2] for one in found.advice for name in (one.rule, *one.also)}


def exams(*hours: float) -> list[Json]:
    return [exam(hour, **WHOLE) for hour in hours]


# The bed


@pytest.mark.parametrize("protocol", GUIDELINES)
def test_intensive_care_is_kept_for_a_day_at_the_lower_grade(protocol: str) -> None:
    sets = [vitals(30, **HOT, **PRESSOR), *(vitals(hour) for hour in range(34, 100, 4))]
    there = case(vitals=sets, neuro=exams(*range(30, 100, 8)), treatments=[])
    beds = [(34, "intensive care"), (57, "intensive care"), (58, "a step-up bed"), (82, None)]
    for hours, bed in beds:
        said_ = [one for one in asked(there, hours, protocol).advice if "level-st" in one.rule]
        assert [f"keep {bed}," in one.advise for one in said_] == [True] * (bed is not None), hours


def test_a_new_anticytokine_or_more_corticosteroid_begins_the_day_anew() -> None:
    sets = [vitals(30, **HOT, **PRESSOR), *(vitals(hour) for hour in range(34, 104, 4))]
    given = {
        "tocilizumab": tocilizumab(50),
        "more": [drug(31, "dexamethasone", dose_mg=10.0), drug(50, "dexamethasone", dose_mg=20.0)],
    }
    for what, treatments in given.items():
        there = case(vitals=sets, neuro=exams(*range(30, 100, 8)), treatments=treatments)
        assert "level-stands-crs" in rules(asked(there, 70)), what
        assert "level-stands-crs" not in rules(asked(there, 99)), what


def test_nobody_is_sent_to_the_ward_hours_after_coma() -> None:
    coma = exam(30, 10, consciousness="unarousable", **WHOLE)
    later = [exam(hour, 2, **WHOLE) for hour in range(38, 92, 4)]
    there = case(vitals=[vitals(hour) for hour in range(30, 92, 4)], neuro=[coma, *later])
    found = rules(asked(there, 38))
    assert "level-stands-icans" in found
    assert "icans-level-1" not in found
    assert "icans-level-1" in rules(asked(there, 90))


@pytest.mark.parametrize(("worst", "stands"), [(9, False), (15, True)])
def test_a_capd_near_the_usual_one_sets_no_level(worst: int, stands: bool) -> None:
    def seen(hours: float, total: int) -> Json:
        return exam(hours, **WHOLE, ice=None, capd={"total": total})

    there = case(
        patient={"age_years": 5.0, "weight_kg": 20.0, "baseline_ice": None, "baseline_capd": 8},
        vitals=[vitals(hour) for hour in range(96, 108, 4)],
        neuro=[seen(96, worst), seen(104, 7)],
    )
    assert ("level-stands-icans" in rules(asked(there, 104))) is stands


def test_sedation_ends_no_level() -> None:
    coma = exam(30, 10, consciousness="unarousable", **WHOLE)
    asleep = [{"taken_at": stamp(hour), "unable": ["sedated"]} for hour in range(34, 80, 4)]
    there = case(vitals=[vitals(hour) for hour in range(30, 80, 4)], neuro=[coma, *asleep])
    told = [one.advise for one in asked(there, 78).advice if one.rule == "level-stands-icans"]
    assert len(told) == 1
    assert "was grade 4 when last known, and is open now: go on as for that grade" in told[0]


def test_outpatient_care_waits_a_day_after_grade_2() -> None:
    sets = [vitals(30, **HOT, **LOW), *(vitals(hour) for hour in range(34, 80, 4))]
    there = case(
        vitals=sets,
        neuro=exams(*range(30, 80, 8)),
        treatments=tocilizumab(30.5),
        events=[said(34.2, "improved")],
    )
    assert "crs-responding-outpatient" not in rules(asked(there, 34.3))
    assert "crs-responding-outpatient" in rules(asked(there, 62))


@pytest.mark.parametrize(
    ("product", "doses", "hours"),
    [("teclistamab", 3, 48), ("teclistamab", 4, 0), ("elranatamab", 2, 24), ("tarlatamab", 1, 24)],
)
def test_the_stay_after_a_step_up_dose_ends_with_its_hours(
    product: str, doses: int, hours: int
) -> None:
    given = [{"given_at": stamp(72.0 * one)} for one in range(doses)]
    last = 72.0 * (doses - 1)
    there = case(product=product, therapy={"doses": given}, vitals=[vitals(last + 1)])
    for after in (1, 23.9, 24, 47.9, 48):
        told = [one for one in rules(asked(there, last + after, "label-us")) if "-stay" in one]
        assert len(told) == (after < hours), after


# A taper begins nothing


def test_no_corticosteroid_is_proposed_beside_its_taper() -> None:
    ill = exam(30, 5, **WHOLE)
    there = case(
        vitals=[vitals(hour) for hour in range(30, 60, 4)],
        neuro=[ill, *(exam(hour, 2, **WHOLE) for hour in range(34, 60, 4))],
        treatments=[drug(30.5, "dexamethasone", dose_mg=10.0, purpose="icans")],
        events=[said(38.2, "improved") | {"to": "dexamethasone"}],
    )
    found = asked(there, 38.3)
    assert "corticosteroid-taper" in rules(found)
    assert not [one.rule for one in found.advice if one.step == "treat" and one.dose_mg]
    before = [one.rule for one in asked(there, 38.1).advice if one.drug == "dexamethasone"]
    assert before, "until somebody said that it is better"


def test_a_flare_is_not_offered_less_than_what_the_taper_is_at() -> None:
    given = [(30.5, 1000.0), (42.5, 500.0), (54.5, 125.0)]
    there = case(
        vitals=[vitals(hour) for hour in range(30, 66, 4)],
        neuro=[exam(30, 8), exam(38, 1), exam(46, 1), exam(54, 1), exam(58, 5)],
        treatments=[
            drug(hour, "methylprednisolone", dose_mg=mg, purpose="icans") for hour, mg in given
        ],
        events=[said(45, "improved") | {"to": "methylprednisolone"}],
    )
    found = [one for one in asked(there, 58.1).advice if one.drug == "dexamethasone"]
    assert found
    assert "125 mg, which is more, was given 3 h ago" in " ".join(found[0].confirm)
    alone = there.model_copy(update={"treatments": ()})
    assert not [
        text for one in asked(alone, 58.1).advice for text in one.confirm if "which is more" in text
    ]


# Blinatumomab


def on(*sets: Json, region: str = "us", **parts: Any) -> Case:
    part = {"started_at": stamp(0), "rate_ug_day": 28.0, "cycle": 2}
    part |= {"stopped_at": stamp(30.5), "stop_reason": "toxicity"}
    therapy = {"doses": None, "infusions": [part], "indication": "b-all-rr", "region": region}
    return case(
        product="blinatumomab",
        therapy=therapy,
        patient={"weight_recorded_at": stamp(20), "height_cm": 172.0},
        vitals=list(sets),
        **parts,
    )


@pytest.mark.parametrize("region", ["us", "eu", "jp"])
def test_astct_4_that_nobody_graded_stops_for_good_also_when_it_is_over(region: str) -> None:
    coma = exam(30, 10, consciousness="unarousable", **WHOLE)
    calm = [vitals(hour) for hour in range(30, 70, 4)]
    there = on(*calm, region=region, neuro=[coma, *exams(38, 48, 60)])
    found = asked(there, 60, f"blinatumomab-{region}")
    stops = [one.advise for one in found.advice if one.step == "stop"]
    assert any("unless a physician records CTCAE below 4" in one for one in stops)
    assert not any(one.drug == "dexamethasone" for one in found.advice), "no premedication beside"
    graded = {"scale": "ctcae-5.0", "term": "encephalopathy", "grade": 3, "graded_at": stamp(50)}
    there = on(*calm, region=region, neuro=[coma, *exams(38, 48, 60)], gradings=[graded])
    assert "neuro-ungraded-peak-4" not in rules(asked(there, 60, f"blinatumomab-{region}"))


def test_a_grade_given_for_what_is_over_is_no_order_for_a_drug() -> None:
    sets = [vitals(30, **HOT, **PRESSOR), *(vitals(hour) for hour in range(34, 120, 4))]
    graded = {"scale": "ctcae-5.0", "term": "cytokine release syndrome", "grade": 3}
    parts: Json = {"neuro": exams(*range(30, 120, 8))}
    late = on(*sets, **parts, gradings=[graded | {"graded_at": stamp(100)}])
    found = asked(late, 101, "blinatumomab-us")
    assert "grade-again" in rules(found)
    assert not [
        one
        for one in found.advice
        if one.drug == "dexamethasone" and one.step == "treat" and one.urgency == "emergency"
    ]
    assert any(one.step == "hold" for one in found.advice), "the infusion stays off"
    just = on(*sets, **parts, gradings=[graded | {"graded_at": stamp(36)}])
    assert "crs-3-dexamethasone" in rules(asked(just, 40, "blinatumomab-us"))
    assert "grade-again" in rules(asked(just, 62, "blinatumomab-us"))
    early = on(*sets, **parts, gradings=[graded | {"graded_at": stamp(30.2)}])
    assert "crs-3-dexamethasone" in rules(asked(early, 31, "blinatumomab-us"))


def test_the_three_days_are_not_asked_for_once_they_have_passed() -> None:
    graded = {"scale": "ctcae-5.0", "term": "encephalopathy"}
    there = on(
        *(vitals(hour) for hour in range(30, 120, 4)),
        neuro=[exam(30, 9, **WHOLE), *exams(*range(36, 120, 8))],
        gradings=[
            graded | {"grade": 3, "graded_at": stamp(30.2)},
            graded | {"grade": 0, "graded_at": stamp(40)},
        ],
    )
    assert "neuro-3-three-days" in rules(asked(there, 108, "blinatumomab-us"))
    found = rules(asked(there, 112.5, "blinatumomab-us"))
    assert "neuro-3-restart" in found
    assert "neuro-3-three-days" not in found


@pytest.mark.parametrize("region", ["us", "eu", "jp"])
def test_another_reaction_is_waited_for_three_days_as_well(region: str) -> None:
    graded = {"scale": "ctcae-5.0", "term": "pancreatitis"}
    there = on(
        *(vitals(hour) for hour in range(30, 120, 4)),
        region=region,
        neuro=exams(*range(30, 120, 8)),
        gradings=[
            graded | {"grade": 3, "graded_at": stamp(30.2)},
            graded | {"grade": 1, "graded_at": stamp(40)},
        ],
    )
    waits = rules(asked(there, 108, f"blinatumomab-{region}"))
    assert "other-3-three-days" in waits
    assert "other-3-restart" not in waits
    over = rules(asked(there, 112.5, f"blinatumomab-{region}"))
    assert "other-3-three-days" not in over
    assert "other-3-restart" in over


def test_liver_values_that_fell_are_no_restart() -> None:
    limits = {"upper_limits": {"alt_u_l": 40.0}}
    there = on(
        *(vitals(hour) for hour in range(30, 100, 4)),
        neuro=exams(*range(30, 100, 8)),
        labs=[labs(29, alt_u_l=300.0, **limits), labs(90, alt_u_l=60.0, **limits)],
        events=[{"at": stamp(30.5), "kind": "infusion_paused", "reason": "liver"}],
    )
    assert "liver-settled-ungraded" not in rules(asked(there, 88, "blinatumomab-us"))
    assert "liver-settled-ungraded" in rules(asked(there, 91, "blinatumomab-us"))


# Counts


@pytest.mark.parametrize(
    ("count", "rule"),
    [({"anc_per_ul": 400.0}, "neutrophils"), ({"platelets_10e9_l": 40.0}, "platelets")],
)
def test_a_low_count_that_grew_old_holds_the_next_dose(count: Json, rule: str) -> None:
    there = case(
        product="epcoritamab",
        therapy={"doses": [{"given_at": stamp(0)}]},
        vitals=[vitals(hour) for hour in range(160, 260, 8)],
        neuro=exams(*range(160, 260, 8)),
        labs=[labs(165, **count)],
    )
    assert f"epcoritamab-{rule}-low" in rules(asked(there, 165 + 72, "label-us"))
    found = rules(asked(there, 165 + 73, "label-us"))
    assert f"epcoritamab-{rule}-old" in found
    assert f"epcoritamab-{rule}-low" not in found


def test_prolonged_neutropenia_is_not_over_because_nobody_counted() -> None:
    counts = [labs(hour, anc_per_ul=200.0) for hour in range(24, 24 + 193, 48)]
    part = {"started_at": stamp(0), "rate_ug_day": 28.0, "cycle": 2}
    therapy = {"doses": None, "infusions": [part], "indication": "b-all-rr", "region": "us"}
    there = case(product="blinatumomab", therapy=therapy, labs=counts, vitals=[vitals(300)])
    assert "neutropenia-interrupt" in rules(asked(there, 217, "blinatumomab-us"))
    assert "neutropenia-old-count" in rules(asked(there, 300, "blinatumomab-us"))


# The second dose of obecabtagene


@pytest.mark.parametrize("sign", ["fever", "hypotension"])
def test_a_sign_with_another_cause_bars_the_second_dose_until_it_is_cleared(sign: str) -> None:
    worse = HOT | (LOW if sign == "hypotension" else {})
    causes = ["fever"] if sign == "fever" else ["fever", "hypotension"]
    doses = [{"given_at": stamp(0), "dose_cells": 100e6}]
    there = case(
        product="obecabtagene-autoleucel",
        therapy={"doses": doses},
        patient={"marrow_blasts_percent": 10.0, "weight_recorded_at": stamp(200)},
        vitals=[vitals(210, **worse, other_cause=causes), *map(vitals, range(214, 320, 4))],
        neuro=exams(*range(200, 320, 8)),
    )
    found = asked(there, 222, "label-us")
    assert "obecabtagene-second-attributed" in rules(found)
    assert "obecabtagene-second-dose" not in rules(found)
    assert "obecabtagene-second-dose" in rules(asked(there, 210 + 73, "label-us"))
