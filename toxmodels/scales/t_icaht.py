"""
T-ICAHT 2025: low platelets after immune effector cells, early (to day 30) and late (to day 100).

Days are added up over the window, not taken in a row; a recovery shorter than three days is none.
All limits are strict. The records do not name transfusions, so that a count held up by one reads
as recovered: the true grade may be higher, and the findings say so.

Cites: t-icaht-2025 (tables); icaht-grader (filling of gaps, used here by a house rule).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, Span, seen, unsure
from toxmodels.indices.counts_by_day import (
    EARLY_UNTIL,
    LATE_FROM,
    LATE_UNTIL,
    CountedDays,
    DaySeries,
    Run,
    row_of,
)
from toxmodels.scales.counted_days import before_start, days_text, graded, no_start, provisional
from toxmodels.scales.scale import BesideScale
from toxmodels.sources import Cite

__all__ = ["EARLY", "LATE", "early_rows", "late_rows"]

_HIGHEST: Final = 4
_EARLY_TABLE = Cite("t-icaht-2025", "early T-ICAHT, days of thrombocytopenia")
_LATE_TABLE = Cite("t-icaht-2025", "late T-ICAHT, days of thrombocytopenia")
_Days = tuple[tuple[int, int], ...]
# Below which count, and from how many days which grade holds; highest first.
_EARLY_ROWS: Final[tuple[tuple[int, _Days], ...]] = (
    (50, ((7, 2), (1, 1))),
    (20, ((14, 4), (1, 3))),
)
_LATE_ROWS: Final[tuple[tuple[int, _Days], ...]] = (
    (100, ((1, 1),)),
    (50, ((1, 2),)),
    (20, ((14, 4), (1, 3))),
)
_FAR: Final = 10_000.0  # above any platelet count: a day that is not low
_TRANSFUSED: Final = "transfusions are not read: a count held up by one reads as recovered"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: days below a count, certain and possible, and the grades they give."""

    limit: int
    days: Span
    table: _Days

    @property
    def span(self) -> Span:
        """The grades."""
        return row_of(self.days, self.table)


def early_rows(counted: CountedDays) -> tuple[list[Row], DaySeries]:
    """Days below each limit from day 0 to 30, or to today."""
    series = DaySeries.of(counted.counts, 0, min(counted.today, EARLY_UNTIL))
    rows = []
    for limit, table in _EARLY_ROWS:
        low = partial(_below, limit)
        days = Span(_all(series.certain_runs(low)), _all(series.possible_runs(low)))
        rows.append(Row(limit, days, table))
    return rows, series


def late_rows(counted: CountedDays) -> list[Row]:
    """
    Days below each limit from day 31 to 100, or to today.

    Late counts are far apart: only days between near counts are filled for certain; between two
    low counts further apart every day may have been low. A sample without the count may have held
    any. A row needs two low counts; a single count of the window stands alone.
    """
    last = min(counted.today, LATE_UNTIL)
    blank = [
        day for day in counted.sampled if LATE_FROM <= day <= last and day not in counted.counts
    ]
    well = counted.counts | dict.fromkeys(blank, _FAR)
    ill = counted.counts | dict.fromkeys(blank, 0.0)
    return [
        Row(limit, Span(_late_days(well, limit, last)[0], _late_days(ill, limit, last)[1]), table)
        for limit, table in _LATE_ROWS
    ]


def _late_days(counts: Mapping[int, float], limit: int, last: int) -> tuple[int, int]:
    """Days below a limit, without and with those that no count speaks for."""
    late = [(day, value) for day, value in counts.items() if LATE_FROM <= day <= last]
    low = [day for day, value in late if value < limit]
    if not low or (len(late) > 1 and len(low) < 2):
        return 0, 0  # one low count among others is transient
    filled = DaySeries.of(counts, 0, last).certain[LATE_FROM:]
    certain = sum(value is not None and value < limit for value in filled)
    between = filled[min(low) - LATE_FROM : max(low) - LATE_FROM]
    return certain, certain + sum(value is None for value in between)


