"""The server's own routes and headers, asked over a real socket."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from dashboard.store import open_store
from tests.dashboard.small_cases import quiet_case
from tests.serving import serving


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for the module, with one ward of its own and no sample ward."""
    folder = tmp_path_factory.mktemp("server")
    address = f"sqlite:///{folder / 'ward.sqlite3'}"
    with open_store(address) as opened:
        opened.add_ward("w", "Ward 7", is_sample=False, now=datetime.now(UTC))
    with serving(folder, TOXWATCH_DATABASE=address) as running:
        yield running


def _get(server, path, **headers):
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        link.request("GET", path, headers=headers)
        answer = link.getresponse()
        return answer, answer.read()
    finally:
        link.close()


@contextmanager
def _events(server, ward):
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    link.request("GET", f"/api/events?ward={ward}")
    try:
        yield link.getresponse()
    finally:
        link.close()


def _next_block(answer) -> list[str]:
    lines = []
    while line := answer.readline().decode().strip():
        lines.append(line)
    return lines


def test_ready_means_that_an_entry_could_be_stored(server):
    answer, body = _get(server, "/readyz")
    assert answer.status == 200
    assert json.loads(body) == {"ready": True, "faults": []}


def test_every_page_carries_the_rules_for_the_browser(server):
    answer, body = _get(server, "/")
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "'sha256-" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' blob: 'unsafe-inline'" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"<script" in body


def test_a_browser_gets_a_seat_once_that_no_script_can_read(server):
    answer, _ = _get(server, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    again, _ = _get(server, "/", Cookie=cookie.partition(";")[0])
    assert again.headers["Set-Cookie"] is None


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json"])
def test_what_names_our_functions_is_closed(server, path):
    assert _get(server, path)[0].status == 404


def test_no_words_only_numbers_travel_and_a_change_arrives_within_a_second(server):
    with _events(server, "w") as answer, open_store(server.database) as opened:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert _next_block(answer) == ["retry: 1000"]
        first = _next_block(answer)
        while first[0].startswith("event"):
            first = _next_block(answer)
        before = int(first[0].removeprefix("data: "))
        now = datetime.now(UTC)
        opened.import_case(quiet_case("p-1", now), ward_id="w", recorded_by="t", now=now)
        stored = time.monotonic()
        block = _next_block(answer)
        while block[0].startswith("event"):
            block = _next_block(answer)
        waited = time.monotonic() - stored
        assert int(block[0].removeprefix("data: ")) == before + 1
        assert waited < 1.5, f"{waited:.2f} s"


def test_a_beat_comes_every_few_seconds(server):
    with _events(server, "w") as answer:
        blocks = [_next_block(answer) for _ in range(4)]
    beats = [block for block in blocks if block[0] == "event: beat"]
    assert beats
    assert all(block[1].removeprefix("data: ").isdecimal() for block in beats)


def test_an_unknown_ward_has_no_events(server):
    assert _get(server, "/api/events?ward=nowhere")[0].status == 404


def test_a_page_without_a_ward_hears_that_the_server_lives(server):
    with _events(server, "") as answer:
        blocks = [_next_block(answer) for _ in range(3)]
    assert [block[0] for block in blocks[1:]] == ["event: beat"] * 2
