"""
What a scale is: its name, edition, source and traps, and the function that grades by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.moment import Moment, Waiver
from toxmodels.sources import Verification

__all__ = ["BesideScale", "Scale", "SteppedScale", "Toxicity"]

Toxicity = Literal["crs", "icans", "iec-hs", "cytopenia", "tls", "coagulation", "warning"]


@dataclass(frozen=True, slots=True)
class Scale:
    """
    A published scale: what it grades, its edition, its source and how far that was checked.

    ``short`` names it on a narrow screen; ``traps`` are the readings in which published versions
    differ or which are easily got wrong, one sentence each. ``highest`` is its highest number.
    """

    id: str
    title: str
    short: str
    toxicity: Toxicity
    edition: str
    source: str
    verification: Verification = "verified"
    highest: int = 5
    traps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SteppedScale(Scale):
    """A scale graded at every step; ``reads`` are the fields of a moment that expire under it."""

    reads: frozenset[str]
    grade: Callable[[Moment, Waiver], Grade]


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideScale(Scale):
    """A scale graded at one time from everything recorded by then."""

    grade: Callable[[Evidence], Grade]
