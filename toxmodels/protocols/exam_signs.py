"""
What rules ask of the neurological exams: seizures that nobody dated, or that were graded too low,
and whether a sign of raised pressure stands.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Final

from toxmodels.label_grades import PAUSES_FROM, Term, assigned
from toxmodels.moment import Reading, first_dose_at
from toxmodels.records import Infusion
from toxmodels.scales.capd import POSITIVE_FROM
from toxmodels.scales.seizure import SeizureEpisode, episodes
from toxmodels.site import site
from toxmodels.situation import Situation

__all__ = ["has_raised_pressure", "is_near_usual", "seizure_doubts", "seizure_undergraded"]

_LEEWAY: Final = timedelta(hours=1)  # a grade assigned just before the exam was charted counts
_MANY_MINUTES: Final = 120.0
# With blood on the scan nobody has excluded raised pressure.
_PRESSING: Final = ("focal", "diffuse", "haemorrhage_related")
_TECHNICAL: Final = ("pump", "line", "bag", "procedure")


def has_raised_pressure(situation: Situation) -> bool:
    """
    Whether the newest exam that says so found a sign of raised pressure, or oedema on a scan.

    However old it is, and whatever it was put down to: only an exam without the sign ends it.
    """
    exams = situation.steps[-1].moment.exams
    signs = [one.raised_icp for one in exams if one.raised_icp is not None]
    scans = [one.cerebral_oedema for one in exams if one.cerebral_oedema is not None]
    return bool(signs and signs[-1]) or bool(scans and scans[-1] in _PRESSING)


def seizure_undergraded(situation: Situation, scale: str, term: Term) -> bool:
    """
    Whether every grade since the last seizure is too low for one, and nothing was restarted since.

    A label pauses its drug from grade 3, and no seizure is less; once the infusion was off for it
    and runs again, the seizure has been answered.
    """
    fits = _fits(situation)
    if not fits or _begun_again(situation, fits[-1]):
        return False
    since = min(fits[-1].started_at or fits[-1].first_at, fits[-1].first_at) - _LEEWAY
    found = assigned(situation.case, situation.at, scale, term)
    grades = [one.grade for one in found if one.graded_at >= since]
    return bool(grades) and max(grades) < PAUSES_FROM


def seizure_doubts(situation: Situation) -> tuple[str, ...]:
    """Pairs of records that count as two seizures only because nobody wrote when each began."""
    return tuple(
        f"second seizure? two records {_apart(other.first_at - one.last_at)} apart, and not each "
        "has its own start: confirm that they were two"
        for one, other in pairwise(_fits(situation))
        if one.started_at is None or other.started_at is None
    )


def _apart(gap: timedelta) -> str:
    minutes = gap / timedelta(minutes=1)
    return f"{minutes:g} min" if minutes < _MANY_MINUTES else f"{minutes / 60:.3g} h"


def _fits(situation: Situation) -> list[SeizureEpisode]:
    """The seizures since the first dose that nobody put down to something else, oldest first."""
    start = first_dose_at(situation.case.therapy)
    found = [
        fit
        for fit in episodes(situation.steps[-1].moment.fits)
        if not fit.attributed and (start is None or fit.last_at >= start)
    ]
    return sorted(found, key=lambda fit: fit.first_at)


def _begun_again(situation: Situation, fit: SeizureEpisode) -> bool:
    """Whether the infusion was stopped after the seizure, not for a technical reason, and runs."""
    ended = [one for one in situation.segments if _ended_after(one, fit)]
    return any(
        one.started_at >= stop.stopped_at
        for stop in ended
        if stop.stopped_at is not None
        for one in situation.segments
    )


def _ended_after(segment: Infusion, fit: SeizureEpisode) -> bool:
    stopped = segment.stopped_at
    began = min(fit.started_at or fit.first_at, fit.first_at)
    return stopped is not None and stopped >= began and segment.stop_reason not in _TECHNICAL


def is_near_usual(usual: float | None, reading: Reading | None) -> bool:
    """Whether a CAPD is at or near the usual one: up to it, and from the limit on within points."""
    if usual is None or reading is None:
        return False
    total = max(one.value.bounds()[1] for one in (reading, *reading.others))
    return bool(total <= usual + (site().capd_near_baseline if total >= POSITIVE_FROM else 0))
