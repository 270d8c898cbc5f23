"""
P-12 on PostgreSQL: a full disk under the server refuses new entries, says so, and loses nothing.

The server's data lie on a small file system of their own, which is filled but for little more
than nothing. Which file cannot grow first, a table or the write-ahead log, is the server's affair:
what was acknowledged must be readable while the disk is full, and still there afterwards.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.store import DiskFull, Store, StoreError, open_store
from tests.faults.small_disk import small_file_system
from tests.faults.writer import NOW, a_set, prepare
from tests.postgres import own_postgres

SIZE_MIB = 192
LEFT_MIB = 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_file_system(tmp_path / "small", SIZE_MIB * 1024) as point:
        yield point


def fill(folder: Path) -> Path:
    """A file that leaves next to no space."""
    ballast = folder / "ballast"
    free = shutil.disk_usage(folder).free
    with ballast.open("wb") as file:
        file.write(b"\0" * max(0, free - LEFT_MIB * 1024 * 1024))
    return ballast


def until_refused(store: Store) -> tuple[list[str], list[str], int]:
    """Submit until twenty forms were refused: acknowledged, refused, how many as full."""
    acknowledged: list[str] = []
    refused: list[str] = []
    full = 0
    while len(refused) < 20:
        form = f"form-{len(acknowledged) + len(refused)}"
        try:
            store.submit(a_set(form, "p0"), now=NOW)
            acknowledged.append(form)
        except StoreError as error:
            refused.append(form)
            full += isinstance(error, DiskFull)
    return acknowledged, refused, full


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_full_disk_under_the_server_loses_nothing(small_disk: Path, report) -> None:
    with own_postgres(small_disk) as server:
        url = server.new_database()
        prepare(url)
        with open_store(url) as store:
            ballast = fill(small_disk)
            acknowledged, refused, full = until_refused(store)
            readable = {entry.submission_id for entry in store.history("p0")}
            ballast.unlink()
            faults = store.verify()
            for number in range(50):
                store.submit(a_set(f"later-{number}", "p0"), now=NOW)
                acknowledged.append(f"later-{number}")
            kept = {entry.submission_id for entry in store.history("p0")}
    saved = len(acknowledged) - 50
    # The control: what a writer that swallows the error would have called saved.
    report(
        "P-12", n=len(refused), bad=len(set(acknowledged) - kept),
        control_bad=len(set(refused) - kept), saved=saved, said_full=full,
        readable=len(readable & set(acknowledged)), saved_after_space_returned=50,
        on="postgresql", control="swallows-the-error",
    )  # fmt: skip
    assert saved > 20
    assert full > 0, "nobody was told that the disk is full"
    assert set(acknowledged[:saved]) <= readable
    assert faults == []
    assert set(acknowledged) <= kept
    assert not set(refused) & kept, "a refused form was stored all the same"
