"""A grade that comes a second time, and blood counts low for long: counted, never assumed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

import toxmodels
from toxmodels.protocols import protocols, read_protocol
from toxmodels.protocols.words import when_in_words

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
MYELOMA = ("teclistamab", "talquetamab", "elranatamab", "linvoseltamab")
CD20 = ("epcoritamab", "glofitamab", "mosunetuzumab")
SIGNS = {
    1: {"temperature_c": 39.0},
    2: {"temperature_c": 39.0, "hypotensive": True},
    3: {"temperature_c": 39.0, "vasopressors": [{"drug": "norepinephrine"}]},
}
ICE = {0: 10, 1: 8, 2: 5, 3: 2}


def hour(count):
    return (START + timedelta(hours=count)).isoformat()


def vitals(at, grade):
    return {
        "taken_at": hour(at),
        "temperature_c": 36.8,
        "hypotensive": False,
        "vasopressors": [],
        "oxygen": {"device": "room_air"},
    } | SIGNS.get(grade, {})


def exam(at, grade):
    return {
        "taken_at": hour(at),
        "ice": {"total": ICE[grade]},
        "consciousness": "alert",
        "seizure": {"kind": "none"},
        "motor_weakness": "none",
        "raised_icp": [],
        "cerebral_oedema": "none",
    }


def case(product, *, crs=(), icans=(), **more):
    """Hours and grades of each scale; a dose at 0 h unless a therapy is given."""
    told = {
        "format": "toxwatch-case/1",
        "patient": {"id": "r", "age_years": 50.0, "weight_kg": 70.0},
        "therapy": {"product": product, "doses": [{"given_at": hour(0)}]},
        "vitals": [vitals(at, grade) for at, grade in crs],
        "neuro": [exam(at, grade) for at, grade in icans],
        "treatments": [],
    } | more
    return toxmodels.load_case(json.dumps(told))


def asked(of, at, protocol="label-us"):
    return toxmodels.assess(of, at=hour(at), protocol=protocol)


def steps(found):
    """Each rule that applies by its name, with its step."""
    return {
        name.partition("/")[2]: one.step for one in found.advice for name in (one.rule, *one.also)
    }


# CRS of grade 3 for the second time, by the ASTCT course

ONCE = [(10, 3), (20, 0), (46, 0)]
TWICE = [*ONCE, (200, 3)]


def recurrent(found):
    return {name: step for name, step in steps(found).items() if "-recurrent" in name}


def test_tarlatamab_stops_at_the_second_grade_3_and_never_before():
    assert recurrent(asked(case("tarlatamab", crs=ONCE[:1]), 10)) == {}
    assert recurrent(asked(case("tarlatamab", crs=ONCE), 46)) == {}
    again = asked(case("tarlatamab", crs=TWICE), 200)
    assert recurrent(again) == {"tarlatamab-crs-3-recurrent-stop": "stop"}
    one = next(one for one in again.advice if one.step == "stop")
    assert (one.verification, one.urgency) == ("verified", "emergency")


@pytest.mark.parametrize("product", [*MYELOMA, *CD20])
def test_what_was_not_read_withholds_and_is_never_a_stop_of_its_own(product):
    """Facts 0.1: professional knowledge is never the sole basis of a hard stop."""
    again = asked(case(product, crs=TWICE), 200)
    (name,) = [n for n in recurrent(again) if "crs-3" in n]
    assert recurrent(again)[name] == "hold"
    one = next(one for one in again.advice if one.rule == f"label-us/{name}")
    assert (one.verification, one.confidence, one.urgency) == ("unverified", "medium", "emergency")


def test_the_question_whether_it_came_before_is_asked_only_while_the_record_shows_one():
    assert "myeloma-crs-3-again" in steps(asked(case("teclistamab", crs=ONCE[:1]), 10))
    assert "myeloma-crs-3-again" not in steps(asked(case("teclistamab", crs=TWICE), 200))


def test_it_still_stands_once_the_second_one_is_over():
    over = [*TWICE, (210, 0), (236, 0), (300, 0)]
    assert "tarlatamab-crs-3-recurrent-stop" in steps(asked(case("tarlatamab", crs=over), 300))


@pytest.mark.parametrize(
    ("between", "counts"),
    [
        ([(20, 0), (46, 0)], True),  # settled for a day
        ([(20, 0), (30, 0)], False),  # ten hours without a sign
        ([(20, 1), (46, 1)], False),  # lower, and never over
        ([], False),  # nobody recorded anything: a gap ends no episode
    ],
)
def test_two_grades_3_are_two_only_if_the_first_was_over(between, counts):
    found = asked(case("tarlatamab", crs=[(10, 3), *between, (200, 3)]), 200)
    assert bool(recurrent(found)) is counts


def test_a_lower_grade_in_one_of_two_episodes_is_no_second_grade_3():
    for first, second in ((3, 2), (2, 3)):
        told = [(10, first), (20, 0), (46, 0), (200, second)]
        assert recurrent(asked(case("tarlatamab", crs=told), 200)) == {}


def test_only_what_is_certain_counts():
    told = case("tarlatamab", crs=TWICE)
    last = told.vitals[-1].model_copy(update={"vasopressors": None})
    unsure = told.model_copy(update={"vitals": (*told.vitals[:-1], last)})
    found = asked(unsure, 200)
    assert recurrent(found) == {}
    would = {one.rule for one in found.if_confirmed}
    assert "label-us/tarlatamab-crs-3-recurrent-stop" in would, "said as what it would be"


def test_the_stop_is_said_whatever_protocol_was_chosen():
    found = asked(case("tarlatamab", crs=TWICE), 200, "nccn-2026-2")
    assert steps(found)["tarlatamab-crs-3-recurrent-stop"] == "stop"
    found = asked(case("teclistamab", crs=TWICE), 200, "nccn-2026-2")
    assert steps(found)["next-dose-crs-3-again"] == "hold"
    assert "next-dose-crs-3-again" not in steps(
        asked(case("teclistamab", crs=ONCE[:1]), 10, "nccn-2026-2")
    )


def test_a_second_grade_2_on_mosunetuzumab_opens_the_label():
    told = [(10, 2), (20, 0), (46, 0), (200, 2)]
    assert recurrent(asked(case("mosunetuzumab", crs=told), 200)) == {
        "mosunetuzumab-crs-2-recurrent": "care"
    }


@pytest.mark.parametrize(
    ("readings", "long"),
    [
        ([(10 + 4 * one, 3) for one in range(13)], True),  # 48 h, every 4 h
        ([(10 + 4 * one, 3) for one in range(12)], False),  # 44 h
        ([(10, 3), (58, 3)], False),  # nobody looked in between
        ([(10 + 4 * one, 2 if one == 6 else 3) for one in range(13)], False),
    ],
)
def test_grade_3_for_48_hours_withholds_the_myeloma_engagers(readings, long):
    for protocol, name in (
        ("label-us", "myeloma-crs-3-lasting"),
        ("nccn-2026-2", "next-dose-crs-3-lasting"),
    ):
        found = asked(case("teclistamab", crs=readings), readings[-1][0], protocol)
        assert (steps(found).get(name) == "hold") is long
        later = [*readings, (80, 0), (110, 0)]
        assert (name in steps(asked(case("teclistamab", crs=later), 110, protocol))) is long


# ICANS of grade 3 for the second time

TWO_ICANS = [(10, 3), (20, 0), (46, 0), (200, 3)]


@pytest.mark.parametrize("product", [*MYELOMA, "epcoritamab", "mosunetuzumab", "tarlatamab"])
def test_a_second_icans_of_grade_3_stops_the_engager(product):
    stop = "next-dose-icans-3-again-stop"
    again = asked(case(product, icans=TWO_ICANS), 200, "nccn-2026-2")
    assert steps(again)[stop] == "stop"
    assert stop not in steps(asked(case(product, icans=TWO_ICANS[:1]), 10, "nccn-2026-2"))


def test_glofitamab_has_no_such_row():
    found = asked(case("glofitamab", icans=TWO_ICANS), 200, "nccn-2026-2")
    assert "next-dose-icans-3-again-stop" not in steps(found)


# A label in another scale counts the clinician's own grades, never the ASTCT course

HEAD = """
id = "site-a"
title = "Our ward"
edition = "1"
kind = "site"
scale = "ctcae"
read_in = "the manual of our ward"
verification = "house"
reviewed_by = ""
reviewed_on = ""

