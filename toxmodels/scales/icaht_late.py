"""
Late ICAHT 2023: how low neutrophils fall from day 31 to 100 after immune effector cells.

The lowest count grades where the next lowest is low as well. All limits are inclusive.

Cites: icaht-2023 (table); icaht-grader (two counts, or a single one alone).
"""

from __future__ import annotations

from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, Span, seen, unsure
from toxmodels.indices.counts_by_day import LATE_FROM, LATE_UNTIL, CountedDays
from toxmodels.indices.icaht import LATE_LIMITS, late_span
from toxmodels.scales.counted_days import graded, no_start, provisional
from toxmodels.scales.scale import BesideScale
from toxmodels.sources import Cite

__all__ = ["SCALE"]

_LATE_TABLE = Cite("icaht-2023", "late ICAHT, depth of neutropenia")


def _grade_late(evidence: Evidence) -> Grade:
    counted = CountedDays.of(evidence, "anc_per_ul")
    if counted is None:
        return graded([no_start("neutrophils", LATE_LIMITS[0][1])])
    span = late_span(counted)
    last = min(counted.today, LATE_UNTIL)
    values = sorted(counted.within(LATE_FROM, last).values())
    if not values:
        says = f"day {counted.today}: no neutrophil count from day {LATE_FROM} on"
        missing = f"neutrophil counts from day {LATE_FROM} to {LATE_UNTIL}"
        late = unsure(
            "neutrophils", 0, span.at_most, says, missing=missing, cite=_LATE_TABLE, record="labs"
        )
        return graded([late])
    return graded([_late_finding(counted, span, values)])


def _late_finding(counted: CountedDays, span: Span, values: list[float]) -> Finding:
    value = " and ".join(f"{one:g}/µL" for one in values[:2])
    says = f"lowest neutrophil count{'s' if len(values) > 1 else ''} from day {LATE_FROM}: {value}"
    met = [limit for limit, grade in LATE_LIMITS if grade == span.at_least]
    limit = f"at or below {met[0]}/µL" if met else f"late ICAHT is from {LATE_LIMITS[-1][0]}/µL"
    alone = "one count only: it stands alone" if len(values) == 1 else None
    if span.at_least < span.at_most:
        return unsure(
            "neutrophils",
            span.at_least,
            span.at_most,
            says,
            missing="neutrophil count of late samples that lack it",
            cite=_LATE_TABLE,
            record="labs",
            value=value,
            limit=limit,
            taken_at=counted.last_taken_at,
        )
    return seen(
        "neutrophils",
        span.at_least,
        says,
        limit=limit,
        cite=_LATE_TABLE,
        taken_at=counted.last_taken_at,
        value=value,
        note=alone or provisional(counted, LATE_UNTIL),
        record="labs",
    )


SCALE: Final = BesideScale(
    "icaht-late-2023",
    "Late haematotoxicity after immune effector cells (day 31-100)",
    "ICAHT late",
    "cytopenia",
    "2023",
    "icaht-2023",
    highest=4,
    traps=(
        "Two counts on different days are needed; a single one stands alone, and is said to.",
        "Next therapy and progression end the window; the records do not name them.",
        "Without a count from day 31 on it is not assessable, which is not grade 0.",
    ),
    grade=_grade_late,
)
