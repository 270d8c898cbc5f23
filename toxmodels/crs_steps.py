"""
CRS step by step: the state of the episode and the fever waiver at each assessment time.

An episode of CRS begins with the first attributable fever at or after the first dose and ends with
the first complete sign-free set a day after its last sign. A gap never ends it. While an agent
still masks fever it is only ``resolved_on_therapy``: new hypotension or hypoxia re-opens it.

Two readings of the same records run side by side: one takes only what is certain, the other allows
for what was not recorded. Their difference is what a grade leaves open.

Cites: lee-2019, fever footnote; site-defaults, episodes and masking (house).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from toxmodels.drugs import class_of, masking_window
from toxmodels.findings import Finding, Grade
from toxmodels.moment import Chart, Moment, Waiver
from toxmodels.records import Case, Treatment
from toxmodels.scales import STEPPED, astct_crs, astct_icans
from toxmodels.site import site

__all__ = ["CrsStep", "CrsStepper", "Kept", "Status", "is_masked"]

Status = Literal["open", "resolved_on_therapy", "resolved"]
# onset, last sign, the set that ended it, state at the end of the walk
Kept = tuple[datetime, datetime, datetime | None, Status]


@dataclass(frozen=True, slots=True)
class CrsStep:
    """One assessment time: the signs of CRS, the waiver, the state of the episode, the grades."""

    moment: Moment
    signs: tuple[Finding, Finding, Finding]
    waiver: Waiver
    status: Status | None
    episode: int
    onset_at: datetime | None
    reopened_masked: bool

    # Between two exams the neurological grade stays the same: the last one is kept at hand.
    _latest: list[tuple[astct_icans.Inputs, Grade]] = field(repr=False, compare=False)
    _grades: dict[str, Grade] = field(default_factory=dict, init=False, repr=False, compare=False)

    def grade(self, scale: str) -> Grade:
        """The grade of a scale here, worked out once however many rules ask for it."""
        if scale not in self._grades:
            if scale == astct_crs.ID:
                found = astct_crs.graded(self.moment, self.waiver, self.signs)
            elif scale == astct_icans.ID:
                found = self._icans()
            else:
                found = STEPPED[scale].grade(self.moment, self.waiver)
            self._grades[scale] = found
        return self._grades[scale]

    def beside(self, scale: str, make: Callable[[], Grade]) -> Grade:
        """The grade of a scale beside ASTCT here, which a layer above works out; once as well."""
        if scale not in self._grades:
            self._grades[scale] = make()
        return self._grades[scale]

    def _icans(self) -> Grade:
        inputs = astct_icans.inputs(self.moment)
        for known, grade in self._latest[:1]:
            if known.equal(inputs):
                return grade
        found = astct_icans.grade(self.moment, self.waiver)
        self._latest[:] = [(inputs, found)]
        return found


@dataclass(slots=True)
class _Reading:
    """The episode state under one reading of the records (certain, or allowing for gaps)."""

    generous: bool
    treatments: Sequence[Treatment] | None
    status: Status | None = None
    number: int = 0
    onset_at: datetime | None = None
    last_sign_at: datetime | None = None
    ended_at: datetime | None = None
    reopened: bool = False
    kept: tuple[Kept, ...] = ()

    def start(self, since: datetime) -> None:
        self.keep()
        self.status, self.number = "open", self.number + 1
        self.onset_at = self.last_sign_at = since
        self.ended_at, self.reopened = None, False

    def twin(self) -> _Reading:
        """Another one in the same state; a copy field by field, because every step keeps one."""
        return _Reading(
            self.generous, self.treatments, self.status, self.number, self.onset_at,
            self.last_sign_at, self.ended_at, self.reopened, self.kept,
        )  # fmt: skip

    def step(
        self,
        moment: Moment,
        signs: tuple[Finding, Finding, Finding],
        known_mask: bool | None,
        clean_at: datetime | None,
    ) -> None:
        heat, *rest = signs
        masked = self.generous if known_mask is None else known_mask
        if self.status == "resolved_on_therapy" and not masked:
            self.status = "resolved"
        fever_at = self._fever_at(heat, moment)
        if fever_at is not None:
            self._fever(fever_at)
        for sign in rest:
            if self._counts(sign, moment) and self.status in ("open", "resolved_on_therapy"):
                self._sign(sign.taken_at or moment.at)
        if moment.death is not None and moment.death.due_to == "crs" and self.status is not None:
            self._sign(moment.death.at)
        if self.status != "open" or clean_at is None or self.last_sign_at is None:
            return
        if clean_at - self.last_sign_at >= site().sign_free:
            self.status = "resolved_on_therapy" if masked else "resolved"
            self.ended_at = clean_at

    def _counts(self, sign: Finding, moment: Moment) -> bool:
        # An unrecorded sign may have been present only where a set was actually taken.
        possible = self.generous and moment.vitals_at is not None
        return sign.at_least > 0 or (possible and sign.at_most > 0)

    def _fever_at(self, heat: Finding, moment: Moment) -> datetime | None:
        """When there was a fever, or may have been: an earlier normal reading excludes none."""
        if heat.at_least > 0:
            return heat.taken_at or moment.at
        taken, start = moment.vitals_at, moment.first_dose_at
        if not self.generous or taken is None or (start is not None and taken < start):
            return None
        reading = moment.temperature_c
        return taken if reading is None or reading.taken_at < taken else None

    def _fever(self, at: datetime) -> None:
        if self.status in (None, "resolved"):
            self.start(at)
        elif self.status == "resolved_on_therapy":
            self.status, self.ended_at = "open", None
        self.last_sign_at = max(self.last_sign_at or at, at)

    def _sign(self, at: datetime) -> None:
        if self.status == "resolved_on_therapy":
            self.status, self.ended_at, self.reopened = "open", None, True
        self.last_sign_at = max(self.last_sign_at or at, at)

    def keep(self) -> None:
        """Put the present episode on record: when the next begins, or when the walk ends."""
        if self.onset_at is not None and self.last_sign_at is not None and self.status is not None:
            now = (self.onset_at, self.last_sign_at, self.ended_at, self.status)
            self.kept = (*self.kept, now)

    def waived(self, at: datetime) -> bool:
        if self.status == "resolved_on_therapy":
            return self.generous
        if self.status != "open" or self.onset_at is None:
            return False
        if self.reopened:
            return True
        if self.treatments is None:
            return self.generous
        return any(
            self.onset_at <= one.given_at <= at and class_of(one.drug) is not None
            for one in self.treatments
        )


def is_masked(
    treatments: Sequence[Treatment] | None, at: datetime, *, unknown: bool = False
) -> bool:
    """Whether any agent given so far may still hide fever; ``unknown`` when nobody kept a list."""
    masks = _masking(treatments)
    return unknown if masks is None else _hides(masks, at)


# From the first dose of an agent that can hide fever until it no longer can; ``None``: it goes on.
Mask = tuple[datetime, datetime | None]


def _masking(treatments: Sequence[Treatment] | None) -> list[Mask] | None:
    """When which treatment may hide fever; ``None`` where nobody kept a list."""
    if treatments is None:
        return None
    return [mask for one in treatments if (mask := _mask(one)) is not None]


def _mask(treatment: Treatment) -> Mask | None:
    window = masking_window(treatment.drug)
    if window is None:
        return None
    if treatment.stopped_at is None and treatment.interval_h is not None:
        return treatment.given_at, None  # a running order: its last dose is not behind us
    last = treatment.stopped_at if treatment.stopped_at is not None else treatment.given_at
    return treatment.given_at, last + window


def _hides(masks: Iterable[Mask], at: datetime) -> bool:
    return any(first <= at and (last is None or at <= last) for first, last in masks)


def _clean_set(moment: Moment, signs: Iterable[Finding]) -> datetime | None:
    """The time of a complete sign-free set at this moment: that of its oldest reading."""
    if moment.vitals_at is None or any(sign.at_most > 0 for sign in signs):
        return None
    used = (moment.temperature_c, moment.hypotensive, moment.vasopressors, moment.oxygen)
    times = [reading.taken_at for reading in used if reading is not None]
    return min(times) if len(times) == len(used) else None


class CrsStepper:
    """Both readings of a case on their way through its assessment times."""

    def __init__(self, case: Case, chart: Chart) -> None:
        self._chart = chart
        self._masking = _masking(case.treatments)
        self._since = None if case.therapy is None else case.therapy.crs_since
        self._certain = _Reading(generous=False, treatments=case.treatments)
        self._possible = _Reading(generous=True, treatments=case.treatments)
        self._latest: list[tuple[astct_icans.Inputs, Grade]] = []

    def copied(self, case: Case | None = None, chart: Chart | None = None) -> CrsStepper:
        """Another one at the same place, on this case or on one that goes on from there."""
        other = object.__new__(CrsStepper)
        other._chart, other._since, other._masking = self._chart, self._since, self._masking
        other._certain, other._possible = self._certain.twin(), self._possible.twin()
        other._latest = []
        if case is not None and chart is not None:
            other._chart, other._masking = chart, _masking(case.treatments)
            for reading in (other._certain, other._possible):
                reading.treatments = case.treatments
        return other

    def step(self, at: datetime) -> CrsStep:
        """Walk on to a later time."""
        certain, possible = self._certain, self._possible
        if self._since is not None and self._since <= at:
            for reading in (certain, possible):
                if (
                    reading.status != "open"
                ):  # else it began, or may have begun, with a fever before
                    reading.start(self._since)
            self._since = None  # said once: what follows is up to the records
        moment = self._chart.moment(at)
        signs = astct_crs.signs(moment)
        mask = None if self._masking is None else _hides(self._masking, at)
        clean_at = _clean_set(moment, signs)
        for reading in (certain, possible):
            reading.step(moment, signs, mask, clean_at)
        return CrsStep(
            moment,
            signs,
            Waiver(certain.waived(at), possible.waived(at) or certain.waived(at)),
            certain.status,
            certain.number,
            certain.onset_at if certain.status in ("open", "resolved_on_therapy") else None,
            certain.status == "open" and certain.reopened,
            self._latest,
        )

    def episodes(self) -> tuple[Kept, ...]:
        """The CRS episodes on the way so far."""
        done = self._certain.twin()
        done.keep()
        return done.kept
