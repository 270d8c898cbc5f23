"""A training journal on SQLite and on a real PostgreSQL, and a ward's store that hears refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.store import Store, open_store
from dashboard.training.keeping.journal import TrainingStore
from dashboard.training.keeping.opening import open_training
from tests.postgres import OwnServer, own_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnServer]:
    """One server for all tests of training."""
    with own_postgres() as server:
        yield server


@pytest.fixture
def training_url(tmp_path: Path) -> str:
    """The address of a new SQLite file."""
    return f"sqlite:///{tmp_path / 'training.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, training_url: str) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return training_url
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def both(url: str) -> Iterator[TrainingStore]:
    """An empty journal, once for each kind of database."""
    opened = open_training(url)
    yield opened
    opened.close()


@pytest.fixture
def training(training_url: str) -> Iterator[TrainingStore]:
    """An empty journal in a file."""
    opened = open_training(training_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ward_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The ward's store, which only hears of refusals: one for a file of tests."""
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('ward') / 'ward.sqlite3'}") as opened:
        yield opened
