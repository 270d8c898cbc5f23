"""
What the measurements share: the table they fill, a ward of 40 patients, and the server.

Figures are medians over interleaved rounds, and ratios within one run, because the machine is
rarely ours alone. ``--write`` keeps the table in docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from dashboard.sample_ward import FOLLOWS
from dashboard.store import open_store
from tests.bench.report import Figures
from tests.bench.serving import MeasuredServer, measured
from tests.browser.crowd import fill
from tests.health.tree import ROOT

BEDS = 40
WARD = "bench"
_FIGURES = Figures()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--write``: keep what was measured."""
    parser.addoption("--write", action="store_true", help="write docs/performance.md")


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """The table, after everything else."""
    if not _FIGURES.lines:
        return
    terminalreporter.write_line("")
    terminalreporter.write_line(_FIGURES.table())
    folder = ROOT / "test-artifacts"
    folder.mkdir(exist_ok=True)
    (folder / "bench.txt").write_text(f"{_FIGURES.table()}\n", encoding="utf-8")
    if config.getoption("--write"):
        _FIGURES.write(ROOT / "docs" / "performance.md")


@pytest.fixture(scope="session")
def figures() -> Figures:
    return _FIGURES


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ward of 40 patients with their courses so far."""
    url = f"sqlite:///{tmp_path_factory.mktemp('bench') / 'ward.sqlite3'}"
    now = datetime.now(UTC)
    with open_store(url) as store:
        store.add_ward(WARD, "Bench ward", is_sample=False, now=now)
        fill(store, WARD, BEDS, now)
        for scope, protocol_id in FOLLOWS.items():
            store.choose_protocol(
                choice_id=f"bench-{scope}",
                ward_id=WARD,
                scope=scope,
                protocol_id=protocol_id,
                reason="what a ward would do",
                recorded_by="AB",
                role="physician",
                now=now,
            )
    return url


@pytest.fixture(scope="session")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeasuredServer]:
    """The product's server with two pages more to compare with."""
    with measured(tmp_path_factory.mktemp("server"), TOXWATCH_DATABASE=database) as running:
        yield running
