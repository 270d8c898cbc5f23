"""
Who needs someone now: the order of the ward board, as a pure rule.

An emergency nobody has acknowledged stands first, then urgent alerts, then those who are worse or
severe, then those who could be severe, then the overdue, then the rest by grade. A patient whose
state cannot be worked out stands with the emergencies: silence is an alarm. The dead stand last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from dashboard.parts.grade import grade_text, is_assessed, span_text
from dashboard.states import CRS, ICANS, PatientState, TrendPoint, Unreadable
from toxmodels import Grade

WORSE_WITHIN: Final = timedelta(hours=12)
SEVERE: Final = 3
SHORT: Final = {CRS: "CRS", ICANS: "ICANS"}


class Tier(IntEnum):
    """Why somebody stands where they stand; the lowest number first."""

    EMERGENCY = 0
    URGENT = 1
    WORSE_OR_SEVERE = 2
    COULD_BE_SEVERE = 3
    OVERDUE = 4
    BY_GRADE = 5
    QUIET = 6


@dataclass(frozen=True, slots=True)
class Rise:
    """A grade that is certainly higher than it was a few hours ago."""

    scale: str
    before: Grade
    since: datetime
    now: Grade

    @property
    def steps(self) -> int:
        """By how many grades at the least."""
        return self.now.at_least - self.before.at_most

    def __str__(self) -> str:
        return f"{SHORT[self.scale]} {self.before} → {self.now}"


@dataclass(frozen=True, slots=True)
class Need:
    """The place of one patient on the board, and the reason in words."""

    tier: Tier
    says: str


def rises(grades: dict[str, Grade], trend: Iterable[TrendPoint], at: datetime) -> tuple[Rise, ...]:
    """
    Grades that rose within the last hours and have not come down again.

    An earlier grade that was open proves nothing: only a lower bound above an earlier upper bound
    is a rise. The last grade before the window counts as its beginning.
    """
    points = sorted(trend, key=lambda point: point.at)
    begin = at - WORSE_WITHIN
    before = [point for point in points if point.at < begin][-1:]
    window = [*before, *(point for point in points if begin <= point.at < at)]
    found = []
    for scale, here in grades.items():
        earlier = [(point.at, point.grades[scale]) for point in window if scale in point.grades]
        lower = [(time, grade) for time, grade in earlier if grade.at_most < here.at_least]
        if lower and all(grade.at_least <= here.at_least for _, grade in earlier):
            since, grade = min(lower, key=lambda one: (one[1].at_most, -one[0].timestamp()))
            found.append(Rise(scale, grade, since, here))
    return tuple(found)


def need_of(state: PatientState | Unreadable) -> Need:
    """Where a patient stands, and why."""
    if isinstance(state, Unreadable):
        return Need(Tier.EMERGENCY, "cannot be graded: use the bedside chart")
    if state.closed is not None:
        return Need(Tier.QUIET, state.closed)
    urgencies = {alert.flag.urgency for alert in state.open_alerts}
    if "emergency" in urgencies:
        return Need(Tier.EMERGENCY, "emergency")
    if "urgent" in urgencies:
        return Need(Tier.URGENT, "urgent alert")
    grades = state.assessment.grades
    worse = rises(grades, state.trend, state.at)
    if worse:
        age = span_text(state.at - worse[0].since)
        return Need(Tier.WORSE_OR_SEVERE, f"worse: {worse[0]} in {age}")
    severe = [id_ for id_, grade in grades.items() if grade.at_least >= SEVERE]
    if severe:
        return Need(
            Tier.WORSE_OR_SEVERE, f"severe: {grade_text(SHORT[severe[0]], grades[severe[0]])}"
        )
    could = [id_ for id_, grade in grades.items() if grade.at_most >= SEVERE]
    if could:
        first = grades[could[0]]
        says = f"{SHORT[could[0]]} could be {first.at_most}"
        return Need(Tier.COULD_BE_SEVERE, says if is_assessed(first) else f"{says}: not assessed")
    if overdue := overdue_text(state):
        return Need(Tier.OVERDUE, overdue)
    return Need(Tier.BY_GRADE, "")


def overdue_text(state: PatientState) -> str:
    """What is overdue and by how long; empty when nothing is."""
    found = []
    for name, due in (("vital signs", state.vitals), ("neuro exam", state.neuro)):
        if due.overdue is not None and due.last_at is not None:
            found.append(f"{name} overdue by {span_text(due.overdue)}")
        elif due.overdue is not None:
            found.append(f"{name} never recorded")
    return ", ".join(found)


def in_order(rows: Iterable[PatientState | Unreadable]) -> list[PatientState | Unreadable]:
    """The rows of the board, the one who needs someone now in front."""
    return sorted(rows, key=_place)


def _place(state: PatientState | Unreadable) -> tuple[int, int, int, int, float, str]:
    tier = need_of(state).tier
    if isinstance(state, Unreadable):
        return (tier, -9, -9, 0, 0.0, state.patient_id)
    grades = [*state.assessment.grades.values()]
    lowest = max((grade.at_least for grade in grades), default=0)
    highest = max((grade.at_most for grade in grades), default=0)
    steps = max(
        (rise.steps for rise in rises(state.assessment.grades, state.trend, state.at)), default=0
    )
    late = max(
        timedelta(0) if due.overdue is None else due.overdue for due in (state.vitals, state.neuro)
    )
    return (tier, -lowest, -highest, -steps, -late.total_seconds(), state.patient_id)
