"""
Early ICAHT 2023: for how many days neutrophils are low, day 0 to 30 after immune effector cells.

All limits are inclusive. Before day 30 the grade is provisional and can only rise. Haemoglobin and
platelets are not read, and growth factors change nothing. Late ICAHT: ``icaht_late``.

Cites: icaht-2023 (table); icaht-grader (filling of gaps, joining of runs, never recovering).
"""

from __future__ import annotations

from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, Span, seen, unsure
from toxmodels.indices.counts_by_day import EARLY_UNTIL, CountedDays, row_of
from toxmodels.indices.icaht import (
    LOW_DAYS,
    LOW_PER_UL,
    NEVER_GRADE,
    STARTS_BY,
    VERY_LOW_DAYS,
    VERY_LOW_PER_UL,
    EarlyDays,
    early_days,
)
from toxmodels.scales.counted_days import before_start, days_text, graded, no_start, provisional
from toxmodels.scales.scale import BesideScale
from toxmodels.sources import Cite

__all__ = ["SCALE"]

_TABLE = Cite("icaht-2023", "early ICAHT, days of neutropenia")
_NEVER_AT = Cite("icaht-grader", "low from day 0-3 to the last laboratory date")


def _grade_early(evidence: Evidence) -> Grade:
    counted = CountedDays.of(evidence, "anc_per_ul")
    if counted is None:
        return graded([no_start("neutrophils", NEVER_GRADE)])
    if counted.today < 0:
        return graded([before_start("neutrophils")])
    found = early_days(counted)
    gaps = days_text(found.series.unknown)
    findings = [
        _days_finding(counted, found.low, LOW_PER_UL, LOW_DAYS, gaps),
        _days_finding(counted, found.very_low, VERY_LOW_PER_UL, VERY_LOW_DAYS, gaps),
    ]
    if found.never[1]:
        findings.append(_never_finding(counted, found, gaps))
    return graded(findings)


def _days_finding(
    counted: CountedDays, days: Span, limit: int, table: tuple[tuple[int, int], ...], gaps: str
) -> Finding:
    span, many = row_of(days, table), _counted(days)
    says = f"neutrophils at or below {limit}/µL for {many}"
    row = _limit_text(days.at_least, limit, table)
    taken_at = counted.last_taken_at
    if span.at_least < span.at_most:
        return unsure(
            "neutrophils",
            span.at_least,
            span.at_most,
            says,
            missing=f"neutrophil count, {gaps}",
            cite=_TABLE,
            record="labs",
            value=many,
            limit=row,
            taken_at=taken_at,
        )
    return seen(
        "neutrophils",
        span.at_least,
        says,
        limit=row,
        cite=_TABLE,
        taken_at=taken_at,
        value=many,
        note=provisional(counted, EARLY_UNTIL),
        record="labs",
    )


def _counted(days: Span) -> str:
    """The days in words, with their ends apart where they differ."""
    low, high = days.at_least, days.at_most
    many = str(low) if low == high else f"{low} to {high}"
    return f"{many} day{'' if low == high == 1 else 's'} in a row"


def _limit_text(days: int, limit: int, table: tuple[tuple[int, int], ...]) -> str:
    met = [least for least, _ in table if days >= least]
    least = met[0] if met else table[-1][0]
    word = "from" if met else "grades from"
    return f"{word} {least} day{'' if least == 1 else 's'} at or below {limit}/µL"


def _never_finding(counted: CountedDays, found: EarlyDays, gaps: str) -> Finding:
    says = f"neutrophils never above {LOW_PER_UL}/µL since day 0-{STARTS_BY}"
    limit = "low from the first days to the last laboratory date"
    if found.never[0]:
        return seen(
            "neutrophils",
            NEVER_GRADE,
            says,
            limit=limit,
            cite=_NEVER_AT,
            taken_at=counted.last_taken_at,
            value=f"last count on day {counted.last_counted}",
            record="labs",
        )
    return unsure(
        "neutrophils",
        0,
        NEVER_GRADE,
        f"whether the {says} is not known",
        missing=f"neutrophil count, {gaps}",
        cite=_NEVER_AT,
        record="labs",
        limit=limit,
        taken_at=counted.last_taken_at,
    )


_TRAPS: Final = (
    "Limits are inclusive: 500/µL counts.",
    "Days count, not samples; up to 7 days between two counts are filled by a straight line, and "
    "filled values are rounded to the nearest 10.",
    "A rise above the limit for one or two days is no recovery: its days count.",
    "The published grader takes the longest run; the platelet paper says that all low days are "
    "added up. The longest run is the default.",
    "Never above 500/µL is grade 4 only at the end: on day 30, or at death.",
    "A run from day 4 or later that has not recovered by day 30 is graded by its length.",
    "Grade 4 neutropenia by CTCAE is not ICAHT 4.",
    "Defined after immune effector cells; after an engager it is shown for comparison.",
)
SCALE: Final = BesideScale(
    "icaht-early-2023",
    "Early haematotoxicity after immune effector cells (day 0-30)",
    "ICAHT early",
    "cytopenia",
    "2023",
    "icaht-2023",
    highest=4,
    traps=_TRAPS,
    grade=_grade_early,
)
