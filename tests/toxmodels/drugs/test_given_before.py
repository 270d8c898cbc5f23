"""What was given already for the same reason: premedication, pre-phase, tocilizumab; the band."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from toxmodels.casefile import load_case
from toxmodels.drugs import dose_for

START = datetime(2026, 3, 8, 10, tzinfo=UTC)
ADULT = {"age_years": 40.0, "weight_kg": 70.0, "height_cm": 170.0}


def stamp(hours):
    return (START + timedelta(hours=hours)).isoformat()


def case(*given, product="blinatumomab", who=ADULT, parts=(), **therapy):
    """Doses as (hours, drug, purpose), counted from the moment that is asked about."""
    body = {
        "format": "toxwatch-case/1",
        "patient": {"id": "one", "weight_recorded_at": stamp(-300)} | who,
        "therapy": {"product": product, "region": "us", "indication": "b-all-rr"}
        | {"infusions": list(parts)}
        | therapy,
        "treatments": [
            {"given_at": stamp(at), "drug": drug, "dose_mg": 20.0}
            | ({} if purpose is None else {"purpose": purpose})
            for at, drug, purpose in given
        ],
    }
    return load_case(json.dumps(body))


def running(hours, rate=9.0):
    return {"started_at": stamp(-hours), "rate_ug_day": rate, "cycle": 1}


# Premedication


def premedication(*given, parts=None):
    parts = (running(168),) if parts is None else parts
    return dose_for(case(*given, parts=parts), "dexamethasone-premedication", START)


def test_premedication_given_for_this_start_is_not_proposed_again():
    assert premedication().dose == 20
    given = premedication((-0.8, "dexamethasone", "premedication"))
    assert given.dose is None
    assert "premedication given 48 min ago (2026-03-08 09:12 UTC)" in given.blocked_by
    assert premedication((-3.99, "prednisone", "premedication")).dose is None
    older = premedication((-4, "dexamethasone", "premedication"))
    assert (older.dose, len(older.confirm)) == (20, len(premedication().confirm) + 1)
    assert premedication((-24, "dexamethasone", "premedication")) == premedication()
    assert premedication((-1, "dexamethasone", "crs")).dose == 20, "given for something else"


def test_premedication_from_before_an_interruption_is_not_for_the_restart():
    off = running(168) | {"stopped_at": stamp(-4), "stop_reason": "pump"}
    before = premedication((-4.5, "dexamethasone", "premedication"), parts=(off,))
    assert before.dose == 20
    assert premedication((-3, "dexamethasone", "premedication"), parts=(off,)).dose is None


def test_the_second_of_two_doses_before_a_childs_start_is_asked_about_not_blocked():
    child = {"age_years": 9.0, "weight_kg": 27.0, "height_cm": 131.0}
    told = case((-3, "dexamethasone", "premedication"), who=child, region="eu")
    found = dose_for(told, "dexamethasone-premedication", START, cycle=1, day=1)
    assert found.dose is not None
    assert any("premedication given 3 h ago" in one for one in found.confirm)


# Pre-phase


def prephase(*days):
    given = [(-24.0 * day - 2, "dexamethasone", "prephase") for day in days]
    who = ADULT | {"marrow_blasts_percent": 80.0, "peripheral_blasts_per_ul": 0.0}
    return dose_for(case(*given, who=who, region="eu"), "blinatumomab-prephase", START)


def test_the_days_of_pre_phase_are_counted_and_end_with_the_fifth():
    assert prephase().dose is not None
    assert "1 of 5 days given" in prephase(0).blocked_by
    assert prephase(1, 2).dose is not None
    assert any("2 of 5 days given" in one for one in prephase(1, 2).confirm)
    assert any("after 3 days or more measure blasts" in one for one in prephase(1, 2, 3).confirm)
    done = prephase(1, 2, 3, 4, 5)
    assert done.dose is None
    assert done.blocked_by.startswith("5 of 5 days given")
    assert "specialist" in done.blocked_by
    assert prephase(20, 21, 22, 23, 24) == prephase(), "another pre-phase, long ago"


# The band of the cycle


def rate(weight_kg, first, *, weighed=-5.0, height_cm=155.0):
    who = ADULT | {"weight_kg": weight_kg, "height_cm": height_cm}
    who["weight_recorded_at"] = stamp(weighed)
    return dose_for(case(who=who, parts=(running(170, first),)), "blinatumomab", START)


@pytest.mark.parametrize(("weight_kg", "first"), [(45.5, 6.9), (44.5, 9.0), (50.0, 7.0)])
def test_a_cycle_that_began_in_the_other_band_gives_no_dose_but_the_question(weight_kg, first):
    for weighed in (-5.0, -300.0):
        found = rate(weight_kg, first, weighed=weighed)
        assert found.dose is None
        assert "weight crossed 45 kg within the cycle?" in found.blocked_by


@pytest.mark.parametrize(("weight_kg", "first"), [(45.5, 9.0), (44.5, 6.9), (70.0, 9.0)])
def test_a_cycle_in_its_own_band_goes_on(weight_kg, first):
    found = rate(weight_kg, first)
    assert found.dose is not None
    assert found.confirm == ()


def test_where_no_rate_says_which_band_it_was_the_dose_is_confirmed():
    found = rate(45.5, None)
    assert found.dose == 28
    assert any("which weight did the cycle start with?" in one for one in found.confirm)
    known = rate(45.5, None, weighed=-300.0)
    assert not any("which weight" in one for one in known.confirm), "weighed before the start"


# Tocilizumab that is shown and not counted


def tocilizumab(*given, product="tisagenlecleucel", **more):
    told = case(*given, product=product, doses=[{"given_at": stamp(-48)}], infusions=None)
    return dose_for(told, "tocilizumab", START, **more)


def test_doses_of_an_earlier_course_are_shown():
    found = tocilizumab((-900, "tocilizumab", None), (-880, "tocilizumab", None))
    assert found.dose == 560
    assert found.cautions[0] == "0 of 4 doses counted; earlier course: 2"
    assert not any("earlier" in one for one in tocilizumab().cautions)


def test_a_prophylactic_dose_before_the_infusion_counts_and_is_asked_about():
    found = tocilizumab((-49, "tocilizumab", "prophylaxis"), (-20, "tocilizumab", "crs"))
    assert found.cautions[0] == "2 of 4 doses counted; prophylactic among them: 1 (house)"
    assert any(one.startswith("prophylactic tocilizumab 1 x") for one in found.confirm)
    three = [(hours, "tocilizumab", "crs") for hours in (-40, -30, -20)]
    fourth = tocilizumab((-49, "tocilizumab", "prophylaxis"), *three)
    assert fourth.dose is None
    assert "4 doses in the course: at most 4" in fourth.blocked_by
    old = tocilizumab((-900, "tocilizumab", "prophylaxis"))
    assert old.cautions[0].endswith("earlier course: 1")


def test_for_an_engager_what_was_given_to_prevent_counts_with_the_episode():
    since = START - timedelta(hours=10)
    given = ((-30, "tocilizumab", "prophylaxis"), (-9, "tocilizumab", "crs"))
    found = tocilizumab(*given, product="teclistamab", episode_since=since)
    assert found.cautions[0] == "2 of 4 doses counted; prophylactic among them: 1 (house)"
    short = tocilizumab(*given, product="teclistamab", episode_since=since, shortage=True)
    assert short.cautions[0].startswith("1 of 2 doses counted"), "of the episode alone"


@pytest.mark.parametrize(
    ("limit", "given", "is_left"), [(2, 1, True), (2, 2, False), (9, 4, False)]
)
def test_a_site_may_allow_fewer_doses_and_never_more(limit, given, is_left):
    doses = [(-40 + 9 * one, "tocilizumab", "crs") for one in range(given)]
    found = tocilizumab(*doses, course_limit=limit)
    assert (found.dose is not None) is is_left


def test_for_an_engager_the_count_since_therapy_began_is_shown():
    since = START - timedelta(hours=10)
    given = ((-30, "tocilizumab", "crs"), (-9, "tocilizumab", "crs"))
    found = tocilizumab(*given, product="teclistamab", episode_since=since)
    line = "1 of 4 doses counted; earlier episodes: 1, since the therapy began 2"
    assert found.cautions[0] == line
