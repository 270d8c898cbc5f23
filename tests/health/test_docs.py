"""The documents say what the program does: generated pages are fresh, links and commands exist."""

import re
import subprocess
import sys

import pytest
import typer

from dashboard.cli import app
from tests.health.tree import ROOT, project_files

SPOKEN = re.compile(r"^\s*(?:\$ )?(?:\.venv/bin/)?toxwatch ([a-z][a-z-]*)", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@pytest.mark.nightly  # every day ``dev.py check`` asks the same
def test_generated_pages_are_fresh_and_links_lead_somewhere():
    told = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "check_docs.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (0, ""), told.stdout + told.stderr


def test_every_command_in_the_documents_exists():
    known = set(typer.main.get_command(app).commands)
    named = {
        word
        for path in project_files()
        if path.suffix == ".md"
        for block in FENCED.findall(path.read_text(encoding="utf-8"))
        for word in SPOKEN.findall(block)
    }
    assert named <= known
