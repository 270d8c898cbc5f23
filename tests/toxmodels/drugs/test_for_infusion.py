"""What a case tells a dose of blinatumomab: the real day, the interruption and the restart."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toxmodels.casefile import load_case
from toxmodels.drugs import dose_for
from toxmodels.drugs.infusion_clock import infusion_clock

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
ADULT = {"age_years": 40.0, "weight_kg": 70.0}
CHILD = {"age_years": 9.0, "weight_kg": 27.0, "height_cm": 131.0}


def hour(count):
    return START + timedelta(hours=count)


def part(start, stop=None, reason=None, cycle=1, rate=9.0):
    found = {"started_at": hour(start).isoformat(), "rate_ug_day": rate, "cycle": cycle}
    if stop is not None:
        found |= {"stopped_at": hour(stop).isoformat(), "stop_reason": reason}
    return found


def case(*parts, region="us", indication="b-all-rr", who=ADULT, paused=()):
    therapy = {"product": "blinatumomab", "indication": indication, "infusions": list(parts)}
    body = {
        "format": "toxwatch-case/1",
        "patient": {"id": "one"} | who,
        "therapy": therapy | ({} if region is None else {"region": region}),
        "events": [
            {"at": hour(at).isoformat(), "kind": "infusion_paused", "reason": reason}
            for at, reason in paused
        ],
    }
    return load_case(json.dumps(body))


def rate(patient, at, **more):
    return dose_for(patient, "blinatumomab", hour(at), **more)


def premedication(patient, at, **more):
    return dose_for(patient, "dexamethasone-premedication", hour(at), **more)


# The day


@pytest.mark.parametrize(
    ("at", "dose"), [(0, 9), (167.99, 9), (168, 28), (671.99, 28), (672, None), (99999, None)]
)
def test_the_rate_is_that_of_the_real_day_and_the_cycle_ends(at, dose):
    found = rate(case(part(0)), at)
    assert found.dose == dose
    if dose is None:
        assert "is no infusion day: days 1 to 28" in found.blocked_by


def test_later_cycles_and_other_indications_run_at_the_full_dose():
    assert rate(case(part(0, cycle=2)), 5).dose == 28
    assert rate(case(part(0), indication="b-all-mrd"), 5).dose == 28
    assert "at most 9 cycles" in rate(case(part(0, cycle=10)), 5).blocked_by
    assert "at most 9 cycles" in rate(case(part(0, cycle=5000)), 5).blocked_by


def test_a_cycle_that_nobody_numbered_gives_no_dose():
    unnumbered = part(0)
    del unnumbered["cycle"]
    assert "cycle is needed" in rate(case(unnumbered), 5).blocked_by


@pytest.mark.parametrize(
    ("region", "at", "dose"),
    [
        ("us", 167, 9),
        ("us", 170, None),
        ("us", 178, 28),
        ("eu", 170, None),
        (None, 170, None),
        ("jp", 170, 28),
    ],
)
def test_where_the_two_counts_of_the_step_disagree_nothing_is_chosen(region, at, dose):
    stopped = case(part(0, 100, "pump"), part(110), region=region)
    found = rate(stopped, at)
    assert found.dose == dose
    if dose is None:
        assert "day 7 or day 8, by infusion or by the calendar" in found.blocked_by


def test_the_text_of_another_region_does_not_choose_the_count_either():
    """Two protocols beside each other for one patient: only the patient's own region counts."""
    american = case(part(0, 100, "pump"), part(110), region="us")
    assert rate(american, 170, region="jp").dose is None
    japanese = case(part(0, 100, "pump"), part(110), region="jp")
    assert rate(japanese, 170, region="us").dose is None
    assert rate(japanese, 170).dose == 28


def test_the_28_days_are_of_infusion_in_the_us_of_the_calendar_in_japan_and_unread_elsewhere():
    parts = (part(0, 100, "pump"), part(150))
    assert rate(case(*parts, region="us"), 690).dose == 28
    assert "day 29 is no infusion day" in rate(case(*parts, region="jp"), 690).blocked_by
    assert "was not read for this region" in rate(case(*parts, region="eu"), 690).blocked_by


@given(
    stop=st.floats(1, 300),
    gap=st.floats(0.01, 160),
    after=st.floats(0, 300),
    region=st.sampled_from(["us", "eu", "jp", None]),
)
def test_no_first_cycle_runs_full_before_day_8_of_either_count(stop, gap, after, region):
    patient = case(part(0, stop, "line"), part(stop + gap), region=region)
    at = stop + gap + after
    found = rate(patient, at)
    # Infused hours as the clock adds them; the limit of 168 h is written here by hand.
    infused = infusion_clock(patient, hour(at)).infused_hours
    if found.dose == 28:
        assert (infused >= 168) or region == "jp"
        assert at >= 168 - 1e-6
    if found.dose == 9:
        assert infused < 168


