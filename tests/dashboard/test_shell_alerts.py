"""An acknowledgement quietens an alert only for what was seen; anything worse fires again."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest

from dashboard import session, ward
from dashboard.alerts import alerts_of, read_seen, seen_now, seen_text
from dashboard.session import Person
from dashboard.store import Acknowledgement, NewEntry, Submission
from dashboard.views.board import acknowledge
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import FEVER, LOW, PRESSOR, case, exam, vitals
from toxmodels import assess, load_case
from toxmodels.escalation import Flag, Look
from toxmodels.sources import Cite

NURSE = Person("AB", "nurse")
_tokens = itertools.count()


CITE = Cite("site-defaults", "test", "house")


def _h(hours: float):
    return NOW - timedelta(hours=hours)


def _assessed(urgency, *, at=NOW, flag_id="f", **given):
    """A real assessment that raises one flag of our own."""
    text = json.dumps(
        case("p-1", NOW, **{"sets": [vitals(_h(1))], "exams": [exam(_h(1))], **given})
    )
    flags = (Flag(flag_id, urgency, "says", "action", "physician", CITE),)
    return assess(load_case(text), at=at).model_copy(update={"flags": flags})


def _tapped(before, *, at=NOW, position=4):
    return Acknowledgement(
        acknowledgement_id="a",
        ward_id="w",
        patient_id="p-1",
        position=1,
        alert_id="f",
        grade_seen=seen_text(seen_now(before, before.flags[0])),
        seen_position=position,
        reason="Expected",
        recorded_by="AB",
        role="nurse",
        recorded_at=at,
    )


def _again(after, tapped, *, newest=4, looks=()):
    (alert,) = alerts_of(
        after,
        [tapped],
        until=after.at,
        newest_observation=newest,
        looks_since=lambda _: looks,
    )
    assert alert.is_open is (alert.again is not None)
    return alert.again


def _min(minutes):
    return NOW + timedelta(minutes=minutes)


def _look(minutes, *given):
    if not given:
        return Look(_min(minutes), ())
    flag_id, urgency = (*given, "urgent")[:2]
    return Look(_min(minutes), (Flag(flag_id, urgency, "says", "action", "physician", CITE),))


LOW_NOW = {"sets": [vitals(_h(1), **LOW)]}
FEVER_NOW = {"sets": [vitals(_h(1), **FEVER)]}
LATER = {"at": _min(240), "sets": [vitals(_min(239))]}
FEVER_AND_LOW = {"sets": [vitals(_h(1), **FEVER, **LOW)]}


@pytest.mark.parametrize(
    ("why", "before", "after", "more", "again"),
    [
        ("nothing changed", ("urgent", {}), ("urgent", {}), {}, None),
        ("14 minutes", ("emergency", {}), ("emergency", {"at": _min(14)}), {}, None),
        ("15 minutes", ("emergency", {}), ("emergency", {"at": _min(15)}), {}, "its time is up"),
        ("urgent, an hour", ("urgent", {}), ("urgent", {"at": _min(60)}), {}, None),
        ("urgent, 4 hours", ("urgent", {}), ("urgent", LATER), {}, "its time is up"),
        ("new set", ("emergency", {}), ("emergency", {}), {"newest": 5}, "new observations"),
        ("new set, not grave", ("urgent", {}), ("urgent", {}), {"newest": 5}, None),
        ("grade", ("urgent", FEVER_NOW), ("urgent", FEVER_AND_LOW), {}, "a grade is worse"),
        ("better", ("urgent", FEVER_AND_LOW), ("urgent", FEVER_NOW), {}, None),
        ("sign", ("urgent", {}), ("urgent", LOW_NOW), {}, "a sign is new"),
        ("rank", ("soon", {}), ("urgent", {}), {}, "more urgent than before"),
        ("rank fell", ("emergency", {}), ("urgent", {}), {}, None),
        ("back", ("urgent", {}), ("urgent", {}), {"looks": (_look(1, "f"), _look(2))}, None),
        (
            "an emergency gone and back",
            ("emergency", {}),
            ("emergency", {"at": _min(9)}),
            {"looks": (_look(1, "f", "emergency"), _look(2))},
            "it had gone and came back",
        ),
        (
            "an emergency again",
            ("emergency", {}),
            ("emergency", {"at": _min(9)}),
            {"looks": (_look(1, "f"),)},
            "it had risen",
        ),
        ("raised all along", ("urgent", {}), ("urgent", {}), {"looks": (_look(1, "f"),)}, None),
        (
            "another flag",
            ("urgent", {}),
            ("urgent", {}),
            {"looks": (_look(1, "f", "urgent"),)},
            None,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_when_an_acknowledged_alert_asks_again(why, before, after, more, again):
    tapped = _tapped(_assessed(before[0], **before[1]))
    assert _again(_assessed(after[0], **after[1]), tapped, **more) == again, why


def test_a_wider_open_grade_is_worse():
    missing = {"sets": [vitals(_h(1), **FEVER, oxygen=None)]}
    tapped = _tapped(_assessed("urgent", **FEVER_NOW))
    assert _again(_assessed("urgent", **missing), tapped) == "a grade is worse"


def test_a_tap_made_later_does_not_count_in_a_past_view():
    tapped = _tapped(_assessed("urgent"), at=_min(30))
    (alert,) = alerts_of(
        _assessed("urgent"),
        [tapped],
        until=NOW,
        newest_observation=4,
        looks_since=lambda _: (),
    )
    assert alert.is_open
    assert alert.acknowledged is None


def test_a_note_never_asks():
    (alert,) = alerts_of(
        _assessed("info"), [], until=NOW, newest_observation=4, looks_since=lambda _: ()
    )
    assert not alert.is_open


# With the real store and the real flags


def _admit(store, *sets):
    store.add_ward("w", "Ward", is_sample=False, now=NOW)
    made = case("p-1", NOW, sets=[*sets], exams=[exam(_h(1))])
    store.import_case(made, ward_id="w", recorded_by="t", now=NOW)


def _tap(reason="Seen and acting"):
    state = ward.patient_state("p-1")
    alert = state.open_alerts[0]
    fault = acknowledge(state, alert, reason=reason, person=NURSE, token=f"tap-{next(_tokens)}")
    assert fault is None
    return alert


def test_a_tap_closes_the_alert_and_keeps_who_and_why(fresh_store):
    _admit(fresh_store, vitals(_h(1), **PRESSOR))
    tapped = _tap("Lab or imaging ordered")
    state = ward.patient_state("p-1")
    assert tapped.flag.id not in [one.flag.id for one in state.open_alerts]
    (held,) = [one for one in state.alerts if one.flag.id == tapped.flag.id]
    assert held.acknowledged.reason == "Lab or imaging ordered"
    assert held.acknowledged.recorded_by == "AB"


def test_a_tap_within_the_minute_of_the_drawing_counts_at_once(fresh_store, monkeypatch):
    _admit(fresh_store, vitals(_h(1), **PRESSOR))
    ward.patient_state("p-1")
    monkeypatch.setenv(session.FIXED_CLOCK, (NOW + timedelta(seconds=40)).isoformat())
    tapped = _tap()
    state = ward.patient_state("p-1")
    assert tapped.flag.id not in [one.flag.id for one in state.open_alerts]


def test_a_screen_that_has_not_seen_the_newest_entry_cannot_acknowledge(fresh_store):
    _admit(fresh_store, vitals(_h(1), **PRESSOR))
    state = ward.patient_state("p-1")
    fresh_store.submit(
        Submission(
            submission_id="s-1",
            ward_id="w",
            patient_id="p-1",
            entries=(NewEntry(kind="vitals", payload=vitals(_h(0.5), **PRESSOR)),),
            recorded_by="CD",
            role="nurse",
        ),
        now=NOW,
    )
    fault = acknowledge(state, state.open_alerts[0], reason="Expected", person=NURSE, token="t")
    assert fault is not None
    assert "not acknowledged" in fault
    assert fresh_store.acknowledgements("p-1") == ()


def test_a_double_tap_is_stored_once(fresh_store):
    _admit(fresh_store, vitals(_h(1), **PRESSOR))
    state = ward.patient_state("p-1")
    for _ in range(2):
        acknowledge(state, state.open_alerts[0], reason="Expected", person=NURSE, token="same")
    assert len(fresh_store.acknowledgements("p-1")) == 1


def test_what_was_seen_reads_back():
    assessment = _assessed("urgent", **FEVER_AND_LOW)
    seen = seen_now(assessment, assessment.flags[0])
    assert read_seen(seen_text(seen)) == seen
    assert seen.signs == {"fever", "hypotension"}


@pytest.mark.parametrize("text", [None, "", "CRS 2", "[]", "{}", '{"grades": {"a": 1}}', "null"])
def test_what_cannot_be_read_back_counts_as_not_seen(text):
    assert read_seen(text) is None
