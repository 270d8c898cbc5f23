"""What the browser tests share: one ward, one server, and a Chromium for each file of tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from dashboard.store import open_store
from tests.browser.bedside import Seat, wait_up_to
from tests.chromium import chromium
from tests.health.tree import ROOT
from tests.serving import Server, serving

WARD = "w1"
LONG = os.environ.get("TOXWATCH_LONG") == "1"
TRIES = 24 if LONG else 1


@pytest.fixture(scope="session")
def ward_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server with one empty ward in a store of its own."""
    folder = tmp_path_factory.mktemp("ward")
    url = f"sqlite:///{folder / 'ward.sqlite3'}"
    with open_store(url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=datetime.now(UTC))
    with serving(folder, TOXWATCH_DATABASE=url, TOXWATCH_ZONE="UTC") as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    wait_up_to(30)
    with chromium() as opened:
        yield opened


@pytest.fixture
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    """The browsers of a test, each with cookies of its own; closed at the end."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


@pytest.fixture
def take_seat(browser: Browser, contexts: list[BrowserContext], ward_server: Server):
    """Open another browser; what it logs and asks for is kept."""

    def take(**how: object) -> Seat:
        settings = {"viewport": {"width": 1366, "height": 768}, **how}
        context = browser.new_context(**settings)
        contexts.append(context)
        return Seat(context, ward_server.address)

    return take


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where screenshots are kept to be looked at."""
    folder = ROOT / "test-artifacts"
    folder.mkdir(exist_ok=True)
    return folder
