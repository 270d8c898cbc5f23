"""
The emitted SQL against the frames path: a million rows with episodes and waiver, in one run.

Each engine in a process of its own. The machine is shared: ratios within the run are what counts.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.cohort_engines import invented
from tests.bench.report import Figures
from tests.health.tree import ROOT

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

ROWS = 1_000_000
GROUP = "cohorts by SQL, 1,000,000 rows with episodes and waiver"


def run(engine: str, path: Path) -> dict[str, Any]:
    script = ROOT / "tests" / "bench" / "cohort_sql.py"
    done = subprocess.run(
        [sys.executable, str(script), engine, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_sql_against_frames(figures: Figures, tmp_path: Path) -> None:
    path = tmp_path / "cohort.parquet"
    invented(ROWS).write_parquet(path, row_group_size=250_000)
    engines = ["polars", "duckdb", "postgres"]
    if importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None:
        engines += ["spark", "spark-python"]
    found = {engine: run(engine, path) for engine in engines}
    assert {tuple(one["sums"]) for one in found.values()} == {tuple(found["polars"]["sums"])}
    for engine, one in found.items():
        speed = ROWS / one["seconds"] / 1e6
        figures.note(
            GROUP, engine, speed, "million rows/s", noise=f"{one['cold_s']:.1f} s the first time"
        )
        ratio = one["seconds"] / found["polars"]["seconds"]
        if engine != "polars":
            figures.note(GROUP, f"{engine} against frames", ratio, "times", noise="n=1")
