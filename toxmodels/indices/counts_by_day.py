"""
Blood counts day by day: the lowest of each day, gaps filled, and runs of low days.

Day 0 is the day of the infusion. Gaps of up to seven days without a count are filled by a straight
line between the counts beside them, as the published grader does; a longer gap contributes nothing
to what is certain, and everything to what is possible. A rise shorter than three days is no
recovery: its days belong to the run.

Cites: icaht-grader, filling, rounding and joining; what a gap leaves open is a house rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Span

__all__ = [
    "EARLY_UNTIL",
    "LATE_FROM",
    "LATE_UNTIL",
    "LONGEST_FILLED_GAP",
    "RECOVERY_DAYS",
    "CountedDays",
    "DaySeries",
    "Run",
    "day_of",
    "lowest_of_each_day",
    "row_of",
    "runs",
]

LONGEST_FILLED_GAP: Final = 7
RECOVERY_DAYS: Final = 3
EARLY_UNTIL: Final = 30
LATE_FROM: Final = 31
LATE_UNTIL: Final = 100
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive low days, short rises included; both ends count."""

    start: int
    end: int

    @property
    def days(self) -> int:
        """How many days it lasts."""
        return self.end - self.start + 1


def day_of(taken_at: datetime, first_dose_at: datetime) -> int:
    """
    The day of a sample: day n reaches from 12 h before to 12 h after n whole days.

    Records keep no local midnight, so that the calendar of the ward cannot be used.
    """
    return ceil((taken_at - first_dose_at) / _DAY - 0.5)


def lowest_of_each_day(counts: Iterable[tuple[int, float]]) -> dict[int, float]:
    """Several counts of one day: the lowest stands for it."""
    found: dict[int, float] = {}
    for day, value in counts:
        found[day] = min(value, found.get(day, value))
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class CountedDays:
    """
    The lowest count of each day, and what else the scales ask.

    ``sampled``: days of any sample, with this count or without. ``is_over``: nothing can follow
    any more (death, or the end of follow-up).
    """

    counts: dict[int, float]
    sampled: frozenset[int]
    today: int
    is_over: bool = False
    last_taken_at: datetime | None = None

    @classmethod
    def of(cls, evidence: Evidence, analyte: str) -> CountedDays | None:
        """The counts of a patient; ``None`` where nobody recorded the first dose."""
        start = evidence.first_dose_at
        if start is None:
            return None
        series = evidence.series(analyte)
        death = evidence.chart.death_by(evidence.at)
        until = evidence.at if death is None else death.at
        return cls(
            counts=lowest_of_each_day((day_of(one.taken_at, start), one.value) for one in series),
            sampled=frozenset(day_of(one.taken_at, start) for one in evidence.labs),
            today=day_of(until, start),
            is_over=death is not None,
            last_taken_at=series[-1].taken_at if series else None,
        )

    @property
    def last_counted(self) -> int | None:
        """The last day with a count, from day 0 on."""
        return max((day for day in self.counts if day >= 0), default=None)

    def within(self, first: int, last: int) -> dict[int, float]:
        """The counts of a window."""
        return {day: value for day, value in self.counts.items() if first <= day <= last}

    def uncounted_samples(self, first: int, last: int) -> int:
        """Days of a window on which a sample was taken and this count is not recorded."""
        return sum(first <= day <= last and day not in self.counts for day in self.sampled)


@dataclass(frozen=True, slots=True)
class DaySeries:
    """
    The days ``first`` to ``last``, each with its value or ``None``.

    ``certain`` holds what was measured or lies in a short gap; after the last count it holds
    nothing. ``likely`` carries the last count on for as many days as a gap may be filled.
    """

    first: int
    certain: tuple[float | None, ...]
    likely: tuple[float | None, ...]

    @classmethod
    def of(
        cls, counts: Mapping[int, float], first: int, last: int, round_to: float | None = None
    ) -> DaySeries:
        """
        Lay out counts by day.

        Args:
            counts: the lowest count of each day; those before ``first`` are not read, those
                after ``last`` only to fill the gap in which it lies.
            first: the first day of the window.
            last: its last day, or today if that is earlier.
            round_to: filled values are rounded to this step; measured ones never are.

        """
        known = {day: value for day, value in sorted(counts.items()) if day >= first}
        values = dict(known)
        for (left, low), (right, high) in pairwise(known.items()):
            if right - left - 1 <= LONGEST_FILLED_GAP:
                for day in range(left + 1, right):
                    between = low + (high - low) * (day - left) / (right - left)
                    values[day] = _rounded(between, round_to)
        if known:
            begin = next(iter(known))
            if begin - first <= LONGEST_FILLED_GAP:
                values |= dict.fromkeys(range(first, begin), known[begin])
        carried = dict(values)
        if known:
            end = max(known)
            if last - end <= LONGEST_FILLED_GAP:
                carried |= dict.fromkeys(range(end + 1, last + 1), known[end])
        days = range(first, last + 1)
        return cls(first, tuple(map(values.get, days)), tuple(map(carried.get, days)))

    def certain_runs(self, is_low: Callable[[float], bool]) -> list[Run]:
        """Runs of low days with every unknown day read as none."""
        return runs([value is not None and is_low(value) for value in self.certain], self.first)

    def possible_runs(self, is_low: Callable[[float], bool]) -> list[Run]:
        """Runs of low days with every unknown day read as one."""
        return runs([value is None or is_low(value) for value in self.likely], self.first)

    def certain_days(self, is_low: Callable[[float], bool]) -> int:
        """How many days are low for certain, rises not counted."""
        return sum(value is not None and is_low(value) for value in self.certain)

    def possible_days(self, is_low: Callable[[float], bool]) -> int:
        """How many days may be low, rises not counted."""
        return sum(value is None or is_low(value) for value in self.likely)

    @property
    def unknown(self) -> tuple[Run, ...]:
        """The stretches of days that no count speaks for."""
        open_days = [value is None for value in self.certain]
        return tuple(runs(open_days, self.first, recovery_days=1))


def runs(low: Sequence[bool], first: int, recovery_days: int = RECOVERY_DAYS) -> list[Run]:
    """Runs of low days; a rise shorter than ``recovery_days`` is part of its run."""
    found: list[Run] = []
    for day, is_low in enumerate(low, start=first):
        if not is_low:
            continue
        if found and day - found[-1].end <= recovery_days:
            found[-1] = Run(found[-1].start, day)
        else:
            found.append(Run(day, day))
    return found


def _rounded(value: float, step: float | None) -> float:
    return value if step is None else round(value / step) * step


def row_of(days: Span, table: tuple[tuple[int, int], ...]) -> Span:
    """The grades of a row, from how many days are low for certain to how many may be."""
    return Span(_row(days.at_least, table), _row(days.at_most, table))


def _row(days: int, table: tuple[tuple[int, int], ...]) -> int:
    return next((grade for least, grade in table if days >= least), 0)
