"""The pure parts of the entry forms: times, words, round trips, and what the limits say."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from dashboard.parts.forms import grading, neuro, other_records, vitals, words
from dashboard.parts.forms.admitting import plain_text
from dashboard.parts.forms.check import concerns, faults, field_text, impossible, offer
from dashboard.parts.forms.desk import are_alike
from dashboard.parts.forms.kinds import FORMS
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.preview import grade_changes, with_entries
from dashboard.parts.forms.sheet import shown_value
from dashboard.parts.forms.spoken import ORDER, lines, say
from dashboard.parts.forms.when import read_clock, stated, time_fault
from tests.dashboard.small_cases import case
from toxmodels import assess, load_case, records
from toxmodels.course import Walk
from toxmodels.scales.carhlh import GRADED
from toxmodels.scales.organ import ORGAN_TERMS

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
AT = NOW.isoformat()


@pytest.mark.parametrize(
    ("named", "literal"),
    [
        (words.DEVICES, records.Device),
        (words.OXYGEN_REASONS, records.OxygenReason),
        (words.PRESSORS, records.PressorDrug),
        (words.CONSCIOUSNESS, records.Consciousness),
        (words.SEIZURES, records.SeizureKind),
        (words.MOTOR, records.MotorWeakness),
        (words.RAISED_ICP, records.RaisedIcp),
        (words.OEDEMA, records.Oedema),
        (words.UNABLE, records.Unable),
        (words.OTHER_SIGNS, records.OtherSign),
        (words.VITAL_SIGNS, records.VitalSign),
        (words.NEURO_SIGNS, records.NeuroSign),
        (words.ICE_ITEMS, records.IceItem),
        (words.EVENTS, records.EventKind),
        (words.PURPOSES, records.Purpose),
        (words.STOP_REASONS, records.StopReason),
        (words.REGIONS, records.Region),
        (words.SEXES, records.Sex),
    ],
)
def test_every_value_of_the_records_has_a_word(named: words.Words, literal: Any):
    assert set(named) == set(get_args(literal))


def test_every_laboratory_value_has_a_name():
    asked = set(records.Labs.model_fields) - {
        "taken_at",
        "haemophagocytosis",
        "upper_limits",
        "lower_limits",
    }
    assert set(words.LABS) == asked


def test_every_field_of_the_labs_is_read_back():
    assert set(ORDER["labs"]) == set(records.Labs.model_fields) - {"taken_at"}


def test_every_field_of_the_records_is_read_back():
    """A field that is stored and never read back could hold a slip nobody sees."""
    models = {"vitals": records.Vitals, "neuro": records.NeuroExam}
    for kind, model in models.items():
        asked = set(model.model_fields) - {"taken_at", "other_cause", "other_cause_reason"}
        assert set(ORDER[kind]) == asked


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("08:05", time(8, 5)), ("8:05", time(8, 5)), ("0805", time(8, 5)), ("8.05", time(8, 5)),
        ("23:59", time(23, 59)), ("24:00", None), ("12:60", None), ("8", None), ("", None),
        (None, None), ("noon", None), ("08:05:00", None),
    ],
)  # fmt: skip
def test_a_time_of_day_is_read_as_wards_write_it(text: str | None, clock: time | None):
    assert read_clock(text) == clock


@pytest.mark.parametrize(
    ("day", "clock", "second", "expected"),
    [
        (date(2026, 3, 3), time(9, 0), None, "2026-03-03T08:00:00+00:00"),
        (date(2026, 7, 3), time(9, 0), None, "2026-07-03T07:00:00+00:00"),
        (date(2026, 10, 25), time(2, 30), None, None),  # happens twice
        (date(2026, 10, 25), time(2, 30), False, "2026-10-25T00:30:00+00:00"),
        (date(2026, 10, 25), time(2, 30), True, "2026-10-25T01:30:00+00:00"),
        (date(2026, 3, 29), time(2, 30), None, None),  # never happens
    ],
)
def test_a_wall_clock_time_becomes_one_moment(
    day: date, clock: time, second: bool | None, expected: str | None
):
    found = stated(day, clock, PARIS, second=second)
    assert found.at == (None if expected is None else datetime.fromisoformat(expected))
    assert (found.fault is None) == (expected is not None)


@pytest.mark.parametrize(("minutes", "refused"), [(5, False), (5.1, True), (-600, False)])
def test_five_minutes_ahead_is_the_limit(minutes: float, refused: bool):
    assert (time_fault(NOW + timedelta(minutes=minutes), NOW) is not None) == refused


@pytest.mark.parametrize(
    ("typed", "decimals", "shown"),
    [(38.64, 1, 38.6), (38.65, 1, 38.6), (38.25, 1, 38.3), (37.95, 1, 38.0), (93.5, None, 93.5)],
)  # 38.65 lies below the tie in binary, as the browser's own rounding has it
def test_a_number_is_rounded_as_it_is_shown(typed: float, decimals: int | None, shown: float):
    assert shown_value(typed, decimals) == shown


@pytest.mark.parametrize(
    ("name", "value", "offered"),
    [("temperature_c", 101.3, 38.5), ("systolic_mmhg", 16.0, 120.0), ("spo2_percent", 101.0, None)],
)
def test_an_impossible_value_offers_its_likely_unit(name: str, value: float, offered: float | None):
    assert impossible(name, value) is not None
    found = offer(name, value)
    assert (None if found is None else found.value) == offered


def test_a_possible_value_is_neither_refused_nor_converted():
    assert impossible("temperature_c", 38.0) is None
    assert offer("temperature_c", 38.0) is None


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"temperature_c": 40.0}, ()),
        ({"temperature_c": 40.1}, ("above 40",)),
        ({"oxygen": {"device": "nasal_cannula", "flow_l_min": 16.0}}, ("above 15",)),
        ({"oxygen": {"device": "high_flow_nasal_cannula", "flow_l_min": 50.0}}, ()),
        ({"systolic_mmhg": 95.0, "diastolic_mmhg": 95.0}, ("not below systolic",)),
        ({"systolic_mmhg": 120.0, "diastolic_mmhg": 80.0, "map_mmhg": 130.0}, ("outside 80",)),
    ],
)
def test_concerning_values_are_named(payload: dict[str, Any], said: tuple[str, ...]):
    found = concerns([("vitals", payload)])
    assert len(found) == len(said)
    assert all(part in one for part, one in zip(said, found, strict=True))


def test_a_fault_finds_its_field():
    payload = {"taken_at": AT, "oxygen": {"device": "nasal_cannula", "flow_l_min": 99.0}}
    [fault] = faults([("vitals", payload)], "p1")
    assert fault.field == "flow_l_min"
    assert str(fault).startswith(field_text("flow_l_min"))


VITALS = {
    "taken_at": AT, "temperature_c": 38.6, "temperature_site": "axillary", "systolic_mmhg": 86.0,
    "diastolic_mmhg": 48.0, "map_mmhg": 60.0, "heart_rate_bpm": 122.0, "rigors": True,
    "respiratory_rate_bpm": 24.0, "spo2_percent": 93.0, "hypotensive": True, "hypoxic": False,
    "fluid_bolus_ml": 500.0, "fluid_for_hypotension": True,
    "vasopressors": [{"drug": "norepinephrine", "rate_ug_min": 5.0},
                     {"drug": "vasopressin", "rate_units_min": 0.03}],
    "oxygen": {"device": "venturi", "flow_l_min": 8.0, "fio2": 0.4, "reason": "comfort"},
    "other_cause": ["fever"], "other_cause_reason": "line",
}  # fmt: skip
NEURO = {
    "taken_at": AT, "ice": {"year": 1, "naming": 2, "writing": 0}, "consciousness": "voice",
    "seizure": {"kind": "focal", "started_at": "2026-03-03T08:20:00+00:00", "count": 2,
                "duration_min": 3.5, "repetitive_without_recovery": False, "resolved": True},
    "motor_weakness": "mild", "raised_icp": ["papilloedema"], "cerebral_oedema": "none",
    "rass": -2, "new_confusion": True, "handwriting": "worse", "other_signs": ["tremor"],
}  # fmt: skip
ROUND_TRIPS = [
    ("vitals", VITALS),
    ("vitals", {"taken_at": AT, "vasopressors": [], "oxygen": {"device": "room_air"}}),
    ("neuro", NEURO),
    ("neuro", {"taken_at": AT, "ice": {"total": 7}, "raised_icp": [], "other_signs": []}),
    ("neuro", {"taken_at": AT, "capd": {"items": [0, 1, 2, 3, 4, None, 0, 1]}}),
    ("neuro", {"taken_at": AT, "capd": {"total": 12}}),
    ("neuro", {"taken_at": AT, "unable": ["sedated", "intubated"]}),
    ("neuro", {"taken_at": AT, "seizure": {"kind": "none"}}),
    ("treatment", {"given_at": AT, "drug": "anakinra", "dose_mg": 100.0, "route": "sc",
                   "purpose": "crs", "interval_h": 12.0,
                   "stopped_at": "2026-03-03T08:59:00+00:00"}),
    ("labs", {"taken_at": AT, "crp_mg_l": 96.0, "upper_limits": {"crp_mg_l": 5.0}}),
    ("event", {"at": AT, "kind": "not_done", "what": "ICE", "why": "asleep"}),
    ("event", {"at": AT, "kind": "response", "to": "tocilizumab", "change": "improved"}),
    ("event", {"at": AT, "kind": "infusion_paused", "reason": "pump"}),
    ("grading", {"graded_at": AT, "scale": "astct-crs-2019", "term": "cytokine release syndrome",
                 "grade": 0}),
    ("grading", {"graded_at": AT, "scale": "ctcae-5.0", "term": "encephalopathy", "grade": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "payload"), ROUND_TRIPS)
def test_a_correction_that_changes_nothing_stores_the_same_record(
    kind: str, payload: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    """Starting from the old values must lose nothing that the old record held."""
    monkeypatch.setenv("TOXWATCH_ZONE", "UTC")
    form = FORMS[kind]
    assert form.entries(form.values_of(payload), AT) == ((kind, payload),)


@pytest.mark.parametrize(("kind", "payload"), ROUND_TRIPS)
def test_every_stored_value_is_read_back(kind: str, payload: dict[str, Any]):
    said = {line.field: line.text for line in lines(kind, payload, UTC)}
    times = {"taken_at", "given_at", "at", "graded_at", "interval_h", "upper_limits"}
    for name, value in payload.items():
        if name not in times:
            assert said[name] == say(name, value, UTC)


def test_values_are_read_out_as_a_nurse_would():
    said = {line.label: line.text for line in lines("vitals", VITALS, UTC)}
    assert said["Vasopressors"] == "Norepinephrine 5 µg/min, Vasopressin 0.03 units/min"
    assert said["Oxygen"] == "Venturi mask at 8 L/min, FiO2 0.4 (comfort)"
    ice = {line.label: line.text for line in lines("neuro", NEURO, UTC)}["ICE"]
    assert ice is not None
    assert ice.startswith("3 to 8 of 10; points lost: names three objects, writes a standard")
    assert "not recorded: says the month, says the city" in ice


def test_a_capd_is_read_out_item_by_item_as_it_was_answered():
    exam = {"taken_at": AT, "capd": {"items": [0, 1, 4, 3, 4, None, 0, 1]}}
    said = {line.label: line.text for line in lines("neuro", exam, UTC)}["CAPD"]
    assert said is not None
    assert said.startswith("13 to 17 of 32: makes eye contact with the caregiver: always (0); ")
    assert "aware of surroundings: never (4)" in said, "the first four count backwards"
    assert "restless: always (4)" in said
    assert "inconsolable: not recorded" in said
    assert said.endswith("slow to respond: rarely (1)")
    assert say("capd", {"total": 12}, UTC) == "12 of 32 (total only)"


def test_nothing_recorded_makes_no_record():
    for form in FORMS.values():
        assert form.entries({"when": "now", "how": "items", "exam": "ice"}, AT) == ()


def test_all_capd_answers_at_each_end():
    never = {f"capd/{i}": "0" for i in range(8)}
    assert neuro.capd_points(never) == [4, 4, 4, 4, 0, 0, 0, 0]


def test_details_of_a_seizure_that_was_taken_back_are_not_stored():
    values = {"seizure": "none", "seizure_duration_min": 7.0, "seizure_resolved": "no"}
    [(_, payload)] = neuro.entries(values, AT)
    assert payload["seizure"] == {"kind": "none"}


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({}, 0),
        ({"scale": "astct-crs-2019", "grade": "1"}, 0),
        ({"scale": "astct-crs-2019"}, 1),
        ({"grade": "1"}, 1),
        ({"scale": "ctcae-5.0", "grade": "3"}, 1),
        ({"scale": "ctcae-5.0"}, 2),
    ],
)
def test_a_grade_needs_its_scale_and_ctcae_its_term(values: dict[str, str], missing: int):
    assert len(grading.gaps(values)) == missing
    assert bool(grading.entries(values, AT)) is (bool(values) and missing == 0)


def test_a_scale_that_grades_crs_alone_drops_a_term_of_another_scale():
    values = {"scale": "lee-2014", "term": "encephalopathy", "grade": "2"}
    [(_, payload)] = grading.entries(values, AT)
    assert payload["term"] == "cytokine release syndrome"


@pytest.mark.parametrize("term", ORGAN_TERMS)
def test_every_organ_a_scale_reads_is_offered_and_then_read(term: str):
    assert term in grading._terms("ctcae-4.03")
    [(_, payload)] = grading.entries({"scale": "ctcae-4.03", "term": term, "grade": "3"}, AT)
    told = case("organ-01", NOW, sets=[], exams=[], gradings=[payload])
    found = assess(load_case(json.dumps(told)), at=NOW, scales=["lee-2014"]).grades["lee-2014"]
    assert found.at_least == 3


def test_what_a_scale_reads_of_an_organ_alone_is_offered_too():
    assert {*GRADED} <= {*grading._terms("ctcae-5.0")}
    assert grading._terms("iec-hs-2023") == ("iec-hs",)


def test_a_rate_without_its_unit_is_asked_about():
    values = {"pressors": "running", "pressor_agents": ["dopamine"], "rate/dopamine": 5.0}
    assert len(vitals.gaps(values)) == 1
    assert other_records.treatment_gaps({"when": "now", "dose": 5.0, "drug": "x"}) != ()


def test_the_preview_shows_grades_now_and_at_a_late_reading():
    case = {
        "format": "toxwatch-case/1", "patient": {"id": "p", "age_years": 40.0}, "treatments": [],
        "therapy": {"product": "blinatumomab", "doses": [{"given_at": "2026-03-01T09:00:00Z"}]},
    }  # fmt: skip
    late = (NOW - timedelta(hours=6)).isoformat()
    entry = ("vitals", {"taken_at": late, "temperature_c": 39.0, "vasopressors": [],
                        "hypotensive": False, "oxygen": {"device": "room_air"}})  # fmt: skip
    now, then = grade_changes(
        Walk(with_entries(case, (), None)),
        case,
        [entry],
        None,
        now=NOW,
        reach=timedelta(minutes=30),
    )
    assert str(then.after["astct-crs-2019"]) == "1"
    assert str(now.after["astct-crs-2019"]) != "1", "six hours later it is too old to count"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("demo-12", "demo-21", True),
        ("demo-01", "demo-02", False),
        ("a-1", "a-10", False),
        ("mo-17", "m0-17", True),
        ("ab-1", "ab-l", True),
        ("kern-4", "kerm-4", True),
        ("kern-4", "karm-4", False),
        ("B4", "84", True),
    ],
)
def test_ids_one_slip_apart_are_alike(one: str, other: str, alike: bool):
    assert are_alike(one, other) == alike


@pytest.mark.parametrize(
    "text", ["![x](http://h/leak)", "<b>x</b>", ":red[x]", "$a$", "*x* `y` _z_", "# x"]
)
def test_marks_are_escaped(text: str):
    shown = as_text(text)
    assert shown.replace("\\", "").replace("\u2060", "") == text
    assert all(shown[i - 1] == "\\" for i, c in enumerate(shown) if c in "!*`_<$#[:")


def test_an_address_in_a_record_is_plain_text():
    assert plain_text(["a", 1.5, None, True]) == "a; 1.5; not recorded; yes"
