"""The training journal: stored once, the first one stands, nothing is ever changed."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dashboard.store import SettingsRefused, SubmissionRefused, SubmissionReused, open_store
from dashboard.store.errors import DatabaseTooNew, GuardMissing
from dashboard.training.keeping import opening
from dashboard.training.keeping.errors import RoomClosed, TrainingNotPlaced
from dashboard.training.keeping.journal import Noted, TrainingStore
from dashboard.training.keeping.opening import open_training
from tests.dashboard.training.played import T0, minutes


def _note(store: TrainingStore, id_: str, **changed: Any) -> Noted:
    given: dict[str, Any] = {
        "room": "r1", "kind": "answered", "key": "q/nina", "body": {"answer": id_},
        "by": "nina", "role": "nurse", "now": T0,
    }  # fmt: skip
    return store.note(id=id_, **(given | changed))


def test_a_row_comes_back_as_it_went_in(both: TrainingStore) -> None:
    body = {"says": "38,5 °C \u0000 \U0001f321", "many": [1, 2.5, None, True]}
    stored = _note(both, "a", body=body, now=T0.replace(microsecond=123_456))
    (row,) = both.rows("r1")
    assert row == stored
    assert (dict(row.body), row.by, row.role) == (body, "nina", "nurse")
    assert row.recorded_at == T0.replace(microsecond=123_456)
    assert row.recorded_at.tzinfo is not None


def test_a_double_submission_from_two_threads_stores_once(both: TrainingStore) -> None:
    barrier = threading.Barrier(2)

    for attempt in range(5):
        room = f"r{attempt}"

        def once(id_: str, room: str = room) -> Noted:
            barrier.wait()
            return _note(both, id_, room=room)

        with ThreadPoolExecutor(2) as pool:
            one, two = pool.map(once, [f"same {attempt}"] * 2)
        assert one == two
        assert both.rows(room) == (one,)


def test_of_two_answers_at_once_one_stands_and_both_are_told_which(both: TrainingStore) -> None:
    barrier = threading.Barrier(4)

    def send(id_: str) -> Noted:
        barrier.wait()
        return _note(both, id_)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(send, "abcd"))
    (stands,) = both.rows("r1")
    assert found == [stands] * 4
    assert stands.body == {"answer": stands.id}


def test_the_first_answer_counts(both: TrainingStore) -> None:
    first = _note(both, "a")
    assert _note(both, "b") == first
    assert _note(both, "a", body={"answer": "changed"}) == first
    assert both.version("r1") == first.position
    assert _note(both, "c", key="q/dora", by="dora").position > first.position


def test_an_id_never_stands_for_two_deeds(both: TrainingStore) -> None:
    _note(both, "a")
    for other in ({"room": "r2"}, {"kind": "entered"}, {"key": "p/nina"}):
        with pytest.raises(SubmissionReused, match="stands for another entry"):
            _note(both, "a", **other)
    assert len(both.rows("r1")) == 1
    assert both.rows("r2") == ()


def test_a_reused_id_that_hits_a_standing_row_too_is_refused(both: TrainingStore) -> None:
    _note(both, "a")
    _note(both, "b", key="p/nina")
    with pytest.raises(SubmissionReused):
        _note(both, "b")  # the id of one row, the deed of the other


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"room": ""}, "room: is empty"),
        ({"key": " q"}, "key: begins or ends"),
        ({"by": "\x00"}, "by: holds a character"),
        ({"body": {"x": float("nan")}}, "body: is no JSON"),
        ({"body": {"x": {1}}}, "body: is no JSON"),
        ({"body": {"x": "y" * 8_000_001}}, "body: is too large"),
    ],
)
def test_what_cannot_be_kept_unchanged_is_refused_by_name(
    training: TrainingStore, changed: dict[str, Any], says: str
) -> None:
    with pytest.raises(SubmissionRefused, match=says):
        _note(training, "a", **changed)
    assert training.rows("r1") == ()
    with pytest.raises(ValueError, match="offset"):
        _note(training, "a", now=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_the_check_sees_every_row_and_what_it_refuses_is_not_stored(both: TrainingStore) -> None:
    _note(both, "a")
    seen: list[int] = []

    def unless(rows: tuple[Noted, ...]) -> None:
        seen.append(len(rows))
        raise RoomClosed("room", "it is closed.", "Open one.")

    with pytest.raises(RoomClosed):
        _note(both, "b", key="p/nina", unless=unless)
    assert (seen, len(both.rows("r1"))) == ([1], 1)
    assert _note(both, "a", unless=unless).id == "a", "a resend of what stands is not asked again"
    assert seen == [1]


def test_no_answer_slips_in_beside_the_close(both: TrainingStore) -> None:
    """Many answers race with one row that closes: none may come after it."""

    def unless(rows: tuple[Noted, ...]) -> None:
        if any(one.kind == "closed" for one in rows):
            raise RoomClosed("room", "it is closed.", "Open one.")

    def send(number: int) -> bool:
        if number == 6:
            return bool(_note(both, "close", kind="closed", key="closed"))
        try:
            return bool(_note(both, f"a{number}", key=f"q/{number}", unless=unless))
        except RoomClosed:
            return False

    with ThreadPoolExecutor(6) as pool:
        stored = list(pool.map(send, range(14)))
    rows = both.rows("r1")
    assert rows[-1].kind == "closed"
    assert len(rows) == sum(stored) < 14


def test_whoever_reads_on_from_the_last_position_misses_nothing(both: TrainingStore) -> None:
    done = threading.Event()
    read: list[Noted] = []

    def follow() -> None:
        while True:
            last = done.is_set()
            read.extend(both.rows("r1", after=read[-1].position if read else 0))
            if last:
                return

    reader = threading.Thread(target=follow)
    reader.start()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: _note(both, f"a{n}", key=f"q/{n}"), range(60)))
    done.set()
    reader.join()
    assert [one.position for one in read] == sorted(one.position for one in read)
    assert {one.id for one in read} == {f"a{n}" for n in range(60)}


def test_another_process_sees_what_this_one_wrote(both: TrainingStore, url: str) -> None:
    _note(both, "a")
    other = open_training(url)
    try:
        assert [one.id for one in other.rows("r1")] == ["a"]
        _note(other, "b", key="p/nina")
        assert [one.id for one in both.rows("r1")] == ["a", "b"]
        assert [one.id for one in both.rows("r1", after=both.rows("r1")[0].position)] == ["b"]
    finally:
        other.close()


# The database itself


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE noted SET body = '{}'",
        "UPDATE noted SET recorded_by = 'dora' WHERE id = 'a'",
        "DELETE FROM noted",
    ],
)
def test_the_database_refuses_to_change_a_row(both: TrainingStore, statement: str) -> None:
    before = _note(both, "a")
    with pytest.raises(DBAPIError, match="append-only"), both._engines.write.begin() as connection:
        connection.execute(text(statement))
    assert both.rows("r1") == (before,)


def test_a_file_refuses_it_also_from_another_program(training: TrainingStore) -> None:
    before = _note(training, "a")
    assert training._engines.file is not None
    values = "VALUES (%s, 'a', 'r1', 'answered', 'q/nina', 'x', 'nurse', '', '{}', '', '')"
    with closing(sqlite3.connect(training._engines.file)) as other:
        for statement in (
            "DELETE FROM noted",
            "UPDATE noted SET body = ''",
            f"INSERT OR REPLACE INTO noted {values % 1}",
            f"INSERT OR REPLACE INTO noted {values % 'NULL'}",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(statement)
    training._kept.clear()
    assert training.rows("r1") == (before,)


def test_a_server_refuses_it_also_from_another_program(postgres: Any) -> None:
    address = postgres.new_database()
    opened = open_training(address)
    before = _note(opened, "a")
    with psycopg.connect(address, autocommit=True) as other:
        for statement in ("DELETE FROM noted", "UPDATE noted SET body = ''", "TRUNCATE noted"):
            with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
                other.execute(statement)
    opened._kept.clear()
    assert opened.rows("r1") == (before,)
    opened.close()


def test_a_database_without_its_guards_is_refused(both: TrainingStore, url: str) -> None:
    drop = "DROP TRIGGER noted_no_update"
    if not both._engines.is_sqlite:
        drop = "ALTER TABLE noted DISABLE TRIGGER noted_append_only"
    with both._engines.write.begin() as connection:
        connection.execute(text(drop))
    with pytest.raises(GuardMissing, match="no longer refuses changes to training results"):
        open_training(url)


def test_a_database_of_a_later_program_is_refused(both: TrainingStore, url: str) -> None:
    with both._engines.write.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 't0099'"))
    with pytest.raises(DatabaseTooNew, match="t0099"):
        open_training(url)


def test_opening_it_again_changes_nothing(both: TrainingStore, url: str) -> None:
    row = _note(both, "a")
    again = open_training(url)
    assert again.rows("r1") == (row,)
    again.close()


def test_the_tables_are_what_the_migrations_build(both: TrainingStore) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from dashboard.training.keeping.tables import metadata

    with both._engines.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


# Where it lies


def test_it_lies_beside_the_embedded_store_unless_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TOXWATCH_TRAINING_DATABASE", raising=False)
    monkeypatch.setenv("TOXWATCH_DATABASE", f"sqlite:///{tmp_path / 'ward.sqlite3'}")
    try:
        store = opening.training_store()
        assert store.place == str(tmp_path / "training.sqlite3")
        assert (tmp_path / "training.sqlite3").stat().st_mode & 0o077 == 0
        assert opening.training_store() is store
    finally:
        opening.close_training_stores()
    monkeypatch.delenv("TOXWATCH_DATABASE")
    assert opening.training_address().endswith("/toxwatch/training.sqlite3")
    monkeypatch.setenv("TOXWATCH_TRAINING_DATABASE", "sqlite:////elsewhere/x")
    assert opening.training_address() == "sqlite:////elsewhere/x"


def test_beside_a_server_it_must_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOXWATCH_TRAINING_DATABASE", raising=False)
    for address in ("postgresql://u:secret@h/n", "nonsense"):
        monkeypatch.setenv("TOXWATCH_DATABASE", address)
        with pytest.raises(TrainingNotPlaced, match="TOXWATCH_TRAINING_DATABASE") as caught:
            opening.training_store()
        assert "secret" not in str(caught.value)


def test_it_never_lies_in_the_ward_s_database(url: str) -> None:
    open_store(url).close()
    with pytest.raises(TrainingNotPlaced, match="this is the ward's database"):
        open_training(url)
    open_store(url).close()
    with pytest.raises(SettingsRefused):
        open_training("sqlite://")


# What is asked of it


def _open(store: TrainingStore, room: str, code: str, by: str = "tara") -> Noted:
    return _note(
        store, f"open {room}", room=room, kind="opened", key=code, by=by, role="trainer",
        body={"code": code, "way": "together", "stories": {"s": {"story.toml": "x"}}},
    )  # fmt: skip


def test_a_code_finds_its_room_while_it_is_open_and_an_id_always(both: TrainingStore) -> None:
    _open(both, "room-one", "CDFHJK")
    assert both.find_room(" cdf-hjk ") == both.find_room("room-one") == "room-one"
    assert both.find_room("CDFHJM") is both.find_room("") is both.find_room("CDF") is None
    _note(both, "closed", room="room-one", kind="closed", key="closed")
    assert both.find_room("CDFHJK") is None
    assert both.find_room("room-one") == "room-one"
    _open(both, "room-two", "CDFHJK")
    assert both.find_room("CDFHJK") == "room-two"


def test_rooms_people_stories_and_certificates(both: TrainingStore) -> None:
    _open(both, "one", "CDFHJK")
    _open(both, "two", "CDFHJM", by="toni")
    _note(both, "closed", room="one", kind="closed", key="closed")
    assert [row.room for row in both.rooms()] == ["two", "one"]
    assert [row.room for row in both.rooms("tara")] == ["one"]
    assert [row.room for row in both.rooms(only_open=True)] == ["two"]
    assert all("stories" not in row.body for row in both.rooms())
    assert "stories" in both.rows("one")[0].body
    _note(both, "a", room="one")
    assert [row.id for row in both.of_person("nina")] == ["closed", "a"]
    assert both.of_person("NINA") == ()
    for revision, files in (("1", {"story.toml": "a"}), ("2", {"story.toml": "b"})):
        _note(both, f"s{revision}", room="story:x", kind="story", key=revision,
              body={"story": "x", "files": files})  # fmt: skip
    _note(both, "t1", room="story:y", kind="story", key="1", body={"story": "y", "files": {}})
    assert [row.body["files"] for row in both.stories()] == [{"story.toml": "b"}]
    _note(both, "certificate:CDFHJKMNPQRT", kind="certified", key="nina", now=minutes(9))
    found = both.certificate(" cdfh-jkmn-pqrt")
    assert found is not None
    assert (found.key, found.recorded_at) == ("nina", minutes(9))
    assert both.certificate("CDFH-JKMN-PQRW") is None
