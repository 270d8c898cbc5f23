"""A ward on SQLite and on PostgreSQL whose program keeps what it says, and a clock to turn."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard import session, ward
from dashboard.as_of import noting, recording, replaying
from dashboard.store import Entry, NewEntry, Receipt, Store, Submission
from tests.dashboard.small_cases import case, exam, vitals
from tests.postgres import OwnServer, own_postgres

START = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
WARD = "w1"
FOLDER = "TOXWATCH_PROTOCOLS"


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnServer]:
    """One server for the whole run."""
    with own_postgres() as server:
        yield server


class Place:
    """A ward whose clock the test turns, and whose program keeps what it says."""

    def __init__(self, store: Store, url: str, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.store = store
        self.url = url
        self.folder = folder
        self._patch = patch

    def clock(self, minutes: float) -> datetime:
        """Turn the clock to so many minutes after the start."""
        moment = START + timedelta(minutes=minutes)
        self._patch.setenv(session.FIXED_CLOCK, moment.isoformat())
        return moment

    def enter(self, minutes: float, payload: dict[str, Any], **more: Any) -> Receipt:
        """One entry at that minute, then what the screens say of it is kept."""
        moment = self.clock(minutes)
        kind = more.pop("kind", "vitals")
        entry = NewEntry(kind=kind, payload=payload, **more)
        receipt = self.store.submit(
            Submission(
                submission_id=str(uuid.uuid4()), ward_id=WARD, patient_id="p1", entries=(entry,),
                recorded_by="AB", role="nurse",
            ),
            now=moment,
        )  # fmt: skip
        self.say(minutes)
        return receipt

    def say(self, minutes: float) -> int:
        """Draw the board at that minute, and keep what it says."""
        self.clock(minutes)
        recording.look_round()
        return recording.flush()

    def entries(self, kind: str) -> list[Entry]:
        """The live entries of one kind."""
        return [one for one in self.store.history("p1") if one.kind == kind and one.is_live]

    def choose(self, minutes: float, protocol: str | None) -> None:
        """The ward follows this protocol from then on."""
        moment = self.clock(minutes)
        self.store.choose_protocol(
            choice_id=str(uuid.uuid4()), ward_id=WARD, scope="car-t", protocol_id=protocol,
            reason="ward rule", recorded_by="Dr B", role="physician", now=moment,
        )  # fmt: skip
        self.say(minutes)


def forget() -> None:
    """Drop what this process remembers of any store."""
    ward.forget()
    replaying.forget()
    noting.end()


def open_place(url: str, patch: pytest.MonkeyPatch, folder: Path) -> Place:
    """One ward with one patient, admitted at the start."""
    patch.setenv(session.DATABASE, url)
    patch.setenv(session.ZONE, "UTC")
    patch.setenv(FOLDER, str(folder))
    session.close_stores()
    forget()
    recording.begin()
    place = Place(session.live_store(), url, patch, folder)
    moment = place.clock(0)
    place.store.add_ward(WARD, "Ward One", is_sample=True, now=moment)
    before = moment - timedelta(minutes=10)
    text = case("p1", moment, sets=[vitals(before)], exams=[exam(before)])
    text["patient"] |= {"weight_kg": 70.0, "weight_recorded_at": before.isoformat()}
    place.store.import_case(text, ward_id=WARD, recorded_by="file", now=moment)
    place.say(0)
    return place


@pytest.fixture(params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """The ward, once on each kind of database."""
    folder = tmp_path / "rules"
    folder.mkdir()
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ward.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres").new_database()
    yield open_place(url, monkeypatch, folder)
    session.close_stores()
    forget()


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The ward on SQLite alone, for what does not depend on the database."""
    folder = tmp_path / "rules"
    folder.mkdir()
    yield open_place(f"sqlite:///{tmp_path / 'ward.sqlite3'}", monkeypatch, folder)
    session.close_stores()
    forget()
