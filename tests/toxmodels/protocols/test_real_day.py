"""
Advice with the real day: the second dose of obecabtagene, the clock of blinatumomab, ranges.

What a case knows reaches the dose sheet through a rule; what is open or disputed blocks it.
"""

import json

import pytest

import toxmodels
from tests.toxmodels.protocols import test_blinatumomab_rules as blina
from tests.toxmodels.protocols import test_labels as labels
from toxmodels.protocols import protocols
from toxmodels.protocols.advice import until_confirmed

OBE = labels.OBE
WHO = {"marrow_blasts_percent": 12.0}


# The second dose of obecabtagene


def gate(day, *, crs=0, now=0, ice=10, signs=None, whole=True, who=None):
    """Day 2 with CRS of grade ``crs``; at the end every sign is there but for ``signs``."""
    at = (day - 1) * 24
    sets = [labels.vitals(40, **labels.FEVER), labels.vitals(48, **labels.BY_GRADE[crs])]
    sets.append(labels.vitals(at, **labels.BY_GRADE[now], **(signs or {})))
    exams = [labels.exam(48, ice={"total": ice}), *([labels.exam(at)] if whole else [])]
    return labels.asked(OBE, at, sets, exams=exams, who=WHO if who is None else who)


def sheet(found, name="obecabtagene-second-dose"):
    return labels.one(found, name).worksheet


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (7, "day 7: the second dose is for day 10 +/- 2"),
        (8, None),
        (10, None),
        (21, None),
        (22, "day 22: not after day 21"),
    ],
)
def test_the_second_dose_is_worked_out_for_the_real_day(day, says):
    found = sheet(gate(day))
    assert found.blocked_by == says
    assert found.dose == (310_000_000 if says is None else None)


def test_the_grades_of_the_case_and_not_a_constant_reach_the_sheet():
    assert sheet(gate(10, crs=2)).dose == 310_000_000, "grade 2 that has settled"
    assert sheet(gate(10, crs=1, now=1)).dose == 310_000_000
    rule = next(one for one in protocols()["label-us"].rules if one.id.endswith("second-dose"))
    assert not {"crs_grade", "icans_grade", "day"} & set(rule.dose)


def test_an_open_grade_is_no_number_and_is_named():
    found = gate(10, signs={"temperature_c": None})
    assert not [one for one in found.advice if one.rule.endswith("second-dose")]
    blocked = sheet(found, "obecabtagene-second-open").blocked_by
    assert blocked == (
        "CRS is open, 0 to 1: record what is missing; an open grade allows no second dose"
    )
    unread = sheet(gate(10, whole=False), "obecabtagene-second-open")
    assert "ICANS is open, 0 to 4" in unread.blocked_by
    assert unread.dose is None


def test_a_grade_that_was_open_on_the_way_is_asked_about():
    clean = labels.one(gate(10), "obecabtagene-second-dose")
    assert any("ICANS grade 2 was possible" in one for one in clean.confirm), "no exam at hour 40"
    sets = [labels.vitals(48), labels.vitals(216)]
    exams = [labels.exam(48), labels.exam(216)]
    whole = labels.asked(OBE, 216, sets, exams=exams, who=WHO)
    confirm = labels.one(whole, "obecabtagene-second-dose").confirm
    assert not any("was possible" in one for one in confirm)


def test_missing_blasts_stay_missing():
    assert "marrow_blasts_percent is needed" in sheet(gate(10, who={})).blocked_by


# The clock of blinatumomab


def amounts(found):
    return {
        one.rule.partition("/")[2]: (one.worksheet.dose, one.blocked_by)
        for one in found.advice
        if one.drug is not None
    }


def test_no_rule_of_the_day_carries_a_constant_day():
    """Only a start that is day 1 by its own meaning, and the step itself, may name a day."""
    for region, id_ in blina.FILES.items():
        for rule in protocols()[id_].rules:
            asked = dict(rule.dose)
            stage = rule.when.infusion or ()
            clocked = rule.drug in ("blinatumomab", "dexamethasone-premedication")
            if not clocked or "before" in stage or rule.id.endswith("/step-premedication"):
                continue
            assert asked.pop("restart_day", 1) == 1, rule.id
            asked.pop("restart_after", None)
            assert asked == {"region": region}, rule.id


