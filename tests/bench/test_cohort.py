"""
Whole cohorts against the bare scan of the same columns, each in its own process, in one run.

A million rows by default; ``BENCH=full`` adds 10 and 50 million. The machine is shared, so ratios
are of processor time within a round: all engines use the same threads, and what a neighbour takes
away counts in neither. The seconds on the wall stand beside them. The gate is twice the aim.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.bench.cohort_engines import PER_PATIENT, SAMPLE_PATIENTS
from tests.bench.report import Figures
from tests.health.tree import ROOT

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

FULL = os.environ.get("BENCH") == "full"
ROWS = (1_000_000, 10_000_000, 50_000_000) if FULL else (1_000_000,)
ROUNDS = 5
AIMS = {"rows": 2.5, "episodes": 5.0, "all": 12.0}
FASTER = {"rows": 250.0, "episodes": 100.0, "all": 40.0}
MOST_MEMORY_MB = 1500.0
SLACK = 2.0
SAYS = {
    "rows": "both grades of each row by itself",
    "episodes": "with episodes and waiver",
    "all": "everything, one row a patient",
}


def run(*arguments: object) -> dict[str, Any]:
    script = ROOT / "tests" / "bench" / "cohort_engines.py"
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return json.loads(done.stdout) if done.stdout else {}


@pytest.mark.parametrize("rows", ROWS)
def test_against_the_scan(figures: Figures, tmp_path: Path, rows: int) -> None:
    path = tmp_path / "cohort.parquet"
    run("make", path, rows)
    engines = ("scan", *AIMS)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in (*engines, "one by one")}
    for turn in range(ROUNDS if rows <= 10_000_000 else 2):
        for name in (*engines, "one by one") if turn == 0 else engines:
            found[name].append(run(name, path))
    group = f"cohort of {rows // 1_000_000} million rows"
    scans = [one["processor_s"] for one in found["scan"]]
    walls = [one["seconds"] for one in found["scan"]]
    figures.add(group, "bare scan of the same columns, on the wall", walls, "s")
    alone = found["one by one"][0]["processor_s"] / (SAMPLE_PATIENTS * PER_PATIENT) * rows
    for name, aim in AIMS.items():
        ratios = [one["processor_s"] / scan for one, scan in zip(found[name], scans, strict=True)]
        seconds = [one["seconds"] for one in found[name]]
        speed = rows / median(seconds) / 1e6
        on_wall = [one / wall for one, wall in zip(seconds, walls, strict=True)]
        figures.add(group, f"{SAYS[name]}, on the wall", on_wall, "scans")
        figures.add(group, f"{SAYS[name]} ({speed:.1f} million rows/s)", ratios, "scans", aim)
        faster = [alone / one["processor_s"] for one in found[name]]
        figures.add(group, f"{SAYS[name]}: faster than records one by one", faster, "times")
        memory = [one["memory_mb"] for one in found[name]]
        figures.add(group, f"{SAYS[name]}: memory", memory, "MB", MOST_MEMORY_MB)
        assert median(ratios) <= aim * SLACK, f"{name}: {ratios}"
        assert median(faster) >= FASTER[name] / SLACK, f"{name}: {faster}"
        assert max(memory) <= MOST_MEMORY_MB, f"{name}: {memory}"
        assert len({one["checksum"] for one in found[name]}) == 1
