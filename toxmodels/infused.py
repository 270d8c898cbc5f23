"""
Where a therapy stands at one time: not begun, running, interrupted, or between doses.

Read from the segments of a continuous infusion; a product given as doses is ``before`` or
``between``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from toxmodels.drugs.infusion_clock import (
    DoseLevel,
    InfusionClock,
    dose_level,
    infusion_clock,
    stop_reason,
)
from toxmodels.moment import first_dose_at
from toxmodels.occurrences import interruption
from toxmodels.once import once
from toxmodels.records import Infusion
from toxmodels.samples import Samples

__all__ = ["Infused", "Stage"]

Stage = Literal["before", "running", "interrupted", "between"]


class Infused(Samples):
    """The infusion of one patient at one moment."""

    def hours_since(self, time: datetime | None) -> float | None:
        """Hours from a time to now."""
        return None if time is None else (self.at - time) / timedelta(hours=1)

    @once
    def segments(self) -> list[Infusion]:
        """Infusion segments begun so far, oldest first."""
        therapy = self.case.therapy
        begun = [one for one in (therapy and therapy.infusions) or () if one.started_at <= self.at]
        return sorted(begun, key=lambda one: one.started_at)

    @once
    def infusion(self) -> Stage:
        """Where the therapy stands; ``between`` after a dose or a planned end."""
        if not self.segments:
            start = first_dose_at(self.case.therapy)
            return "before" if start is None or start > self.at else "between"
        if self.interruption is not None:
            return "interrupted"
        off = self.segments[-1].stopped_at
        return "running" if off is None or off > self.at else "between"

    @once
    def interruption(self) -> Infusion | None:
        """The segment whose stop was not planned, while nothing runs."""
        return interruption(self.case, self.at)

    @property
    def interrupted_hours(self) -> float | None:
        """Hours since the infusion was stopped."""
        return None if self.interruption is None else self.hours_since(self.interruption.stopped_at)

    @once
    def interrupted_for(self) -> str | None:
        """Why: the reason of the pause where one was recorded, else that of the segment."""
        stopped = self.interruption
        return None if stopped is None else stop_reason(self.case, stopped, self.at)

    @once
    def clock(self) -> InfusionClock | None:
        """Day, step and interruption of a continuous infusion, once one has begun."""
        return infusion_clock(self.case, self.at)

    def dose_level_at(self, time: datetime) -> DoseLevel:
        """Whether the drug ran at this patient's low or full dose then."""
        return dose_level(self.case, self.rate_at(time))

    def rate_at(self, time: datetime) -> float | None:
        """The rate (ug/day) at which the drug ran then, or when it last ran."""
        rates = [one.rate_ug_day for one in self.segments if one.started_at <= time]
        return rates[-1] if rates else None
