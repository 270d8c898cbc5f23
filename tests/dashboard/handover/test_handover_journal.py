"""What only a journal knows: who corrected, acknowledged and gave a reason; and a case file."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import session, ward
from dashboard.alerts import seen_now, seen_text
from dashboard.handover.building import handover_of
from dashboard.handover.gathering import SHIFT, journal_of, state_of_case, told
from dashboard.store import NewEntry, Submission
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import FEVER, LOW, PRESSOR, case, exam, vitals
from toxmodels import load_case

ID = "ward-017"


def _hours(number: float) -> datetime:
    return NOW - timedelta(hours=number)


@pytest.fixture
def one_patient(fresh_store, monkeypatch):
    """Fever since twenty hours, then low pressure, then a vasopressor two hours ago."""
    fresh_store.add_ward("w1", "Ward One", is_sample=False, now=_hours(30))
    sets = [
        vitals(_hours(20), **FEVER),
        vitals(_hours(14), **FEVER),
        vitals(_hours(6), **FEVER, **LOW),
        vitals(_hours(2), **FEVER, **PRESSOR),
    ]
    content = case(ID, NOW, sets=sets, exams=[exam(_hours(16))])
    content["treatments"] = [
        {"given_at": _hours(5).isoformat(), "drug": "tocilizumab", "dose_mg": 560.0, "route": "iv"}
    ]
    fresh_store.import_case(content, ward_id="w1", recorded_by="file", now=_hours(1.5))
    return fresh_store


def _submit(store, entry: NewEntry, *, now: datetime, by: str = "CD", role: str = "nurse"):
    return store.submit(
        Submission(
            submission_id=str(uuid.uuid4()),
            ward_id="w1",
            patient_id=ID,
            entries=(entry,),
            recorded_by=by,
            role=role,
        ),
        now=now,
    )


def _told(since: timedelta = SHIFT):
    ward.forget()
    return told(ward.patient_state(ID), NOW - since, UTC, "Ward One")


def _said(one, key: str, label: str) -> list[str]:
    return [line.says for line in one.section(key).lines if line.label == label]


def test_grades_signs_and_drugs_of_the_shift_are_told(one_patient):
    one = _told()
    (grade,) = _said(one, "changes", "CRS grade")
    assert grade.startswith("1")
    assert "→ 3" in grade
    assert "highest certain 3" in grade
    assert any("hypotension" in says for says in _said(one, "changes", "New sign"))
    assert not any("fever:" in says for says in _said(one, "changes", "New sign"))
    (given,) = _said(one, "changes", "Treatment")
    assert given == "20-Mar 07:00 tocilizumab; dose 560 mg; route iv"
    (counted,) = _said(one, "drugs", "Tocilizumab")
    assert counted.startswith("1 of 4")
    (blocked,) = _said(one, "drugs", "Next tocilizumab BLOCKED")
    assert "next from 15:00" in blocked


def test_what_was_before_the_window_is_not_told_as_a_change(one_patient):
    one = _told(timedelta(hours=1))
    assert _said(one, "changes", "Treatments") == ["none recorded in this time"]
    assert _said(one, "changes", "CRS grade")[0].startswith("unchanged: 3")
    assert _said(one, "changes", "New sign") == ["none among the signs that grade"]


def test_a_correction_names_both_values_who_and_why(one_patient):
    old = next(e for e in one_patient.history(ID) if e.payload.get("temperature_c") == 39.0)
    payload = {**old.payload, "temperature_c": 38.4}
    _submit(
        one_patient,
        NewEntry(kind="vitals", payload=payload, replaces=old.entry_id, reason="typed wrongly"),
        now=NOW - timedelta(minutes=30),
    )
    one = _told()
    (said,) = _said(one, "changes", "Corrected")
    assert "20-Mar 11:30 CD (nurse): vital signs of 19-Mar 16:00; typed wrongly" in said
    assert "was: " in said
    assert "temperature 39 °C" in said
    assert "temperature 38.4 °C" in said.partition("now: ")[2]
    assert _said(_told(timedelta(minutes=20)), "changes", "Corrected") == ["nothing in this time"]


def test_a_late_entry_is_told_although_it_was_observed_before(one_patient):
    lab = {"taken_at": _hours(26).isoformat(), "crp_mg_l": 210.0}
    _submit(one_patient, NewEntry(kind="labs", payload=lab), now=NOW - timedelta(minutes=10))
    (said,) = _said(_told(), "changes", "Entered late")
    assert "CD (nurse): labs of 19-Mar 10:00" in said
    assert "CRP 210 mg/L" in said


def test_an_acknowledged_alert_is_no_longer_open_and_says_who(one_patient):
    before = ward.patient_state(ID)
    alert = before.open_alerts[0]
    assert any(alert.flag.says in line.says for line in _told().section("alerts").lines)
    one_patient.acknowledge(
        acknowledgement_id=str(uuid.uuid4()),
        ward_id="w1",
        patient_id=ID,
        alert_id=alert.flag.id,
        grade_seen=seen_text(seen_now(before.assessment, alert.flag)),
        seen_position=before.position,
        reason="Seen and acting",
        recorded_by="EF",
        role="physician",
        now=NOW - timedelta(minutes=2),
    )
    one = _told()
    open_ = [x.says for x in one.section("alerts").lines if "not acknowledged" in x.label]
    assert not any(alert.flag.says in says for says in open_)
    seen = [x.says for x in one.section("alerts").lines if x.label.endswith(", acknowledged")]
    assert any("Seen and acting, EF (physician), 20-Mar 11:58" in says for says in seen)
    (told_,) = _said(one, "changes", "Acknowledged")
    assert told_.startswith("20-Mar 11:58 EF (physician): Seen and acting; ")
    assert one.open_alerts == before.open_alerts.__len__() - 1


def test_a_check_that_was_left_out_says_why_and_who(one_patient):
    event = {"at": _hours(0.5).isoformat(), "kind": "not_done", "what": "neuro", "why": "Refused"}
    _submit(one_patient, NewEntry(kind="event", payload=event), now=_hours(0.5))
    one = _told()
    (said,) = _said(one, "checks", "Left out with a reason")
    assert said == "20-Mar 11:30 Neurological exam: Refused; CD (nurse)"
    (due,) = _said(one, "checks", "Neurological exam")
    assert "OVERDUE" in due
    assert "not done: Refused; CD (nurse), 20-Mar 11:30" in due


def test_an_overdue_check_without_a_reason_says_so(one_patient):
    one = _told()
    (due,) = _said(one, "checks", "Neurological exam")
    assert "OVERDUE" in due
    assert due.endswith("no reason recorded")


def test_a_check_that_was_done_late_stays_told_after_it_was_done(one_patient):
    late = _said(_told(), "checks", "Done late")
    assert any(says.startswith("Vital signs: due 20-Mar 0") and "done" in says for says in late)


def test_nothing_of_another_patient_is_told(one_patient):
    other = case("other-99", NOW, sets=[vitals(_hours(1))], exams=[exam(_hours(1))])
    other["patient"]["allergies"] = ["canary-allergy"]
    one_patient.import_case(other, ward_id="w1", recorded_by="canary-person", now=_hours(1))
    one = _told()
    said = json.dumps([[x.label, x.says] for s in one.sections for x in s.lines])
    assert "other-99" not in said
    assert "canary" not in said


# A case file


def test_a_case_file_says_that_it_keeps_no_journal():
    content = case(ID, NOW, sets=[vitals(_hours(1), **FEVER)], exams=[exam(_hours(1))])
    state = state_of_case(load_case(json.dumps(content)))
    one = handover_of(state, None, since=state.at - SHIFT, zone=UTC, ward="none")
    for label in ("Acknowledged", "Corrected", "Decided"):
        assert _said(one, "changes", label) == ["not known: a case file keeps no journal"]
    assert one.position is None
    assert next(x.says for x in one.rules if x.label == "Rests on") == "a case file"


def test_what_nobody_recorded_is_said_to_be_missing_and_is_never_none():
    content = {
        "format": "toxwatch-case/1",
        "patient": {"id": ID},
        "vitals": [{"taken_at": NOW.isoformat()}],
    }
    state = state_of_case(load_case(json.dumps(content)))
    one = handover_of(state, None, since=state.at - SHIFT, zone=UTC, ward="none")
    for label in ("Age", "Sex", "Weight", "Allergies", "Conditions", "Baseline ICE"):
        assert _said(one, "background", label) == ["not recorded"], label
    assert _said(one, "situation", "Therapy") == ["not recorded"]
    assert _said(one, "situation", "Since first dose") == ["first dose not recorded"]
    assert _said(one, "assessment", "Last neuro record") == ["not recorded"]
    assert _said(one, "changes", "Treatments") == ["not recorded: nobody kept a list"]
    assert _said(one, "drugs", "Tocilizumab") == ["not known: nobody kept a list of treatments"]
    assert "not assessed" in _said(one, "situation", "CRS")[0]
    assert len(one.section("questions").lines) > 5


def test_a_looked_for_and_empty_list_is_not_the_same_as_nobody_asked():
    content = case(ID, NOW, sets=[vitals(_hours(1))], exams=[exam(_hours(1))])
    content["patient"]["allergies"] = []
    state = state_of_case(load_case(json.dumps(content)))
    one = handover_of(state, None, since=state.at - SHIFT, zone=UTC, ward="none")
    assert _said(one, "background", "Allergies") == ["looked, none"]
    assert _said(one, "background", "Conditions") == ["not recorded"]


def test_after_a_death_nothing_is_due_and_it_is_said_first():
    content = case(ID, NOW, sets=[vitals(_hours(3))], exams=[exam(_hours(3))])
    content["events"] = [{"at": _hours(2).isoformat(), "kind": "death", "due_to": "other"}]
    state = state_of_case(load_case(json.dumps(content)), NOW)
    one = handover_of(state, None, since=state.at - SHIFT, zone=UTC, ward="none")
    assert _said(one, "situation", "State") == ["DECEASED"]
    assert _said(one, "checks", "Checks") == ["none due"]
    assert any("Death" in says for says in _said(one, "changes", "Event"))


def test_the_journal_of_a_patient_is_read_whole(one_patient):
    journal = journal_of(one_patient, ID)
    assert {entry.patient_id for entry in journal.entries} == {ID}
    assert session.store() is one_patient
