"""Saving: whole or not at all, once, with who and when, and what others did meanwhile."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dashboard.store import (
    NewEntry,
    Store,
    SubmissionRefused,
    SubmissionReused,
    UnknownPatient,
    UnknownWard,
    WrongWard,
    open_store,
)
from tests.dashboard.store.forms import T0, WARD, admit, at, form, vitals


def test_a_saved_form_comes_back_as_it_was_typed(store: Store, url: str) -> None:
    admit(store)
    receipt = store.submit(form(vitals(38.6, systolic_mmhg=86), vitals(39.0, at(5))), now=at(6))
    with open_store(url) as again:
        entries = again.history("p1")[1:]
    assert receipt.stored
    assert entries == receipt.entries
    assert [e.payload["temperature_c"] for e in entries] == [38.6, 39.0]
    assert [(e.ordinal, e.submission_size, e.position) for e in entries] == [(1, 2, 2), (2, 2, 3)]
    assert {(e.recorded_by, e.role, e.recorded_at, e.origin) for e in entries} == {
        ("nurse-1", "nurse", at(6), "entered")
    }
    assert [e.observed_at for e in entries] == [T0, at(5)]
    assert entries[0].delay == timedelta(minutes=6)
    assert entries[0].is_late(timedelta(minutes=5))
    assert not entries[0].is_late(timedelta(minutes=6))


def test_the_same_form_sent_again_is_stored_once_and_answered_alike(store: Store) -> None:
    admit(store)
    sent = form(vitals(), seen_position=1)
    first = store.submit(sent, now=at(1))
    store.submit(form(vitals(39.9), by="nurse-2"), now=at(2))
    again = store.submit(sent, now=at(3))
    assert (first.stored, again.stored) == (True, False)
    assert replace(again, stored=True) == first
    assert len(store.history("p1")) == 3
    assert store.version(WARD) == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"entries": (vitals(36.6),)},
        {"entries": (vitals(), vitals(39.0))},
        {"recorded_by": "nurse-2"},
        {"patient_id": "p2"},
    ],
    ids=["other value", "one entry more", "other person", "other patient"],
)
def test_a_form_id_with_other_content_is_never_swallowed(store: Store, changed: dict) -> None:
    admit(store)
    admit(store, "p2")
    sent = form(vitals())
    store.submit(sent, now=at(1))
    with pytest.raises(SubmissionReused, match="already saved with other content"):
        store.submit(replace(sent, **changed), now=at(2))
    assert len(store.history("p1")) == 2
    assert len(store.history("p2")) == 1


def test_twenty_resends_at_once_store_one_entry(store: Store) -> None:
    admit(store)
    sent = form(vitals())
    receipts = []
    threads = [
        threading.Thread(target=lambda: receipts.append(store.submit(sent, now=at(1))))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 20
    assert sum(receipt.stored for receipt in receipts) == 1
    assert len({receipt.entries for receipt in map(_without_payload, receipts)}) == 1
    assert len(store.history("p1")) == 2


def _without_payload(receipt):
    return replace(receipt, entries=tuple(entry.entry_id for entry in receipt.entries))


def test_two_nurses_at_one_patient_keep_all_entries(store: Store) -> None:
    admit(store)
    failures = []

    def shift(who: str) -> None:
        try:
            for minute in range(15):
                store.submit(form(vitals(taken_at=at(minute)), by=who), now=at(60))
        except Exception as error:  # noqa: BLE001 - a thread must not swallow what went wrong
            failures.append(error)

    threads = [threading.Thread(target=shift, args=(f"nurse-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = store.history("p1")
    assert failures == []
    assert [entry.position for entry in history] == list(range(1, 62))
    assert store.version(WARD) == 61
    assert store.positions(WARD) == {"p1": 61}
    assert store.verify() == []


def test_two_processes_worth_of_stores_on_one_database_lose_nothing(store: Store, url: str) -> None:
    admit(store)
    with open_store(url) as other:
        for number in range(5):
            store.submit(form(vitals(taken_at=at(number))), now=at(10))
            other.submit(form(vitals(taken_at=at(number)), by="nurse-2"), now=at(10))
        assert other.history("p1") == store.history("p1")
    assert len(store.history("p1")) == 11


def test_the_slower_of_two_who_meet_goes_round_again(store: Store) -> None:
    """Two wards admit the same id at once: one gets it, the other is told, nothing is mixed."""
    store.add_ward("w2", "Ward Two", is_sample=False, now=T0)
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def admit_to(ward: str) -> None:
        new = NewEntry(kind="patient", payload={"id": "twin"})
        barrier.wait()
        try:
            store.submit(form(new, patient="twin", ward_id=ward), now=T0)
            outcomes.append("stored")
        except (WrongWard, SubmissionRefused):
            outcomes.append("told")

    threads = [threading.Thread(target=admit_to, args=(ward,)) for ward in (WARD, "w2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["stored", "told"]
    assert len(store.history("twin")) == 1
    assert store.verify() == []


def test_the_receipt_names_what_others_entered_since_the_form_was_opened(store: Store) -> None:
    admit(store)
    theirs = store.submit(form(vitals(39.1), by="nurse-2"), now=at(1))
    store.submit(form(vitals(39.2)), now=at(2))
    mine = store.submit(form(vitals(39.3), seen_position=1), now=at(3))
    assert mine.others_since == theirs.entries
    assert store.submit(form(vitals(39.4)), now=at(4)).others_since == ()


def test_the_ward_counter_moves_once_a_submission(store: Store) -> None:
    assert store.version(WARD) == 0
    admit(store)
    store.submit(form(vitals(), vitals(39.0, at(1)), vitals(39.5, at(2))), now=at(3))
    with pytest.raises(SubmissionRefused):
        store.submit(form(vitals(380.0)), now=at(4))
    assert store.version(WARD) == 2
    assert store.positions(WARD) == {"p1": 4}


def nested(depth: int) -> list:
    """Lists in lists, deeper than any reader goes."""
    inner: list = []
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (vitals(101.3), "temperature_c"),
        (vitals(typo=1), "typo"),
        (NewEntry(kind="vitals", payload={"temperature_c": 38.0}), "taken_at"),
        (NewEntry(kind="vitals", payload={"taken_at": "2026-03-03T08:00"}), "taken_at"),
        (NewEntry(kind="vitals", payload={"taken_at": "1761355800"}), "taken_at"),
        (vitals(float("nan")), "not JSON"),
        (vitals(other_cause=nested(5000)), "recursion"),
        (NewEntry(kind="vitals", payload=vitals().payload, observed_at=at(1)), "differs"),
        (vitals(taken_at=at(6)), "lies in the future"),
        (NewEntry(kind="mood", payload={}), "not a kind of entry"),  # type: ignore[arg-type]
        (NewEntry(kind="none_found", payload={"section": "moods"}), "must be one of"),
        (NewEntry(kind="patient", payload={"id": "p2"}), "not the patient this form is for"),
    ],
)
def test_a_form_with_a_fault_stores_nothing_and_names_it(
    store: Store, entry: NewEntry, says: str
) -> None:
    admit(store)
    with pytest.raises(SubmissionRefused, match=says) as refused:
        store.submit(form(vitals(), entry), now=T0)
    assert refused.value.complaints
    assert "keeps what you typed" in str(refused.value)
    assert len(store.history("p1")) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"recorded_by": ""},
        {"recorded_by": " nurse"},
        {"role": "\x00"},
        {"patient_id": "   "},
        {"submission_id": "\ud800"},
        {"recorded_by": None},
        {"entries": ()},
    ],
)
def test_a_form_without_who_whose_or_what_is_refused(store: Store, fields: dict) -> None:
    with pytest.raises(SubmissionRefused):
        store.submit(form(**{"entries": (vitals(),), **fields}), now=T0)


def test_naive_times_are_refused(store: Store) -> None:
    naive = datetime(2026, 3, 3, 9)  # noqa: DTZ001 - the point of the test
    admit(store)
    with pytest.raises(SubmissionRefused, match="offset"):
        store.submit(form(vitals()), now=naive)
    with pytest.raises(SubmissionRefused, match="offset"):
        store.submit(form(replace(vitals(), observed_at=naive)), now=T0)
    with pytest.raises(ValueError, match="offset"):
        store.case("p1", as_of=naive)


def test_the_hour_that_comes_twice_is_kept_in_order(store: Store) -> None:
    """The night the clocks go back: 01:30 first in summer, then in winter time."""
    admit(store)
    summer = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    winter = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=1)))
    now = datetime(2026, 10, 25, 6, tzinfo=UTC)
    store.submit(form(vitals(38.2, winter)), now=now)
    store.submit(form(vitals(38.1, summer)), now=now)
    entries = store.history("p1")[1:]
    assert entries[0].observed_at - entries[1].observed_at == timedelta(hours=1)
    assert {entry.observed_at.utcoffset() for entry in entries} == {timedelta(0)}
    case = store.case("p1")
    assert case.vitals is not None
    assert [each.temperature_c for each in case.vitals] == [38.1, 38.2]


def test_a_patient_nobody_admitted_is_not_made_up(store: Store) -> None:
    with pytest.raises(UnknownPatient, match="nobody with this id"):
        store.submit(form(vitals(), patient="p9"), now=T0)
    with pytest.raises(UnknownPatient):
        store.case("p9")


def test_wards_are_not_mixed_up(store: Store) -> None:
    store.add_ward("w2", "Ward Two", is_sample=True, now=T0)
    admit(store)
    with pytest.raises(WrongWard, match='in ward "w1", the form says "w2"'):
        store.submit(form(vitals(), ward_id="w2"), now=T0)
    with pytest.raises(UnknownWard):
        store.submit(form(vitals(), ward_id="w3"), now=T0)
    with pytest.raises(UnknownWard):
        store.version("w3")
    assert (store.positions("w2"), store.version("w2")) == ({}, 0)
    assert [(w.id, w.is_sample) for w in store.wards()] == [("w1", False), ("w2", True)]


def test_text_is_kept_to_the_letter(store: Store) -> None:
    admit(store, "Ж-01", conditions=["=1+1", "<b>", "糖尿病", "tab\there", "\x00"])
    patient = store.history("Ж-01")[0]
    assert patient.payload["conditions"] == ["=1+1", "<b>", "糖尿病", "tab\there", "\x00"]
