"""One store a test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.store import Store, open_store
from tests.dashboard.store.forms import T0, WARD
from tests.postgres import OwnServer, own_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnServer]:
    """One server for the whole run."""
    with own_postgres() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a new SQLite file."""
    return f"sqlite:///{tmp_path / 'ward.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return sqlite_url
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store with one ward and no patient."""
    with open_store(url) as opened:
        opened.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        yield opened
