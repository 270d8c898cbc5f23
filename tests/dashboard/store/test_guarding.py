"""The database itself refuses to change the journal; what is changed all the same is found."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import suppress

import psycopg
import pytest
from psycopg import errors as pg

from dashboard.store import GuardMissing, Store, open_store
from tests.dashboard.store.forms import T0, WARD, admit, at, form, vitals

COLUMNS = (
    "seq, entry_id, submission_id, ordinal, submission_size, ward_id, patient_id, position, kind, "
    "origin, observed_at, recorded_at, recorded_by, role, payload, replaces, reason, "
    "previous_digest, digest"
)


def copy_of_entry(verb: str, **changed: str) -> str:
    """SQL that writes a stored row again, with some columns changed."""
    values = ", ".join(changed.get(name, name) for name in COLUMNS.split(", "))
    return f"{verb} INTO entry ({COLUMNS}) SELECT {values} FROM entry WHERE position = 2"


FRESH = {"seq": "99", "entry_id": "'new'", "submission_id": "'new'", "position": "99"}
FORBIDDEN_EVERYWHERE = [
    "UPDATE entry SET payload = '{}'",
    "UPDATE entry SET reason = 'x' WHERE position = 2",
    "DELETE FROM entry",
    "DELETE FROM entry WHERE position = 2",
    "UPDATE ward SET is_sample = (1 = 1)",
    "DELETE FROM ward",
    "UPDATE acknowledgement SET reason = 'x'",
    "DELETE FROM acknowledgement",
    "UPDATE ward_version SET version = version + 2",
    "UPDATE ward_version SET version = 0",
    "DELETE FROM ward_version",
    copy_of_entry("INSERT"),
    copy_of_entry("INSERT", **{**FRESH, "position": "position"}),
    copy_of_entry("INSERT", **{**FRESH, "entry_id": "entry_id"}),
    copy_of_entry("INSERT", **{**FRESH, "submission_id": "submission_id"}),
    copy_of_entry("INSERT", **FRESH, replaces="'no such entry'", reason="'x'"),
    copy_of_entry("INSERT", **FRESH, kind="'mood'"),
    copy_of_entry("INSERT", **FRESH, kind="'withdrawal'"),
    copy_of_entry("INSERT", **FRESH, replaces="entry_id"),
    copy_of_entry("INSERT", **FRESH, recorded_by="''"),
    copy_of_entry("INSERT", **FRESH, ward_id="'no such ward'"),
]
FORBIDDEN_SQLITE = [
    copy_of_entry("INSERT OR REPLACE"),
    copy_of_entry("INSERT OR REPLACE", **{**FRESH, "seq": "seq"}),
    copy_of_entry("INSERT OR REPLACE", **{**FRESH, "seq": "1"}),
    copy_of_entry("INSERT OR REPLACE", **{**FRESH, "position": "position"}),
    copy_of_entry("INSERT OR REPLACE", **{**FRESH, "entry_id": "entry_id"}),
    copy_of_entry("INSERT OR REPLACE", **{**FRESH, "submission_id": "submission_id"}),
    copy_of_entry("REPLACE"),
    "INSERT OR REPLACE INTO ward SELECT id, 'other', 1, added_at FROM ward",
    "INSERT OR REPLACE INTO ward_version VALUES ('w1', 0)",
    "UPDATE OR REPLACE entry SET position = 1 WHERE position = 2",
    copy_of_entry("INSERT") + " ON CONFLICT (entry_id) DO UPDATE SET payload = '{}'",
]
FORBIDDEN_POSTGRESQL = [
    "TRUNCATE entry",
    "TRUNCATE entry CASCADE",
    "TRUNCATE ward CASCADE",
    "TRUNCATE acknowledgement",
    "TRUNCATE ward_version",
    copy_of_entry("INSERT") + " ON CONFLICT (entry_id) DO UPDATE SET payload = '{}'",
    "MERGE INTO entry USING entry AS other ON entry.seq = other.seq "
    "WHEN MATCHED THEN UPDATE SET payload = '{}'",
    "WITH gone AS (DELETE FROM entry RETURNING *) SELECT count(*) FROM gone",
]


@pytest.fixture
def filled(store: Store) -> Store:
    """A patient with a few entries and an acknowledged alert."""
    admit(store)
    admit(store, "p2")
    for minute in range(4):
        store.submit(form(vitals(38.0 + minute, at(minute)), vitals(37.0, at(minute))), now=at(5))
    acknowledge(store)
    return store


def acknowledge(store: Store) -> None:
    store.acknowledge(
        acknowledgement_id="a1",
        ward_id=WARD,
        patient_id="p1",
        alert_id="t01",
        grade_seen="CRS 2",
        seen_position=9,
        reason="seen and acting",
        recorded_by="nurse-1",
        role="nurse",
        now=at(6),
    )


@pytest.mark.parametrize("recursive_triggers", ["ON", "OFF"])
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_sqlite_refuses_every_change_also_from_another_program(
    filled: Store, recursive_triggers: str, report: Callable[..., None]
) -> None:
    before = filled.history("p1")
    refused = 0
    for statement in FORBIDDEN_EVERYWHERE + FORBIDDEN_SQLITE:
        connection = sqlite3.connect(filled.place, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA recursive_triggers = {recursive_triggers}")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
        refused += 1
        connection.close()
    assert filled.history("p1") == before
    assert filled.verify() == []
    done = sum(done_unguarded(filled, one) for one in FORBIDDEN_EVERYWHERE + FORBIDDEN_SQLITE)
    report("P-16", n=refused, bad=0, control_bad=done, on="sqlite", triggers=recursive_triggers)
    assert refused == len(FORBIDDEN_EVERYWHERE) + len(FORBIDDEN_SQLITE) > 30
    assert done >= 12, "without the guards nothing would have happened either"


def done_unguarded(store: Store, statement: str) -> bool:
    """Whether the statement would change something were there no triggers; it is taken back."""
    connection = sqlite3.connect(store.place, isolation_level=None)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    connection.execute("BEGIN")
    for (name,) in names:
        connection.execute(f"DROP TRIGGER {name}")
    try:
        return connection.execute(statement).rowcount > 0
    except sqlite3.IntegrityError:
        return False  # a constraint of the table refuses it as well
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_postgresql_refuses_every_change_also_from_the_owner(
    filled: Store, url: str, report: Callable[..., None]
) -> None:
    before = filled.history("p1")
    wanted = FORBIDDEN_EVERYWHERE + FORBIDDEN_POSTGRESQL
    refused = done = 0
    for statement in wanted:
        with (
            psycopg.connect(url, autocommit=True) as owner,
            pytest.raises((pg.RestrictViolation, pg.IntegrityError)),
        ):
            owner.execute(statement)
        refused += 1
    assert filled.history("p1") == before
    assert filled.verify() == []
    for statement in wanted:
        with psycopg.connect(url) as owner:
            owner.execute("SET session_replication_role = replica")
            with suppress(pg.IntegrityError):  # a constraint of the table refuses it as well
                done += owner.execute(statement).rowcount != 0
            owner.rollback()
    report("P-16", n=refused, bad=0, control_bad=done, on="postgresql")
    assert refused == len(wanted) > 25
    assert done >= 12, "without the guards nothing would have happened either"


def tamper(store: Store, url: str, *statements: str) -> None:
    """Change stored rows the way somebody with the file or the owner's password could."""
    if url.startswith("sqlite"):
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
        return
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        for statement in statements:
            owner.execute(statement)


