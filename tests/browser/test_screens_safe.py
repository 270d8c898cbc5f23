"""
Every page can be read by everybody, and patient text is only ever text.

The check for accessibility is axe; it finds what a machine can find, not what a person would.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboard.store import open_store
from tests.browser.bedside import (
    Seat,
    add_patient,
    field,
    idle,
    pick,
    read_back,
    save,
    tap,
    type_into,
)
from tests.browser.conftest import WARD
from tests.browser.crowd import patients
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PAGES = ("/", "/patient?p={ref}", "/enter?p={ref}", "/enter?p={ref}&form=neuro", "/add-patient",
         "/about")  # fmt: skip
GRAVE = {"serious", "critical"}

# What a page would do if patient text were taken for markup, for Markdown or for a template.
HOSTILE = (
    '<img src=x onerror="window.tookOver=1"><script>window.tookOver=1</script>'
    "<style>*{display:none}</style> ![shot](http://stranger.example/a.png) "
    "[tap](javascript:window.tookOver=1) **bold** :red[red] :material/home: $x^2$ {{7*7}}"
)
TOLD = '<img src=x onerror="window.tookOver=1">'
HOSTILE_ID = "x<b>1</b>-[a](http://stranger.example)"


@pytest.fixture(scope="module")
def ill(ward_server: Server) -> str:
    """A patient with alerts and a long course; the reference."""
    now = datetime.now(UTC)
    with open_store(ward_server.database) as store:
        case = [*patients(3, now)][-1]
        case["patient"]["id"] = "axe-03"
        receipt = store.import_case(case, ward_id=WARD, recorded_by="file", now=now)
    return receipt.entries[0].entry_id.replace("-", "")[:16]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.nightly)])
def test_no_page_has_a_grave_fault_of_access(
    scheme, ill: str, take_seat, artefacts: Path
) -> None:  # fmt: skip
    seat = take_seat(color_scheme=scheme)
    seat.sign_on("EF", "nurse")
    faults = []
    for path in PAGES:
        page = seat.open(path.format(ref=ill))
        page.wait_for_timeout(500)
        name = path.partition("?")[0].strip("/") or "board"
        page.screenshot(path=artefacts / f"axe-{name}-{scheme}.png")
        found = Axe().run(page).response["violations"]
        faults += [
            f"{path} {scheme}: {one['id']} ({one['impact']}), {one['help']}: "
            + "; ".join(f"{node['html'][:120]} {node['failureSummary']}" for node in one["nodes"])
            for one in found
            if one["impact"] in GRAVE
        ]
        page.close()
    assert not faults, "\n".join(faults)


class Reader:
    """Looks at each place where patient text stands, and remembers where it was more than text."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.faults: list[str] = []

    def look(self, page: Page, place: str, *, tells: str = TOLD) -> None:
        """The text is there as it was typed, and has done nothing."""
        expect(page.get_by_text(tells).first).to_be_visible()
        page.wait_for_timeout(300)
        made = page.locator(
            "[src*=stranger], [href*=stranger], [href^='javascript'], img[src=x], img[src$='/x']"
        ).all()
        self.faults += [f"{place}: {one.evaluate('e => e.outerHTML')}" for one in made]
        if page.evaluate("window.tookOver") is not None:
            self.faults.append(f"{place}: a script ran")


def test_patient_text_is_shown_as_text(take_seat, artefacts: Path):
    """Conditions, allergies, an attribution and the reason of a correction, on every page."""
    seat = take_seat()
    seat.sign_on("GH", "physician")
    reader = Reader(seat)
    page = seat.open("/add-patient")
    tap(page, "Allergies", "Found")
    type_into(page, "Allergies, separated by commas", HOSTILE)
    tap(page, "Other conditions", "Found")
    type_into(page, "Other conditions, separated by commas", HOSTILE)
    now = datetime.now(UTC)
    given = max(now - timedelta(minutes=5), now.replace(hour=0, minute=0))
    add_patient(
        page,
        HOSTILE_ID,
        product="blinatumomab",
        dose_clock=f"{given:%H:%M}",
        details={"Age (years; an infant in decimals)": "33"},
    )
    page.get_by_role("button", name="Enter observations", exact=True).last.click()
    field(page, "Respiratory rate (/min)").wait_for()
    idle(page)
    reader.look(page, "the entry form")
    type_into(page, "Temperature (°C)", "38.8")
    page.get_by_text("Attribute a sign to another cause (physician)").click()
    pick(page, "Signs with another cause", "Fever")
    page.keyboard.press("Escape")
    type_into(page, "What caused them, and how you know", HOSTILE)
    read_back(page)
    reader.look(page, "the read-back")
    save(page)
    reader.look(page, "the saved entry")

    page.get_by_role("button", name="To the patient").click()
    page.locator("table.tw-entries").wait_for()
    idle(page)
    reader.look(page, "the patient page")
    page.locator("tr", has_text="vital").locator("a[href*='replaces=']").first.click()
    field(page, "In a few words (needed for Other)").wait_for()
    idle(page)
    reader.look(page, "the form of a correction")
    type_into(page, "Temperature (°C)", "38.4")
    tap(page, "Why is it corrected?", "Other")
    type_into(page, "In a few words (needed for Other)", HOSTILE)
    read_back(page)
    reader.look(page, "the read-back of a correction")
    save(page)
    page.get_by_role("button", name="To the patient").click()
    page.locator("table.tw-entries").wait_for()
    idle(page)
    reader.look(page, "the patient page after a correction")
    page.set_viewport_size({"width": 1366, "height": 2600})
    page.screenshot(path=artefacts / "hostile-patient.png")

    board = seat.open("/")
    reader.look(board, "the board", tells=HOSTILE_ID)
    board.screenshot(path=artefacts / "hostile-board.png")
    assert not reader.faults, "\n".join(reader.faults)
    assert seat.strangers == []
    assert seat.errors == []
