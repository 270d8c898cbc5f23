"""Every rule of every packaged protocol can be reached, and no grade meets an empty space."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

import toxmodels
from tests.toxmodels.protocols.satisfying import ASKED, NOW, before, candidates, exam, signs
from toxmodels.products import products
from toxmodels.protocols import When, protocols, read_protocol
from toxmodels.protocols.words import when_in_words
from toxmodels.scales import astct_crs, astct_icans

RULES = [(one, rule) for one in protocols().values() for rule in one.rules]
TOXICITY = {"crs": astct_crs.ID, "neuro": astct_icans.ID}
BY_ID = {rule.id: rule for _, rule in RULES}
GRADES = (1, 2, 3, 4)
SAMPLES = Path(__file__).parents[3] / "sample_data"


def reached(case, protocol):
    found = toxmodels.assess(case, NOW, protocol=protocol)
    return {name for one in found.advice for name in (one.rule, *one.also)}


def test_the_builder_knows_every_question():
    assert set(When.model_fields) == ASKED


@pytest.mark.parametrize(("protocol", "rule"), RULES, ids=[rule.id for _, rule in RULES])
def test_some_patient_reaches_the_rule(protocol, rule):
    patients = candidates(protocol, rule)
    assert any(rule.id in reached(case, chosen) for case, chosen in patients), when_in_words(rule)


def test_a_rule_that_nobody_can_reach_would_be_found():
    text = files("toxmodels.protocols").joinpath("asco_2021.toml").read_text(encoding="utf-8")
    reads = 'when = { hypotensive = true, boluses_min = "$boluses_before_steroid", tocilizumab_min'
    never = reads.replace("tocilizumab_min", "since_tocilizumab_hours_min = 2, tocilizumab_max")
    assert reads in text
    protocol = read_protocol(text.replace(f"{reads} = 1", f"{never} = 0"), "asco_2021.toml")
    rule = next(one for one in protocol.rules if one.id == "asco-2021/crs-2-dexamethasone")
    assert not any(rule.id in reached(case, chosen) for case, chosen in candidates(protocol, rule))


def test_the_list_of_who_reaches_what_names_every_rule_and_only_sample_patients():
    read = json.loads((SAMPLES / "reached.json").read_text(encoding="utf-8"))
    assert set(read) == set(BY_ID), "run scripts/make_rulebook.py"
    patients = {path.parent.name for path in SAMPLES.glob("*/case.json")}
    assert {name for names in read.values() for name in names} <= patients


# No empty space


@cache
def graded(product, crs, icans):
    """A patient with those grades and nothing else, a day after the first dose."""
    therapy = {"product": product, "started_at": before(30.0)}
    whole = {
        "format": "toxwatch-case/1",
        "patient": {"id": "built", "age_years": 40.0, "weight_kg": 70.0},
        "therapy": therapy | {"doses": [{"given_at": before(30.0)}]},
        "vitals": [signs(0.0, crs)],
        "neuro": [exam(0.0, icans)],
        "labs": [],
        "treatments": [],
        "gradings": [],
        "events": [],
    }
    return toxmodels.load_case(json.dumps(whole))


def answered(advice):
    """The toxicity one piece of advice speaks of."""
    rule = BY_ID.get(advice.rule)
    if rule is None or rule.is_computed:
        return advice.scale
    return TOXICITY.get(rule.term)


def covers(protocol, product):
    if protocol.products:
        return product in protocol.products
    return products()[product].kind in protocol.kinds


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("scale", [astct_crs.ID, astct_icans.ID])
@pytest.mark.parametrize("protocol", protocols().values(), ids=[*protocols()])
def test_every_grade_is_answered_or_said_to_be_unanswered(protocol, scale, grade):
    crs, icans = (grade, 0) if scale == astct_crs.ID else (0, grade)
    for product in products():
        found = toxmodels.assess(graded(product, crs, icans), NOW, protocol=protocol)
        assert found.grades[scale].at_least == grade
        silent = [one for one in found.advice if one.rule == f"{protocol.id}/silent"]
        if not covers(protocol, product):
            assert [one.scale for one in silent] == [None], product
            assert product in silent[0].advise
            continue
        own = [one for one in found.advice if one.protocol == protocol.id]
        assert scale in map(answered, own), product
        speaks = {answered(one) for one in own if one not in silent}
        assert not any(one.scale in speaks for one in silent), product


@pytest.mark.parametrize("grade", GRADES)
def test_without_a_protocol_the_advice_is_to_choose_one(grade):
    found = toxmodels.assess(graded("tisagenlecleucel", grade, 0), NOW)
    assert [(one.rule, one.drug) for one in found.advice] == [("choose-a-protocol", None)]


@pytest.mark.parametrize("protocol", protocols().values(), ids=[*protocols()])
def test_grade_0_proposes_no_drug_against_crs_or_icans(protocol):
    for product in products():
        found = toxmodels.assess(graded(product, 0, 0), NOW, protocol=protocol)
        against = [one for one in found.advice if one.grade is not None and one.drug is not None]
        assert against == []
