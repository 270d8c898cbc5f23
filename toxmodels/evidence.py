"""
Evidence: what scales beside ASTCT may read of one patient at one time.

A moment holds what counts for CRS and ICANS. Other scales also ask for laboratory values with the
limits of normal and the baseline of this patient, for how long a vasopressor has been running, and
for grades a clinician gave. Later records are invisible. What nobody recorded, or what is too old
to count, is ``None``: no scale may read it as normal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from toxmodels.moment import Chart, Moment, Waiver, first_dose_at
from toxmodels.once import once
from toxmodels.records import Case, Event, Grading, Labs, NeuroExam, Treatment, Vitals
from toxmodels.site import site

__all__ = ["Evidence", "LabValue"]


@dataclass(frozen=True, slots=True)
class LabValue:
    """
    One laboratory value, in the unit its field names, with the limits of normal recorded for it.

    A limit is that of the same sample, or else the newest one recorded for this analyte by then.
    """

    value: float
    taken_at: datetime
    upper_limit: float | None
    lower_limit: float | None


class Evidence:
    """
    One patient at one time; everything is worked out when a scale asks, and once.

    ``waiver`` is whether the course of CRS waives fever at this time; where nobody walked the
    course it is open. ``moment`` may be given where it was read off before.
    """

    def __init__(
        self,
        case: Case,
        at: datetime,
        chart: Chart | None = None,
        waiver: Waiver | None = None,
        *,
        moment: Moment | None = None,
    ) -> None:
        self.case, self.at = case, at
        self.waiver = Waiver(certain=False, possible=True) if waiver is None else waiver
        self.chart = Chart(case) if chart is None else chart
        self._series: dict[str, tuple[LabValue, ...]] = {}
        if moment is not None:
            vars(self)["moment"] = moment

    @once
    def moment(self) -> Moment:
        """The newest valid reading of every vital sign and exam field."""
        return self.chart.moment(self.at)

    @once
    def first_dose_at(self) -> datetime | None:
        """When exposure to the therapy began; ``None`` when nobody recorded it."""
        return first_dose_at(self.case.therapy)

    @once
    def vitals(self) -> Sequence[Vitals]:
        """Every set of vital signs so far, oldest first."""
        return [one for one in self.chart.vitals if one.taken_at <= self.at]

    @once
    def exams(self) -> Sequence[NeuroExam]:
        """Every neurological exam so far, oldest first."""
        return self.moment.exams

    @once
    def treatments(self) -> Sequence[Treatment] | None:
        """Treatments begun so far, oldest first; ``None`` when nobody kept a list of them."""
        if self.case.treatments is None:
            return None
        begun = [one for one in self.case.treatments if one.given_at <= self.at]
        return sorted(begun, key=lambda one: (one.given_at, one.drug))

    @once
    def gradings(self) -> Sequence[Grading]:
        """Grades that clinicians gave so far, oldest first."""
        given = [one for one in self.case.gradings or () if one.graded_at <= self.at]
        return sorted(given, key=lambda one: (one.graded_at, one.scale, one.term or "", one.grade))

    @once
    def events(self) -> Sequence[Event]:
        """Events so far, oldest first."""
        seen = [one for one in self.case.events or () if one.at <= self.at]
        return sorted(seen, key=lambda one: (one.at, one.kind))

    @once
    def labs(self) -> Sequence[Labs]:
        """Every sample so far, oldest first; samples of one minute in the order of content."""
        taken = [one for one in self.case.labs or () if one.taken_at <= self.at]
        times = Counter(one.taken_at for one in taken)
        return sorted(
            taken,
            key=lambda one: (
                one.taken_at,
                one.model_dump_json() if times[one.taken_at] > 1 else "",
            ),
        )

    def series(self, analyte: str) -> Sequence[LabValue]:
        """Every value of one analyte so far, oldest first, each with its limits of normal."""
        if analyte not in self._series:
            self._series[analyte] = tuple(self._read(analyte))
        return self._series[analyte]

    def _read(self, analyte: str) -> list[LabValue]:
        found: list[LabValue] = []
        upper = lower = None
        for sample in self.labs:
            upper = _limit(sample.upper_limits, analyte, upper)
            lower = _limit(sample.lower_limits, analyte, lower)
            value = getattr(sample, analyte)
            if value is not None:
                found.append(LabValue(float(value), sample.taken_at, upper, lower))
        return found

    def lab(self, analyte: str, within: timedelta | None = None) -> LabValue | None:
        """
        The newest value of an analyte, or ``None`` when there is none that still counts.

        ``within`` is how old it may be; by default the site's validity of laboratory values.
        """
        values, oldest = self.series(analyte), site().labs_valid if within is None else within
        if not values or self.at - values[-1].taken_at > oldest:
            return None
        return values[-1]

    def baseline(self, analyte: str) -> LabValue | None:
        """The last value before the first dose; ``None`` without one, or without a first dose."""
        start = self.first_dose_at
        if start is None:
            return None
        before = [one for one in self.series(analyte) if one.taken_at < start]
        return before[-1] if before else None

    def died_of(self, toxicity: str) -> bool:
        """Whether a death due to a toxicity (``crs``, ``icans``) is recorded by now."""
        death = self.chart.death_by(self.at)
        return death is not None and death.due_to == toxicity


def _limit(
    limits: dict[str, float | None] | None, analyte: str, known: float | None
) -> float | None:
    own = None if limits is None else limits.get(analyte)
    return known if own is None else own
