"""
P-14: fifty people at twenty patients. Nothing acknowledged is lost, and each is told of the others.

Every patient has one laboratory entry with a counter in it. Each person reads it, thinks, and
corrects it by one; a correction names the entry that was seen, which is the version check. So the
counter must end at the number of acknowledged corrections. In between they add sets of their own.

Control: a form that asks for the newest entry when it saves, instead of naming the one it has
shown, goes round the check and overwrites what others have saved meanwhile.
"""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dashboard.store import (
    AlreadyCorrected,
    Entry,
    NewEntry,
    Receipt,
    Store,
    Submission,
    open_store,
)
from dashboard.store.errors import StoreBusy
from tests.faults.conftest import LONG
from tests.faults.writer import NOW, WARD, prepare
from tests.postgres import OwnServer

PEOPLE, PATIENTS = 50, 20
ENOUGH = 1500 if LONG else 100  # acknowledged forms
LONGEST_S = 240.0 if LONG else 40.0
THINK_S = 0.3  # long enough that two of them think of the same patient
SEED = 20260307


@dataclass
class Ward:
    """What fifty people were told."""

    corrected: dict[str, int] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    receipts: list[tuple[int, Receipt]] = field(default_factory=list)
    told: int = 0
    busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def counter(entries: tuple[Entry, ...]) -> Entry:
    """The living entry that holds the counter."""
    return next(one for one in entries if one.kind == "labs" and one.is_live)


def labs(value: float) -> dict[str, object]:
    return {"taken_at": NOW.isoformat(), "il6_pg_ml": value}


def begin(store: Store) -> None:
    for number in range(PATIENTS):
        first = NewEntry(kind="labs", payload=labs(0.0))
        store.submit(sending(f"first-{number}", f"p{number}", first, "AB", None), now=NOW)


def sending(id_: str, patient: str, new: NewEntry, who: str, seen: int | None) -> Submission:
    return Submission(
        submission_id=id_, ward_id=WARD, patient_id=patient, entries=(new,), recorded_by=who,
        role="nurse", seen_position=seen,
    )  # fmt: skip


def person(store: Store, number: int, until: float, ward: Ward, *, goes_round: bool) -> None:
    """One nurse: read, think, save; told of somebody else's correction, read again."""
    chance, who, turn = random.Random(SEED + number), f"nurse-{number}", 0
    while len(ward.receipts) < ENOUGH and time.monotonic() < until:
        turn += 1
        patient, id_ = f"p{chance.randrange(PATIENTS)}", f"{who}-{turn}"
        seen = store.history(patient)
        shown = counter(seen)
        time.sleep(chance.uniform(0, THINK_S))
        if turn % 3 == 0:
            payload = {"taken_at": NOW.isoformat(), "temperature_c": 38.6}
            new = NewEntry(kind="vitals", payload=payload)
        else:
            named = counter(store.history(patient)) if goes_round else shown
            value = float(shown.payload["il6_pg_ml"]) + 1
            new = NewEntry(
                kind="labs", payload=labs(value), replaces=named.entry_id, reason="counted"
            )
        position = seen[-1].position
        try:
            receipt = store.submit(sending(id_, patient, new, who, position), now=NOW)
        except (AlreadyCorrected, StoreBusy) as refused:
            with ward.lock:
                ward.told += isinstance(refused, AlreadyCorrected)
                ward.busy += isinstance(refused, StoreBusy)
            continue
        with ward.lock:
            ward.receipts.append((position, receipt))
            if turn % 3 == 0:
                ward.added.add(id_)
            else:
                ward.corrected[patient] = ward.corrected.get(patient, 0) + 1


def crowd(url: str, *, goes_round: bool) -> tuple[Ward, int, int]:
    """Fifty people at work; what they were told, corrections lost, and neighbours not told of."""
    prepare(url, PATIENTS)
    ward = Ward()
    with open_store(url) as store:
        begin(store)
        until = time.monotonic() + LONGEST_S
        with ThreadPoolExecutor(PEOPLE) as people:
            work = [
                people.submit(person, store, number, until, ward, goes_round=goes_round)
                for number in range(PEOPLE)
            ]
        for one in work:
            one.result()
        final = {f"p{number}": store.history(f"p{number}") for number in range(PATIENTS)}
        assert store.verify() == []
    lost = sum(
        ward.corrected.get(patient, 0) - int(counter(entries).payload["il6_pg_ml"])
        for patient, entries in final.items()
    )
    kept = {one.submission_id for entries in final.values() for one in entries}
    lost += len({receipt.submission_id for _, receipt in ward.receipts} - kept)
    return ward, lost, sum(not was_told(seen, one, final) for seen, one in ward.receipts)


def was_told(seen: int, receipt: Receipt, final: dict[str, tuple[Entry, ...]]) -> bool:
    """Whether the answer named exactly what others had stored since the screen was drawn."""
    mine = receipt.entries[0]
    between = [
        one.entry_id
        for one in final[receipt.patient_id]
        if seen < one.position < mine.position and one.recorded_by != mine.recorded_by
    ]
    return [one.entry_id for one in receipt.others_since] == between


def at_once(url: str, control_url: str, report, *, on: str) -> None:
    ward, lost, untold = crowd(url, goes_round=False)
    control, control_lost, _ = crowd(control_url, goes_round=True)
    acknowledged = len(ward.receipts)
    report(
        "P-14", n=acknowledged, bad=lost + untold, control_bad=control_lost,
        control_n=len(control.receipts), people=PEOPLE, patients=PATIENTS,
        told_of_another=ward.told + sum(bool(one.others_since) for _, one in ward.receipts),
        busy=ward.busy, on=on, control="names-the-newest-entry",
    )  # fmt: skip
    assert acknowledged >= ENOUGH / 2, "hardly anything was saved: nothing was tested"
    assert ward.told > 0, "nobody ever met anybody: nothing was tested"
    assert (lost, untold) == (0, 0)
    assert control_lost > 0, "the control lost nothing: this test proves nothing"


@pytest.mark.timeout(1200)
def test_fifty_people_lose_nothing_on_sqlite(tmp_path: Path, report) -> None:
    at_once(
        f"sqlite:///{tmp_path / 'a.sqlite3'}", f"sqlite:///{tmp_path / 'b.sqlite3'}", report,
        on="sqlite",
    )  # fmt: skip


@pytest.mark.timeout(1200)
def test_fifty_people_lose_nothing_on_postgresql(postgres: OwnServer, report) -> None:
    at_once(postgres.new_database(), postgres.new_database(), report, on="postgresql")
