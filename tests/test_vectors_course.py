"""
Rules about time, one case a file: waiver, masking, episodes, attribution, validity, death.

Each expectation is held against the product and against the second grader.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

import toxmodels
from tests.oracle.course import grades, when
from tests.oracle.vectors import course_stories, interval

Json = dict[str, Any]

STORIES = course_stories()
EXPECTATIONS = [
    pytest.param(story["case"], expected, id=f"{name}: {expected['why']}")
    for name, story in STORIES
    for expected in story["expect"]
]
EACH = pytest.mark.parametrize(("case", "expected"), EXPECTATIONS)


def last_set(case: Json) -> datetime:
    """The default time: the last vitals or exam, or a later death due to the toxicity."""
    times = [one["taken_at"] for kind in ("vitals", "neuro") for one in case.get(kind) or []]
    times += [
        event["at"]
        for event in case.get("events") or []
        if event["kind"] == "death" and event.get("due_to") in ("crs", "icans")
    ]
    return max(when(time) for time in times)


@EACH
def test_the_product_holds_the_time_rules(case: Json, expected: Json) -> None:
    at = None if expected["at"] is None else when(expected["at"])
    assessment = toxmodels.assess(toxmodels.load_case(json.dumps(case)), at=at)
    raised = {flag.id: flag.urgency for flag in assessment.flags}
    if expected["grade"] == "none":
        assert expected["scale"] not in assessment.grades
    else:
        grade = assessment.grades[expected["scale"]]
        assert (grade.at_least, grade.at_most) == interval(expected["grade"])
    for flag in expected.get("flags", []):
        assert flag in raised
    for flag in expected.get("not_flags", []):
        assert flag not in raised
    for flag, urgency in expected.get("urgency", {}).items():
        assert raised[flag] == urgency


@EACH
def test_the_second_grader_holds_the_time_rules(case: Json, expected: Json) -> None:
    at = last_set(case) if expected["at"] is None else when(expected["at"])
    found = grades(case, at)
    if expected["grade"] == "none":
        assert expected["scale"] not in found
    else:
        assert found[expected["scale"]] == interval(expected["grade"])


def test_a_zero_beside_low_pressure_is_never_silent() -> None:
    """Never febrile on a vasopressor inside the window of premedication: somebody is called."""
    story = dict(STORIES)["masking-never-febrile"]
    assessment = toxmodels.assess(toxmodels.load_case(json.dumps(story["case"])))
    assert assessment.grades["astct-crs-2019"].at_most == 0
    assert "emergency" in {flag.urgency for flag in assessment.flags}
