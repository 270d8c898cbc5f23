"""
What a flag is: why, what to do, who; and what the flag rules may read.

Urgency has four words. A flag carries one action and one owner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeVar

from toxmodels.clocks import NO_CLOCKS, Clocks
from toxmodels.course import Walk
from toxmodels.crs_steps import CrsStep
from toxmodels.drugs import class_of
from toxmodels.evidence import Evidence
from toxmodels.moment import Moment
from toxmodels.once import once
from toxmodels.records import Treatment
from toxmodels.scales.branch import branch
from toxmodels.scales.ice import ice_score
from toxmodels.scored_exams import Ice
from toxmodels.site import site
from toxmodels.situation import Situation
from toxmodels.sources import Cite

Urgency = Literal["emergency", "urgent", "soon", "info"]
Owner = Literal["nurse", "physician", "icu"]
T = TypeVar("T")
URGENCIES: Final[tuple[Urgency, ...]] = ("emergency", "urgent", "soon", "info")


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
class ScoredIce:
    """One exam's ICE as graded: the bounds that what was asked allows."""

    at: datetime
    low: int
    high: int


class View(Situation):
    """
    What the flag rules read: the course so far, unattributed, and the grades now.

    ``clocks``: the hours of the chosen protocol; without one the site's own limits hold.
    ``walk``: what was worked out for a moment of the past is remembered there.
    """

    clocks: Clocks = NO_CLOCKS
    walk: Walk | None = None

    def wait_hours(self, after: Literal["tocilizumab", "corticosteroid"]) -> float | None:
        """After how many hours without improvement the chosen protocol takes its next step."""
        found = [
            one.hours
            for one in self.clocks.waits
            if one.after == after and one.is_for(self.product)
            if not one.grades or self.crs in one.grades
        ]
        return min(found, default=None)

    @once
    def evidence(self) -> Evidence:
        """What scales beside ASTCT read now, laid out once for all rules."""
        return Evidence(self.case, self.at, self.chart, moment=self.moment)

    def at_last_sample(self, what: str, read: Callable[[Evidence], T]) -> T | None:
        """
        What a rule read at the newest sample, while that counts; worked out once for each sample.

        ``None`` also where there is no sample that still counts.
        """
        at = self._sampled_at
        if at is None or self.since(at) > site().labs_valid:
            return None

        def make() -> T:
            return read(Evidence(self.case, at, self.chart))

        return make() if self.walk is None else self.walk.remember(what, at, make)

    @once
    def _sampled_at(self) -> datetime | None:
        times = (one.taken_at for one in self.case.labs or () if one.taken_at <= self.at)
        return max(times, default=None)

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

    @once
    def steroids(self) -> list[Treatment]:
        """Corticosteroids so far, for whatever purpose, oldest first."""
        found = [
            one
            for one in self.case.treatments or ()
            if one.given_at <= self.at and class_of(one.drug) == "corticosteroid"
        ]
        return sorted(found, key=lambda one: one.given_at)

    @once
    def ice_scores(self) -> list[ScoredIce]:
        """ICE as graded, newest first: as far back as a rule may look, and one more."""
        found: list[ScoredIce] = []
        if branch(self.case.patient) == "capd":
            return found  # an ICE says nothing at that age, or with that delay
        fixed = self.case.patient.fixed_ice_deficits or ()
        fall, surge = site().hours("ice_drop_within_h"), site().cadence.lasts["after_surge"]
        back = max(site().neuro_valid + fall, surge)
        for exam in reversed(self.moment.exams):
            if exam.ice is None or exam.unable_reasons:
                continue
            score = ice_score(exam.ice, fixed)
            found.append(ScoredIce(exam.taken_at, score.low, score.high))
            if self.since(exam.taken_at) > back:
                break
        return found

    @once
    def usual_ice(self) -> int | None:
        """The baseline as it would be graded: fixed deficits count as passed."""
        patient = self.case.patient
        usual, fixed = patient.baseline_ice, patient.fixed_ice_deficits or ()
        if usual is None or (isinstance(usual, int) and not fixed):
            return usual
        return ice_score(usual if isinstance(usual, Ice) else Ice(total=usual), fixed).low

    def given(self, *drugs: str) -> list[Treatment]:
        """Treatments of those names so far, oldest first."""
        found = [t for t in self.case.treatments or () if t.drug in drugs and t.given_at <= self.at]
        return sorted(found, key=lambda one: one.given_at)