ALTERED = [
    ("payload = replace(payload, '39', '36')", "position 4.*altered"),
    ("recorded_by = 'somebody else'", "position 4.*altered"),
    ("role = 'physician'", "position 4.*altered"),
    ("origin = 'imported'", "position 4.*altered"),
    ("kind = 'labs'", "position 4.*altered"),
    ("reason = 'x'", "position 4.*altered"),
    ("ward_id = 'w2'", "position 4.*altered"),
    ("seq = 4000", "position 4.*altered"),
    ("entry_id = 'x'", "position 4.*altered"),
    ("submission_id = 'x'", "position 4.*altered"),
    ("ordinal = 3, submission_size = 3", "position 4.*altered"),
    ("observed_at = recorded_at", "position 4.*altered"),
    ("recorded_at = observed_at", "position 4.*altered"),
    ("previous_digest = digest", "position 4.*does not follow"),
    (f"digest = '{'0' * 64}'", "position 5.*does not follow"),
    ("patient_id = 'p2'", "p1, position 4: entry 4 is missing"),
]


@pytest.mark.parametrize(("statement", "found"), ALTERED)
def test_an_altered_row_is_found_and_named(
    filled: Store, url: str, statement: str, found: str
) -> None:
    assert filled.verify() == []
    filled.add_ward("w2", "Ward Two", is_sample=False, now=T0)
    tamper(filled, url, f"UPDATE entry SET {statement} WHERE patient_id = 'p1' AND position = 4")
    named = " | ".join(str(fault) for fault in filled.verify())
    assert re.search(found, named), named


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_time_turned_to_nonsense_is_found(filled: Store, url: str) -> None:
    """PostgreSQL has a time type and refuses nonsense by itself."""
    tamper(filled, url, "UPDATE entry SET observed_at = 'yesterday' WHERE position = 4")
    assert any("altered" in str(fault) for fault in filled.verify())