@pytest.mark.parametrize("region", ["us", "eu"])
def test_between_the_two_counts_the_step_is_blocked_with_its_reason(region):
    broken = [blina.segment(0, 100, 9.0, "pump"), blina.segment(110, None, 9.0)]
    for at, dose in ((167, 9.0), (170, None), (177.9, None), (178, 28.0)):
        found = amounts(blina.asked(at, region, infusions=broken))
        mine = {k: v for k, v in found.items() if k.startswith("dose-")}
        ((given, blocked),) = mine.values()
        assert given == dose, at
        assert (blocked is None) == (dose is not None)
        if blocked:
            assert "day 7 or day 8" in blocked


def test_two_protocols_beside_each_other_never_contradict_their_own_text():
    """A rule for days 1 to 7 with the amount of day 8 would be worse than none."""
    broken = [blina.segment(0, 100, 9.0, "pump"), blina.segment(110, None, 9.0)]
    for region in blina.REGIONS:
        for file in blina.FILES.values():
            for at in (150, 167, 170, 178, 200):
                found = amounts(blina.asked(at, region, protocol=file, infusions=broken))
                assert found.get("dose-cycle-1-low", (None,))[0] in (None, 9.0)
                assert found.get("dose-cycle-1-step", (None,))[0] in (None, 28.0)


@pytest.mark.parametrize("region", blina.REGIONS)
def test_a_cycle_that_is_over_has_no_rate(region):
    found = amounts(blina.asked(680, region))
    assert found["dose-cycle-1-full"][0] is None
    assert "no infusion day" in found["dose-cycle-1-full"][1]


def test_the_real_hours_off_reach_premedication_and_restart():
    found = blina.asked(205.5, infusions=blina.off(200, "pump"))
    steps = blina.one(found, "gap-4-hours-premedication-cycle-1").worksheet.steps
    assert any("interrupted 5.5 h" in step for step in steps)
    again = blina.asked(
        101 + 24 * 8,
        infusions=blina.off(101),
        events=blina.paused(101, "crs"),
        gradings=[blina.ctcae(100, 3), blina.ctcae(129, 0)],
    )
    restart = blina.one(again, "crs-3-restart").worksheet
    assert restart.dose == 9.0
    assert any("more than 7 days: begin a new cycle" in one for one in restart.cautions)


def test_a_new_cycle_after_a_long_toxicity_begins_low():
    parts = [blina.segment(0, 200, 28.0, "toxicity"), blina.segment(400, None, 9.0, cycle=2)]
    more = {"infusions": parts, "events": blina.paused(200, "crs")}
    gradings = [blina.ctcae(199, 3), blina.ctcae(220, 0)]
    early = amounts(blina.asked(420, gradings=gradings, **more))
    assert early["restarted-crs-low"] == (9.0, None)
    assert "dose-later-cycles" not in early
    late = amounts(blina.asked(400 + 168, gradings=gradings, **more))
    assert late["restarted-crs-raise"] == (28.0, None)


# Ranges


def engager(grade, **who):
    body = {
        "format": "toxwatch-case/1",
        "patient": {"id": "r", "age_years": 50.0, "weight_kg": 70.0} | who,
        "therapy": {"product": "teclistamab", "doses": [{"given_at": labels.hour(0)}]},
        "vitals": [labels.vitals(48, **labels.BY_GRADE[grade])],
        "neuro": [labels.exam(48)],
        "treatments": [],
    }
    case = toxmodels.load_case(json.dumps(body))
    found = toxmodels.assess(case, at=labels.hour(48), protocol="nccn-2026-2")
    return [
        one for one in found.advice if one.drug == "dexamethasone" and one.worksheet is not None
    ]


def test_a_range_stands_beside_the_drug_and_is_never_a_dose():
    ranges = [one for one in engager(2) if one.dose_range is not None]
    assert [one.dose_range for one in ranges] == ["8 to 12 mg"]
    (one,) = ranges
    assert one.dose_mg is None
    assert one.blocked_by == "dose_mg is needed: choose 8 to 12 mg"
    assert "8 to 12 mg" in one.arithmetic


def test_a_child_is_shown_no_range():
    for who in ({"age_years": 15.0}, {"weight_kg": 30.0}, {"age_years": None}):
        assert not [one for one in engager(2, **who) if one.dose_range is not None]


def test_what_is_held_back_shows_no_range_either():
    (one,) = [one for one in engager(2) if one.dose_range is not None]
    crs = one.model_copy(update={"scale": "astct-crs-2019"})
    (held,) = until_confirmed((crs,), "late fever", None, None)
    assert (held.dose_range, held.blocked_by) == (None, "late fever")
