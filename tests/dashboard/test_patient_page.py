"""The Patient page with each sample patient: no exception, and nothing missing shown as 0."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session, ward
from dashboard.parts.patient.alerts import token_of
from dashboard.sample_ward import stories_folder
from dashboard.store import NewEntry, Store, Submission
from tests.dashboard import screen
from tests.dashboard.screen import markup_of, plain

STORIES = sorted(file.parent for file in stories_folder().glob("*/story.toml"))
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def _opened(patient: str | None, role: str = "", **params: str) -> AppTest:
    return screen.opened("patient", role, patient=patient, **params)


@pytest.fixture(scope="module")
def ward_of_stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    patch = pytest.MonkeyPatch()
    place = tmp_path_factory.mktemp("ward") / "ward.sqlite3"
    patch.setenv(session.DATABASE, f"sqlite:///{place}")
    patch.setenv(session.FIXED_CLOCK, NOW.isoformat())
    ward.forget()
    opened = session.store()
    opened.add_ward("w1", "Ward One", is_sample=True, now=NOW)
    for story in STORIES:
        text = (story / "case.json").read_text(encoding="utf-8")
        opened.import_case(text, ward_id="w1", recorded_by="file", now=NOW)
    yield opened
    session.close_stores()
    ward.forget()
    patch.undo()


@pytest.mark.parametrize("story", STORIES, ids=[one.name for one in STORIES])
def test_every_sample_patient_opens_at_the_moment_worth_showing(ward_of_stories, story):
    told = tomllib.loads((story / "story.toml").read_text(encoding="utf-8"))
    at = _opened(story.name, at=told["show_at"])
    said = plain(at)
    state = ward.patient_state(story.name, datetime.fromisoformat(told["show_at"]))
    for short, grade in (("CRS", state.crs), ("ICANS", state.icans)):
        assert grade is not None
        shown = f"{grade.at_least} - {grade.at_most}" if not grade.complete else str(grade.at_least)
        assert f"{short} {shown}" in said or f"{short} not assessed" in said
    assert "Worst in 24 h:" in said
    assert at.get("arrow_vega_lite_chart") or at.get("vega_lite_chart")


def test_a_stale_patient_is_not_assessed_and_never_0(ward_of_stories):
    said = plain(_opened("demo-01"))
    assert "ICANS not assessed" in said or "ICANS 0 - 4" in said
    assert "ICANS 0 " not in said.replace("ICANS 0 - 4", "")
    assert "Last known grade" in said


def test_what_nobody_recorded_is_not_known(ward_of_stories):
    said = plain(_opened("demo-01"))
    assert "Allergies Not known" in said
    assert "?" not in said.split("Worst in 24 h")[0]


def test_a_view_of_the_past_shows_nothing_later(ward_of_stories):
    case = json.loads((STORIES[0] / "case.json").read_text(encoding="utf-8"))
    first = datetime.fromisoformat(case["vitals"][0]["taken_at"])
    at = _opened(STORIES[0].name, at=(first + timedelta(minutes=5)).isoformat())
    said = plain(at)
    clock = f"{first:%d-%b %H:%M}"
    assert clock in said
    later = [datetime.fromisoformat(one["taken_at"]) for one in case["vitals"][3:]]
    assert not [one for one in later if f"{one:%d-%b %H:%M}" in said]
    assert "Correct" not in said


def test_the_child_is_examined_by_capd(ward_of_stories):
    at = _opened("demo-03")
    assert "CAPD (child or delay)" in plain(at)


def test_an_unknown_address_says_so_and_shows_nobody(ward_of_stories):
    at = _opened(None, p="0123456789abcdef")
    assert "No patient is behind this address" in at.error[0].value
    assert plain(at).strip() == ""


def test_a_second_episode_is_said(ward_of_stories):
    assert "Biphasic or recurrent: CRS" in plain(_opened("demo-08"))


def test_all_entries_on_demand(ward_of_stories):
    at = _opened("demo-01")
    few = markup_of(at).count("<tr")
    at.toggle(key="entries/demo-01").set_value(True).run()
    assert not at.exception
    assert markup_of(at).count("<tr") > few + 100


@pytest.fixture
def small_ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv(session.DATABASE, f"sqlite:///{tmp_path / 'small.sqlite3'}")
    monkeypatch.setenv(session.FIXED_CLOCK, NOW.isoformat())
    ward.forget()
    opened = session.store()
    opened.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    # AppTest has no browser, so no cookie that stays the same from run to run.
    monkeypatch.setattr(session, "_seat", lambda: "one-browser")
    yield opened
    session.close_stores()
    ward.forget()


def _admit(opened: Store, **more: Any) -> None:
    dosed = (NOW - timedelta(days=3)).isoformat()
    case = {
        "format": "toxwatch-case/1",
        "patient": {"id": "new-01"},
        "therapy": {"product": "tisagenlecleucel", "doses": [{"given_at": dosed}]},
        **more,
    }
    opened.import_case(case, ward_id="w1", recorded_by="file", now=NOW)


def _ago(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


def test_a_patient_without_any_observation_opens(small_ward):
    _admit(small_ward)
    said = plain(_opened("new-01"))
    assert "CRS not assessed" in said
    assert "ICANS not assessed" in said or "ICANS 0 - 4" in said
    assert "No episode of CRS or ICANS on record" in said
    assert re.search(r"(CRS|ICANS) 0 (?!-)", said) is None


def test_a_febrile_grade_asks_about_infection(small_ward):
    _admit(
        small_ward,
        vitals=[{"taken_at": _ago(1), "temperature_c": 38.6, "oxygen": {"device": "room_air"},
                 "hypotensive": False, "vasopressors": []}],
        events=[{"at": _ago(0.5), "kind": "cultures"}],
        treatments=[],
    )  # fmt: skip
    said = plain(_opened("new-01"))
    assert "Infection excluded? Cultures: recorded 30 min ago. Antibiotics: not recorded." in said


def test_missing_signs_are_asked_for_and_say_what_they_leave_open(small_ward):
    _admit(
        small_ward,
        vitals=[{"taken_at": _ago(1), "temperature_c": 38.6, "hypotensive": True,
                 "vasopressors": [], "oxygen": {"device": "nasal_cannula"}}],
        treatments=[],
    )  # fmt: skip
    said = plain(_opened("new-01"))
    assert "CRS 2 - 3" in said
    assert "oxygen flow in L/min: could be 2 or 3" in said


def test_a_corrected_entry_stays_struck_through_with_who_and_why(small_ward):
    _admit(small_ward, vitals=[{"taken_at": _ago(1), "temperature_c": 39.5}])
    wrong = next(one for one in small_ward.history("new-01") if one.kind == "vitals")
    small_ward.submit(
        Submission(
            submission_id="s-1",
            ward_id="w1",
            patient_id="new-01",
            entries=(
                NewEntry(
                    kind="vitals",
                    payload={"taken_at": _ago(1), "temperature_c": 36.5},
                    replaces=wrong.entry_id,
                    reason="typed into the wrong bed",
                ),
            ),
            recorded_by="CD",
            role="nurse",
        ),
        now=NOW,
    )
    at = _opened("new-01", role="nurse")
    markup = markup_of(at)
    assert "<s>temperature 39.5 °C</s>" in markup
    assert "Corrected by CD, " in plain(at)
    assert ": typed into the wrong bed" in plain(at)
    live = next(one for one in small_ward.history("new-01") if one.is_live and one.kind == "vitals")
    assert f"replaces={live.entry_id}" in markup
    assert f"replaces={wrong.entry_id}" not in markup


def test_a_late_entry_says_so(small_ward):
    _admit(small_ward)
    small_ward.submit(
        Submission(
            submission_id="s-1",
            ward_id="w1",
            patient_id="new-01",
            entries=(
                NewEntry(kind="vitals", payload={"taken_at": _ago(3), "temperature_c": 37.0}),
            ),
            recorded_by="CD",
            role="nurse",
        ),
        now=NOW,
    )
    assert "entered late, by 3 h 00 min" in plain(_opened("new-01"))


def _cold_shock() -> dict[str, Any]:
    """Never febrile and on a vasopressor: an emergency beside a grade 0."""
    return {
        "taken_at": _ago(1),
        "temperature_c": 36.6,
        "hypotensive": True,
        "vasopressors": [{"drug": "norepinephrine"}],
        "oxygen": {"device": "room_air"},
    }


def test_an_alert_is_acknowledged_once_with_what_was_on_the_screen(small_ward):
    _admit(small_ward, vitals=[_cold_shock()], treatments=[])
    state = ward.patient_state("new-01")
    alert = state.open_alerts[0]
    at = _opened("new-01", role="nurse")
    assert not [one for one in at.button if (one.key or "").startswith("ack/")], "made when opened"
    at.session_state[f"acknowledge/new-01/{alert.flag.id}"] = True
    at.run().button(key=f"ack/new-01/{alert.flag.id}/Seen and acting").click().run()
    assert not at.exception
    assert not at.error, at.error[0].value
    (stored,) = small_ward.acknowledgements("new-01")
    assert (stored.alert_id, stored.reason) == (alert.flag.id, "Seen and acting")
    assert stored.seen_position == state.position
    assert token_of(state, alert) == stored.acknowledgement_id


def test_nobody_acknowledges_without_a_name_or_in_the_past(small_ward):
    _admit(small_ward, vitals=[_cold_shock()], treatments=[])
    for role, params in (("", {}), ("nurse", {"at": _ago(0.5)})):
        at = _opened("new-01", role=role, **params)
        flag = ward.patient_state("new-01").open_alerts[0].flag
        at.session_state[f"acknowledge/new-01/{flag.id}"] = True
        at.run()
        assert not [one for one in at.button if (one.key or "").startswith("ack/")]


def test_patient_text_is_shown_as_text(small_ward):
    evil = "<img src=x onerror=alert(1)>"
    patient = {"id": "new-01", "allergies": [evil], "conditions": ["![x](http://leak)"]}
    _admit(
        small_ward,
        patient=patient,
        treatments=[{"given_at": _ago(2), "drug": evil, "dose_mg": 1.0}],
    )
    at = _opened("new-01")
    assert "<img" not in markup_of(at)
    assert "&lt;img" in markup_of(at)


def test_the_same_state_is_drawn_once_for_every_rerun(small_ward):
    from dashboard.parts.patient.trajectories import drawn_for

    _admit(small_ward, vitals=[{"taken_at": _ago(1), "temperature_c": 37.0}])
    state = ward.patient_state("new-01")
    assert drawn_for(state, "72 h", UTC) is drawn_for(state, "72 h", UTC)
    assert drawn_for(state, "72 h", UTC) is not drawn_for(state, "24 h", UTC)
