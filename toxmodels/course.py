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

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal, TypeVar, cast

from toxmodels.drugs import class_of, masking_window
from toxmodels.findings import Finding, Grade, Span
from toxmodels.moment import Chart, Moment, Waiver
from toxmodels.records import Case, Treatment
from toxmodels.scales import SCALES, Scale, astct_crs
from toxmodels.site import site

__all__ = [
    "CrsStep",
    "Episode",
    "Point",
    "Walk",
    "episodes_of",
    "is_masked",
    "unattributed",
]

T = TypeVar("T")
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
    """One assessment time: the signs of CRS, the waiver, the state of the episode, the grades."""

    moment: Moment
    signs: tuple[Finding, Finding, Finding]
    waiver: Waiver
    status: Status | None
    episode: int
    onset_at: datetime | None
    reopened_masked: bool

    _grades: dict[str, Grade] = field(default_factory=dict, init=False, repr=False, compare=False)

    def grade(self, scale: str) -> Grade:
        """The grade of a scale here, worked out once however many rules ask for it."""
        if scale not in self._grades:
            self._grades[scale] = (
                astct_crs.graded(self.moment, self.waiver, self.signs)
                if scale == astct_crs.ID
                else SCALES[scale].grade(self.moment, self.waiver)
            )
        return self._grades[scale]


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


class _Walker:
    """Both readings of a case on their way through its assessment times."""

    def __init__(self, case: Case, chart: Chart) -> None:
        self._chart = chart
        self._since = None if case.therapy is None else case.therapy.crs_since
        self._certain = _Reading(generous=False, treatments=case.treatments)
        self._possible = _Reading(generous=True, treatments=case.treatments)

    def copied(self) -> _Walker:
        """Another walker at the same place."""
        other = copy(self)
        other._certain = replace(self._certain, kept=[*self._certain.kept])
        other._possible = replace(self._possible, kept=[*self._possible.kept])
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
        for reading in (certain, possible):
            reading.step(moment, signs)
        return CrsStep(
            moment,
            signs,
            Waiver(certain.waived(at), possible.waived(at) or certain.waived(at)),
            certain.status,
            certain.number,
            certain.onset_at if certain.status in ("open", "resolved_on_therapy") else None,
            certain.status == "open" and certain.reopened,
        )

    def episodes(self) -> list[_Kept]:
        """The CRS episodes on the way so far."""
        done = self.copied()._certain
        done.keep()
        return done.kept


class Walk:
    """
    A case laid out and walked once, to be assessed at many times.

    Records never change, so the way through all of them is kept: a time after the last record
    costs one step more, an assessment time nothing; the way to any other time is kept until the
    next such time is asked for.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.chart = Chart(case)
        self._remembered: dict[tuple[str, datetime], Any] = {}
        self._latest: tuple[tuple[str, datetime], Any] | None = None
        self._way: tuple[list[datetime], list[CrsStep], _Walker] | None = None

    def remember(self, what: str, at: datetime, make: Callable[[], T]) -> T:
        """What a layer above works out: kept for the moments of records, and the latest other."""
        key = (what, at)
        if key in self._remembered:
            return cast("T", self._remembered[key])
        latest = self._latest  # read once: other threads may ask the same walk
        if latest is not None and latest[0] == key:
            return cast("T", latest[1])
        made = make()
        if at in self._recorded_at:
            self._remembered[key] = made
        else:
            self._latest = (key, made)
        return made

    @cached_property
    def _recorded_at(self) -> frozenset[datetime]:
        case = self.case
        told = {one.given_at for one in case.treatments or ()}
        told |= {one.at for one in case.events or ()} | {one.taken_at for one in case.labs or ()}
        told |= {one.graded_at for one in case.gradings or ()}
        return frozenset({*self.chart.times(), *told})

    @cached_property
    def _whole(self) -> tuple[list[CrsStep], _Walker]:
        walker = _Walker(self.case, self.chart)
        return [walker.step(time) for time in self.chart.times()], walker

    @cached_property
    def _ends_at(self) -> datetime | None:
        deaths = [death.at for death in self.chart.deaths]
        vitals = [one.taken_at for one in self.chart.vitals]
        exams = [one.taken_at for one in self.chart.exams]
        return max([*vitals, *exams, *deaths], default=None)

    @cached_property
    def unattributed(self) -> Walk:
        """The same case as if no sign had been attributed to another cause."""
        return Walk(unattributed(self.case)) if _has_attribution(self.case) else self

    def steps(self, at: datetime) -> list[CrsStep]:
        """Every assessment time up to ``at``, and ``at`` itself as the last step."""
        if self._ends_at is not None and at >= self._ends_at:
            found, walker = self._whole
            if found[-1].moment.at == at:
                return found
            return [*found, walker.copied().step(at)]
        times = self.chart.times(at)
        is_step = bool(times) and times[-1] == at
        if is_step:
            found = self._whole[0][: len(times)]
            if [one.moment.at for one in found] == times:  # no later record moved one of them
                return found
        way = self._way
        if way is None or way[0] != times:
            walker = _Walker(self.case, self.chart)
            way = self._way = (times, [walker.step(time) for time in times], walker)
        _, found, walker = way
        return found if is_step else [*found, walker.copied().step(at)]

    def points(self, times: Sequence[datetime]) -> tuple[list[Point], list[Episode]]:
        """The grades at each of these assessment times, and the episodes they form."""
        if [*times] == self.chart.times():
            steps, walker = self._whole
        else:
            walker = _Walker(self.case, self.chart)
            steps = [walker.step(time) for time in times]
        return _points(steps, walker.episodes())


def _has_attribution(case: Case) -> bool:
    vitals, neuro = case.vitals or (), case.neuro or ()
    return any(one.other_cause for one in vitals) or any(one.other_cause for one in neuro)


def unattributed(case: Case) -> Case:
    """The same case as if no sign had been attributed to another cause."""
    bare: dict[str, None] = {"other_cause": None}
    vitals = case.vitals and tuple(one.model_copy(update=bare) for one in case.vitals)
    neuro = case.neuro and tuple(one.model_copy(update=bare) for one in case.neuro)
    return case.model_copy(update={"vitals": vitals, "neuro": neuro})


def _points(steps: Sequence[CrsStep], kept: Sequence[_Kept]) -> tuple[list[Point], list[Episode]]:
    found = [Point(one.moment.at, {id_: one.grade(id_) for id_ in SCALES}, one) for one in steps]
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
