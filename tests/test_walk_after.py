"""
A walk taken over from an earlier one says what a walk from the start says, at every moment.

The newest records of a case are taken away and come back one after the other, as a ward enters
them: in time order, late, as a correction, and with a list that nobody had kept before.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toxmodels
from tests.figures import told
from tests.health.tree import ROOT
from tests.oracle.profiles import NAME, NIGHTLY, PROFILE
from tests.oracle.strategies import LATER, asked_at, cases
from toxmodels.assess import assess, course
from toxmodels.course import Walk, differs_from
from toxmodels.records import Case

Json = dict[str, Any]
LISTS = ("vitals", "neuro", "labs", "treatments", "events", "gradings")
pytestmark = pytest.mark.timeout(10 * 3600 if NIGHTLY else 400)


def loaded(case: Json) -> Case:
    return toxmodels.load_case(json.dumps(case))


def growing(case: Json, chance: random.Random) -> list[Json]:
    """The case with one record less and less; the last one is the whole."""
    whole, found = copy.deepcopy(case), []
    for _ in range(3):
        found.append(copy.deepcopy(whole))
        full = [name for name in LISTS if whole.get(name)]
        if not full:
            break
        name = chance.choice(full)
        place = chance.choice((-1, -1, -1, chance.randrange(len(whole[name]))))
        del whole[name][place]
        if not whole[name] and chance.random() < 0.5:
            whole[name] = None
    return found[::-1]


def said(walk: Walk, at: Any, protocol: str | None) -> Any:
    return assess(walk, at=at, protocol=protocol).model_dump(mode="json")


def test_a_walk_that_goes_on_says_what_one_from_the_start_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    counted: Counter[str] = Counter()

    @PROFILE
    @given(
        case=cases(),
        later_h=LATER,
        seed=st.integers(0, 2**16),
        protocol=st.sampled_from((None, "nccn-2026-2", "asco-2021")),
    )
    def law(case: Json, later_h: float, seed: int, protocol: str | None) -> None:
        counted["cases"] += 1
        walk: Walk | None = None
        for grown in growing(case, random.Random(seed)):
            at = asked_at(case, later_h)
            fresh = Walk(loaded(grown))
            counted["taken over"] += walk is not None and (
                differs_from(walk.case, fresh.case) is not None
            )
            walk = Walk(loaded(grown), after=walk)
            # Asked as a screen asks: at some moments, then later; what is remembered is then used.
            times = [*fresh.chart.times(at), at - timedelta(minutes=1), at]
            for time in times[-4:]:
                assert said(walk, time, protocol) == said(fresh, time, protocol)
            if fresh.chart.times(at):
                assert course(walk, at=at) == course(fresh, at=at)
        counted["graded"] += 1

    law()
    with capsys.disabled():
        print(f"\n{told('P-08', n=counted['graded'], bad=0, law='taken-over')}")
        print(f"law=taken-over profile={NAME} {dict(counted)}")
    assert counted["taken over"] > counted["cases"] / 3


@pytest.mark.parametrize("name", ["demo-04", "demo-09", "demo-18"])
def test_a_sample_course_entered_set_by_set(name: str) -> None:
    case = json.loads((ROOT / "sample_data" / name / "case.json").read_text(encoding="utf-8"))
    vitals = sorted(case["vitals"], key=lambda one: one["taken_at"])
    begins = len(vitals) * 2 // 3
    walk: Walk | None = None
    for until in range(begins, min(begins + 6, len(vitals))):
        last = vitals[until]["taken_at"]
        part = copy.deepcopy(case)
        for kind, time in (("vitals", "taken_at"), ("neuro", "taken_at"), ("labs", "taken_at"),
                           ("treatments", "given_at"), ("events", "at")):  # fmt: skip
            if part.get(kind) is not None:
                part[kind] = [one for one in part[kind] if one[time] <= last]
        record = loaded(part)
        assert walk is None or differs_from(walk.case, record) is not None
        walk = Walk(record, after=walk)
        fresh = Walk(record)
        at = fresh.chart.times()[-1] + timedelta(minutes=20)
        assert said(walk, at, "nccn-2026-2") == said(fresh, at, "nccn-2026-2")
        assert course(walk, at=at) == course(fresh, at=at)


def test_what_may_reach_further_back_is_never_taken_over() -> None:
    at = "2026-03-01T08:00:00Z"
    bare: Json = {
        "format": "toxwatch-case/1", "patient": {"id": "p", "age_years": 40.0},
        "therapy": {"product": "tisagenlecleucel", "doses": [{"given_at": at}]},
        "vitals": [{"taken_at": "2026-03-03T08:00:00Z", "temperature_c": 39.0}],
    }  # fmt: skip
    dose = {"drug": "tocilizumab", "given_at": "2026-03-03T09:00:00Z"}
    first_list = {**bare, "treatments": [dose]}
    older = {**bare, "patient": {"id": "p", "age_years": 41.0}}
    corrected = copy.deepcopy(bare)
    corrected["vitals"][0]["temperature_c"] = 36.9
    assert differs_from(loaded(bare), loaded(first_list)) is None, "the list was unknown before"
    assert differs_from(loaded(bare), loaded(older)) is None
    found = differs_from(loaded(bare), loaded(corrected))
    assert found is not None
    assert found.isoformat() == "2026-03-03T08:00:00+00:00"
