"""What was said and the rules of each day: appended, guarded, verified, copied and restored."""

from __future__ import annotations

import re
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import errors as pg

from dashboard.as_of import noting, recording
from dashboard.as_of.asked import Replay
from dashboard.as_of.replaying import known_patient
from dashboard.as_of.rule_set import rule_set
from dashboard.store import StoreDamaged, StoreError
from dashboard.store.backing_up import back_up
from dashboard.store.opening import engines_for
from dashboard.store.rule_files import RULE_SET, content_digest
from dashboard.store.verifying import verify
from tests.dashboard.as_of.conftest import START, WARD, Place
from tests.dashboard.small_cases import FEVER, vitals
from tests.dashboard.store.test_guarding import tamper
from toxmodels.protocols import protocols
from toxmodels.protocols.site_file import site_copy
from toxmodels.version import digests, rules_digest

ROW = (
    "INSERT INTO shown (shown_id, ward_id, patient_id, position, at, assessed_at, entry_position, "
    "acknowledged, program, rules, protocol, said, whole, previous_digest, digest) SELECT {}, "
    "ward_id, patient_id, {}, at, assessed_at, entry_position, acknowledged, program, rules, "
    "protocol, said, whole, previous_digest, digest FROM shown WHERE position = 1"
)
REFUSED = [
    "UPDATE shown SET said = '{}'",
    "DELETE FROM shown",
    "UPDATE rule_file SET content = 'x'",
    "DELETE FROM rule_file WHERE position = 1",
    ROW.format("shown_id", "99"),
    ROW.format("'new'", "1"),
]
SQLITE_ALONE = [ROW.format("shown_id", "99").replace("INSERT", "INSERT OR REPLACE", 1)]
POSTGRESQL_ALONE = ["TRUNCATE shown", "TRUNCATE rule_file"]


def two_results(place: Place) -> None:
    place.enter(30, vitals(START + timedelta(minutes=30), **FEVER))
    assert len(place.store.shown("p1")) >= 2


def test_the_database_itself_refuses_every_change(place: Place) -> None:
    two_results(place)
    before = place.store.shown("p1")
    if place.url.startswith("sqlite"):
        for statement in REFUSED + SQLITE_ALONE:
            connection = sqlite3.connect(place.store.place, isolation_level=None)
            connection.execute("PRAGMA recursive_triggers = ON")
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)
            connection.execute("BEGIN")
            connection.execute(ROW.format("'new'", "99"))  # what is refused is the change
            connection.close()
    else:
        for statement in REFUSED + POSTGRESQL_ALONE:
            with (
                psycopg.connect(place.url, autocommit=True) as owner,
                pytest.raises((pg.RestrictViolation, pg.IntegrityError)),
            ):
                owner.execute(statement)
    assert place.store.shown("p1") == before
    assert place.store.verify() == []


ALTERED = [
    ("UPDATE shown SET said = replace(said, '1', '0') WHERE position = 2", "position 2.*altered"),
    ("UPDATE shown SET at = assessed_at, whole = 'x' WHERE position = 1", "was altered"),
    ("UPDATE shown SET entry_position = 1 WHERE position = 2", "altered"),
    ("UPDATE shown SET rules = previous_digest WHERE position = 1", "rule set .* which is gone"),
    ("DELETE FROM shown WHERE position = 1", "result that was shown 1 is missing"),
    ("UPDATE rule_file SET content = content || ' ' WHERE position = 2", "is not the text"),
    ("UPDATE rule_file SET first_seen_at = NULL WHERE position = 2", "NULL|not-null"),
    ("DELETE FROM rule_file WHERE position = 2", "rule file 2 is missing"),
    ("DELETE FROM rule_file WHERE name = 'rule-set'", "rule set .* which is gone"),
    ("DELETE FROM rule_file WHERE name = 'escalation/triggers.toml'", "whose text is gone"),
    ("DELETE FROM entry WHERE position > 4", "entries were cut off"),
]


def open_handed(file: Path, statement: str) -> None:
    """Change rows the way somebody with the file could, the guards put back afterwards."""
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        for name, _ in (kept := guards.fetchall()):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in kept:
            connection.execute(sql)
        connection.execute("COMMIT")
    finally:
        connection.close()


def test_what_was_changed_all_the_same_is_found(embedded: Place, tmp_path: Path) -> None:
    two_results(embedded)
    assert embedded.store.verify() == []
    for number, (statement, found) in enumerate(ALTERED):
        copy = tmp_path / f"copy-{number}.sqlite3"
        shutil.copy(embedded.store.place, copy)
        if "NULL" not in statement:
            open_handed(copy, statement)
        else:  # the database would not even take it
            with pytest.raises(sqlite3.IntegrityError, match=found):
                open_handed(copy, statement)
            continue
        engines = engines_for(f"sqlite:///{copy}")
        with engines.reading() as reading:
            named = " | ".join(str(fault) for fault in verify(reading))
        engines.dispose()
        assert re.search(found, named), (statement, named)


