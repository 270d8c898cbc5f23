"""No flat dose for a child, whatever rule asks: neither worked out nor written beside it."""

import re

import pytest

from toxmodels.drugs import dose
from toxmodels.protocols import protocols

# A plain reading of its own, so that a hole in the check of rule files is seen here.
MILLIGRAMS = re.compile(r"\d\s*mg(?!/(?:kg|m2))")
CHILD = {"age_years": 9.0, "weight_kg": 27.0, "bsa_m2": 1.0}
RULES = [rule for one in protocols().values() for rule in one.rules]
DOSED = {(rule.drug, *sorted(rule.dose.items())): rule for rule in RULES if rule.drug}


def test_no_rule_writes_milligrams():
    for rule in RULES:
        for text in (rule.advise, *rule.cautions):
            assert not MILLIGRAMS.search(text), rule.id


@pytest.mark.parametrize("rule", DOSED.values(), ids=[rule.id for rule in DOSED.values()])
def test_a_dose_for_a_child_is_per_kg_or_per_m2_or_blocked_without_a_number(rule):
    found = dose(rule.drug, **CHILD, **rule.dose)
    if found.unit not in ("mg", "mg/day"):
        return
    if found.dose is not None:
        assert re.search(r"\d mg/(kg|m2) x ", found.arithmetic), found.arithmetic
        return
    assert found.blocked_by
    said = (found.arithmetic, found.schedule, found.note, *found.steps, found.blocked_by)
    assert not [text for text in said if text and MILLIGRAMS.search(text)]
