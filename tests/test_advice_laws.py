"""
Laws of advice that hold for any patient under any protocol, tried on random case files.

The limits are written here as numbers from the sources, not read from the package.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toxmodels
from tests.figures import told
from tests.oracle.build import DOSE
from tests.oracle.course import CRS, ICANS
from tests.oracle.profiles import NAME, NIGHTLY, PROFILE
from tests.oracle.strategies import a_case, asked_at
from toxmodels.protocols import Advice, protocols

Json = dict[str, Any]

pytestmark = pytest.mark.timeout(4 * 3600 if NIGHTLY else 400)
FLAT_FOR_ADULTS = (
    "dexamethasone",
    "methylprednisolone",
    "levetiracetam",
    "anakinra",
    "ruxolitinib",
)
NEEDS_WEIGHT = ("tocilizumab", "siltuximab", "emapalumab", "g-csf")
# What would give a product on or again, in the words of the rules; none may stand beside a stop.
GIVES_ON = re.compile(
    r"infusion goes on|continue the infusion|may continue|premedicate (again|the next)|restart in "
    r"hospital|restart at|restart begins|restart more|cycle goes on|resume|home infusion|next cycle"
    r"|(?<!was )the (low|full) dose|next scheduled dose|before a restart after|lost time",
    re.IGNORECASE,
)
WARNS = ("check the order now", "check pump, bag and order now")  # of an error, while it still runs
TERMS = ("cytokine release syndrome", "seizure", "encephalopathy", "lipase increased")


def _hours(hours: float) -> str:
    return (DOSE + timedelta(hours=hours)).isoformat()


def managed_case(seed: int) -> Json:
    """A random patient in treatment: doses, responses, a label's grades, seizures."""
    pick = random.Random(seed).choice
    case = a_case(pick, 60, attribution=True, deaths=pick((True, False, False, False)))
    newest = (asked_at(case) - DOSE) / timedelta(hours=1)
    if case["treatments"] is not None:
        for drug in ("tocilizumab", "dexamethasone", "methylprednisolone"):
            for _ in range(pick((0, 0, 1, 2, 3, 4))):
                before = pick((0.0, 2.0, 7.9, 8.0, 16.0, 23.9, 24.0, 40.0, 100.0))
                case["treatments"].append({"given_at": _hours(newest - before), "drug": drug})
    for _ in range(pick((0, 0, 1, 2))):
        change = pick(("improved", "same", "worse"))
        at = _hours(newest - pick((0.0, 1.0, 9.0)))
        case["events"].append({"at": at, "kind": "response", "to": "tocilizumab", "change": change})
    case["gradings"] = [
        {
            "graded_at": _hours(newest - pick((0.0, 12.0, 80.0, 200.0))),
            "scale": pick(("ctcae-5.0", "lee-2014", "penn-2018")),
            "term": pick(TERMS),
            "grade": pick((0, 1, 2, 3, 4)),
        }
        for _ in range(pick((0, 0, 1, 2, 3)))
    ]
    case["patient"]["weight_kg"] = pick((None, 9.0, 29.9, 30.0, 39.9, 70.0, 110.0, 140.0))
    case["patient"]["height_cm"] = pick((None, 110.0, 172.0))
    case["patient"]["marrow_blasts_percent"] = pick((None, 3.0, 50.0, 80.0))
    if pick((True, False)):
        running = {"started_at": _hours(0), "rate_ug_day": pick((9.0, 28.0)), "cycle": 1}
        case["therapy"] = {
            "product": "blinatumomab",
            "indication": "b-all-rr",
            "started_at": _hours(0),
        }
        case["therapy"]["infusions"] = [running]
    if case["therapy"] is not None:
        case["therapy"]["region"] = pick((None, "us", "eu", "jp"))
    return case


MANAGED = st.integers(0, 2**60).map(managed_case)
LATER_H = st.sampled_from((0.0, 0.0, 1.0, 4.1))


def _advised(assessment: Any) -> list[Advice]:
    return [*assessment.advice, *assessment.if_confirmed]


