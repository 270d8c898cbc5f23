"""
Hospital mode in a real browser: the provider is another site to it, so the cookie rules hold.

One nurse from the sign-on page to the sign-off, with those in between who must not get in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.bedside import FOOT, SLOW_MS
from tests.dashboard.service.oidc.identity_provider import providing
from tests.dashboard.service.oidc.test_oidc import PATIENTS, PEOPLE, Hospital

pytestmark = pytest.mark.browser

BUTTON = "Sign on with the hospital's account"


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with providing(dict(PEOPLE)) as provider:
        running = Hospital(tmp_path, provider)
        try:
            yield running
        finally:
            running.server.close()


def _door(page: Page) -> None:
    expect(page.get_by_role("button", name=BUTTON)).to_be_visible(timeout=SLOW_MS)
    for patient in PATIENTS.values():
        assert patient not in page.content()


def _sign_on(page: Page, person: str) -> None:
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_role("link", name=person, exact=True).click(timeout=SLOW_MS)
    page.get_by_text(FOOT).wait_for(timeout=SLOW_MS)


def _until(page: Page, is_so: Callable[[], bool], says: str) -> None:
    for _ in range(SLOW_MS // 250):
        if is_so():
            return
        page.wait_for_timeout(250)
    raise AssertionError(says)


def _identities(context: BrowserContext, address: str) -> list[str]:
    kept = [str(one.get("name")) for one in context.cookies(address)]
    return [one for one in kept if one.startswith("_streamlit_user")]


def test_a_nurse_signs_on_works_and_signs_off(browser: Browser, hospital: Hospital) -> None:
    provider, address = hospital.provider, hospital.server.address
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    context.set_default_timeout(SLOW_MS)
    page = context.new_page()
    page.goto(f"{address}/work?ward=w1")
    _door(page)
    (seat,) = [one["value"] for one in context.cookies(address) if one["name"] == "toxwatch_seat"]

    _sign_on(page, "cook")
    expect(page.get_by_text("hold no role in toxwatch")).to_be_visible(timeout=SLOW_MS)
    _door(page)
    provider.fault = "expired"
    _sign_on(page, "piet")
    expect(page.get_by_text("did not succeed")).to_be_visible(timeout=SLOW_MS)
    _door(page)
    provider.fault = ""

    _sign_on(page, "nina")
    expect(page.get_by_role("button", name="nina · nurse")).to_be_visible(timeout=SLOW_MS)
    back = f"{address}/work?ward=w1"
    assert page.url == back, "where she was, and neither code nor state in the address"
    cookies = {one["name"]: one for one in context.cookies(address)}
    assert cookies["toxwatch_seat"]["value"] == seat, "the seat came through the other site"
    assert cookies["toxwatch_seat"]["sameSite"] == "Strict"
    assert cookies["_streamlit_user"]["httpOnly"]
    page.goto(f"{address}/?ward=w2")
    expect(page.get_by_text(PATIENTS["w1"]).first).to_be_visible(timeout=SLOW_MS)
    assert PATIENTS["w2"] not in page.content()

    page.goto(f"{address}/rules")
    page.get_by_role("button", name="Choose a protocol").first.click()
    expect(page.get_by_text("Only a physician chooses the protocol")).to_be_visible()
    page.keyboard.press("Escape")

    tab = context.new_page()
    tab.goto(address)
    expect(tab.get_by_text(PATIENTS["w1"]).first).to_be_visible(timeout=SLOW_MS)
    tab.get_by_role("button", name="nina · nurse").click()
    tab.get_by_role("button", name="Sign off").click()
    _door(tab)
    _until(tab, lambda: provider.checked["left with a hint"] == 1, "the provider's session ends")
    _until(tab, lambda: not _identities(context, address), "Streamlit's cookie is gone")
    page.reload()  # the other tab
    _door(page)
    context.close()
