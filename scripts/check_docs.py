"""
Check the documents: generated pages are fresh, and every link inside the project leads somewhere.

    .venv/bin/python scripts/check_docs.py            say what is wrong; exit 1 if anything is
    .venv/bin/python scripts/check_docs.py --write    write the generated pages anew, then check
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import data_dictionary

ROOT = Path(__file__).resolve().parent.parent
GENERATED: dict[str, Callable[[], str]] = {"docs/data-dictionary.md": data_dictionary.render}
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Write if asked to, then print every fault."""
    if "--write" in arguments:
        for name, render in GENERATED.items():
            path = ROOT / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(render(), encoding="utf-8")
    faults = [*stale_pages(), *broken_links()]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def stale_pages() -> Iterator[str]:
    """Name every generated page that differs from what would be written now."""
    for name, render in GENERATED.items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != render():
            yield f"{name}: not up to date; run: .venv/bin/python scripts/check_docs.py --write"


def broken_links() -> Iterator[str]:
    """Name every link to a file or heading of this project that is not there."""
    for page in pages():
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for target in LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = (page.parent / name).resolve() if name else page
            place = f"{page.relative_to(ROOT)}: link to {target}"
            if not file.exists():
                yield f"{place}: there is no such file"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                yield f"{place}: that page has no such heading"


def pages() -> list[Path]:
    """Return the documents that people read."""
    return [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]


def anchors(page: Path) -> set[str]:
    """Return the headings of a page as code hosts turn them into links."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    spoken = (re.sub(r"[^\w\s-]", "", heading).strip() for heading in HEADING.findall(text))
    return {words.lower().replace(" ", "-") for words in spoken}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
