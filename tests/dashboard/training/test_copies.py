"""The training journal is copied, put back and verified with the ward's, and tampering shows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.store import open_store
from dashboard.store.engines import sqlite_engines
from dashboard.store.heads import HeadUnreadable
from dashboard.store.migrating import schema_of
from dashboard.store.settings import pragmas
from dashboard.training.keeping import verifying
from dashboard.training.keeping.journal import TrainingStore
from dashboard.training.keeping.opening import SCRIPTS, bring_up_to_date, open_training
from tests.dashboard.training.played import T0

ROWS = 5


def _fill(store: TrainingStore, first: int = 0, count: int = ROWS) -> None:
    for number in range(first, first + count):
        store.note(
            id=f"n{number}", room=f"room {number % 2}", kind="answered", key=f"q{number}/nina",
            body={"answer": number, "said": "38,5 °C"}, by="nina", role="nurse", now=T0,
        )  # fmt: skip


def _faults(store: TrainingStore) -> list[str]:
    with store._engines.reading() as connection:
        return [one.says for one in verifying.faults(connection)]


def _without_guards(store: TrainingStore, statement: str) -> None:
    """As somebody who owns the database would: guards down, the deed, guards up again."""
    with store._engines.write.begin() as connection:
        if not store._engines.is_sqlite:
            connection.execute(text("ALTER TABLE noted DISABLE TRIGGER noted_append_only"))
            connection.execute(text(statement))
            connection.execute(text("ALTER TABLE noted ENABLE TRIGGER noted_append_only"))
            return
        kept = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ).all()
        for name, _ in kept:
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(statement))
        for _, sql in kept:
            connection.exec_driver_sql(sql)


# The chain


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE noted SET body = '{}' WHERE position = 2", "was altered"),
        ("UPDATE noted SET role = 'physician' WHERE position = 5", "was altered"),
        ("UPDATE noted SET digest = previous_digest WHERE position = 3", "does not follow"),
        ("DELETE FROM noted WHERE position = 3", "does not follow"),
    ],
)
def test_what_was_changed_behind_the_program_is_found(
    both: TrainingStore, statement: str, says: str
) -> None:
    _fill(both)
    assert _faults(both) == []
    _without_guards(both, statement)
    assert any(says in one for one in _faults(both))


def test_an_end_that_was_cut_off_shows_against_a_head_kept_outside(both: TrainingStore) -> None:
    _fill(both)
    with both._engines.reading() as connection:
        head = verifying.head_of(connection)
    _fill(both, ROWS)
    with both._engines.reading() as connection:
        assert verifying.goes_on(connection, head) == [], "a head of yesterday goes on fitting"
        later = verifying.head_of(connection)
    assert verifying.read_head(f" {later}\n") == later
    _without_guards(both, "DELETE FROM noted WHERE position >= 9")
    with both._engines.reading() as connection:
        (fault,) = verifying.goes_on(connection, later)
    assert "the end was cut off" in fault.says
    with pytest.raises(HeadUnreadable):
        verifying.read_head("entry=1,sha256=" + "0" * 64)


def test_writers_at_once_make_one_chain(both: TrainingStore) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: _fill(both, 10 * number, 4), range(6)))
    assert _faults(both) == []


def _first_schema(url: str) -> None:
    """A journal as the first schema left it: rows without digests."""
    from alembic import command

    from dashboard.store.migrating import configuration
    from dashboard.store.opening import engines_for

    engines = engines_for(url)
    with engines.write.begin() as connection:
        command.upgrade(configuration(connection, scripts=SCRIPTS), "t0001")
        for number in range(ROWS):
            connection.execute(
                text(
                    "INSERT INTO noted (id, room, kind, key, recorded_by, role, recorded_at, body) "
                    "VALUES (:id, 'r', 'answered', :id, 'nina', 'nurse', :at, :body)"
                ),
                {
                    "id": f"old {number}", "body": '{"a":"\\u00e9"}',
                    "at": "2026-11-22T09:00:00.000000Z" if engines.is_sqlite else T0,
                },
            )  # fmt: skip
    engines.dispose()


def test_a_journal_of_the_first_schema_gets_its_chain_and_loses_nothing(url: str) -> None:
    _first_schema(url)
    with closing(open_training(url)) as store:
        rows = store.rows("r")
        assert [one.id for one in rows] == [f"old {number}" for number in range(ROWS)]
        assert {one.recorded_at for one in rows} == {T0}
        assert _faults(store) == []
        _fill(store)
        assert _faults(store) == []
        _without_guards(store, "UPDATE noted SET body = '{}' WHERE id = 'old 1'")
        assert any("was altered" in one for one in _faults(store))


# As it is typed


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a ward's journal and a training journal in it."""
    monkeypatch.delenv("TOXWATCH_TRAINING_DATABASE", raising=False)
    monkeypatch.setenv("TOXWATCH_DATABASE", f"sqlite:///{tmp_path / 'ward.sqlite3'}")
    with open_store(f"sqlite:///{tmp_path / 'ward.sqlite3'}") as store:
        store.add_ward("w", "Ward", is_sample=False, now=T0)
    with closing(open_training(f"sqlite:///{tmp_path / 'training.sqlite3'}")) as training:
        _fill(training)
    return tmp_path