# Interrupted


def test_the_hours_off_are_those_of_the_clock():
    off = case(part(0, 100, "pump"))
    assert "less than 4 h" in premedication(off, 103.999).blocked_by
    assert "interrupted 3.99 h" in premedication(off, 103.999).steps[0]
    assert premedication(off, 104).dose == 20
    child = case(part(0, 100, "pump"), who=CHILD)
    assert premedication(child, 104).dose == pytest.approx(4.95)
    later = case(part(0, 100, "pump", cycle=2), who=CHILD)
    assert "cycle 1 only" in premedication(later, 104).blocked_by


def test_a_restart_after_a_toxicity_begins_low_and_after_a_pump_stop_goes_on():
    assert rate(case(part(0, 300, "pump", rate=28.0)), 306).dose == 28
    assert rate(case(part(0, 300, "toxicity"), paused=[(300, "crs")]), 306).dose == 9


def test_a_stop_without_a_reason_asks_for_it_before_any_dose():
    silent = case(part(0, 300), indication="b-all-mrd")
    assert "why the infusion stopped is not recorded" in rate(silent, 306).blocked_by
    again = case(part(0, 300), part(306), indication="b-all-mrd")
    assert "why the infusion stopped is not recorded" in rate(again, 310).blocked_by
    seamless = case(part(0, 168), part(168, rate=28.0))
    assert rate(seamless, 200).dose == 28


@pytest.mark.parametrize(("days", "stops"), [(14, False), (14.001, True)])
def test_japan_gives_nothing_more_than_14_days_after_a_stop(days, stops):
    off = case(part(0, 10, "toxicity"), region="jp", paused=[(10, "crs")])
    found = rate(off, 10 + 24 * days)
    assert (found.dose is None) is stops
    if stops:
        assert "more than 14 days" in found.blocked_by


# Restarted


def test_after_a_restart_the_low_dose_runs_for_7_days_of_infusion():
    again = case(part(0, 300, "toxicity"), part(340), paused=[(300, "crs")])
    assert rate(again, 340 + 167.9).dose == 9
    assert rate(again, 340 + 168).dose == 28


def test_a_new_cycle_after_a_long_toxicity_still_begins_low():
    again = case(part(0, 300, "toxicity"), part(520, cycle=2), paused=[(300, "neurotoxicity")])
    clock = infusion_clock(again, hour(530))
    assert (clock.cycle, clock.restarted_for) == (2, "neurotoxicity")
    assert rate(again, 530).dose == 9
    planned = case(part(0, 672, "planned"), part(1008, cycle=2), paused=[(300, "neurotoxicity")])
    assert rate(planned, 1010).dose == 28


def test_in_japan_an_unnamed_toxicity_may_have_been_neurotoxicity():
    again = case(part(0, 200, "toxicity"), part(210), region="jp")
    assert rate(again, 220).dose == 9
    assert "which toxicity" in rate(again, 210 + 168).blocked_by
    named = case(part(0, 200, "toxicity"), part(210), region="jp", paused=[(200, "crs")])
    assert rate(named, 210 + 168).dose == 28
    neuro = case(part(0, 200, "toxicity"), part(210), region="jp", paused=[(200, "neurotoxicity")])
    assert rate(neuro, 210 + 168).dose == 9


# Between two cycles


def test_before_the_next_cycle_the_start_is_its_first_day():
    over = case(part(0, 672, "planned"))
    assert premedication(over, 700).dose == 20
    assert rate(over, 700).dose == 28
    assert (
        "not indicated" in premedication(case(part(0, 672, "planned"), who=CHILD), 700).blocked_by
    )


def test_after_an_early_planned_stop_the_same_cycle_may_go_on_for_a_week():
    early = case(part(0, 168, "planned"))
    for at, dose in ((170, None), (168 + 168, None), (168 + 168.1, 20)):
        assert premedication(early, at).dose == dose
    assert "cycle and day are needed" in premedication(early, 170).blocked_by
    assert rate(early, 170).dose is None


def test_no_infusion_says_nothing():
    assert "cycle is needed" in rate(case(), 5).blocked_by
    assert dose_for(case(), "blinatumomab", hour(5), cycle=1, day=1).dose == 9
