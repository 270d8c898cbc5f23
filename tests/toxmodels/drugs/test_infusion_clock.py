"""The clock of a continuous infusion: both ways of counting, marks of a gap, step and end."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from toxmodels.casefile import load_case
from toxmodels.drugs.infusion_clock import dose_level, infusion_clock

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def hour(count):
    return START + timedelta(hours=count)


def segment(start, stop=None, rate=28.0, reason=None, cycle=1):
    found = {"started_at": hour(start).isoformat(), "rate_ug_day": rate, "cycle": cycle}
    if stop is not None:
        found |= {"stopped_at": hour(stop).isoformat(), "stop_reason": reason}
    return found


def case(*infusions, region="us", indication="b-all-rr", pauses=(), **patient):
    body = {
        "format": "toxwatch-case/1",
        "patient": {"id": "c", "age_years": 40.0, "weight_kg": 70.0} | patient,
        "therapy": {
            "product": "blinatumomab",
            "indication": indication,
            "region": region,
            "infusions": list(infusions),
        },
        "events": [
            {"at": hour(at).isoformat(), "kind": "infusion_paused", "reason": reason}
            for at, reason in pauses
        ],
    }
    return load_case(json.dumps(body))


def clock(at, *infusions, **more):
    return infusion_clock(case(*infusions, **more), hour(at))


def test_nothing_to_count_before_the_start_or_for_another_product():
    assert clock(-1, segment(0)) is None
    other = case(segment(0)).model_dump(mode="json")
    other["therapy"]["product"] = "teclistamab"
    assert infusion_clock(load_case(json.dumps(other)), hour(5)) is None


@pytest.mark.parametrize(
    ("at", "day"), [(0, 1), (23.9, 1), (24, 2), (167.9, 7), (168, 8), (671.9, 28), (672, 28)]
)
def test_days_are_whole_periods_from_the_start(at, day):
    found = clock(at, segment(0))
    assert (found.day_by_infusion, found.day_by_calendar, found.day) == (day, day, day)
    assert found.infused_hours == pytest.approx(at)
    assert found.of_hours == 672.0
    assert found.state == "running"


def test_a_gap_parts_the_two_counts():
    found = clock(180, segment(0, 100, 9.0, "pump"), segment(112, None, 9.0))
    assert found.infused_hours == 168.0
    assert (found.day_by_infusion, found.day_by_calendar) == (8, 8)
    assert found.step_due_by_infusion == hour(180)
    assert found.step_due_by_calendar == hour(168)
    assert found.ends_by_infusion == hour(684)
    assert found.ends_by_calendar == hour(672)
    assert any("8th infusion day or on calendar day 8" in says for says in found.questions)
    earlier = clock(170, segment(0, 100, 9.0, "pump"), segment(112, None, 9.0))
    assert (earlier.day_by_infusion, earlier.day_by_calendar, earlier.day) == (7, 8, 7)
    japan = clock(170, segment(0, 100, 9.0, "pump"), segment(112, None, 9.0), region="jp")
    assert japan.day == 8
    assert not japan.questions


def test_while_it_is_off_the_ends_by_infusion_wait():
    found = clock(110, segment(0, 100, 9.0, "pump"))
    assert found.state == "interrupted"
    assert (found.since, found.reason, found.interrupted_hours) == (hour(100), "pump", 10.0)
    assert found.rate_ug_day is None
    assert found.step_due_by_infusion is None
    assert found.ends_by_infusion is None
    assert found.step_due_by_calendar == hour(168)


@pytest.mark.parametrize(
    ("hours", "passed"),
    [
        (3.9, [False, False, False]),
        (4.0, [True, False, False]),
        (168.0, [True, False, False]),
        (168.1, [True, True, False]),
        (336.0, [True, True, False]),
        (336.1, [True, True, True]),
    ],
)
def test_marks_of_an_interruption(hours, passed):
    found = clock(100 + hours, segment(0, 100, reason="toxicity"))
    assert [mark.passed for mark in found.marks] == passed
    assert [mark.at for mark in found.marks] == [hour(104), hour(268), hour(436)]


def test_what_the_marks_mean_depends_on_region_and_reason():
    def means(region, reason):
        found = clock(110, segment(0, 100, reason=reason), region=region)
        return [mark.means for mark in found.marks], [mark.verification for mark in found.marks]

    us, us_marks = means("us", "toxicity")
    assert "new cycle" in us[1]
    assert us_marks == ["verified"] * 3
    pump, pump_marks = means("us", "pump")
    assert "ask" in pump[1]
    assert pump_marks[1] == "unverified"
    jp, _ = means("jp", "pump")
    assert "inside the 28 days" in jp[1]
    assert "stopped for good" in jp[2]
    assert "stopped for good" not in us[2]
    assert means("eu", "toxicity")[1] == ["unverified"] * 3


def test_the_reason_of_the_pause_stands_over_the_segments_own():
    found = clock(110, segment(0, 100, reason="toxicity"), pauses=[(100, "neurotoxicity")])
    assert found.reason == "neurotoxicity"
    unsaid = clock(110, segment(0, 100, reason="toxicity"))
    assert any("which toxicity" in says for says in unsaid.questions)
    later = clock(110, segment(0, 100, reason="toxicity"), pauses=[(115, "neurotoxicity")])
    assert later.reason == "toxicity", "what was entered later is not known yet"


def test_a_change_of_rate_is_no_gap():
    found = clock(200, segment(0, 168, 9.0, "planned"), segment(168))
    assert found.infused_hours == 200.0
    assert found.since == hour(0)
    assert found.cycle == 1
    assert found.rate_ug_day == 28.0
    assert found.step_due_by_infusion == hour(168)


def test_a_restart_after_toxicity_has_its_own_clock():
    parts = (segment(0, 200, reason="toxicity"), segment(240, None, 9.0))
    found = clock(264, *parts, pauses=[(200, "crs")])
    assert (found.restarted_at, found.restarted_for) == (hour(240), "crs")
    assert found.restarted_hours == 24.0
    assert found.full_dose_from == hour(408)
    assert found.step_due_by_infusion is None
    japan = clock(264, *parts, pauses=[(200, "neurotoxicity")], region="jp")
    assert japan.full_dose_from is None
    pump = clock(264, segment(0, 200, reason="pump"), segment(240))
    assert pump.restarted_at is None
    planned = (segment(0, 168, 9.0, "planned"), segment(168))
    assert clock(264, *planned, pauses=[(160, "crs")]).restarted_at is None


def test_a_new_cycle_begins_its_own_count():
    parts = (segment(0, 672, reason="planned"), segment(1008, cycle=2))
    between = clock(700, parts[0])
    assert (between.state, between.interrupted_hours, between.marks) == ("ended", None, ())
    second = clock(1032, *parts)
    assert (second.cycle, second.cycle_started_at) == (2, hour(1008))
    assert second.infused_hours == 24.0
    assert second.step_due_by_calendar is None
    unnumbered = clock(1032, *(part | {"cycle": None} for part in parts))
    assert unnumbered.cycle is None
    assert unnumbered.infused_hours == 24.0
    assert any("cycle not recorded" in says for says in unnumbered.questions)


def test_only_relapsed_disease_steps_up():
    assert clock(10, segment(0), indication="b-all-mrd").step_due_by_calendar is None
    assert clock(10, segment(0, rate=9.0)).step_due_by_calendar == hour(168)


def test_overlapping_segments_are_counted_once():
    found = clock(48, segment(0, 30, reason="planned"), segment(24))
    assert found.infused_hours == 48.0


@pytest.mark.parametrize(
    ("rate", "patient", "level"),
    [
        (9.0, {}, "low"),
        (9.1, {}, "full"),
        (28.0, {"age_years": None, "weight_kg": None}, "full"),
        (9.0, {"age_years": 9.0, "weight_kg": 45.0}, "low"),
        (7.5, {"age_years": 2.0, "weight_kg": 11.0, "height_cm": 82.0}, "full"),
        (2.5, {"age_years": 2.0, "weight_kg": 11.0, "height_cm": 82.0}, "low"),
        (7.5, {"age_years": 2.0, "weight_kg": 11.0}, "unknown"),
        (9.0, {"age_years": None, "weight_kg": None}, "unknown"),
        (None, {}, "unknown"),
    ],
)
def test_low_or_full_is_this_patients_own(rate, patient, level):
    assert dose_level(case(segment(0), **patient), rate) == level
