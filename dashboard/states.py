"""What a screen knows about one patient at one time, or that it knows nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dashboard.alerts import Alert
from dashboard.observed import Due
from dashboard.store import Decision
from toxmodels import Assessment, Case, Course, Grade
from toxmodels.moment import exposures, first_dose_at
from toxmodels.protocols import Protocol

__all__ = ["CRS", "ICANS", "PatientState", "TrendPoint", "Unreadable"]

CRS: Final = "astct-crs-2019"
ICANS: Final = "astct-icans-2019"


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Both grades at one earlier assessment time."""

    at: datetime
    grades: dict[str, Grade]


@dataclass(frozen=True, slots=True)
class PatientState:
    """
    One patient at one time.

    ``at`` is the time of the assessment. ``trend`` holds the grades of the last three days, oldest
    first. ``alerts`` are open and acknowledged ones, the one to act on first in front.
    ``scored_at`` is the time of the last ICE or CAPD score, which an exam that could not be done
    does not move. ``newest_observation`` is the journal position of the newest vital signs or exam.
    ``closed`` says why nothing is due any more (``deceased``).
    ``protocol`` is the one this ward follows for the patient today, also in a view of the past;
    ``advice_fault`` says why there is no advice although there should be.
    ``decisions`` are what became of proposals, oldest first; in a view of the past only those
    that had been made.
    """

    patient_id: str
    ward_id: str
    position: int
    at: datetime
    case: Case
    assessment: Assessment
    course: Course | None
    vitals: Due
    neuro: Due
    scored_at: datetime | None
    trend: tuple[TrendPoint, ...]
    alerts: tuple[Alert, ...]
    newest_observation: int
    last_entry_at: datetime
    closed: str | None
    protocol: Protocol | None = None
    advice_fault: str | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def crs(self) -> Grade | None:
        """The CRS grade, ``None`` only after a death from another cause."""
        return self.assessment.grades.get(CRS)

    @property
    def icans(self) -> Grade | None:
        """The ICANS grade, ``None`` only after a death from another cause."""
        return self.assessment.grades.get(ICANS)

    @property
    def open_alerts(self) -> tuple[Alert, ...]:
        """Alerts that somebody still has to look at."""
        return tuple(alert for alert in self.alerts if alert.is_open)

    @property
    def first_dose_at(self) -> datetime | None:
        """When exposure began, if anybody recorded it."""
        return first_dose_at(self.case.therapy)

    @property
    def last_dose_at(self) -> datetime | None:
        """The start of the newest dose or infusion segment up to now."""
        begun = [start for start, _ in exposures(self.case.therapy) if start <= self.at]
        return begun[-1] if begun else None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A patient whose state could not be worked out: shown loudly, never left out."""

    patient_id: str
    ward_id: str
    position: int
    at: datetime
    says: str
