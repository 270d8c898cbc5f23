"""
A restart of the PostgreSQL server between two entries: the next one works, or fails in words.

Then the one after it works, nothing acknowledged is lost and nothing is stored twice. The control
is the same without the look at a connection before it is used: there it must go wrong.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from dashboard.store import Store, StoreError, open_store
from tests.dashboard.store.forms import WARD, admit, form, vitals
from tests.postgres import OwnServer, own_postgres
from tests.serving import serving

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
STOPS = ("fast", "immediate", "kill")


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnServer]:
    """A server that this file may stop and start."""
    with own_postgres() as server:
        yield server


def stop(server: OwnServer, how: str) -> None:
    """End the server as an administrator does, or as a crash does."""
    postmaster = psutil.Process(server.server.get_pid())
    family = [postmaster, *postmaster.children(recursive=True)]
    if how == "kill":
        for process in family:
            process.kill()
    else:
        postmaster.send_signal(2 if how == "fast" else 3)  # SIGINT: fast, SIGQUIT: immediate
    psutil.wait_procs(family, timeout=30)
    assert not postmaster.is_running()


def start(server: OwnServer) -> None:
    server.server.ensure_postgres_running()


def prepared(url: str) -> Store:
    store = open_store(url)
    store.add_ward(WARD, "Ward One", is_sample=False, now=NOW)
    admit(store)
    return store


def send(store: Store, name: str) -> str:
    """Save one form: "stored", or what the nurse reads."""
    try:
        store.submit(form(vitals(), submission_id=name), now=NOW)
    except StoreError as error:
        return str(error)
    return "stored"


def stored(store: Store) -> list[str]:
    return [one.submission_id for one in store.history("p1") if one.kind == "vitals"]


def test_after_a_restart_the_next_entry_is_stored_and_nothing_is_lost(
    postgres: OwnServer, report
) -> None:
    url = postgres.new_database()
    answers, sent, bad = [], [], 0
    with prepared(url) as store:
        for how in STOPS:
            first, second, third = (f"{how}-{number}" for number in (1, 2, 3))
            assert send(store, first) == "stored"
            assert store.patients(WARD)  # the reading door has connections of its own
            stop(postgres, how)
            start(postgres)
            answer = send(store, second)
            if answer != "stored":
                assert "Save again" in answer, answer
                answers.append(answer)
                assert send(store, second) == "stored"
            assert len(store.patients(WARD)) == 1
            assert send(store, third) == "stored"
            assert send(store, third) == "stored"  # pressed again
            sent += [first, second, third]
            bad += stored(store) != sent
        assert store.verify() == []
    control = without_a_look(postgres, url)
    report(
        "P-10",
        n=len(sent),
        bad=bad,
        restarts=len(STOPS),
        failed_in_words=len(answers),
        control_bad=control,
        on="postgresql",
    )
    assert bad == 0
    assert control > 0


def without_a_look(postgres: OwnServer, url: str) -> int:
    """The control: how many entries fail when a dead connection is not noticed beforehand."""
    failed = 0
    with open_store(url) as store:
        store._engines.write.pool._pre_ping = False
        for number in range(2):
            send(store, f"control-{number}")
            stop(postgres, "fast")
            start(postgres)
            failed += send(store, f"control-after-{number}") != "stored"
    return failed


def test_while_the_server_is_away_everything_is_said_in_words(postgres: OwnServer) -> None:
    with prepared(postgres.new_database()) as store:
        assert send(store, "before") == "stored"
        stop(postgres, "fast")
        try:
            begun = time.monotonic()
            answer = send(store, "away")
            assert "not saved: the database does not answer" in answer
            assert "keeps what you typed" in answer
            assert "does not answer" in store.ready()[0] or "could not be read" in store.ready()[0]
            with pytest.raises(StoreError, match="may be old"):
                store.patients(WARD)
            assert time.monotonic() - begun < 20
        finally:
            start(postgres)
        assert send(store, "away") == "stored"
        assert stored(store) == ["before", "away"]


def test_the_server_of_the_screens_says_unready_and_comes_back(
    postgres: OwnServer, tmp_path: Path
) -> None:
    url = postgres.new_database()
    prepared(url).close()
    with serving(tmp_path, TOXWATCH_DATABASE=url) as server:
        assert ask(server.port)[0] == 200
        stop(postgres, "fast")
        try:
            status, body = ask(server.port)
            assert status == 503
            assert body["ready"] is False
            assert body["says"]
            assert "p1" not in json.dumps(body)
        finally:
            start(postgres)
        until = time.monotonic() + 20
        while ask(server.port)[0] != 200 and time.monotonic() < until:
            time.sleep(0.2)
        status, body = ask(server.port)
        assert (status, body["ready"], body["self_test"]["passed"]) == (200, True, True)
        log = server.log.read_text()
    assert "database-account-too-strong" in log  # the superuser of the tests
    assert "Traceback" not in log


def ask(port: int) -> tuple[int, dict]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        link.request("GET", "/ready")
        answer = link.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        link.close()


def test_every_connection_has_an_end_to_its_patience(postgres: OwnServer) -> None:
    with open_store(postgres.new_database()) as store:
        seen = {}
        for door in (store._engines.write, store._engines.read):
            assert door.pool._pre_ping is True
            with door.connect() as connection:
                for name in ("statement_timeout", "lock_timeout"):
                    seen[name] = connection.exec_driver_sql(f"SHOW {name}").scalar()
                told = connection.connection.driver_connection.info.get_parameters()
                assert told["connect_timeout"] == "5"
                assert told["tcp_user_timeout"] == "20000"
        assert seen == {"statement_timeout": "15s", "lock_timeout": "10s"}


def test_a_statement_that_never_ends_is_ended_in_words(postgres: OwnServer) -> None:
    url = postgres.new_database()
    with open_store(f"{url}%20-c%20statement_timeout%3D300") as store:
        begun = time.monotonic()
        with pytest.raises(StoreError, match="another writer is busy"):
            store._engines.write_once(lambda c: c.exec_driver_sql("SELECT pg_sleep(30)"))
        assert time.monotonic() - begun < 10
