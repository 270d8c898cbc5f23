"""
What the scales of prolonged cytopenia say alike: stretches of days, provisional, before the start.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from toxmodels.findings import (
    Finding,
    Grade,
    Sign,
    Span,
    mark_deciding,
    seen,
    still_missing,
    unsure,
    worst,
)
from toxmodels.indices.counts_by_day import CountedDays, Run
from toxmodels.sources import Cite

__all__ = [
    "before_start",
    "days_text",
    "graded",
    "no_start",
    "provisional",
]

_START: Final = Cite("site-defaults", "days count from the first dose", "house")


def days_text(stretches: Iterable[Run]) -> str:
    """Stretches of days in words: ``day 4, days 12-19``."""
    return ", ".join(
        f"day {one.start}" if one.start == one.end else f"days {one.start}-{one.end}"
        for one in stretches
    )


def graded(findings: list[Finding]) -> Grade:
    """The worst of its findings; what could not make it worse is not asked for."""
    span: Span = worst(findings)
    asked = [one for one in findings if one.at_most > span.at_least]
    return Grade(
        at_least=span.at_least,
        at_most=span.at_most,
        findings=mark_deciding(findings, span),
        missing=still_missing(asked, span),
        complete=span.at_least == span.at_most,
    )


def provisional(counted: CountedDays, until: int) -> str | None:
    """That a window is not over yet."""
    if counted.is_over or counted.today >= until:
        return None
    return f"provisional: day {counted.today} of {until}, it can only rise"


def no_start(sign: Sign, highest: int) -> Finding:
    """Without a first dose no day can be counted."""
    says = "the first dose is not recorded, so that no day can be counted"
    return unsure(sign, 0, highest, says, missing="first dose", cite=_START, record="patient")


def before_start(sign: Sign) -> Finding:
    """Before the first dose there is nothing to count."""
    says, limit = "before the first dose", "days count from the first dose of the therapy"
    return seen(sign, 0, says, limit=limit, cite=_START, taken_at=None, record="labs")
