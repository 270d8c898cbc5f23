"""
ICAHT 2023 worked out from counts alone: days of early neutropenia, depth of late neutropenia.

Cites: icaht-2023 (tables); icaht-grader (filling of gaps, joining of runs, never recovering).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from toxmodels.findings import Span
from toxmodels.indices.counts_by_day import (
    EARLY_UNTIL,
    LATE_FROM,
    LATE_UNTIL,
    CountedDays,
    DaySeries,
    Run,
    row_of,
)

__all__ = ["EarlyDays", "Method", "early_days", "late_span"]

Method = Literal["longest", "cumulative"]
LOW_PER_UL: Final = 500
VERY_LOW_PER_UL: Final = 100
# Days in a row from which a grade holds, highest first.
LOW_DAYS: Final = ((14, 3), (7, 2), (1, 1))
VERY_LOW_DAYS: Final = ((14, 4), (7, 3))
STARTS_BY: Final = 3
NEVER_GRADE: Final = 4
# At or below each limit, lowest first.
LATE_LIMITS: Final = ((100, 4), (500, 3), (1000, 2), (1500, 1))
_ROUNDED_TO: Final = 10.0


@dataclass(frozen=True, slots=True)
class EarlyDays:
    """
    Days at or below each limit, from what is certain to what unknown days allow.

    ``never``: whether the count never rose above the higher limit to the end, certain and possible.
    """

    low: Span
    very_low: Span
    never: tuple[bool, bool]
    series: DaySeries

    @property
    def span(self) -> Span:
        """The grade."""
        low, very = row_of(self.low, LOW_DAYS), row_of(self.very_low, VERY_LOW_DAYS)
        least = max(low.at_least, very.at_least, NEVER_GRADE * self.never[0])
        return Span(least, max(low.at_most, very.at_most, NEVER_GRADE * self.never[1]))


def early_days(counted: CountedDays, method: Method = "longest") -> EarlyDays:
    """
    Count the days of early neutropenia.

    Args:
        counted: the counts, day 0 to today.
        method: ``longest`` run of days, short rises included; or ``cumulative``, all low days.

    """
    last = min(counted.today, EARLY_UNTIL)
    series = DaySeries.of(counted.counts, 0, last, _ROUNDED_TO)
    low, very_low = partial(_at_most, LOW_PER_UL), partial(_at_most, VERY_LOW_PER_UL)
    certain, possible = series.certain_runs(low), series.possible_runs(low)
    if method == "cumulative":
        days = Span(series.certain_days(low), series.possible_days(low))
        very = Span(series.certain_days(very_low), series.possible_days(very_low))
    else:
        days = Span(_longest(certain), _longest(possible))
        very = Span(
            _longest(series.certain_runs(very_low)), _longest(series.possible_runs(very_low))
        )
    return EarlyDays(days, very, _never(counted, certain, possible, last), series)


def _at_most(limit: float, value: float) -> bool:
    return value <= limit


def _longest(found: list[Run]) -> int:
    return max((one.days for one in found), default=0)


def _never(
    counted: CountedDays, certain: list[Run], possible: list[Run], last: int
) -> tuple[bool, bool]:
    """Low from the first days to the end: on what was counted, and on what may have been."""
    if last < EARLY_UNTIL and not counted.is_over:
        return False, False  # it may still recover
    end = counted.last_counted
    sure = any(one.start <= STARTS_BY and one.end == last == EARLY_UNTIL for one in certain)
    if end is not None and end <= last and end >= max(counted.sampled, default=end):
        sure = sure or any(one.start <= STARTS_BY and one.end == end for one in certain)
    may = any(one.start <= STARTS_BY and one.end == last for one in possible)
    return sure, sure or may


def late_span(counted: CountedDays) -> Span:
    """
    The late grade: by the lowest count, where the next lowest is low as well.

    A single count stands alone. A sample without the count may have held any.
    """
    last = min(counted.today, LATE_UNTIL)
    values = sorted(counted.within(LATE_FROM, last).values())
    without = counted.uncounted_samples(LATE_FROM, last)
    if not values and not without:
        return Span(0, LATE_LIMITS[0][1])
    high = [float("inf")] * without
    return Span(_late([*values, *high]), _late(sorted([*[0.0] * without, *values])))


def _late(values: list[float]) -> int:
    if len(values) > 1 and values[1] > LATE_LIMITS[-1][0]:
        return 0  # one low count alone is transient
    return next((grade for limit, grade in LATE_LIMITS if values[0] <= limit), 0)
