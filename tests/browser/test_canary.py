"""
P-34: the canary patient appears in no log line, no address, no error page and no other session.

She is imported, entered, corrected, acknowledged, and named by an error that breaks a page. The
control is the same error without our door for log lines: there she must be found.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.store import open_store
from tests.browser.bedside import Seat, field, idle, read_back, save, tap, type_into
from tests.browser.breaking import CANARY
from tests.dashboard.small_cases import FEVER, PRESSOR, case, exam, vitals
from tests.health.tree import ROOT
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PATIENT = f"{CANARY}-1"
KEPT_BY_BROWSER = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


class Breaking(Server):
    """The same server with a page that can break."""

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "uvicorn", "tests.browser.breaking:app"]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--timeout-graceful-shutdown", "2"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )


@contextmanager
def canary_ward(folder: Path, **more: str) -> Iterator[tuple[Server, str, str]]:
    """A ward with the canary in it, another without; the server, her reference, what was said."""
    url = f"sqlite:///{folder / 'ward.sqlite3'}"
    now = datetime.now(UTC)
    with open_store(url) as store:
        for id_ in ("w1", "w2"):
            store.add_ward(id_, f"Ward {id_}", is_sample=False, now=now)
    ago = now - timedelta(minutes=40)
    ill = case(PATIENT, now, sets=[vitals(ago, **FEVER, **PRESSOR)], exams=[exam(ago)])
    ill["patient"]["conditions"] = [f"{CANARY} disease"]
    file = folder / "case.json"
    file.write_text(json.dumps(ill))
    broken = folder / "broken.json"
    broken.write_text(json.dumps({**ill, "vitals": [{"taken_at": CANARY}]}))
    heard = ""
    for name in (file, broken):
        ran = subprocess.run(
            [sys.executable, "-m", "dashboard.cli", "import", str(name), "--ward", "w1",
             "--by", "file", "--database", url],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == (0 if name == file else 2), ran.stderr
        heard += "" if name == broken else ran.stderr
    with open_store(url) as store:
        ref = store.history(PATIENT)[0].entry_id.replace("-", "")[:16]
    server = Breaking(
        folder, TOXWATCH_DATABASE=url, TOXWATCH_ZONE="UTC", TOXWATCH_ACCOUNTS="demo", **more
    )
    try:
        server.wait()
        yield server, ref, heard
    finally:
        server.close()


def a_shift(nurse: Seat, ref: str) -> list[tuple[str, str]]:
    """Everything a nurse does with her; what is looked through, by place."""
    page = nurse.open(f"/enter?p={ref}")
    field(page, "Respiratory rate (/min)").wait_for()
    type_into(page, "Temperature (°C)", "38.9")
    read_back(page)
    save(page)
    page.get_by_role("button", name="To the patient").click()
    page.locator("table.tw-entries").wait_for()
    idle(page)
    page.locator("tr", has_text="vital").locator("a[href*='replaces=']").first.click()
    field(page, "In a few words (needed for Other)").wait_for()
    type_into(page, "Temperature (°C)", "38.4")
    tap(page, "Why is it corrected?", "Other")
    type_into(page, "In a few words (needed for Other)", f"{CANARY} was misread")
    read_back(page)
    save(page)
    acknowledge(nurse)
    broken = break_page(nurse, ref)
    expect(broken.get_by_text("This page could not be shown")).to_be_visible()
    failed = broken.get_by_text("This page could not be shown").inner_text()
    assert "ValueError at breaking.py" in failed
    seen = [("error page", failed), ("error page", links_of(broken))]
    seen += [("titles", " ".join(one.title() for one in nurse.context.pages))]
    seen += [("browser", str(page.evaluate(KEPT_BY_BROWSER)))]
    seen += [("cookies", json.dumps(nurse.context.cookies()))]
    return seen


def acknowledge(nurse: Seat) -> None:
    board = nurse.open("/?ward=w1")
    board.get_by_role("button", name="Acknowledge").first.click()
    board.get_by_role("button", name="Seen and acting").click()
    expect(board.get_by_text("Seen and acting").first).to_be_visible()
    idle(board)


def break_page(nurse: Seat, ref: str) -> Page:
    page = nurse.context.new_page()
    page.goto(f"{nurse.address}/patient?p={ref}&break=1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.get_by_test_id("stAlert").or_(page.get_by_test_id("stException")).first.wait_for()
    return page


def links_of(page: Page) -> str:
    return str(page.evaluate("[...document.querySelectorAll('a')].map(a => a.href).join(' ')"))


def test_the_canary_is_in_no_log_no_address_no_error_page_and_no_other_session(
    browser: Browser, tmp_path: Path, report
) -> None:
    with canary_ward(tmp_path) as (server, ref, heard):
        nurse = Seat(browser.new_context(), server.address)
        other = Seat(browser.new_context(), server.address)
        sockets: list[str] = []
        for seat in (nurse, other):
            seat.context.on(
                "page", lambda page: page.on("websocket", lambda one: sockets.append(one.url))
            )
        nurse.sign_on("AB", "nurse")
        elsewhere = other.open("/?ward=w2")
        seen = [("import", heard), *a_shift(nurse, ref)]
        time.sleep(1)
        seen += [("other session", elsewhere.content())]
        seen += [("addresses", one) for seat in (nurse, other) for one in seat.asked]
        seen += [("addresses", one) for one in sockets]
        for path in ("/metrics", "/ready", "/readyz", "/_stcore/health"):
            with urllib.request.urlopen(f"{server.address}{path}") as answer:
                seen.append((path, answer.read().decode()))
        with open_store(server.database) as store:
            kinds = [one.kind for one in store.history(PATIENT)]
            acknowledged = store.acknowledgements(PATIENT)
        nurse.context.close()
        other.context.close()
    log = server.log.read_text()
    seen += [("log", line) for line in log.splitlines()]
    hits = [f"{place}: {text[:200]}" for place, text in seen if CANARY in text]
    control = control_hits(browser, tmp_path)
    report(
        "P-34",
        n=len(seen),
        bad=len(hits),
        control_bad=control,
        log_lines=log.count(chr(10)),
        addresses=len(nurse.asked) + len(other.asked),
        sockets=len(sockets),
    )
    assert hits == []
    assert kinds.count("vitals") == 3, "nothing was entered: nothing was tested"
    assert acknowledged
    assert sockets
    for wanted in (
        '"event": "careless"',
        '"withheld": ["note", "patient_id"]',
        '"fault": "ValueError"',
    ):
        assert wanted in log, log
    assert control > 0, "the control gave nothing away: this test would see nothing"


def control_hits(browser: Browser, folder: Path) -> int:
    """The same broken page without our door: how many lines of the log name her."""
    folder = folder / "control"
    folder.mkdir()
    with canary_ward(folder, CANARY_CONTROL="1") as (server, ref, _):
        nurse = Seat(browser.new_context(), server.address)
        break_page(nurse, ref)
        nurse.context.close()
    return sum(CANARY in line for line in server.log.read_text().splitlines())
