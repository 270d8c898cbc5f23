"""
Cornell Assessment of Pediatric Delirium (CAPD) as ICANS reads it: eight items, 32 points.

Items come already in points (items 1 to 4 are reversed on the form). A missing item is never
pro-rated: the total is then a lower bound. Nine or more is positive.

Cites: traube-2014, the eight items and the cut-off; lee-2019, paediatric ICANS table.
"""

from __future__ import annotations

from typing import Final

POSITIVE_FROM: Final = 9
# From this total upwards the exam is worth this grade; consciousness separates 1 from 2.
ROWS: Final = ((POSITIVE_FROM, 3), (1, 1), (0, 0))
ITEMS: Final = (
    "makes eye contact with the caregiver",
    "actions are purposeful",
    "aware of surroundings",
    "communicates needs and wants",
    "restless",
    "inconsolable",
    "underactive",
    "slow to respond",
)
REVERSED: Final = frozenset({0, 1, 2, 3})


def capd_tier(total: int) -> int:
    """The grade a CAPD total is worth, consciousness aside."""
    return next(tier for floor, tier in ROWS if total >= floor)
