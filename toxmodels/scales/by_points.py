"""
Scores of ``toxmodels.indices`` over a case: gather the inputs, and show the answer as a grade.

A score is worked out in one place only. Here the newest value of each input that still counts is
handed to it, and its items come back as findings with value, limit, place and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from toxmodels.evidence import Evidence, LabValue
from toxmodels.findings import CHEAPEST_FIRST, Finding, Grade, Missing, RecordKind, Sign
from toxmodels.indices.keys import Given
from toxmodels.indices.ladders import Recorded
from toxmodels.indices.result import Score, ScoreItem
from toxmodels.sources import Cite

__all__ = ["Gathered", "Seat", "as_grade", "exact", "highest_temperature", "marrow"]


@dataclass(frozen=True, slots=True)
class Seat:
    """Where an item is shown: its sign, the record that settles it, and what to record."""

    sign: Sign
    record: RecordKind
    ask: str
    keys: tuple[str, ...] = ()


class Gathered:
    """Inputs of a score as they are found in a case, with the time each was taken."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.given: dict[str, Given] = {}
        self.times: dict[str, datetime] = {}

    def put(
        self,
        key: str,
        value: float | bool | str | None,
        taken_at: datetime | None,
        *,
        entered_as: str | None = None,
    ) -> None:
        """Put one input under its first key; ``None`` was not recorded and stays away."""
        if value is None:
            return
        read = value if isinstance(value, bool | str) else exact(value)
        self.given[key] = Given(entered_as or key, read)
        if taken_at is not None:
            self.times[key] = taken_at

    def lab(
        self, analyte: str, key: str | None = None, within: timedelta | None = None
    ) -> LabValue | None:
        """Put the newest laboratory value that still counts, and return it."""
        found = self.evidence.lab(analyte, within)
        if found is not None:
            self.put(key or analyte, found.value, found.taken_at)
        return found

    @property
    def recorded(self) -> Recorded:
        """The inputs as a score reads them."""
        return Recorded(self.given)


def exact(value: float) -> Decimal:
    """The decimal that was entered."""
    return Decimal(str(value))


def as_grade(
    score: Score, seats: Mapping[str, Seat], gathered: Gathered, *, is_sum: bool = True
) -> Grade:
    """Show a score as a grade: its total first, then item by item."""
    low, high = int(score.at_least or 0), int(score.at_most or 0)
    total = Finding(
        "judgement",
        low,
        high,
        score.says,
        Cite(score.cite.source, score.cite.at, score.verification),
        score.span,
        score.band or "no single band while values are missing",
        _newest(gathered.times, gathered.times),
        "vitals",
        note="; ".join(score.notes),
        decides=low > 0,
    )
    shown = [item for item in score.items if item.name in seats]
    findings = [_finding(item, score, seats[item.name], gathered) for item in shown]
    asked = set(score.missing)
    gaps = [
        _gap(item, seats[item.name], (low, high), is_sum=is_sum)
        for item in shown
        if asked.intersection(item.missing)
    ]
    gaps.sort(key=lambda gap: CHEAPEST_FIRST.index(gap.sign))
    return Grade(low, high, (total, *findings), tuple(gaps), complete=score.value is not None)


def _finding(item: ScoreItem, score: Score, seat: Seat, gathered: Gathered) -> Finding:
    low, high = int(item.at_least), int(item.at_most or 0)
    points = str(low) if item.points is not None else f"{low} to {high}"
    name, _, form = item.name.partition(", ")
    shown = f"{name} {item.value or 'not recorded'}{f' ({form})' if form else ''}"
    return Finding(
        seat.sign,
        low,
        high,
        f"{shown}: {points}",
        Cite(score.cite.source, f"{score.cite.at}, {item.name}", score.verification),
        item.value,
        item.limit,
        _newest(seat.keys, gathered.times),
        seat.record,
        seat.ask if item.missing else None,
        decides=low > 0,
    )


def _newest(keys: Iterable[str], times: Mapping[str, datetime]) -> datetime | None:
    return max((times[key] for key in keys if key in times), default=None)


def _gap(item: ScoreItem, seat: Seat, span: tuple[int, int], *, is_sum: bool) -> Missing:
    low, high = span
    width = int(item.at_most or 0) - int(item.at_least)
    at_most = min(high, low + width) if is_sum else high
    return Missing(seat.sign, seat.record, seat.ask, low, at_most)


def highest_temperature(gathered: Gathered, window: timedelta) -> None:
    """Put the highest temperature of the last hours: fever often hides under treatment."""
    evidence = gathered.evidence
    found = [
        (one.temperature_c, one.taken_at)
        for one in evidence.vitals
        if one.temperature_c is not None and evidence.at - one.taken_at <= window
    ]
    if found:
        value, taken_at = max(found)
        gathered.put("temperature_c", value, taken_at)


def marrow(gathered: Gathered) -> None:
    """Put haemophagocytosis: once seen it stands, and nobody having looked is not recorded."""
    looked = [one for one in gathered.evidence.labs if one.haemophagocytosis is not None]
    if looked:
        seen = [one for one in looked if one.haemophagocytosis is True]
        last = (seen or looked)[-1]
        gathered.put("haemophagocytosis", bool(seen), last.taken_at)