def _fits(case: Json, at: datetime) -> int:
    """Seizures that nobody can take for one: recorded more than a day apart, none attributed."""
    times = sorted(
        datetime.fromisoformat(one["taken_at"])
        for one in case["neuro"]
        if (one["seizure"] or {"kind": "none"})["kind"] != "none"
        and not one["other_cause"]
        and DOSE < datetime.fromisoformat(one["taken_at"]) <= at
    )
    apart = [b for a, b in pairwise(times) if b - a > timedelta(hours=24)]
    return (1 + len(apart)) if times else 0


def by_its_own_hours(protocol: str) -> set[str]:
    """Alarms whose hours this protocol sets; everything else must be said whatever the protocol."""
    waits = protocols()[protocol].clocks.waits
    return {"t01"} | ({"t04", "toci-response-due", "steroid-response-due"} if waits else set())


def test_advice_keeps_every_hard_rule(capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()

    @PROFILE
    @given(case=MANAGED, later_h=LATER_H, protocol=st.sampled_from(sorted(protocols())))
    def law(case: Json, later_h: float, protocol: str) -> None:
        at = asked_at(case, later_h)
        read = toxmodels.load_case(json.dumps(case))
        bare = toxmodels.assess(read, at=at)
        found = toxmodels.assess(read, at=at, protocol=protocol)
        counted["cases"] += 1
        counted["advised"] += bool(found.advice)
        assert found.grades == bare.grades, "a protocol changed a grade"
        said, said_bare = (
            [flag for flag in one.flags if flag.id not in by_its_own_hours(protocol)]
            for one in (found, bare)
        )
        assert said == said_bare, "a protocol changed what must be said"
        if bare.grades:
            _never_tocilizumab_without_crs(found)
            _no_step_back_while_open(found)
        for one in _advised(found):
            _within_limits(one, case, at)
            _never_flat_for_children(one, case)
            counted["doses"] += one.dose_mg is not None
            assert one.dose_mg is None or one.blocked_by is None, one.rule
            assert one.step != "consult" or one.dose_mg is None, f"{one.rule} orders a last resort"
        _always_stops(found, case, at, counted)
        _nothing_goes_on_beside_a_stop(found, case, counted)
        _nothing_goes_on_beside_an_urgent_hold(found)

    law()
    with capsys.disabled():
        print(f"\n{told('P-09', n=counted['doses'], bad=0, law='advice')}")
        print(f"\nlaw=advice profile={NAME} " + " ".join(f"{k}={v}" for k, v in counted.items()))
    assert counted["doses"] > counted["cases"] / 20
    assert counted["stops"] > 0
    assert counted["stops_at_lower_grades"] > 0, "the law was never tried where a rule could err"


def _never_tocilizumab_without_crs(found: Any) -> None:
    crs = found.grades[CRS]
    against = [one for one in found.advice if one.drug == "tocilizumab"]
    assert crs.at_least >= 1 or not against, "tocilizumab without CRS"
    supposed = [one for one in found.if_confirmed if one.drug == "tocilizumab"]
    assert crs.at_most >= 1 or not supposed, "tocilizumab for CRS that cannot be"


def _no_step_back_while_open(found: Any) -> None:
    closed = all(grade.at_least == grade.at_most for grade in found.grades.values())
    back = [one.rule for one in _advised(found) if one.step in ("taper", "restart")]
    assert closed or not back, f"{back} while a grade is open"


def _within_limits(one: Advice, case: Json, at: datetime) -> None:
    weight_kg = case["patient"]["weight_kg"]
    if one.dose_mg is None:
        return
    if one.drug in NEEDS_WEIGHT:
        assert weight_kg is not None, f"{one.rule}: a dose without a weight"
    if one.drug != "tocilizumab":
        return
    assert one.dose_mg <= 800.0
    per_kg = 12.0 if weight_kg < 30.0 else 8.0
    assert one.dose_mg == pytest.approx(min(800.0, per_kg * weight_kg))
    given = _given(case, "tocilizumab", at)
    assert all(at - time >= timedelta(hours=8) for time in given), "inside the interval"
    assert sum(at - time < timedelta(hours=24) for time in given) < 3, "a fourth dose in a day"
    if (case["therapy"] or {}).get("product") == "tisagenlecleucel":
        assert sum(time >= DOSE for time in given) < 4, "a fifth dose in a course"


def _given(case: Json, drug: str, at: datetime) -> Sequence[datetime]:
    times = [
        datetime.fromisoformat(one["given_at"])
        for one in case["treatments"] or ()
        if one["drug"] == drug
    ]
    return [time for time in times if time <= at]


def _never_flat_for_children(one: Advice, case: Json) -> None:
    age, weight_kg = case["patient"]["age_years"], case["patient"]["weight_kg"]
    small = (age is not None and age < 18.0) or (weight_kg is not None and weight_kg < 40.0)
    sheet = "" if one.worksheet is None else one.worksheet.arithmetic
    by_size = "mg/kg" in sheet or "mg/m2" in sheet
    # The label of blinatumomab doses dexamethasone by weight at any age: 8 mg from 45 kg.
    by_size = by_size or "kg is 45 kg or more" in sheet
    if small and one.drug in FLAT_FOR_ADULTS and not by_size:
        assert one.dose_mg is None, f"{one.rule}: an adult flat dose for a child"


def _always_stops(found: Any, case: Json, at: datetime, counted: Counter[str]) -> None:
    """Whatever the protocol: CTCAE 4 or a second seizure on blinatumomab is the end of it."""
    if (case["therapy"] or {}).get("product") != "blinatumomab" or not found.grades:
        return
    if any(event["kind"] == "death" for event in case["events"]):
        return
    crs = [
        (datetime.fromisoformat(one["graded_at"]), one["grade"])
        for one in case["gradings"]
        if one["scale"].startswith("ctcae") and one["term"] == "cytokine release syndrome"
    ]
    crs = [(time, grade) for time, grade in crs if time <= at]
    newest = {grade for time, grade in crs if time == max(crs)[0]}
    if newest == {4} or _fits(case, at) > 1:
        counted["stops"] += 1
        stops = [one for one in found.advice if one.step == "stop"]
        assert stops, f"no stop: CTCAE CRS {newest}, seizures {_fits(case, at)}"
        assert all(one.urgency == "emergency" for one in stops)


def _nothing_goes_on_beside_a_stop(found: Any, case: Json, counted: Counter[str]) -> None:
    """Once the product is stopped for good, nothing says that it goes on or begins again."""
    if all(one.step != "stop" for one in found.advice):
        return
    lower = any(0 < found.grades[id_].at_least < 3 for id_ in (CRS, ICANS))
    counted["stops_at_lower_grades"] += lower
    product = case["therapy"]["product"]
    for one in _advised(found):
        says = f"{one.rule} beside a stop: {one.advise}"
        assert one.step != "restart", says
        assert one.drug != product, says
        assert one.worksheet is None or one.worksheet.drug != "dexamethasone-premedication", says
        sounds = GIVES_ON.search(one.advise)
        allowed = one.step == "stop" or any(word in one.advise for word in WARNS)
        assert sounds is None or allowed, says


def _nothing_goes_on_beside_an_urgent_hold(found: Any) -> None:
    if any(one.step == "hold" and one.urgency == "emergency" for one in found.advice):
        on = re.compile(r"infusion goes on|continue the infusion")
        said = [one.rule for one in found.advice if on.search(one.advise)]
        assert not said, f"{said} beside a hold"


def test_every_grade_gets_advice_or_an_explicit_silence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    counted: Counter[str] = Counter()

    @PROFILE
    @given(case=MANAGED, protocol=st.sampled_from(sorted(protocols())))
    def law(case: Json, protocol: str) -> None:
        read = toxmodels.load_case(json.dumps(case))
        found = toxmodels.assess(read, at=asked_at(case), protocol=protocol)
        if any(event["kind"] == "death" for event in case["events"]) or not found.grades:
            return
        counted["cases"] += 1
        graded = max(found.grades[CRS].at_least, found.grades[ICANS].at_least)
        if graded >= 1:
            counted["graded"] += 1
            assert found.advice, f"{protocol} says nothing at grade {graded}"
        bare = toxmodels.assess(read, at=asked_at(case))
        assert [one.drug for one in bare.advice if one.drug is not None] == []

    law()
    with capsys.disabled():
        print(f"\nlaw=advice-silence profile={NAME} graded={counted['graded']}")
    assert counted["graded"] > 10
