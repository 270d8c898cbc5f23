"""Real processes that are stopped, or whose disk is full: nothing half done is left."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from tests.toxmodels.cohort.rows import cohort

COMMAND = (sys.executable, "-c", "from dashboard.cli import app; app()", "grade")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    frame, _ = cohort(2, 400)
    # Two rows at each time: every patient is graded one by one, which takes its time.
    pl.concat([frame, frame]).write_parquet(tmp_path / "in.parquet")
    return tmp_path


def left(place: Path) -> list[str]:
    return sorted(one.name for one in place.iterdir())


def test_asked_to_stop_it_takes_away_what_is_half_done(place: Path) -> None:
    words = [*COMMAND, str(place / "in.parquet"), "-o", str(place / "out.parquet")]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as running:
        until = time.monotonic() + 50
        while not any("partial" in name for name in left(place)):
            assert running.poll() is None, running.communicate()[1]
            assert time.monotonic() < until, left(place)
            time.sleep(0.02)
        running.send_signal(signal.SIGTERM)
        said = running.communicate(timeout=50)[1]
    assert running.returncode == 128 + signal.SIGTERM
    assert said == "stopped: nothing was written\n"
    assert left(place) == ["in.parquet"]


def test_a_full_disk_is_one_line_and_leaves_nothing(place: Path) -> None:
    pl.read_parquet(place / "in.parquet").unique(["patient_id", "taken_at"]).write_parquet(
        place / "in.parquet"
    )
    words = [*COMMAND, str(place / "in.parquet"), "-o", str(place / "out.parquet")]
    found = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )  # fmt: skip
    assert found.returncode == 1
    assert len(found.stderr.splitlines()) == 1
    assert "too large" in found.stderr
    assert left(place) == ["in.parquet"]
