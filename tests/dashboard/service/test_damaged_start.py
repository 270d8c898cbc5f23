"""A store whose rows were altered, met at the start: the server answers not ready and says why."""

from __future__ import annotations

import gc

from dashboard import asgi, ward
from dashboard.observing.routes import reasons
from dashboard.store import Store
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import quiet_case
from tests.dashboard.store.test_guarding import tamper


def test_damage_met_at_the_start_is_said_and_not_a_failed_start(fresh_store: Store) -> None:
    fresh_store.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    fresh_store.import_case(quiet_case("p1", NOW), ward_id="w1", recorded_by="t", now=NOW)
    assert [one for one in reasons() if "damaged" in one] == []
    tamper(fresh_store, "sqlite", "UPDATE entry SET payload = '{}' WHERE position = 2")
    ward.forget()
    try:
        asgi._get_ready(fresh_store)
    finally:
        gc.unfreeze()
    (said,) = [one for one in reasons() if "damaged" in one]
    assert "is not what was recorded" in said
    assert "restore the last backup" in said
