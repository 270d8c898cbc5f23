"""
The answer to one dose question: dose or reason, arithmetic, limits, cautions and source.

A dose is there if and only if it is allowed; a blocked dose always says why. The model itself
refuses any other combination, so that no screen can show a blocked number as a dose.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from toxmodels.drugs.facts_read import Confidence
from toxmodels.sources import Verification

Unit = Literal["mg", "mg/day", "ug/day", "ug", "cells"]


class DoseCite(BaseModel):
    """A source and the place in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    at: str


class DoseResult(BaseModel):
    """
    One dose, worked out or blocked.

    ``confirm`` names what a person must confirm before this dose is given; it does not block.
    ``doses_given`` and ``doses_left`` are ``None`` where nobody said what was given before.
    ``dose_low`` and ``dose_high``: the ends of a range from which a person must choose, where
    nothing else stands against the drug; the choice is never made here, so ``dose`` is ``None``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    drug: str
    dose: float | None
    dose_low: float | None = None
    dose_high: float | None = None
    unit: Unit
    arithmetic: str
    steps: tuple[str, ...]
    allowed: bool
    blocked_by: str | None
    earliest_at: AwareDatetime | None
    schedule: str | None
    doses_given: int | None
    doses_left: int | None
    confirm: tuple[str, ...]
    cautions: tuple[str, ...]
    contraindications: tuple[str, ...]
    note: str
    basis: str
    verification: Verification
    confidence: Confidence | None
    cite: DoseCite
    cites: tuple[DoseCite, ...]

    @model_validator(mode="after")
    def _dose_if_and_only_if_allowed(self) -> Self:
        if self.allowed != (self.dose is not None) or self.allowed != (self.blocked_by is None):
            raise ValueError("a dose is given exactly when it is allowed and nothing blocks it")
        if self.dose is not None and not self.dose > 0:
            raise ValueError("a dose is above 0")
        return self

    @model_validator(mode="after")
    def _a_range_waits_for_a_choice(self) -> Self:
        low, high = self.dose_low, self.dose_high
        if (low is None) != (high is None):
            raise ValueError("a range has two ends")
        if low is not None and high is not None and not 0 < low < high:
            raise ValueError("the ends of a range are above 0 and in order")
        if low is not None and self.dose is not None:
            raise ValueError("a dose was chosen, so that no range is left open")
        return self