def call(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def _rows(file: Path) -> int:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM noted").fetchone()[0])


def test_training_is_copied_put_back_and_verified_with_the_ward(ward: Path) -> None:
    file = ward / "copy" / "b.sqlite3"
    made = call("backup", "--to", file, "--json")
    assert made.exit_code == 0, made.stderr
    told = json.loads(made.stdout)["training"]
    copy = Path(told["file"])
    assert copy == file.with_name("b.sqlite3.training")
    assert _rows(copy) == ROWS
    assert copy.with_name(f"{copy.name}.head").read_text().strip() == told["head"]
    assert copy.stat().st_mode & 0o077 == 0

    training = ward / "training.sqlite3"
    with closing(open_training(f"sqlite:///{training}")) as store:
        _fill(store, ROWS)
    refused = call("restore", file)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert _rows(training) == 2 * ROWS, "nothing was changed"
    done = call("restore", file, "--replace")
    assert done.exit_code == 0, done.stderr
    assert "training restored and verified" in done.stdout
    assert _rows(training) == ROWS
    (aside,) = ward.glob("training.sqlite3.replaced-*Z")
    assert _rows(aside) == 2 * ROWS, "what was there is set aside, not deleted"
    with closing(open_training(f"sqlite:///{training}")) as store:
        _fill(store, ROWS)
        assert _faults(store) == [], "it goes on where the copy ended"

    elsewhere = call("restore", file, "--database", f"sqlite:///{ward / 'new' / 'ward.sqlite3'}")
    assert elsewhere.exit_code == 0, elsewhere.stderr
    assert _rows(ward / "new" / "training.sqlite3") == ROWS
    assert _rows(training) == 2 * ROWS, "a rehearsal elsewhere leaves it alone"


def test_verify_finds_what_was_changed_in_training_and_fails(ward: Path) -> None:
    file = ward / "copy" / "b.sqlite3"
    assert call("backup", "--to", file).exit_code == 0
    whole = call("verify", "--against", f"{file}.head")
    assert whole.exit_code == 0
    assert "training, every row is where it was written" in whole.stdout
    with closing(open_training(f"sqlite:///{ward / 'training.sqlite3'}")) as store:
        _without_guards(store, "UPDATE noted SET body = '{}' WHERE position = 2")
    plain = call("verify")
    assert (plain.exit_code, plain.stdout) == (1, "")
    assert "training: the row was altered" in plain.stderr
    told = json.loads(call("verify", "--json").stdout)
    assert (told["whole"], told["training"]["whole"]) == (True, False)
    assert told["training"]["faults"][0]["position"] == 2
    again = call("backup", "--to", ward / "copy" / "c.sqlite3")
    assert again.exit_code == 1
    assert "the training journal is not what was written" in again.stderr
    assert (ward / "copy" / "c.sqlite3").is_file(), "the ward's own copy is made all the same"
    assert not (ward / "copy" / "c.sqlite3.training").exists()


def test_a_training_journal_cut_off_at_its_end_shows_against_the_kept_head(ward: Path) -> None:
    file = ward / "copy" / "b.sqlite3"
    assert call("backup", "--to", file).exit_code == 0
    with closing(open_training(f"sqlite:///{ward / 'training.sqlite3'}")) as store:
        _without_guards(store, f"DELETE FROM noted WHERE position = {ROWS}")
        _without_guards(store, f"UPDATE sqlite_sequence SET seq = {ROWS - 1}")
    assert call("verify").exit_code == 0, "a chain by itself cannot show it"
    against = call("verify", "--against", f"{file}.head")
    assert against.exit_code == 1
    assert "the end was cut off" in against.stderr


def _change(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("DROP TRIGGER noted_no_update")
        connection.execute("UPDATE noted SET body = '{}' WHERE position = 1")
        connection.commit()


def _other_head(copy: Path) -> None:
    copy.with_name(f"{copy.name}.head").write_text(f"noted=1,sha256={'0' * 64}\n")


@pytest.mark.parametrize("spoil", [_change, _other_head], ids=["altered", "another head"])
def test_a_copy_that_was_changed_is_not_put_back(ward: Path, spoil: Callable[[Path], None]) -> None:
    file = ward / "copy" / "b.sqlite3"
    assert call("backup", "--to", file).exit_code == 0
    spoil(file.with_name("b.sqlite3.training"))
    told = call("restore", file, "--replace")
    assert told.exit_code == 1
    assert "this backup is not whole" in told.stderr
    assert not [*ward.glob("training.sqlite3.replaced-*")]
    assert _rows(ward / "training.sqlite3") == ROWS


def test_a_sealed_copy_is_unreadable_without_its_key(ward: Path) -> None:
    key = ward.parent / f"{ward.name}-keys" / "ward.key"  # never below the folder of the data
    key.parent.mkdir(mode=0o700)
    key.write_text("0123456789abcdef" * 4)
    key.chmod(0o600)
    file = ward / "copies" / "b.sealed"
    made = call("backup", "--to", file, "--key-file", key)
    assert made.exit_code == 0, made.stderr
    copy = file.with_name("b.sealed.training")
    assert b"SQLite" not in copy.read_bytes()
    assert b"nina" not in copy.read_bytes()
    assert call("restore", file, "--replace").exit_code == 1
    done = call("restore", file, "--replace", "--key-file", key)
    assert done.exit_code == 0, done.stderr
    assert _rows(ward / "training.sqlite3") == ROWS


def test_a_journal_of_the_first_schema_is_copied_and_verified_as_far_as_it_goes(
    ward: Path,
) -> None:
    training = ward / "training.sqlite3"
    training.unlink()
    _first_schema(f"sqlite:///{training}")
    assert json.loads(call("verify", "--json").stdout)["training"]["head"] is None
    made = call("backup", "--to", ward / "copy" / "b.sqlite3", "--json")
    assert made.exit_code == 0, made.stderr
    head = json.loads(made.stdout)["training"]["head"]
    engines = sqlite_engines(training, pragmas("truncate"))
    with engines.reading() as connection:
        assert schema_of(connection) == "t0001", "the journal itself is not touched"
    engines.write_once(lambda connection: bring_up_to_date(connection, "here"))
    with engines.reading() as connection:
        assert str(verifying.head_of(connection)) == head, "it gets the same digests later"
    engines.dispose()


def test_a_ward_without_training_hears_nothing_of_it(ward: Path) -> None:
    (ward / "training.sqlite3").unlink()
    made = call("backup", "--to", ward / "copy" / "b.sqlite3", "--json")
    assert json.loads(made.stdout)["training"] is None
    assert "training, every row" not in call("verify").stdout
    assert not (ward / "training.sqlite3").exists(), "looking for it makes none"
