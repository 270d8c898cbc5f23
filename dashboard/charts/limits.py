"""
The limits drawn across the strips, on the screen and on paper: the grader's own, never copied.
"""

from __future__ import annotations

from dataclasses import dataclass

from toxmodels.scales.astct_crs import FEVER_C
from toxmodels.site import site

__all__ = ["Limit", "fever_limit", "saturation_limit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A line across a strip, and what stands beside it."""

    value: float
    says: str


def fever_limit() -> Limit:
    """From here on a temperature is a fever."""
    return Limit(FEVER_C, f"fever {FEVER_C:g}")


def saturation_limit() -> Limit:
    """Below this the site asks whether the patient is short of oxygen."""
    percent = site().spo2_percent
    return Limit(percent, f"SpO₂ {percent:g} (site)")
