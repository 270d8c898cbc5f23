"""
P-30: markup in every text of a patient, on every page, in a real browser, calls nobody and runs
nothing. A server of the test's own listens for calls; the control page must reach it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Page

from dashboard.store import NewEntry, Submission, open_store
from dashboard.views import TITLES
from tests.browser.bedside import idle
from tests.browser.conftest import WARD
from tests.dashboard.small_cases import FEVER, case, exam, vitals
from tests.health.tree import ROOT
from tests.security.hostile import markup
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

LONGEST_DRUG = 80
HOSTILE_ID = "x<img src=1 onerror=window.tookOver=1>"


class Listener:
    """Every path that somebody asked this machine for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on the screen."""

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


def admit(server: Server, texts: tuple[str, ...]) -> str:
    """One patient whose every text is hostile; the reference."""
    now = datetime.now(UTC)
    sets = [
        vitals(
            now - timedelta(hours=number),
            **FEVER,
            other_cause=["fever"],
            other_cause_reason=text,
        )
        for number, text in enumerate(texts, start=1)
    ]
    given = (now - timedelta(hours=2)).isoformat()
    whole = case(
        HOSTILE_ID, now, sets=sets, exams=[exam(now - timedelta(hours=1))],
        treatments=[
            {"given_at": given, "drug": text.lower(), "dose_mg": 1.0}
            for text in texts
            if len(text) <= LONGEST_DRUG
        ],
    )  # fmt: skip
    whole["patient"] |= {"conditions": [*texts], "allergies": [*texts]}
    with open_store(server.database) as store:
        receipt = store.import_case(whole, ward_id=WARD, recorded_by="file", now=now)
        old = next(one for one in store.history(HOSTILE_ID) if one.kind == "vitals")
        again = NewEntry(kind="vitals", payload=old.payload, replaces=old.entry_id, reason=texts[0])
        store.submit(
            Submission(
                submission_id="hostile-correction", ward_id=WARD, patient_id=HOSTILE_ID,
                entries=(again,), recorded_by=texts[-2][:60].strip(), role="physician",
            ),
            now=now,
        )  # fmt: skip
    return receipt.entries[0].entry_id.replace("-", "")[:16]


def took_over(page: Page) -> bool:
    return page.evaluate("(window.tookOver ?? window.tookover) !== undefined")


@pytest.mark.nightly  # two minutes; tests/browser/test_screens_safe.py is the short tier
def test_no_page_takes_patient_text_for_markup(
    take_seat, ward_server: Server, listener: Listener, report
) -> None:
    texts = markup(listener.address)
    ref = admit(ward_server, texts)
    seat = take_seat()
    seat.sign_on("GH", "physician")
    ran, shown = [], 0
    paths = [f"/{'' if name == 'board' else name}?p={ref}" for name in TITLES]
    paths += [f"/enter?p={ref}&form={form}" for form in ("neuro", "labs", "treatment", "event")]
    for path in paths:
        page = seat.open(path)
        for fold in page.locator("details:not([open]) > summary").all():
            if fold.is_visible():
                fold.click()
        idle(page)
        page.wait_for_timeout(400)
        shown += HOSTILE_ID in page.content() or "onerror=" in page.locator("body").inner_text()
        if took_over(page):
            ran.append(path)
        page.close()
    bad = len(ran) + len(listener.asked) + len(seat.strangers)
    with unsafe() as address:
        page = seat.context.new_page()
        page.goto(f"{address}/?listener={listener.address}")
        page.get_by_text("drawn", exact=True).wait_for()
        page.wait_for_timeout(1000)
        page.close()
    control_bad = len({*listener.asked})
    report(
        "P-30", n=len(texts) * len(paths), bad=bad, control_bad=control_bad, pages=len(paths)
    )  # fmt: skip
    assert shown >= 3  # the text stood there
    assert control_bad > 0  # the listener hears
    assert (ran, bad) == ([], 0)


@contextmanager
def unsafe() -> Iterator[str]:
    """The control page on a plain server of Streamlit."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = str(ROOT / "tests" / "security" / "unsafe_page.py")
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1"]
    command += ["--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                    break
            except OSError:
                time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        server.wait(20)
