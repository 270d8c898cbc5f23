"""
Which grade still sets the level of care, once the grade itself has fallen.

A bed is given up one level at a time, and only after a day at the lower grade without a new
anticytokine and without more of a corticosteroid. The table that says so is that of CRS; ICANS is
read the same way. Only grades known exactly show a day at a lower one, from the first to the last
of them: sedation, or values too old to count, end no level.

Cites: advice-defaults, level of care (house).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from toxmodels.crs_steps import CrsStep
from toxmodels.drugs import class_of
from toxmodels.protocols.exam_signs import is_near_usual
from toxmodels.scales import STEPPED, astct_icans
from toxmodels.situation import Situation
from toxmodels.steroid_turns import turned_at

__all__ = ["INTENSIVE", "Level", "level_stands"]

_DAY: Final = timedelta(hours=24)
_LOOK_BACK: Final = timedelta(days=7)  # nobody looked for longer: the question is another one
_FROM: Final = 2  # grade 1 is cared for where no grade in the days of risk is: on the ward
INTENSIVE: Final = 3


@dataclass(frozen=True, slots=True)
class Level:
    """The grade a level of care goes back to, and the level that still stands: that of a grade."""

    grade: int
    stands: int


def level_stands(s: Situation, scale: str) -> Level | None:
    """
    The level of care that a higher grade still sets; ``None`` where none does.

    Grades 3 and 4 share a bed, so that a fall between them asks nothing.
    """
    now = s.grade_of.get(scale, 0)
    if now >= INTENSIVE or scale not in STEPPED:
        return None
    higher, low = _higher(s, scale, now)
    if higher == 0:
        return None
    if low < _DAY:
        return Level(higher, min(higher, INTENSIVE))
    return Level(higher, _FROM) if higher >= INTENSIVE and now < _FROM and low < 2 * _DAY else None


def _higher(s: Situation, scale: str, now: int) -> tuple[int, timedelta]:
    """The newest higher grade that asks for more than a ward; for how long it was seen lower."""
    drug, seen = _last_more(s), timedelta()
    last: datetime | None = None
    for step in reversed(s.steps):
        grade, at = step.grade(scale), step.moment.at
        held = _cared_for(s, scale, step)
        if held >= _FROM and held > now:
            return max(held, _highest_of_day(s, scale, at)), seen
        if grade.complete:
            last = last or at
            seen = max(timedelta(), last - (at if drug is None else max(at, drug)))
        if seen >= 2 * _DAY or s.at - at > _LOOK_BACK:
            break
    return 0, seen


def _highest_of_day(s: Situation, scale: str, at: datetime) -> int:
    """The highest grade of the day up to a reading."""
    highest = 0
    for step in reversed(s.steps):
        if step.moment.at <= at - _DAY:
            break
        if step.moment.at <= at:
            highest = max(highest, _cared_for(s, scale, step))
    return highest


def _cared_for(s: Situation, scale: str, step: CrsStep) -> int:
    """The certain grade of a reading, without what a CAPD near the child's usual one adds."""
    grade = step.grade(scale)
    if scale != astct_icans.ID or not is_near_usual(s.case.patient.baseline_capd, step.moment.capd):
        return grade.at_least
    return max((one.at_least for one in grade.findings if one.sign != "capd"), default=0)


def _last_more(s: Situation) -> datetime | None:
    """When an anticytokine was last given, or a corticosteroid begun or raised."""
    turns = [
        one.given_at
        for one in s.case.treatments or ()
        if one.given_at <= s.at
        and one.purpose != "prophylaxis"
        and class_of(one.drug) == "anticytokine"
    ]
    turn = turned_at(s.corticosteroids)
    return max((*turns, *(() if turn is None else (turn,))), default=None)
