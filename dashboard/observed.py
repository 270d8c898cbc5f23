"""
When somebody looked at a patient, and when the next look is due.

A time counts only where something was really looked at: an exam of a patient left asleep is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from toxmodels import Case

AHEAD: Final = timedelta(minutes=5)  # a reading stamped this far ahead counts as taken now


@dataclass(frozen=True, slots=True)
class Due:
    """When a kind of observation was last made and when the next one is due."""

    last_at: datetime | None
    due_at: datetime | None
    is_expected: bool

    def is_overdue(self, at: datetime) -> bool:
        """Whether somebody should have looked by now; never having looked counts."""
        return self.is_expected and (self.due_at is None or at > self.due_at)

    def overdue_by(self, at: datetime) -> timedelta | None:
        """How long it has been due; ``None`` while it is not, or when nobody ever looked."""
        return at - self.due_at if self.due_at is not None and self.is_overdue(at) else None


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


def due(times: list[datetime], every: timedelta, closed: str | None) -> Due:
    """The next one of a kind that is made ``every`` so often; none after the case is closed."""
    last = max(times, default=None)
    return Due(last, None if last is None else last + every, is_expected=closed is None)


def has_died(case: Case, at: datetime) -> bool:
    """Only a death ends observation: a recorded transfer may be one into this ward."""
    return any(event.kind == "death" and event.at <= at for event in case.events or ())
