"""
P-18 and P-13: a backup taken while people write restores to the same journal, and single bit
flips in the file are noticed before what they changed is shown.

Controls: a plain copy of the file of a database in write-ahead mode lacks what was acknowledged;
SQLite's own integrity check does not see most of the changed content.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.store import StoreError, open_store
from dashboard.store.backing_up import back_up
from dashboard.store.examining import examine
from dashboard.store.health import forget
from dashboard.store.restoring import restore
from tests.faults.steady_writer import PATIENTS
from tests.faults.writer import NOW, WARD, a_set, prepare
from tests.postgres import OwnServer

SEED = 20260305
FULL = "2"


@contextmanager
def writing(folder: Path, url: str, *unsafe: str) -> Iterator[list[Path]]:
    """Two programs that save without a pause; the files in which they say what is saved."""
    said = [folder / f"said-{name}" for name in ("a", "b")]
    program = [sys.executable, "-m", "tests.faults.steady_writer", url]
    writers = [
        subprocess.Popen([*program, str(file), file.name, *unsafe], stdin=subprocess.DEVNULL)
        for file in said
    ]
    try:
        until = time.monotonic() + 60
        while not all(file.exists() and file.stat().st_size for file in said):
            assert all(writer.poll() is None for writer in writers), "a writer ended by itself"
            assert time.monotonic() < until, "the writers do not save anything"
            time.sleep(0.05)
        yield said
        assert all(writer.poll() is None for writer in writers), "a writer ended by itself"
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()


def acknowledged(said: list[Path]) -> set[str]:
    """What was heard as saved up to now; a line without its end was not heard."""
    return {line for file in said for line in file.read_text().split("\n")[:-1]}


def in_file(file: Path) -> set[str] | None:
    """The submissions in a copied file, without a look at anything else; None if it is torn."""
    connection = sqlite3.connect(file)
    try:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            return None
        return {row[0] for row in connection.execute("SELECT submission_id FROM entry")}
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return None
    finally:
        connection.close()


def copies_by_hand(folder: Path, times: int) -> int:
    """The control: how many plain copies of a live file lack what was acknowledged."""
    folder.mkdir()
    file = folder / "ward.sqlite3"
    prepare(f"sqlite:///{file}", PATIENTS)
    bad = 0
    with writing(folder, f"sqlite:///{file}", "wal", FULL) as said:
        for number in range(times):
            wanted = acknowledged(said)
            copy = folder / f"copy-{number}"
            shutil.copyfile(file, copy)
            found = in_file(copy)
            bad += found is None or not wanted <= found
            copy.unlink()
            time.sleep(0.05)
    return bad


def drill(tmp_path: Path, url: str, fresh, report, *, times: int, on: str) -> None:
    """Back up while two write, restore, compare; and the head must fit what the ward has later."""
    prepare(url, PATIENTS)
    heads, bad, wanted_in_all, longest = [], 0, 0, 0.0
    with writing(tmp_path, url) as said:
        for number in range(times):
            wanted = acknowledged(said)
            now = NOW + timedelta(minutes=number)
            began = time.monotonic()
            made = back_up(url, tmp_path / f"backup-{number}", now=now, who="drill")
            longest = max(longest, time.monotonic() - began)
            target = fresh(number)
            done = restore(made.file, target, replace=False, now=now, who="drill")
            with open_store(target) as store:
                there = {
                    entry.submission_id
                    for line in store.patients(WARD)
                    for entry in store.history(line.patient_id)
                }
                whole = store.verify() == []
            bad += not (wanted <= there and whole and done.head == made.head == done.kept)
            wanted_in_all += len(wanted)
            heads.append(made.head)
    bad += sum(bool(examine(url, head).faults) for head in heads)
    control = copies_by_hand(tmp_path / "by-hand", times)
    report(
        "P-18", n=times, bad=bad, control_bad=control, compared=wanted_in_all, on=on,
        longest_backup_s=f"{longest:.2f}", control="plain-copy-of-a-wal-file",
    )  # fmt: skip
    assert wanted_in_all > times, "nothing was saved before the backups: nothing was tested"
    assert bad == 0
    assert control > 0, "the control lost nothing: this drill proves nothing"


def drill_sqlite(tmp_path: Path, report, times: int) -> None:
    drill(
        tmp_path,
        f"sqlite:///{tmp_path / 'ward.sqlite3'}",
        lambda number: f"sqlite:///{tmp_path / f'restored-{number}.sqlite3'}",
        report,
        times=times,
        on="sqlite",
    )


def test_a_live_backup_restores_to_the_same_journal(tmp_path: Path, report) -> None:
    drill_sqlite(tmp_path, report, 3)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_twenty_live_backups_restore_to_the_same_journal(tmp_path: Path, report) -> None:
    drill_sqlite(tmp_path, report, 20)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_live_dumps_of_postgresql_restore_to_the_same_journal(
    postgres: OwnServer, tmp_path: Path, report, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = postgres.server.bin_path
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    url = postgres.new_database()
    schema = url.rsplit("%3D", 1)[1]

    def fresh(number: int) -> str:
        name = f"drill_{number}"
        with postgres.admin() as admin:
            admin.execute(f"CREATE DATABASE {name}")
        address = postgres.server.get_uri(name)
        with psycopg.connect(address, autocommit=True) as database:
            database.execute(f"CREATE SCHEMA {schema}")
        return f"{address}&options=-c%20search_path%3D{schema}"

    drill(tmp_path, url, fresh, report, times=20, on="postgresql")


# A disk that takes no more, for those who may mount none (see test_disk_full for the real one)


def test_a_used_up_quota_refuses_in_words_and_loses_nothing(tmp_path: Path, report) -> None:
    told = at_a_limit(tmp_path / "ward.sqlite3")
    control = at_a_limit(tmp_path / "naive.sqlite3", "naive")
    report(
        "P-12", n=len(told["refusals"]), bad=len(told["lost"]), control_bad=len(control["lost"]),
        saved=told["saved"], readable=told["readable"], saved_after_space_returned=50,
        on="sqlite-quota", control="swallows-the-error",
    )  # fmt: skip
    assert told["saved"] > 10
    assert len(told["refusals"]) == told["readable"] == 20
    assert all("not saved" in one and "keeps what you typed" in one for one in told["refusals"])
    assert told["lost"] == []
    assert told["whole"]
    assert len(control["lost"]) == 20, "a writer that swallows the error loses what it refused"


def at_a_limit(file: Path, *naive: str) -> dict[str, Any]:
    """What a program met that saves until the size of its files is used up."""
    prepare(f"sqlite:///{file}")
    limit = file.stat().st_size + 64 * 1024
    program = [sys.executable, "-m", "tests.faults.at_a_limit", f"sqlite:///{file}", str(limit)]
    done = subprocess.run(
        [*program, *naive], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


# Bit flips


def contents(file: Path) -> list[list[tuple]] | None:
    """Every row of every table, as a program without any check would read it; None: unreadable."""
    tables = ("entry", "acknowledgement", "decision", "protocol_choice", "audit")
    connection = sqlite3.connect(file)
    connection.text_factory = bytes
    try:
        return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return None
    finally:
        connection.close()


def integrity_check_sees(file: Path) -> bool:
    connection = sqlite3.connect(file)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return True
    finally:
        connection.close()


def we_see(url: str) -> bool:
    """Opening refuses, reading a patient refuses, or verification names a fault."""
    try:
        with open_store(url) as store:
            for patient in [f"p{number}" for number in range(PATIENTS)]:
                store.history(patient)
        return bool(examine(url).faults)
    except StoreError:
        return True


def shown_unnoticed(url: str, truth: dict[str, tuple]) -> bool:
    """Whether a screen would show other values than were recorded, without a word."""
    try:
        with open_store(url) as store:
            return any(store.history(patient) != entries for patient, entries in truth.items())
    except StoreError:
        return False


def flips(tmp_path: Path, report, *, times: int) -> None:
    original = tmp_path / "original.sqlite3"
    prepare(f"sqlite:///{original}", PATIENTS)
    with open_store(f"sqlite:///{original}") as store:
        for number in range(60):
            store.submit(a_set(f"form-{number}", f"p{number % PATIENTS}"), now=NOW)
        truth = {f"p{number}": store.history(f"p{number}") for number in range(PATIENTS)}
    untouched, before = original.read_bytes(), contents(original)
    chance = random.Random(SEED)
    changed = unseen = control_unseen = shown = 0
    for number in range(times):
        file = tmp_path / f"flip-{number}.sqlite3"
        content = bytearray(untouched)
        at = chance.randrange(len(content))
        content[at] ^= 1 << chance.randrange(8)
        file.write_bytes(content)
        url = f"sqlite:///{file}"
        if contents(file) != before:
            changed += 1
            control_unseen += not integrity_check_sees(file)
            shown += shown_unnoticed(url, truth)
            unseen += not we_see(url)
        forget(str(file))
        for left in tmp_path.glob(f"{file.name}*"):
            with suppress(FileNotFoundError):
                left.unlink()
    report(
        "P-13", n=changed, bad=unseen, control_bad=control_unseen, shown_unnoticed=shown,
        flips=times, seed=SEED, control="integrity_check-alone", on="sqlite",
    )  # fmt: skip
    assert changed > times // 10, "hardly a flip changed anything: nothing was tested"
    assert (unseen, shown) == (0, 0)
    assert control_unseen > 0, "the control saw everything: this test proves nothing"


def test_a_flipped_bit_is_noticed_before_it_is_shown(tmp_path: Path, report) -> None:
    flips(tmp_path, report, times=60)


@pytest.mark.faults
@pytest.mark.timeout(3600)
def test_two_thousand_flipped_bits_are_noticed(tmp_path: Path, report) -> None:
    flips(tmp_path, report, times=2000)
