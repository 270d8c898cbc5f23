"""
P-12: a full disk refuses new entries, says so, keeps reading and loses nothing.

A small file system of its own is filled to the last byte. Where this machine does not let us
mount one, the everyday test of the store (SQLite's own page limit) has to do, except in the full
run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.store import DiskFull, StoreError, open_store
from tests.faults.small_disk import small_file_system
from tests.faults.writer import NOW, a_set, prepare

SIZE_KIB = 1536


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_file_system(tmp_path / "small", SIZE_KIB) as point:
        yield point


def naive_losses(folder: Path) -> int:
    """The control: a writer that swallows the error and says "saved"; how much of that is gone."""
    url = f"sqlite:///{folder / 'naive.sqlite3'}"
    prepare(url)
    said, swallowed = set(), 0
    with open_store(url) as store:
        while swallowed < 20:
            said.add(f"form-{len(said)}")
            try:
                store.submit(a_set(f"form-{len(said) - 1}", "p0"), now=NOW)
            except StoreError:
                swallowed += 1
        kept = {entry.submission_id for entry in store.history("p0")}
    for left in folder.glob("naive.sqlite3*"):
        left.unlink()
    return len(said - kept)


def test_a_full_disk_refuses_says_so_and_loses_nothing(small_disk: Path, report) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * (SIZE_KIB * 1024 // 2))
    control = naive_losses(small_disk)
    url = f"sqlite:///{small_disk / 'ward.sqlite3'}"
    prepare(url)
    acknowledged: list[str] = []
    refused = 0
    with open_store(url) as store:
        for number in range(5000):
            try:
                store.submit(a_set(f"form-{number}", "p0"), now=NOW)
                acknowledged.append(f"form-{number}")
            except DiskFull:
                refused += 1
                if refused == 20:
                    break
        assert any("almost full" in reason for reason in store.ready())
        readable = {entry.submission_id for entry in store.history("p0")}
        faults = store.verify()
        ballast.unlink()
        for number in range(50):
            store.submit(a_set(f"later-{number}", "p0"), now=NOW)
            acknowledged.append(f"later-{number}")
        kept = {entry.submission_id for entry in store.history("p0")}
    saved = len(acknowledged) - 50
    report(
        "P-12", n=refused, bad=len(set(acknowledged) - kept), control_bad=control, saved=saved,
        refused=refused, saved_after_space_returned=50, on="sqlite",
        control="swallows-the-error",
    )  # fmt: skip
    assert saved > 20
    assert refused == 20
    assert set(acknowledged[:saved]) <= readable
    assert faults == []
    assert set(acknowledged) <= kept
    assert control > 0, "a writer that swallows the error lost nothing: this proves nothing"
