"""
What nobody recorded, or what was recorded of something else, silences no alarm.

Each row is a case in which a gap, another drug or a stop once made a flag go away.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.escalation.situations import (
    agents,
    case,
    drug,
    exam,
    labs,
    said,
    stamp,
    tocilizumab,
    ungraded,
    vitals,
    when,
)
from toxmodels import Case, assess
from toxmodels.escalation import Flag
from toxmodels.protocols import protocols

HOT = {"temperature_c": 38.5}
LOW = {"hypotensive": True, "systolic_mmhg": 84}
ANC = [labs(-30, ferritin_ug_l=100), labs(30, anc_per_ul=100)]


def flag(patient: Case, id_: str, hours: float, protocol: str | None = None) -> Flag | None:
    found = assess(patient, at=when(hours), protocol=protocol).flags
    return next((one for one in found if one.id == id_), None)


def urgency(patient: Case, id_: str, hours: float, protocol: str | None = None) -> str | None:
    found = flag(patient, id_, hours, protocol)
    return None if found is None else found.urgency


# IEC-HS without an upper limit


def test_a_ferritin_that_nothing_can_be_held_against_is_not_called_normal() -> None:
    only = labs(80, ferritin_ug_l=9000)
    told = flag(ungraded(labs=[only], vitals=[vitals(80)]), "t12", 80)
    assert told is not None
    assert told.urgency == "info"
    assert "upper limit and baseline not recorded" in told.says
    assert "upper limit" in told.action
    beside = labs(80, ferritin_ug_l=9000, fibrinogen_g_l=1.1, alt_u_l=400)
    screen = flag(ungraded(labs=[beside], vitals=[vitals(80)]), "t12", 80)
    assert screen is not None
    assert screen.urgency == "urgent"
    assert "Screen for IEC-HS" in screen.action
    assert "ALT 400 U/L, upper limit not recorded" in screen.says


@pytest.mark.parametrize(
    "known",
    [
        [labs(80, ferritin_ug_l=700, fibrinogen_g_l=1.1, upper_limits={"ferritin_ug_l": 400})],
        [labs(-30, ferritin_ug_l=400), labs(80, ferritin_ug_l=700, fibrinogen_g_l=1.1)],
    ],
)
def test_a_limit_or_a_baseline_settles_it(known: list[Any]) -> None:
    assert flag(ungraded(labs=known, vitals=[vitals(80)]), "t12", 80) is None


# The hour of sepsis


def _iv(hours: float, **more: Any) -> dict[str, Any]:
    return drug(hours, "meropenem", route="iv", **more)


def _noted(hours: float, what: str | None = None) -> dict[str, Any]:
    noted = {"at": stamp(hours), "kind": "antibiotics"}
    return noted if what is None else noted | {"what": what}


@pytest.mark.parametrize(
    ("why", "given", "noted", "expected"),
    [
        ("stopped before the sign", [_iv(20, interval_h=8.0, stopped_at=stamp(39))], [], True),
        ("a single dose, stopped", [_iv(38, stopped_at=stamp(39))], [], True),
        ("stopped after the sign", [_iv(20, interval_h=8.0, stopped_at=stamp(40.5))], [], False),
        ("stopped later than now", [_iv(20, interval_h=8.0, stopped_at=stamp(60))], [], False),
        ("a single dose 20 h before", [_iv(20)], [], False),
        ("to prevent, running", [_iv(20, interval_h=8.0, purpose="prophylaxis")], [], True),
        ("to prevent, after the sign", [_iv(40.5, purpose="prophylaxis")], [], True),
        ("noted in one tap", [], [_noted(40.5)], False),
        ("noted by name", [], [_noted(40.5, "ertapenem")], False),
        ("noted as oral", [], [_noted(40.5, "levofloxacin po")], True),
        ("noted to prevent", [], [_noted(40.5, "prophylaxis begun")], True),
        ("noted as intravenous", [], [_noted(40.5, "Ertapenem i.v.")], False),
        ("noted as changed to oral", [], [_noted(40.5, "from iv to oral")], True),
    ],
)
def test_only_a_known_intravenous_antibacterial_ends_the_hour(
    why: str, given: list[Any], noted: list[Any], expected: bool
) -> None:
    sets = [vitals(36), vitals(40, **HOT)]
    patient = case(vitals=sets, labs=ANC, treatments=given, events=noted)
    assert (flag(patient, "t17", 41) is not None) is expected, why


def test_a_drug_without_its_route_is_asked_about() -> None:
    given = [drug(40.5, "meropenem")]
    patient = case(vitals=[vitals(40, **HOT)], labs=ANC, treatments=given)
    told = flag(patient, "t17", 41)
    assert told is not None
    assert "record the route of meropenem" in told.says


def test_a_sign_after_the_antibacterial_was_stopped_starts_an_hour_of_its_own() -> None:
    given = [_iv(40.5, interval_h=8.0, stopped_at=stamp(50))]
    sets = [vitals(40, **HOT), vitals(46), vitals(52, **HOT)]
    patient = case(vitals=sets, labs=ANC, treatments=given)
    assert flag(patient, "t17", 46) is None
    told = flag(patient, "t17", 52.5)
    assert told is not None
    assert "30 min left" in told.says
    again = case(vitals=sets, labs=ANC, treatments=[*given, _iv(52.25)])
    assert flag(again, "t17", 52.5) is None


# The response to another drug


def _to(hours: float, name: str | None, change: str = "improved") -> dict[str, Any]:
    told = {"at": stamp(hours), "kind": "response", "to": name, "change": change}
    return {key: value for key, value in told.items() if value is not None}


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("tocilizumab", True),
        ("Tocilizumab 560 mg", True),
        (None, True),
        ("levetiracetam", False),
        ("dexamethasone", False),
        ("piperacillin-tazobactam", False),
    ],
)
def test_only_a_word_on_tocilizumab_is_its_response(name: str | None, counts: bool) -> None:
    hot = [vitals(hour, **HOT, **LOW) for hour in (40, 46, 54)]
    patient = case(vitals=hot, treatments=tocilizumab(45), events=[_to(50, name)])
    assert (flag(patient, "toci-response-due", 54) is None) is counts
    (dose,) = [
        one
        for one in assess(patient, at=when(54), protocol="asco-2021").advice
        if one.rule == "asco-2021/crs-2-tocilizumab"
    ]
    assert (dose.blocked_by is not None) is counts
    asks = any("record the response" in one for one in dose.confirm)
    assert asks is not counts


# What the chosen protocol waits for


@pytest.mark.parametrize(
    ("protocol", "product", "hours", "expected"),
    [
        ("label-us", "tisagenlecleucel", 12, "urgent"),
        ("label-us", "tisagenlecleucel", 11.9, None),
        ("label-us", "brexucabtagene-autoleucel", 12, None),
        ("label-us", "brexucabtagene-autoleucel", 24, "urgent"),
        ("asco-2021", "tisagenlecleucel", 12, None),
        ("asco-2021", "tisagenlecleucel", 24, "urgent"),
        (None, "tisagenlecleucel", 23.9, None),
        (None, "tisagenlecleucel", 24, "urgent"),
    ],
)
def test_no_improvement_is_called_after_the_hours_of_the_protocol(
    protocol: str | None, product: str, hours: float, expected: str | None
) -> None:
    sets = [vitals(hour, **HOT, **LOW) for hour in (40, 46, 52, 58, 64, 70)]
    events = [_to(56, "tocilizumab", "same")]
    patient = case(product=product, vitals=sets, treatments=tocilizumab(46), events=events)
    assert urgency(patient, "t04", 46 + hours, protocol) == expected


@pytest.mark.parametrize(
    ("change", "to", "hours", "protocol", "expected"),
    [
        ("same", "dexamethasone", 53, "site-example", "urgent"),
        ("same", "dexamethasone", 52.9, "site-example", None),
        ("worse", "dexamethasone", 45, "site-example", "urgent"),
        ("improved", "dexamethasone", 53, "site-example", None),
        ("same", "tocilizumab", 53, "site-example", None),
        ("same", "dexamethasone", 53, "asco-2021", None),
        ("same", "dexamethasone", 53, None, None),
    ],
)
def test_a_protocol_with_a_corticosteroid_first_takes_its_next_step(
    change: str, to: str, hours: float, protocol: str | None, expected: str | None
) -> None:
    sets = [vitals(hour, **HOT, **LOW) for hour in (40, 43, 46, 50, 52)]
    given = [drug(41, "dexamethasone", dose_mg=10.0, route="iv", purpose="crs")]
    patient = case(vitals=sets, treatments=given, events=[_to(44, to, change)])
    assert urgency(patient, "t04", hours, protocol) == expected


def test_every_wait_of_a_packaged_protocol_is_a_number_of_hours() -> None:
    waits = {one.id: one.clocks.waits for one in protocols().values()}
    assert {wait.hours for wait in waits["site-example"] if wait.after == "corticosteroid"} == {12}
    assert {wait.hours for wait in waits["label-us"]} == {12, 24}
    assert not waits["blinatumomab-us"]


# Boluses


@pytest.mark.parametrize(
    ("why", "judged", "reason", "expected"),
    [
        ("nobody ticked a reason", True, None, "emergency"),
        ("given for something else", True, False, None),
        ("not called low when it was given", None, None, None),
    ],
)
def test_a_bolus_in_hypotension_counts_unless_denied(
    why: str, judged: bool | None, reason: bool | None, expected: str | None
) -> None:
    bolus = {"fluid_bolus_ml": 500, "fluid_for_hypotension": reason, "hypotensive": judged}
    sets = [vitals(hour, **HOT | LOW | bolus) for hour in (40, 41)]
    patient = case(vitals=[*sets, vitals(42, **HOT, **LOW)])
    assert urgency(patient, "t03", 42) == expected, why


# Blinatumomab: what its label stops for good


def _blinatumomab(grades: list[tuple[float, int]], off: float | None, **more: Any) -> Case:
    part: dict[str, Any] = {"started_at": stamp(0), "rate_ug_day": more.pop("rate", 28.0)}
    if off is not None:
        part |= {"stopped_at": stamp(off), "stop_reason": "toxicity"}
    term = more.pop("term", "encephalopathy")
    therapy = {"doses": None, "infusions": [part], "region": more.pop("region", "us")}
    reason = {"at": stamp(off or 0), "kind": "infusion_paused", "reason": more.pop("reason", None)}
    return case(
        product="blinatumomab",
        therapy=therapy,
        events=[reason] if reason["reason"] else [],
        patient={"age_years": more.pop("age", 40.0), "height_cm": 172},
        vitals=[vitals(36)],
        gradings=[
            {"graded_at": stamp(at), "scale": "ctcae-5.0", "term": term, "grade": grade}
            for at, grade in grades
        ],
    )


LABEL_ROWS = [
    ("at the low dose", {"rate": 9.0}, [(40, 3), (44, 1)], 60, True),
    ("at the full dose, settled", {}, [(40, 3), (44, 1)], 60, False),
    ("settled in 7 days", {}, [(40, 3), (40 + 168, 1)], 300, False),
    ("settled later", {}, [(40, 3), (40 + 168.1, 1)], 300, True),
    ("not settled for 7 days", {}, [(40, 3)], 40 + 168, False),
    ("nor later", {}, [(40, 3)], 40 + 168.1, True),
    ("Japan, just under 8 days", {"region": "jp"}, [(40, 3), (40 + 191.9, 1)], 300, False),
    ("Japan, 8 days", {"region": "jp"}, [(40, 3), (40 + 192, 1)], 300, True),
    ("Japan, grade 2 of a child", {"region": "jp", "age": 12.0}, [(40, 2), (240, 1)], 300, True),
    ("the same elsewhere", {"age": 12.0}, [(40, 2), (240, 1)], 300, False),
    ("grade 2 of an adult", {"region": "jp"}, [(40, 2), (240, 1)], 300, False),
    ("another, 14 days", {"term": "rash", "reason": "other_ae"}, [(40, 3)], 40 + 336, False),
    ("another, longer", {"term": "rash", "reason": "other_ae"}, [(40, 3)], 40 + 336.1, True),
]


@pytest.mark.parametrize(("why", "more", "grades", "hours", "stops"), LABEL_ROWS)
def test_a_label_stop_short_of_grade_4_is_said_and_no_restart_beside_it(
    why: str, more: dict[str, Any], grades: list[tuple[float, int]], hours: float, stops: bool
) -> None:
    patient = _blinatumomab(grades, 41, **more)
    told = flag(patient, "t23-label-stands", hours)
    assert (told is not None) is stops, why
    assert (flag(patient, "t23-gap", hours) is None) is stops, why
    if told is not None:
        assert told.action == "Do not restart blinatumomab"


@pytest.mark.parametrize(("why", "more", "grades", "hours", "stops"), LABEL_ROWS)
def test_flags_and_the_rules_of_the_label_stop_alike(
    why: str, more: dict[str, Any], grades: list[tuple[float, int]], hours: float, stops: bool
) -> None:
    label = f"blinatumomab-{more.get('region', 'us')}"
    patient = _blinatumomab(grades, 41, **more)
    advice = assess(patient, at=when(hours), protocol=label).advice
    stopping = [one.rule for one in advice if one.step == "stop" and "gap" not in one.rule]
    assert bool(stopping) is stops, why


def test_what_the_label_stops_while_it_runs_is_an_emergency() -> None:
    running = _blinatumomab([(40, 3)], None, rate=9.0)
    told = flag(running, "t23-label", 41)
    assert told is not None
    assert (told.urgency, told.action) == ("emergency", "Stop blinatumomab permanently")


def test_a_long_gap_in_japan_makes_no_new_cycle() -> None:
    gap = {"reason": "crs", "term": "cytokine release syndrome"}
    grades = [(40, 3), (60, 0)]
    told = flag(_blinatumomab(grades, 41, region="jp", **gap), "t23-gap", 41 + 170)
    assert told is not None
    assert "counts inside the 28 days" in told.action
    assert "new cycle" not in told.action
    elsewhere = flag(_blinatumomab(grades, 41, **gap), "t23-gap", 41 + 170)
    assert elsewhere is not None
    assert "new cycle" in elsewhere.action


# Split dose, pressures, weight


def test_an_empty_list_of_doses_beside_a_start_is_one_dose() -> None:
    therapy = {"doses": [], "started_at": stamp(0)}
    sets = [vitals(40, **HOT, **LOW, vasopressors=agents("norepinephrine"))]
    patient = case(product="obecabtagene-autoleucel", therapy=therapy, vitals=sets)
    assert urgency(patient, "t24", 40) == "emergency"
    rules = {one.rule for one in assess(patient, at=when(40), protocol="label-us").advice}
    assert "label-us/obecabtagene-second-crs-3-stop" in rules


SLOW = {"heart_rate_bpm": 59, "respiratory_rate_bpm": 8}


@pytest.mark.parametrize(
    ("why", "earlier", "systolic", "expected"),
    [
        ("30 % above the first sets", [120], 156, "emergency"),
        ("less", [120], 155, None),
        ("it climbed on the way", [120, 120, 118, 150, 154], 156, "emergency"),
        ("nothing recorded before", [], 200, None),
    ],
)
def test_without_a_baseline_the_first_pressures_stand_in(
    why: str, earlier: list[int], systolic: int, expected: str | None
) -> None:
    sets = [vitals(4 + 4 * place, systolic_mmhg=one) for place, one in enumerate(earlier)]
    sets.append(vitals(40, systolic_mmhg=systolic, **SLOW))
    patient = case(patient={"baseline_systolic_mmhg": None}, vitals=sets, neuro=[exam(40)])
    assert urgency(patient, "t10-cushing", 40) == expected, why


def test_a_low_pressure_on_the_chart_is_no_baseline() -> None:
    sets = [vitals(4, **LOW), vitals(8, systolic_mmhg=120), vitals(40, systolic_mmhg=130, **SLOW)]
    patient = case(patient={"baseline_systolic_mmhg": None}, vitals=sets)
    assert flag(patient, "t10-cushing", 40) is None


@pytest.mark.parametrize(
    ("hours", "sign", "expected"),
    [(24, {}, "info"), (719, {}, "info"), (721, {}, None), (721, HOT, "soon")],
)
def test_a_missing_weight_is_asked_for_as_long_as_a_dose_may_be(
    hours: float, sign: dict[str, Any], expected: str | None
) -> None:
    patient = case(patient={"weight_kg": None}, vitals=[vitals(hours, **sign)])
    told = flag(patient, "t28", hours)
    assert (None if told is None else told.urgency) == expected
    if told is not None:
        assert "eight" in told.says
    assert flag(case(vitals=[vitals(hours, **sign)]), "t28", hours) is None


def test_a_word_on_another_drug_releases_no_flag_that_waits_for_one() -> None:
    sets = [vitals(40, **HOT, **LOW), vitals(69, **HOT, **LOW)]
    given = {"vitals": sets, "treatments": tocilizumab(45)}
    held = case(**given, events=[said(69, "same"), _to(74, "levetiracetam")])
    assert flag(held, "t04", 74.5) is not None
