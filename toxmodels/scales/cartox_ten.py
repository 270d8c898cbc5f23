"""
CARTOX-10: ten points, and what the tasks of an ICE exam say of it.

Nine points are asked alike by both: year, month, city, hospital, three objects, a sentence, and
counting back from 100. CARTOX-10 adds the name of the leader of the country, ICE a command. A
score is an interval wherever that one point, or a task nobody asked for, is not known.

Cites: neelapu-2018-neuro, CARTOX-10; house rule on deficits fixed before therapy.
"""

from __future__ import annotations

from typing import Final

from toxmodels.scored_exams import ICE_POINTS, Ice

__all__ = ["FULL_SCORE", "LIMITS", "ROWS", "allowed_by_ice", "cartox_tier", "counting_fixed"]

FULL_SCORE: Final = 10
ONLY_IN_ICE: Final = "command"
LEADER_POINTS: Final = 1
# The paper's rows, best first: from this score upwards the exam is worth this grade.
ROWS: Final = ((10, 0), (7, 1), (3, 2), (0, 3))
LIMITS: Final = {0: "10", 1: "7 to 9", 2: "3 to 6", 3: "0 to 2"}
_SHARED: Final = {name: points for name, points in ICE_POINTS.items() if name != ONLY_IN_ICE}


def cartox_tier(score: int) -> int:
    """The grade a CARTOX-10 score is worth in a patient who can perform it."""
    return next(tier for floor, tier in ROWS if score >= floor)


def counting_fixed(total: int, fixed: tuple[str, ...]) -> tuple[int, int]:
    """A bare total does not say which points it lost: a deficit fixed before may be among them."""
    points = sum(_SHARED.get(name, 0) for name in {*fixed})
    return max(total, points), min(FULL_SCORE, total + points)


def allowed_by_ice(ice: Ice, fixed: tuple[str, ...]) -> tuple[int, int]:
    """The lowest and the highest CARTOX-10 that the tasks done for an ICE leave possible."""
    low = high = lost_low = lost_high = 0
    for name, points in _SHARED.items():
        value = getattr(ice, name)
        least, most = (0, points) if value is None else (value, value)
        low, high = low + least, high + most
        if name in fixed:
            lost_low, lost_high = lost_low + points - most, lost_high + points - least
    if ice.total is not None:
        asked = ice.command
        least, most = (0, 1) if asked is None else (asked, asked)
        low, high = max(low, ice.total - most), min(high, ice.total - least)
    full = sum(_SHARED.values())
    # What was lost to a fixed deficit is given back: all of it only where the items say so.
    fixed_points = sum(_SHARED.get(name, 0) for name in {*fixed})
    low, high = max(low + lost_low, fixed_points), min(high + lost_high, full)
    return low, high + LEADER_POINTS
