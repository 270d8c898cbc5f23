"""
P-11: what was acknowledged survives a power cut, with settings that lose something as control.

kill -9 cannot show this: the kernel keeps what was written. See ``power`` for the method.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.store import Store
from dashboard.store.engines import sqlite_engines
from dashboard.store.settings import pragmas, wal_reset_is_fixed
from tests.faults import power
from tests.faults.writer import prepare

SEED = 20260303
FULL, NORMAL, OFF = "2", "1", "0"


@dataclass
class Outcome:
    """What the simulated cuts did."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    worst: int = 0
    damaged: int = 0
    bad: int = 0  # cuts after which something was gone or damaged, on either of the two disks


def cut_power(tmp_path: Path, *, forms: int, cuts: int, unsafe: tuple[str, ...] = ()) -> Outcome:
    """Record a writer, then look at the disk after a cut at random moments."""
    store, acknowledged = tmp_path / "store", tmp_path / "acknowledged"
    store.mkdir()
    url = f"sqlite:///{store / 'ward.sqlite3'}"
    prepare(url)
    disk = power.Disk(store)
    arguments = (url, str(forms), str(acknowledged), "form", *unsafe)
    calls = power.record(store, tmp_path / "trace", acknowledged, *arguments)
    chance = random.Random(SEED)
    moments = sorted(chance.randrange(len(calls)) for _ in range(cuts))
    outcome, known = Outcome(), set()
    for index, call in enumerate(calls):
        while moments and moments[0] == index:
            moments.pop(0)
            outcome.cuts += 1
            found = []
            for which, luck in (("nothing", None), ("some", chance)):
                image = tmp_path / f"image-{outcome.cuts}-{which}"
                disk.image(image, luck)
                found.append(look(image, known))
            outcome.damaged += any(missing is None for missing in found)
            worst = max((missing for missing in found if missing is not None), default=0)
            outcome.lost += worst > 0
            outcome.worst = max(outcome.worst, worst)
            outcome.bad += worst > 0 or None in found
        if call.path == str(acknowledged):
            known |= set(call.data.decode().split())
        else:
            disk.apply(call)
    outcome.acknowledged = len(known)
    return outcome


def look(image: Path, known: set[str]) -> int | None:
    """Start on this disk: how much that was acknowledged is missing; None for a damaged one."""
    file = image / "ward.sqlite3"
    try:
        connection = sqlite3.connect(file)
        try:
            healthy = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            rows = connection.execute("SELECT submission_id FROM entry").fetchall()
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        return None
    with Store(sqlite_engines(file, pragmas("truncate"))) as store:
        healthy = healthy and store.verify() == []
    shutil.rmtree(image)
    return len(known - {row[0] for row in rows}) if healthy else None


def need_strace() -> None:
    reason = power.why_no_strace()
    if reason is None:
        return
    if os.environ.get("TOXWATCH_LONG") == "1":
        pytest.fail(f"the power-cut simulation must run here: {reason}")
    pytest.skip(f"power-cut simulation left out: {reason}")


def run(tmp_path: Path, report, *, forms: int, cuts: int) -> None:
    need_strace()
    (tmp_path / "safe").mkdir()
    (tmp_path / "control").mkdir()
    safe = cut_power(tmp_path / "safe", forms=forms, cuts=cuts)
    control = cut_power(tmp_path / "control", forms=forms, cuts=cuts, unsafe=("delete", FULL))
    report(
        "P-11", n=safe.cuts, bad=safe.bad, control_bad=control.bad, setting="truncate+full",
        control="delete+full", acknowledged=safe.acknowledged, seed=SEED,
    )  # fmt: skip
    assert safe.cuts == control.cuts == cuts
    assert safe.acknowledged == control.acknowledged == forms
    assert (safe.lost, safe.damaged) == (0, 0)
    assert control.lost > 0, "the control lost nothing: this simulation proves nothing"


def test_a_power_cut_loses_nothing_that_was_acknowledged(tmp_path: Path, report) -> None:
    run(tmp_path, report, forms=20, cuts=20)


@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_four_hundred_power_cuts_lose_nothing(tmp_path: Path, report) -> None:
    run(tmp_path, report, forms=300, cuts=400)


@pytest.mark.faults
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("journal", "synchronous", "loses"),
    [
        ("truncate", FULL, False),
        ("wal", FULL, False),
        ("delete", "3", False),
        ("delete", FULL, True),
        ("delete", NORMAL, True),
        ("wal", NORMAL, True),
        ("wal", OFF, True),
        ("delete", OFF, True),
    ],
)
def test_the_model_of_the_disk_agrees_with_what_sqlite_documents(
    tmp_path: Path, report, journal: str, synchronous: str, loses: bool
) -> None:
    """The model is only worth something if each setting behaves as documented."""
    need_strace()
    found = cut_power(tmp_path, forms=60, cuts=60, unsafe=(journal, synchronous))
    report(
        "P-11-model", setting=f"{journal}+{synchronous}", n=found.cuts, lost=found.lost,
        damaged=found.damaged, worst=found.worst, wal_fixed=wal_reset_is_fixed(
            sqlite3.sqlite_version_info
        ),
    )  # fmt: skip
    assert found.acknowledged == 60
    assert bool(found.bad) is loses
