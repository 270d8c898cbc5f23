"""The safety file leads somewhere: every test it names exists, every rule is traced."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from types import ModuleType

import pytest

from tests.health.tree import ROOT


def script(name: str) -> ModuleType:
    """One of the scripts, as it lies there."""
    folder = str(ROOT / "scripts")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


figures = script("safety_figures")
links = script("safety_links")
traces = script("safety_traces")
parts = script("safety_parts")


def test_everything_that_is_named_exists() -> None:
    assert [*links.faults()] == []


def test_every_rule_has_a_source_a_test_and_a_hazard(report) -> None:
    found = [trace for group in traces.groups().values() for trace in group]
    bad = [*traces.orphans()]
    control = traces.Trace("made-up", "nobody-2020", "", "", (), ("H-99",))
    unknown = [control.source not in traces.sources(), not control.tests]
    report("P-04", n=len(found), bad=len(bad), control_bad=sum(unknown))
    assert len(found) > 500
    assert bad == []


@pytest.mark.parametrize(
    "name",
    [
        "tests/test_cli.py::test_nobody_wrote_this",
        "tests/test_nothing.py::test_nobody_wrote_this",
        "tests/serving.py::test_not_collected",
        "docs/nothing.md",
    ],
)
def test_what_does_not_exist_is_found(name: str) -> None:
    assert len([*links.missing("here", [name])]) == 1


def test_figures_are_read_from_a_log_and_a_broken_one_is_seen() -> None:
    log = (
        "noise\npromise=P-11 n=400 bad=0 control_bad=261\n.promise=P-11 n=400 bad=0 control_bad=261"
    )
    assert figures.figures(log) == {"P-11": ["n=400 bad=0 control_bad=261"]}
    for line in ("n=4 bad=1 control_bad=3", "n=0 bad=0", "n=4 bad=0 control_bad=0"):
        assert figures.broken({"promise": [{"id": "P-11", "figures": [line]}]})
    assert not figures.broken({"promise": [{"id": "P-11", "figures": ["n=4 bad=0"]}]})


def test_every_promise_is_there_once() -> None:
    ids = [promise["id"] for promise in figures.read()["promise"]]
    assert ids == [f"P-{number:02}" for number in range(1, 38)]
    assert figures.broken(figures.read()) == []


def test_the_bill_of_materials_names_every_locked_package() -> None:
    bill = json.loads((ROOT / "docs" / "safety" / "sbom.json").read_text(encoding="utf-8"))
    named = {part["name"]: part["version"] for part in bill["components"]}
    locked = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    lines = [line.split(";")[0].split() for line in locked.splitlines() if "==" in line]
    assert named == dict(line[0].split("==") for line in lines)
    assert len(named) > 50
    assert bill["bomFormat"] == "CycloneDX"


@pytest.mark.nightly
def test_pytest_collects_every_test_that_is_named() -> None:
    """The same question asked of pytest itself, which takes long."""
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", "-m", "", "tests"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    collected = {line.partition("[")[0].strip() for line in told.stdout.splitlines()}
    named = {name for hazard in links.hazards() for name in links.tests_of(hazard)}
    named |= {name for one in figures.read()["promise"] for name in one["tests"]}
    assert {name for name in named if "::" in name} <= collected
