"""What people see when the database is damaged, full, or not backed up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session, ward
from dashboard.parts import keeping
from dashboard.store import DiskFull, Store
from dashboard.store.backing_up import back_up
from tests.dashboard import test_enter
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import case, vitals
from tests.dashboard.store.forms import T0, form
from tests.dashboard.store.forms import vitals as a_set
from tests.dashboard.store.test_guarding import tamper
from tests.dashboard.test_enter import (
    PATIENT,
    entered,
    opened,
    page_text,
    pressed,
    typed,
)
from tests.health.tree import ROOT

entry_page = test_enter.store  # the fixture of that page: a ward with one patient
APP = str(ROOT / "dashboard" / "app.py")
WAIT_S = 60


def markup(app: AppTest) -> str:
    assert not app.exception, app.exception
    return " ".join(element.proto.body for element in app.get("html"))


@pytest.fixture
def ward_of_one(fresh_store: Store) -> Store:
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    fresh_store.import_case(
        case("p1", NOW, sets=[vitals(NOW - timedelta(hours=1), temperature_c=39.4)], exams=[]),
        ward_id="w", recorded_by="t", now=NOW,
    )  # fmt: skip
    beside = case(
        "quiet", NOW, sets=[vitals(NOW - timedelta(hours=1), temperature_c=37.9)], exams=[]
    )
    fresh_store.import_case(beside, ward_id="w", recorded_by="t", now=NOW)
    return fresh_store


def run() -> AppTest:
    return AppTest.from_file(APP, default_timeout=WAIT_S).run()


def test_a_healthy_store_says_nothing(ward_of_one: Store) -> None:
    said = markup(run())
    assert "DAMAGED" not in said
    assert "FULL" not in said


def test_an_altered_entry_is_said_on_every_page_and_not_graded(ward_of_one: Store) -> None:
    tamper(
        ward_of_one, "sqlite",
        "UPDATE entry SET payload = replace(payload, '39.4', '36.4') WHERE kind = 'vitals'",
    )  # fmt: skip
    ward.forget()
    app = run()
    said = markup(app)
    assert "THE DATABASE IS DAMAGED" in said
    assert "bedside chart" in said
    assert "36." not in said, "the altered value is nowhere on the board"
    assert "row 2 is not what was recorded" in said or "row 3 is not what was recorded" in said
    assert "quiet" in said, "the patient beside is still on the board"
    assert "37.9" in said, "with what was recorded"
    assert "THE DATABASE IS DAMAGED" in markup(run()), "and it stays"


def test_a_broken_file_is_said_instead_of_half_a_page(ward_of_one: Store) -> None:
    file = Path(ward_of_one.place)
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    ward_of_one._engines.dispose()
    file.write_bytes(content)
    ward.forget()
    said = markup(run())
    assert "THE DATABASE IS DAMAGED" in said
    assert "restore the last backup" in said


def test_a_full_disk_is_said_on_every_page_and_reading_goes_on(ward_of_one: Store) -> None:
    ward_of_one.health.is_full = True
    said = markup(run())
    assert "THE DISK OF THE DATABASE IS FULL" in said
    assert "p1" in said, "the board is still drawn"


def test_a_form_that_meets_a_full_disk_stays_filled(entry_page: Store) -> None:
    """SQLite's own page limit gives the same answer as a full disk."""
    store = entry_page
    at = pressed(typed(opened(), temperature_c=38.2), "review")
    with store._engines.write.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # it takes the present size
    refused = 0
    while refused < 5:  # until not even a small set fits
        try:
            store.submit(form(a_set(taken_at=T0), patient=PATIENT), now=NOW)
        except DiskFull:
            refused += 1
    at = pressed(at, "save")
    said = page_text(at)
    assert "not saved: the disk is full" in said
    assert "The form keeps what you typed" in said
    assert "38.2" in said, "what was typed is still there"
    assert not any(one.payload.get("temperature_c") == 38.2 for one in entered(store))
    assert store.health.is_full
    with store._engines.write.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    pressed(at, "save")
    assert entered(store)[-1].payload["temperature_c"] == 38.2
    assert not store.health.is_full


def test_the_age_of_the_last_backup_is_said(ward_of_one: Store, tmp_path: Path) -> None:
    said, is_well = keeping_line(ward_of_one, 0)
    assert "No backup" in said
    assert not is_well
    back_up(f"sqlite:///{ward_of_one.place}", tmp_path / "copy", now=NOW, who="admin")
    said, is_well = keeping_line(ward_of_one, 3)
    assert said.startswith("Last backup 3 h")
    assert "ago (20-Mar-2026 12:00)" in said
    assert is_well
    said, is_well = keeping_line(ward_of_one, 24)
    assert is_well
    said, is_well = keeping_line(ward_of_one, 24.1)
    assert "older than 24 hours: run toxwatch backup" in said
    assert not is_well


def keeping_line(opened_store: Store, hours: float) -> tuple[str, bool]:
    return keeping.backup_line(opened_store, NOW + timedelta(hours=hours))


def _about() -> None:
    from dashboard.views.about import page

    page()


def test_about_shows_how_the_store_is_kept(
    ward_of_one: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = AppTest.from_function(_about, default_timeout=WAIT_S).run()
    assert not app.exception
    assert any("No backup" in one.value for one in app.warning)
    assert any("Free on the disk" in one.value for one in app.markdown)
    back_up(f"sqlite:///{ward_of_one.place}", tmp_path / "copy", now=NOW, who="admin")
    monkeypatch.setattr(Store, "free_bytes", lambda self: 10 * 1024 * 1024)
    app = AppTest.from_function(_about, default_timeout=WAIT_S).run()
    assert not any("ackup" in one.value for one in app.warning)
    assert any("Only 10 MiB are free" in one.value for one in app.warning)
    assert session.store() is ward_of_one