def test_on_postgresql_an_altered_result_and_rule_are_found_too(place: Place) -> None:
    two_results(place)
    head = place.store.verify()
    assert head == []
    tamper(
        place.store, place.url,
        "UPDATE shown SET whole = 'x' WHERE position = 1",
        "UPDATE rule_file SET content = 'x' WHERE position = 3",
    )  # fmt: skip
    named = " | ".join(str(fault) for fault in place.store.verify())
    assert re.search("result that was shown was altered", named), named
    assert re.search("rule file .* is not the text", named), named


def test_a_tampered_result_is_never_shown(embedded: Place) -> None:
    two_results(embedded)
    asked = Replay(START + timedelta(minutes=40), "then")
    tamper(embedded.store, embedded.url, "UPDATE shown SET said = replace(said, '1', '0')")
    with pytest.raises(StoreDamaged, match=r"shown row .* is not what was recorded"):
        known_patient(WARD, "p1", asked)


def test_every_rule_file_is_kept_once_under_its_digest(embedded: Place) -> None:
    first = rule_set()
    assert first.digest == rules_digest(), "without files of a site it is the one on every screen"
    texts = embedded.store.rule_files(first.files.values())
    packaged = {name: one for name, one in digests().items() if name.endswith(".toml")}
    assert len(packaged) > 40
    assert {one.name for one in texts.values()} == set(packaged)
    assert all(content_digest(one.content) == digest for digest, one in texts.items())
    assert embedded.store.rule_files([first.digest])[first.digest].name == RULE_SET
    again = embedded.store.keep_rules(first.texts(), program="other", now=START)
    assert again == 0
    text = site_copy(protocols()["asco-2021"], "our-asco")
    (embedded.folder / "our.toml").write_text(text, encoding="utf-8")
    embedded.say(5)
    second = rule_set()
    assert embedded.store.rule_files([second.digest]).keys() == {second.digest}
    assert embedded.store.rule_files([content_digest(text)])[content_digest(text)].content == text


def test_a_file_that_cannot_be_used_decides_nothing_and_is_not_listed(embedded: Place) -> None:
    (embedded.folder / "broken.toml").write_text("id = ", encoding="utf-8")
    embedded.say(5)
    assert rule_set().digest == rules_digest()


def test_what_could_not_be_kept_waits_and_says_so(
    embedded: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise StoreError("store", "is full.", "Free space.")

    before = len(embedded.store.shown("p1"))
    with monkeypatch.context() as patch:
        patch.setattr(type(embedded.store), "keep_shown", full)
        with pytest.raises(StoreError):
            embedded.enter(30, vitals(START + timedelta(minutes=30), **FEVER))
        recording._try(recording.flush)
        assert "not being kept" in (recording.fault() or "")
    recording._try(recording.flush)
    assert recording.fault() is None
    assert len(embedded.store.shown("p1")) == before + 1, "nothing was lost meanwhile"


def test_a_process_that_does_not_serve_keeps_nothing(embedded: Place) -> None:
    noting.end()
    before = embedded.store.shown("p1")
    embedded.enter(30, vitals(START + timedelta(minutes=30), **FEVER))
    assert embedded.store.shown("p1") == before


def test_a_second_process_a_moment_behind_adds_nothing(embedded: Place) -> None:
    two_results(embedded)
    rows = embedded.store.shown("p1")
    fields = rows[0].__dataclass_fields__.keys() & {
        "ward_id", "patient_id", "at", "assessed_at", "entry_position", "acknowledged", "program",
        "rules", "protocol", "said", "whole",
    }  # fmt: skip
    from dashboard.store.shown import Saying

    late = Saying(**{name: getattr(rows[0], name) for name in fields})
    same = Saying(**{name: getattr(rows[-1], name) for name in fields})
    assert embedded.store.keep_shown([late, same]) == 0
    assert embedded.store.shown("p1") == rows


def test_a_clock_set_back_does_not_stop_the_keeping(embedded: Place) -> None:
    two_results(embedded)
    before = len(embedded.store.shown("p1"))
    embedded.clock(-120)
    embedded.enter(-119, vitals(START + timedelta(minutes=-119), temperature_c=39.5))
    assert len(embedded.store.shown("p1")) == before + 1
    assert embedded.store.verify() == []


def test_a_backup_holds_what_was_said_and_the_rules(embedded: Place, tmp_path: Path) -> None:
    two_results(embedded)
    made = back_up(embedded.url, tmp_path / "copy.sqlite3", now=START, who="test")
    assert "shown=" in str(made.head)
    assert "rule_file=" in str(made.head)
    with sqlite3.connect(made.file) as copy:
        count = copy.execute("SELECT count(*) FROM shown").fetchone()[0]
        files = copy.execute("SELECT count(*) FROM rule_file").fetchone()[0]
    copy.close()
    assert count == len(embedded.store.shown("p1"))
    assert files > 40
