"""Corrections, withdrawals, and what was known at an earlier time."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from dashboard.store import (
    AlreadyCorrected,
    NewEntry,
    NotRead,
    PatientExists,
    Store,
    SubmissionRefused,
    UnknownPatient,
)
from tests.dashboard.store.forms import (
    T0,
    WARD,
    admit,
    at,
    correction,
    form,
    vitals,
    withdrawal,
)

CASE = {
    "format": "toxwatch-case/1",
    "patient": {"id": "demo-01", "age_years": 41.0, "weight_kg": 70.0, "conditions": []},
    "therapy": {"product": "tisagenlecleucel", "started_at": "2026-03-01T10:00:00+00:00"},
    "vitals": [
        {
            "taken_at": "2026-03-03T08:00:00+01:00",
            "temperature_c": 38.6,
            "vasopressors": [{"drug": "norepinephrine", "rate_ug_min": 5.0}],
            "oxygen": {"device": "nasal_cannula", "flow_l_min": 4.0},
            "other_cause": [],
        },
        {"taken_at": "2026-03-03T12:00:00+00:00", "temperature_c": None},
    ],
    "neuro": [{"taken_at": "2026-03-03T08:10:00+00:00", "ice": {"total": 8}}],
    "labs": [{"taken_at": "2026-03-03T06:00:00+00:00", "crp_mg_l": 96.0}],
    "treatments": [],
    "events": [{"at": "2026-03-03T11:00:00+00:00", "kind": "cultures"}],
    "gradings": [
        {
            "graded_at": "2026-03-03T11:00:00+00:00",
            "scale": "ctcae-5.0",
            "term": "seizure",
            "grade": 3,
        }
    ],
}


def temperatures(store: Store, minutes: float | None = None) -> list[float | None]:
    case = store.case("p1", None if minutes is None else at(minutes))
    return [each.temperature_c for each in case.vitals or ()]


def test_a_correction_counts_and_the_first_value_stays_on_record(store: Store) -> None:
    admit(store)
    first = store.submit(form(vitals(36.8)), now=at(1)).entries[0]
    second = store.submit(form(correction(first.entry_id, 38.6), by="nurse-2"), now=at(2))
    assert temperatures(store) == [38.6]
    old, new = store.history("p1")[1:]
    assert (old.payload["temperature_c"], old.replaced_by, old.is_live, old.withdrawn) == (
        36.8,
        second.entries[0].entry_id,
        False,
        False,
    )
    assert (new.replaces, new.reason, new.recorded_by) == (old.entry_id, "misread", "nurse-2")


def test_corrected_and_corrected_back_is_the_first_case_with_a_longer_history(store: Store) -> None:
    admit(store)
    first = store.submit(form(vitals(38.6)), now=at(1)).entries[0]
    before = store.case_json("p1")
    second = store.submit(form(correction(first.entry_id, 36.8)), now=at(2)).entries[0]
    store.submit(form(correction(second.entry_id, 38.6, "was right")), now=at(3))
    assert store.case_json("p1") == before
    assert len(store.history("p1")) == 4


def test_the_past_is_shown_as_it_was_known(store: Store) -> None:
    admit(store)
    first = store.submit(form(vitals(36.8)), now=at(1)).entries[0]
    late = store.submit(form(vitals(39.9, at(-300))), now=at(2)).entries[0]
    store.submit(form(correction(first.entry_id, 38.6)), now=at(3))
    store.submit(form(withdrawal(late.entry_id)), now=at(4))
    assert temperatures(store, 0) == []
    assert temperatures(store, 1) == [36.8]
    assert temperatures(store, 2) == [39.9, 36.8]
    assert temperatures(store, 3) == [39.9, 38.6]
    assert temperatures(store, 4) == temperatures(store) == [38.6]
    with pytest.raises(UnknownPatient, match="on record by 2026-03-03 08:59 UTC"):
        store.case("p1", at(-1))
    assert [entry.replaced_by for entry in store.history("p1", at(2))] == [None] * 3


def test_a_withdrawn_entry_leaves_the_case_and_stays_in_the_history(store: Store) -> None:
    admit(store)
    wrong = store.submit(form(vitals(41.0)), now=at(1)).entries[0]
    store.submit(form(withdrawal(wrong.entry_id)), now=at(2))
    assert store.case("p1").vitals is None
    entries = store.history("p1")
    assert [entry.withdrawn for entry in entries] == [False, True, False]
    assert [entry.is_live for entry in entries] == [True, False, False]


def test_the_second_of_two_corrections_is_told_of_the_first(store: Store) -> None:
    admit(store)
    entry = store.submit(form(vitals(36.8)), now=at(1)).entries[0]
    store.submit(form(correction(entry.entry_id, 38.6), by="nurse-2"), now=at(2))
    for late in (correction(entry.entry_id, 38.9), withdrawal(entry.entry_id)):
        with pytest.raises(AlreadyCorrected, match="nurse-2 has corrected or withdrawn it"):
            store.submit(form(late), now=at(3))
    assert temperatures(store) == [38.6]


def test_corrections_that_make_no_sense_are_refused(store: Store) -> None:
    admit(store)
    admit(store, "p2")
    theirs = store.submit(form(vitals(), patient="p2"), now=at(1)).entries[0].entry_id
    mine = store.submit(form(vitals()), now=at(1)).entries[0].entry_id
    gone = store.submit(form(vitals()), now=at(1)).entries[0].entry_id
    taken_back = store.submit(form(withdrawal(gone)), now=at(1)).entries[0].entry_id
    patient = store.history("p1")[0].entry_id
    exam = {"taken_at": T0.isoformat(), "ice": {"total": 9}}
    for entries, says in (
        ((correction("no-such-entry", 38.0),), "no such entry"),
        ((correction(theirs, 38.0),), "no such entry"),
        ((correction(mine, 38.0, reason=" "),), "reason: is empty"),
        ((NewEntry(kind="withdrawal", payload={}, replaces=mine),), "reason: is empty"),
        ((NewEntry(kind="withdrawal", payload={}),), "must name the entry"),
        ((NewEntry(kind="withdrawal", payload={"a": 1}, replaces=mine, reason="x"),), "no values"),
        ((withdrawal(taken_back),), "a withdrawal is final"),
        ((withdrawal(patient),), "cannot be withdrawn"),
        ((NewEntry(kind="neuro", payload=exam, replaces=mine, reason="x"),), "is a vitals entry"),
        ((correction(mine, 38.0), correction(mine, 38.1)), "twice in one submission"),
    ):
        with pytest.raises(SubmissionRefused, match=says):
            store.submit(form(*entries), now=at(2))
    assert store.verify() == []


def test_details_changed_by_two_at_once_are_not_overwritten(store: Store) -> None:
    admit(store, weight_kg=70.0)
    first = store.history("p1")[0].entry_id

    def heavier(kilogrammes: float, replaces: str | None) -> NewEntry:
        payload = {"id": "p1", "weight_kg": kilogrammes}
        return NewEntry(kind="patient", payload=payload, replaces=replaces, reason="weighed")

    with pytest.raises(SubmissionRefused, match=f"replace {first}"):
        store.submit(form(heavier(71.0, None)), now=at(1))
    store.submit(form(heavier(72.0, first), by="nurse-2"), now=at(2))
    with pytest.raises(AlreadyCorrected, match="nurse-2"):
        store.submit(form(heavier(73.0, first)), now=at(3))
    assert store.case("p1").patient.weight_kg == 72.0
    assert store.case("p1", at(1)).patient.weight_kg == 70.0


def test_nobody_looked_and_none_found_stay_different(store: Store) -> None:
    admit(store)
    assert store.case("p1").treatments is None
    none = store.submit(
        form(NewEntry(kind="none_found", payload={"section": "treatments"})), now=at(1)
    ).entries[0]
    assert store.case("p1").treatments == ()
    given = {"given_at": T0.isoformat(), "drug": "tocilizumab", "dose_mg": 560.0}
    store.submit(form(NewEntry(kind="treatment", payload=given)), now=at(2))
    treatments = store.case("p1").treatments
    assert treatments is not None
    assert [each.drug for each in treatments] == ["tocilizumab"]
    store.submit(form(withdrawal(none.entry_id)), now=at(3))
    assert len(store.case("p1").treatments or ()) == 1


@pytest.mark.parametrize("as_text", [False, True], ids=["parsed", "text"])
def test_a_case_file_goes_in_and_comes_out_the_same(store: Store, as_text: bool) -> None:
    given = json.dumps(CASE) if as_text else CASE
    receipt = store.import_case(
        given, ward_id=WARD, recorded_by="clerk", now=T0 + timedelta(days=1)
    )
    assert store.case_json("demo-01") == CASE
    assert json.loads(store.export_case("demo-01")) == CASE
    assert len(receipt.entries) == 9
    assert {entry.origin for entry in receipt.entries} == {"imported"}
    assert not any(entry.is_late(timedelta(0)) for entry in receipt.entries)
    with pytest.raises(PatientExists, match="two people must not be mixed"):
        store.import_case(given, ward_id=WARD, recorded_by="clerk", now=T0)
    assert store.verify() == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"format": "toxwatch-case/1"}', "patient"),
        ('{"format": "toxwatch-case/1", "patient": {"id": "x", "id": "y"}}', "duplicate|twice"),
        ("not a case", "JSON|json"),
        ({**CASE, "vitals": [{"taken_at": "2026-03-03T08:00:00Z", "spo2_percent": 930}]}, "spo2"),
    ],
)
def test_a_bad_case_file_is_refused_whole(store: Store, text: str | dict, says: str) -> None:
    with pytest.raises(SubmissionRefused, match=says):
        store.import_case(text, ward_id=WARD, recorded_by="clerk", now=T0)
    assert store.positions(WARD) == {}


def test_order_of_entry_does_not_change_the_case(store: Store) -> None:
    admit(store)
    admit(store, "p2")
    sets = [vitals(38.0 + n / 10, at(n)) for n in range(5)]
    for each in sets:
        store.submit(form(each), now=at(10))
    for each in reversed(sets):
        store.submit(form(each, patient="p2"), now=at(10))
    assert store.case_json("p1")["vitals"] == store.case_json("p2")["vitals"]


def test_stored_entries_that_no_longer_read_are_said_not_left_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(store)
    store.submit(form(vitals(), vitals(39.0, at(1))), now=at(1))
    broken = store.case_json("p1")
    broken["vitals"][0]["temperature_c"] = 386.0
    monkeypatch.setattr(store, "case_json", lambda *_: broken)
    with pytest.raises(NotRead, match="Do not rely on the screen") as error:
        store.case("p1")
    assert "temperature_c" in str(error.value)
