"""The same screens on PostgreSQL: the sample ward on the board, and one more set from a nurse."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import sample_ward, session, ward
from dashboard.states import CRS
from dashboard.store import NewEntry, Submission
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import FEVER, vitals
from tests.health.tree import ROOT
from tests.postgres import own_postgres

APP = str(ROOT / "dashboard" / "app.py")


@pytest.fixture(scope="module")
def address():
    with own_postgres() as server:
        yield server.new_database()


@pytest.fixture
def postgres_store(address, monkeypatch):
    monkeypatch.setenv(session.DATABASE, address)
    monkeypatch.setenv(session.FIXED_CLOCK, NOW.isoformat())
    monkeypatch.setenv(session.ZONE, "UTC")
    session.close_stores()
    ward.forget()
    yield session.store()
    session.close_stores()
    ward.forget()


def test_the_sample_ward_and_a_new_set_stand_on_the_board(postgres_store):
    sample_ward.load_if_empty(postgres_store, now=NOW)
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert not app.exception, app.exception
    markup = " ".join(element.proto.body for element in app.get("html"))
    rows = re.findall(r'<tr class="tw-', markup)
    stories = list(sample_ward.stories_folder().glob("*/case.json"))
    assert len(rows) >= len(stories) >= 12
    (one,) = [found for found in postgres_store.wards() if found.is_sample]
    before = ward.patient_state("demo-01").assessment.grades[CRS]
    entry = NewEntry(kind="vitals", payload=vitals(NOW, **FEVER), observed_at=NOW)
    postgres_store.submit(
        Submission(
            submission_id="once",
            ward_id=one.id,
            patient_id="demo-01",
            entries=(entry,),
            recorded_by="AB",
            role="nurse",
        ),
        now=NOW,
    )
    after = ward.patient_state("demo-01").assessment.grades[CRS]
    assert (before.at_least, after.at_least) == (0, 1)
    assert postgres_store.verify() == []
