"""
What the safety file names must exist: every test is one that pytest collects, every file is there.

Tests stand as ``tests/test_cli.py::test_name``; a file alone is a path. Read as source, so that
the check costs no test run; that every test file is collected at all is a test of its own
(tests/health/test_source.py).
"""

import ast
import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import safety_figures

ROOT = Path(__file__).resolve().parent.parent
SAFETY = ROOT / "docs" / "safety"
HAZARDS, ASVS = SAFETY / "hazard-log.csv", SAFETY / "asvs.csv"
STATUS = {"met", "partly", "not met", "not used"}
SPOKEN = re.compile(r"`((?:tests|scripts|dashboard|toxmodels|deploy|docs)/[\w./-]+(?:::\w+)?)`")


def hazards() -> list[dict[str, str]]:
    """Return the hazard log, a row each."""
    return rows(HAZARDS)


def rows(file: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with file.open(encoding="utf-8", newline="") as text:
        return [*csv.DictReader(text)]


def tests_of(row: dict[str, str]) -> list[str]:
    """Return the tests that one row names."""
    return [name for name in row["tests"].split("; ") if name]


def faults() -> Iterator[str]:
    """Name everything in the safety file that leads nowhere or says too little."""
    known = {hazard["id"] for hazard in hazards()}
    if len(known) != len(hazards()):
        yield f"{HAZARDS.name}: an id stands twice"
    for hazard in hazards():
        yield from _row_faults(HAZARDS.name, hazard, tests_of(hazard))
    for line in rows(ASVS):
        if line["status"] not in STATUS:
            yield f"{ASVS.name}: {line['id']}: {line['status']!r} is none of {sorted(STATUS)}"
        tests = tests_of(line)
        if line["status"] == "met" and not tests:
            yield f"{ASVS.name}: {line['id']}: met, but no test or file shows it"
        yield from missing(f"{ASVS.name}: {line['id']}", tests)
    for promise in safety_figures.read()["promise"]:
        place = f"{safety_figures.FILE.name}: {promise['id']}"
        if not promise["tests"] and not promise["limits"]:
            yield f"{place}: no test, and no word why"
        yield from missing(place, promise["tests"])
    for page in [*SAFETY.glob("*.md"), ROOT / "SECURITY.md"]:
        yield from missing(page.name, SPOKEN.findall(page.read_text(encoding="utf-8")))


def _row_faults(name: str, hazard: dict[str, str], tests: list[str]) -> Iterator[str]:
    place = f"{name}: {hazard['id']}"
    for column, text in hazard.items():
        if not (text or "").strip():
            yield f"{place}: {column} is empty"
    if hazard["severity"] not in {"3", "4", "5"}:
        yield f"{place}: severity {hazard['severity']!r} is not 3, 4 or 5"
    yield from missing(place, tests)


def missing(place: str, names: Iterable[str]) -> Iterator[str]:
    """Name each test or file that is not there."""
    for name in names:
        file, _, test = name.partition("::")
        if not (ROOT / file).exists():
            yield f"{place}: {file} is not there"
        elif test and test not in tests_in(ROOT / file):
            yield f"{place}: {file} has no {test}"


@cache
def tests_in(file: Path) -> frozenset[str]:
    """Return the tests that pytest would collect from a file."""
    if not file.name.startswith("test_"):
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    inside = [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
    return frozenset(
        node.name
        for body in (tree.body, *inside)
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    )
