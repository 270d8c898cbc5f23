"""
The one time axis of all strips: hours since the first dose, and how they are said.

Zero is the first dose or the start of the infusion. Where nobody recorded one, zero is the first
record of the case, and the axis says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, Literal

from toxmodels.moment import first_dose_at
from toxmodels.records import Case

__all__ = ["RANGES", "Range", "Timeline", "View", "runs", "timeline", "view"]

Range = Literal["24 h", "72 h", "all"]
RANGES: Final[tuple[Range, ...]] = ("24 h", "72 h", "all")
_HOURS: Final[dict[Range, int]] = {"24 h": 24, "72 h": 72}
_STEP_H: Final[dict[Range, int]] = {"24 h": 4, "72 h": 12}
_DAY_H: Final = 24
_HOUR: Final = timedelta(hours=1)
_MARGIN: Final = 1 / 40  # room right of "now", so that the newest value is not cut off


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where zero lies, and in which zone a clock time is said."""

    zero_at: datetime
    zero_is_dose: bool
    zone: tzinfo

    def hour(self, time: datetime) -> float:
        """Hours since zero; negative before."""
        return round((time - self.zero_at) / _HOUR, 4)

    def clock(self, time: datetime) -> str:
        """The time on the ward's clock, with its day: ``03-Mar 08:00``."""
        return time.astimezone(self.zone).strftime("%d-%b %H:%M")

    def said(self, time: datetime) -> str:
        """Elapsed and clock time together: ``day 2 + 22 h, 03-Mar 08:00``."""
        return _said(self, time)

    @property
    def title(self) -> str:
        """What the axis counts."""
        if self.zero_is_dose:
            return "days since the first dose"
        return "days since the first record (first dose not recorded)"


# A reading is said again at every turn of a minute, and its words never change.
@lru_cache(maxsize=20_000)
def _said(axis: Timeline, time: datetime) -> str:
    hours = math.floor(axis.hour(time))
    day, rest = divmod(hours, _DAY_H)
    elapsed = f"day {day}" if rest == 0 else f"day {day} + {rest} h"
    return f"{elapsed}, {axis.clock(time)}"


@dataclass(frozen=True, slots=True)
class View:
    """The part of the time axis that is drawn, in hours since zero."""

    range: Range
    from_h: float
    to_h: float
    now_h: float
    step_h: int


def timeline(case: Case, zone: tzinfo, otherwise: datetime) -> Timeline:
    """Zero of a case: its first dose, else its first record, else ``otherwise``."""
    dose = first_dose_at(case.therapy)
    if dose is not None:
        return Timeline(dose, True, zone)
    times = [one.taken_at for one in case.vitals or ()]
    times += [one.taken_at for one in case.neuro or ()]
    return Timeline(min(times, default=otherwise), False, zone)


def view(range_: Range, axis: Timeline, first_at: datetime, now: datetime) -> View:
    """What part of the axis a range shows; ``all`` ends on a whole or half week of the axis."""
    now_h = axis.hour(now)
    if range_ == "all":
        start = math.floor(min(axis.hour(first_at), 0.0) / _DAY_H) * _DAY_H
        half, week = 84, 168
        end = max(2, math.ceil(now_h / half)) * half
        step = _DAY_H if end - start <= 2 * week else 2 * _DAY_H
        return View(range_, start, end, now_h, step)
    span = _HOURS[range_]
    return View(range_, now_h - span, now_h + span * _MARGIN, now_h, _STEP_H[range_])


def runs(times: Sequence[datetime], valid: timedelta) -> list[int]:
    """
    Number the unbroken stretches of ordered times.

    A new stretch begins after a silence longer than a value stays valid, so that a gap in the care
    is a gap in the line.
    """
    numbers: list[int] = []
    for place, time in enumerate(times):
        if place == 0:
            numbers.append(0)
        else:
            broken = time - times[place - 1] > valid
            numbers.append(numbers[-1] + (1 if broken else 0))
    return numbers
