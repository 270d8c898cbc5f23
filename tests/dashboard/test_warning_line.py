"""NEWS2 as a plain fact on the Patient page: beside CRS, whatever either says."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from dashboard import ward
from dashboard.parts.patient.warning import warning_html
from tests.dashboard import screen
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import plain
from tests.dashboard.small_cases import case, exam, vitals

WHO = "warning-01"
QUIET = {"heart_rate_bpm": 80, "respiratory_rate_bpm": 16, "spo2_percent": 97}
RACING = {"heart_rate_bpm": 135, "respiratory_rate_bpm": 26, "spo2_percent": 97}


@pytest.fixture
def told(fresh_store):
    """Admit one patient with this set and this exam, and give what the page says of NEWS2."""
    fresh_store.add_ward("w1", "Ward One", is_sample=True, now=NOW)

    def line(signs: dict, answers: dict, age_years: float | None = 50.0, **more) -> str:
        made = case(
            WHO, NOW, **more,
            sets=[vitals(NOW - timedelta(minutes=20), **signs)],
            exams=[exam(NOW - timedelta(hours=2), **answers)],
        )  # fmt: skip
        made["patient"]["age_years"] = age_years
        fresh_store.import_case(json.dumps(made), ward_id="w1", recorded_by="file", now=NOW)
        shown = plain(screen.opened("patient", patient=WHO))
        start = max(shown.find("NEWS2: "), shown.find("NEWS2 not assessed"))
        assert start >= 0
        return shown[start : shown.index("No protocol is chosen", start)].strip()

    return line


def test_a_closed_score_says_what_it_is_made_of_and_how_old_it_is(told):
    said = told({**QUIET, "temperature_c": 39.2}, {"new_confusion": False})
    assert said == (
        "NEWS2: 2, low risk , from temperature 39.2 °C: 2 (readings 20 min ago to 2 h 00 min ago)"
    )


def test_confusion_that_nobody_answered_leaves_an_interval_and_is_asked_for(told):
    said = told(QUIET, {})
    assert said.startswith("NEWS2: 0-3, low risk to low-medium risk (a single 3)")
    assert said.endswith("Still to record: new confusion: yes or no")


def test_without_vital_signs_it_is_an_interval_and_never_a_low_number(told):
    signs = {"temperature_c": None, "systolic_mmhg": None, "oxygen": None, "heart_rate_bpm": 80}
    said = told(signs, {})
    assert said.startswith("NEWS2: 0-17")
    for asked in ("respiratory rate", "oxygen saturation", "systolic pressure", "temperature"):
        assert asked in said


def test_nothing_recorded_is_not_assessed(told):
    said = told(
        {"temperature_c": None, "systolic_mmhg": None, "oxygen": None}, {"consciousness": None}
    )
    assert said.startswith("NEWS2 not assessed . Still to record: ")


def test_a_child_is_not_scored(told):
    said = told(QUIET, {"new_confusion": False}, age_years=15.9)
    assert said == (
        "NEWS2 not assessed . Still to record: a score for children: NEWS2 does not apply"
    )


def test_neither_mutes_the_other(told, fresh_store):
    """A high NEWS2 beside a low CRS raises a flag, and the line stands there all the same."""
    said = told({**RACING, "temperature_c": 38.5}, {"new_confusion": False})
    assert said.startswith("NEWS2: 7, high risk")
    state = ward.patient_state(WHO)
    assert state.crs is not None
    assert state.crs.at_most == 1
    assert any(one.id == "news2-high" for one in state.assessment.flags)


def test_a_high_crs_leaves_the_line_as_it_is(told):
    pressor = [{"drug": "norepinephrine", "rate_ug_min": 5.0}]
    signs = {**QUIET, "temperature_c": 38.6, "vasopressors": pressor, "hypotensive": True}
    assert told(signs, {"new_confusion": False}).startswith("NEWS2: 1, low risk")
    state = ward.patient_state(WHO)
    assert state.crs is not None
    assert state.crs.at_least == 3


def test_after_a_death_there_is_no_line(fresh_store):
    death = {"at": (NOW - timedelta(minutes=5)).isoformat(), "kind": "death", "due_to": "other"}
    fresh_store.add_ward("w1", "Ward One", is_sample=True, now=NOW)
    made = case(WHO, NOW, sets=[vitals(NOW - timedelta(minutes=20))], exams=[], events=[death])
    fresh_store.import_case(json.dumps(made), ward_id="w1", recorded_by="file", now=NOW)
    assert warning_html(ward.patient_state(WHO)) == ""
