"""
The situation: what the rules of a protocol and of escalation may ask about one patient at one time.

Everything is read from the case and its course, and worked out only when a rule asks. What nobody
recorded is ``None`` and satisfies no condition: no rule fires on an assumption.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from toxmodels.crs_steps import CrsStep
from toxmodels.drugs import class_of
from toxmodels.findings import Grade
from toxmodels.infused import Stage
from toxmodels.labelled import Labelled
from toxmodels.moment import Chart, exposures, first_dose_at
from toxmodels.occurrences import (
    boluses_for_pressure,
    episode_peaks,
    fever_times,
    is_engager,
    response_after,
)
from toxmodels.once import once
from toxmodels.products import Product, product
from toxmodels.records import Case, Event, Treatment
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.site import site
from toxmodels.steroid_turns import icans_since, on_steroid_since, turned_at

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
_LIVING: Final = 4  # grade 5 is death
_LEEWAY: Final = timedelta(hours=1)  # a grade assigned just before the signs were charted counts


class Situation(Labelled):
    """
    One patient at one moment, as the rules see it; hours count to that moment.

    What labels ask is in ``Labelled``, what an infusion is at in ``Infused``.
    """

    def __init__(
        self,
        case: Case,
        chart: Chart,
        at: datetime,
        steps: Sequence[CrsStep],
        grades: dict[str, Grade],
    ) -> None:
        super().__init__(case, chart, at, steps, grades)
        self._peaks: dict[str, tuple[list[int], bool]] = {}

    # Grades

    @property
    def is_closed(self) -> bool:
        """
        Whether every grade is known exactly, as step-down and restart advice demand.

        It is not while hypotension or hypoxia stands without a grade, nor once somebody said that
        sedation or a tube prevents the exam: until the next one the last is no ground to do less.
        """
        complete = bool(self.grades) and all(grade.complete for grade in self.grades.values())
        return complete and not self._exam_prevented and self.ungraded_tier == 0

    @property
    def ungraded_tier(self) -> int:
        """
        What hypotension or hypoxia beside a CRS grade of 0 would be worth with fever; else 0.

        By the text there is no grade without fever, and that is no ground to do less.
        """
        if self.crs > 0:
            return 0
        _, pressure, oxygen = self.steps[-1].signs
        return max(pressure.at_least, oxygen.at_least)

    @property
    def is_crs_known(self) -> bool:
        """Whether the CRS grade is exact, and nothing stands beside it that has no grade."""
        grade = self.grades.get(astct_crs.ID)
        return grade is not None and grade.complete and self.ungraded_tier == 0

    def rose_since(self, time: datetime) -> bool:
        """Whether CRS or ICANS is certainly higher now than it was seen then, or since then."""
        now = ((one, self.grade_of.get(one, 0)) for one in (astct_crs.ID, astct_icans.ID))
        return any(grade > 0 and grade > self._lowest_since(scale, time) for scale, grade in now)

    def _lowest_since(self, scale: str, time: datetime) -> int:
        lowest = _LIVING
        for step in reversed(self.steps):
            known = step.grade(scale)
            if known.complete:
                lowest = min(lowest, known.at_least)
                if step.moment.at <= time:
                    break
        return lowest

    def crs_was_over_since(self, time: datetime) -> bool:
        """Whether CRS had been gone for a day at some time since then, fever hidden or not."""
        over = ("resolved_on_therapy", "resolved")
        return any(one.status in over for one in self.steps if one.moment.at >= time)

    @once
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

    # Who and what

    @once
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

    @once
    def onset_hours(self) -> float | None:
        """
        Hours to the onset of the present CRS: from the first dose, of an engager from the one
        before it.
        """
        if self.crs_since is None or self.dose_before_crs is None:
            return None
        onset = self._came_back_at or self.crs_since
        return (onset - self.dose_before_crs) / timedelta(hours=1)

    @property
    def onset_counted_at(self) -> datetime | None:
        """The onset that hours are counted to: of an engager's newest dose, else of the episode."""
        return self._came_back_at or self.steps[-1].onset_at

    @once
    def dose_before_crs(self) -> datetime | None:
        """What the onset of CRS counts from; every dose of an engager can bring it on anew."""
        onset = self.onset_counted_at
        if onset is None or not is_engager(self.case):
            return first_dose_at(self.case.therapy)
        return max((one for one, _ in exposures(self.case.therapy) if one <= onset), default=None)

    @once
    def _came_back_at(self) -> datetime | None:
        """
        When CRS came back after a later dose of an engager, while a drug may be hiding fever.

        It is the same episode then, and still the answer to that dose: at the dose CRS was known
        to be gone.
        """
        began = self.steps[-1].onset_at
        if began is None or not is_engager(self.case):
            return None
        for dose in sorted((one for one, _ in exposures(self.case.therapy)), reverse=True):
            if dose <= began:
                return None
            came: datetime | None = None
            for step in reversed(self.steps):
                grade = step.grade(astct_crs.ID)
                if step.moment.at <= dose:
                    if came is not None and grade.at_most == 0:
                        return came
                    break
                if grade.at_least > 0:
                    came = step.moment.at
        return None

    @once
    def fever_hours(self) -> float | None:
        """How long the fever going on has lasted."""
        found = fever_times(self.steps, self.at)
        return None if found is None else (found[1] - found[0]) / timedelta(hours=1)

    @once
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

    @once
    def _treatments(self) -> list[Treatment]:
        since = self.crs_since or first_dose_at(self.case.therapy)
        found = [
            one
            for one in self.case.treatments or ()
            if one.given_at <= self.at and (since is None or one.given_at >= since)
        ]
        return sorted(found, key=lambda one: one.given_at)

    @once
    def tocilizumab(self) -> list[Treatment]:
        """Doses of this episode."""
        return self.given_in_episode(("tocilizumab",))

    @once
    def tocilizumab_from(self) -> datetime | None:
        """
        The first dose against the present CRS: what "no improvement" counts from.

        Fever may be hidden for two weeks, and CRS that was gone for a day and came back is the same
        episode then; the doses before that say nothing of what was given against it since.
        """
        given = [one.given_at for one in self.tocilizumab]
        if not given:
            return None
        over = ("resolved_on_therapy", "resolved")
        for step in reversed(self.steps):
            if step.moment.at < given[0]:
                break
            if step.status in over:
                return next((one for one in given if one > step.moment.at), None)
        return given[0]

    @once
    def corticosteroids(self) -> list[Treatment]:
        """Corticosteroids against CRS or ICANS in this episode: not premedication or prephase."""
        return [
            one
            for one in self._treatments
            if class_of(one.drug) == "corticosteroid" and one.purpose not in _FOR_OTHER_REASONS
        ]

    @once
    def response(self) -> Event | None:
        """
        What was said of those treatments as they are given now, of one of them or of none by name.

        A new dose of tocilizumab asks anew, and so does more of a corticosteroid or another one.
        """
        given = [*self.tocilizumab, *self.corticosteroids]
        turns = [one.given_at for one in self.tocilizumab]
        turn = turned_at(self.corticosteroids)
        since = max((*turns, *(() if turn is None else (turn,))), default=None)
        if since is None:
            return None
        return response_after(self.case, since, self.at, {one.drug for one in given})

    @once
    def icans_since(self) -> datetime | None:
        """When the newest ICANS began, over or not."""
        return icans_since(self.steps)

    @once
    def icans_treated_since(self) -> datetime | None:
        """Since when the newest ICANS has had a corticosteroid, whatever that was begun for."""
        return on_steroid_since(self.corticosteroids, self.icans_since, self.at)

    # Episodes of the package's own scales

    def episodes_reaching(self, scale: str, grade: int) -> int:
        """
        How many separate episodes since the first dose reached a grade for certain, this one too.

        A gap in the records never ends an episode, so that it never makes two out of one.
        """
        if scale not in self._peaks:
            therapy = self.case.therapy
            doses = [one.given_at for one in (therapy and therapy.doses) or ()]
            self._peaks[scale] = episode_peaks(scale, self.steps, doses)
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

    @once
    def doses_given(self) -> int:
        """Discrete doses of the therapy so far; without a list of them its start is the first."""
        therapy = self.case.therapy
        if therapy is None:
            return 0
        if not therapy.doses:
            return int(therapy.started_at is not None and therapy.started_at <= self.at)
        return sum(one.given_at <= self.at for one in therapy.doses)
