"""Backup, restore, verify and the head, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from dashboard.store import BackupRefused, DatabaseTooNew, Store, open_store
from dashboard.store.backing_up import Backup, back_up
from dashboard.store.examining import examine
from dashboard.store.heads import Head, HeadUnreadable, read_head
from dashboard.store.restoring import restore
from tests.dashboard.store.forms import T0, WARD, admit, at, correction, form, vitals
from tests.dashboard.store.test_guarding import tamper
from tests.postgres import OwnServer

LATER = at(60)
ZEROS = "0" * 64


@pytest.fixture(autouse=True)
def programs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server's own version, first on the PATH."""
    if "postgresql" in request.node.name:
        folder = request.getfixturevalue("postgres").server.bin_path
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def filled(store: Store) -> Iterator[Store]:
    """Two patients, a correction, an acknowledgement, a choice."""
    admit(store)
    admit(store, "p2")
    first = store.submit(form(vitals(38.6)), now=at(1))
    store.submit(form(correction(first.entries[0].entry_id, 39.1)), now=at(2))
    store.acknowledge(
        acknowledgement_id="a1", ward_id=WARD, patient_id="p1", alert_id="t01", grade_seen=None,
        seen_position=3, reason="seen", recorded_by="nurse-1", role="nurse", now=at(3),
    )  # fmt: skip
    store.choose_protocol(
        choice_id="c1", ward_id=WARD, scope="car-t", protocol_id="asco-2021", reason="ward rule",
        recorded_by="dr-1", role="physician", now=at(4),
    )  # fmt: skip
    return store


def copied(url: str, tmp_path: Path) -> Backup:
    return back_up(url, tmp_path / "copy" / "ward.backup", now=LATER, who="admin")


def elsewhere(url: str, tmp_path: Path, postgres: OwnServer | None) -> str:
    """An empty place for a restore: another file, or the same schema in another database."""
    if url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'elsewhere' / 'ward.sqlite3'}"
    assert postgres is not None
    schema = url.rsplit("%3D", 1)[1]
    with postgres.admin() as admin:
        admin.execute(f"CREATE DATABASE again_{schema}")
    other = postgres.server.get_uri(f"again_{schema}")
    with psycopg.connect(other, autocommit=True) as fresh:
        fresh.execute(f"CREATE SCHEMA {schema}")
    return f"{other}&options=-c%20search_path%3D{schema}"


