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
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    drug: str
    dose: float | None
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
