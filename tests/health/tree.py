"""The project's own files, for tests that read the source instead of running it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = {".png", ".parquet", ".ttf", ".woff2", ".ico", ".pdf", ".gz"}
IGNORED = re.compile(r"(^|/)(\.venv|\.git|__pycache__|build|dist|test-artifacts|\.[a-z_]+_cache)/")


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that belongs to the project: what git keeps, or all there is without git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        names = filter(None, listed.stdout.split("\0"))
    else:
        names = (str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file())
    return tuple(
        ROOT / name
        for name in sorted(set(names))
        if not IGNORED.search(name) and (ROOT / name).is_file()
    )


def text_files() -> Iterator[tuple[str, str]]:
    """Every text file as its place and its text; broken text, kept to be refused, as it is."""
    for path in project_files():
        if path.suffix not in BINARY:
            yield place(path), path.read_text(encoding="utf-8", errors="replace")


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """The Python modules of the named folders, parsed."""
    for path in project_files():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in rooms:
            yield place(path), parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    """One module, parsed once."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path) -> str:
    """Where a file lies, seen from the root of the project."""
    return path.relative_to(ROOT).as_posix()