@pytest.fixture
def target(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    server = None if url.startswith("sqlite") else request.getfixturevalue("postgres")
    return elsewhere(url, tmp_path, server)


def test_a_backup_restores_to_the_same_journal(
    filled: Store, url: str, target: str, tmp_path: Path
) -> None:
    made = copied(url, tmp_path)
    assert made.noted
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert filled.last_backup() == LATER
    done = restore(made.file, target, replace=False, now=at(70), who="admin")
    assert done.head == made.head == done.kept
    assert (done.was, done.set_aside) == (None, None)
    with open_store(target) as again:
        for patient in ("p1", "p2"):
            assert again.history(patient) == filled.history(patient)
            assert again.acknowledgements(patient) == filled.acknowledgements(patient)
        assert again.protocol_choices(WARD) == filled.protocol_choices(WARD)
        assert again.audit_trail()[-1].action == "restore"
        assert again.submit(form(vitals(37.0)), now=at(80)).stored, "the restored store takes more"
        assert again.verify() == []
        assert again.ready() == []
    assert (
        list((tmp_path / "copy").iterdir()) == [made.file, made.head_file]
        or len(list((tmp_path / "copy").iterdir())) == 2
    )


def test_a_store_with_entries_is_replaced_only_when_asked(
    filled: Store, url: str, tmp_path: Path
) -> None:
    made = copied(url, tmp_path)
    filled.submit(form(vitals(40.0)), now=at(65))
    after = examine(url).head
    filled.close()
    with pytest.raises(BackupRefused, match=r"holds 5 entries already.*--replace"):
        restore(made.file, url, replace=False, now=at(70), who="admin")
    assert examine(url).head == after
    done = restore(made.file, url, replace=True, now=at(70), who="admin")
    assert (done.was, done.head) == (after, made.head)
    assert done.set_aside is not None
    with open_store(url) as again:
        assert len(again.history("p1")) == 3
    if url.startswith("sqlite"):
        assert examine(f"sqlite:///{done.set_aside}").head == after, "what was there is kept"
    else:
        with psycopg.connect(url) as owner:
            schema = done.set_aside.removeprefix("schema ")
            assert owner.execute(f"SELECT count(*) FROM {schema}.entry").fetchone() == (5,)


def test_a_restore_waits_until_the_server_is_stopped(
    filled: Store, url: str, tmp_path: Path
) -> None:
    made = copied(url, tmp_path)
    filled.wards()
    if url.startswith("sqlite"):
        program = (
            f"import time; f = open({filled.place!r}); print('open', flush=True); time.sleep(60)"
        )
        holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        assert holder.stdout is not None
        holder.stdout.readline()
    try:
        with pytest.raises(BackupRefused, match=r"open in another program|connections are open"):
            restore(made.file, url, replace=True, now=at(70), who="admin")
    finally:
        if url.startswith("sqlite"):
            holder.kill()
            holder.communicate()
    assert len(filled.history("p1")) == 3


def test_a_backup_that_was_altered_is_not_put_in_place(sqlite_url: str, tmp_path: Path) -> None:
    with open_store(sqlite_url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        admit(store)
        store.submit(form(vitals(38.6)), now=at(1))
    made = copied(sqlite_url, tmp_path)
    with open_store(f"sqlite:///{made.file}") as copy:
        tamper(copy, "sqlite", "UPDATE entry SET payload = replace(payload, '38.6', '36.6')")
    with pytest.raises(BackupRefused, match=r"not whole: patient p1, position 2.*altered"):
        restore(made.file, sqlite_url, replace=True, now=at(70), who="admin")
    with open_store(sqlite_url) as store:
        assert store.history("p1")[1].payload["temperature_c"] == 38.6


def test_a_backup_cut_short_is_told_by_the_head_beside_it(sqlite_url: str, tmp_path: Path) -> None:
    with open_store(sqlite_url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        admit(store)
    early = copied(sqlite_url, tmp_path)
    with open_store(sqlite_url) as store:
        store.submit(form(vitals(38.6)), now=at(1))
    late = back_up(sqlite_url, tmp_path / "late", now=at(61), who="admin")
    early.file.replace(late.file)  # the older copy under the newer name
    target = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    with pytest.raises(BackupRefused, match="its head is not the one"):
        restore(late.file, target, replace=False, now=at(70), who="admin")
    assert not (tmp_path / "new.sqlite3").exists()


def test_no_backup_is_made_of_a_journal_that_is_wrong(
    filled: Store, url: str, tmp_path: Path
) -> None:
    good = copied(url, tmp_path)
    tamper(filled, url, "UPDATE entry SET reason = 'x' WHERE patient_id = 'p1' AND position = 3")
    with pytest.raises(BackupRefused, match=r"patient p1, position 3.*altered.*no backup was made"):
        back_up(url, tmp_path / "copy" / "second", now=at(90), who="admin")
    assert not (tmp_path / "copy" / "second").exists()
    assert good.file.exists()
    assert filled.last_backup() == LATER, "a failure is not noted as a backup"


def test_a_backup_of_a_later_program_is_refused_by_name(
    filled: Store, url: str, target: str, tmp_path: Path
) -> None:
    if url.startswith("sqlite"):
        made = copied(url, tmp_path)
        raw = sqlite3.connect(made.file)
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
        raw.close()
        file = made.file
    else:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("UPDATE alembic_version SET version_num = '9999'")
        schema = url.rsplit("%3D", 1)[1]
        file = tmp_path / "later.dump"
        subprocess.run(
            ["pg_dump", "--format=custom", f"--schema={schema}", f"--file={file}",
             "--dbname", url.split("&options", maxsplit=1)[0]],
            check=True,
        )  # fmt: skip
    with pytest.raises(DatabaseTooNew, match=r"schema 9999; this one knows up to 0"):
        restore(file, target, replace=False, now=at(70), who="admin")
    if target.startswith("sqlite"):
        assert not Path(target.removeprefix("sqlite:///")).exists()


def test_a_store_of_a_later_program_is_not_replaced(sqlite_url: str, tmp_path: Path) -> None:
    with open_store(sqlite_url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        place = store.place
    made = copied(sqlite_url, tmp_path)
    raw = sqlite3.connect(place)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(DatabaseTooNew, match="schema 9999"):
        restore(made.file, sqlite_url, replace=True, now=at(70), who="admin")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a backup"),
        (b"something else", "not a backup"),
        (b"SQLite format 3\x00" + b"\xff" * 4096, "broke off|damaged"),
    ],
)
def test_what_is_no_backup_is_refused(
    sqlite_url: str, tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(Exception, match=says):
        restore(file, sqlite_url, replace=False, now=at(70), who="admin")
    assert not (tmp_path / "ward.sqlite3").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_an_sqlite_backup_does_not_go_into_a_server(sqlite_url: str, tmp_path: Path) -> None:
    with open_store(sqlite_url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
    made = copied(sqlite_url, tmp_path)
    with pytest.raises(BackupRefused, match="another kind of database"):
        restore(made.file, "postgresql://u@127.0.0.1:1/x", replace=False, now=at(70), who="a")


def test_a_damaged_store_is_replaced_and_kept(sqlite_url: str, tmp_path: Path) -> None:
    with open_store(sqlite_url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        admit(store)
        file = Path(store.place)
    made = copied(sqlite_url, tmp_path)
    content = bytearray(file.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    file.write_bytes(content)
    done = restore(made.file, sqlite_url, replace=True, now=at(70), who="admin")
    assert done.was is None
    assert done.set_aside is not None
    assert Path(done.set_aside).read_bytes() == content
    with open_store(sqlite_url) as store:
        assert len(store.history("p1")) == 1


def test_a_backup_needs_a_new_name_and_an_existing_store(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="no such database"):
        copied(sqlite_url, tmp_path)
    assert not (tmp_path / "ward.sqlite3").exists()
    with open_store(sqlite_url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
    copied(sqlite_url, tmp_path)
    with pytest.raises(BackupRefused, match="exists already"):
        copied(sqlite_url, tmp_path)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_without_pg_dump_the_cure_is_named(
    filled: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupRefused, match=r"pg_dump: the program is not on.*postgresql-client"):
        copied(url, tmp_path)
    assert list((tmp_path / "copy").iterdir()) == []


def test_a_session_of_the_backup_does_not_come_back(sqlite_url: str, tmp_path: Path) -> None:
    with open_store(sqlite_url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        place = store.place
    raw = sqlite3.connect(place)
    moment = "2026-03-03T09:00:00.000000Z"
    raw.execute(
        "INSERT INTO account (account_id, name, name_key, role, added_at, added_by, changed_at) "
        f"VALUES ('1', 'n', 'n', 'nurse', '{moment}', 'x', '{moment}')"
    )
    raw.execute(
        "INSERT INTO seat (seat_id, token_digest, account_id, began_at, seen_at) "
        f"VALUES ('s', '{'0' * 64}', '1', '{moment}', '{moment}')"
    )
    raw.commit()
    raw.close()
    made = copied(sqlite_url, tmp_path)
    new = tmp_path / "new.sqlite3"
    restore(made.file, f"sqlite:///{new}", replace=False, now=at(70), who="admin")
    raw = sqlite3.connect(new)
    assert raw.execute("SELECT ended_why FROM seat").fetchall() == [("restored",)]
    raw.close()


# The head


def test_a_head_of_yesterday_fits_the_journal_of_today(filled: Store, url: str) -> None:
    kept = examine(url).head
    assert kept is not None
    assert read_head(f" {str(kept).replace(',', ', ')} \n") == kept
    filled.submit(form(vitals(40.0)), now=at(65))
    now = examine(url, kept)
    assert now.faults == ()
    assert now.head != kept


CUTS = {
    "last submission, counter set back": [
        "DELETE FROM entry WHERE patient_id = 'p1' AND position = 3",
        "UPDATE ward_version SET version = version - 1",
    ],
    "end of the audit trail": ["DELETE FROM audit WHERE position > 3"],
    "the acknowledgement": [
        "DELETE FROM acknowledgement",
        "UPDATE ward_version SET version = version - 1",
    ],
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_off_end_is_found_against_a_kept_head(filled: Store, url: str, cut: str) -> None:
    kept = examine(url).head
    assert kept is not None
    sequence = [
        "UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(seq), 0) FROM entry) "
        "WHERE name = 'entry'",
        "UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(seq), 0) FROM audit) "
        "WHERE name = 'audit'",
        "UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(seq), 0) FROM acknowledgement) "
        "WHERE name = 'acknowledgement'",
    ]
    tamper(filled, url, *CUTS[cut], *(sequence if url.startswith("sqlite") else []))
    alone, against = examine(url), examine(url, kept)
    assert alone.faults == (), "the chain alone sees nothing: this is what the head is for"
    assert any("the end was cut off" in fault.says for fault in against.faults)


def test_a_history_written_anew_with_right_digests_is_found(filled: Store, url: str) -> None:
    from sqlalchemy import select

    from dashboard.store.canonical import row_digest
    from dashboard.store.tables import entry

    kept = examine(url).head
    with filled._engines.reading() as connection:
        row = dict(
            connection.execute(select(entry).where(entry.c.patient_id == "p2")).mappings().one()
        )
    row["recorded_by"] = "somebody-else"
    digest = row_digest(entry, row)
    tamper(
        filled, url,
        f"UPDATE entry SET recorded_by = 'somebody-else', digest = '{digest}' "
        "WHERE patient_id = 'p2'",
    )  # fmt: skip
    assert examine(url).faults == ()
    assert any("not what it was then" in fault.says for fault in examine(url, kept).faults)


@pytest.mark.parametrize(
    "given",
    ["", "x", f"sha256={ZEROS}", "entry=1,sha256=00", f"entry=1,entry=2,sha256={ZEROS}",
     f"entry=-1,sha256={ZEROS}", f"mood=1,sha256={ZEROS}"],
)  # fmt: skip
def test_what_is_no_head_is_refused(given: str) -> None:
    with pytest.raises(HeadUnreadable):
        read_head(given)


def test_a_head_reads_back(filled: Store, url: str) -> None:
    head = examine(url).head
    assert head is not None
    assert read_head(str(head)) == head
    assert dict(head.last)["entry"] == 4
    assert isinstance(head, Head)
    assert json.dumps(str(head))


def test_a_table_that_is_gone_is_not_taken_for_an_older_schema(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        place = store.place
    raw = sqlite3.connect(place)
    raw.execute("DROP TABLE decision")
    raw.commit()
    raw.close()
    assert "table decision is gone" in [fault.says for fault in examine(sqlite_url).faults]


def test_how_old_a_backup_is(filled: Store, url: str, tmp_path: Path) -> None:
    assert filled.last_backup() is None
    copied(url, tmp_path)
    assert filled.last_backup() == LATER
    back_up(url, tmp_path / "second", now=LATER + timedelta(hours=3), who="admin")
    assert filled.last_backup() == LATER + timedelta(hours=3)
