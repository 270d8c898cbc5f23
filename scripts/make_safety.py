"""
Write the generated pages of the safety file, and check what it names.

    .venv/bin/python scripts/make_safety.py            write what is out of date
    .venv/bin/python scripts/make_safety.py --check    only say what is; exit 1 if anything is

``traceability.md`` leads from each rule to its source, verification, tests and hazards,
``safety-case.md`` gets its figures from ``promises.toml``, ``third-party.md`` and ``sbom.json``
come from the locked lists.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import safety_figures  # noqa: E402
import safety_links  # noqa: E402
import safety_parts  # noqa: E402
import safety_traces  # noqa: E402

CASE = "docs/safety/safety-case.md"
PLACE = re.compile(r"(<!--=(?P<name>\w+)-->)(?P<text>.*?)(<!--/-->)", re.DOTALL)
NOT_SHOWN = "not shown yet"


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check name those that would change; name what leads nowhere."""
    check = "--check" in arguments
    if not check:
        safety_parts.learn_licences()
    stale = {name: text for name, text in pages().items() if current(name) != text}
    for name, text in stale.items():
        if check:
            print(f"{name}: not up to date; run: .venv/bin/python scripts/make_safety.py")
        else:
            (ROOT / name).write_text(text, encoding="utf-8")
            print(f"{name}: written")
    faults = [*safety_links.faults(), *safety_traces.orphans(), *safety_parts.faults()]
    for fault in faults:
        print(fault)
    return 1 if faults or (check and stale) else 0


def current(name: str) -> str | None:
    """Return a page as it lies there, if it does."""
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def pages() -> dict[str, str]:
    """Return every generated page as it should be."""
    return {
        "docs/safety/traceability.md": safety_traces.page(),
        "docs/safety/third-party.md": safety_parts.page(),
        "docs/safety/sbom.json": safety_parts.bill(),
        CASE: PLACE.sub(_put, current(CASE) or ""),
    }


def _put(match: re.Match[str]) -> str:
    return f"{match[1]}{values()[match['name']]}{match[4]}"


def values() -> dict[str, str]:
    """Return what the safety case quotes."""
    promises = safety_figures.read()["promise"]
    hazards = safety_links.hazards()
    shown = sum(bool(promise["figures"]) for promise in promises)
    tested = sum(bool(promise["tests"]) for promise in promises)
    tests = {name for hazard in hazards for name in safety_links.tests_of(hazard)}
    return {
        "counts": (
            f"Of {len(promises)} promises {tested} have a test and {shown} a printed figure; "
            f"the others say {NOT_SHOWN}."
        ),
        "hazards": f"{len(hazards)} hazards, {len(tests)} tests behind their controls",
        "rules": safety_traces.counted(),
        **{part.split()[0].lower(): _table(part, promises) for part in _parts(promises)},
    }


def _parts(promises: list[dict[str, str]]) -> list[str]:
    return [*dict.fromkeys(promise["part"] for promise in promises)]


def _table(part: str, promises: list[dict[str, str]]) -> str:
    lines = ["", "", "| id | promise | control | last figure | on |", "|---|---|---|---|---|"]
    for one in promises:
        if one["part"] == part:
            last = "<br>".join(f"`{figure}`" for figure in one["figures"]) or NOT_SHOWN
            last += f"<br>{one['limits']}" if one["limits"] else ""
            cells = (one["id"], one["says"], one["control"], last, one["on"] or "–")
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
