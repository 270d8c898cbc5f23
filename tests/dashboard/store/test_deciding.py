"""What a ward decides: chosen protocols and decided proposals, each stored once and for good."""

from __future__ import annotations

import re
import sqlite3
import threading
from typing import Any

import psycopg
import pytest
from alembic import command
from psycopg import errors as pg

from dashboard.store import (
    Decision,
    GuardMissing,
    ProtocolChoice,
    StaleView,
    Store,
    SubmissionRefused,
    SubmissionReused,
    UnknownPatient,
    UnknownWard,
    WrongWard,
    auditing,
    open_store,
)
from dashboard.store.migrating import configuration, schema_of
from dashboard.store.opening import engines_for
from tests.dashboard.store.forms import T0, WARD, admit, at, form, vitals


def choose(store: Store, **changed: Any) -> ProtocolChoice:
    fields: dict[str, Any] = {
        "choice_id": "c1",
        "ward_id": WARD,
        "scope": "car-t",
        "protocol_id": "asco-2021",
        "reason": "as the unit agreed",
        "recorded_by": "doctor-1",
        "role": "physician",
        "now": at(1),
    }
    return store.choose_protocol(**{**fields, **changed})


def decide(store: Store, **changed: Any) -> Decision:
    fields: dict[str, Any] = {
        "decision_id": "d1",
        "ward_id": WARD,
        "patient_id": "p1",
        "rule": "asco-2021/crs-2-tocilizumab",
        "protocol": "asco-2021",
        "choice": "overridden",
        "advise": "Give tocilizumab",
        "dose_mg": 560,
        "reason": "septic shock is likelier",
        "seen_position": 2,
        "recorded_by": "doctor-1",
        "role": "physician",
        "now": at(2),
    }
    return store.decide(**{**fields, **changed})


@pytest.fixture
def filled(store: Store) -> Store:
    """Two choices and three decisions about one patient."""
    admit(store)
    store.submit(form(vitals()), now=at(1))
    choose(store)
    choose(store, choice_id="c2", scope="blinatumomab", protocol_id="blinatumomab-us")
    for number in (1, 2, 3):
        decide(store, decision_id=f"d{number}", now=at(number))
    return store


def test_a_choice_is_stored_once_however_often_it_is_sent(store: Store, url: str) -> None:
    assert store.protocol_choices(WARD) == ()
    first = choose(store)
    assert choose(store, now=at(9)) == first
    assert (first.position, first.recorded_at, first.protocol_id) == (1, at(1), "asco-2021")
    assert store.version(WARD) == 1
    taken_back = choose(store, choice_id="c2", protocol_id=None, now=at(3))
    other = choose(store, choice_id="c3", scope="tisagenlecleucel", now=at(4))
    with open_store(url) as again:
        assert again.protocol_choices(WARD) == (first, taken_back, other)
    assert store.version(WARD) == 3
    assert store.verify() == []
    with pytest.raises(SubmissionReused, match="other content"):
        choose(store, protocol_id="nccn-2026-2")


def test_choices_of_two_wards_do_not_meet(store: Store) -> None:
    store.add_ward("w2", "Ward Two", is_sample=False, now=T0)
    choose(store)
    there = choose(store, choice_id="c2", ward_id="w2")
    assert there.position == 1
    assert store.protocol_choices("w2") == (there,)
    assert (store.version(WARD), store.version("w2")) == (1, 1)
    assert store.verify() == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"scope": "blinatumomap"}, 'did you mean "blinatumomab"'),
        ({"scope": "cart"}, 'did you mean "car-t"'),
        ({"scope": ""}, "scope: is empty"),
        ({"protocol_id": ""}, "protocol_id: is empty"),
        ({"reason": "  "}, "reason: is empty"),
        ({"recorded_by": ""}, "recorded_by: is empty"),
        ({"choice_id": "c\x00"}, "cannot be stored"),
    ],
)
def test_a_choice_that_says_too_little_is_refused(
    store: Store, changed: dict[str, Any], says: str
) -> None:
    with pytest.raises(SubmissionRefused, match=re.escape(says)):
        choose(store, **changed)
    assert store.protocol_choices(WARD) == ()
    assert store.version(WARD) == 0


