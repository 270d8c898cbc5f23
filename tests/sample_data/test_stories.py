"""Every expectation of the sample ward, worked out by hand, against what the program says."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

import toxmodels
from tests.sample_data.ward import CASE_TEXTS, STORIES

CRS, ICANS = "astct-crs-2019", "astct-icans-2019"


def _expectations() -> Iterator[Any]:
    for name, story in STORIES.items():
        for expect in story["expect"]:
            yield pytest.param(name, expect, id=f"{name} {expect['at'][5:16]}")


@pytest.fixture(scope="module")
def cases() -> Mapping[str, Any]:
    return {name: toxmodels.load_case(text) for name, text in CASE_TEXTS.items()}


@pytest.mark.parametrize(("name", "expect"), list(_expectations()))
def test_grade_is_the_one_worked_out_by_hand(
    cases: Mapping[str, Any], name: str, expect: Mapping[str, Any]
) -> None:
    result = toxmodels.assess(cases[name], at=datetime.fromisoformat(expect["at"]))
    raised = {flag.id for flag in result.flags}
    for key, scale in (("crs", CRS), ("icans", ICANS)):
        if key in expect:
            grade = result.grades[scale]
            assert [grade.at_least, grade.at_most] == expect[key], f"{key}: {expect['why']}"
    if expect.get("graded") is False:
        assert CRS not in result.grades, expect["why"]
        assert ICANS not in result.grades, expect["why"]
    assert set(expect.get("flags", ())) <= raised, f"raised {sorted(raised)}: {expect['why']}"
    assert not set(expect.get("without_flags", ())) & raised, expect["why"]
