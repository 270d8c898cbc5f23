"""P-37: the audit for known faults tells "none found" from "nobody answered"."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.health.tree import ROOT

CONTROL = "jinja2"


@contextmanager
def service(faulty: set[str], *, status: int = 200, short: bool = False) -> Iterator[str]:
    """A database of advisories on this machine that knows of these packages."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            names = [one["package"]["name"] for one in asked["queries"]]
            found = [
                {"vulns": [{"id": f"PYSEC-{name}"}]} if knows(index, name) else {}
                for index, name in enumerate(names)
            ]
            body = json.dumps({"results": found[1:] if short else found}).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_rest: object) -> None:
            """Quiet."""

    def knows(index: int, name: str) -> bool:
        return name in faulty and (index == 0) == (name == CONTROL)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    runner = threading.Thread(target=server.serve_forever)
    runner.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        runner.join()
        server.server_close()


def audit(address: str, *more: str) -> tuple[int, str]:
    script = ROOT / "scripts" / "safety_audit.py"
    done = subprocess.run(
        [sys.executable, str(script), *more], capture_output=True, text=True, check=False,
        env={**os.environ, "TOXWATCH_ADVISORIES": address},
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_nothing_found_is_said_only_after_a_known_fault_was_reported() -> None:
    with service({CONTROL}) as address:
        code, told = audit(address)
    found = re.search(r"promise=P-37 n=(\d+) bad=0 control_bad=1 shipped=(\d+)", told)
    assert code == 0
    assert found is not None, told
    assert int(found[1]) >= int(found[2]) > 50


def test_a_shipped_package_with_a_known_fault_fails_the_audit() -> None:
    with service({CONTROL, "streamlit", "pytest"}) as address:
        code, told = audit(address)
    assert code == 1
    assert re.search(r"streamlit \S+ \(shipped\): PYSEC-streamlit", told)
    assert re.search(r"pytest \S+ \(only for work on toxwatch\)", told)
    assert "bad=1 " in told


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({}, "nobody answered"),
        ({"status": 500}, "no answer"),
        ({"short": True}, "no answer"),
    ],
)
def test_silence_is_never_taken_for_none_found(setting: dict, reason: str) -> None:
    with service(set() if not setting else {CONTROL}, **setting) as address:
        code, told = audit(address)
        must, _ = audit(address, "--must")
    assert (code, must) == (0, 1)
    assert told.startswith("audit not run: ")
    assert reason in told
    assert "promise=" not in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "off", "http://example.org/"])
def test_without_a_service_it_says_so_in_one_line(address: str) -> None:
    code, told = audit(address)
    assert code == 0
    assert re.fullmatch(r"audit not run: [^\n]+\n", told)
