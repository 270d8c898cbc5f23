"""
Put the figures that tests print into docs/safety/promises.toml.

    .venv/bin/python scripts/safety_figures.py LOG [LOG ...] [--on 2026-11-22]

A test prints ``promise=P-11 n=400 bad=0 control_bad=261``. Every such line of the logs replaces
the figures of its promise. A line with ``bad`` above 0, or whose control did not fail, is written
down all the same, so that nobody mistakes it for a pass, and the exit status is 1.
"""

import argparse
import json
import re
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "safety" / "promises.toml"
LINE = re.compile(r"promise=(?P<id>P-\d\d)\b(?P<figures>( +[\w-]+=\S+)+)")
HEAD = """\
# What toxwatch promises, what keeps the promise, what tests it, and what the test last printed.
# scripts/safety_figures.py writes "figures" and "on"; everything else is written by hand.
# No figures means: not shown yet.
"""


def main() -> int:
    """Read the logs, write the file, name what was broken."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("logs", nargs="+", type=Path)
    words.add_argument("--on", default=date.today().isoformat())  # noqa: DTZ011 - a day, for people
    asked = words.parse_args()
    found = figures("\n".join(path.read_text(errors="replace") for path in asked.logs))
    content = read()
    for promise in content["promise"]:
        if promise["id"] in found:
            promise["figures"], promise["on"] = found.pop(promise["id"]), asked.on
    write(content)
    for unknown in found:
        print(f"{unknown}: no such promise in {FILE.name}")
    faults = [*found, *broken(content)]
    print(f"{shown(content)} of {len(content['promise'])} promises have a figure")
    return 1 if faults else 0


def figures(log: str) -> dict[str, list[str]]:
    """Return what was printed for each promise, each line once."""
    found: dict[str, list[str]] = {}
    for match in LINE.finditer(log):
        line = match["figures"].strip()
        if line not in found.setdefault(match["id"], []):
            found[match["id"]].append(line)
    return found


def broken(content: dict[str, Any]) -> list[str]:
    """Name every figure that shows a promise broken, or a control that did not fail."""
    faults = []
    for promise in content["promise"]:
        for line in promise["figures"]:
            said = dict(word.split("=", 1) for word in line.split())
            if said.get("bad", "0") != "0":
                faults.append(f"{promise['id']}: broken: {line}")
            if said.get("n") == "0" or said.get("control_bad") == "0":
                faults.append(f"{promise['id']}: shows nothing: {line}")
    for fault in faults:
        print(fault)
    return faults


def shown(content: dict[str, Any]) -> int:
    """Count the promises that have a figure."""
    return sum(bool(promise["figures"]) for promise in content["promise"])


def read() -> dict[str, Any]:
    """Return the promises."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def write(content: dict[str, Any]) -> None:
    """Write the promises, a table each."""
    FILE.write_text(HEAD + "".join(map(_table, content["promise"])), encoding="utf-8")


def _table(promise: dict[str, Any]) -> str:
    lines = ["", "[[promise]]"]
    for key, value in promise.items():
        if isinstance(value, list) and value:
            inside = "".join(f"  {_text(item)},\n" for item in value)
            lines.append(f"{key} = [\n{inside}]")
        else:
            lines.append(f"{key} = {'[]' if isinstance(value, list) else _text(value)}")
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
