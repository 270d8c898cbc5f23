"""The published numbers and the assumptions behind invented cohorts: ``published.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from toxmodels.sources import Verification

__all__ = ["Published", "Share", "Source", "Toxicity", "published"]

_LONGEST_DAYS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number was taken from, and how far that was read."""

    id: str
    citation: str
    says: str
    scale: str
    verification: Verification


@dataclass(frozen=True, slots=True)
class Share:
    """A published share of patients, 0 to 1, with its source."""

    of_all: float
    source: str


@dataclass(frozen=True, slots=True)
class Toxicity:
    """
    How often and how badly one toxicity comes with one product.

    ``severe`` is grade 3 and more, ``worst`` grade 4 and more. Onset and length are the median, the
    least and the most in days.
    """

    any: Share
    severe: Share
    worst: float
    fatal: float
    onset_days: tuple[float, float, float]
    lasts_days: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Published:
    """Everything a cohort is drawn from; ``assumed`` and the rest are house choices."""

    sources: Mapping[str, Source]
    shares: Mapping[str, float]
    ages: Mapping[str, str]
    crs: Mapping[str, Toxicity]
    icans: Mapping[str, Toxicity]
    tocilizumab: Share
    corticosteroid: Share
    assumed: Mapping[str, Any]
    years: Mapping[str, tuple[float, ...]]
    weight: tuple[float, ...]
    watched: Mapping[str, Any]
    missing: Mapping[str, float]

    @property
    def products(self) -> tuple[str, ...]:
        """The products, in the order of the file."""
        return tuple(self.shares)


@cache
def published() -> Published:
    """Read the packaged file."""
    text = files(__package__).joinpath("published.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    products, assumed = read["products"], read["assumed"]
    return Published(
        {key: Source(key, **one) for key, one in read["sources"].items()},
        {key: one["share"] for key, one in products.items()},
        {key: one["age"] for key, one in products.items()},
        {key: _toxicity(one, "crs", assumed) for key, one in products.items()},
        {key: _toxicity(one, "icans", assumed) for key, one in products.items()},
        _share(read["treated"]["tocilizumab"]),
        _share(read["treated"]["corticosteroid"]),
        assumed,
        {key: tuple(one) for key, one in read["ages"].items()},
        tuple(read["weight"]["kg"]),
        read["watched"],
        read["missing"],
    )


def _share(table: Mapping[str, Any]) -> Share:
    return Share(table["percent"] / 100.0, table["source"])


def _toxicity(one: Mapping[str, Any], kind: str, assumed: Mapping[str, Any]) -> Toxicity:
    severe = _share(one[f"{kind}_severe"])
    worst = one.get(f"{kind}_worst")
    fatal = one.get(f"{kind}_fatal")
    lethal = 0.0 if fatal is None else fatal["percent"] / 100.0
    # Published beside each other: grade 4, and grade 5 apart from it.
    reached = (
        severe.of_all * assumed["worst_of_severe"] if worst is None else worst["percent"] / 100
    )
    return Toxicity(
        _share(one[f"{kind}_any"]),
        severe,
        reached + lethal,
        lethal,
        _days(one[f"{kind}_onset"]),
        _days(one[f"{kind}_lasts"]),
    )


def _days(table: Mapping[str, Any]) -> tuple[float, float, float]:
    least, most = table.get("range", (0.25, _LONGEST_DAYS))
    return table["days"], least, min(most, _LONGEST_DAYS)
