"""
When somebody looked at a patient, and when the next look is due.

A time counts only where something was really looked at: an exam of a patient left asleep is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from toxmodels import Assessment, Case

AHEAD: Final = timedelta(minutes=5)  # a reading stamped this far ahead counts as taken now


@dataclass(frozen=True, slots=True)
class Due:
    """
    When a kind of observation was last made, and whether the next one is overdue.

    ``overdue`` counts from the time it was due, once a quarter of its interval has passed beyond
    that. ``lags``: what newer sets left out, which is why they do not count.
    """

    last_at: datetime | None
    due_at: datetime | None
    overdue: timedelta | None
    lags: str | None

    @property
    def is_overdue(self) -> bool:
        """Whether somebody should have looked by now."""
        return self.overdue is not None


def counting_from(case: Case, clock: datetime) -> datetime:
    """
    Now, or a little later: a reading stamped a few minutes ahead must not stay invisible.

    Bedside clocks differ; an entry that is saved and does not show for minutes looks lost.
    """
    near = [one for one in _observed(case) if clock < one <= clock + AHEAD]
    return max(near, default=clock)


def _observed(case: Case) -> Iterable[datetime]:
    yield from (one.taken_at for one in case.vitals or ())
    yield from (one.taken_at for one in case.neuro or ())
    yield from (one.given_at for one in case.treatments or ())
    yield from (one.at for one in case.events or ())


def vitals_times(case: Case, at: datetime) -> list[datetime]:
    """Sets of vital signs up to ``at``."""
    return [one.taken_at for one in case.vitals or () if one.taken_at <= at]


def scored_times(case: Case, at: datetime) -> list[datetime]:
    """Exams with an ICE or CAPD score."""
    return [
        one.taken_at
        for one in case.neuro or ()
        if one.taken_at <= at and (one.ice is not None or one.capd is not None)
    ]


def exam_times(case: Case, at: datetime) -> list[datetime]:
    """Exams that count as done; a patient left asleep was not examined."""
    return [
        one.taken_at
        for one in case.neuro or ()
        if one.taken_at <= at
        and (one.ice is not None or one.capd is not None or set(one.unable_reasons) - {"asleep"})
    ]


def due(what: str, times: list[datetime], assessment: Assessment) -> Due:
    """One kind of check as the escalation rules ask for it; none after the case is closed."""
    last = max(times, default=None)
    check = next((one for one in assessment.due if one.what == what), None)
    if check is None:
        return Due(last, None, None, None)
    late = check.overdue_minutes
    overdue = None if late is None else timedelta(minutes=late)
    return Due(last, check.due_at, overdue, check.lags)


def has_died(case: Case, at: datetime) -> bool:
    """Only a death ends observation: a recorded transfer may be one into this ward."""
    return any(event.kind == "death" and event.at <= at for event in case.events or ())
