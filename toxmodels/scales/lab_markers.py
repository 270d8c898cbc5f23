"""
Risk markers over a case: every index that is worked out from laboratory values alone.

They are no grades and stand in no list of scales: EASIX runs without bound, and CAR-HEMATOTOX is
of the days before lymphodepletion alone. Which indices these are follows from their keys, so that
one that is added to the catalogue is worked out with no other edit. An index that asks for more
than laboratory values is a scale over a case, or is asked for by name.

Cites: each index its own source; before lymphodepletion and now are house readings of when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from toxmodels.evidence import Evidence
from toxmodels.indices import INDICES, Index, Score, score
from toxmodels.records import Case, Labs

__all__ = ["BEFORE", "NOW", "Marker", "lab_markers"]

BEFORE: Final = "before lymphodepletion"
NOW: Final = "now"
When = Literal["before lymphodepletion", "now"]
_ANALYTES: Final = frozenset(Labs.model_fields) - {"taken_at", "upper_limits", "lower_limits"}


@dataclass(frozen=True, slots=True)
class Marker:
    """
    One index at one of two times, with the age of its oldest and newest value.

    ``at`` is the time it is of, ``None`` where nobody recorded when lymphodepletion began.
    """

    index: Index
    when: When
    at: datetime | None
    score: Score
    taken: tuple[datetime, ...]

    @property
    def says(self) -> str:
        """The result with its band, which holds for values before lymphodepletion alone."""
        band = self.score.band if self.when == BEFORE else None
        says = self.score.says
        return says if band is None or band in says else f"{says}; {band}"

    @property
    def asks(self) -> tuple[str, ...]:
        """What is missing, in the words of its keys."""
        if self.at is None:
            return ("when lymphodepletion began",)
        return tuple(key.says for key in self.index.keys if key.name in self.score.missing)


def lab_markers(case: Case, at: datetime) -> tuple[Marker, ...]:
    """Every such index before lymphodepletion, and now where it is not of those days alone."""
    begun = None if case.therapy is None else case.therapy.lymphodepletion_started_at
    before = None if begun is None or begun > at else begun
    found: list[Marker] = []
    for index in INDICES.values():
        if not all(_field(names) is not None for names in _asked(index)):
            continue
        found.append(_marker(index, BEFORE, case, before))
        if not index.before_only:
            found.append(_marker(index, NOW, case, at))
    return tuple(found)


def _asked(index: Index) -> list[tuple[str, ...]]:
    return [key.names for key in index.keys]


def _field(names: tuple[str, ...]) -> str | None:
    """The field of a sample that holds this input, in whichever unit."""
    return next((name for name in names if name in _ANALYTES), None)


def _marker(index: Index, when: When, case: Case, at: datetime | None) -> Marker:
    given: dict[str, float] = {}
    taken: list[datetime] = []
    evidence = None if at is None else Evidence(case, at)
    for names in _asked(index):
        field = _field(names)
        value = None if evidence is None or field is None else evidence.lab(field)
        if value is not None and field is not None:
            given[field] = value.value
            taken.append(value.taken_at)
    return Marker(index, when, at, score(index.name, **given), tuple(sorted(taken)))
