"""
Findings and grades: a grade is an interval, and every grade says why.

A *finding* is what one sign contributes, from ``at_least`` to ``at_most``; an unrecorded sign is a
finding with a wide interval, never a zero. A *grade* is the worst of its findings. This module
holds only the arithmetic and the shapes; scales decide what a finding is worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from toxmodels.sources import Cite

__all__ = [
    "CHEAPEST_FIRST",
    "Finding",
    "Grade",
    "LastKnown",
    "Missing",
    "RecordKind",
    "Sign",
    "Span",
    "decisive",
    "explained",
    "gravest",
    "mark_deciding",
    "seen",
    "still_missing",
    "unsure",
    "worst",
]

Sign = Literal[
    "fever",
    "hypotension",
    "hypoxia",
    "ice",
    "capd",
    "consciousness",
    "seizure",
    "motor",
    "raised_icp",
    "oedema",
    "death",
    # signs that only scales beside ASTCT read
    "pulse",
    "respiration",
    "saturation",
    "temperature",
    "organ",
    "creatinine",
    "liver",
    "coagulation",
    "fibrinogen",
    "ferritin",
    "cytopenia",
    "neutrophils",
    "platelets",
    "haemophagocytosis",
    "urate",
    "potassium",
    "phosphate",
    "calcium",
    "cartox10",
    "term",
    "judgement",
]
RecordKind = Literal["vitals", "neuro", "patient", "treatments", "events", "labs", "gradings"]

# What a nurse can record soonest stands first; imaging and a doctor's statement stand last.
CHEAPEST_FIRST: tuple[Sign, ...] = (
    "fever",
    "hypoxia",
    "hypotension",
    "consciousness",
    "ice",
    "capd",
    "cartox10",
    "seizure",
    "motor",
    "raised_icp",
    "oedema",
    "death",
    "pulse",
    "respiration",
    "saturation",
    "temperature",
    "platelets",
    "neutrophils",
    "creatinine",
    "liver",
    "potassium",
    "phosphate",
    "calcium",
    "urate",
    "fibrinogen",
    "coagulation",
    "ferritin",
    "cytopenia",
    "organ",
    "haemophagocytosis",
    "term",
    "judgement",
)
_PLACE: Final = {sign: place for place, sign in enumerate(CHEAPEST_FIRST)}


@dataclass(frozen=True, slots=True)
class Span:
    """The lowest and highest grade that what was recorded still allows."""

    at_least: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What one sign contributes to a grade.

    ``value`` is what was recorded with its unit, ``limit`` the row of the table it met; ``note``
    says where the published text can be read two ways. ``is_usual``: no worse than this patient
    was before therapy, so that it grades by the text but begins no episode.
    """

    sign: Sign
    at_least: int
    at_most: int
    says: str
    cite: Cite
    value: str | None = None
    limit: str | None = None
    taken_at: datetime | None = None
    record: RecordKind = "vitals"
    missing: str | None = None
    note: str | None = None
    attributed: bool = False
    is_usual: bool = False
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A sign nobody recorded (or whose value is too old), and the grades it leaves open."""

    sign: Sign
    record: RecordKind
    says: str
    at_least: int
    at_most: int


@dataclass(frozen=True, slots=True)
class LastKnown:
    """The grade at the last moment before values expired, shown with its age."""

    at: datetime
    at_least: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Grade:
    """
    A grade from ``at_least`` to ``at_most`` with its findings, worst first.

    ``without_attribution`` is the grade as it would be had no sign been attributed to another
    cause; ``None`` when nothing was. ``last_known`` is set only where old values opened the grade.
    """

    at_least: int
    at_most: int
    findings: tuple[Finding, ...]
    missing: tuple[Missing, ...]
    complete: bool
    without_attribution: Span | None = None
    last_known: LastKnown | None = None

    def __str__(self) -> str:
        """Read the grade as a ward says it: ``3``, ``3-4`` or ``not assessable (0-4)``."""
        if self.at_least == self.at_most:
            return str(self.at_least)
        return f"{self.at_least}-{self.at_most}"

    @property
    def span(self) -> Span:
        """Only the two bounds."""
        return Span(self.at_least, self.at_most)


def seen(
    sign: Sign,
    grade: int,
    says: str,
    *,
    limit: str,
    cite: Cite,
    taken_at: datetime | None,
    value: str | None = None,
    note: str | None = None,
    record: RecordKind = "vitals",
) -> Finding:
    """A sign that was recorded and contributes exactly one grade."""
    return Finding(
        sign, grade, grade, says, cite, value or says, limit, taken_at, record, None, note
    )


def unsure(
    sign: Sign,
    at_least: int,
    at_most: int,
    says: str,
    *,
    missing: str,
    cite: Cite,
    record: RecordKind = "vitals",
    value: str | None = None,
    limit: str | None = None,
    taken_at: datetime | None = None,
) -> Finding:
    """A sign that was not recorded, or not enough of it; ``missing`` says what to record."""
    return Finding(sign, at_least, at_most, says, cite, value, limit, taken_at, record, missing)


def explained(
    sign: Sign, value: str, *, cite: Cite, taken_at: datetime, record: RecordKind = "vitals"
) -> Finding:
    """A sign a clinician attributed to another cause: shown, and not counted."""
    return Finding(
        sign,
        0,
        0,
        f"{value}: attributed to another cause",
        cite,
        value,
        "not counted while attributed",
        taken_at,
        record,
        attributed=True,
    )


def worst(findings: Iterable[Finding]) -> Span:
    """The worst of several findings: the maximum of each bound, never a sum."""
    low = high = 0
    for finding in findings:
        low = max(low, finding.at_least)
        high = max(high, finding.at_most)
    return Span(low, high)


def gravest(findings: Sequence[Finding]) -> Finding:
    """One finding for several readings of the same minute: the worst at both ends."""
    if len(findings) == 1:
        return findings[0]
    shown = max(findings, key=lambda one: (one.at_least, one.at_most, one.says))
    widest = max(findings, key=lambda one: one.at_most)
    # What leaves the upper end open is named, even where another reading is shown.
    if shown.at_most == widest.at_most:
        return shown
    return replace(shown, at_most=widest.at_most, missing=widest.missing)


def still_missing(findings: Iterable[Finding], span: Span) -> tuple[Missing, ...]:
    """Name what was not recorded, cheapest first, with the grades each leaves possible."""
    gaps = [
        Missing(
            sign=finding.sign,
            record=finding.record,
            says=finding.missing,
            at_least=span.at_least,
            at_most=max(span.at_least, min(span.at_most, finding.at_most)),
        )
        for finding in findings
        if finding.missing is not None
    ]
    return tuple(sorted(gaps, key=lambda gap: _PLACE[gap.sign]))


def decisive(one: Finding) -> Finding:
    """The same, marked; written out because every grade of every step does it."""
    return Finding(
        one.sign, one.at_least, one.at_most, one.says, one.cite, one.value, one.limit,
        one.taken_at, one.record, one.missing, one.note, one.attributed, one.is_usual, True,
    )  # fmt: skip


def mark_deciding(findings: Iterable[Finding], span: Span) -> tuple[Finding, ...]:
    """Mark the findings that put the grade where it is, worst first."""
    marked = [
        decisive(finding)
        if finding.at_least == span.at_least > 0 and not finding.attributed
        else finding
        for finding in findings
    ]
    marked.sort(key=lambda one: (not one.decides, -one.at_least, -one.at_most, _PLACE[one.sign]))
    return tuple(marked)
