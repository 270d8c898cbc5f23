"""
The laws for scales that count days and for the IEC-HS screen, on random samples.

Filling a count only narrows where nothing stood in for it: a day inside a short gap has the line
between its neighbours, as published, and that value may be replaced.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.profiles import PROFILE
from tests.toxmodels.scales_beside.daily import grade, patient, sample
from toxmodels import Case
from toxmodels.findings import Grade

Samples = list[dict[str, Any]]
COUNTING = {
    "icaht-early-2023": ("anc_per_ul", (0, 100, 101, 500, 501, 2000)),
    "icaht-late-2023": ("anc_per_ul", (0, 100, 500, 1000, 1500, 1501)),
    "t-icaht-early-2025": ("platelets_10e9_l", (0, 19, 20, 49, 50, 150)),
    "t-icaht-late-2025": ("platelets_10e9_l", (0, 19, 20, 50, 99, 100)),
}
SCALES = st.sampled_from(sorted(COUNTING))
FILLED = 7


@st.composite
def taken(draw: st.DrawFn) -> tuple[str, dict[int, float | None], int]:
    """A scale, a count or none for each day sampled, and the day asked about."""
    scale = draw(SCALES)
    _, values = COUNTING[scale]
    one = st.one_of(st.none(), st.sampled_from(values))
    days = draw(st.dictionaries(st.integers(-3, 104), one, max_size=14))
    return scale, days, draw(st.sampled_from((0, 5, 13, 29, 30, 31, 60, 110)))


def built(scale: str, days: dict[int, float | None]) -> Case:
    analyte = COUNTING[scale][0]
    return patient(
        *(
            sample(day, crp_mg_l=1.0) if value is None else sample(day, **{analyte: value})
            for day, value in days.items()
        )
    )


def check(found: Grade, highest: int = 4) -> None:
    assert 0 <= found.at_least <= found.at_most <= highest
    assert bool(found.missing) == (found.at_least < found.at_most)
    assert any(one.decides for one in found.findings) == (found.at_least > 0)
    assert found.complete == (found.at_least == found.at_most)


@PROFILE
@given(given=taken(), seed=st.integers(0, 999))
def test_any_series_is_graded_the_same_in_any_order(
    given: tuple[str, dict[int, float | None], int], seed: int
) -> None:
    scale, days, asked = given
    found = grade(built(scale, days), scale, asked)
    check(found)
    mixed = [*days.items()]
    random.Random(seed).shuffle(mixed)
    assert grade(built(scale, dict(mixed)), scale, asked) == found


@PROFILE
@given(given=taken(), data=st.data())
def test_a_lower_count_never_lowers_a_bound(
    given: tuple[str, dict[int, float | None], int], data: st.DataObject
) -> None:
    scale, days, asked = given
    counted = sorted(day for day, value in days.items() if value)
    if not counted:
        return
    day = data.draw(st.sampled_from(counted))
    lower = [one for one in COUNTING[scale][1] if one < (days[day] or 0)]
    worse = days | {day: data.draw(st.sampled_from(lower))}
    before, after = (grade(built(scale, one), scale, asked) for one in (days, worse))
    assert after.at_least >= before.at_least
    assert after.at_most >= before.at_most


@PROFILE
@given(given=taken(), data=st.data())
def test_filling_a_count_only_narrows(
    given: tuple[str, dict[int, float | None], int], data: st.DataObject
) -> None:
    scale, days, asked = given
    empty = sorted(day for day, value in days.items() if value is None and not _stands(days, day))
    if not empty:
        return
    day = data.draw(st.sampled_from(empty))
    fuller = days | {day: data.draw(st.sampled_from(COUNTING[scale][1]))}
    before, after = (grade(built(scale, one), scale, asked) for one in (days, fuller))
    assert before.at_least <= after.at_least <= after.at_most <= before.at_most


def _stands(days: dict[int, float | None], day: int) -> bool:
    """Whether a value already stands in for that day, from one side or from both."""
    known = [other for other, value in days.items() if value is not None and other >= 0]
    left = max((other for other in known if other < day), default=None)
    right = min((other for other in known if other > day), default=None)
    if left is not None and right is not None:
        return right - left - 1 <= FILLED
    if left is None:
        return right is not None and right <= FILLED
    return day - left <= FILLED


LEVELS: dict[str, tuple[Any, ...]] = {
    "ferritin_ug_l": (300, 700, 801, 1200, 20000),
    "alt_u_l": (20, 200, 201, 900),
    "ast_u_l": (20, 200, 201, 900),
    "fibrinogen_g_l": (3.0, 2.0, 1.5, 1.4),
    "platelets_10e9_l": (150, 25, 24),
    "bilirubin_umol_l": (9, 60, 61),
    "creatinine_umol_l": (80, 300, 301),
    "haemophagocytosis": (False, True),
}  # each from calm to worst
UPPER = {"ferritin_ug_l": 400.0, "alt_u_l": 40.0, "ast_u_l": 40.0, "bilirubin_umol_l": 20.0}
LIMITS = st.fixed_dictionaries(
    {name: st.one_of(st.none(), st.just(value)) for name, value in UPPER.items()}
)


@st.composite
def screened(draw: st.DrawFn) -> dict[str, Any]:
    """What one sample of day 10 holds, and what was recorded before the first dose."""
    now = {name: draw(st.one_of(st.none(), st.sampled_from(levels)))
           for name, levels in LEVELS.items()}  # fmt: skip
    before = {name: draw(st.one_of(st.none(), st.just(levels[0]), st.just(levels[1])))
              for name, levels in LEVELS.items() if name != "haemophagocytosis"}  # fmt: skip
    lower = draw(st.sampled_from((None, 2.0)))
    return {"now": now, "before": before, "upper": draw(LIMITS), "lower": lower}


def screened_case(one: dict[str, Any]) -> Case:
    limits = {"upper_limits": one["upper"], "lower_limits": {"fibrinogen_g_l": one["lower"]}}
    return patient(sample(-2, **one["before"], **limits), sample(10, **one["now"]))


BOTH = st.sampled_from(("iec-hs-2023", "carhlh-2018"))


@PROFILE
@given(one=screened(), scale=BOTH, data=st.data())
def test_the_screen_keeps_the_laws(one: dict[str, Any], scale: str, data: st.DataObject) -> None:
    found = grade(screened_case(one), scale, 10)
    check(found)
    name = data.draw(st.sampled_from(sorted(LEVELS)))
    value, levels = one["now"][name], LEVELS[name]
    if value is None:
        filled = one | {"now": one["now"] | {name: data.draw(st.sampled_from(levels))}}
        after = grade(screened_case(filled), scale, 10)
        assert found.at_least <= after.at_least <= after.at_most <= found.at_most
        return
    worse = list(levels[levels.index(value) + 1 :])
    if worse:
        changed = one | {"now": one["now"] | {name: data.draw(st.sampled_from(worse))}}
        after = grade(screened_case(changed), scale, 10)
        assert after.at_least >= found.at_least
        assert after.at_most >= found.at_most


@PROFILE
@given(one=screened(), scale=BOTH, data=st.data())
def test_a_limit_or_baseline_only_narrows(
    one: dict[str, Any], scale: str, data: st.DataObject
) -> None:
    gaps = [("upper", name) for name, value in one["upper"].items() if value is None]
    gaps += [("before", name) for name, value in one["before"].items() if value is None]
    if not gaps:
        return
    where, name = data.draw(st.sampled_from(gaps))
    value = UPPER[name] if where == "upper" else data.draw(st.sampled_from(LEVELS[name][:2]))
    filled = one | {where: one[where] | {name: value}}
    before, after = (grade(screened_case(case), scale, 10) for case in (one, filled))
    assert before.at_least <= after.at_least <= after.at_most <= before.at_most
