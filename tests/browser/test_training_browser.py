"""A nurse plays a branching case alone to its end in a real browser, with a reload in between."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.training.keeping.opening import open_training
from tests.browser.bedside import Seat, idle, type_into

STORY = "waived-fever"
TEMPTING = "Give fluid and watch her closely"


@pytest.fixture
def nurse(take_seat) -> Seat:
    seat = take_seat(viewport={"width": 820, "height": 1180})
    seat.sign_on("AB", "nurse")
    return seat


def _answer(page: Page) -> None:
    """Send what stands in the fields; then the next question or the explanation stands there."""
    page.get_by_role("button", name="Answer", exact=True).click()
    page.wait_for_timeout(300)
    idle(page)


def _on(page: Page) -> None:
    page.locator(".st-key-tw-onward button").click()
    idle(page)


def _grade(page: Page, grade: str) -> None:
    page.get_by_role("radiogroup", name="CRS grade").get_by_role(
        "radio", name=grade, exact=True
    ).click()
    idle(page)


def _rows(folder: Path) -> list[tuple[str, str]]:
    store = open_training(f"sqlite:///{folder / 'training.sqlite3'}")
    try:
        return [(one.kind, one.key) for one in store.of_person("AB")]
    finally:
        store.close()


def test_a_branching_case_is_played_to_its_end_and_survives_a_reload(nurse, ward_server):
    folder = Path(ward_server.database.removeprefix("sqlite:///")).parent
    page = nurse.open("/training")
    expect(page.get_by_text("TRAINING: invented patient")).to_be_visible()
    page.locator(f".st-key-play-{STORY} button").click()
    page.get_by_text("Which CRS grade is it?").wait_for()
    idle(page)
    expect(page.locator(".tw-told b")).to_have_text("05-Mar 14:00")
    expect(page.locator(".tw-grade")).to_have_count(0)

    _grade(page, "3")
    page.reload()
    page.get_by_text("Which CRS grade is it?").wait_for()
    idle(page)
    kept = page.get_by_role("radiogroup", name="CRS grade")
    expect(kept.get_by_role("radio", name="3", exact=True)).to_have_attribute(
        "aria-checked", "true"
    )
    _answer(page)
    page.get_by_role("heading", name="What do you do now?").wait_for()
    expect(page.get_by_text("Not right: too high")).to_have_count(0)
    page.reload()
    page.get_by_role("heading", name="What do you do now?").wait_for()
    idle(page)
    expect(page.get_by_text("You answered: CRS 3")).to_be_visible()
    page.get_by_text(TEMPTING).click()
    idle(page)
    _answer(page)
    page.get_by_role("heading", name="How many mg").wait_for()
    idle(page)
    expect(page.locator(".tw-grade")).to_have_count(0)
    type_into(page, "Dose (mg)", "560")
    # Two taps as fast as a finger can.
    page.get_by_role("button", name="Answer", exact=True).dblclick()
    page.locator(".st-key-tw-onward button").wait_for()
    idle(page)
    expect(page.get_by_text("Not right: too high")).to_be_visible()
    expect(page.locator(".tw-grade").first).to_be_visible()  # the hour is no secret any more
    _on(page)
    expect(page.get_by_text("Day 3, 22:00.")).to_be_visible()  # the way that this answer took
    while page.get_by_text("the case is over").count() == 0:
        if page.get_by_role("radiogroup", name="CRS grade").count() > 0:
            _grade(page, "3")
        else:
            page.locator("[data-testid=stRadio] [data-testid=stRadioOption], "
                         "[data-testid=stRadio] label:has(input)").first.click()  # fmt: skip
            idle(page)
        _answer(page)
        if page.locator(".st-key-tw-onward button").count() > 0:
            _on(page)
            page.wait_for_timeout(300)
            idle(page)
    expect(page.get_by_role("button", name="To the debrief")).to_be_visible()

    rows = _rows(folder)
    answered = [key for kind, key in rows if kind == "answered"]
    assert len(answered) == len(set(answered)) == 7, rows
    assert nurse.errors == []
    assert nurse.strangers == []
