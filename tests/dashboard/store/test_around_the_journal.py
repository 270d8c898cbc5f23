"""Drafts, acknowledged alerts, lists for the board, and what a person is told on failure."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from dashboard.store import (
    Acknowledgement,
    DiskFull,
    NotRead,
    OutcomeUnknown,
    StaleView,
    Store,
    StoreBusy,
    StoreUnreachable,
    SubmissionRefused,
    SubmissionReused,
    UnknownPatient,
    WardExists,
    WrongWard,
    open_store,
)
from tests.dashboard.store.forms import T0, WARD, admit, at, form, vitals


def test_a_draft_survives_and_goes(store: Store, url: str) -> None:
    assert store.load_draft("nurse-1", "p1", "vitals") is None
    store.save_draft("nurse-1", "p1", "vitals", {"temperature_c": 38.6}, now=T0)
    store.save_draft("nurse-1", "p1", "vitals", {"temperature_c": 38.7, "note": "é"}, now=at(1))
    store.save_draft("nurse-2", "p1", "vitals", {"temperature_c": 36.0}, now=at(1))
    with open_store(url) as again:
        draft = again.load_draft("nurse-1", "p1", "vitals")
    assert draft is not None
    assert (draft.payload, draft.saved_at) == ({"temperature_c": 38.7, "note": "é"}, at(1))
    store.drop_draft("nurse-1", "p1", "vitals")
    assert store.load_draft("nurse-1", "p1", "vitals") is None
    assert store.load_draft("nurse-1", "p1", "neuro") is None
    assert store.load_draft("nurse-2", "p1", "vitals") is not None
    assert store.version(WARD) == 0
    assert store.verify() == []


def acknowledge(store: Store, **changed: Any) -> Acknowledgement:
    fields: dict[str, Any] = {
        "acknowledgement_id": "a1",
        "ward_id": WARD,
        "patient_id": "p1",
        "alert_id": "t01",
        "grade_seen": "CRS 2-3",
        "seen_position": 2,
        "reason": "seen and acting",
        "recorded_by": "doctor-1",
        "role": "physician",
        "now": at(2),
    }
    return store.acknowledge(**{**fields, **changed})


def test_an_acknowledgement_is_a_record_of_its_own(store: Store) -> None:
    admit(store)
    store.submit(form(vitals()), now=at(1))
    first = acknowledge(store)
    assert acknowledge(store, now=at(9)) == first
    second = acknowledge(store, acknowledgement_id="a2", alert_id="t02", grade_seen=None)
    assert store.acknowledgements("p1") == (first, second)
    assert (first.position, second.position) == (1, 2)
    assert first.recorded_at == at(2)
    assert store.version(WARD) == 4
    assert store.verify() == []
    with pytest.raises(SubmissionReused):
        acknowledge(store, grade_seen="CRS 4")


def test_nobody_acknowledges_what_they_have_not_seen(store: Store) -> None:
    admit(store)
    store.add_ward("w2", "Ward Two", is_sample=False, now=T0)
    store.submit(form(vitals()), now=at(1))
    store.submit(form(vitals(40.1, at(1)), by="nurse-2"), now=at(2))
    for seen in (1, 2, 4):
        with pytest.raises(StaleView, match=f"shows entry {seen}, the journal is at 3"):
            acknowledge(store, seen_position=seen)
    with pytest.raises(WrongWard):
        acknowledge(store, ward_id="w2", seen_position=3)
    with pytest.raises(UnknownPatient):
        acknowledge(store, patient_id="p9")
    with pytest.raises(SubmissionRefused, match="reason"):
        acknowledge(store, reason=" ", seen_position=3)
    assert store.acknowledgements("p1") == ()
    assert acknowledge(store, seen_position=3).seen_position == 3


def test_the_board_lists_patients_without_reading_records(store: Store) -> None:
    store.add_ward("w2", "Ward Two", is_sample=False, now=T0)
    admit(store, "p2")
    admit(store)
    store.submit(form(vitals()), now=at(7))
    lines = store.patients(WARD)
    assert [(line.patient_id, line.position) for line in lines] == [("p1", 2), ("p2", 1)]
    assert (lines[0].first_recorded_at, lines[0].last_recorded_at) == (T0, at(7))
    assert store.patients("w2") == ()


def test_a_ward_id_is_used_once(store: Store) -> None:
    with pytest.raises(WardExists):
        store.add_ward(WARD, "Other", is_sample=True, now=T0)
    with pytest.raises(SubmissionRefused):
        store.add_ward(" ", "Other", is_sample=True, now=T0)
    assert [ward.name for ward in store.wards()] == ["Ward One"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_database_held_by_another_program_says_not_saved(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(store)
    with store._engines.write.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(store.place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    sent = form(vitals())
    with pytest.raises(StoreBusy, match=r"not saved.*keeps what you typed"):
        store.submit(sent, now=at(1))
    assert "busy" in store.ready()[0]
    assert len(store.history("p1")) == 1
    other.execute("ROLLBACK")
    other.close()
    assert store.submit(sent, now=at(2)).stored
    assert store.verify() == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_full_database_refuses_says_so_and_still_reads(store: Store) -> None:
    """SQLite's own page limit gives the same answer as a full disk."""
    admit(store)
    with store._engines.write.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # it takes the present size
    refused = None
    for minute in range(400):
        try:
            store.submit(form(vitals(taken_at=at(minute))), now=at(500))
        except DiskFull as error:
            refused = error
            break
    assert refused is not None
    assert "disk is full" in str(refused)
    kept = len(store.history("p1"))
    assert store.verify() == []
    with store._engines.write.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert store.submit(form(vitals()), now=at(501)).position == kept + 1


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_cut_connection_is_taken_up_again(store: Store, url: str) -> None:
    admit(store)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert store.submit(form(vitals()), now=at(1)).stored
    assert len(store.history("p1")) == 2


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("moment", ["inside", "at the commit"])
def test_a_connection_lost_while_saving_tells_what_is_known(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Cut off in the middle nothing is stored; cut off at the commit nobody knows."""
    admit(store)
    from dashboard.store import trail

    append = trail.append

    def end_backend(connection, work):
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        receipt = append(connection, work) if moment == "at the commit" else None
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        return receipt or append(connection, work)

    sent = form(vitals())
    monkeypatch.setattr(trail, "append", end_backend)
    with pytest.raises(OutcomeUnknown if moment == "at the commit" else StoreUnreachable):
        store.submit(sent, now=at(1))
    monkeypatch.undo()
    assert store.submit(sent, now=at(2)).stored
    assert len(store.history("p1")) == 2


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_ward_held_by_another_writer_says_not_saved(store: Store, url: str) -> None:
    admit(store)
    with open_store(url + "%20-c%20lock_timeout%3D100") as other, psycopg.connect(url) as holder:
        holder.execute("SELECT * FROM ward_version FOR UPDATE")
        with pytest.raises(StoreBusy, match="not saved"):
            other.submit(form(vitals()), now=at(1))
        holder.rollback()
        assert other.submit(form(vitals()), now=at(1)).stored


def test_no_message_carries_what_was_typed(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A failing statement names its code, never its values; nor does what a log may dig up."""
    admit(store)
    sent = form(vitals(38.7654, other_cause_reason="ZZCANARY"))
    with store._engines.write.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE entry RENAME TO entry_gone")
    with pytest.raises(Exception) as failed:  # noqa: PT011 - any failure, what it says matters
        store.submit(sent, now=at(1))
    shown = repr(failed.value) + str(failed.value) + caplog.text
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None, "the driver's error may quote what was typed"
    assert "not saved" in shown
    assert "ZZCANARY" not in shown
    assert "38.7654" not in shown
    with pytest.raises(NotRead, match="bedside chart") as unread:
        store.history("ZZCANARY")
    assert "ZZCANARY" not in f"{unread.value} {unread.value.__context__}"


def test_readers_and_writers_do_not_stop_each_other(store: Store) -> None:
    admit(store)
    stop = threading.Event()
    problems: list[BaseException] = []
    read = 0

    def board() -> None:
        nonlocal read
        try:
            while not stop.is_set():
                store.version(WARD)
                store.case("p1")
                read += 1
        except BaseException as error:  # noqa: BLE001 - a thread must not swallow what went wrong
            problems.append(error)

    thread = threading.Thread(target=board)
    thread.start()
    for minute in range(30):
        store.submit(form(vitals(taken_at=at(minute))), now=at(60))
    stop.set()
    thread.join()
    assert problems == []
    assert read > 0
    assert len(store.history("p1")) == 31


def test_verifying_while_others_write_raises_no_false_alarm(store: Store) -> None:
    admit(store)
    stop = threading.Event()
    written = 0

    def nurse() -> None:
        nonlocal written
        while not stop.is_set():
            store.submit(form(vitals(), vitals(39.0, at(1))), now=at(60))
            written += 1

    thread = threading.Thread(target=nurse)
    thread.start()
    try:
        alarms = [fault for _ in range(25) for fault in store.verify()]
    finally:
        stop.set()
        thread.join()
    assert alarms == []
    assert written > 0


def test_a_receipt_cannot_be_changed(store: Store) -> None:
    receipt = admit(store)
    with pytest.raises(AttributeError):
        receipt.stored = False  # type: ignore[misc]
    assert replace(receipt, stored=False) != receipt
