"""
A nurse's whole shift: on at the door, off at the end, and everything between with real hands.

The work list stays open in a tab of its own that nobody reloads; what happens at the bedside has
to come to it. At the end the printed handover is read back as text, and the database is asked
what it holds: entries, acknowledgement, reason and print, each once, each with the nurse's name.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from dashboard.accounts import administering
from dashboard.accounts.person import Person
from dashboard.store import open_store
from tests.browser.bedside import (
    Seat,
    field,
    idle,
    journal_count,
    pick,
    read_back,
    save,
    tap,
    type_into,
)
from tests.dashboard.small_cases import case, exam, vitals
from tests.serving import Server, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

WARD = "w5"
PASSWORD = "green lamp over river"
ADMIN = Person("root", "administrator")
ILL, ASLEEP = "shift-01", "shift-02"
WRONG = ("Writes a standard sentence", "Counts down from 100 by tens", "Says the month")
RIGHT = ("Says the year", "Says the city", "Says the hospital", "Follows a command")
REASON = "Seen and acting"
LOST = "ICE fell from 10 to 7"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A real ward: an account for the nurse, one patient due for everything, one exam overdue."""
    url, now = f"sqlite:///{tmp_path / 'ward.sqlite3'}", datetime.now(UTC)
    with open_store(url) as store:
        store.add_ward(WARD, "Ward Five", is_sample=False, now=now)
        administering.add(store, ADMIN, "boss", "administrator", PASSWORD, now=now)
        administering.add(store, ADMIN, "nina", "nurse", PASSWORD, now=now)
        for name, set_h, exam_h in ((ILL, 6, 3), (ASLEEP, 1, 20)):
            told = case(
                name,
                now,
                sets=[vitals(now - timedelta(hours=set_h))],
                exams=[exam(now - timedelta(hours=exam_h))],
            )
            store.import_case(told, ward_id=WARD, recorded_by="file", now=now)
    with serving(
        tmp_path, TOXWATCH_DATABASE=url, TOXWATCH_ACCOUNTS="", TOXWATCH_ZONE="UTC"
    ) as opened:
        yield opened


def _on(seat: Seat) -> Page:
    """Through the door; nothing of a patient is behind it before."""
    page = seat.context.new_page()
    page.goto(seat.address)
    page.get_by_role("textbox", name="Password").wait_for()
    assert ILL not in page.content()
    page.get_by_role("textbox", name="Name").fill("nina")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign on", exact=True).click()
    page.get_by_role("link", name=ILL, exact=True).wait_for()
    idle(page)
    return page


def _turn(page: Page, to: str) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text=to).click()
    idle(page)


def _checks(page: Page, patient: str) -> Locator:
    return page.locator("table.tw-checks tr", has_text=patient)


def _set_of_vitals(page: Page) -> None:
    """Fever, a low pressure and a cannula, as read off the monitor."""
    field(page, "Respiratory rate (/min)").wait_for()
    type_into(page, "Respiratory rate (/min)", "26")
    type_into(page, "Oxygen saturation (%)", "93")
    pick(page, "Oxygen device", "Nasal cannula")
    type_into(page, "Oxygen flow (L/min)", "3")
    type_into(page, "Systolic pressure (mmHg)", "84")
    type_into(page, "Diastolic pressure (mmHg)", "46")
    type_into(page, "Heart rate (/min)", "124")
    type_into(page, "Temperature (°C)", "38.9")
    tap(page, "Hypotensive? (your judgement)", "Yes")
    tap(page, "Vasopressors", "None running")


def _exam(page: Page) -> None:
    for item in RIGHT:
        tap(page, item, "Correct")
    for item in WRONG:
        tap(page, item, "Not correct")
    tap(page, "Names three objects (0 to 3)", "3")
    tap(page, "Consciousness", "Alert")
    tap(page, "Seizure since the last exam", "None")
    tap(page, "Weakness", "None")
    tap(page, "Signs of raised pressure", "Looked: none")


def _pages(file: Path) -> list[str]:
    document = pypdfium2.PdfDocument(file)
    try:
        return [re.sub(r"\s+", " ", page.get_textpage().get_text_bounded()) for page in document]
    finally:
        document.close()


def _rows(database: str, query: str) -> list[tuple[str, ...]]:
    """What the database itself holds: no code of ours in between."""
    file = database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def test_a_nurses_whole_shift(
    browser: Browser,
    contexts: list[BrowserContext],
    server: Server,
    tmp_path: Path,
    artefacts: Path,
):
    began = time.monotonic()
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    contexts.append(context)
    seat = Seat(context, server.address)
    page = _on(seat)
    listed = seat.open("/work")
    listed.evaluate("window.neverReloaded = true")
    expect(_checks(listed, ILL).filter(has_text="Vital signs")).to_contain_text("overdue by")
    expect(listed.get_by_text(LOST)).to_have_count(0)

    _enters_both_forms(page)
    _answers_the_alert(listed, artefacts)
    assert listed.evaluate("window.neverReloaded === true")
    _says_why_a_check_was_not_done(listed)
    pages, name = _hands_over(page, tmp_path)
    _reads_back(pages)
    assert ILL not in name, "no id in the name of a file"
    _goes_home(page, listed)

    took = time.monotonic() - began
    _is_on_record(server.database)
    assert seat.errors == []
    assert seat.strangers == []
    print(f"a whole shift: {took:.1f} s, {len(pages)} pages of handover")


