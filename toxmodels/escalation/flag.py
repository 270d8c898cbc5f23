"""
What a flag is: why, what to do, who; and what the flag rules may read.

Urgency has four words. A flag carries one action and one owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from toxmodels.course import CrsStep
from toxmodels.moment import Moment
from toxmodels.records import Treatment
from toxmodels.situation import Situation
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


class View(Situation):
    """What the flag rules read: the course so far, unattributed, and the grades now."""

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
        return self.grade_of.get(scale, 0)

    def since(self, time: datetime) -> timedelta:
        """How long ago that was."""
        return self.at - time

    def given(self, *drugs: str) -> list[Treatment]:
        """Treatments of those names so far, oldest first."""
        found = [t for t in self.case.treatments or () if t.drug in drugs and t.given_at <= self.at]
        return sorted(found, key=lambda one: one.given_at)
