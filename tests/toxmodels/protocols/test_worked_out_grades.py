"""Label rules read the label's own scale: a clinician's grade, else what the record shows on it."""

from __future__ import annotations

import json
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
from toxmodels.computed_grades import computed_by
from toxmodels.label_grades import Term
from toxmodels.protocols import protocols
from toxmodels.scales import BESIDE

HOT = {"temperature_c": 38.6}
LITTLE = {**HOT, "oxygen": oxygen("nasal_cannula", 2.0, fio2=0.28)}
MUCH = {**HOT, "oxygen": oxygen("nasal_cannula", 6.0, fio2=0.44)}
UNKNOWN = {**HOT, "oxygen": oxygen("nasal_cannula", 6.0)}
SHOCK = {**HOT, "hypotensive": True, "vasopressors": agents("norepinephrine")}
BOTH = {**HOT, "hypotensive": True, "vasopressors": agents("norepinephrine", "vasopressin")}
WHOLE = {"other_signs": [], "new_confusion": False, "cerebral_oedema": "none"}
REGIONS = ("us", "eu", "jp")


def graded(hours: float, grade: int, term: str = "cytokine release syndrome") -> dict[str, Any]:
    return {"graded_at": stamp(hours), "scale": "ctcae-5.0", "term": term, "grade": grade}


def blinatumomab(
    *sets: dict[str, Any], rate: float = 28.0, region: str = "us", **parts: Any
) -> toxmodels.Case:
    segment = {"started_at": stamp(0), "rate_ug_day": rate, "cycle": 2}
    therapy = {"doses": None, "infusions": [segment], "indication": "b-all-rr", "region": region}
    exams = parts.pop("neuro", [exam(40, **WHOLE)])
    patient = {"weight_recorded_at": stamp(20), "height_cm": 172.0} | parts.pop("patient", {})
    return case(
        product="blinatumomab",
        therapy=therapy,
        patient=patient,
        vitals=list(sets),
        neuro=exams,
        **parts,
    )


def asked(patient: toxmodels.Case, hours: float = 40, protocol: str | None = None) -> Assessment:
    region = patient.therapy.region if patient.therapy is not None else "us"
    return toxmodels.assess(patient, at=when(hours), protocol=protocol or f"blinatumomab-{region}")


def rules(found: Assessment) -> set[str]:
    return {name.partition("/")[2] for one in found.advice for name in (one.rule, *one.also)}


def one(found: Assessment, name: str) -> Any:
    return next(one for one in found.advice if one.rule.endswith(f"/{name}"))


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(("signs", "astct"), [(SHOCK, 3), (MUCH, 2)])
def test_the_label_acts_on_its_own_scale_whatever_astct_says(
    region: str, signs: dict[str, Any], astct: int
) -> None:
    """Oxygen at FiO2 0.44 is grade 3 by CTCAE and 2 by ASTCT: the label interrupts."""
    found = asked(blinatumomab(vitals(40, **signs), region=region))
    assert found.grades["astct-crs-2019"].at_least == astct
    hold = one(found, "crs-3-interrupt")
    assert (hold.step, hold.urgency, hold.grade) == ("hold", "emergency", 3)
    assert any("CTCAE 5.0 grade 3 is worked out from the record" in say for say in hold.cautions)
    assert one(found, "crs-3-dexamethasone").dose_mg == 8.0
    assert not [name for name in rules(found) if "ungraded" in name]


def test_what_is_shown_in_full_needs_no_clinician_to_say_that_the_infusion_goes_on() -> None:
    found = asked(blinatumomab(vitals(40, **LITTLE)))
    assert "crs-1-2" in rules(found)
    assert not [name for name in rules(found) if "ungraded" in name]


def test_an_open_grade_never_says_that_the_infusion_goes_on_and_asks_for_a_grade() -> None:
    found = asked(blinatumomab(vitals(40, **UNKNOWN)))
    assert "crs-1-2" not in rules(found)
    assert "crs-ungraded-2" in rules(found)
    possible = {one.rule.partition("/")[2]: one for one in found.if_confirmed}
    assert possible["crs-3-interrupt"].if_grade == 3
    assert possible["crs-3-interrupt"].scale == "ctcae-crs-5.0"


def test_the_clinicians_own_grade_wins_while_it_speaks_of_what_is_seen() -> None:
    told = blinatumomab(vitals(40, **SHOCK), gradings=[graded(40.2, 2)])
    found = asked(told, 41)
    assert "crs-3-interrupt" not in rules(found)
    assert "crs-1-2" in rules(found)
    more = blinatumomab(vitals(40, **LITTLE), vitals(44, **MUCH), gradings=[graded(40.2, 2)])
    assert "crs-1-2" in rules(asked(more, 43))
    found = asked(more, 44)
    assert "crs-3-interrupt" in rules(found), "given before the oxygen rose"
    assert any("worked out" in say for say in one(found, "crs-3-interrupt").cautions)
    again = blinatumomab(
        vitals(40, **LITTLE), vitals(44, **MUCH), gradings=[graded(40.2, 2), graded(44.2, 2)]
    )
    assert "crs-3-interrupt" not in rules(asked(again, 45))


