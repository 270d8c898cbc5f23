"""The trail of who did what: written with what it tells of, chained, and closed to every change."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from dashboard.accounts.allowing import note_view
from dashboard.accounts.person import Person
from dashboard.store import StaleView, Store, SubmissionRefused
from tests.dashboard.store.forms import T0, WARD, admit, at, correction, form, vitals
from tests.dashboard.store.test_deciding import choose, decide
from tests.dashboard.store.test_guarding import acknowledge, tamper

FORBIDDEN = [
    "UPDATE audit SET who = 'x'",
    "UPDATE audit SET digest = previous_digest WHERE position = 1",
    "DELETE FROM audit",
    "DELETE FROM audit WHERE position = 3",
    "INSERT INTO audit (audit_id, position, at, who, role, action, detail, previous_digest, digest)"
    " SELECT 'new', position, at, who, role, action, detail, previous_digest, digest FROM audit",
    "DELETE FROM account",
    "UPDATE account SET name = 'x'",
    "UPDATE account SET name_key = 'x'",
    "UPDATE account SET added_by = 'x'",
    "UPDATE account SET password = 'plain words'",
    "UPDATE account SET role = 'king'",
    "DELETE FROM seat",
    "UPDATE seat SET account_id = 'x'",
    "UPDATE seat SET token_digest = '" + 64 * "0" + "'",
    "UPDATE seat SET began_at = seen_at, seat_id = 'x'",
    "UPDATE seat SET ended_at = NULL, ended_why = NULL WHERE ended_at IS NOT NULL",
]
FORBIDDEN_SQLITE = [
    "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE position = 2",
    "INSERT OR REPLACE INTO account SELECT * FROM account",
    "INSERT OR REPLACE INTO seat SELECT * FROM seat",
    "UPDATE seat SET seen_at = '2020-01-01T00:00:00.000000Z'",
]
FORBIDDEN_POSTGRESQL = [
    "TRUNCATE audit",
    "TRUNCATE account CASCADE",
    "TRUNCATE seat",
    "UPDATE seat SET seen_at = seen_at - interval '1 hour' WHERE ended_at IS NULL",
]


@pytest.fixture
def filled(store: Store) -> Store:
    """Everything that leaves a record, once."""
    admit(store)
    first = store.submit(form(vitals(38.6)), now=at(1)).entries[0]
    store.submit(form(correction(first.entry_id, 38.4)), now=at(2))
    caused = vitals(39.0, other_cause=["fever"], other_cause_reason="infection")
    store.submit(form(caused, by="doctor-1", role="physician"), now=at(3))
    choose(store)
    decide(store, decision_id="d0", choice="confirmed", reason=None, seen_position=4)
    decide(store, seen_position=4)
    made = store.accounts.add("nina", "administrator", None, by=_by())
    store.accounts.sit(made.account_id, "t1", at=at(7))
    store.accounts.get_up("t1", at=at(8), why="signed-off")
    store.accounts.sit(made.account_id, "t1", at=at(9))
    return store


def _by() -> Any:
    from dashboard.store import By

    return By(who="root", role="administrator", at=at(6))


def test_everything_that_is_stored_leaves_one_record_without_a_value(filled: Store) -> None:
    trail = filled.audit_trail()
    assert [(one.position, one.action) for one in trail] == [
        (1, "enter"), (2, "enter"), (3, "correct"), (4, "attribute"), (5, "choose-protocol"),
        (6, "decide"), (7, "override"), (8, "account-added"),
    ]  # fmt: skip
    assert {one.patient_id for one in trail[:4]} == {"p1"}
    assert trail[3].role == "physician"
    assert "38.6" not in repr(trail), "the trail names entries, it does not repeat them"
    assert len(filled.audit_trail("p1")) == 6
    assert filled.audit_trail(since=at(4)) == tuple(one for one in trail if one.at >= at(4))
    assert filled.audit_head() == (8, trail[-1].digest)
    assert filled.verify() == []


def test_a_resend_and_a_refused_form_leave_no_record_of_storing(filled: Store) -> None:
    before = len(filled.audit_trail())
    twice = form(vitals(37.0))
    filled.submit(twice, now=at(10))
    filled.submit(twice, now=at(11))
    choose(filled)
    decide(filled, seen_position=4)
    assert len(filled.audit_trail()) == before + 1
    with pytest.raises(SubmissionRefused):
        filled.submit(form(vitals(380.0)), now=at(12))
    with pytest.raises(StaleView):
        acknowledge(filled)
    assert len(filled.audit_trail()) == before + 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_sqlite_refuses_every_change(filled: Store) -> None:
    before = filled.audit_trail()
    for statement in FORBIDDEN + FORBIDDEN_SQLITE:
        connection = sqlite3.connect(filled.place, isolation_level=None)
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
        connection.close()
    assert filled.audit_trail() == before
    assert filled.verify() == []


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_postgresql_refuses_every_change_also_from_the_owner(filled: Store, url: str) -> None:
    before = filled.audit_trail()
    for statement in FORBIDDEN + FORBIDDEN_POSTGRESQL:
        with (
            psycopg.connect(url, autocommit=True) as owner,
            pytest.raises((pg.RestrictViolation, pg.IntegrityError)),
        ):
            owner.execute(statement)
    assert filled.audit_trail() == before
    assert filled.verify() == []


SHIFTED = "UPDATE audit SET position = -position"
BACK = (
    "UPDATE audit SET position = "
    "CASE WHEN position = -2 THEN 3 WHEN position = -3 THEN 2 ELSE -position END"
)


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["UPDATE audit SET who = 'somebody' WHERE position = 2"], "altered"),
        (["UPDATE audit SET detail = '{}' WHERE position = 2"], "altered"),
        (["DELETE FROM audit WHERE position = 2"], "audit record 2 is missing"),
        ([SHIFTED, BACK], "does not follow"),
    ],
)
def test_a_changed_trail_is_found(
    filled: Store, url: str, statements: list[str], says: str
) -> None:
    tight = "ALTER TABLE audit DROP CONSTRAINT audit_position_counts_from_one"
    if SHIFTED in statements and url.startswith("sqlite"):
        statements = ["PRAGMA ignore_check_constraints = ON", *statements]
    elif SHIFTED in statements:
        statements = [tight, *statements]
    tamper(filled, url, *statements)
    assert any(says in str(fault) for fault in filled.verify()), filled.verify()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_cut_tail_is_found_by_the_row_numbers(filled: Store, url: str) -> None:
    tamper(filled, url, "DELETE FROM audit WHERE position = 8")
    assert [str(one) for one in filled.verify()] == [
        "journal: 8 audit rows were written, 7 are there"
    ]


def test_many_at_once_keep_one_chain(store: Store) -> None:
    admit(store)
    problems: list[BaseException] = []

    def act(who: int) -> None:
        try:
            for number in range(5):
                store.audit("view", at=at(number), who=f"n{who}", role="nurse", patient_id="p1")
                store.submit(form(vitals(37.0 + who / 10), by=f"n{who}"), now=at(number))
        except BaseException as error:  # noqa: BLE001 - a thread must not swallow what went wrong
            problems.append(error)

    threads = [threading.Thread(target=act, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(store.audit_trail()) == 1 + 6 * 5 * 2
    assert store.verify() == []


def test_a_view_is_noted_once_a_minute(store: Store) -> None:
    nina = Person("nina", "nurse")
    for seconds in (0, 10, 59, 60, 61):
        note_view(store, nina, patient_id="p1", ward_id=WARD, now=at(seconds / 60))
    note_view(store, Person("olga", "nurse"), patient_id="p1", ward_id=WARD, now=T0)
    found = [(one.who, one.at) for one in store.audit_trail("p1")]
    assert found == [("nina", T0), ("nina", at(1)), ("olga", T0)]
