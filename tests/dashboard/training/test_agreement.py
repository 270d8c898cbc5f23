"""Kappa as published, by hand, and where there is none."""

from __future__ import annotations

import math

import pytest

from dashboard.training.agreement import (
    FEWEST,
    apart,
    cohen,
    fleiss,
    pairwise,
    same,
    same_pairs,
    shared,
    weighted,
)

# Cohen, Psychological Bulletin 1968;70:213-220, table 1: two judges, 200 cases, three diagnoses,
# with his weights of disagreement. He reports kappa .492 and weighted kappa .348.
COHEN_1968 = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
COHEN_APART = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]
EQUAL_OR_NOT = [[0, 1, 1], [1, 0, 1], [1, 1, 0]]

# Fleiss, Psychological Bulletin 1971;76:378-382: 30 patients, six raters each, five diagnoses; the
# overall kappa is .430.
FLEISS_1971 = [
    "444444", "222555", "233335", "555555", "222444", "113333", "333355", "113334", "114444",
    "555555", "144444", "124444", "222333", "144444", "224445", "333335", "111455", "111112",
    "224444", "133555", "555555", "244444", "224555", "114444", "144445", "222224", "111155",
    "224444", "133333", "555555",
]  # fmt: skip

# A printout of SAS PROC FREQ that the tests of statsmodels compare with: linear weights, 19 pairs.
SAS_LINEAR = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]


def closed(*grades: int) -> list[tuple[int, int]]:
    return [(one, one) for one in grades]


def test_cohens_own_example_of_1968():
    found = cohen(COHEN_1968, COHEN_APART)
    assert round(found.value, 3) == 0.348
    assert round(cohen(COHEN_1968, EQUAL_OR_NOT).value, 3) == 0.492
    # By hand. Observed: (14 + 10) x 1 + (18 + 2) x 3 + (10 + 6) x 6 = 180. By chance, from rows of
    # 120, 60, 20 and columns of 100, 60, 40: (36 + 30) x 1 + (24 + 10) x 3 + (12 + 6) x 6 = 276.
    assert found.value == pytest.approx(1 - 180 / 276)
    assert (found.items, found.raters) == (200, 2)


def test_the_interval_is_the_one_that_sas_prints():
    pairs = [
        (i, j) for i, row in enumerate(SAS_LINEAR) for j, n in enumerate(row) for _ in range(n)
    ]
    found = weighted(closed(*(i for i, _ in pairs)), closed(*(j for _, j in pairs)))
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (
        0.4701, 0.1845, 0.7558,
    )  # fmt: skip


def test_fleiss_own_example_of_1971():
    raters = [closed(*(int(row[place]) for row in FLEISS_1971)) for place in range(6)]
    found = fleiss(raters)
    assert round(found.value, 3) == 0.430
    # By hand: agreeing pairs are the sum over all cells of n(n - 1) / 2; 15 pairs a patient.
    counts = [row.count(one) for row in FLEISS_1971 for one in "12345"]
    seen = sum(n * (n - 1) / 2 for n in counts) / (30 * 15)
    chance = sum((n / 180) ** 2 for n in (26, 26, 30, 55, 43))
    assert found.value == pytest.approx((seen - chance) / (1 - chance))
    assert (found.items, found.raters) == (30, 6)
    assert found.low < found.value < found.high
    assert same_pairs(raters).equal == round(seen * 450)


def test_an_open_grade_lies_between_what_it_may_be():
    assert apart((2, 2), (4, 4)) == 2
    assert apart((1, 4), (1, 1)) == 1.5
    assert apart((1, 4), (2, 4)) == 0.5
    assert apart((1, 4), (4, 1)) > 0
    nearly = weighted([*closed(0, 1, 2, 3, 4), (1, 4)], [*closed(0, 1, 2, 3, 4), (2, 4)])
    badly = weighted([*closed(0, 1, 2, 3, 4), (1, 4)], [*closed(0, 1, 2, 3, 4), (0, 0)])
    assert nearly.value > badly.value


def test_a_near_miss_costs_less_than_a_far_one():
    truth = closed(0, 1, 2, 3, 4, 0, 1, 2, 3, 4)
    near = weighted(truth, closed(0, 1, 2, 3, 3, 0, 1, 2, 3, 4))
    far = weighted(truth, closed(0, 1, 2, 3, 0, 0, 1, 2, 3, 4))
    assert near.value > far.value
    assert fleiss([truth, closed(0, 1, 2, 3, 3, 0, 1, 2, 3, 4)]).value < 1


def test_more_than_two_raters_get_the_mean_of_all_pairs():
    raters = [closed(0, 1, 2, 3, 4, 2), closed(0, 1, 2, 3, 3, 2), closed(0, 2, 2, 3, 4, 1)]
    a, b, c = raters
    pairs = [weighted(a, b), weighted(a, c), weighted(b, c)]
    found = pairwise(raters)
    assert found.value == pytest.approx(math.fsum(one.value for one in pairs) / 3)
    assert found.low < found.value < found.high <= 1
    assert pairwise([a, b]) == weighted(a, b)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (fleiss([closed(*range(5))]), "two people"),
        (pairwise([closed(*range(5))]), "two people"),
        (fleiss([]), "two people"),
        (weighted([], []), "Nothing was graded by both"),
        (weighted(closed(1), closed(1)), "Only 1 was"),
        (weighted(closed(*range(FEWEST - 1)), closed(*range(FEWEST - 1))), "Only 4 were"),
        (weighted(closed(*[2] * 9), closed(*[2] * 9)), "one and the same grade"),
        (fleiss([closed(*[2] * 9)] * 3), "one and the same grade"),
        (pairwise([closed(*[2] * 9)] * 3), "one and the same grade"),
    ],
)
def test_where_there_is_no_kappa_it_says_why_and_gives_no_number(found, says):
    assert found.value is None
    assert (found.low, found.high) == (None, None)
    assert says in found.why_not
    assert str(found) == found.why_not


def test_full_agreement_is_one_and_has_no_made_up_interval():
    grades = closed(0, 1, 2, 3, 4)
    for found in (weighted(grades, grades), fleiss([grades] * 3), pairwise([grades] * 3)):
        assert found.value == pytest.approx(1)
        assert (found.low, found.high) == (None, None)
        assert "Everything agreed" in str(found)


def test_one_who_always_says_the_same_agrees_only_by_chance():
    found = weighted(closed(*[2] * 6), closed(*[3] * 6))
    assert found.value == pytest.approx(0)
    assert "one grade throughout" in found.why_not
    assert weighted(closed(*[2] * 6), closed(2, 2, 2, 3, 3, 3)).value == pytest.approx(0)


def test_a_share_of_nothing_is_no_share():
    assert same([], []).percent is None
    assert str(same([], [])) == "nothing to compare"
    assert str(same(closed(1, 2, 3), closed(1, 2, 4))) == "67 % (2 of 3)"


def test_only_what_everybody_graded_is_compared():
    ratings = {"a": {"q1": (1, 1), "q2": (2, 2)}, "b": {"q2": (2, 2), "q3": (0, 0)}}
    assert shared(ratings, ["q1", "q2", "q3"]) == ["q2"]
