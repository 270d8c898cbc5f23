"""
Ladders: an item whose points go by rows of numbers, printed as in the paper's table.

Rows are tried in order and the first that holds gives the points, so a table reads here as it is
printed. A limit stands once for each unit the value may be entered in; nothing is converted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, Literal

from toxmodels.indices.keys import Given, Inputs, Key, shown, unit_of
from toxmodels.indices.result import Score, ScoreCite, ScoreItem
from toxmodels.sources import Verification

Comparison = Literal["<", "<=", ">", ">="]
BandOf = Callable[[int, Sequence[int]], str]
_NOT: Final[dict[Comparison, Comparison]] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def holds(left: Decimal, sign: Comparison, right: Decimal) -> bool:
    """Compare two decimals."""
    if sign in {"<", "<="}:
        return left < right or (sign == "<=" and left == right)
    return left > right or (sign == ">=" and left == right)


@cache
def _decimal(limit: str) -> Decimal:
    return Decimal(limit)


@dataclass(frozen=True, slots=True)
class Rung:
    """One row: points where the value compares so with the limit of the unit entered."""

    points: int
    sign: Comparison | None = None
    at: tuple[str, ...] = ()

    def is_met(self, value: Decimal, place: int) -> bool:
        """Whether a value in the unit at ``place`` meets this row; a row without limit does."""
        return self.sign is None or holds(value, self.sign, _decimal(self.at[place]))


@dataclass(frozen=True, slots=True, eq=False)  # one of each: known by its identity
class Ladder:
    """An item by rows; ``keys`` are the units of the limits, in their order."""

    name: str
    keys: tuple[str, ...]
    rungs: tuple[Rung, ...]

    def points(self, value: Decimal) -> int:
        """The points of a value in the first unit, without the words of an item."""
        return next(rung.points for rung in self.rungs if rung.is_met(value, 0))

    def item(self, given: Given | None) -> ScoreItem:
        """The points for a value, or every number of points while nobody recorded one."""
        if given is None:
            points = [rung.points for rung in self.rungs]
            return open_item(self.name, min(points), max(points), self.keys[0])
        place = self.keys.index(given.key)
        met = next(i for i, rung in enumerate(self.rungs) if rung.is_met(given.number, place))
        limit = f"{self._limit(met, place)} {unit_of(given.key)}".rstrip()
        return settled(self.name, self.rungs[met].points, str(given), limit)

    def _limit(self, met: int, place: int) -> str:
        """The row that was met: not the row before it, and its own limit."""
        rung, parts = self.rungs[met], []
        before = self.rungs[met - 1] if met > 0 else None
        if before is not None and before.sign is not None:
            parts.append(f"{_NOT[before.sign]} {shown(Decimal(before.at[place]))}")
        if rung.sign is not None:
            parts.append(f"{rung.sign} {shown(Decimal(rung.at[place]))}")
        return " and ".join(parts)


def settled(name: str, points: int, value: str, limit: str) -> ScoreItem:
    """An item of which nothing is open."""
    return ScoreItem(
        name=name, points=points, at_least=points, at_most=points, value=value, limit=limit
    )


def open_item(
    name: str, at_least: int, at_most: int, *missing: str, value: str | None = None
) -> ScoreItem:
    """An item that something unrecorded leaves open, or does not when both ends agree."""
    if at_least == at_most:
        return settled(name, at_least, value or "", "whatever is not recorded")
    return ScoreItem(
        name=name,
        points=None,
        at_least=at_least,
        at_most=at_most,
        value=value,
        limit="not recorded",
        missing=missing,
    )


def yes_no(name: str, given: Given | None, points: int, key: str) -> ScoreItem:
    """An item that is worth its points when the answer is yes."""
    if given is None:
        return open_item(name, 0, points, key)
    return settled(name, points if given.value is True else 0, str(given), f"yes: {points}")


@dataclass(frozen=True, slots=True)
class Paper:
    """Where a score comes from, for every answer it gives."""

    name: str
    title: str
    cite: ScoreCite
    verification: Verification


def summed(
    paper: Paper, items: Sequence[ScoreItem], band_of: BandOf, notes: Iterable[str] = ()
) -> Score:
    """The sum of point items, in the band of the source that both ends agree on."""
    lows = [int(item.at_least) for item in items]
    highs = [int(item.at_most or 0) for item in items]
    low, high = sum(lows), sum(highs)
    lowest, highest = band_of(low, lows), band_of(high, highs)
    band = lowest if lowest == highest else None
    value = low if low == high else None
    span = str(low) if value is not None else f"{low}-{high}"
    return Score(
        name=paper.name,
        title=paper.title,
        value=value,
        at_least=low,
        at_most=high,
        items=tuple(items),
        missing=tuple(dict.fromkeys(key for item in items for key in item.missing)),
        says=f"{paper.title}: {span}, {band or f'{lowest} to {highest}'}",
        band=band,
        notes=tuple(notes),
        verification=paper.verification,
        cite=paper.cite,
    )


def by_total(*bands: tuple[int, str]) -> BandOf:
    """Bands by the sum alone: lower ends and words, the highest first."""

    def band_of(total: int, _items: Sequence[int]) -> str:
        return next(says for lowest, says in bands if total >= lowest)

    return band_of


@dataclass(frozen=True, slots=True)
class Recorded:
    """Inputs by primary key, with what nobody recorded as ``None``."""

    inputs: Inputs

    def __getitem__(self, name: str) -> Given | None:
        return self.inputs.get(name)

    def rung(self, ladder: Ladder) -> ScoreItem:
        """A ladder for the value recorded under its first key."""
        return ladder.item(self.inputs.get(ladder.keys[0]))


def ladder(name: str, keys: str, *rungs: Rung) -> Ladder:
    """Write a ladder in one line: keys with blanks between, then the rows."""
    return Ladder(name, tuple(keys.split()), rungs)


def key_of(row: Ladder, says: str, *same: str) -> Key:
    """The input a ladder reads, with other names of the same unit."""
    return Key(row.keys[0], says, units=row.keys[1:], same=same)
