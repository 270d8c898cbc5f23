"""One patient, every scale of CRS: the traps in which they differ, each with its why."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.build import NOW
from tests.toxmodels.scales_beside.crs_patients import (
    CRS_SCALES,
    at_hour,
    graded,
    interval,
    labs,
    patient,
    span,
)
from toxmodels.scales import BESIDE
from toxmodels.sources import sources

Json = dict[str, Any]
ORDER = ("astct-crs-2019", *CRS_SCALES)
_TEXT = Path(__file__).with_name("cross_scale.toml").read_text(encoding="utf-8")
PATIENTS: list[Json] = tomllib.loads(_TEXT)["patient"]
EACH = pytest.mark.parametrize("told", PATIENTS, ids=[one["why"] for one in PATIENTS])


def _case(told: Json) -> Json:
    """TOML has no null: a vital sign that nobody recorded is said in words."""
    sets = [{k: None if v == "null" else v for k, v in one.items()} for one in told["vitals"]]
    due_to = told.get("death")
    events = [{"at": NOW.isoformat(), "kind": "death", "due_to": due_to}]
    return patient(
        vitals=at_hour(sets),
        labs=[] if told.get("no_labs") else labs(**told.get("labs", {})),
        events=[] if due_to is None else events,
    )


@EACH
def test_every_scale_gives_the_grade_of_the_table(told: Json) -> None:
    case = _case(told)
    found = {scale: span(case, scale) for scale in ORDER}
    assert found == {
        scale: interval(text) for scale, text in zip(ORDER, told["grades"], strict=True)
    }


def test_one_patient_gets_every_grade_from_0_to_4() -> None:
    given = [set(told["grades"]) for told in PATIENTS]
    assert any({"0", "1", "2", "3", "4"} <= one for one in given)


def test_the_patients_reach_every_grade_of_every_scale() -> None:
    # The Chinese consensus is closed only by 4, 0 or a clinician: it has a test of its own.
    open_to_judgement = {"cn-bnhl-crs-2022": {1, 2, 3}, "ctcae-crs-4.03": {3}}
    for place, scale in enumerate(ORDER):
        reached = {interval(told["grades"][place])[0] for told in PATIENTS}
        assert reached >= set(range(6)) - open_to_judgement.get(scale, set()), scale


def test_most_patients_are_graded_apart() -> None:
    """Whoever reads one scale for another is wrong more often than not."""
    apart = Counter(len({*told["grades"][:-1]}) > 1 for told in PATIENTS)
    assert apart[True] > 2 * apart[False]


@EACH
def test_every_finding_says_where_it_stands(told: Json) -> None:
    case = _case(told)
    for scale in CRS_SCALES:
        grade = graded(case, scale)
        for finding in grade.findings:
            assert finding.cite.source in sources(), finding
            assert finding.cite.at, finding
            assert finding.says, finding
            if finding.at_least < finding.at_most:
                assert finding.missing, finding
        if grade.at_least > 0:
            assert any(one.decides for one in grade.findings), scale
        if not grade.complete:
            assert grade.missing, scale


@pytest.mark.parametrize("scale", CRS_SCALES)
def test_every_scale_says_what_is_easily_got_wrong(scale: str) -> None:
    shown = BESIDE[scale]
    assert shown.traps
    assert shown.source in sources()
    assert shown.toxicity == "crs"
    assert shown.edition in shown.id
