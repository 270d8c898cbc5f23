"""P-08: every result that was kept can be worked out again exactly, and a forged one cannot."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable

from sqlalchemy import select

from dashboard import ward
from dashboard.as_of import replaying
from dashboard.as_of.asked import Replay
from dashboard.as_of.replaying import known_patient
from dashboard.sample_ward import stories_folder
from dashboard.states import PatientState
from dashboard.store.canonical import FIRST, canonical_json, row_digest
from dashboard.store.tables import shown
from tests.dashboard.as_of.conftest import WARD, Place

LONG = os.environ.get("TOXWATCH_LONG") == "1"
BY_SIZE = sorted(stories_folder().glob("*/case.json"), key=lambda file: file.stat().st_size)
STORIES = BY_SIZE if LONG else BY_SIZE[:4]  # the shortest every day, all in the long version
ROUNDS = 96 if LONG else 6
EVERY_MIN = 45


def filled(place: Place) -> None:
    """Sample patients on the ward, looked at for hours: values grow old, alarms call and hold."""
    place.choose(1, "asco-2021")
    moment = place.clock(2)
    for number, story in enumerate(STORIES):
        case = json.loads(story.read_text(encoding="utf-8"))
        moved = {**case, "patient": {**case["patient"], "id": f"s{number}"}}
        place.store.import_case(moved, ward_id=WARD, recorded_by="file", now=moment)
    for one in range(ROUNDS):
        place.say(3 + one * EVERY_MIN)
        for state in ward.board_rows(WARD):
            if isinstance(state, PatientState) and state.open_alerts and one % 3 == 1:
                place.store.acknowledge(
                    acknowledgement_id=f"{state.patient_id}-{one}", ward_id=WARD,
                    patient_id=state.patient_id, alert_id=state.open_alerts[0].flag.id,
                    grade_seen=None, seen_position=state.position, reason="seen",
                    recorded_by="AB", role="nurse", now=place.clock(4 + one * EVERY_MIN),
                )  # fmt: skip
        place.say(5 + one * EVERY_MIN)


def replays(place: Place) -> tuple[int, int]:
    """Each kept result shown as of its own time: how many, and how many came out otherwise."""
    replaying.forget()
    n = bad = 0
    for patient_id in place.store.positions(WARD):
        for row in place.store.shown(patient_id):
            one = known_patient(WARD, patient_id, Replay(row.at, "then"))
            assert one.kept is not None
            assert one.kept.shown_id == row.shown_id
            n += 1
            bad += one.verdict != "as-shown"
    return n, bad


def forge(place: Place) -> int:
    """Another grade in every kept result, with correct digests: by somebody who owns the file."""
    with place.store._engines.reading() as connection:
        query = select(shown).order_by(shown.c.patient_id, shown.c.position)
        rows = [dict(row) for row in connection.execute(query).mappings()]
    file = sqlite3.connect(place.store.place, isolation_level=None)
    (guard,) = file.execute("SELECT sql FROM sqlite_master WHERE name = 'shown_no_update'")
    file.execute("DROP TRIGGER shown_no_update")
    previous, whose = FIRST, None
    for row in rows:
        said = json.loads(row["said"])
        for grade in said["grades"].values():
            grade["at_most"] = grade["at_least"] = 4 - grade["at_least"]
        row |= {"said": canonical_json(said)}
        row["previous_digest"] = previous if row["patient_id"] == whose else FIRST
        previous, whose = row_digest(shown, row), row["patient_id"]
        file.execute(
            "UPDATE shown SET said = ?, previous_digest = ?, digest = ? WHERE seq = ?",
            (row["said"], row["previous_digest"], previous, row["seq"]),
        )
    file.execute(*guard)
    file.close()
    assert place.store.verify() == [], "the chain alone cannot see it"
    return len(rows)


def test_every_kept_result_comes_out_again(embedded: Place, report: Callable[..., None]) -> None:
    filled(embedded)
    embedded.clock(3 + ROUNDS * EVERY_MIN + 100)
    ward.forget()  # nothing may come from what was worked out the first time
    n, bad = replays(embedded)
    forged = forge(embedded)
    again, control_bad = replays(embedded)
    report("P-08", n=n, bad=bad, control_bad=control_bad, control_n=forged)
    assert n >= (600 if LONG else 12)
    assert bad == 0
    assert control_bad == again == forged
