"""
Check the documents: generated text is fresh, and every link inside the project leads somewhere.

    .venv/bin/python scripts/check_docs.py            say what is wrong; exit 1 if anything is

``make_docs.py`` writes what is generated; this only reads.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import make_alert_load
import make_docs
import make_rulebook
import make_safety

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)


def main() -> int:
    """Print every fault."""
    # Every page is looked at, so that one run names all that are old.
    makers = (make_docs.main, make_rulebook.main, make_alert_load.main, make_safety.main)
    stale = sum(make(["--check"]) for make in makers)
    broken = list(broken_links())
    for fault in broken:
        print(fault)
    return 1 if stale or broken else 0


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
    sys.exit(main())
