"""The measured figures: printed as a table, and kept as a page with date and machine."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

START = "<!-- figures: written by python3 dev.py bench --write -->"
END = "<!-- end of figures -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: what was measured, the value with its unit, the noise, and the aim if any."""

    group: str
    what: str
    value: float
    unit: str
    noise: str
    aim: float | None = None
    load: float = 0.0

    @property
    def verdict(self) -> str:
        if self.aim is None:
            return ""
        return f"under {self.aim:g}: {'met' if self.value < self.aim else 'MISSED'}"

    @property
    def shown(self) -> str:
        digits = 0 if abs(self.value) >= 100 else 1 if abs(self.value) >= 10 else 2
        return f"{self.value:.{digits}f} {self.unit}"


def pace_ms() -> float:
    """
    How fast this processor is just now: a million small additions, the best of five.

    A rented machine may run at a quarter of its own speed while nothing on it shows why; a time of
    a wall clock means something only beside this one.
    """
    found = []
    for _ in range(5):
        began = time.perf_counter()
        total = 0
        for number in range(1_000_000):
            total += number
        found.append((time.perf_counter() - began) * 1e3)
    return min(found)


@dataclass(slots=True)
class Figures:
    """All lines of one run."""

    lines: list[Figure] = field(default_factory=list)

    def add(
        self, group: str, what: str, values: Sequence[float], unit: str, aim: float | None = None
    ) -> float:
        """The median of some values, with their range as the noise."""
        middle = statistics.median(values)
        noise = f"n={len(values)}, {min(values):.3g} to {max(values):.3g}"
        self.lines.append(Figure(group, what, middle, unit, noise, aim, os.getloadavg()[0]))
        return middle

    def note(
        self,
        group: str,
        what: str,
        value: float,
        unit: str,
        *,
        noise: str,
        aim: float | None = None,
    ) -> None:
        """A figure that is no median."""
        self.lines.append(Figure(group, what, value, unit, noise, aim, os.getloadavg()[0]))

    def table(self) -> str:
        """For a terminal."""
        rows = [("what", "value", "aim", "noise", "load")]
        rows += [
            (f"{one.group}: {one.what}", one.shown, one.verdict, one.noise, f"{one.load:.1f}")
            for one in self.lines
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def markdown(self) -> str:
        """For the page, between its two marks."""
        head = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}."
        rows = ["| What | Value | Aim | Noise | Load |", "|---|---|---|---|---|"]
        rows += [
            f"| {one.group}: {one.what} | {one.shown} | {one.verdict} | {one.noise} "
            f"| {one.load:.1f} |"
            for one in self.lines
        ]
        return "\n".join((START, "", head, "", *rows, "", END))

    def write(self, page: Path) -> None:
        """Replace the figures of the page; the words around them stay."""
        text = page.read_text(encoding="utf-8")
        before, _, rest = text.partition(START)
        _, _, after = rest.partition(END)
        page.write_text(f"{before}{self.markdown()}{after}", encoding="utf-8")


def machine() -> str:
    """What it was measured on, without naming anybody's computer."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, Streamlit {version('streamlit')}, "
        f"pydantic {version('pydantic')}, SQLite {sqlite3.sqlite_version}"
    )


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    if known.exists():
        for line in known.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip().replace("(R)", "")
    return platform.machine()
