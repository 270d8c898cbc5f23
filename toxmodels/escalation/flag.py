"""
What a flag is: why, what to do, who; and what the flag rules may read.

Urgency has four words. A flag carries one action and one owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from toxmodels.course import CrsStep
from toxmodels.findings import Grade
from toxmodels.moment import Chart, Moment
from toxmodels.products import product
from toxmodels.records import Case
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
    """What the flag rules read: the last step of a course, unattributed, and its grades."""

    case: Case
    chart: Chart
    at: datetime
    step: CrsStep
    grades: dict[str, Grade]

    @property
    def moment(self) -> Moment:
        """What counts now."""
        return self.step.moment


def is_engager(case: Case) -> bool:
    """Whether the therapy is a bispecific T-cell engager."""
    found = None if case.therapy is None else product(case.therapy.product)
    return found is not None and found.kind == "engager"
