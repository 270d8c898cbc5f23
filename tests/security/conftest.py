"""How the security tests report, and the browser seats they share with the browser tests."""

from __future__ import annotations

import pytest

from tests.browser.conftest import (  # noqa: F401 - fixtures
    artefacts,
    browser,
    contexts,
    take_seat,
    ward_server,
)


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]):
    """Print one line a machine can read: the promise, how often tried, how often broken."""

    def line(promise: str, **figures: int | str) -> None:
        words = [f"promise={promise}", *(f"{name}={value}" for name, value in figures.items())]
        with capsys.disabled():
            print("\n" + " ".join(words), flush=True)

    return line
