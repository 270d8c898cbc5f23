"""ICANS that rests on a CAPD near the child's usual one: grade 3 is confirmed first, 1 is usual."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.escalation.situations import case, exam, stamp, vitals, when
from toxmodels import Assessment, assess
from toxmodels.scales import astct_icans

PROTOCOLS = ("asco-2021", "nccn-2026-2", "site-example", "ebmt-eha-2022")
AT = 40.0


def child(total: int, usual: int | None, **more: Any) -> dict[str, Any]:
    who = {"age_years": 6.0, "weight_kg": 20.0, "baseline_ice": None, "baseline_capd": usual}
    found = exam(AT, ice=None, capd={"total": total}, **more)
    return {"patient": who, "vitals": [vitals(AT)], "neuro": [found]}


def asked(protocol: str, parts: dict[str, Any], **more: Any) -> Assessment:
    return assess(case(**parts, **more), at=when(AT), protocol=protocol)


def of_icans(found: Assessment) -> list[str]:
    return [one.rule for one in found.advice if one.scale == astct_icans.ID]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_close_to_the_usual_one_a_physician_confirms_before_anything_is_given(
    protocol: str,
) -> None:
    found = asked(protocol, child(10, 9))
    assert found.grades[astct_icans.ID].at_least == 3, "the grade stands"
    (one,) = [one for one in found.advice if one.scale == astct_icans.ID]
    assert "physician to confirm against baseline today" in one.advise
    assert (one.urgency, one.owner, one.drug) == ("urgent", "physician", None)
    later = {one.rule for one in found.if_confirmed if one.if_grade == 3}
    assert later, "what it would be stands where grades to be confirmed stand"
    assert of_icans(asked(protocol, child(12, 9))) != ["usual-capd"], "three points above"
    assert of_icans(asked(protocol, child(10, None))) != ["usual-capd"], "nobody knows the usual"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_another_sign_of_the_same_grade_or_a_physicians_grade_brings_the_advice(
    protocol: str,
) -> None:
    plain = of_icans(asked(protocol, child(10, None)))
    touch = asked(protocol, child(10, 9, consciousness="tactile"))
    assert "usual-capd" not in of_icans(touch)
    graded = [{"graded_at": stamp(AT), "scale": "astct-icans-2019", "term": "icans", "grade": 3}]
    assert of_icans(asked(protocol, child(10, 9), gradings=graded)) == plain
    lower = [graded[0] | {"grade": 0}]
    assert of_icans(asked(protocol, child(10, 9), gradings=lower)) == ["usual-capd"]


def test_what_another_sign_grades_lower_is_treated_meanwhile() -> None:
    found = asked("nccn-2026-2", child(10, 9, consciousness="voice", cerebral_oedema="none"))
    names = of_icans(found)
    assert {"usual-capd", "nccn-2026-2/icans-2-imaging"} <= set(names)
    assert not any("icans-3" in name for name in names)


def test_an_engager_is_held_all_the_same() -> None:
    found = asked("nccn-2026-2", child(10, 9), product="epcoritamab")
    assert "nccn-2026-2/next-dose-icans-subcutaneous" in of_icans(found)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_child_at_the_usual_capd_is_not_escalated(protocol: str) -> None:
    found = asked(protocol, child(6, 6))
    assert found.grades[astct_icans.ID].at_least == 1
    assert of_icans(found) == ["usual-capd"]
    (one,) = [one for one in found.advice if one.scale == astct_icans.ID]
    assert (one.urgency, one.drug) == ("info", None)
    assert not [one for one in found.if_confirmed if one.scale == astct_icans.ID]
    for parts in (child(7, 6), child(6, 6, consciousness="drowsy")):
        assert "usual-capd" not in of_icans(asked(protocol, parts))
