"""From every released schema to this one, with rows in them; and never backwards."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select

from dashboard.store import Store, open_store
from dashboard.store.canonical import FIRST, canonical_json, row_digest
from dashboard.store.examining import examine
from dashboard.store.migrating import configuration, newest_schema, schema_of
from dashboard.store.opening import engines_for
from dashboard.store.tables import (
    acknowledgement,
    decision,
    draft,
    entry,
    metadata,
    protocol_choice,
    ward,
    ward_version,
)
from tests.dashboard.store.forms import T0, WARD, at, form, vitals

RELEASED = ("0001", "0002", "0003")


def chained(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    previous = FIRST
    for number, row in enumerate(rows, start=1):
        whole = {
            **row, "seq": number, "position": number, "previous_digest": previous,
            "recorded_by": "nurse-1", "role": "nurse", "recorded_at": at(number),
        }  # fmt: skip
        previous = whole["digest"] = row_digest(table, whole)
        # The numbering is the database's own, as a program of that time left it.
        connection.execute(insert(table), [{k: v for k, v in whole.items() if k != "seq"}])


def an_entry(number: int, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "entry_id": f"e{number}", "submission_id": f"s{number}", "ordinal": 1,
        "submission_size": 1, "ward_id": WARD, "patient_id": "p1", "kind": "vitals",
        "origin": "entered", "observed_at": at(number), "payload": canonical_json(payload),
        "replaces": None, "reason": None, **more,
    }  # fmt: skip


def as_released(url: str, revision: str) -> None:
    """A store as the program of that schema left it: its tables, its guards, rows in each."""
    engines = engines_for(url)

    def build(connection: Connection) -> None:
        command.upgrade(configuration(connection), revision)
        connection.execute(
            insert(ward), [{"id": WARD, "name": "Ward One", "is_sample": False, "added_at": T0}]
        )
        connection.execute(insert(ward_version), [{"ward_id": WARD, "version": 0}])
        taken = {"taken_at": T0.isoformat(), "temperature_c": 38.6}
        correction = {"kind": "vitals", "replaces": "e2", "reason": "misread"}
        chained(connection, entry, [
            an_entry(1, {"id": "p1", "age_years": 41.0}, kind="patient"),
            an_entry(2, taken),
            an_entry(3, {**taken, "temperature_c": 39.1}, **correction),
        ])  # fmt: skip
        seen = {"ward_id": WARD, "patient_id": "p1", "seen_position": 3, "reason": "seen"}
        chained(connection, acknowledgement, [
            {**seen, "acknowledgement_id": "a1", "alert_id": "t01", "grade_seen": None}
        ])  # fmt: skip
        moved = 4
        if revision >= "0002":
            chained(connection, protocol_choice, [
                {"choice_id": "c1", "ward_id": WARD, "scope": "car-t", "protocol_id": "asco-2021",
                 "reason": "ward rule"}
            ])  # fmt: skip
            chained(connection, decision, [
                {**seen, "decision_id": "d1", "rule": "r", "protocol": "asco-2021",
                 "choice": "confirmed", "advise": "give", "dose_mg": 560.0}
            ])  # fmt: skip
            moved = 6
        connection.execute(
            insert(draft),
            [{"who": "n", "patient_id": "p1", "form": "vitals", "payload": "{}", "saved_at": T0}],
        )
        for _ in range(moved):
            connection.execute(ward_version.update().values(version=ward_version.c.version + 1))

    engines.write_once(build)
    engines.dispose()


def rows(store_or_url: Store | str) -> dict[str, list[dict[str, Any]]]:
    engines = engines_for(store_or_url) if isinstance(store_or_url, str) else store_or_url._engines
    with engines.reading() as connection:
        present = set(connection.dialect.get_table_names(connection))
        found = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
            if table.name in present
        }
    if isinstance(store_or_url, str):
        engines.dispose()
    return found


@pytest.mark.parametrize("revision", RELEASED)
def test_a_store_of_every_released_schema_comes_along_whole(url: str, revision: str) -> None:
    as_released(url, revision)
    before = rows(url)
    assert len(before["entry"]) == 3, "nothing was there to lose"
    old = examine(url)
    assert (old.schema, old.faults) == (revision, ()), "an older store can be verified as it is"
    with open_store(url) as store:
        assert store.verify() == []
        assert store.ready() == []
        after = rows(store)
        assert {name: after[name] for name in before} == before, "not a row is touched"
        assert store.case_json("p1")["vitals"] == [
            {"taken_at": T0.isoformat(), "temperature_c": 39.1}
        ]
        assert store.submit(form(vitals(37.0)), now=at(90)).stored
        assert store.verify() == []
    now = examine(url, old.head)
    assert (now.schema, now.faults) == (newest_schema(), ()), "the old head fits the new schema"


@pytest.mark.parametrize("revision", RELEASED)
def test_a_migration_may_be_run_again(sqlite_url: str, revision: str) -> None:
    as_released(sqlite_url, revision)
    open_store(sqlite_url).close()
    first = rows(sqlite_url)
    open_store(sqlite_url).close()
    assert rows(sqlite_url) == first


def test_no_step_goes_back(sqlite_url: str) -> None:
    open_store(sqlite_url).close()
    engines = engines_for(sqlite_url)
    with pytest.raises(RuntimeError, match="cannot go back; restore a backup"):
        engines.write_once(lambda c: command.downgrade(configuration(c), "0001"))
    with engines.reading() as connection:
        assert schema_of(connection) == newest_schema(), "a refused step changes nothing"
    engines.dispose()


def test_every_step_before_this_one_is_tried_here() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    steps = {each.revision for each in scripts.walk_revisions()}
    assert steps == {*RELEASED, newest_schema()}
