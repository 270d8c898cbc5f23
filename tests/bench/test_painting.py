"""
What a person waits for, in a real Chromium: another patient, somebody else's entry, a cold start.

The page says itself when it last changed something; the figure is the frame after that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from dashboard.store import NewEntry, Store, Submission, open_store
from tests.bench.conftest import WARD
from tests.bench.report import Figures
from tests.bench.serving import MeasuredServer
from tests.browser.bedside import Seat, field, idle, read_back, save_button, type_into
from tests.browser.crowd import bed_name
from tests.chromium import chromium
from tests.serving import Server

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

TRIES = 7
ENTRIES = 6
STARTS = 2
QUIET_MS = 900
SEEN_WITHIN_S = 60.0
AIM_SEEN_MS = 1000.0
NEWCOMER = "entry-01"

# Remembers when the last change of the page was drawn, and when the hand moved before it.
WATCH = """
() => {
  const seen = window.seen = {hand: 0, last: 0, wanted: null, found: 0};
  const drawn = () => requestAnimationFrame(() => setTimeout(() => {
    seen.last = performance.now();
    if (seen.wanted && !seen.found && document.body.innerText.includes(seen.wanted)) {
      seen.found = Date.now();
    }
  }, 0));
  new MutationObserver(drawn).observe(document.body,
    {subtree: true, childList: true, characterData: true, attributes: true});
  const moved = () => { seen.hand = performance.now(); seen.handAt = Date.now(); };
  document.addEventListener('keydown', (event) => { if (event.key === 'Enter') moved(); }, true);
  document.addEventListener('mousedown', moved, true);
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def seat(browser: Browser, server: MeasuredServer) -> Iterator[Seat]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    yield Seat(context, server.address)
    context.close()


def _until_still(page: Page, patient_id: str) -> float:
    """From the hand to the last change of the page, once the patient is there and all is still."""
    page.locator("dl.tw-banner dd", has_text=patient_id).wait_for()
    page.locator("[data-testid=stVegaLiteChart] svg").first.wait_for()
    while True:
        still = page.evaluate("performance.now() - window.seen.last")
        if still > QUIET_MS:
            return float(page.evaluate("window.seen.last - window.seen.hand"))
        page.wait_for_timeout(100)


def test_choosing_another_patient(seat: Seat, figures: Figures):
    page = seat.open("/")
    page.evaluate(WATCH)
    from_board, from_picker = [], []
    for bed in range(1, TRIES + 1):
        page.get_by_role("link", name="Ward board").click()
        page.locator("table.tw-board").wait_for()
        idle(page)
        page.locator("a.tw-who", has_text=bed_name(bed)).click()
        from_board.append(_until_still(page, bed_name(bed)))
        box = page.get_by_role("combobox", name="Patient", exact=True)
        box.click()
        page.keyboard.type(bed_name(bed + 20))
        page.get_by_role("option", name=bed_name(bed + 20)).wait_for()
        page.keyboard.press("Enter")
        from_picker.append(_until_still(page, bed_name(bed + 20)))
    assert seat.errors == []
    figures.add("another patient to last paint", "tapped on the board", from_board, "ms")
    figures.add("another patient to last paint", "chosen on the page", from_picker, "ms")


def _admit(store: Store) -> str:
    now = datetime.now(UTC)
    taken_at = (now - timedelta(hours=1)).isoformat()
    quiet = {"hypotensive": False, "vasopressors": [], "oxygen": {"device": "room_air"}}
    case = {
        "format": "toxwatch-case/1",
        "patient": {"id": NEWCOMER, "age_years": 50.0},
        "therapy": {
            "product": "tisagenlecleucel",
            "doses": [{"given_at": (now - timedelta(days=3)).isoformat()}],
        },
        "vitals": [{"taken_at": taken_at, "temperature_c": 38.0, **quiet}],
        "treatments": [],
    }
    receipt = store.import_case(case, ward_id=WARD, recorded_by="file", now=now)
    return receipt.entries[0].entry_id.replace("-", "")[:16]


def _fever(number: int) -> Submission:
    now = datetime.now(UTC)
    payload = {
        "taken_at": now.isoformat(timespec="seconds"),
        "temperature_c": round(38.1 + number / 10, 1),
        "hypotensive": False,
        "vasopressors": [],
        "oxygen": {"device": "room_air"},
    }
    return Submission(
        submission_id=f"seen-{now.timestamp()}",
        ward_id=WARD,
        patient_id=NEWCOMER,
        entries=(NewEntry(kind="vitals", payload=payload),),
        recorded_by="AB",
        role="nurse",
    )


def _want(board: Page, text: str) -> None:
    board.evaluate("text => Object.assign(window.seen, {wanted: text, found: 0})", text)


def _found_at(board: Page) -> float:
    # Asked again and again: the page's own rules let no text be run as a program inside it.
    until = time.monotonic() + SEEN_WITHIN_S
    while time.monotonic() < until:
        found = float(board.evaluate("window.seen.found"))
        if found > 0:
            return found
        board.wait_for_timeout(50)
    raise AssertionError(f"not seen in {SEEN_WITHIN_S:g} s")


def test_an_entry_seen_in_another_browser(
    browser: Browser, seat: Seat, server: MeasuredServer, database: str, figures: Figures
):
    with open_store(database) as store:
        ref = _admit(store)
        board = seat.open("/")
        board.evaluate(WATCH)
        board.get_by_text("live", exact=True).wait_for()
        committed = []
        for number in range(ENTRIES):
            _want(board, f"{38.1 + number / 10:.1f} °C")
            store.submit(_fever(number), now=datetime.now(UTC))
            done_at = time.time() * 1e3
            committed.append(_found_at(board) - done_at)
            board.wait_for_timeout(700)
    figures.add("entry to another browser", "from commit to painted", committed, "ms")
    pressed = _entered_by_hand(browser, server, board, ref)
    figures.add(
        "entry to another browser", "from the tap on Save to painted", pressed, "ms", AIM_SEEN_MS
    )


def _entered_by_hand(
    browser: Browser, server: MeasuredServer, board: Page, ref: str
) -> list[float]:
    found = []
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    nurse = Seat(context, server.address)
    nurse.sign_on("AB", "nurse")
    page = nurse.open(f"/enter?p={ref}")
    page.evaluate(WATCH)
    for number in range(ENTRIES):
        heat = f"{39.1 + number / 10:.1f}"
        field(page, "Temperature (°C)").wait_for()
        type_into(page, "Temperature (°C)", heat)
        read_back(page)
        _want(board, f"{heat} °C")
        save_button(page).click(no_wait_after=True)
        seen_at = _found_at(board)
        found.append(seen_at - float(page.evaluate("window.seen.handAt")))
        page.get_by_role("button", name="Another: vitals").click()
        idle(page)
    context.close()
    return found


def test_a_cold_start(browser: Browser, figures: Figures, tmp_path: Path):
    """The process starts, opens or makes its store, and a browser that was never there paints."""
    ready: dict[str, list[float]] = {"first start, sample ward loaded": [], "later start": []}
    painted: dict[str, list[float]] = {name: [] for name in ready}
    for start in range(STARTS):
        folder = tmp_path / str(start)
        folder.mkdir()
        for name, waits in ready.items():
            began = time.monotonic()
            server = Server(folder)
            try:
                server.wait()
                waits.append(time.monotonic() - began)
                context = browser.new_context(viewport={"width": 1366, "height": 768})
                page = context.new_page()
                page.goto(server.address)
                page.locator("table.tw-board tbody tr").first.wait_for()
                painted[name].append(time.monotonic() - began)
                context.close()
            finally:
                server.close()
    for name, waits in ready.items():
        figures.add("cold start", f"{name}: ready", waits, "s")
        figures.add("cold start", f"{name}: board painted", painted[name], "s")
