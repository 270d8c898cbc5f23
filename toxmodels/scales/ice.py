"""
Immune effector cell encephalopathy (ICE) score: ten points, item by item or as a total.

Null items count from none to all of their points, so a half-done exam is an interval. An item that
a clinician marked as a fixed deficit before therapy counts as passed, and the result says so. A
baseline total below ten alone corrects nothing.

Cites: lee-2019, ICE table; house rule on fixed deficits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from toxmodels.scored_exams import ICE_POINTS, Ice

FULL_SCORE: Final = 10
# The paper's rows, best first: from this score upwards the exam is worth this grade.
ROWS: Final = ((10, 0), (7, 1), (3, 2), (0, 3))


@dataclass(frozen=True, slots=True)
class IceScore:
    """Bounds of the score as graded and as examined, with what was not asked."""

    low: int
    high: int
    raw_low: int
    raw_high: int
    not_asked: tuple[str, ...]
    fixed: tuple[str, ...]

    def __str__(self) -> str:
        """Read as ``ICE 8``, ``ICE 6-7``, or ``raw 8, graded as 9``."""
        raw = _range(self.raw_low, self.raw_high)
        if (self.low, self.high) == (self.raw_low, self.raw_high):
            return f"ICE {raw}"
        before = ", ".join(self.fixed)
        return (
            f"ICE raw {raw}, graded as {_range(self.low, self.high)}: {before} fixed before therapy"
        )


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def ice_score(ice: Ice, fixed: tuple[str, ...]) -> IceScore:
    """
    Score an exam.

    Args:
        ice: items in points or a total.
        fixed: items a clinician marked as deficits before therapy.

    """
    if ice.total is not None:
        return _by_total(ice, ice.total, fixed)
    raw_low, raw_high = ice.item_bounds()
    low, high, used = raw_low, raw_high, []
    for name in fixed:
        value = getattr(ice, name)
        lost = ICE_POINTS[name] - (0 if value is None else value)
        low += lost
        high += 0 if value is None else lost
        if lost > 0:
            used.append(name)
    open_items = () if raw_low == raw_high else ICE_POINTS
    left = tuple(name for name in open_items if getattr(ice, name) is None and name not in fixed)
    return IceScore(low, high, raw_low, raw_high, left, tuple(used))


def _by_total(ice: Ice, total: int, fixed: tuple[str, ...]) -> IceScore:
    """A bare total: which points it lost is not known, so a fixed deficit may be among them."""
    lost = sum(
        ICE_POINTS[name] - value for name in fixed if (value := getattr(ice, name)) is not None
    )
    open_points = sum(ICE_POINTS[name] for name in fixed if getattr(ice, name) is None)
    low = max(total + lost, open_points)
    high = min(FULL_SCORE, total + lost + open_points)
    return IceScore(low, high, total, total, (), fixed if high > total else ())


def ice_tier(score: int) -> int:
    """The grade an ICE score is worth in a patient who can be roused."""
    return next(tier for floor, tier in ROWS if score >= floor)
