"""
The situation: what the rules of a protocol and of escalation may ask about one patient at one time.

Everything is read from the case and its course, and worked out only when a rule asks. What nobody
recorded is ``None`` and satisfies no condition: no rule fires on an assumption.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from toxmodels.crs_steps import CrsStep
from toxmodels.drugs import class_of
from toxmodels.findings import Grade
from toxmodels.infused import Infused, Stage
from toxmodels.label_grades import (
    PAUSES_FROM,
    LabelEvent,
    Term,
    assigned,
    crs_gradings,
    events_of_each,
    runs,
    together,
)
from toxmodels.moment import Chart, first_dose_at
from toxmodels.occurrences import (
    boluses_for_pressure,
    episode_peaks,
    fever_times,
    response_after,
)
from toxmodels.products import Product, product
from toxmodels.records import Case, Event, Grading, Treatment
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.scales.seizure import SeizureEpisode
from toxmodels.scales.seizure import episodes as seizure_episodes
from toxmodels.site import site

__all__ = [
    "ADULT_FROM_YEARS",
    "Situation",
    "Stage",
]

ADULT_FROM_YEARS: Final = 18.0
_FOR_OTHER_REASONS: Final = ("premedication", "prophylaxis", "prephase", "antipyretic")
# How somebody may have written that the exam could not be done.
_EXAM: Final = ("neuro", "ice", "capd", "exam")
_PREVENTS: Final = ("sedat", "intubat")
_LEEWAY: Final = timedelta(hours=1)  # a grade assigned just before the signs were charted counts


class Situation(Infused):
    """
    One patient at one moment, as the rules see it; hours count to that moment.

    ``grade_of`` is the certain grade by ASTCT scale id. ``supposing`` gives the same situation as
    it would be if a missing sign turned out to make a grade higher.
    """

    def __init__(
        self,
        case: Case,
        chart: Chart,
        at: datetime,
        steps: Sequence[CrsStep],
        grades: dict[str, Grade],
    ) -> None:
        super().__init__(case, at)
        self.chart, self.steps, self.grades = chart, steps, grades
        self.grade_of = {id_: grade.at_least for id_, grade in grades.items()}
        self._read: dict[tuple[str, Term], list[Grading]] = {}
        self._peaks: dict[str, tuple[list[int], bool]] = {}

    def supposing(self, scale: str, grade: int) -> Situation:
        """The situation if this scale were at this grade."""
        other = copy(self)  # what was worked out already holds for both
        other.grade_of = self.grade_of | {scale: grade}
        return other

    # Grades

    @property
    def crs(self) -> int:
        """The certain CRS grade; 0 where it was not asked for."""
        return self.grade_of.get(astct_crs.ID, 0)

    @property
    def icans(self) -> int:
        """The certain ICANS grade; 0 where it was not asked for."""
        return self.grade_of.get(astct_icans.ID, 0)

    @property
    def is_closed(self) -> bool:
        """
        Whether every grade is known exactly, as step-down and restart advice demand.

        It is not once somebody said that sedation or a tube prevents the exam: until the next one
        the last exam is no ground to do less.
        """
        complete = bool(self.grades) and all(grade.complete for grade in self.grades.values())
        return complete and not self._exam_prevented

    @cached_property
    def _exam_prevented(self) -> bool:
        last = max((exam.taken_at for exam in self.steps[-1].moment.exams), default=None)
        return any(
            one.kind == "not_done"
            and one.at <= self.at
            and (last is None or one.at > last)
            and (one.what or "").lower().startswith(_EXAM)
            and (one.why or "").lower().startswith(_PREVENTS)
            for one in self.case.events or ()
        )

    def assigned(self, scale: str, group: Term) -> int | None:
        """The worst of the newest grades that clinicians assigned on another scale."""
        found = together(self._assigned(scale, group))
        return found[-1][1] if found else None

    def _assigned(self, scale: str, group: Term) -> list[Grading]:
        """
        All of them, oldest first.

        Of other adverse events only those since the first dose: blood counts are low before it.
        """
        if (scale, group) not in self._read:
            found = assigned(self.case, self.at, scale, group)
            start = first_dose_at(self.case.therapy) if group == "other" else None
            kept = [one for one in found if start is None or one.graded_at >= start]
            self._read[scale, group] = kept
        return self._read[scale, group]

    def is_ungraded(self, scale: str, group: Term, *, peak: bool = False) -> bool:
        """
        Whether nobody has assigned a grade for what the signs show now, or for their ``peak``.

        A grade from before the newest rise (to the present grade, or to grade 3 and more; of the
        peak to grade 3 and more alone), or from before the last seizure, does not speak of it.
        """
        found = self._assigned(scale, group)
        if not found:
            return True
        since = self._rose_at(group, peak=peak)
        return since is not None and found[-1].graded_at < since - _LEEWAY

    def _rose_at(self, group: Term, *, peak: bool) -> datetime | None:
        if group == "other":
            return None
        scale = astct_crs.ID if group == "crs" else astct_icans.ID
        now = self.grade_of.get(scale, 0)
        rises = self._rises[scale]
        to_now = now > 0 and not peak
        times = [at for at, grade in rises if (to_now and grade >= now) or grade >= PAUSES_FROM]
        if group == "neuro" and self._fits:
            times.append(max(fit.first_at for fit in self._fits))
        if now > max((grade for _, grade in rises), default=0):
            times.append(self.at)  # only supposed: no step shows it yet
        return max(times, default=None)

    @cached_property
    def _rises(self) -> dict[str, list[tuple[datetime, int]]]:
        """Each time a certain grade rose, and to what."""
        found: dict[str, list[tuple[datetime, int]]] = {}
        for scale in (astct_crs.ID, astct_icans.ID):
            grades = [(step.moment.at, step.grade(scale).at_least) for step in self.steps]
            before = [0, *(grade for _, grade in grades)]
            found[scale] = [one for one, last in zip(grades, before, strict=False) if one[1] > last]
        return found

    # Who and what

    @cached_property
    def product(self) -> Product | None:
        """The product given, where it is recorded and known."""
        return None if self.case.therapy is None else product(self.case.therapy.product)

    @property
    def age_years(self) -> float | None:
        """The age, where it is recorded."""
        return self.case.patient.age_years

    # The episode of CRS

    @property
    def crs_since(self) -> datetime | None:
        """Onset of the CRS episode that is still open, or only resolved on therapy."""
        step = self.steps[-1]
        return step.onset_at if step.status in ("open", "resolved_on_therapy") else None

    @cached_property
    def onset_hours(self) -> float | None:
        """Hours from the first dose to the onset of the present CRS."""
        start = first_dose_at(self.case.therapy)
        if self.crs_since is None or start is None:
            return None
        return (self.crs_since - start) / timedelta(hours=1)

    @cached_property
    def fever_hours(self) -> float | None:
        """How long the fever going on has lasted."""
        found = fever_times(self.steps, self.at)
        return None if found is None else (found[1] - found[0]) / timedelta(hours=1)

    @cached_property
    def boluses(self) -> int:
        """Sets of vital signs with fluid given for hypotension in this episode."""
        return boluses_for_pressure(self.chart.vitals, self.crs_since, self.at)

    @property
    def is_hypotensive(self) -> bool | None:
        """The clinician's own judgement, as it counts now."""
        low = self.steps[-1].moment.hypotensive
        return None if low is None else low.value is True

    # Treatments

    def given_in_episode(self, wanted: Iterable[str]) -> list[Treatment]:
        """Treatments of those names since CRS began (else since the first dose), oldest first."""
        names = set(wanted)
        return [one for one in self._treatments if one.drug in names]

    @cached_property
    def _treatments(self) -> list[Treatment]:
        since = self.crs_since or first_dose_at(self.case.therapy)
        found = [
            one
            for one in self.case.treatments or ()
            if one.given_at <= self.at and (since is None or one.given_at >= since)
        ]
        return sorted(found, key=lambda one: one.given_at)

    @cached_property
    def tocilizumab(self) -> list[Treatment]:
        """Doses of this episode."""
        return self.given_in_episode(("tocilizumab",))

    @cached_property
    def corticosteroids(self) -> list[Treatment]:
        """Corticosteroids against CRS or ICANS in this episode: not premedication or prephase."""
        return [
            one
            for one in self._treatments
            if class_of(one.drug) == "corticosteroid" and one.purpose not in _FOR_OTHER_REASONS
        ]

    @cached_property
    def response(self) -> Event | None:
        """What was said after the newest of those treatments, of one of them or of none by name."""
        given = [*self.tocilizumab, *self.corticosteroids]
        if not given:
            return None
        last, drugs = max(one.given_at for one in given), {one.drug for one in given}
        return response_after(self.case, last, self.at, drugs)

    # Seizures

    @cached_property
    def seizures(self) -> int:
        """Seizures since the first dose, each counted as often as it is said to have come."""
        return sum(1 if fit.count is None else max(1, fit.count) for fit in self._fits)

    @cached_property
    def _fits(self) -> list[SeizureEpisode]:
        start = first_dose_at(self.case.therapy)
        return [
            fit
            for fit in seizure_episodes(self.steps[-1].moment.exams)
            if not fit.attributed and (start is None or fit.last_at >= start)
        ]

    # A toxicity graded by a clinician on the label's scale

    def label_event(self, scale: str, group: Term) -> LabelEvent | None:
        """The newest run of assigned grades above 1, all terms of the group together."""
        found = runs(together(self._assigned(scale, group)))
        return found[-1] if found else None

    def label_events(self, scale: str, group: Term) -> list[LabelEvent]:
        """Every run of every single term: what stops a drug for good is never forgotten."""
        return events_of_each(self._assigned(scale, group))

    def label_events_reaching(self, scale: str, group: Term, grade: int) -> int:
        """How many separate runs of assigned grades since the first dose reached a grade."""
        start = first_dose_at(self.case.therapy)
        return sum(
            one.peak >= grade and (start is None or one.began_at >= start)
            for one in runs(together(self._assigned(scale, group)))
        )

    def crs_grading_since(self, time: datetime) -> Grading | None:
        """
        The newest grade a clinician assigned to CRS on any scale since then.

        Of two of the same minute the lower: they contradict each other, and nothing rests on them.
        """
        found = [one for one in crs_gradings(self.case) if time <= one.graded_at <= self.at]
        return max(found, key=lambda one: (one.graded_at, -one.grade), default=None)

    # Episodes of the package's own scales

    def episodes_reaching(self, scale: str, grade: int) -> int:
        """
        How many separate episodes since the first dose reached a grade for certain, this one too.

        A gap in the records never ends an episode, so that it never makes two out of one.
        """
        if scale not in self._peaks:
            self._peaks[scale] = episode_peaks(scale, self.steps)
        peaks, is_open = self._peaks[scale]
        now = self.grade_of.get(scale, 0)
        counted = is_open and peaks[-1] >= grade
        return sum(peak >= grade for peak in peaks) + (now >= grade and not counted)

    def longest_hours(self, scale: str, grade: int) -> float:
        """
        The longest time since the first dose at a certain grade or above, reading by reading.

        Two readings further apart than one counts begin anew: a gap never makes it longer.
        """
        start = first_dose_at(self.case.therapy)
        apart = site().vitals_valid if scale == astct_crs.ID else site().neuro_valid
        since: datetime | None = None
        last, longest = self.at, timedelta()
        for step in self.steps:
            at = step.moment.at
            if step.grade(scale).at_least < grade or (start is not None and at < start):
                since = None
                continue
            since = at if since is None or at - last > apart else since
            last, longest = at, max(longest, at - since)
        return longest / timedelta(hours=1)

    def peak(self, scale: str, until: datetime | None = None) -> int:
        """The highest certain grade of a scale so far, from the first dose on."""
        start = first_dose_at(self.case.therapy)
        return max(
            (
                step.grade(scale).at_least
                for step in self.steps
                if (start is None or step.moment.at >= start)
                and (until is None or step.moment.at <= until)
            ),
            default=0,
        )

    @cached_property
    def doses_given(self) -> int:
        """Discrete doses of the therapy so far; without a list of them its start is the first."""
        therapy = self.case.therapy
        if therapy is None:
            return 0
        if not therapy.doses:
            return int(therapy.started_at is not None and therapy.started_at <= self.at)
        return sum(one.given_at <= self.at for one in therapy.doses)
