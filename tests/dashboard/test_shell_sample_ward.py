"""The sample ward is loaded once, moved to the present, and shows nothing from its future."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from dashboard import sample_ward, ward
from dashboard.sample_ward import RECORDED_BY, WARD_ID, as_known_at, load_if_empty
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import case, exam, vitals


def _h(hours: float):
    return NOW + timedelta(hours=hours)


@pytest.fixture
def stories(tmp_path):
    """Two stories of long ago: one says what to show, the other does not."""
    long_ago = NOW - timedelta(days=200)
    for name, told in (("demo-01", 'show_at = "{}"'), ("demo-02", "")):
        folder = tmp_path / "stories" / name
        folder.mkdir(parents=True)
        sets = [vitals(long_ago + timedelta(hours=hour)) for hour in (-8, -4, 0, 4)]
        exams = [exam(long_ago - timedelta(hours=1))]
        made = case(name, long_ago, sets=sets, exams=exams)
        (folder / "case.json").write_text(json.dumps(made))
        (folder / "story.toml").write_text(told.format(long_ago.isoformat()))
    return tmp_path / "stories"


def test_the_moment_of_each_story_is_the_first_start(fresh_store, stories):
    loaded = load_if_empty(fresh_store, now=NOW, folder=stories)
    assert loaded is not None
    assert loaded.is_sample
    told, untold = ward.patient_state("demo-01"), ward.patient_state("demo-02")
    assert [one.taken_at for one in told.case.vitals] == [_h(-8), _h(-4), _h(0)], "no future"
    assert [one.taken_at for one in untold.case.vitals] == [_h(-12), _h(-8), _h(-4), _h(0)]
    assert told.case.therapy.started_at == NOW - timedelta(days=3)
    assert {one.recorded_by for one in fresh_store.history("demo-01")} == {RECORDED_BY}


def test_a_second_start_loads_nothing_twice(fresh_store, stories):
    load_if_empty(fresh_store, now=NOW, folder=stories)
    before = fresh_store.version(WARD_ID)
    load_if_empty(fresh_store, now=_h(30), folder=stories)
    assert fresh_store.version(WARD_ID) == before


def test_an_interrupted_first_start_is_completed_in_the_same_times(fresh_store, stories):
    late = stories / "demo-02"
    kept = late.rename(stories.parent / "demo-02")
    load_if_empty(fresh_store, now=NOW, folder=stories)
    assert len(fresh_store.patients(WARD_ID)) == 1
    kept.rename(late)
    load_if_empty(fresh_store, now=_h(2), folder=stories)
    assert ward.patient_state("demo-02").case.vitals[-1].taken_at == NOW


def test_a_store_with_a_ward_of_its_own_gets_no_sample(fresh_store, stories):
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    assert load_if_empty(fresh_store, now=NOW, folder=stories) is None
    assert [one.id for one in fresh_store.wards()] == ["w"]


def test_the_sample_can_be_left_out(fresh_store, stories, monkeypatch):
    monkeypatch.setenv(sample_ward.SWITCH, "no")
    assert load_if_empty(fresh_store, now=NOW, folder=stories) is None
    assert fresh_store.wards() == ()


def test_what_lies_ahead_is_not_there_yet():
    therapy = {
        "product": "blinatumomab",
        "doses": [{"given_at": _h(-2).isoformat(), "ended_at": _h(1).isoformat()}],
        "infusions": [
            {"started_at": _h(-9).isoformat(), "stopped_at": _h(-3).isoformat()},
            {
                "started_at": _h(-1).isoformat(),
                "stopped_at": _h(5).isoformat(),
                "stop_reason": "toxicity",
            },
            {"started_at": _h(9).isoformat()},
        ],
    }
    told = {"patient": {"id": "p"}, "therapy": therapy, "treatments": [], "vitals": None}
    known = as_known_at(told, NOW)
    assert known["therapy"]["doses"] == [{"given_at": _h(-2).isoformat()}]
    closed, running = known["therapy"]["infusions"]
    assert closed["stopped_at"] == _h(-3).isoformat()
    assert running == {"started_at": _h(-1).isoformat()}
    assert known["treatments"] == [], "nobody gave anything, and that was looked at"
    assert "vitals" not in known, "not recorded stays not recorded"
