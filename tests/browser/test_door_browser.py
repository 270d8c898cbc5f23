"""Accounts in a real browser: the cookie, another browser, a restarted server, a closed account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.accounts import administering
from dashboard.accounts.person import Person
from dashboard.store import open_store
from tests.dashboard.small_cases import quiet_case
from tests.serving import Server, serving

pytestmark = pytest.mark.browser

GOOD = "green lamp over river"
ADMIN = Person("root", "administrator")
SECRET = "zq-7731"
WAIT_MS = 60_000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A real ward behind accounts, with an administrator and a nurse."""
    url, now = f"sqlite:///{tmp_path / 'ward.sqlite3'}", datetime.now(UTC)
    with open_store(url) as store:
        store.add_ward("w1", "Ward One", is_sample=False, now=now)
        store.import_case(quiet_case(SECRET, now), ward_id="w1", recorded_by="file", now=now)
        administering.add(store, ADMIN, "boss", "administrator", GOOD, now=now)
        administering.add(store, ADMIN, "nina", "nurse", GOOD, now=now)
    with serving(tmp_path, TOXWATCH_DATABASE=url, TOXWATCH_ACCOUNTS="") as server:
        yield server, url


def _sign_on(page: Page, name: str, password: str = GOOD) -> None:
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign on", exact=True).click()


def _door(page: Page) -> None:
    box = page.get_by_role("textbox", name="Password")
    expect(box).to_be_visible(timeout=WAIT_MS)
    assert SECRET not in page.content()


def _a_chart_leaves_with_the_name_of_who_took_it(page: Page, url: str) -> None:
    """The file is made outside the session of the page, where nobody is signed on."""
    page.get_by_text(SECRET).first.click()
    page.get_by_text("Save a chart as PNG or CSV").click(timeout=WAIT_MS)
    with page.expect_download(timeout=WAIT_MS) as download:
        page.get_by_role("button", name="PNG", exact=True).click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    with open_store(url) as store:
        taken = [one for one in store.audit_trail() if one.action == "print"]
    assert [one.who for one in taken] == ["nina"]


def test_a_seat_belongs_to_a_browser_and_ends_with_the_account(
    browser: Browser, served: tuple[Server, str]
) -> None:
    server, url = served
    mine, other = browser.new_context(), browser.new_context()
    page = mine.new_page()
    page.goto(server.address)
    _door(page)
    _sign_on(page, "nina", "wrong wrong wrong")
    expect(page.get_by_text("Name or password is wrong")).to_be_visible(timeout=WAIT_MS)
    assert SECRET not in page.content()
    _sign_on(page, "nina")
    expect(page.get_by_text(SECRET).first).to_be_visible(timeout=WAIT_MS)
    (seat,) = [one for one in mine.cookies() if one["name"] == "toxwatch_seat"]
    assert (seat["httpOnly"], seat["sameSite"]) == (True, "Strict")
    assert "toxwatch_seat" not in page.evaluate("document.cookie")

    stranger = other.new_page()
    stranger.goto(server.address)
    _door(stranger)

    server.kill()
    server.restart()
    tab = mine.new_page()
    tab.goto(server.address)
    expect(tab.get_by_text(SECRET).first).to_be_visible(timeout=WAIT_MS)

    _a_chart_leaves_with_the_name_of_who_took_it(tab, url)
    with open_store(url) as store:
        administering.disable(store, ADMIN, "nina", now=datetime.now(UTC))
    _door(tab)  # without a hand on it
    log = server.log.read_text(encoding="utf-8")
    assert seat["value"] not in log
    assert GOOD not in log
    for context in (mine, other):
        context.close()
