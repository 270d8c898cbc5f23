"""Add a patient, a dose, a change of details; import a case file whole or not at all."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session
from dashboard.parts.forms import admission, exposing
from dashboard.parts.forms.importing import counts, read, submission_id
from dashboard.store import Store, Ward
from tests.dashboard import screen
from tests.dashboard.screen import ran
from toxmodels import Case

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)  # the clock of the fixture


@pytest.fixture
def ward_store(fresh_store: Store) -> Store:
    fresh_store.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    return fresh_store


def opened(role: str = "nurse", **params: str) -> AppTest:
    return screen.opened("add_patient", role, **params)


def widget(at: AppTest, kind: str, field: str) -> Any:
    found = [one for one in at.get(kind) if (one.key or "").endswith(f":{field}")]
    assert len(found) == 1, f"{field}: {[one.key for one in at.get(kind)]}"
    return found[0]


def answered(at: AppTest, kind: str, **answers: Any) -> AppTest:
    for field, value in answers.items():
        widget(at, kind, field.replace("__", "/")).set_value(value)
    return ran(at.run())


def pressed(at: AppTest, name: str) -> AppTest:
    return ran(widget(at, "button", name).click().run())


def messages(at: AppTest) -> str:
    texts = [one.value for kind in (at.error, at.warning, at.info, at.success) for one in kind]
    return "\n".join([*texts, *(one.value for one in at.text)]).replace("\\", "")


def admitted(store: Store, **therapy: Any) -> str:
    given = (NOW - timedelta(days=2)).isoformat()
    case = {
        "format": "toxwatch-case/1",
        "patient": {"id": "blin-1", "age_years": 30.0, "weight_kg": 70.0,
                    "marrow_blasts_percent": 62.0},
        "therapy": {"product": "blinatumomab", "started_at": given,
                    "infusions": [{"started_at": given, "rate_ug_day": 9.0}], **therapy},
    }  # fmt: skip
    store.import_case(case, ward_id="w1", recorded_by="file", now=NOW)
    return session.ref_of("blin-1")


def test_every_widget_starts_empty(ward_store: Store):
    at = opened()
    for kind in ("number_input", "selectbox", "multiselect", "text_input"):
        for one in at.get(kind):
            assert one.value in (None, [], ""), one.key
    answers = [b for b in at.get("button_group") if b.key != "add-patient/task"]
    assert answers
    assert all(not b.value for b in answers)


def test_patient_and_therapy_are_stored_in_one_submission(ward_store: Store):
    at = answered(opened(), "text_input", id="ward-017")
    at = answered(at, "number_input", age_years=41, weight_kg=70, height_cm=172)
    at = answered(at, "date_input", weight_day=date(2026, 3, 20))
    at = answered(at, "button_group", sex="female", baseline="items", allergies__looked="found")
    at = answered(at, "text_input", allergies="penicillin, latex")
    at = answered(at, "button_group", baseline__year="1", baseline__naming="3")
    at = answered(at, "selectbox", product="tisagenlecleucel")
    at = answered(at, "button_group", exposure="dose")
    at = answered(at, "text_input", given_at__clock="08:05")
    at = pressed(at, "review")
    assert not ward_store.patients("w1"), "nothing is stored before Save"
    pressed(at, "save")
    entries = ward_store.history("ward-017")
    assert [e.kind for e in entries] == ["patient", "therapy"]
    assert len({e.submission_id for e in entries}) == 1
    assert entries[0].payload == {
        "id": "ward-017", "age_years": 41.0, "weight_kg": 70.0, "height_cm": 172.0,
        "sex": "female", "weight_recorded_at": "2026-03-20T12:00:00+00:00",
        "baseline_ice": {"year": 1, "naming": 3}, "allergies": ["penicillin", "latex"],
    }  # fmt: skip
    assert entries[1].payload == {
        "product": "tisagenlecleucel", "started_at": "2026-03-20T08:05:00+00:00",
        "doses": [{"given_at": "2026-03-20T08:05:00+00:00"}],
    }  # fmt: skip


def test_an_id_that_is_taken_is_refused(ward_store: Store):
    admitted(ward_store)
    at = pressed(answered(opened(), "text_input", id="blin-1"), "review")
    assert "two people must not share an id" in messages(at)


def test_an_impossible_weight_is_refused_with_the_unit_offered(ward_store: Store):
    at = answered(opened(), "number_input", weight_kg=500)
    assert "impossible" in messages(at)


def test_without_an_id_or_a_role_nothing_can_be_read_back(ward_store: Store):
    at = answered(opened(), "number_input", age_years=41)
    assert "Give the study id" in messages(pressed(at, "review"))
    assert not opened("observer").number_input
    assert not opened("").number_input


def test_a_running_infusion_is_stopped_with_its_reason(ward_store: Store):
    at = opened(p=admitted(ward_store), task="dose")
    at = answered(at, "button_group", **{"exposure-task": "stop"})
    at = answered(at, "text_input", stopped_at__clock="11:30")
    at = answered(at, "button_group", stop_reason="toxicity")
    pressed(pressed(at, "review"), "save")
    therapy = ward_store.case("blin-1").therapy
    assert therapy is not None
    [segment] = therapy.infusions or ()
    assert segment.stop_reason == "toxicity"
    assert segment.stopped_at == datetime(2026, 3, 20, 11, 30, tzinfo=UTC)
    entry = ward_store.history("blin-1")[-1]
    assert entry.reason == "Infusion stopped"
    assert entry.replaces is not None


def test_a_further_segment_is_added_and_the_earlier_one_kept(ward_store: Store):
    at = opened(p=admitted(ward_store), task="dose")
    at = answered(at, "button_group", **{"exposure-task": "next"})
    at = answered(at, "button_group", exposure="segment")
    at = answered(at, "text_input", given_at__clock="10:00")
    at = answered(at, "number_input", rate_ug_day=28)
    pressed(pressed(at, "review"), "save")
    therapy = ward_store.case("blin-1").therapy
    assert therapy is not None
    assert [one.rate_ug_day for one in therapy.infusions or ()] == [9.0, 28.0]


def test_a_new_weight_replaces_the_description_and_keeps_the_rest(ward_store: Store):
    at = opened(p=admitted(ward_store), task="details")
    assert widget(at, "number_input", "weight_kg").value == 70.0
    at = answered(at, "number_input", weight_kg=68.5)
    assert "Say why it changes" in messages(pressed(at, "review"))
    at = answered(at, "text_input", why="weighed again")
    pressed(pressed(at, "review"), "save")
    patient = ward_store.case("blin-1").patient
    assert (patient.weight_kg, patient.marrow_blasts_percent) == (68.5, 62.0)
    assert ward_store.history("blin-1")[-1].reason == "weighed again"


def test_every_answer_of_a_description_can_be_given_and_taken_back(ward_store: Store):
    from dashboard.parts.forms import changes
    from toxmodels.records import Patient

    assert {*Patient.model_fields} == changes._ASKED, "a field that no form asks"
    at = opened(p=admitted(ward_store), task="details")
    at = answered(at, "number_input", marrow_blasts_percent=None, peripheral_blasts_per_ul=90.0)
    at = answered(at, "text_input", why="marrow of another patient")
    pressed(pressed(at, "review"), "save")
    patient = ward_store.case("blin-1").patient
    assert (patient.marrow_blasts_percent, patient.peripheral_blasts_per_ul) == (None, 90.0)


def test_details_that_did_not_change_are_not_stored_again(ward_store: Store):
    at = opened(p=admitted(ward_store), task="details")
    at = pressed(answered(at, "text_input", why="nothing"), "review")
    assert "Nothing has changed" in messages(at)


PATIENT = {
    "id": "p1", "age_years": 3.5, "sex": "male", "weight_kg": 14.2, "height_cm": 95.0,
    "weight_recorded_at": "2026-03-19T12:00:00+00:00", "developmental_delay": True,
    "baseline_ice": {"year": 1, "naming": 2}, "fixed_ice_deficits": ["writing"],
    "baseline_capd": 4, "baseline_systolic_mmhg": 95.0, "allergies": [], "conditions": ["asthma"],
    "baseline_oxygen": {"device": "nasal_cannula", "flow_l_min": 1.0},
    "baseline_echo_at": "2026-03-10T07:45:00+00:00", "spo2_scale": 2,
    "marrow_blasts_percent": 62.0, "peripheral_blasts_per_ul": 8000.0,
    "extramedullary_disease": False,
}  # fmt: skip


@pytest.mark.parametrize("payload", [PATIENT, {"id": "p1"}, {"id": "p1", "baseline_ice": 9}])
def test_a_description_comes_back_from_its_own_answers(
    payload: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(session.ZONE, "UTC")
    answers = admission.patient_values(payload)
    assert admission.patient_payload(answers, "p1", NOW) == payload


def test_every_product_is_offered():
    from toxmodels.products import products

    assert set(exposing.known_products()) == set(products())


def test_a_bad_case_file_gives_every_fault_and_loads_nothing(ward_store: Store):
    content = json.dumps({"format": "toxwatch-case/1", "patient": {"id": "p", "colour": 1},
                          "vitals": [{"taken_at": "2026-03-03 08:00"}]})  # fmt: skip
    faults = read(content.encode())
    assert isinstance(faults, list)
    assert len(faults) >= 1
    assert ward_store.patients("w1") == ()


def test_a_good_case_file_is_counted_and_sent_under_one_id(ward_store: Store, tmp_path: Path):
    content = json.dumps({"format": "toxwatch-case/1", "patient": {"id": "p"}, "vitals": []})
    case = read(content.encode())
    assert isinstance(case, Case)
    assert counts(case).startswith("0 vitals, neuro not recorded")
    [ward] = ward_store.wards()
    assert submission_id(content.encode(), ward) == submission_id(content.encode(), ward)
    other = Ward(id="w2", name="Two", is_sample=False, added_at=NOW)
    assert submission_id(content.encode(), ward) != submission_id(content.encode(), other)


def test_a_file_is_imported_once_however_often_the_button_is_pressed(ward_store: Store):
    content = json.dumps({"format": "toxwatch-case/1", "patient": {"id": "file-1"}}).encode()
    at = opened(task="import")
    at = ran(at.file_uploader[0].set_value(("case.json", content, "application/json")).run())
    for _ in range(2):
        button = next(b for b in at.button if b.label == "Import")
        at = ran(button.click().run())
    assert "Imported" in messages(at)
    assert [e.kind for e in ward_store.history("file-1")] == ["patient"]


def test_faults_of_a_file_are_listed_on_the_screen(ward_store: Store):
    at = opened(task="import")
    bad = ("case.json", b'{"format": "toxwatch-case/1", "patient": {}}', "application/json")
    at = ran(at.file_uploader[0].set_value(bad).run())
    assert "Nothing was loaded" in messages(at)
    assert "$.patient.id" in messages(at)
    assert not [b for b in at.button if b.label == "Import"]


def test_an_admission_says_what_it_leaves_out():
    from dashboard.parts.forms.admitting import unsaid

    said = unsaid("patient", {"id": "p-1", "age_years": 61.0, "allergies": []})
    assert {"weight", "baseline ICE"} <= set(said)
    assert not {"age", "allergies"} & set(said), "looked and found none is an answer"
    assert unsaid("therapy", {"product": "teclistamab"}) == [
        "time of a first dose or infusion",
        "doses of tocilizumab at hand",
    ]
    assert "echocardiogram before therapy" in said
    assert unsaid("therapy", {"product": "teclistamab", "started_at": "2026-03-01T08:00Z"}) == []


# Optional fields, and what the saved page says


def test_the_saved_page_names_the_patient_it_saved(ward_store: Store):
    at = answered(opened(), "text_input", id="ward-044")
    at = pressed(pressed(answered(at, "number_input", age_years=52), "review"), "save")
    assert [one.kind for one in ward_store.history("ward-044")] == ["patient"]
    assert "Saved at" in messages(at)
    assert "Patient ward-044  |  Ward One" in [one.value for one in at.text]


def test_a_change_of_details_names_its_patient_once(ward_store: Store):
    admitted(ward_store)
    at = opened(p=session.ref_of("blin-1"), task="details")
    at = answered(answered(at, "number_input", weight_kg=69.0), "text_input", why="weighed")
    at = pressed(pressed(at, "review"), "save")
    assert [one.value for one in at.text].count("Patient blin-1  |  Ward One") == 1


def test_echocardiogram_and_doses_at_hand_are_stored_when_given(ward_store: Store):
    at = answered(opened(), "text_input", id="ward-045")
    at = answered(at, "date_input", echo_day=date(2026, 3, 2))
    at = answered(at, "selectbox", product="tisagenlecleucel")
    at = answered(at, "number_input", tocilizumab_doses_ready=2)
    pressed(pressed(at, "review"), "save")
    patient, therapy = (one.payload for one in ward_store.history("ward-045"))
    assert patient == {"id": "ward-045", "baseline_echo_at": "2026-03-02T12:00:00+00:00"}
    assert therapy == {"product": "tisagenlecleucel", "tocilizumab_doses_ready": 2}


def test_no_dose_at_hand_is_an_answer_and_an_empty_field_is_none(ward_store: Store):
    at = answered(opened(), "text_input", id="ward-046")
    at = answered(at, "selectbox", product="tisagenlecleucel")
    at = pressed(at, "review")
    assert any("doses of tocilizumab at hand" in one.value for one in at.text)
    at = answered(pressed(at, "back"), "number_input", tocilizumab_doses_ready=0)
    pressed(pressed(at, "review"), "save")
    therapy = ward_store.case("ward-046").therapy
    assert therapy is not None
    assert therapy.tocilizumab_doses_ready == 0


@pytest.mark.parametrize("field", ["echo_day", "weight_day"])
def test_a_day_still_to_come_is_refused(ward_store: Store, field: str):
    at = answered(opened(), "text_input", id="ward-047")
    at = answered(at, "number_input", weight_kg=70)
    at = pressed(answered(at, "date_input", **{field: date(2026, 3, 21)}), "review")
    assert "lies in the future" in messages(at)
    assert not [one for one in at.button if (one.key or "").endswith(":save")]


def test_an_echocardiogram_keeps_its_hour_unless_the_day_changes(ward_store: Store):
    exact = "2026-03-10T07:45:00+00:00"
    answers = admission.patient_values({"id": "p1", "baseline_echo_at": exact})
    other = {**answers, "echo_day": "2026-03-11"}
    none = {name: value for name, value in answers.items() if name != "echo_day"}
    at = [admission.patient_payload(one, "p1", NOW) for one in (answers, other, none)]
    assert at[0]["baseline_echo_at"] == exact
    assert at[1]["baseline_echo_at"] == "2026-03-11T12:00:00+00:00"
    assert "baseline_echo_at" not in at[2]


def test_details_add_an_echocardiogram_and_can_take_it_back(ward_store: Store):
    ref = admitted(ward_store)
    at = answered(opened(p=ref, task="details"), "date_input", echo_day=date(2026, 3, 9))
    at = answered(at, "text_input", why="report arrived")
    pressed(pressed(at, "review"), "save")
    assert ward_store.case("blin-1").patient.baseline_echo_at == datetime(
        2026, 3, 9, 12, tzinfo=UTC
    )
    at = opened(p=ref, task="details")
    at = answered(at, "date_input", echo_day=None)
    at = answered(at, "text_input", why="report of another person")
    pressed(pressed(at, "review"), "save")
    assert ward_store.case("blin-1").patient.baseline_echo_at is None


def test_doses_at_hand_can_be_changed_alone_before_the_first_dose(ward_store: Store):
    case = {"format": "toxwatch-case/1", "patient": {"id": "car-1"},
            "therapy": {"product": "tisagenlecleucel", "tocilizumab_doses_ready": 1}}  # fmt: skip
    ward_store.import_case(case, ward_id="w1", recorded_by="file", now=NOW)
    at = opened(p=session.ref_of("car-1"), task="dose")
    assert widget(at, "number_input", "tocilizumab_doses_ready").value == 1.0
    assert "nothing to save" in messages(pressed(at, "review"))
    at = answered(at, "number_input", tocilizumab_doses_ready=2)
    pressed(pressed(at, "review"), "save")
    therapy = ward_store.case("car-1").therapy
    assert therapy is not None
    assert (therapy.tocilizumab_doses_ready, therapy.doses) == (2, None)


def test_doses_at_hand_are_not_asked_and_not_lost_after_the_start(ward_store: Store):
    at = opened(p=admitted(ward_store, tocilizumab_doses_ready=2), task="dose")
    at = answered(at, "button_group", **{"exposure-task": "next"})
    assert not [
        one for one in at.number_input if (one.key or "").endswith("tocilizumab_doses_ready")
    ]
    at = answered(at, "button_group", exposure="segment")
    at = answered(at, "text_input", given_at__clock="10:00")
    pressed(pressed(at, "review"), "save")
    therapy = ward_store.case("blin-1").therapy
    assert therapy is not None
    assert therapy.tocilizumab_doses_ready == 2
