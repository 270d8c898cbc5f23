"""
P-10 and P-15: what was acknowledged survives kill -9, and a form sent again is stored once.

A run in which nothing was acknowledged would "pass": it fails here.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import pytest

from dashboard.store import StoreError, open_store
from tests.faults.writer import NOW, WARD, a_set, main, prepare
from tests.postgres import OwnServer

SEED = 20260304
PATIENTS = 4
# Writers come as copies of a process that has loaded everything: a start costs milliseconds, and
# nearly all of the time is spent at what is tested.
NURSERY = multiprocessing.get_context("forkserver")
NURSERY.set_forkserver_preload(["tests.faults.writer"])


@contextmanager
def no_main_file() -> Iterator[None]:
    """Keep a new process from running this one's main file: a parallel test runner's is a stub."""
    main_names = vars(sys.modules["__main__"])
    file = main_names.pop("__file__", None)
    try:
        yield
    finally:
        if file is not None:
            main_names["__file__"] = file


def kill_while_writing(url: str, prefix: str, chance: random.Random) -> list[str]:
    """Start a writer, let it save a few forms, kill it at any moment; what it said was saved."""
    ours, theirs = NURSERY.Pipe(duplex=False)
    writer = NURSERY.Process(target=write_until_killed, args=(url, prefix, theirs), daemon=True)
    with no_main_file():
        writer.start()
    theirs.close()
    enough, said = chance.randint(1, 20), b""
    while said.count(b"\n") < enough:
        said += os.read(ours.fileno(), 65536) or pytest.fail("the writer ended by itself")
    time.sleep(chance.uniform(0.0, 0.03))
    os.kill(writer.pid, signal.SIGKILL)
    while more := os.read(ours.fileno(), 65536):
        said += more
    ours.close()
    writer.join(20)
    assert writer.exitcode == -signal.SIGKILL, "the writer ended by itself: nothing was tested"
    writer.close()
    # A line without its end was cut off while being said: it was not heard.
    return said.decode().split("\n")[:-1]


def write_until_killed(url: str, prefix: str, out: Connection) -> None:
    """In a process of its own: save forms and say which ones are saved."""
    os.dup2(out.fileno(), 1)
    main([url, "0", "-", prefix])


def send_again(url: str, prefix: str, acknowledged: list[str]) -> tuple[int, int]:
    """What a form does after a crash: the last acknowledged one and the one after, again."""
    present = duplicates = 0
    with open_store(url) as store:
        for number in (len(acknowledged) - 1, len(acknowledged)):
            receipt = store.submit(a_set(f"{prefix}-{number}", f"p{number % PATIENTS}"), now=NOW)
            again = store.submit(a_set(f"{prefix}-{number}", f"p{number % PATIENTS}"), now=NOW)
            duplicates += again.stored
            present += number == len(acknowledged) and not receipt.stored
            duplicates += number < len(acknowledged) and receipt.stored
    return present, duplicates


def stored_ids(url: str) -> list[str]:
    with open_store(url) as store:
        assert store.verify() == []
        return [
            entry.submission_id
            for line in store.patients(WARD)
            for entry in store.history(line.patient_id)
        ]


def run(url: str, report, *, kills: int, on: str) -> None:
    prepare(url, PATIENTS)
    chance = random.Random(SEED)
    acknowledged: list[str] = []
    unheard = duplicates = 0
    for number in range(kills):
        heard = kill_while_writing(url, f"run{number}", chance)
        acknowledged += heard
        present, twice = send_again(url, f"run{number}", heard)
        unheard += present
        duplicates += twice
    stored = stored_ids(url)
    lost = len(set(acknowledged) - set(stored))
    duplicates += len(stored) - len(set(stored))
    report(
        "P-10", n=kills, bad=lost, acknowledged=len(acknowledged), on=on, seed=SEED,
        upper_bound_percent=min(100, round(300 / kills, 1)),
    )  # fmt: skip
    report("P-15", n=2 * kills, bad=duplicates, stored_but_unheard=unheard, on=on)
    assert len(acknowledged) >= (1000 if kills >= 200 else kills)
    assert (lost, duplicates) == (0, 0)


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path, report) -> None:
    run(f"sqlite:///{tmp_path / 'ward.sqlite3'}", report, kills=3, on="sqlite")


def test_a_killed_writer_on_postgresql_loses_nothing(postgres: OwnServer, report) -> None:
    run(postgres.new_database(), report, kills=2, on="postgresql")


def test_two_programs_that_write_at_once_keep_everything(tmp_path: Path, report) -> None:
    url = f"sqlite:///{tmp_path / 'ward.sqlite3'}"
    prepare(url, PATIENTS)
    writer = [sys.executable, "-m", "tests.faults.writer", url, "40", "-"]
    programs = [
        subprocess.Popen([*writer, prefix], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        for prefix in ("a", "b")
    ]
    acknowledged = [line for each in programs for line in each.communicate()[0].decode().split()]
    stored = stored_ids(url)
    lost = len(set(acknowledged) - set(stored))
    report("P-14", n=len(acknowledged), bad=lost, programs=2, on="sqlite")
    assert [each.returncode for each in programs] == [0, 0]
    assert len(acknowledged) == 80
    assert (lost, len(stored)) == (0, 80 + PATIENTS)


@pytest.mark.faults
@pytest.mark.timeout(3600)
def test_two_hundred_kills_lose_nothing(tmp_path: Path, report) -> None:
    run(f"sqlite:///{tmp_path / 'ward.sqlite3'}", report, kills=200, on="sqlite")


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_sixty_kills_of_the_writer_on_postgresql_lose_nothing(postgres: OwnServer, report) -> None:
    run(postgres.new_database(), report, kills=60, on="postgresql")


def crash_server(server: OwnServer) -> None:
    """Kill the postmaster and every backend at once, then start it on the same data."""
    postmaster = psutil.Process(server.server.get_pid())
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=20)
    for _ in range(12):
        # Replaying its log takes a server on a busy machine longer than the wheel waits for it.
        try:
            server.server.ensure_postgres_running()
        except (subprocess.SubprocessError, RuntimeError):
            time.sleep(5)
        else:
            break
    else:
        pytest.fail("the server did not come back within a minute")


def crash_run(server: OwnServer, report, *, crashes: int) -> None:
    """The store stays open over the crashes: the form tries again until it has its receipt."""
    url = server.new_database()
    prepare(url, PATIENTS)
    acknowledged: list[str] = []
    refused = 0
    chance = random.Random(SEED)
    with open_store(url) as store:
        for crash in range(crashes):
            for number in range(chance.randint(5, 20)):
                store.submit(a_set(f"crash{crash}-{number}", f"p{number % 4}"), now=NOW)
                acknowledged.append(f"crash{crash}-{number}")
            crash_server(server)
            for attempt in range(50):
                try:
                    store.submit(a_set(f"after{crash}", "p0"), now=NOW)
                    break
                except StoreError:
                    refused += 1
                    time.sleep(0.1 * (attempt + 1))
            acknowledged.append(f"after{crash}")
    stored = stored_ids(url)
    lost = len(set(acknowledged) - set(stored))
    report(
        "P-10", n=crashes, bad=lost, acknowledged=len(acknowledged), refused=refused,
        on="postgresql-server",
    )  # fmt: skip
    assert len(acknowledged) >= 5 * crashes
    assert (lost, len(stored) - len(set(stored))) == (0, 0)


def test_a_crashed_server_loses_nothing_it_acknowledged(postgres: OwnServer, report) -> None:
    crash_run(postgres, report, crashes=1)


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_twenty_crashes_of_the_server_lose_nothing(postgres: OwnServer, report) -> None:
    crash_run(postgres, report, crashes=20)
