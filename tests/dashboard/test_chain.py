"""Nobody acknowledged it: since when, whom to call by now, and that it only rises."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard import ward
from dashboard.alerts import Alert, alerts_of, seen_now, seen_text
from dashboard.chain import Called, in_order, rules, said, waiting_of
from dashboard.parts.work.called import calls_of, waiting
from dashboard.store import Acknowledgement
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import FEVER, LOW, case, exam, quiet_case, vitals
from toxmodels import assess, load_case
from toxmodels.course import Walk
from toxmodels.escalation import Call, Flag, Look, collapse, standing
from toxmodels.site import site
from toxmodels.sources import Cite

CITE = Cite("site-defaults", "test", "house")


def _min(minutes: float):
    return NOW + timedelta(minutes=minutes)


def _flag(urgency="emergency"):
    return Flag("f", urgency, "says", "action", "physician", CITE)


def _tap(minutes: float):
    return Acknowledgement(
        acknowledgement_id="a",
        ward_id="w",
        patient_id="p",
        position=1,
        alert_id="f",
        grade_seen=None,
        seen_position=4,
        reason="Expected",
        recorded_by="AB",
        role="nurse",
        recorded_at=_min(minutes),
    )


def _waiting(
    *calls, at=0.0, urgency="emergency", seen=None, again=None, changed=None, longer=False
):
    alert = Alert(_flag(urgency), is_open=True, acknowledged=seen, again=again)
    made = tuple(Call(_min(minutes), level) for minutes, level in calls)
    return waiting_of("p", alert, Called(made, longer), _min(at), lambda _: changed)


@pytest.mark.parametrize(
    ("urgency", "age", "whom", "next_at"),
    [
        ("emergency", 4, None, 5),
        ("emergency", 5, "nurse in charge", 10),
        ("emergency", 9, "nurse in charge", 10),
        ("emergency", 10, "physician on call", 15),
        ("emergency", 15, "senior physician on call", None),
        ("emergency", 999, "senior physician on call", None),
        ("urgent", 29, None, 30),
        ("urgent", 30, "nurse in charge", 60),
        ("urgent", 60, "physician on call", None),
        ("soon", 239, None, 240),
        ("soon", 240, "nurse in charge", None),
    ],
)
def test_each_step_of_the_packaged_chains(urgency, age, whom, next_at):
    found = _waiting((0, urgency), at=age, urgency=urgency)
    assert (None if found.now is None else found.now.whom) == whom
    assert (None if found.next is None else found.next.at) == (
        None if next_at is None else _min(next_at)
    )
    assert found.age == timedelta(minutes=age)


def test_it_says_how_long_and_whom_to_call():
    assert said(_waiting((0, "emergency"), at=12)) == (
        "unacknowledged for 12 min: call the physician on call"
    )
    assert said(_waiting((0, "emergency"), at=3)) == "unacknowledged for 3 min"
    assert said(_waiting((0, "urgent"), at=90, longer=True)).startswith(
        "unacknowledged for more than 1 h 30 min"
    )


def test_an_alarm_that_rises_keeps_whom_it_had_come_to():
    calls = ((0, "urgent"), (61, "emergency"))
    before = _waiting(calls[0], at=60, urgency="urgent")
    after = _waiting(*calls, at=62)
    assert before.now.whom == after.now.whom == "physician on call"
    assert after.since == _min(0)
    assert after.next.whom == "senior physician on call"
    assert after.next.at == _min(76)


def test_what_cannot_be_worked_out_is_called_about_at_once():
    found = _waiting(at=0)
    assert found.age is None
    assert said(found) == (
        "unacknowledged, for how long could not be worked out: call the nurse in charge"
    )


def test_asking_again_counts_from_when_it_asks_again():
    up = _waiting((0, "emergency"), at=20, seen=_tap(2), again="its time is up")
    assert up.since == _min(17), "15 minutes after the tap"
    new = _waiting(
        (0, "emergency"), at=20, seen=_tap(2), again="new observations", changed=_min(12)
    )
    assert new.since == _min(12)
    opened = _waiting((0, "emergency"), at=20, seen=_tap(2), again="a grade is worse")
    assert opened.since == _min(2), "nothing stored since: the tap is the last certain moment"
    called = _waiting((0, "urgent"), (9, "emergency"), at=20, seen=_tap(2), again="it had risen")
    assert called.since == _min(9)
    assert called.now.whom == "physician on call"


def test_a_call_that_may_be_older_than_the_tap_is_not_a_new_one():
    found = _waiting(
        (5, "urgent"), at=300, urgency="urgent", seen=_tap(2), again="its time is up", longer=True
    )
    assert found.since == _min(242)
    assert not found.or_longer


def test_the_most_urgent_and_the_longest_stand_first():
    calls = {"b": ((0, "urgent"), "urgent"), "a": ((5, "emergency"), "emergency")}
    found = [_waiting(call, at=30, urgency=level) for call, level in calls.values()]
    found.append(_waiting((1, "emergency"), at=30))
    assert [one.age for one in in_order(found)] == [
        timedelta(minutes=29),
        timedelta(minutes=25),
        timedelta(minutes=30),
    ]


def test_every_chain_only_rises_and_is_named():
    assert set(site().chain) == {"emergency", "urgent", "soon"}
    assert rules()["emergency"].startswith("nurse in charge after 5 min, physician on call")
    longest = [chain[-1][0] for chain in site().chain.values()]
    assert longest == sorted(longest)


# The calls, off real records


def _case(**given):
    made = {"sets": [vitals(_min(-60))], "exams": [exam(_min(-60))], **given}
    return load_case(json.dumps(case("p-1", NOW, **made)))


def _open(walk, at):
    flags = [one for one in standing(walk, at).flags if one.urgency != "info"]
    return calls_of(walk, at, flags)


def test_it_counts_from_the_reading_and_not_from_the_look():
    sets = [
        vitals(_min(-240)),
        vitals(_min(-50), **FEVER, **LOW),
        vitals(_min(-10), **FEVER, **LOW),
    ]
    walk = Walk(_case(sets=sets))
    found = _open(walk, NOW)
    assert found, "a low pressure with fever calls somebody"
    assert min(one.calls[0].at for one in found.values()) == _min(-50)
    assert _open(walk, _min(3)).keys() >= found.keys()


def test_what_came_with_time_keeps_its_minute_and_no_entry_makes_it_younger():
    sets = [vitals(_min(-700)), vitals(_min(-600))]
    exams = [exam(_min(-600))]
    walk = Walk(_case(sets=sets, exams=exams))
    (oldest,) = {_open(walk, _min(at))["t14"].calls[0].at for at in (-100, -30, 0)}
    assert oldest == _min(-119), "every 4 h: due at -360, a whole interval beyond that"
    more = Walk(_case(sets=sets, exams=[*exams, exam(_min(-20))]))
    assert _open(more, NOW)["t14"].calls[0].at == oldest


@pytest.mark.parametrize("given", ["overdue", "fever"])
def test_the_calls_are_those_of_a_look_at_every_minute(given):
    sets = {
        "overdue": [vitals(_min(-1000)), vitals(_min(-540))],
        "fever": [vitals(_min(-500)), vitals(_min(-320), **FEVER), vitals(_min(-200), **FEVER)],
    }[given]
    walk = Walk(_case(sets=sets, exams=[exam(_min(-480))]))
    found = _open(walk, NOW)
    assert found
    minutes = {_min(-minute) for minute in range(600)}
    times = sorted({*minutes, *(one for one in walk.chart.times(NOW))})
    brute = {
        one.id: tuple(call for call in one.calls if call.urgency != "info")
        for one in collapse(Look(at, standing(walk, at).flags) for at in times)
        if one.closed_at is None
    }
    for id_, called in found.items():
        assert len(called.calls) == len(brute[id_]), id_
        for mine, theirs in zip(called.calls, brute[id_], strict=True):
            assert mine.urgency == theirs.urgency
            assert abs(mine.at - theirs.at) <= timedelta(minutes=1), id_


def test_a_fault_in_the_calls_leaves_the_alert_on_the_screen(fresh_store, monkeypatch):
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    made = case("p-1", NOW, sets=[vitals(_min(-60), **FEVER, **LOW)], exams=[exam(_min(-60))])
    fresh_store.import_case(made, ward_id="w", recorded_by="t", now=NOW)
    fresh_store.import_case(quiet_case("p-2", NOW), ward_id="w", recorded_by="t", now=NOW)
    assert waiting(ward.patient_state("p-2")) == ()

    def broken(*_):
        raise ValueError("on purpose")

    monkeypatch.setattr("dashboard.parts.work.called.calls_of", broken)
    (state,) = [row for row in ward.board_rows("w") if row.patient_id == "p-1"]
    found = waiting(state)
    assert len(found) == len(state.open_alerts) > 0
    assert all(one.age is None and one.now is not None for one in found)


def test_alerts_of_says_time_is_up_in_the_words_the_chain_knows():
    walk = Walk(_case(sets=[vitals(_min(-60), **FEVER, **LOW)]))
    found = assess(walk, at=NOW).model_copy(update={"flags": (_flag(),)})
    tap = _tap(-20)
    (alert,) = alerts_of(
        found,
        [_seen(tap, found)],
        until=NOW,
        newest_observation=4,
        looks_since=lambda _: (),
    )
    again = waiting_of("p", alert, Called((Call(_min(-30), "emergency"),)), NOW, lambda _: None)
    assert again.since == _min(-5)


def _seen(tap, found):
    return replace(tap, grade_seen=seen_text(seen_now(found, _flag())))
