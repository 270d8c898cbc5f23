"""The lines above all advice."""

from __future__ import annotations

import json
from datetime import timedelta

from dashboard import ward
from dashboard.parts.patient.headline import headline
from dashboard.store import Store
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import case, exam, quiet_case, vitals


def _worst(store: Store, told: dict) -> str:
    store.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    store.import_case(json.dumps(told), ward_id="w1", recorded_by="file", now=NOW)
    return headline(ward.patient_state(told["patient"]["id"]))[0]


def test_a_quiet_day_is_0(fresh_store):
    assert _worst(fresh_store, quiet_case("one", NOW)) == "Worst in 24 h: CRS 0, ICANS 0"


def test_a_0_for_want_of_fever_is_not_a_calm_one(fresh_store):
    """A pressure that was low this morning, and has risen since, without fever all day."""
    sets = [vitals(NOW - timedelta(hours=8), hypotensive=True), vitals(NOW - timedelta(hours=1))]
    told = case("one", NOW, sets=sets, exams=[exam(NOW - timedelta(hours=1))])
    assert _worst(fresh_store, told).startswith("Worst in 24 h: CRS 0 (no fever, but signs), ICANS")