REMOVED = [
    (["DELETE FROM entry WHERE patient_id = 'p1' AND position = 4"], "entry 4 is missing"),
    (
        ["DELETE FROM entry WHERE patient_id = 'p1' AND position IN (3, 4, 5)"],
        "entry 3 to 5 is missing",
    ),
    (["DELETE FROM entry WHERE patient_id = 'p1' AND position = 9"], "1 of 2 entries"),
    (
        ["DELETE FROM entry WHERE patient_id = 'p1' AND position >= 8"],
        "counts 7 submissions, the journal holds 6",
    ),
    (["DELETE FROM entry WHERE patient_id = 'p2'"], "counts 7 submissions"),
    (
        [
            "UPDATE entry SET position = 400 WHERE patient_id = 'p1' AND position = 4",
            "UPDATE entry SET position = 4 WHERE patient_id = 'p1' AND position = 5",
            "UPDATE entry SET position = 5 WHERE patient_id = 'p1' AND position = 400",
        ],
        "position 4.*does not follow",
    ),
    (["UPDATE acknowledgement SET reason = 'expected'"], "acknowledgement was altered"),
    (["DELETE FROM acknowledgement"], "counts 7 submissions, the journal holds 6"),
    (["UPDATE ward_version SET version = 70"], "counts 70 submissions"),
]


@pytest.mark.parametrize(("statements", "found"), REMOVED)
def test_missing_and_reordered_rows_are_found_and_named(
    filled: Store, url: str, statements: list[str], found: str
) -> None:
    tamper(filled, url, *statements)
    named = " | ".join(str(fault) for fault in filled.verify())
    assert re.search(found, named), named


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_cut_tail_with_a_corrected_counter_is_found_by_the_row_numbers(filled: Store) -> None:
    tamper(
        filled,
        "sqlite",
        "DELETE FROM entry WHERE patient_id = 'p1' AND position >= 8",
        "UPDATE ward_version SET version = version - 1",
    )
    assert [str(fault) for fault in filled.verify()] == [
        "journal: 10 entry rows were written, 8 are there"
    ]


def test_a_store_without_its_guards_does_not_open(filled: Store, url: str) -> None:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(filled.place, isolation_level=None)
        connection.execute("DROP TRIGGER entry_no_update")
        connection.close()
        name = "entry_no_update"
    else:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("ALTER TABLE entry DISABLE TRIGGER entry_append_only")
        name = "entry_append_only"
    with pytest.raises(GuardMissing, match=name):
        open_store(url)
    assert f"guard {name} is gone" in str(filled.verify()[0])
    assert filled.ready() == [f"guard {name} is gone"]
