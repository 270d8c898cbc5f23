"""
Ask for the known faults of every locked package, and never take silence for an answer.

    .venv/bin/python scripts/safety_audit.py

One question to the OSV database of advisories, names and versions only. A package that is known to
be faulty is asked about in the same question: when no fault of it is reported, no answer could be
had, and the audit says in one line that it was not run. Exit status 1: a package that is shipped
has a known fault. Without the network it is a line and status 0; ``--must`` makes that a failure,
for a release. ``TOXWATCH_ADVISORIES`` names another service of the same kind, or ``off``.
"""

import json
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICE = "https://api.osv.dev/v1/querybatch"
SETTING = "TOXWATCH_ADVISORIES"
KNOWN_FAULTY = ("jinja2", "2.11.0")
SHIPPED, FOR_WORK = ROOT / "requirements" / "runtime.txt", ROOT / "requirements" / "dev.txt"
PATIENCE_S = 10
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Say what was found, or why nothing was asked."""
    silent = 1 if "--must" in arguments else 0
    service = os.environ.get(SETTING) or SERVICE
    if service == "off":
        print(f"audit not run: {SETTING}=off")
        return silent
    shipped, listed = pinned(SHIPPED), sorted(pinned(SHIPPED) | pinned(FOR_WORK))
    try:
        known = asked(service, [KNOWN_FAULTY, *listed])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"audit not run: no answer from {service} ({type(error).__name__})")
        return silent
    if not known[0]:
        print("audit not run: a package known to be faulty was not reported, so nobody answered")
        return silent
    found = [(part, ids) for part, ids in zip(listed, known[1:], strict=True) if ids]
    for (name, version), ids in found:
        where = "shipped" if (name, version) in shipped else "only for work on toxwatch"
        print(f"{name} {version} ({where}): {', '.join(ids)}")
    faulty = sum(part in shipped for part, _ in found)
    print(f"promise=P-37 n={len(listed)} bad={faulty} control_bad={len(known[0])} "
          f"shipped={len(shipped)} only_for_work={len(found) - faulty}")  # fmt: skip
    return 1 if faulty else 0


def pinned(listed: Path) -> set[tuple[str, str]]:
    """Name and version of every package of a locked list."""
    return set(PINNED.findall(listed.read_text(encoding="utf-8")))


def asked(service: str, parts: list[tuple[str, str]]) -> list[list[str]]:
    """The ids of the known faults of each part, in the same order."""
    if not service.startswith(("https://", "http://127.0.0.1:")):
        raise ValueError("an advisory is only worth something over TLS")
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
        for name, version in parts
    ]
    request = urllib.request.Request(
        service,
        data=json.dumps({"queries": queries}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        results = json.load(answer)["results"]
    if len(results) != len(parts):
        raise ValueError("fewer answers than questions")
    return [[one["id"] for one in result.get("vulns", [])] for result in results]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
