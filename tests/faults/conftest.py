"""How long the fault tests run, and the server they treat badly."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.postgres import OwnServer, own_postgres

LONG = os.environ.get("TOXWATCH_LONG") == "1"


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnServer]:
    """A server of our own, to be treated badly."""
    with own_postgres() as server:
        yield server
