"""How long the fault tests run, and how they report."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.postgres import OwnServer, own_postgres

LONG = os.environ.get("TOXWATCH_LONG") == "1"


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]):
    """Print one line a machine can read: the promise, how often tried, how often broken."""

    def line(promise: str, **figures: int | str) -> None:
        words = [f"promise={promise}", *(f"{name}={value}" for name, value in figures.items())]
        with capsys.disabled():
            print("\n" + " ".join(words), flush=True)

    return line


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnServer]:
    """A server of our own, to be treated badly."""
    with own_postgres() as server:
        yield server
