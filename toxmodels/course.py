"""
The course over time: a case walked once, its grades at every assessment time, its episodes.

Cites: site-defaults, episodes (house). How CRS goes from step to step: ``crs_steps``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, Final, TypeVar, cast

from toxmodels.clocks import NO_CLOCKS, Clocks
from toxmodels.crs_steps import CrsStep, CrsStepper, Kept, Status
from toxmodels.findings import Grade, Span
from toxmodels.moment import Chart
from toxmodels.once import once
from toxmodels.records import Case
from toxmodels.scales import STEPPED, Scale, astct_crs
from toxmodels.site import site

__all__ = ["Episode", "Point", "Walk", "episodes_of", "unattributed"]

T = TypeVar("T")
# the lists of a case, and the time that each of their records carries
_LISTS: Final = {
    "vitals": "taken_at",
    "neuro": "taken_at",
    "labs": "taken_at",
    "treatments": "given_at",
    "events": "at",
    "gradings": "graded_at",
}


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
class Point:
    """All grades at one assessment time."""

    at: datetime
    grades: dict[str, Grade]
    crs: CrsStep


class Walk:
    """
    A case laid out and walked once, to be assessed at many times.

    Records never change, so the way through all of them is kept, with the state at each step: an
    assessment time costs nothing more, nearly any other time one step.

    ``clocks``: the hours the chosen protocol sets for some alarms; they move no grade.

    ``after`` is the walk of the same patient before the newest records came. Later records are
    invisible to earlier moments, so what was worked out for those is taken over from it.
    """

    def __init__(
        self, case: Case, clocks: Clocks = NO_CLOCKS, *, after: Walk | None = None
    ) -> None:
        self.case = case
        self.clocks = clocks
        self.chart = Chart(case)
        self._watched: dict[Clocks, Walk] = {}
        self._remembered: dict[tuple[str, datetime], Any] = {}
        self._latest: tuple[tuple[str, datetime], Any] | None = None
        since = None if after is None else differs_from(after.case, case)
        if after is not None and since is not None:
            self._take_over(after, since)

    def _take_over(self, after: Walk, since: datetime) -> None:
        """What an earlier walk knows of moments before ``since`` holds here, too."""
        self.__dict__["_whole"] = self._walked_on(*after._whole, since)
        self._remembered = after._known_before(since)
        if self._attributes:
            bare = unattributed(self.case)
            self.__dict__["unattributed"] = Walk(bare, self.clocks, after=after.unattributed)
        for clocks, watched in [*after._watched.items()]:
            self.watched(clocks)._remembered = watched._known_before(since)

    def _known_before(self, since: datetime) -> dict[tuple[str, datetime], Any]:
        # A copy is read: other screens may ask this walk at the same time.
        return {key: made for key, made in [*self._remembered.items()] if key[1] < since}

    def _walked_on(
        self, steps: list[CrsStep], stood: list[CrsStepper], since: datetime
    ) -> tuple[list[CrsStep], list[CrsStepper]]:
        """The way through this case, begun where the other one's leaves it."""
        times = self.chart.times()
        pairs = zip(times, steps, strict=False)
        same = sum(1 for _ in takewhile(lambda one: one[0] == one[1].moment.at < since, pairs))
        stepper = stood[same].copied(self.case, self.chart)
        # The last of them may be asked about moments after ``since``: it goes by this case.
        return _walk_on(stepper, times[same:], steps[:same], [*stood[:same], stepper.copied()])

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

    def recall(self, what: str, at: datetime) -> Any:
        """What was remembered for a moment, or ``None``."""
        return self._remembered.get((what, at))

    @once
    def _recorded_at(self) -> frozenset[datetime]:
        case = self.case
        told = {one.given_at for one in case.treatments or ()}
        told |= {one.at for one in case.events or ()} | {one.taken_at for one in case.labs or ()}
        told |= {one.graded_at for one in case.gradings or ()}
        return frozenset({*self.chart.times(), *told})

    @once
    def _whole(self) -> tuple[list[CrsStep], list[CrsStepper]]:
        """Every step, and the stepper as it stood before the first and after each of them."""
        stepper = CrsStepper(self.case, self.chart)
        return _walk_on(stepper, self.chart.times(), [], [stepper.copied()])

    @once
    def _ends_at(self) -> datetime | None:
        deaths = [death.at for death in self.chart.deaths]
        vitals = [one.taken_at for one in self.chart.vitals]
        exams = [one.taken_at for one in self.chart.exams]
        return max([*vitals, *exams, *deaths], default=None)

    @once
    def unattributed(self) -> Walk:
        """The same case as if no sign had been attributed to another cause."""
        return Walk(unattributed(self.case), self.clocks) if self._attributes else self

    @once
    def _attributes(self) -> bool:
        return _has_attribution(self.case)

    def watched(self, clocks: Clocks) -> Walk:
        """The same way through the same records under the clocks of another protocol."""
        if clocks == self.clocks:
            return self
        if clocks not in self._watched:
            other = copy(self)  # what was walked already holds for both
            other.clocks, other._watched = clocks, {}
            other._remembered, other._latest = {}, None
            other.__dict__["unattributed"] = (
                self.unattributed.watched(clocks) if self._attributes else other
            )
            self._watched[clocks] = other
        return self._watched[clocks]

    def steps(self, at: datetime) -> list[CrsStep]:
        """Every assessment time up to ``at``, and ``at`` itself as the last step."""
        whole, stood = self._whole
        if self._ends_at is not None and at >= self._ends_at:
            found = whole if whole[-1].moment.at == at else [*whole, stood[-1].copied().step(at)]
            return found
        times = self.chart.times(at)
        known = whole[: len(times)]
        if [one.moment.at for one in known] != times:  # a later record moved one of them
            stepper = CrsStepper(self.case, self.chart)
            known = [stepper.step(time) for time in times]
        else:
            stepper = stood[len(times)].copied()
        return known if times and times[-1] == at else [*known, stepper.step(at)]

    def points(self, times: Sequence[datetime]) -> tuple[list[Point], list[Episode]]:
        """The grades at each of these assessment times, and the episodes they form."""
        if [*times] == self.chart.times():
            steps, stood = self._whole
            stepper = stood[-1]
        else:
            stepper = CrsStepper(self.case, self.chart)
            steps = [stepper.step(time) for time in times]
        return _points(steps, stepper.episodes())


