"""
One press of Save is one entry: clicked twice, sent twice, cut off, or reloaded meanwhile.

Each way is tried a few times, 24 times with TOXWATCH_LONG=1. The rows are counted in the database
file itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from dashboard.store import open_store
from tests.browser.bedside import (
    Seat,
    empty_form,
    field,
    idle,
    journal_count,
    read_back,
    save_button,
    type_into,
)
from tests.browser.conftest import TRIES, WARD
from tests.browser.crowd import patients
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

PATIENT = "bed-01"
ANSWERED_WITHIN_MS = 8_000
AFTERWARDS_MS = 1_000  # a second entry would be there by then


class Wire:
    """The connection between page and server, with a hand on it."""

    def __init__(self) -> None:
        self.next_is: str | None = None
        self.happened = 0

    def hold(self, ours: WebSocketRoute) -> None:
        server = ours.connect_to_server()

        def to_server(message: str | bytes) -> None:
            server.send(message)
            what, self.next_is = self.next_is, None
            if what is None:
                return
            self.happened += 1
            if what == "twice":
                server.send(message)
            else:
                server.close()
                ours.close()

        ours.on_message(to_server)
        server.on_message(ours.send)


@pytest.fixture(scope="module")
def wire() -> Wire:
    return Wire()


@pytest.fixture(scope="module")
def ref(ward_server: Server) -> str:
    """The patient's reference, after the patient was put into the ward."""
    now = datetime.now(UTC)
    with open_store(ward_server.database) as store:
        case = next(iter(patients(1, now)))
        receipt = store.import_case(case, ward_id=WARD, recorded_by="file", now=now)
    return receipt.entries[0].entry_id.replace("-", "")[:16]


@pytest.fixture(scope="module")
def seat(browser: Browser, ward_server: Server, wire: Wire) -> Iterator[Seat]:
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    context.route_web_socket("**/_stcore/stream", wire.hold)
    seat = Seat(context, ward_server.address)
    seat.sign_on("CD", "nurse")
    yield seat
    context.close()


def _click_twice(page: Page, _wire: Wire) -> None:
    save_button(page).dblclick(delay=0)


def _sent_twice(page: Page, wire: Wire) -> None:
    wire.next_is = "twice"
    save_button(page).click()


def _cut_off(page: Page, wire: Wire) -> None:
    wire.next_is = "cut"
    save_button(page).click()


def _reload(page: Page, _wire: Wire) -> None:
    save_button(page).click(no_wait_after=True)
    page.reload()


WAYS: dict[str, Callable[[Page, Wire], None]] = {
    "double click": _click_twice,
    "sent twice": _sent_twice,
    "cut off and sent again": _cut_off,
    "reload": _reload,
}


def _stored(page: Page, server: Server, before: int) -> int:
    """How many entries there are more than before, once the first has come and time has passed."""
    for _ in range(ANSWERED_WITHIN_MS // 200):
        if journal_count(server.database, PATIENT) > before:
            break
        page.wait_for_timeout(200)
    page.wait_for_timeout(AFTERWARDS_MS)
    return journal_count(server.database, PATIENT) - before


def _again(page: Page) -> None:
    """What the person does who sees no "Saved": the same form once more, after a reload if need."""
    if not _shows_the_form(page):
        page.reload()
        expect(field(page, "Heart rate (/min)")).to_be_visible()
    if save_button(page).count() == 0:
        expect(page.get_by_text("and not saved. Check every value.")).to_be_visible()
        read_back(page)
    save_button(page).click()


def _shows_the_form(page: Page) -> bool:
    idle(page)
    return save_button(page).or_(field(page, "Heart rate (/min)")).count() > 0


# The two that wait for a new connection take a minute each and run at night.
SLOW: tuple[str, ...] = ("cut off and sent again", "reload")


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=pytest.mark.nightly if way in SLOW else ()) for way in WAYS]
)
def test_one_press_of_save_is_one_entry(way: str, seat: Seat, wire: Wire, ward_server, ref):
    page = seat.open(f"/enter?p={ref}")
    not_once, happened = [], wire.happened
    for attempt in range(TRIES):
        page.goto(f"{ward_server.address}/enter?p={ref}")
        empty_form(page)
        before = journal_count(ward_server.database, PATIENT)
        type_into(page, "Heart rate (/min)", str(60 + attempt))
        read_back(page)
        WAYS[way](page, wire)
        stored = _stored(page, ward_server, before)
        if stored == 0:
            _again(page)
            stored = _stored(page, ward_server, before)
        if stored != 1:
            not_once.append((attempt, stored))
    if way in ("sent twice", "cut off and sent again"):
        assert wire.happened - happened == TRIES, "the connection was not touched"
    page.close()
    print(f"way={way!r} tries={TRIES} not_once={len(not_once)}")
    assert not_once == []


def test_a_page_cut_off_during_save_comes_back_by_itself(seat: Seat, wire: Wire, ref: str):
    page = seat.open(f"/enter?p={ref}")
    empty_form(page)
    type_into(page, "Heart rate (/min)", "99")
    read_back(page)
    _cut_off(page, wire)
    page.wait_for_timeout(ANSWERED_WITHIN_MS)
    shown = _shows_the_form(page) or page.get_by_text("Saved at").count() > 0
    page.close()
    assert shown