def _enters_both_forms(page: Page) -> None:
    """From the work list: vital signs as typed, then the exam."""
    _turn(page, "Work list")
    _checks(page, ILL).filter(has_text="Vital signs").get_by_role("link", name="Enter").click()
    _set_of_vitals(page)
    read_back(page)
    second_look = page.get_by_test_id("stCheckbox").filter(has_text="checked, it is right")
    for place in range(second_look.count()):
        second_look.nth(place).locator("label").click()
        idle(page)
    save(page)
    page.get_by_role("button", name="Next: neuro").click()
    idle(page)
    _exam(page)
    read_back(page)
    save(page)


def _answers_the_alert(listed: Page, artefacts: Path) -> None:
    """The escalation comes to the open list by itself; it is acknowledged there with a reason."""
    row = listed.locator("table.tw-asking tr", has_text=ILL)
    expect(row).to_contain_text(LOST)
    listed.screenshot(path=artefacts / "shift-work.png", full_page=True)
    first = row.locator(".tw-flag").inner_text()
    row.get_by_role("button", name="Acknowledge").click()
    listed.get_by_role("dialog").get_by_role("button", name=REASON).click()
    expect(row.locator(".tw-flag")).not_to_have_text(first)  # the next one is in front
    idle(listed)


def _says_why_a_check_was_not_done(listed: Page) -> None:
    """The other patient cannot be examined: one tap, and the check stays overdue."""
    _checks(listed, ASLEEP).get_by_role("link", name="Say why not: Neurological exam").click()
    reasons = listed.locator('[class*="st-key-not-done-row"]').filter(has_text="exam: ")
    reasons.get_by_role("radio", name="Asleep", exact=True).click()
    beside = listed.locator("dl[aria-label='Checks due'] .tw-led").filter(has_text="Neurological")
    expect(beside).to_contain_text("not done: Asleep; nina (nurse)")
    expect(beside).to_contain_text("overdue by")


def _hands_over(page: Page, folder: Path) -> tuple[list[str], str]:
    """From the patient to the handover, and its paper: the text of each page."""
    page.get_by_role("button", name="To the patient").click()
    page.get_by_text("All entries").wait_for()
    idle(page)
    page.get_by_role("button", name="Handover", exact=True).click()
    page.get_by_text("S: Situation").wait_for()
    idle(page)
    with page.expect_download() as asked:
        page.get_by_role("button", name="PDF", exact=True).click()
    file = folder / "handover.pdf"
    asked.value.save_as(file)
    return _pages(file), asked.value.suggested_filename


def _reads_back(pages: list[str]) -> None:
    assert len(pages) >= 2
    for number, text in enumerate(pages, start=1):
        assert ILL in text, f"no identity on page {number}"
        assert f"page {number} of {len(pages)}" in text
        assert "Ward Five" in text
        assert "nina (nurse)" in text
        assert ASLEEP not in text, "another patient on this paper"
    whole = " ".join(pages)
    for said in (LOST, "CRS 2", "ICANS 1", REASON, "38.9", "84"):
        assert said.lower() in whole.lower(), said


def _goes_home(page: Page, listed: Page) -> None:
    """Signing off in one tab shuts the door in every tab."""
    page.get_by_role("button", name="nina · nurse").click()
    page.get_by_role("button", name="Sign off").click()
    for tab in (page, listed):
        expect(tab.get_by_role("textbox", name="Password")).to_be_visible()
        main = tab.get_by_test_id("stMain")
        expect(main).not_to_contain_text(ILL)
        expect(main).not_to_contain_text(ASLEEP)


def _is_on_record(database: str) -> None:
    assert journal_count(database, ILL, "vitals") == 2
    assert journal_count(database, ILL, "neuro") == 2
    assert journal_count(database, ASLEEP, "neuro") == 1, "a reason is no exam"
    ((payload, who),) = _rows(
        database,
        f"SELECT payload, recorded_by FROM entry WHERE patient_id = '{ASLEEP}' AND kind = 'event'",
    )
    told = json.loads(payload)
    assert (told["kind"], told["what"], told["why"], who) == ("not_done", "neuro", "Asleep", "nina")
    actions = dict(_rows(database, "SELECT action, who FROM audit"))
    assert {"sign-on", "acknowledge", "print", "sign-off"} <= {*actions}, actions
    seen = _rows(database, "SELECT patient_id, reason, recorded_by FROM acknowledgement")
    assert seen == [(ILL, REASON, "nina")]