def _walk_on(
    stepper: CrsStepper, times: Sequence[datetime], steps: list[CrsStep], stood: list[CrsStepper]
) -> tuple[list[CrsStep], list[CrsStepper]]:
    for time in times:
        steps.append(stepper.step(time))
        stood.append(stepper.copied())
    return steps, stood


def differs_from(before: Case, now: Case) -> datetime | None:
    """
    The time of the first record in which two cases of one patient differ, which no earlier moment
    can see; ``None`` where the difference may reach further back.
    """
    if (before.patient, before.therapy) != (now.patient, now.therapy):
        return None
    first = datetime.max.replace(tzinfo=UTC)
    for name, time in _LISTS.items():
        was, is_ = getattr(before, name), getattr(now, name)
        if (was is None) != (is_ is None):
            return None  # "nobody kept this list" was true of every moment
        pairs = zip(was or (), is_ or (), strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        rest = [*(was or ())[same:], *(is_ or ())[same:]]
        first = min([first, *(getattr(one, time) for one in rest)])
    return first


def _has_attribution(case: Case) -> bool:
    vitals, neuro = case.vitals or (), case.neuro or ()
    return any(one.other_cause for one in vitals) or any(one.other_cause for one in neuro)


def unattributed(case: Case) -> Case:
    """The same case as if no sign had been attributed to another cause."""
    bare: dict[str, None] = {"other_cause": None}
    vitals = case.vitals and tuple(one.model_copy(update=bare) for one in case.vitals)
    neuro = case.neuro and tuple(one.model_copy(update=bare) for one in case.neuro)
    return case.model_copy(update={"vitals": vitals, "neuro": neuro})


def _points(steps: Sequence[CrsStep], kept: Sequence[Kept]) -> tuple[list[Point], list[Episode]]:
    found = [Point(one.moment.at, {id_: one.grade(id_) for id_ in STEPPED}, one) for one in steps]
    crs = [_episode(astct_crs.ID, n, one, found) for n, one in enumerate(kept, start=1)]
    others = [
        episode
        for id_, scale in STEPPED.items()
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
    kept: list[Kept] = []
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


def _episode(scale: str, number: int, kept: Kept, found: Sequence[Point]) -> Episode:
    onset, last, ended, status = kept
    until = ended or last
    inside = [p for p in found if onset <= p.at <= until and scale in p.grades]
    spans = [(p.grades[scale].span, p.at) for p in inside] or [(Span(0, 0), onset)]
    low = max(span.at_least for span, _ in spans)
    high = max(span.at_most for span, _ in spans if span.at_least == low)
    peak_at = next(at for span, at in spans if span.at_least == low)
    hours = (until - onset) / timedelta(hours=1)
    return Episode(scale, number, onset, last, ended, status, Span(low, high), peak_at, hours)