def test_a_choice_needs_its_ward(store: Store) -> None:
    with pytest.raises(UnknownWard):
        choose(store, ward_id="w9")


def test_a_decision_is_stored_once_however_often_it_is_sent(store: Store, url: str) -> None:
    admit(store)
    admit(store, "p2")
    store.submit(form(vitals()), now=at(1))
    before = store.version(WARD)
    first = decide(store)
    store.submit(form(vitals(39.5, at(3))), now=at(4))
    assert decide(store, now=at(9), dose_mg=560.0) == first, "a resend is no new look"
    assert (first.dose_mg, first.recorded_at, first.seen_position) == (560.0, at(2), 2)
    second = decide(
        store, decision_id="d2", choice="confirmed", reason="", dose_mg=None, seen_position=3
    )
    assert (second.position, second.reason, second.dose_mg) == (2, None, None)
    with open_store(url) as again:
        assert again.decisions("p1") == (first, second)
        assert again.decisions("p2") == ()
        assert again.decided(WARD) == {"p1": 2}
    assert store.version(WARD) == before + 3
    assert store.verify() == []
    for changed in ({"choice": "confirmed"}, {"dose_mg": 561}, {"reason": "another"}):
        with pytest.raises(SubmissionReused, match="other content"):
            decide(store, **changed)


def test_nobody_decides_on_what_they_have_not_seen(store: Store) -> None:
    admit(store)
    store.add_ward("w2", "Ward Two", is_sample=False, now=T0)
    store.submit(form(vitals()), now=at(1))
    store.submit(form(vitals(40.1, at(1)), by="nurse-2"), now=at(2))
    for seen in (1, 2, 4):
        with pytest.raises(StaleView, match=f"shows entry {seen}, the journal is at 3"):
            decide(store, seen_position=seen)
    with pytest.raises(WrongWard):
        decide(store, ward_id="w2", seen_position=3)
    with pytest.raises(UnknownPatient):
        decide(store, patient_id="p9")
    assert store.decisions("p1") == ()
    assert decide(store, seen_position=3).position == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"reason": None}, "an override tells why"),
        ({"reason": ""}, "an override tells why"),
        ({"reason": "no"}, "an override tells why"),
        ({"choice": "ignored"}, "must be one of confirmed, overridden"),
        ({"dose_mg": float("nan")}, "is not an amount"),
        ({"dose_mg": float("inf")}, "is not an amount"),
        ({"dose_mg": -1.0}, "is not an amount"),
        ({"dose_mg": True}, "is not an amount"),
        ({"rule": ""}, "rule: is empty"),
        ({"advise": " "}, "advise: is empty"),
        ({"role": ""}, "role: is empty"),
    ],
)
def test_a_decision_that_says_too_little_is_refused(
    store: Store, changed: dict[str, Any], says: str
) -> None:
    admit(store)
    store.submit(form(vitals()), now=at(1))
    with pytest.raises(SubmissionRefused, match=re.escape(says)):
        decide(store, **changed)
    assert store.decisions("p1") == ()
    assert store.version(WARD) == 2


