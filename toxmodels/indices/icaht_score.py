"""
ICAHT from a typed series of neutrophil counts, day by day: ``anc=0:2100,1:1800``.

Day 0 is the day of the infusion. Several counts of one day may stand beside each other: the lowest
counts. Unlike the other scores these are grades; no CRS or ICANS grade is made of them.

Cites: icaht-2023 (tables); icaht-grader (filling of gaps, joining of runs, never recovering).
"""

from __future__ import annotations

import re
from typing import Final

from toxmodels.findings import Span
from toxmodels.indices.counts_by_day import (
    EARLY_UNTIL,
    LATE_FROM,
    LATE_UNTIL,
    CountedDays,
    lowest_of_each_day,
    row_of,
)
from toxmodels.indices.icaht import (
    LATE_LIMITS,
    LOW_DAYS,
    LOW_PER_UL,
    NEVER_GRADE,
    VERY_LOW_DAYS,
    VERY_LOW_PER_UL,
    EarlyDays,
    Method,
    early_days,
    late_span,
)
from toxmodels.indices.index import Index
from toxmodels.indices.keys import Given, Key
from toxmodels.indices.ladders import Paper, Recorded
from toxmodels.indices.result import Score, ScoreCite, ScoreItem

__all__ = ["INDICES"]

_ANC: Final = Key("anc", "neutrophils per µL by day, 0:2100,1:1800", kind="by_day")
_DAY: Final = Key("day", "today, in days since the infusion; else the last count's", needed=False)
_ENDED: Final = Key(
    "ended", "no count can follow: death or end of follow-up", kind="yes_no", needed=False
)
_METHOD: Final = Key(
    "method",
    "longest run of days, or all low days added up",
    kind="choice",
    choices={"longest": "longest", "cumulative": "cumulative"},
    needed=False,
)
_METHODS: Final[dict[str, Method]] = {"longest": "longest", "cumulative": "cumulative"}
EARLY: Final = Paper(
    "icaht_early",
    "early ICAHT",
    ScoreCite(source="icaht-2023", at="early ICAHT, days of neutropenia"),
    "verified",
)
LATE: Final = Paper(
    "icaht_late",
    "late ICAHT",
    ScoreCite(source="icaht-2023", at="late ICAHT, depth of neutropenia"),
    "verified",
)
_NOTES: Final = (
    "up to 7 days without a count are filled by a straight line; a longer gap leaves days open",
    "after immune effector cells; neutrophils alone, growth factors change nothing",
)


def _counted(recorded: Recorded) -> CountedDays | None:
    """The series, or ``None`` where nothing was typed."""
    given, today, ended = recorded["anc"], recorded["day"], recorded["ended"]
    pairs = [] if given is None else [one.split(":") for one in re.split(r"[,; ]+", _text(given))]
    counts = lowest_of_each_day((int(day), float(count)) for day, count in pairs)
    if today is None and not counts:
        return None
    last = max(counts) if today is None else int(today.number)
    seen = {day: value for day, value in counts.items() if day <= last}
    return CountedDays(seen, frozenset(seen), last, ended is not None and ended.value is True)


def _text(given: Given) -> str:
    return str(given.value)


def icaht_early(recorded: Recorded) -> Score:
    """Grade by the days at or below each limit, day 0 to 30."""
    counted, method = _counted(recorded), recorded["method"]
    if counted is None:
        return _score(EARLY, Span(0, NEVER_GRADE), (), "anc")
    found = early_days(counted, "longest" if method is None else _METHODS[str(method)])
    items = (
        _days(f"days at or below {LOW_PER_UL}/µL", found.low, LOW_DAYS),
        _days(f"days at or below {VERY_LOW_PER_UL}/µL", found.very_low, VERY_LOW_DAYS),
        _never(found),
    )
    is_provisional = counted.today < EARLY_UNTIL and not counted.is_over
    told = f"provisional: day {counted.today} of {EARLY_UNTIL}" if is_provisional else None
    return _score(EARLY, found.span, items, "anc", told)


def icaht_late(recorded: Recorded) -> Score:
    """Grade by the lowest count from day 31 to 100, where the next lowest is low as well."""
    counted = _counted(recorded)
    last = LATE_UNTIL if counted is None else min(counted.today, LATE_UNTIL)
    values = [] if counted is None else sorted(counted.within(LATE_FROM, last).values())
    if counted is None or not values:
        told = f"not assessable without a count from day {LATE_FROM} on"
        return _score(LATE, Span(0, LATE_LIMITS[0][1]), (), "anc", told)
    span = late_span(counted)
    shown = " and ".join(f"{one:g}/µL" for one in values[:2])
    limit = f"at or below {' / '.join(str(limit) for limit, _ in LATE_LIMITS)}/µL"
    item = _item("lowest counts", span, shown, limit)
    alone = "one count only: it stands alone" if len(values) == 1 else None
    return _score(LATE, span, (item,), "anc", alone)


def _days(name: str, days: Span, table: tuple[tuple[int, int], ...]) -> ScoreItem:
    low, high = days.at_least, days.at_most
    limit = ", ".join(f"from {least}: {grade}" for least, grade in reversed(table))
    return _item(name, row_of(days, table), str(low) if low == high else f"{low}-{high}", limit)


def _never(found: EarlyDays) -> ScoreItem:
    sure, may = found.never
    value = "yes" if sure else "not known" if may else "no, or not over yet"
    span = Span(NEVER_GRADE * sure, NEVER_GRADE * may)
    return _item("never recovered", span, value, f"low from day 0-3 to the end: {NEVER_GRADE}")


def _item(name: str, span: Span, value: str, limit: str) -> ScoreItem:
    is_settled = span.at_least == span.at_most
    return ScoreItem(
        name=name,
        points=span.at_least if is_settled else None,
        at_least=span.at_least,
        at_most=span.at_most,
        value=value,
        limit=limit,
        missing=() if is_settled else ("anc",),
    )


def _score(
    paper: Paper, span: Span, items: tuple[ScoreItem, ...], key: str, told: str | None = None
) -> Score:
    low, high = span.at_least, span.at_most
    shown = str(low) if low == high else f"{low}-{high}"
    return Score(
        name=paper.name,
        title=paper.title,
        value=low if low == high else None,
        at_least=low,
        at_most=high,
        items=items,
        missing=() if low == high else (key,),
        says=f"{paper.title}: {shown}{f', {told}' if told else ''}",
        band=None,
        notes=_NOTES if told is None else (told, *_NOTES),
        verification=paper.verification,
        cite=paper.cite,
    )


INDICES: Final = (
    Index(EARLY, (_ANC, _DAY, _ENDED, _METHOD), icaht_early),
    Index(LATE, (_ANC, _DAY), icaht_late),
)
