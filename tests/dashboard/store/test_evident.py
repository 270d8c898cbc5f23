"""Every way of tampering is evident, and both databases come to the same journal."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

from dashboard.store import Store, open_store
from dashboard.store.examining import examine
from tests.dashboard.store.forms import T0, WARD, admit, at, correction, form, vitals
from tests.dashboard.store.test_guarding import ALTERED, REMOVED, acknowledge, tamper
from tests.postgres import OwnServer


def _filled(url: str) -> Store:
    store = open_store(url)
    store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
    store.add_ward("w2", "Ward Two", is_sample=False, now=T0)
    admit(store)
    admit(store, "p2")
    for minute in range(4):
        store.submit(form(vitals(38.0 + minute, at(minute)), vitals(37.0, at(minute))), now=at(5))
    acknowledge(store)
    return store


def _rows(place: str) -> list[int]:
    """What somebody without digests would compare: how many rows each table has."""
    with sqlite3.connect(place) as connection:
        names = ("entry", "acknowledgement", "ward_version", "ward")
        return [connection.execute(f"SELECT count(*) FROM {n}").fetchone()[0] for n in names]


def test_every_tampering_is_found_where_counting_rows_misses_most(
    tmp_path: Path, report: Callable[..., None]
) -> None:
    where = "WHERE patient_id = 'p1' AND position = 4"
    ways = [[f"UPDATE entry SET {change} {where}"] for change, _ in ALTERED]
    ways += [statements for statements, _ in REMOVED]
    unseen = missed = 0
    for number, statements in enumerate(ways):
        url = f"sqlite:///{tmp_path / f'{number}.sqlite3'}"
        with _filled(url) as store:
            assert store.verify() == []
            before = _rows(store.place)
            tamper(store, url, *statements)
            unseen += store.verify() == []
            missed += _rows(store.place) == before
    report("P-17", n=len(ways), bad=unseen, control_bad=missed, on="sqlite")
    assert unseen == 0
    assert len(ways) >= 25
    assert missed > len(ways) / 2


def _work(store: Store, seed: int, operations: int) -> None:
    """A ward's day, the same for the same seed: sets, corrections, acknowledgements."""
    chance = random.Random(seed)
    known: list[tuple[str, str]] = []
    for minute in range(operations):
        patient = f"p{chance.randint(1, 3)}"
        mine = [entry for whose, entry in known if whose == patient]
        if mine and chance.random() < 0.3:
            entry = mine.pop(chance.randrange(len(mine)))
            known.remove((patient, entry))
            new = correction(entry, round(chance.uniform(36, 41), 1))
        else:
            new = vitals(round(chance.uniform(36, 41), 1), at(minute))
        sent = form(new, patient=patient, submission_id=f"s{seed}-{minute}")
        receipt = store.submit(sent, now=at(minute))
        known.append((patient, receipt.entries[0].entry_id))
        if chance.random() < 0.1:
            again = store.submit(sent, now=at(minute))  # pressed twice
            assert not again.stored


def _journal(store: Store) -> list[tuple[object, ...]]:
    return [
        (one.position, one.kind, one.payload, one.observed_at, one.recorded_at, one.reason)
        for patient in ("p1", "p2", "p3")
        for one in store.history(patient)
    ]


def test_the_same_work_gives_the_same_journal_on_both_databases(
    tmp_path: Path, postgres: OwnServer, report: Callable[..., None]
) -> None:
    seeds, operations = range(4), 25
    differing = control = 0
    for seed in seeds:
        urls = (f"sqlite:///{tmp_path / f'{seed}.sqlite3'}", postgres.new_database())
        journals, shorter = [], []
        for url in urls:
            with open_store(url) as store:
                store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
                for patient in ("p1", "p2", "p3"):
                    admit(store, patient)
                _work(store, seed, operations - 1)
                shorter.append(_journal(store))
                _work(store, seed + 1000, 1)
                journals.append(_journal(store))
                assert store.verify() == []
            assert examine(url).faults == ()
        differing += journals[0] != journals[1]
        control += journals[0] != shorter[1]
    report("P-20", n=len(seeds) * operations, bad=differing, control_bad=control)
    assert differing == 0
    assert control == len(seeds)