def test_an_astct_grade_is_never_fed_into_a_label() -> None:
    """Oxygen above 6 L/min is 3 by ASTCT; CTCAE goes by its fraction, here a low one."""
    flow = {**HOT, "oxygen": oxygen("high_flow_nasal_cannula", 8.0, fio2=0.3)}
    found = asked(blinatumomab(vitals(40, **flow)))
    assert found.grades["astct-crs-2019"].at_least == 3
    assert "crs-3-interrupt" not in rules(found)
    assert "crs-3-dexamethasone" not in rules(found)
    assert "crs-ungraded-3" in rules(found), "severe by ASTCT: never silent"
    assert "crs-1-2" not in rules(found)
    own = {"scale": "astct-crs-2019", "grade": 4, "graded_at": stamp(40)}
    assert "crs-4-stop" not in rules(asked(blinatumomab(vitals(40, **HOT), gradings=[own])))


def test_grade_4_for_certain_stops_until_a_physician_says_less() -> None:
    """Vasopressin beside another vasopressor is 3 by ASTCT; CTCAE counts both."""
    found = asked(blinatumomab(vitals(40, **BOTH)))
    stop = one(found, "crs-4-stop")
    assert stop.step == "stop"
    assert stop.verification == "house", "that several vasopressors are 4 is a house reading"
    assert any("unless a physician records less" in say for say in stop.cautions)
    less = blinatumomab(vitals(40, **BOTH), gradings=[graded(40.1, 3)])
    assert "stop" not in {one.step for one in asked(less, 41).advice}
    for protocol in ("nccn-2026-2", "label-us"):
        assert "crs-4-stop" in rules(asked(blinatumomab(vitals(40, **BOTH)), protocol=protocol))


@pytest.mark.parametrize(("rate", "told"), [(9.0, True), (28.0, False)])
def test_a_first_seizure_holds_and_the_permanent_stop_waits_for_a_physician(
    rate: float, told: bool
) -> None:
    fit = {"seizure": {"kind": "focal", "duration_min": 2.0, "resolved": True}}
    exams = [exam(40, **WHOLE, **fit)]
    found = asked(blinatumomab(vitals(40), neuro=exams, rate=rate, patient={"conditions": []}))
    hold = one(found, "neuro-3-interrupt")
    assert hold.step == "hold"
    assert "stop" not in {one.step for one in found.advice}
    assert any("came at the low dose" in say for say in hold.cautions) is told


def test_lost_points_leave_ctcae_open_and_are_asked_about() -> None:
    found = asked(blinatumomab(vitals(40), neuro=[exam(40, lost=5, **WHOLE)]))
    assert "neuro-ungraded-1-2" in rules(found)
    assert "neuro-1-2" not in rules(found)
    possible = {(one.rule.partition("/")[2], one.if_grade) for one in found.if_confirmed}
    assert {("neuro-3-interrupt", 3), ("neuro-4-stop", 4)} <= possible


def test_a_restart_waits_for_a_clinicians_grade() -> None:
    """Days and doses count from grades that somebody gave, never from those worked out."""
    calm = [vitals(hour) for hour in (44, 48, 60, 72)]
    off = {"started_at": stamp(0), "stopped_at": stamp(41), "rate_ug_day": 28.0, "cycle": 2}
    off["stop_reason"] = "toxicity"
    told = blinatumomab(vitals(40, **SHOCK), *calm, neuro=[exam(40, **WHOLE), exam(72, **WHOLE)])
    raw = json.loads(told.model_dump_json(exclude_none=True))
    raw["therapy"]["infusions"] = [off]
    stopped = toxmodels.load_case(json.dumps(raw))
    found = asked(stopped, 72)
    assert "restart" not in {one.step for one in found.advice}
    assert "crs-ungraded-peak" in rules(found)
    raw["gradings"] = [graded(40.2, 3), graded(60, 0)]
    again = asked(toxmodels.load_case(json.dumps(raw)), 72)
    assert "crs-3-restart" in rules(again)


def test_a_person_who_is_well_is_told_nothing_for_signs_that_nobody_charts() -> None:
    """CTCAE asks for tremor and headache, which no ward records at each exam."""
    found = asked(blinatumomab(vitals(40), neuro=[exam(40)]))
    assert BESIDE["ctcae-neuro-5.0"] is not None
    assert not [one for one in found.if_confirmed if one.scale.startswith("ctcae")]
    assert not [name for name in rules(found) if "ungraded" in name]


def test_before_the_first_dose_nothing_is_worked_out() -> None:
    patient = blinatumomab(vitals(-4, **HOT), neuro=[exam(-4, **WHOLE)])
    assert "crs-1-2" not in rules(asked(patient, -3))


def test_it_is_worked_out_only_for_rules_that_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speed: a ward on a guideline without label rules pays nothing for the label's scale."""
    asked_for: list[str] = []

    def count(_case: Any, _at: Any, _chart: Any, scale: str, group: Term) -> None:
        if computed_by(scale, group) is not None:
            asked_for.append(f"{scale} {group}")

    monkeypatch.setattr("toxmodels.labelled.computed_grade", count)
    ill = case(vitals=[vitals(40, **SHOCK)], neuro=[exam(40)])
    for protocol in ("asco-2021", "nccn-2026-2", "site-example", "label-us"):
        toxmodels.assess(ill, at=when(40), protocol=protocol)
    assert not asked_for
    asked(blinatumomab(vitals(40, **SHOCK)))
    assert {"ctcae crs", "ctcae neuro"} <= {*asked_for}
    assert len(asked_for) <= 4, "each once for a situation"


@pytest.mark.parametrize("region", REGIONS)
def test_every_packaged_scale_of_a_label_is_read_on_a_scale_of_the_package(region: str) -> None:
    known = {rule.scale for rule in protocols()[f"blinatumomab-{region}"].rules}
    assert known <= {"ctcae", "astct-crs-2019", "astct-icans-2019", "none"}
