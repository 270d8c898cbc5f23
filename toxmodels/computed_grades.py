"""
Grades of the scales that labels are written in, worked out from the record.

Where a clinician graded, that counts; where nobody did, the package's own reading of that scale
stands in, never an ASTCT grade. The certain part of it advises, what a missing sign leaves open is
only "if confirmed". What CTCAE means where a label names no edition is a house reading: 5.0, whose
rows the questions of the rules were written by. Penn is not among them: the one label that is read
by it has tiers, and which tier a Penn grade names is for a clinician to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from toxmodels.crs_steps import CrsStep
from toxmodels.drugs.infusion_clock import stop_reason
from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.label_grades import PAUSES_FROM, Term, assigned
from toxmodels.moment import Chart, first_dose_at
from toxmodels.records import Case, Grading, Infusion, Oxygen
from toxmodels.scales import BESIDE, astct_icans
from toxmodels.scales.oxygen_support import POSITIVE_PRESSURE, VENTILATED

__all__ = ["Shown", "computed_by", "computed_grade", "restarts", "rose_since", "unanswered"]

_READ_BY: Final[dict[tuple[str, Term], str]] = {
    ("ctcae", "crs"): "ctcae-crs-5.0",
    ("ctcae", "neuro"): "ctcae-neuro-5.0",
    ("lee-2014", "crs"): "lee-2014",
}
_LEEWAY: Final = timedelta(hours=1)  # a grade given just before the signs were charted counts
# An infusion that runs on after one of these was not restarted after a toxicity.
_NO_ANSWER: Final = ("pump", "line", "bag", "procedure", "planned")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the record once showed on a label's scale: the newest rise, and the highest grade."""

    rose_at: datetime
    peak: int


def computed_by(scale: str, group: Term) -> str | None:
    """The scale of this package that a label's scale is read on, for one group of terms."""
    return _READ_BY.get((scale, group))


def computed_grade(case: Case, at: datetime, chart: Chart, scale: str, group: Term) -> Grade | None:
    """The grade the record shows on that scale; none before the therapy began."""
    id_, start = computed_by(scale, group), first_dose_at(case.therapy)
    if id_ is None or start is None or start > at:
        return None
    return BESIDE[id_].grade(Evidence(case, at, chart))


def rose_since(case: Case, chart: Chart, given: Grading, now: Grade, read_on: str) -> bool:
    """Whether the record shows more than a clinician graded, and has come to do so since then."""
    if now.at_least <= given.grade:
        return False
    then = BESIDE[read_on].grade(Evidence(case, given.graded_at + _LEEWAY, chart))
    return then.at_least < now.at_least


def _at(case: Case, chart: Chart, step: CrsStep, read_on: str) -> Grade:
    """The grade on a scale beside ASTCT at one step of the course."""

    def make() -> Grade:
        return BESIDE[read_on].grade(Evidence(case, step.moment.at, chart, moment=step.moment))

    return step.beside(read_on, make)


def unanswered(
    case: Case,
    at: datetime,
    chart: Chart,
    steps: Sequence[CrsStep],
    asked: tuple[str, Term, int],
) -> Shown | None:
    """
    What the record showed for certain on a scale, for a group, at a grade or above, unanswered.

    A clinician's grade answers it, and a restart of what was stopped for it; values that grow old
    or get better do not. A rise after the answer asks anew.
    """
    scale, group, least = asked
    read_on = computed_by(scale, group)
    if read_on is None:
        return None
    found, before, last = [], 0, None
    for step in _since_first_dose(case, steps):
        shows = _may_show(step, group, least)
        support = _support(step) if shows and group == "crs" and least >= PAUSES_FROM else None
        if shows is None or (support is not None and support == last):
            continue
        last = support
        now = _at(case, chart, step, read_on) if shows else None
        certain = 0 if now is None else now.at_least
        if certain > before and certain >= least:
            found.append((step.moment.at, certain))
        # What only grew too old to count is no fall, so that it is no new rise when seen again.
        if now is None or certain > before or now.at_most < before:
            before = certain
    if not found:
        return None
    given = [one.graded_at for one in assigned(case, at, scale, group)]
    answered_at = max([*(time + _LEEWAY for time in given), *restarts(case, at)], default=None)
    open_ = [one for one in found if answered_at is None or one[0] > answered_at]
    return Shown(open_[-1][0], max(peak for _, peak in open_)) if open_ else None


def _since_first_dose(case: Case, steps: Sequence[CrsStep]) -> Sequence[CrsStep]:
    start = first_dose_at(case.therapy)
    return [] if start is None else [one for one in steps if one.moment.at >= start]


def _may_show(step: CrsStep, group: Term, least: int) -> bool | None:
    """
    Whether a step may be at that grade on such a scale; ``None`` where it tells nothing new.

    Only to spare the grading of every step: support of pressure or oxygen, or ICANS.
    """
    moment = step.moment
    if group == "neuro":
        icans = step.grade(astct_icans.ID)
        return True if icans.at_least > 0 else (False if icans.complete else None)
    oxygen, pressors, low = moment.oxygen, moment.vasopressors, moment.hypotensive
    if (pressors is not None and pressors.value) or (low is not None and low.value):
        return True
    if oxygen is not None and oxygen.value.device != "room_air":
        return True if least < PAUSES_FROM or _has_fraction(oxygen.value) else None
    return None if oxygen is None or pressors is None else False


def _support(step: CrsStep) -> object:
    """What makes CRS severe on such a scale: while it stays the same, so does what is severe."""
    moment = step.moment
    readings = (moment.oxygen, moment.vasopressors, moment.hypotensive)
    return [None if one is None else (one.value, one.attributed, one.others) for one in readings]


def _has_fraction(oxygen: Oxygen) -> bool:
    """Without one only a ventilator, or pressure, shows for certain that it is severe."""
    return oxygen.fio2 is not None or oxygen.device in (*POSITIVE_PRESSURE, *VENTILATED)


def restarts(case: Case, at: datetime) -> list[datetime]:
    """When an infusion began again after a stop that was neither planned nor technical."""
    begun = [
        one
        for one in (None if case.therapy is None else case.therapy.infusions) or ()
        if one.started_at <= at
    ]
    begun.sort(key=lambda one: one.started_at)
    return [
        after.started_at for before, after in pairwise(begun) if _was_held(case, before, after, at)
    ]


def _was_held(case: Case, before: Infusion, after: Infusion, at: datetime) -> bool:
    off = before.stopped_at
    known = off is not None and off <= after.started_at
    return known and stop_reason(case, before, at) not in _NO_ANSWER