[[rules]]
id = "site-a/again"
scale = "ctcae"
term = "crs"
when = { episode_grade = 3, episodes_min = 2 }
step = "hold"
urgency = "urgent"
advise = "A second time"
basis = "house"
verification = "house"
cite = { source = "advice-defaults", at = "manual" }
"""


def graded(*grades, scale="ctcae-5.0"):
    term = "cytokine release syndrome"
    return [
        {"graded_at": hour(at), "scale": scale, "term": term, "grade": grade}
        for at, grade in grades
    ]


def test_a_rule_on_ctcae_counts_ctcae_grades_alone():
    site = read_protocol(HEAD, "site_a.toml")
    astct = case(
        "tarlatamab", crs=TWICE, gradings=graded((10, 3), (200, 3), scale="astct-crs-2019")
    )
    assert "again" not in steps(asked(astct, 200, site)), "two by ASTCT are none by CTCAE"
    calm = [(at, 0) for at in (10, 100, 200)]
    twice = graded((10, 3), (100, 1), (200, 4))
    assert "again" in steps(asked(case("tarlatamab", crs=calm, gradings=twice), 200, site))
    for others in (graded((10, 3), (200, 4)), graded((10, 3), (100, 1), (200, 2))):
        assert "again" not in steps(asked(case("tarlatamab", crs=calm, gradings=others), 200, site))
    before = graded((-90, 3), (-50, 0), (200, 3))
    assert "again" not in steps(asked(case("tarlatamab", crs=calm, gradings=before), 200, site))


def test_it_says_whose_grades_it_counts():
    (rule,) = read_protocol(HEAD, "site_a.toml").rules
    assert when_in_words(rule) == (
        "Counting separate runs of CRS on CTCAE, assigned by a clinician, that reached grade 3; "
        "2 or more since the first dose, the present included."
    )


# Neutrophils

BLINA = {
    region: {
        "product": "blinatumomab",
        "region": region,
        "indication": "b-all-rr",
        "infusions": [{"started_at": hour(0), "rate_ug_day": 28.0, "cycle": 1}],
    }
    for region in ("us", "eu", "jp")
}


def counts(*values, name="anc_per_ul"):
    return [{"taken_at": hour(at), name: float(value)} for at, value in values]


def low(first, last, every=24, value=300):
    return counts(*[(at, value) for at in range(first, last + 1, every)])


def neutropenia(labs, at, region="us", therapy=None):
    told = case("", crs=[(at, 0)], therapy=therapy or BLINA[region], labs=labs)
    found = asked(told, at, f"blinatumomab-{region}")
    return [one for one in found.advice if "/neutropenia-" in one.rule]


@pytest.mark.parametrize("region", ["us", "eu", "jp"])
def test_seven_days_below_500_interrupt_blinatumomab(region):
    (one,) = neutropenia(low(24, 192), 196, region)
    assert one.rule == f"blinatumomab-{region}/neutropenia-interrupt"
    assert (one.step, one.cite.source) == ("hold", "blincyto-label-us-reprint")
    assert one.verification == ("house" if region == "us" else "unverified")
    assert neutropenia(low(25, 192), 196, region) == [], "an hour short of seven days"


def test_a_count_too_old_to_use_is_asked_for_and_ends_nothing():
    (one,) = neutropenia(low(24, 192), 300)
    assert one.rule == "blinatumomab-us/neutropenia-old-count"
    assert neutropenia([*low(24, 192), *counts((299, 900))], 300) == []


@pytest.mark.parametrize(
    ("labs", "at"),
    [
        ([], 400),  # nobody counted
        ([*low(24, 72), *low(168, 240)], 244),  # four days in between without a count
        (counts((24, 300), (96, 600), (144, 300), (192, 300)), 196),  # one was higher
        (low(24, 192, value=500), 196),  # 500 is not below 500
        (low(-240, 0), 4),  # low before the start
        (low(-96, 144), 148),  # seven days low by the record, six of them since the start
    ],
)
def test_a_gap_a_higher_count_or_the_time_before_the_start_is_never_neutropenia(labs, at):
    assert neutropenia(labs, at) == []


def test_the_boundary_of_what_may_lie_between_two_counts():
    assert neutropenia(low(0, 216, every=72), 218) != []
    assert neutropenia(low(0, 219, every=73), 221) == []


def test_while_interrupted_it_stays_off():
    part = {"started_at": hour(0), "rate_ug_day": 28.0, "cycle": 1}
    part |= {"stopped_at": hour(190), "stop_reason": "toxicity"}
    (one,) = neutropenia(low(24, 192), 196, therapy=BLINA["us"] | {"infusions": [part]})
    assert one.rule == "blinatumomab-us/neutropenia-stay-off"


def g_csf(labs, protocol, grade=1, at=50):
    told = case("tisagenlecleucel", crs=[(at, grade)], icans=[(at, 0)], labs=labs)
    return [one for one in asked(told, at, protocol).advice if one.drug == "g-csf"]


@pytest.mark.parametrize("protocol", ["asco-2021", "nccn-2026-2", "ebmt-eha-2022"])
def test_g_csf_is_worked_out_when_the_count_is_below_500(protocol):
    (one,) = g_csf(counts((48, 300)), protocol)
    assert (one.worksheet.dose, one.worksheet.unit) == (350.0, "ug")
    assert not any("day after infusion" in said for said in one.confirm), "the count speaks"
    for labs in ([], counts((48, 500)), counts((-30, 300)), counts((40, 300), (48, 900))):
        assert g_csf(labs, protocol) == [], labs


def with_timing(word):
    found = protocols()["ebmt-eha-2022"]
    return found.model_copy(update={"parameters": found.parameters | {"g_csf_timing": word}})


def test_a_ward_may_wait_until_crs_is_over():
    for grade, given in ((1, False), (0, True)):
        assert bool(g_csf(counts((48, 300)), with_timing("after_crs"), grade)) is given
        assert bool(g_csf(counts((48, 300)), with_timing("at_once"), grade))


def test_g_csf_is_no_drug_against_crs_and_is_not_held_back_by_a_late_fever():
    told = case("tisagenlecleucel", crs=[(500, 1)], icans=[(500, 0)], labs=counts((490, 300)))
    found = asked(told, 500, "nccn-2026-2")
    blocked = {one.drug: one.blocked_by for one in found.advice if one.drug is not None}
    assert blocked["tocilizumab"] is not None
    assert blocked["g-csf"] is None


def test_two_weeks_below_500_after_car_t():
    def prolonged(labs):
        told = case("tisagenlecleucel", crs=[(400, 0)], labs=labs)
        return "counts-neutropenia-prolonged" in steps(asked(told, 400, "ebmt-eha-2022"))

    assert prolonged(low(48, 384))
    assert not prolonged(low(72, 384))


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("anc_per_ul", 499, "epcoritamab-neutrophils-low"),
        ("anc_per_ul", 500, None),
        ("platelets_10e9_l", 49, "epcoritamab-platelets-low"),
        ("platelets_10e9_l", 50, None),
    ],
)
def test_epcoritamab_waits_for_the_counts(name, value, rule):
    told = case("epcoritamab", crs=[(50, 0)], labs=counts((48, value), name=name))
    found = {key for key in steps(asked(told, 50)) if key.endswith("-low")}
    assert found == ({rule} if rule else set())