def test_two_who_decide_at_once_are_both_kept(store: Store, url: str) -> None:
    admit(store)
    store.submit(form(vitals()), now=at(1))
    problems: list[BaseException] = []

    def doctor(name: str) -> None:
        try:
            with open_store(url) as mine:
                for number in range(6):
                    decide(mine, decision_id=f"{name}-{number}", recorded_by=name)
        except BaseException as error:  # noqa: BLE001 - a thread must not swallow what went wrong
            problems.append(error)

    threads = [threading.Thread(target=doctor, args=(name,)) for name in ("doctor-1", "doctor-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert [one.position for one in store.decisions("p1")] == [*range(1, 13)]
    assert store.verify() == []


COPIED = {
    "decision": "decision_id, ward_id, patient_id, position, rule, protocol, choice, advise, "
    "dose_mg, reason, seen_position, recorded_by, role, recorded_at, previous_digest, digest",
    "protocol_choice": "choice_id, ward_id, position, scope, protocol_id, reason, recorded_by, "
    "role, recorded_at, previous_digest, digest",
}


def again(table: str, verb: str = "INSERT", **changed: str) -> str:
    """SQL that writes the first row of a table again, with some columns changed."""
    names = COPIED[table].split(", ")
    values = ", ".join(changed.get(name, name) for name in names)
    return f"{verb} INTO {table} ({COPIED[table]}) SELECT {values} FROM {table} WHERE position = 1"


NEW = {"decision_id": "'new'", "choice_id": "'new'", "position": "99"}
FORBIDDEN = [
    "UPDATE decision SET choice = 'confirmed'",
    "UPDATE decision SET reason = 'expected' WHERE position = 2",
    "DELETE FROM decision",
    "UPDATE protocol_choice SET protocol_id = NULL",
    "DELETE FROM protocol_choice WHERE position = 1",
    again("decision"),
    again("decision", **{**NEW, "position": "position"}),
    again("decision", **{**NEW, "decision_id": "decision_id"}),
    again("decision", **NEW, choice="'ignored'"),
    again("decision", **NEW, reason="NULL"),
    again("decision", **NEW, reason="'  no  '"),
    again("decision", **NEW, dose_mg="-1"),
    again("decision", **NEW, recorded_by="''"),
    again("decision", **NEW, ward_id="'no such ward'"),
    again("protocol_choice"),
    again("protocol_choice", **{**NEW, "position": "position"}),
    again("protocol_choice", **{**NEW, "choice_id": "choice_id"}),
    again("protocol_choice", **NEW, protocol_id="''"),
    again("protocol_choice", **NEW, reason="' '"),
    again("protocol_choice", **NEW, ward_id="'no such ward'"),
]
FORBIDDEN_SQLITE = [
    again("decision", "INSERT OR REPLACE"),
    again("decision", "REPLACE", **{**NEW, "position": "position"}),
    again("protocol_choice", "INSERT OR REPLACE"),
    "UPDATE OR REPLACE decision SET position = 1 WHERE position = 2",
]
FORBIDDEN_POSTGRESQL = [
    "TRUNCATE decision",
    "TRUNCATE protocol_choice",
    again("decision") + " ON CONFLICT (decision_id) DO UPDATE SET reason = 'expected'",
]


def test_the_database_itself_refuses_every_change(filled: Store, url: str) -> None:
    before = filled.decisions("p1"), filled.protocol_choices(WARD)
    if url.startswith("sqlite"):
        for statement in FORBIDDEN + FORBIDDEN_SQLITE:
            connection = sqlite3.connect(filled.place, isolation_level=None)
            connection.execute("PRAGMA foreign_keys = ON")
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)
            # What is refused is the change: a whole new row is not.
            connection.execute("BEGIN")
            for table in COPIED:
                connection.execute(again(table, **NEW))
            connection.close()
    else:
        for statement in FORBIDDEN + FORBIDDEN_POSTGRESQL:
            with (
                psycopg.connect(url, autocommit=True) as owner,
                pytest.raises((pg.RestrictViolation, pg.IntegrityError)),
            ):
                owner.execute(statement)
    assert (filled.decisions("p1"), filled.protocol_choices(WARD)) == before
    assert filled.verify() == []


def tamper(store: Store, url: str, *statements: str) -> None:
    """Change rows the way somebody with the file or the owner's password could."""
    if not url.startswith("sqlite"):
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("SET session_replication_role = replica")
            for statement in statements:
                owner.execute(statement)
        return
    connection = sqlite3.connect(store.place, isolation_level=None)
    guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    guards = guards.fetchall()
    for name, _ in guards:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in guards:
        connection.execute(sql)
    connection.close()


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE decision SET choice = 'confirmed' WHERE position = 2"], "position 2.*altered"),
        (["UPDATE decision SET dose_mg = 56 WHERE position = 2"], "position 2.*altered"),
        (["UPDATE decision SET recorded_at = '2026-03-03T01:00:00.000000Z'"], "altered"),
        (["DELETE FROM decision WHERE position = 2"], "p1, position 2: decision 2 is missing"),
        (["DELETE FROM decision WHERE position = 3"], "counts 7 submissions, the journal holds 6"),
        (
            ["UPDATE protocol_choice SET protocol_id = 'sitc-2020' WHERE position = 1"],
            r'position 1 \(entry c1\): choice of protocol \(ward "w1"\) was altered',
        ),
        (["DELETE FROM protocol_choice WHERE position = 1"], 'ward "w1"\\) 1 is missing'),
    ],
)
def test_what_was_changed_all_the_same_is_found(
    filled: Store, url: str, statements: list[str], found: str
) -> None:
    assert filled.verify() == []
    tamper(filled, url, *statements)
    named = " | ".join(str(fault) for fault in filled.verify())
    assert re.search(found, named), named


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_cut_tail_with_a_corrected_counter_is_found_by_the_row_numbers(
    filled: Store, url: str
) -> None:
    back = "UPDATE ward_version SET version = version - 1"
    tamper(filled, url, "DELETE FROM decision WHERE position = 3", back)
    assert [str(fault) for fault in filled.verify()] == [
        "journal: 3 decision rows were written, 2 are there"
    ]


