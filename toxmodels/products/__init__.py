"""
Products: one data file each, with kind, target and the expected onset of CRS and neurotoxicity.

Windows are guidance for the charts; they never decide a grade and never silence an alert.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from toxmodels.sources import Verification

__all__ = ["Onset", "Product", "product", "products"]


@dataclass(frozen=True, slots=True)
class Onset:
    """Days from the first dose to onset: median and range, where a source gives them."""

    median_day: float
    range_day: tuple[float, float] | None
    verification: Verification
    read_in: str


@dataclass(frozen=True, slots=True)
class Product:
    """A CAR-T product or a bispecific T-cell engager."""

    id: str
    kind: Literal["car-t", "engager"]
    target: str
    also_called: tuple[str, ...]
    crs_onset: Onset | None
    neuro_onset: Onset | None
    reviewed_by: str


def _onset(table: dict[str, Any] | None) -> Onset | None:
    if table is None:
        return None
    span = table.get("range_day")
    return Onset(
        median_day=table["median_day"],
        range_day=None if span is None else (span[0], span[1]),
        verification=table["verification"],
        read_in=table["read_in"],
    )


@cache
def products() -> dict[str, Product]:
    """Every product by id, found by listing the folder."""
    found: dict[str, Product] = {}
    for file in sorted(files("toxmodels.products").iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml"):
            continue
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        found[table["id"]] = Product(
            id=table["id"],
            kind=table["kind"],
            target=table["target"],
            also_called=tuple(table["also_called"]),
            crs_onset=_onset(table.get("crs_onset")),
            neuro_onset=_onset(table.get("neuro_onset")),
            reviewed_by=table["reviewed_by"],
        )
    return found


def product(id_: str) -> Product | None:
    """The product of that id, or ``None``."""
    return products().get(id_)
