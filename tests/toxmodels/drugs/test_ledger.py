"""The ledger of one patient: which doses count, what is left, how much steroid for how long."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from toxmodels.casefile import load_case
from toxmodels.drugs import DoseError, dose_for, ledger
from toxmodels.drugs.facts_read import facts
from toxmodels.products import products

START = datetime(2026, 3, 1, 10, tzinfo=UTC)


def hour(count):
    return START + timedelta(hours=count)


def case(treatments, product="tisagenlecleucel", **patient):
    body = {
        "format": "toxwatch-case/1",
        "patient": {"id": "one", "age_years": 40.0, "weight_kg": 70.0} | patient,
        "therapy": {
            "product": product,
            "started_at": START.isoformat(),
            "doses": [{"given_at": START.isoformat()}],
        },
    }
    if treatments is not None:
        body["treatments"] = [
            {"given_at": hour(at).isoformat(), "drug": drug, **more}
            for at, drug, more in treatments
        ]
    return load_case(json.dumps(body))


def tocilizumab(*at):
    return [(one, "tocilizumab", {"dose_mg": 560.0, "purpose": "crs"}) for one in at]


def test_car_t_counts_from_the_first_infusion_over_all_episodes():
    found = ledger(
        case(tocilizumab(-100, 0, 30, 200)), hour(300), episode_since=hour(190)
    ).tocilizumab
    assert found.scope == "since the first infusion"
    assert (found.counted, found.left, found.before_therapy) == (3, 1, 1)


def test_an_engager_counts_in_the_present_episode_and_shows_the_whole():
    given = case(tocilizumab(10, 20, 200), product="teclistamab")
    found = ledger(given, hour(300), episode_since=hour(190)).tocilizumab
    assert found.scope == "this CRS episode"
    assert (found.counted, found.left, found.since_therapy_start) == (1, 3, 3)
    stricter = ledger(given, hour(300)).tocilizumab
    assert (stricter.counted, stricter.left) == (3, 1)


def test_prophylactic_doses_count():
    given = case([(1, "tocilizumab", {"purpose": "prophylaxis"})])
    assert ledger(given, hour(20)).tocilizumab.counted == 1
    before = case([(-6, "tocilizumab", {"purpose": "prophylaxis"})])
    assert ledger(before, hour(20)).tocilizumab.counted == 1
    long_ago = case([(-900, "tocilizumab", {"purpose": "prophylaxis"})])
    assert ledger(long_ago, hour(20)).tocilizumab.counted == 0


def test_later_records_are_invisible_and_the_countdown_runs():
    found = ledger(case(tocilizumab(10, 40)), hour(12)).tocilizumab
    assert (found.counted, found.last_24h, found.last_at) == (1, 1, hour(10))
    assert found.earliest_at == hour(18)
    assert "last dose 2 h ago" in found.blocked_by


def test_a_dose_at_this_very_moment_has_been_given():
    assert ledger(case(tocilizumab(12)), hour(12)).tocilizumab.counted == 1


def test_the_interval_counts_a_dose_of_an_earlier_course():
    found = ledger(case(tocilizumab(-1)), hour(1)).tocilizumab
    assert found.counted == 0
    assert "last dose 2 h ago" in found.blocked_by


def test_a_list_that_nobody_kept_is_not_a_count_of_zero():
    found = ledger(case(None), hour(12))
    assert found.treatments_recorded is False
    assert (found.tocilizumab.counted, found.tocilizumab.left) == (None, None)
    assert "nobody kept a list" in found.tocilizumab.blocked_by
    assert found.corticosteroids.dexamethasone_mg is None
    assert found.corticosteroids.is_long is None


def test_an_empty_list_is_a_count_of_zero():
    found = ledger(case([]), hour(12))
    assert (found.tocilizumab.counted, found.tocilizumab.left) == (0, 4)
    assert found.tocilizumab.blocked_by is None
    assert found.corticosteroids.dexamethasone_mg == 0


def test_shortage_and_undated_doses():
    short = ledger(case(tocilizumab(1, 20)), hour(60), shortage=True).tocilizumab
    assert (short.limit, short.left) == (2, 0)
    undated = ledger(case(tocilizumab(1)), hour(60), undated_doses=1).tocilizumab
    assert undated.counted == 2
    assert "without a time" in undated.blocked_by
    assert undated.earliest_at is None


def test_steroids_add_up_as_dexamethasone():
    given = case(
        [
            (10, "dexamethasone", {"dose_mg": 10.0}),
            (16, "methylprednisolone", {"dose_mg": 40.0}),
            (20, "hydrocortisone", {"dose_mg": 100.0}),
            (22, "prednisone", {"dose_mg": 10.0}),
        ]
    )
    found = ledger(given, hour(30)).corticosteroids
    assert found.dexamethasone_mg == 10 + 7.5 + 3.75 + 1.5
    assert (found.doses, found.exposure_h, found.present_run_h) == (4, 12, 20)
    assert found.is_long is False


def test_72_hours_of_steroid_are_long_and_a_gap_of_a_day_is_not_exposure():
    def doses(*at):
        return case([(one, "dexamethasone", {"dose_mg": 10.0}) for one in at])

    assert ledger(doses(0, 24, 48, 72), hour(80)).corticosteroids.is_long is True
    assert ledger(doses(0, 24, 48, 71.9), hour(80)).corticosteroids.is_long is False
    apart = ledger(doses(0, 12, 100, 112), hour(113)).corticosteroids
    assert (apart.exposure_h, apart.run_since) == (24, hour(100))


def test_an_amount_nobody_recorded_makes_the_total_at_least():
    given = case([(1, "dexamethasone", {"dose_mg": 10.0}), (5, "dexamethasone", {})])
    found = ledger(given, hour(6)).corticosteroids
    assert (found.dexamethasone_mg, found.is_at_least, found.doses) == (10, True, 2)


def test_a_steroid_without_equivalence_is_named():
    given = case([(1, "betamethasone", {"dose_mg": 6.0})])
    found = ledger(given, hour(6)).corticosteroids
    assert found.not_converted == ("betamethasone",)
    assert found.is_at_least is True


def test_a_repeated_order_counts_until_it_stops_or_the_next_record():
    running = case([(0, "dexamethasone", {"dose_mg": 10.0, "interval_h": 6.0})])
    stopped = case(
        [
            (
                0,
                "dexamethasone",
                {"dose_mg": 10.0, "interval_h": 6.0, "stopped_at": hour(12).isoformat()},
            )
        ]
    )
    each = case([(at, "dexamethasone", {"dose_mg": 10.0, "interval_h": 6.0}) for at in (0, 6, 12)])
    assert ledger(running, hour(13)).corticosteroids.dexamethasone_mg == 30
    assert ledger(running, hour(13)).corticosteroids.assumed_doses == 2
    assert ledger(stopped, hour(60)).corticosteroids.dexamethasone_mg == 20
    assert ledger(each, hour(13)).corticosteroids.dexamethasone_mg == 30
    assert ledger(each, hour(13)).corticosteroids.assumed_doses == 0


def test_other_anticytokines_are_listed():
    given = case(
        [(1, "siltuximab", {"dose_mg": 770.0}), (2, "anakinra", {}), (3, "paracetamol", {})]
    )
    found = {one.drug: one for one in ledger(given, hour(10)).anticytokines}
    assert set(found) == {"anakinra", "siltuximab"}
    assert (found["siltuximab"].total_mg, found["anakinra"].total_mg) == (770, None)


def test_every_engager_and_no_other_product_counts_by_episode():
    listed = {one.product for one in facts("tocilizumab").count}
    assert listed == {one.id for one in products().values() if one.kind == "engager"}


def test_a_case_fills_in_its_dose():
    given = case(tocilizumab(2, 12), weight_recorded_at=hour(1).isoformat())
    found = dose_for(given, "tocilizumab", hour(15))
    assert (found.allowed, found.doses_given, found.earliest_at) == (False, 2, hour(20))
    assert dose_for(given, "tocilizumab", hour(20)).dose == 560
    assert dose_for(given, "tocilizumab", hour(20)).confirm == ()
    assert dose_for(case(None), "tocilizumab", hour(20)).doses_given is None


def test_a_case_without_weight_gets_no_dose_and_a_misspelt_extra_is_refused():
    given = case([], weight_kg=None)
    assert dose_for(given, "tocilizumab", hour(20)).dose is None
    with pytest.raises(DoseError, match="shortag"):
        dose_for(given, "tocilizumab", hour(20), shortag=True)


def test_steps_of_an_engager_come_from_the_therapy():
    given = case([], product="teclistamab")
    found = dose_for(given, "teclistamab", hour(24), step=2)
    assert "at least 2 days" in found.blocked_by
    assert dose_for(given, "teclistamab", hour(48), step=2).dose == 21