def _below(limit: float, value: float) -> bool:
    return value < limit


def _all(found: list[Run]) -> int:
    return sum(one.days for one in found)


def _grade_early(evidence: Evidence) -> Grade:
    counted = CountedDays.of(evidence, "platelets_10e9_l")
    if counted is None:
        return graded([no_start("platelets", _HIGHEST)])
    if counted.today < 0:
        return graded([before_start("platelets")])
    rows, series = early_rows(counted)
    gaps = f"platelet count, {days_text(series.unknown)}"
    note = provisional(counted, EARLY_UNTIL)
    return graded([_finding(counted, one, _EARLY_TABLE, gaps, note) for one in rows])


def _grade_late(evidence: Evidence) -> Grade:
    counted = CountedDays.of(evidence, "platelets_10e9_l")
    if counted is None:
        return graded([no_start("platelets", _HIGHEST)])
    last = min(counted.today, LATE_UNTIL)
    if not counted.within(LATE_FROM, last):
        says = f"day {counted.today}: no platelet count from day {LATE_FROM} on"
        missing = f"platelet counts from day {LATE_FROM} to {LATE_UNTIL}"
        return graded(
            [
                unsure(
                    "platelets",
                    0,
                    _HIGHEST,
                    says,
                    missing=missing,
                    cite=_LATE_TABLE,
                    record="labs",
                )
            ]
        )
    gaps = f"platelet counts between those from day {LATE_FROM} on"
    note = provisional(counted, LATE_UNTIL)
    rows = late_rows(counted)
    return graded([_finding(counted, one, _LATE_TABLE, gaps, note) for one in rows])


def _finding(counted: CountedDays, row: Row, cite: Cite, gaps: str, note: str | None) -> Finding:
    low, high = row.days.at_least, row.days.at_most
    many = f"{low if low == high else f'{low} to {high}'} day{'' if low == high == 1 else 's'}"
    says = f"platelets below {row.limit} ×10⁹/L on {many}"
    met = next((least for least, _ in row.table if low >= least), row.table[-1][0])
    limit = f"from {met} day{'' if met == 1 else 's'} below {row.limit} ×10⁹/L"
    span, taken_at = row.span, counted.last_taken_at
    if span.at_least < span.at_most:
        return unsure(
            "platelets",
            span.at_least,
            span.at_most,
            says,
            missing=gaps,
            cite=cite,
            record="labs",
            value=many,
            limit=limit,
            taken_at=taken_at,
        )
    told = f"{note}; {_TRANSFUSED}" if note else _TRANSFUSED
    return seen(
        "platelets",
        span.at_least,
        says,
        limit=limit,
        cite=cite,
        taken_at=taken_at,
        value=many,
        note=told,
        record="labs",
    )


_TRAPS: Final = (
    "Limits are strict: a count of exactly 50 or 20 is not below.",
    "Days are added up over the window; ICAHT takes the longest run of neutropenia instead.",
    "Recovery counts from 20 ×10⁹/L on three days without a transfusion for seven; transfusions "
    "are not read from the records.",
    "Gaps are filled as for neutrophils, which is a house rule; late rows need two low counts.",
)
EARLY: Final = BesideScale(
    "t-icaht-early-2025",
    "Early thrombocytopenia after immune effector cells (day 0-30)",
    "T-ICAHT early",
    "cytopenia",
    "2025",
    "t-icaht-2025",
    highest=4,
    traps=_TRAPS,
    grade=_grade_early,
)
LATE: Final = BesideScale(
    "t-icaht-late-2025",
    "Late thrombocytopenia after immune effector cells (day 31-100)",
    "T-ICAHT late",
    "cytopenia",
    "2025",
    "t-icaht-2025",
    highest=4,
    traps=_TRAPS,
    grade=_grade_late,
)
