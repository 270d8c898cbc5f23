"""The answer of a score: a number or an interval, its items, what is missing, and its source."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from toxmodels.sources import Verification


class ScoreCite(BaseModel):
    """A source and the place in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    at: str


class ScoreItem(BaseModel):
    """
    What one item contributes, from ``at_least`` to ``at_most``.

    ``points`` is ``None`` while the item is open. ``value`` is what was recorded with its unit,
    ``limit`` the row of the table it met, ``missing`` the keys that would settle it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    points: int | float | None
    at_least: int | float
    at_most: int | float | None
    value: str | None
    limit: str
    missing: tuple[str, ...] = ()


class Score(BaseModel):
    """
    A score from ``at_least`` to ``at_most``; ``value`` only where nothing is left open.

    ``at_most`` is ``None`` where the score has no upper end. ``band`` is what the source calls a
    result of this height, ``None`` while the interval lies in several bands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    title: str
    value: int | float | None
    at_least: int | float | None
    at_most: int | float | None
    items: tuple[ScoreItem, ...]
    missing: tuple[str, ...]
    says: str
    band: str | None
    notes: tuple[str, ...]
    verification: Verification
    cite: ScoreCite

    @property
    def span(self) -> str:
        """The bounds as a reader says them: ``5``, ``3-7``, ``2 or more``."""
        if self.value is not None:
            return f"{self.value:.6g}"
        if self.at_least is None:
            return "not defined"
        if self.at_most is None:
            return f"{self.at_least:.6g} or more"
        return f"{self.at_least:.6g}-{self.at_most:.6g}"
