"""A small file system of its own, to be filled; skipped where none can be mounted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_file_system(point: Path, size_kib: int) -> Iterator[Path]:
    """Mount, hand over, unmount; in the full run it is a failure that it cannot be mounted."""
    point.mkdir()
    options = f"size={size_kib}k,mode=777"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(point)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        failure = done.stderr.strip() if done.returncode else None
    except OSError as error:
        failure = str(error)
    if failure is not None:
        if os.environ.get("TOXWATCH_LONG") == "1":
            pytest.fail(f"the full-disk test must run here: {failure}")
        pytest.skip(f"no small file system can be mounted here: {failure}")
    try:
        yield point
    finally:
        subprocess.run(["umount", str(point)], check=True)
