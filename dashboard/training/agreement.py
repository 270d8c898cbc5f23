"""
Agreement of graders: share of equal grades, weighted kappa with its interval, Fleiss' kappa.

A grade is its two ends. How far two grades lie apart is the mean distance of their ends, so that
closed grades weigh as in the linear scheme of Cicchetti and Allison and an open grade lies between
what it may be; that last part is a reading of this project. Where no kappa can be worked out, the
answer is ``None`` with the reason, never 0 and never 1.
"""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations
from typing import Any, Final

__all__ = [
    "FEWEST",
    "Bounds",
    "Kappa",
    "Share",
    "apart",
    "cohen",
    "fleiss",
    "pairwise",
    "same",
    "same_pairs",
    "shared",
    "warm",
    "weighted",
]

Bounds = tuple[int, int]
FEWEST: Final = 5  # house: below this many grades a kappa says more about chance than about people
_LIBRARY: Final = "statsmodels.stats.inter_rater"
_NORMAL_95: Final = 1.959964
_ONE_GRADE: Final = (
    "Everybody gave one and the same grade throughout: nothing tells agreement from chance."
)
_ALL_AGREED: Final = "Everything agreed, so the formula gives no interval."
_SPREAD_OF_NONE: Final = "Somebody gave one grade throughout, so the formula gives no interval."
_ONE_RATER: Final = "Agreement needs two people who graded the same."


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many were equal."""

    equal: int
    of: int

    @property
    def percent(self) -> float | None:
        """From 0 to 100; ``None`` where there was nothing to compare."""
        return None if self.of == 0 else 100 * self.equal / self.of

    def __str__(self) -> str:
        if self.percent is None:
            return "nothing to compare"
        return f"{self.percent:.0f} % ({self.equal} of {self.of})"


@dataclass(frozen=True, slots=True)
class Kappa:
    """
    Agreement beyond chance, from -1 to 1, with the ends of its 95 % interval.

    ``items`` is how many things were graded by all ``raters``. Without a ``value``, ``why_not``
    says why; with a value and no interval it says that too.
    """

    value: float | None
    low: float | None
    high: float | None
    items: int
    raters: int
    why_not: str = ""

    def __str__(self) -> str:
        if self.value is None:
            return self.why_not
        if self.low is None or self.high is None:
            return f"{self.value:.2f} ({self.items} graded). {self.why_not}".strip()
        span = f"{self.low:.2f} to {self.high:.2f}"
        return f"{self.value:.2f} (95 % interval {span}, {self.items} graded)"


def apart(one: Bounds, other: Bounds) -> float:
    """The mean distance of the two ends, in grades."""
    return (abs(one[0] - other[0]) + abs(one[1] - other[1])) / 2


def same(first: Sequence[Bounds], second: Sequence[Bounds]) -> Share:
    """How often two lists of grades are equal at both ends, thing by thing."""
    return Share(sum(a == b for a, b in zip(first, second, strict=True)), len(first))


def same_pairs(raters: Sequence[Sequence[Bounds]]) -> Share:
    """Over all pairs of raters and all things: how often the two gave the same grade."""
    shares = [same(a, b) for a, b in combinations(raters, 2)]
    return Share(sum(one.equal for one in shares), sum(one.of for one in shares))


def cohen(table: Sequence[Sequence[float]], apart_by: Sequence[Sequence[float]]) -> Kappa:
    """
    Cohen's weighted kappa of a table of counts, one rater in rows and the other in columns.

    Args:
        table: how often each pair of categories was given.
        apart_by: how far the categories lie apart, 0 on the diagonal, in any unit.

    """
    items = round(sum(map(sum, table)))
    if items < FEWEST:
        return _none(_too_few(items), items, 2)
    used = {i for i, row in enumerate(table) if any(row)}
    used |= {j for row in table for j, count in enumerate(row) if count}
    if len(used) < 2:
        return _none(_ONE_GRADE, items, 2)
    furthest = max(map(max, apart_by))
    weights = [[one / furthest for one in row] for row in apart_by]
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):  # tests of it that nobody here reads
        found = _library().cohens_kappa(table, weights=weights)
    value, error = float(found.kappa), float(found.std_kappa)
    return _with_interval(value, error, items, 2)


def weighted(first: Sequence[Bounds], second: Sequence[Bounds]) -> Kappa:
    """
    Cohen's weighted kappa of two raters, thing by thing.

    Its interval takes the things as independent; where several people's answers are put one after
    the other, those of one person hang together and the true interval is wider.
    """
    known = sorted({*first, *second})
    place = {one: number for number, one in enumerate(known)}
    table = [[0.0] * len(known) for _ in known]
    for a, b in zip(first, second, strict=True):
        table[place[a]][place[b]] += 1
    return cohen(table, [[apart(a, b) for b in known] for a in known])


def fleiss(raters: Sequence[Sequence[Bounds]]) -> Kappa:
    """
    Fleiss' kappa of any number of raters who graded the same things; a near miss counts as a miss.

    The library gives no interval for it, so it is made here by leaving out one thing at a time.
    """
    return _of_many(raters, _fleiss)


def pairwise(raters: Sequence[Sequence[Bounds]]) -> Kappa:
    """
    The mean of the weighted kappas of all pairs (Light's kappa): a near miss counts as near.

    Two raters get Cohen's own interval; more get one by leaving out one thing at a time.
    """
    if len(raters) == 2:
        return weighted(*raters)
    return _of_many(raters, _light)


def _of_many(
    raters: Sequence[Sequence[Bounds]], worked: Callable[[Sequence[Sequence[Bounds]]], float | None]
) -> Kappa:
    many = len(raters)
    items = len(raters[0]) if raters else 0
    if many < 2:
        return _none(_ONE_RATER, items, many)
    if items < FEWEST:
        return _none(_too_few(items), items, many)
    value = worked(raters)
    if value is None:
        return _none(_ONE_GRADE, items, many)
    without = [
        worked([[*one[:left_out], *one[left_out + 1 :]] for one in raters])
        for left_out in range(items)
    ]
    left = [one for one in without if one is not None]
    if len(left) < items:
        says = "No interval: without one of the things there is a single grade."
        return Kappa(value, None, None, items, many, says)
    mean = sum(left) / items
    error = math.sqrt((items - 1) / items * sum((one - mean) ** 2 for one in left))
    return _with_interval(value, error, items, many)


def _fleiss(raters: Sequence[Sequence[Bounds]]) -> float | None:
    known = sorted({one for grades in raters for one in grades})
    if len(known) < 2:
        return None
    table = [[column.count(one) for one in known] for column in zip(*raters, strict=True)]
    return float(_library().fleiss_kappa(table))


def _light(raters: Sequence[Sequence[Bounds]]) -> float | None:
    """
    All pairs at once, because thirty raters are 435 pairs and each is needed once a thing left out.

    For one pair it is what the library gives (a test compares them). A pair that gave one grade
    throughout has no kappa: it agreed, but that shows nothing.
    """
    import numpy as np

    known = sorted({one for grades in raters for one in grades})
    if len(known) < 2:
        return None
    place = {one: number for number, one in enumerate(known)}
    weights = np.array([[apart(a, b) for b in known] for a in known])
    given = np.array([[place[one] for one in grades] for grades in raters])
    used = np.eye(len(known))[given].sum(axis=1)  # how often each rater gave each grade
    by_chance = used @ weights @ used.T / given.shape[1]
    seen = weights[given[:, None, :], given[None, :, :]].sum(axis=2)
    pairs = np.triu_indices(len(raters), k=1)
    seen, by_chance = seen[pairs], by_chance[pairs]
    told = by_chance > 0
    return float(np.mean(1 - seen[told] / by_chance[told]))


def warm() -> None:
    """Import the library beside the screens, so that the first debrief does not wait for it."""
    if _LIBRARY not in sys.modules:
        threading.Thread(target=_library, name="warm-statistics", daemon=True).start()


def _library() -> Any:
    """Imported late: it takes a second that no other page needs. It ships no types."""
    return import_module(_LIBRARY)


def _with_interval(value: float, error: float, items: int, raters: int) -> Kappa:
    # The formula has no width left where everything agreed, but for what rounding leaves of it.
    if value > 1 - 1e-9 or not error > 1e-9:
        says = _ALL_AGREED if value > 0.5 else _SPREAD_OF_NONE
        return Kappa(value, None, None, items, raters, says)
    half = _NORMAL_95 * error
    return Kappa(value, max(-1.0, value - half), min(1.0, value + half), items, raters)


def _none(why: str, items: int, raters: int) -> Kappa:
    return Kappa(None, None, None, items, raters, why)


def _too_few(items: int) -> str:
    graded = "Nothing was" if items == 0 else f"Only {items} {'was' if items == 1 else 'were'}"
    return f"{graded} graded by both; kappa is worked out from {FEWEST} on."


def shared(ratings: Mapping[str, Mapping[str, Bounds]], things: Iterable[str]) -> list[str]:
    """The things that everybody graded, in their order: only those can be compared."""
    return [one for one in things if all(one in given for given in ratings.values())]
