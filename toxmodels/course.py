"""
The course over time: episodes of CRS and ICANS, the fever waiver, and every assessment time.

An episode of CRS begins with the first attributable fever at or after the first dose and ends with
the first complete sign-free set a day after its last sign. A gap never ends it. While an agent
still masks fever it is only ``resolved_on_therapy``: new hypotension or hypoxia re-opens it.

Two readings of the same records run side by side: one takes only what is certain, the other allows
for what was not recorded. Their difference is what a grade leaves open.

Cites: lee-2019, fever footnote; site-defaults, episodes and masking (house).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from toxmodels.drugs import class_of, masking_window
from toxmodels.findings import Finding, Grade, Span
from toxmodels.moment import Chart, Moment, Waiver
from toxmodels.records import Case, Treatment
from toxmodels.scales import SCALES, Scale, astct_crs
from toxmodels.site import site

__all__ = ["CrsStep", "Episode", "Point", "crs_steps", "episodes_of", "is_masked", "points"]

Status = Literal["open", "resolved_on_therapy", "resolved"]
# onset, last sign, the set that ended it, state at the end of the walk
_Kept = tuple[datetime, datetime, datetime | None, Status]


@dataclass(frozen=True, slots=True)
class Episode:
    """
    One episode of a toxicity.

    ``ended_at`` is the time of the set that ended it; ``duration_h`` runs from onset to there, or
    to the last sign so far while it is open.
    """

    scale: str
    number: int
    onset_at: datetime
    last_sign_at: datetime
    ended_at: datetime | None
    status: Status
    peak: Span
    peak_at: datetime
    duration_h: float


@dataclass(frozen=True, slots=True)
class CrsStep:
    """CRS at one assessment time: the signs, the waiver and the state of the episode."""

    moment: Moment
    signs: tuple[Finding, Finding, Finding]
    waiver: Waiver
    status: Status | None
    episode: int
    onset_at: datetime | None
    reopened_masked: bool


@dataclass(frozen=True, slots=True)
class Point:
    """All grades at one assessment time."""

    at: datetime
    grades: dict[str, Grade]
    crs: CrsStep


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
    kept: list[_Kept] = field(default_factory=list)

    def start(self, since: datetime) -> None:
        self.keep()
        self.status, self.number = "open", self.number + 1
        self.onset_at = self.last_sign_at = since
        self.ended_at, self.reopened = None, False

    def step(self, moment: Moment, signs: tuple[Finding, Finding, Finding]) -> None:
        heat, *rest = signs
        masked = is_masked(self.treatments, moment.at, unknown=self.generous)
        if self.status == "resolved_on_therapy" and not masked:
            self.status = "resolved"
        fever_at = self._fever_at(heat, moment)
        if fever_at is not None:
            self._fever(fever_at)
        for sign in rest:
            if self._counts(sign, moment) and self.status in ("open", "resolved_on_therapy"):
                self._sign(sign.taken_at or moment.at)
        clean_at = _clean_set(moment, signs)
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
            self.kept.append((self.onset_at, self.last_sign_at, self.ended_at, self.status))

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
    if treatments is None:
        return unknown
    return any(_masks(one, at) for one in treatments)


def _masks(treatment: Treatment, at: datetime) -> bool:
    window = masking_window(treatment.drug)
    if window is None or treatment.given_at > at:
        return False
    if treatment.stopped_at is None and treatment.interval_h is not None:
        return True  # a running order: its last dose is not behind us
    last = treatment.stopped_at if treatment.stopped_at is not None else treatment.given_at
    return at - last <= window


def _clean_set(moment: Moment, signs: Iterable[Finding]) -> datetime | None:
    """The time of a complete sign-free set at this moment: that of its oldest reading."""
    if moment.vitals_at is None or any(sign.at_most > 0 for sign in signs):
        return None
    used = (moment.temperature_c, moment.hypotensive, moment.vasopressors, moment.oxygen)
    times = [reading.taken_at for reading in used if reading is not None]
    return min(times) if len(times) == len(used) else None


def crs_steps(
    case: Case, chart: Chart, times: Sequence[datetime]
) -> tuple[list[CrsStep], list[_Kept]]:
    """Walk the assessment times in order and derive episode and waiver at each."""
    certain = _Reading(generous=False, treatments=case.treatments)
    possible = _Reading(generous=True, treatments=case.treatments)
    since = None if case.therapy is None else case.therapy.crs_since
    found: list[CrsStep] = []
    for at in times:
        if since is not None and since <= at and certain.number == 0:
            certain.start(since)
            possible.start(since)
        moment = chart.moment(at)
        signs = astct_crs.signs(moment)
        for reading in (certain, possible):
            reading.step(moment, signs)
        waiver = Waiver(certain.waived(at), possible.waived(at) or certain.waived(at))
        reopened = certain.status == "open" and certain.reopened
        found.append(
            CrsStep(
                moment,
                signs,
                waiver,
                certain.status,
                certain.number,
                certain.onset_at if certain.status in ("open", "resolved_on_therapy") else None,
                reopened,
            )
        )
    certain.keep()
    return found, certain.kept


def points(
    case: Case, chart: Chart, times: Sequence[datetime]
) -> tuple[list[Point], list[Episode]]:
    """Every assessment time with its grades, and the episodes they form."""
    steps, kept = crs_steps(case, chart, times)
    found = [
        Point(
            step.moment.at,
            {id_: scale.grade(step.moment, step.waiver) for id_, scale in SCALES.items()},
            step,
        )
        for step in steps
    ]
    crs = [_episode(astct_crs.ID, n, one, found) for n, one in enumerate(kept, start=1)]
    others = [
        episode
        for id_, scale in SCALES.items()
        if id_ != astct_crs.ID
        for episode in episodes_of(scale, found)
    ]
    return found, [*crs, *others]


def episodes_of(scale: Scale, found: Sequence[Point]) -> list[Episode]:
    """
    Episodes of a scale without a waiver.

    From the first grade after the first dose to the first complete exam, a day after the last
    sign, that finds the patient as before therapy.
    """
    kept: list[_Kept] = []
    onset: datetime | None = None
    last: datetime | None = None
    for point in found:
        grade, start = point.grades[scale.id], point.crs.moment.first_dose_at
        if start is not None and point.at < start:
            continue
        signs = [sign for sign in grade.findings if sign.at_least > 0]
        if any(not sign.is_usual for sign in signs):
            onset, last = onset or point.at, point.at
            continue
        lasting = last is not None and point.at - last >= site().sign_free
        if onset is not None and last is not None and grade.complete and lasting:
            kept.append((onset, last, point.at, "resolved"))
            onset = last = None
    if onset is not None and last is not None:
        kept.append((onset, last, None, "open"))
    return [_episode(scale.id, n, one, found) for n, one in enumerate(kept, start=1)]


def _episode(scale: str, number: int, kept: _Kept, found: Sequence[Point]) -> Episode:
    onset, last, ended, status = kept
    until = ended or last
    inside = [p for p in found if onset <= p.at <= until and scale in p.grades]
    spans = [(p.grades[scale].span, p.at) for p in inside] or [(Span(0, 0), onset)]
    low = max(span.at_least for span, _ in spans)
    high = max(span.at_most for span, _ in spans if span.at_least == low)
    peak_at = next(at for span, at in spans if span.at_least == low)
    hours = (until - onset) / timedelta(hours=1)
    return Episode(scale, number, onset, last, ended, status, Span(low, high), peak_at, hours)
