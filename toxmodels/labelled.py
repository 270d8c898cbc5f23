"""
What labels ask about one patient: grades on their own scales, by a clinician or from the record.

A clinician's grade wins while it speaks of what the signs show. Where nobody graded, the package's
own reading of that scale stands in; an ASTCT grade never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Final, Self

from toxmodels.computed_grades import (
    Shown,
    computed_by,
    computed_grade,
    rose_since,
    unanswered,
)
from toxmodels.crs_steps import CrsStep
from toxmodels.findings import Grade
from toxmodels.infused import Infused
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
from toxmodels.once import once
from toxmodels.records import Case, Grading
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.scales.seizure import SeizureEpisode
from toxmodels.scales.seizure import episodes as seizure_episodes

__all__ = ["Labelled"]

_LIVING: Final = 4  # grade 5 is death
_LEEWAY: Final = timedelta(hours=1)  # a grade assigned just before the signs were charted counts


class Labelled(Infused):
    """
    One patient at one moment, as a label sees it.

    ``grade_of`` is the certain grade by ASTCT scale id. ``supposing`` gives the same as it would
    be if a missing sign turned out to make a grade higher.
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
        self._computed: dict[tuple[str, Term], Grade | None] = {}
        self._supposed: dict[tuple[str, Term], int] = {}
        self._shown: dict[tuple[str, Term, int], Shown | None] = {}

    def supposing(self, scale: str, grade: int) -> Self:
        """The situation if this scale were at this grade."""
        other = copy(self)  # what was worked out already holds for both
        other.grade_of = self.grade_of | {scale: grade}
        return other

    def supposing_label(self, scale: str, group: Term, grade: int) -> Self:
        """The situation if the record showed this grade on a label's scale."""
        other = copy(self)
        other._supposed = self._supposed | {(scale, group): grade}
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

    def computed(self, scale: str, group: Term) -> Grade | None:
        """
        The grade the record shows on a label's scale, where no clinician's own stands for it.

        A clinician's grade wins while it speaks of what the signs show: not from before they rose.
        """
        key = scale, group
        if key not in self._computed:
            self._computed[key] = self._worked_out(scale, group)
        return self._computed[key]

    def _worked_out(self, scale: str, group: Term) -> Grade | None:
        found = computed_grade(self.case, self.at, self.chart, scale, group)
        read_on, given = computed_by(scale, group), self._assigned(scale, group)
        if found is None or read_on is None or not given or self.is_ungraded(scale, group):
            return found
        rose = rose_since(self.case, self.chart, given[-1], found, read_on)
        return found if rose else None

    def label_grade(self, scale: str, group: Term) -> int | None:
        """What is certain on a label's scale: a clinician's grade, else what the record shows."""
        given = self.assigned(scale, group)
        supposed = self._supposed.get((scale, group))
        if supposed is not None:
            return supposed
        found = self.computed(scale, group)
        if found is None:
            return given
        return min(max(given or 0, found.at_least), _LIVING)

    def is_worked_out(self, scale: str, group: Term) -> bool:
        """Whether that grade is the package's own reading of the record."""
        return (scale, group) in self._supposed or self.computed(scale, group) is not None

    def shown(self, scale: str, group: Term, least: int) -> Shown | None:
        """What the record showed at that grade or above, also when it is over, and nobody answered.

        Neither a clinician's grade on that scale nor a restart since then speaks of it.
        """
        key = scale, group, least
        if key not in self._shown:
            self._shown[key] = unanswered(self.case, self.at, self.chart, self.steps, key)
        return self._shown[key]

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

    @once
    def _rises(self) -> dict[str, list[tuple[datetime, int]]]:
        """Each time a certain grade rose, and to what."""
        found: dict[str, list[tuple[datetime, int]]] = {}
        for scale in (astct_crs.ID, astct_icans.ID):
            grades = [(step.moment.at, step.grade(scale).at_least) for step in self.steps]
            before = [0, *(grade for _, grade in grades)]
            found[scale] = [one for one, last in zip(grades, before, strict=False) if one[1] > last]
        return found

    # Seizures

    @once
    def seizures(self) -> int:
        """Seizures since the first dose, each counted as often as it is said to have come."""
        return sum(1 if fit.count is None else max(1, fit.count) for fit in self._fits)

    @once
    def _fits(self) -> list[SeizureEpisode]:
        start = first_dose_at(self.case.therapy)
        return [
            fit
            for fit in seizure_episodes(self.steps[-1].moment.fits)
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
