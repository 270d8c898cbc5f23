"""
The main job in two real browsers: one enters a patient and three sets, the other only watches.

The second browser never reloads; what it shows has to come to it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bedside import (
    Seat,
    add_patient,
    field,
    idle,
    journal_count,
    pick,
    read_back,
    save_button,
    steps,
    tap,
    type_into,
)
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PATIENT = "flow-01"
SEEN_WITHIN_S = 10.0  # typically well under one second; a loaded machine gets room
ICE = (
    "Says the year",
    "Says the month",
    "Says the city",
    "Says the hospital",
    "Follows a command",
    "Writes a standard sentence",
    "Counts down from 100 by tens",
)


class Watcher:
    """The second browser: a board and a patient page that nobody touches."""

    def __init__(self, seat: Seat) -> None:
        self.board = seat.open("/")
        self.patient: Page | None = None
        self.waits_s: list[float] = []
        self._seat = seat
        self.board.evaluate("window.neverReloaded = true")

    @property
    def row(self):
        return self.board.locator("table.tw-board tr", has_text=PATIENT)

    def open_patient(self) -> None:
        self.patient = self._seat.open(self.row.locator("a.tw-who").get_attribute("href") or "")
        self.patient.evaluate("window.neverReloaded = true")

    def sees(self, *, crs: str, icans: str, pressed_at: float) -> None:
        """Both pages show both grades, soon after Save was pressed elsewhere."""
        grades = (("CRS", crs), ("ICANS", icans))
        for short, grade in grades:
            cell = self.row.locator(f"td.tw-c-{short.lower()} .tw-grade").first
            expect(cell).to_have_text(f"{short} {grade}")
        self.waits_s.append(time.monotonic() - pressed_at)
        assert self.patient is not None
        for short, grade in grades:
            badge = self.patient.locator(".tw-cards .tw-big", has_text=short).first
            expect(badge).to_have_text(f"{short} {grade}")

    def was_never_reloaded(self) -> bool:
        pages = [self.board, *([self.patient] if self.patient is not None else [])]
        return all(page.evaluate("window.neverReloaded === true") for page in pages)


def _ice(page: Page, *, wrong: tuple[str, ...] = ()) -> None:
    for item in ICE:
        tap(page, item, "Not correct" if item in wrong else "Correct")
    tap(page, "Names three objects (0 to 3)", "3")


def _calm_signs(page: Page) -> None:
    """What an exam asks besides the score, looked for and absent."""
    tap(page, "Consciousness", "Alert")
    tap(page, "Seizure since the last exam", "None")
    tap(page, "Weakness", "None")
    tap(page, "Signs of raised pressure", "Looked: none")


def _save(page: Page) -> float:
    """Read back and press Save; returns when it was pressed, without waiting for the answer."""
    read_back(page)
    pressed_at = time.monotonic()
    save_button(page).click(no_wait_after=True)
    return pressed_at


def _next(page: Page, form: str) -> None:
    page.get_by_text("Saved at").first.wait_for()
    idle(page)
    page.get_by_role("button", name=f"Next: {form}").click()
    idle(page)


def test_an_entry_in_one_browser_reaches_board_and_patient_in_the_other(
    take_seat, ward_server: Server, artefacts: Path
):
    nurse, other = take_seat(), take_seat()
    nurse.sign_on("AB", "nurse")
    watcher = Watcher(other)
    expect(watcher.board.get_by_text("live", exact=True)).to_be_visible()

    page = nurse.open("/add-patient")
    page.screenshot(path=artefacts / "flow-0-add-patient.png", full_page=True)
    now = datetime.now(UTC)
    given = max(now - timedelta(minutes=5), now.replace(hour=0, minute=0))
    add_patient(
        page,
        PATIENT,
        product="axicabtagene-ciloleucel",
        dose_clock=f"{given:%H:%M}",
        details={"Age (years; an infant in decimals)": "57"},
    )
    expect(watcher.row).to_be_visible()
    watcher.open_patient()
    page.get_by_role("button", name="Enter observations", exact=True).last.click()
    field(page, "Respiratory rate (/min)").wait_for()

    # First set: a calm patient; every value typed, Tab from field to field.
    type_into(page, "Respiratory rate (/min)", "16")
    type_into(page, "Oxygen saturation (%)", "97")
    pick(page, "Oxygen device", "Room air")
    type_into(page, "Systolic pressure (mmHg)", "124")
    type_into(page, "Diastolic pressure (mmHg)", "78")
    type_into(page, "Heart rate (/min)", "82")
    type_into(page, "Temperature (°C)", "36.8")
    tap(page, "Hypotensive? (your judgement)", "No")
    tap(page, "Vasopressors", "None running")
    _save(page)
    _next(page, "neuro")
    _ice(page)
    _calm_signs(page)
    watcher.sees(crs="0", icans="0", pressed_at=_save(page))
    watcher.board.screenshot(path=artefacts / "flow-1-board.png", full_page=True)

    # Second set: fever, typed with more digits than a chart keeps, sent on with Enter.
    _next(page, "vitals")
    type_into(page, "Temperature (°C)", "38.64", leave_with="Enter")
    expect(field(page, "Temperature (°C)")).to_have_value("38.6")
    type_into(page, "Respiratory rate (/min)", "22", leave_with="Enter")
    type_into(page, "Oxygen saturation (%)", "94")
    pick(page, "Oxygen device", "Room air")
    type_into(page, "Systolic pressure (mmHg)", "108")
    type_into(page, "Heart rate (/min)", "112")
    tap(page, "Hypotensive? (your judgement)", "No")
    tap(page, "Vasopressors", "None running")
    watcher.sees(crs="1", icans="0", pressed_at=_save(page))
    _next(page, "neuro")
    _ice(page, wrong=("Writes a standard sentence",))
    _calm_signs(page)
    watcher.sees(crs="1", icans="1", pressed_at=_save(page))

    # Third set: oxygen needed; the pulse set with fast taps, the flow typed with a point.
    _next(page, "vitals")
    type_into(page, "Temperature (°C)", "39.1")
    type_into(page, "Heart rate (/min)", "118")
    steps(page, "Heart rate (/min)", up=9, down=2)
    expect(field(page, "Heart rate (/min)")).to_have_value("125")
    type_into(page, "Oxygen saturation (%)", "93")
    pick(page, "Oxygen device", "Nasal cannula")
    type_into(page, "Oxygen flow (L/min)", "2.5")
    tap(page, "Hypotensive? (your judgement)", "No")
    tap(page, "Vasopressors", "None running")
    watcher.sees(crs="2", icans="1", pressed_at=_save(page))
    page.get_by_text("Saved at").first.wait_for()
    page.screenshot(path=artefacts / "flow-2-saved.png", full_page=True)
    watcher.board.screenshot(path=artefacts / "flow-3-board.png", full_page=True)
    watcher.patient.screenshot(path=artefacts / "flow-4-patient.png", full_page=True)
    _next(page, "neuro")
    _ice(page, wrong=("Says the year", "Says the month", *ICE[-2:]))
    _calm_signs(page)
    watcher.sees(crs="2", icans="2", pressed_at=_save(page))
    page.get_by_text("Saved at").first.wait_for()

    assert watcher.was_never_reloaded()
    shown = ", ".join(f"{wait:.2f} s" for wait in watcher.waits_s)
    print(f"from Save to the other browser's board: {shown}")
    assert max(watcher.waits_s) < SEEN_WITHIN_S
    assert journal_count(ward_server.database, PATIENT, "vitals") == 3
    assert journal_count(ward_server.database, PATIENT, "neuro") == 3
    for seat in (nurse, other):
        assert seat.errors == []
        assert seat.strangers == []
