"""
Plausible limits of every measured quantity, read from ``limits.toml``.

Two limits per quantity: *impossible* (refused by name, with the likely unit offered) and
*concerning* (accepted, and asked once by the screen). Both are data, so that a site can see
and narrow them; neither takes part in any grade.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class OtherUnit:
    """A unit people type by mistake: ``value * factor + offset`` is in our unit."""

    unit: str
    factor: float
    offset: float


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one quantity, in the unit of its field name; ``None`` means no limit."""

    name: str
    label: str
    unit: str
    impossible_below: float | None = None
    concerning_below: float | None = None
    concerning_above: float | None = None
    impossible_above: float | None = None
    concerning_above_by_device: tuple[tuple[str, float], ...] = ()
    looks_like: tuple[OtherUnit, ...] = ()

    def is_impossible(self, value: float) -> bool:
        """Whether no patient can have this value."""
        below = self.impossible_below is not None and value < self.impossible_below
        above = self.impossible_above is not None and value > self.impossible_above
        return below or above

    def concern(self, value: float, device: str | None = None) -> str | None:
        """Say in one clause why the value deserves a second look, or return ``None``."""
        ceiling = dict(self.concerning_above_by_device).get(device or "", self.concerning_above)
        if self.concerning_below is not None and value < self.concerning_below:
            return f"{self.label} {value:g} {self.unit} is below {self.concerning_below:g}"
        if ceiling is not None and value > ceiling:
            return f"{self.label} {value:g} {self.unit} is above {ceiling:g}"
        return None

    def likely_units(self, value: float) -> str | None:
        """Offer what an impossible value may have been, for example ``°F: 38.5 °C``."""
        for other in self.looks_like:
            converted = value * other.factor + other.offset
            if not self.is_impossible(converted) and self._plausible(converted):
                shown = f"{converted:.2f}" if self.name == "fio2" else f"{converted:.1f}"
                return f"{value:g} looks like {other.unit}; that is {shown} {self.unit}"
        return None

    def _plausible(self, value: float) -> bool:
        margin = 5.0 if self.name == "temperature_c" else 0.0
        low = self.impossible_below if self.impossible_below is not None else float("-inf")
        return value >= low + margin

    def range_text(self) -> str:
        """The impossible limits as text: ``25 to 45 °C``."""
        low = "" if self.impossible_below is None else f"{self.impossible_below:g}"
        high = "" if self.impossible_above is None else f"{self.impossible_above:g}"
        return f"{low} to {high} {self.unit}".strip()


@cache
def limits() -> dict[str, Limits]:
    """Every quantity's limits by field name."""
    text = files("toxmodels").joinpath("limits.toml").read_text(encoding="utf-8")
    return {
        name: _one(name, table)
        for name, table in tomllib.loads(text).items()
        if isinstance(table, dict)
    }


def _one(name: str, table: dict[str, Any]) -> Limits:
    by_device = tuple(table.pop("concerning_above_by_device", {}).items())
    others = tuple(OtherUnit(**other) for other in table.pop("looks_like", []))
    return Limits(name=name, concerning_above_by_device=by_device, looks_like=others, **table)
