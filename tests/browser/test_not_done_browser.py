"""
Why a check was not done, with real taps in a real browser: stored by the first, once.

What was found at the bedside counts only from the exam form, which the reason brings filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from dashboard.store import open_store
from tests.browser.bedside import Seat, idle, journal_count, read_back, save
from tests.dashboard.small_cases import FEVER, case, exam, vitals
from tests.serving import Server, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

WARD = "w8"
AWAY = "Away for imaging or a procedure"
GRAVE = {"serious", "critical"}
WIDE, NARROW = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
PAUSES_MS = (0, 120, 400)
PATIENTS = ("late-01", "late-02", "late-03", *(f"twice-{pause}" for pause in PAUSES_MS))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Patients whose vital signs and exam are long overdue."""
    folder, now = tmp_path_factory.mktemp("late"), datetime.now(UTC)
    url = f"sqlite:///{folder / 'ward.sqlite3'}"
    with open_store(url) as store:
        store.add_ward(WARD, "Ward Eight", is_sample=False, now=now)
        for name in PATIENTS:
            told = case(
                name,
                now,
                sets=[vitals(now - timedelta(hours=6), **FEVER)],
                exams=[exam(now - timedelta(hours=20))],
            )
            store.import_case(told, ward_id=WARD, recorded_by="file", now=now)
    with serving(folder, TOXWATCH_DATABASE=url, TOXWATCH_ZONE="UTC") as opened:
        yield opened


@pytest.fixture
def sit(browser: Browser, contexts: list[BrowserContext], server: Server):
    """Open another browser at this ward, a nurse signed on."""

    def take(**how: object) -> Seat:
        context = browser.new_context(**{"viewport": WIDE, **how})
        contexts.append(context)
        seat = Seat(context, server.address)
        seat.sign_on("AB", "nurse")
        return seat

    return take


def _to_patient(seat: Seat, patient: str) -> Page:
    board = seat.open("/")
    href = board.get_by_role("link", name=patient, exact=True).get_attribute("href") or ""
    board.close()
    page = seat.open(href)
    _row(page, "Vital signs").wait_for()
    return page


def _row(page: Page, check: str) -> Locator:
    return page.locator('[class*="st-key-not-done-row"]').filter(has_text=f"{check}: ")


def _button(page: Page, check: str, reason: str) -> Locator:
    return _row(page, check).get_by_role("radio", name=reason, exact=True)


def _beside(page: Page, check: str) -> Locator:
    return page.locator("dl[aria-label='Checks due'] .tw-led").filter(has_text=check)


def test_one_tap_stores_the_reason_and_the_check_stays_overdue(sit, server: Server):
    seat = sit()
    page = _to_patient(seat, "late-01")
    expect(_row(page, "Vital signs")).to_contain_text("overdue · not done because:")
    _button(page, "Vital signs", AWAY).click()
    expect(_beside(page, "Vital signs")).to_contain_text(f"not done: {AWAY}; AB (nurse)")
    expect(_beside(page, "Vital signs")).to_contain_text("overdue by")
    assert journal_count(server.database, "late-01", "event") == 1
    expect(_button(page, "Vital signs", AWAY)).to_have_attribute("aria-checked", "true")
    page.wait_for_timeout(1000)
    _button(page, "Vital signs", "Refused").click()
    expect(_beside(page, "Vital signs")).to_contain_text("not done: Refused; AB (nurse)")
    expect(_button(page, "Vital signs", AWAY)).to_have_attribute("aria-checked", "false")
    assert journal_count(server.database, "late-01", "event") == 2
    assert not seat.errors, seat.errors


@pytest.mark.nightly
def test_a_double_tap_stores_once_however_quick(sit, server: Server):
    seat = sit()
    for pause_ms in PAUSES_MS:
        page = _to_patient(seat, f"twice-{pause_ms}")
        button = _button(page, "Vital signs", "Refused")
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box is not None
        for _ in range(2):  # at the same place, whatever the page shows there by then
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.wait_for_timeout(pause_ms)
        expect(_beside(page, "Vital signs")).to_contain_text("not done: Refused; AB (nurse)")
        idle(page)
        page.wait_for_timeout(500)
        assert journal_count(server.database, f"twice-{pause_ms}", "event") == 1
        page.close()


@pytest.mark.nightly
def test_the_arrow_keys_store_nothing(sit, server: Server):
    page = _to_patient(sit(), "late-02")
    _button(page, "Neurological exam", AWAY).focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(50)
    idle(page)
    assert journal_count(server.database, "late-02", "event") == 0
    expect(page.get_by_label("Another reason")).to_have_count(0)
    _button(page, "Neurological exam", AWAY).focus()
    page.keyboard.press("Enter")
    expect(_beside(page, "Neurological exam")).to_contain_text(f"not done: {AWAY}")
    assert journal_count(server.database, "late-02", "event") == 1


def test_one_tap_for_an_exam_and_the_finding_beside_it_goes_through_its_read_back(
    sit, server: Server
):
    seat = sit()
    page = _to_patient(seat, "late-03")
    _button(page, "Neurological exam", "Sedated").click()
    expect(_beside(page, "Neurological exam")).to_contain_text("not done: Sedated; AB (nurse)")
    expect(_beside(page, "Neurological exam")).to_contain_text("overdue by")
    assert journal_count(server.database, "late-03", "event") == 1
    assert journal_count(server.database, "late-03", "neuro") == 1, "only the exam before"
    page.get_by_role("button", name="Exam form, “Sedated” filled in").click()
    expect(page.get_by_text("and not saved. Check every value.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/enter\?.*form=neuro"))
    how = page.get_by_role("radiogroup", name="ICE score")
    chosen = how.get_by_role("radio", name="Could not be done")
    expect(chosen).to_have_attribute("aria-checked", "true")
    reasons = page.get_by_test_id("stMultiSelect").filter(has_text="Why it could not be done")
    expect(reasons).to_contain_text("Sedated")
    # Another finding instead: what was filled in by the first is not left on the form.
    page.go_back()
    idle(page)
    page.wait_for_timeout(1000)
    _button(page, "Neurological exam", "Refused").click()
    page.get_by_role("button", name="Exam form, “Refused” filled in").click()
    expect(reasons).to_contain_text("Refused")
    expect(reasons).not_to_contain_text("Sedated")
    read_back(page)
    expect(page.locator(".tw-back")).to_contain_text("Refused")
    save(page)
    assert journal_count(server.database, "late-03", "neuro") == 2
    assert journal_count(server.database, "late-03", "event") == 2
    assert not seat.errors, seat.errors


@pytest.mark.nightly
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_row_can_be_reached_and_read(sit, artefacts: Path, scheme: str):
    page = _to_patient(sit(color_scheme=scheme), "late-02")
    row = _row(page, "Vital signs")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        page.evaluate("one => one.scrollIntoView({block: 'center'})", row.element_handle())
        page.screenshot(path=artefacts / f"not-done-{size['width']}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        for button in row.get_by_role("radio").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 24
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size["width"]
    found = Axe().run(page).response["violations"]
    assert not [one["id"] for one in found if one["impact"] in GRAVE]
