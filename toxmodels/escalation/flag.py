"""
What a flag is: why, what to do, who; and what the flag rules may read.

Urgency has four words. A flag carries one action and one owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from toxmodels.course import CrsStep
from toxmodels.findings import Grade
from toxmodels.moment import Chart, Moment
from toxmodels.products import product
from toxmodels.records import Case, Treatment
from toxmodels.sources import Cite

Urgency = Literal["emergency", "urgent", "soon", "info"]
Owner = Literal["nurse", "physician", "icu"]
URGENCIES: Final[tuple[Urgency, ...]] = ("emergency", "urgent", "soon", "info")

HOUSE: Final = Cite("site-defaults", "bedside prompts", "house")


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing to say: why (``says``), what to do (``action``), who (``owner``)."""

    id: str
    urgency: Urgency
    says: str
    action: str
    owner: Owner
    cite: Cite


@dataclass(frozen=True, slots=True)
class View:
    """What the flag rules read: the course so far, unattributed, and the grades now."""

    case: Case
    chart: Chart
    at: datetime
    steps: Sequence[CrsStep]
    grades: dict[str, Grade]

    @property
    def step(self) -> CrsStep:
        """The last step: now."""
        return self.steps[-1]

    @property
    def moment(self) -> Moment:
        """What counts now."""
        return self.step.moment

    def grade(self, scale: str) -> int:
        """The certain part of a grade now; 0 where that scale was not asked for."""
        found = self.grades.get(scale)
        return 0 if found is None else found.at_least

    def since(self, time: datetime) -> timedelta:
        """How long ago that was."""
        return self.at - time

    def given(self, *drugs: str) -> list[Treatment]:
        """Treatments of those names so far, oldest first."""
        found = [t for t in self.case.treatments or () if t.drug in drugs and t.given_at <= self.at]
        return sorted(found, key=lambda one: one.given_at)

    def labs(self, name: str) -> list[tuple[datetime, float]]:
        """Values of one analyte so far, oldest first."""
        found = [
            (one.taken_at, value)
            for one in self.case.labs or ()
            if one.taken_at <= self.at and (value := getattr(one, name)) is not None
        ]
        return sorted(found)

    def upper_limit(self, name: str) -> float | None:
        """The newest upper limit of normal recorded for an analyte."""
        found = [
            (one.taken_at, limit)
            for one in self.case.labs or ()
            if one.taken_at <= self.at
            and one.upper_limits is not None
            and (limit := one.upper_limits.get(name)) is not None
        ]
        return max(found)[1] if found else None


def is_engager(case: Case) -> bool:
    """Whether the therapy is a bispecific T-cell engager."""
    found = None if case.therapy is None else product(case.therapy.product)
    return found is not None and found.kind == "engager"
