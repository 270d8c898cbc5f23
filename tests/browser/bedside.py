"""
What a nurse does with the screens: sign on, type, tap, choose, read back, save.

Everything is found as a person finds it, by its label or its words. A seat is one browser; it
keeps what went wrong in it and every address it asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

SLOW_MS = 60_000  # a busy machine takes its time
READ_BACK = "Read back: is this what you mean?"
FOOT = "Decision support, not an alarm"  # the last line of every page
# Streamlit looks for these below the path of a page before it looks at the root.
_OWN_SEARCH = ("/_stcore/health", "/_stcore/host-config")


def wait_up_to(seconds: int) -> None:
    """How long an expectation may take on this machine."""
    expect.set_options(timeout=seconds * 1000)


class Seat:
    """One browser, with what it complained about and where it called."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.errors: list[str] = []
        self.asked: list[str] = []
        context.set_default_timeout(SLOW_MS)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.errors.append(f"page error: {error.error}"))
        context.on("request", self._request)

    def _heard(self, message: ConsoleMessage) -> None:
        where = str(message.location.get("url", ""))
        if message.type == "error" and not where.endswith(_OWN_SEARCH):
            self.errors.append(f"{message.text} ({where})")

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    @property
    def strangers(self) -> list[str]:
        """Every address asked for that is not our server."""
        ours = urlsplit(self.address).netloc
        return [
            url
            for url in self.asked
            if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != ours
        ]

    def open(self, path: str) -> Page:
        """A new tab."""
        page = self.context.new_page()
        page.goto(f"{self.address}{path}")
        page.get_by_text(FOOT).wait_for()
        idle(page)
        return page

    def sign_on(self, name: str, role: str) -> None:
        """Take the seat; it holds for every tab."""
        page = self.open("/about")
        page.get_by_role("button", name="Sign on").first.click()
        page.get_by_label("Initials or staff number").fill(name)
        page.get_by_text(role, exact=True).click()
        page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
        page.get_by_role("button", name=f"{name} · {role}").wait_for()
        idle(page)
        page.close()


# Single moves


def idle(page: Page) -> None:
    """Wait until the server has drawn what was asked for."""
    page.wait_for_timeout(150)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def type_into(page: Page, label: str, keys: str, leave_with: str = "Tab") -> None:
    """As hands do it: into the field, key by key, and on."""
    field(page, label).click()
    page.keyboard.type(keys)
    page.keyboard.press(leave_with)
    idle(page)


def tap(page: Page, group: str, option: str) -> None:
    """Choose one of a row of buttons."""
    buttons = page.get_by_role("radiogroup", name=group, exact=True)
    button = buttons.get_by_role("radio", name=option, exact=True)
    button.click()
    idle(page)
    expect(button).to_have_attribute("aria-checked", "true")


def pick(page: Page, label: str, option: str) -> None:
    """Choose from a list by typing into it."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.click()
    page.keyboard.type(option)
    page.get_by_role("option", name=option).first.wait_for()
    page.keyboard.press("Enter")
    idle(page)


def steps(page: Page, label: str, *, up: int = 0, down: int = 0) -> None:
    """Tap plus and minus of a number as fast as a finger can, without waiting."""
    box = page.get_by_test_id("stNumberInput").filter(has=field(page, label))
    for _ in range(up):
        box.get_by_test_id("stNumberInputStepUp").click(delay=0)
    for _ in range(down):
        box.get_by_test_id("stNumberInputStepDown").click(delay=0)
    idle(page)


def read_back(page: Page) -> None:
    page.get_by_role("button", name="Read back", exact=True).click()
    page.get_by_text(READ_BACK).wait_for()
    idle(page)


def save_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Save", exact=True)


def save(page: Page) -> None:
    """Press Save and wait for the answer of the journal."""
    save_button(page).click()
    page.get_by_text("Saved at").first.wait_for()
    idle(page)


# Whole tasks


def add_patient(
    page: Page,
    patient_id: str,
    *,
    product: str,
    dose_clock: str | None = None,
    details: Mapping[str, str] | None = None,
) -> None:
    """Fill in the page Add patient up to the saved record."""
    type_into(page, "Study id (no name, no date of birth)", patient_id)
    for label, keys in (details or {}).items():
        type_into(page, label, keys)
    pick(page, "Product", product)
    if dose_clock is not None:
        tap(page, "First exposure", "A dose")
        type_into(page, "Time of day (UTC)", dose_clock)
    read_back(page)
    save(page)


def empty_form(page: Page) -> None:
    """Whatever a test before left here is thrown away."""
    field(page, "Respiratory rate (/min)").wait_for()
    idle(page)
    discard = page.get_by_role("button", name="Discard")
    if discard.count() > 0:
        discard.click()
        idle(page)
    expect(field(page, "Heart rate (/min)")).to_have_value("")


# The journal


def journal_count(database: str, patient_id: str, kind: str | None = None) -> int:
    """How many rows the database itself holds for a patient: no code of ours in between."""
    file = database.removeprefix("sqlite:///")
    query = "SELECT count(*) FROM entry WHERE patient_id = ?"
    told: tuple[str, ...] = (patient_id,)
    if kind is not None:
        query, told = f"{query} AND kind = ?", (patient_id, kind)
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return int(connection.execute(query, told).fetchone()[0])