@pytest.mark.parametrize("table", ["decision", "protocol_choice"])
def test_a_store_without_these_guards_does_not_open(filled: Store, url: str, table: str) -> None:
    if url.startswith("sqlite"):
        name = f"{table}_no_delete"
        connection = sqlite3.connect(filled.place, isolation_level=None)
        connection.execute(f"DROP TRIGGER {name}")
        connection.close()
    else:
        name = f"{table}_append_only"
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    with pytest.raises(GuardMissing, match=name):
        open_store(url)
    assert filled.ready() == [f"guard {name} is gone"]


def test_a_ward_of_the_first_version_is_taken_over_with_everything_in_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database as 0.1.0 left it: schema 0001, a patient, a correction's worth of entries."""
    engines = engines_for(url, "truncate")
    engines.write_once(lambda connection: command.upgrade(configuration(connection), "0001"))
    with Store(engines) as old, monkeypatch.context() as patch:
        patch.setattr(auditing, "add", lambda *_: None)  # 0.1.0 had no trail to write into
        old.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        admit(old)
        for minute in range(3):
            old.submit(form(vitals(38.0 + minute, at(minute))), now=at(5))
        seen = old.acknowledge(
            acknowledgement_id="a1", ward_id=WARD, patient_id="p1", alert_id="t01",
            grade_seen="CRS 1", seen_position=4, reason="seen", recorded_by="nurse-1",
            role="nurse", now=at(6),
        )  # fmt: skip
        history, version = old.history("p1"), old.version(WARD)
        assert old.ready() != [], "this program does not write into the old schema"
    with open_store(url) as store:
        with store._engines.reading() as connection:
            assert schema_of(connection) == "0004"
        assert (store.history("p1"), store.version(WARD)) == (history, version)
        assert store.acknowledgements("p1") == (seen,)
        assert (store.verify(), store.ready()) == ([], [])
        assert choose(store).position == 1
        assert decide(store, seen_position=4).position == 1
        assert store.version(WARD) == version + 2
        assert store.verify() == []
