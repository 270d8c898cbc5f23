"""
P-23: the patient on the form is the patient saved, whatever other tabs of the browser show.

The control is what a "current patient" in the session would have done with the same moves.
"""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.store import NewEntry, StoreError, Submission, open_store
from tests.browser.bedside import field, idle, read_back, save, type_into
from tests.browser.conftest import WARD
from tests.dashboard.small_cases import quiet_case
from tests.serving import Server

ROUNDS = 12 if os.environ.get("TOXWATCH_LONG") == "1" else 2
SEED = 23
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def stored(server: Server) -> list[tuple[str, str]]:
    """Patient and payload of every set that was saved."""
    path = server.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as opened:
        query = "SELECT patient_id, payload FROM entry WHERE kind = 'vitals' ORDER BY seq"
        return opened.execute(query).fetchall()


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_two_tabs_save_each_for_their_own_patient(take_seat, ward_server: Server, report) -> None:
    """Both forms are filled before either is saved; one tab is reloaded in between."""
    people = ["tab-left", "tab-right"]
    refs = {}
    with open_store(ward_server.database) as store:
        now = datetime.now(UTC)
        for name in people:
            receipt = store.import_case(
                quiet_case(name, now), ward_id=WARD, recorded_by="file", now=now
            )
            refs[name] = receipt.entries[0].entry_id.replace("-", "")[:16]
    seat = take_seat()
    seat.sign_on("AB", "nurse")
    chance = random.Random(SEED)
    meant: dict[str, str] = {}
    last_opened = control_bad = 0
    for turn in range(ROUNDS):
        tabs = {}
        order = people if turn % 2 else people[::-1]
        for place, name in enumerate(order):
            page = seat.open(f"/enter?p={refs[name]}")
            field(page, "Temperature (°C)").wait_for()
            value = f"{36.1 + turn * 0.2 + place * 0.1:.1f}"
            type_into(page, "Temperature (°C)", value)
            meant[value], tabs[name] = name, page
            last_opened = place
        chance.choice([*tabs.values()]).reload()
        for place, name in enumerate(order):
            page = tabs[name]
            page.bring_to_front()
            idle(page)
            field(page, "Temperature (°C)").wait_for()
            assert page.get_by_text(name).first.is_visible()
            read_back(page)
            save(page)
            control_bad += place != last_opened  # a patient of the session: the last one opened
        for page in tabs.values():
            page.close()
    found = [
        (patient, value)
        for patient, payload in stored(ward_server)
        for value in meant
        if patient in people and f'"temperature_c":{value}' in payload.replace(" ", "")
    ]
    bad = sum(meant[value] != patient for patient, value in found)
    report("P-23", n=len(found), bad=bad, control_bad=control_bad)
    assert len(found) == 2 * ROUNDS
    assert control_bad > 0
    assert bad == 0


def test_a_patient_of_another_ward_is_refused_by_the_store(tmp_path: Path, report) -> None:
    """A form that names patient and ward wrongly together stores nothing anywhere."""
    tried = refused = 0
    with open_store(f"sqlite:///{tmp_path / 'ward.sqlite3'}") as store:
        for ward in ("w1", "w2"):
            store.add_ward(ward, ward, is_sample=False, now=NOW)
            store.import_case(
                quiet_case(f"p-{ward}", NOW), ward_id=ward, recorded_by="file", now=NOW
            )
        before = [len(store.history(f"p-{ward}")) for ward in ("w1", "w2")]
        reading = NewEntry(
            kind="vitals", payload={"taken_at": NOW.isoformat(), "temperature_c": 38.6}
        )
        for ward, patient in (("w1", "p-w2"), ("w2", "p-w1"), ("w1", "p-none"), ("w3", "p-w1")):
            form = Submission(
                submission_id=f"form-{tried}", ward_id=ward, patient_id=patient,
                entries=(reading,), recorded_by="AB", role="nurse",
            )  # fmt: skip
            tried += 1
            try:
                store.submit(form, now=NOW)
            except StoreError:
                refused += 1
        after = [len(store.history(f"p-{ward}")) for ward in ("w1", "w2")]
        right = Submission(
            submission_id="form-right", ward_id="w1", patient_id="p-w1", entries=(reading,),
            recorded_by="AB", role="nurse",
        )  # fmt: skip
        assert store.submit(right, now=NOW).stored
    report("P-23", n=tried, bad=tried - refused, what="other-ward")
    assert before == after
    assert refused == tried
