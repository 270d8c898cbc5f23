"""What is installed is what was declared: locked, hashed, and named without any address."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.health.tree import ROOT

LISTS = ("runtime", "dev")
ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^\s;\\]+)")


@cache
def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def _locked(name: str) -> dict[str, set[str]]:
    """Versions by package; numpy has two, one for older Pythons."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines():
        if entry := ENTRY.match(line):
            found.setdefault(canonicalize_name(entry["name"]), set()).add(entry["version"])
    return found


def _declared(group: str) -> list[str]:
    groups = _project()["dependency-groups"]
    return [
        word
        for item in groups[group]
        for word in (_declared(item["include-group"]) if isinstance(item, dict) else [item])
    ]


@pytest.mark.parametrize("name", LISTS)
def test_every_declared_package_is_locked_in_an_allowed_version(name):
    project = _project()
    declared = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    declared += _declared("dev" if name == "dev" else "build")
    for requirement in map(Requirement, declared):
        versions = _locked(name).get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement} is not in requirements/{name}.txt: python3 dev.py lock"
        assert all(version in requirement.specifier for version in versions), requirement


@pytest.mark.parametrize("name", LISTS)
def test_every_locked_package_has_hashes_and_no_address(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    unhashed = [entry.split()[0] for entry in entries if entry.strip() and "sha256:" not in entry]
    assert unhashed == []
    assert not re.search(r"^-", text, re.MULTILINE), "a lock holds packages, no options"


def test_tests_run_on_the_versions_that_are_shipped():
    dev = _locked("dev")
    differing = {
        name: (versions, dev.get(name))
        for name, versions in _locked("runtime").items()
        if dev.get(name) != versions
    }
    assert differing == {}


def test_the_installed_package_asks_for_what_is_declared():
    """The editable installation is stale when this fails: run python3 dev.py test once more."""
    wanted = {Requirement(word).name for word in _project()["project"]["dependencies"]}
    asked = [Requirement(word) for word in requires("toxwatch") or []]
    # What an extra asks for (a cluster) is no part of an installation.
    assert {one.name for one in asked if "extra" not in str(one.marker)} == wanted


def test_the_one_command_needs_nothing_but_python():
    tree = ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize(("arguments", "status"), [(["--help"], 0), ([], 2), (["rnu"], 2)])
def test_the_one_command_explains_itself(arguments, status):
    told = subprocess.run(
        [sys.executable, str(ROOT / "dev.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == status
    assert "python3 dev.py run" in told.stdout


def test_continuous_integration_can_start():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_a_wheel_would_carry_the_sample_ward_and_the_settings():
    """Read from the build settings: what the dashboard needs at run time is inside its package."""
    wheel = _project()["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {"toxmodels", "dashboard", "sample_data"} <= set(wheel["only-include"])
    assert wheel["sources"] == {
        "sample_data": "dashboard/sample_data",
        ".streamlit": "dashboard/.streamlit",
    }
    assert json.dumps(wheel).count("tests") == 0
