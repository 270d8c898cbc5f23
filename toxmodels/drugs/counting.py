"""
Counting tocilizumab: interval, doses in 24 hours, doses in the course.

Intervals run from start to start of the infusion. Every recorded dose counts for the interval
and the 24 hours, whatever it was given for; the course counts from ``counted_since``, and what was
given to prevent CRS of this therapy counts with it. A dose exactly 24 hours old no longer counts,
and exactly 8 hours after a dose the next is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from toxmodels.drugs.facts_read import number


@dataclass(frozen=True, slots=True)
class Count:
    """What was given, what is left, when the next is possible, and every reason against it now."""

    counted: int
    last_24h: int
    limit: int
    left: int
    last_at: datetime | None
    earliest_at: datetime | None
    reasons: tuple[str, ...]


def _hours(span: timedelta) -> str:
    """Whole minutes, rounded down: one second short of 8 hours must not read as 8 hours."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def undated_reason(undated: int) -> str:
    """Why doses that nobody dated block the next one."""
    return f"{undated} earlier dose(s) without a time: date them first"


def count_tocilizumab(
    given_at: Sequence[datetime],
    at: datetime,
    *,
    counted_since: datetime | None,
    shortage: bool,
    undated: int = 0,
    prophylactic: Sequence[datetime] = (),
    site_limit: int | None = None,
) -> Count:
    """
    Count doses up to ``at`` and say what forbids one more.

    ``prophylactic``: doses given to prevent CRS of this therapy, which count for the course also
    from before ``counted_since``. ``site_limit``: fewer doses than the drug's own limit.
    """
    interval = timedelta(hours=int(number("tocilizumab", "interval_h")))
    window = timedelta(hours=int(number("tocilizumab", "day_window_h")))
    day_limit = int(number("tocilizumab", "day_limit"))
    limit = int(number("tocilizumab", "shortage_limit" if shortage else "course_limit"))
    limit = limit if site_limit is None else min(limit, site_limit)
    doses = sorted(moment for moment in given_at if moment <= at)
    later = sum(moment > at for moment in given_at)
    also = () if shortage else prophylactic  # in shortage the doses of an episode are counted
    course = [m for m in doses if counted_since is None or m >= counted_since or m in also]
    counted = len(course) + undated
    recent = [m for m in doses if at - m < window]
    possible = _possible_from(doses, interval, window, day_limit)
    reasons: list[str] = []
    if undated:
        reasons.append(undated_reason(undated))
    if later:
        reasons.append(f"{later} dose(s) recorded after the time asked about: correct the times")
    if doses and at - doses[-1] < interval:
        reasons.append(
            f"last dose {_hours(at - doses[-1])} ago: at least {_hours(interval)} between doses"
        )
    if len(recent) >= day_limit:
        reasons.append(f"{len(recent)} doses in the last {_hours(window)}: at most {day_limit}")
    if counted >= limit:
        scope = "in a CRS episode during shortage" if shortage else "in the course"
        reasons.append(f"{counted} doses {scope}: at most {limit}")
    open_ = counted < limit and undated == 0 and later == 0
    return Count(
        counted=counted,
        last_24h=len(recent),
        limit=limit,
        left=max(0, limit - counted),
        last_at=doses[-1] if doses else None,
        earliest_at=max(possible) if possible and open_ else None,
        reasons=tuple(reasons),
    )


def _possible_from(
    doses: Sequence[datetime], interval: timedelta, window: timedelta, day_limit: int
) -> list[datetime]:
    """The moments before which the interval and the 24 hours forbid a further dose."""
    moments = [doses[-1] + interval] if doses else []
    if len(doses) >= day_limit:
        moments.append(doses[-day_limit] + window)
    return moments
