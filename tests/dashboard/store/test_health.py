"""Damage is noticed when it is read and ends all writing; a full disk is remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.store import DiskFull, Store, StoreDamaged, StoreError, open_store
from dashboard.store.examining import examine
from tests.dashboard.store.forms import T0, WARD, admit, at, form, vitals
from tests.dashboard.store.test_guarding import tamper


def ward_of_one(store: Store, sets: int = 1) -> None:
    admit(store)
    for minute in range(sets):
        store.submit(form(vitals(38.6, at(minute))), now=at(minute))


def test_a_file_that_is_no_database_is_named_as_damaged(tmp_path: Path) -> None:
    file = tmp_path / "ward.sqlite3"
    file.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreDamaged, match=r"damaged.*restore the last backup.*on paper"):
        open_store(f"sqlite:///{file}")
    assert file.read_bytes() == b"not a database" * 1000


def test_a_schema_whose_fault_cannot_be_told_is_damage(sqlite_url: str, tmp_path: Path) -> None:
    """Found by the bit flips: the driver fails to decode SQLite's own complaint."""
    open_store(sqlite_url).close()
    file = tmp_path / "ward.sqlite3"
    content = file.read_bytes()
    assert content.count(b"CREATE TABLE entry") == 1
    file.write_bytes(content.replace(b"CREATE TABLE entry", b"\xe3REATE TABLE entry"))
    with pytest.raises(StoreDamaged):
        open_store(sqlite_url)
    assert examine(sqlite_url).faults


def test_pages_that_break_while_the_server_runs_stop_all_writing(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_store(sqlite_url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        ward_of_one(store, 40)
        assert store.health.damage is None
        file = tmp_path / "ward.sqlite3"
        content = bytearray(file.read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        store._engines.dispose()  # what was read before is forgotten, as under pressure
        file.write_bytes(content)
        with pytest.raises(StoreDamaged, match="damaged"):
            store.history("p1")
        assert store.health.damage is not None
        with pytest.raises(StoreDamaged, match="not saved"):
            store.submit(form(vitals()), now=at(90))
        assert "the database is damaged" in store.ready()[0]
        assert file.read_bytes() == content, "nothing more is written to a damaged file"
    with pytest.raises(StoreDamaged):
        open_store(sqlite_url)


ALTERED: dict[str, tuple[str, Callable[[Store], object]]] = {
    "an entry": (
        "UPDATE entry SET payload = replace(payload, '38.6', '36.6') WHERE position = 2",
        lambda store: store.history("p1"),
    ),
    "its time": (
        "UPDATE entry SET observed_at = recorded_at, recorded_by = 'x' WHERE position = 2",
        lambda store: store.history("p1"),
    ),
    "an acknowledgement": (
        "UPDATE acknowledgement SET reason = 'gone home'",
        lambda store: store.acknowledgements("p1"),
    ),
    "a decision": ("UPDATE decision SET dose_mg = 56.0", lambda store: store.decisions("p1")),
    "a choice": (
        "UPDATE protocol_choice SET protocol_id = 'sitc-2020'",
        lambda store: store.protocol_choices(WARD),
    ),
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_is_not_shown_and_stops_all_writing(
    store: Store, url: str, what: str
) -> None:
    ward_of_one(store)
    store.acknowledge(
        acknowledgement_id="a1", ward_id=WARD, patient_id="p1", alert_id="t01", grade_seen=None,
        seen_position=2, reason="seen", recorded_by="n", role="nurse", now=at(3),
    )  # fmt: skip
    store.decide(
        decision_id="d1", ward_id=WARD, patient_id="p1", rule="r", protocol="p", advise="give",
        choice="confirmed", dose_mg=560.0, reason=None, seen_position=2, recorded_by="d",
        role="physician", now=at(4),
    )  # fmt: skip
    store.choose_protocol(
        choice_id="c1", ward_id=WARD, scope="car-t", protocol_id="asco-2021", reason="rule",
        recorded_by="d", role="physician", now=at(5),
    )  # fmt: skip
    statement, read = ALTERED[what]
    read(store)
    tamper(store, url, statement)
    with pytest.raises(StoreDamaged, match=r"row \d+ is not what was recorded") as refused:
        read(store)
    assert "36.6" not in str(refused.value), "no value travels in an error"
    with pytest.raises(StoreDamaged, match="not saved"):
        store.submit(form(vitals()), now=at(6))


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_time_turned_to_nonsense_is_damage_and_not_a_crash(store: Store) -> None:
    ward_of_one(store)
    tamper(store, "sqlite", "UPDATE entry SET observed_at = 'yesterday' WHERE position = 2")
    with pytest.raises(StoreDamaged, match="cannot be read"):
        store.history("p1")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_bytes_that_are_no_text_are_refused_and_not_a_crash(store: Store) -> None:
    ward_of_one(store)
    tamper(store, "sqlite", "UPDATE entry SET payload = CAST(x'ff7b7d' AS TEXT) WHERE position = 2")
    with pytest.raises(StoreError):
        store.history("p1")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_full_disk_is_remembered_until_an_entry_has_gone_in(store: Store) -> None:
    """SQLite's own page limit gives the same answer as a full disk."""
    ward_of_one(store)
    assert not store.health.is_full
    with store._engines.write.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # it takes the present size
    refused = False
    for minute in range(400):
        try:
            store.submit(form(vitals(taken_at=at(minute))), now=at(500))
        except DiskFull:
            refused = True
            break
    assert refused
    assert store.health.is_full
    assert store.ready() == [], "the check itself writes nothing and must not clear the warning"
    assert store.health.is_full
    with store._engines.write.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    store.submit(form(vitals()), now=at(501))
    assert not store.health.is_full


def test_free_room_is_known_for_a_file_only(store: Store, url: str) -> None:
    free = store.free_bytes()
    assert (free is None) is url.startswith("postgresql")
    assert free is None or free > 0


def test_one_store_does_not_speak_for_another(tmp_path: Path) -> None:
    with (
        open_store(f"sqlite:///{tmp_path / 'a'}") as one,
        open_store(f"sqlite:///{tmp_path / 'b'}") as other,
    ):
        one.health.note_damage("x")
        other.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        with pytest.raises(StoreDamaged):
            one.add_ward(WARD, "Ward One", is_sample=False, now=T0)
