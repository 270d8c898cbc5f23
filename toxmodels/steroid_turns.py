"""
What a word on the response speaks of: since when a corticosteroid is given as it is, and ICANS.

Doses charted one by one answer like one order: the next dose of the same amount takes no word
back. More of it, another drug or a break asks anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from toxmodels.crs_steps import CrsStep
from toxmodels.drugs.facts_read import number
from toxmodels.drugs.steroid_tally import moments_of, run_before
from toxmodels.drugs.tapers import equivalent_mg
from toxmodels.records import Treatment
from toxmodels.scales import astct_icans

__all__ = ["icans_since", "on_steroid_since", "turned_at"]


def turned_at(given: Sequence[Treatment]) -> datetime | None:
    """When the corticosteroid was last begun, raised, changed or taken up again."""
    if not given:
        return None
    turns = (later.given_at for one, later in pairwise(given) if _is_turn(one, later))
    return max(turns, default=given[0].given_at)


def _is_turn(one: Treatment, later: Treatment) -> bool:
    if one.drug != later.drug or _is_more(one, later):
        return True
    runs_on = one.interval_h is not None and one.stopped_at is None
    gap = timedelta(hours=float(number("corticosteroids", "run_gap_h")))
    return not runs_on and later.given_at - (one.stopped_at or one.given_at) > gap


def _is_more(one: Treatment, later: Treatment) -> bool:
    """More in a dose, or the same more often; what nobody recorded is no change."""
    before, now = (_amount(each) for each in (one, later))
    if before is not None and now is not None and now != before:
        return now > before
    often = one.interval_h, later.interval_h
    return often[0] is not None and often[1] is not None and often[1] < often[0]


def _amount(one: Treatment) -> Decimal | None:
    return None if one.dose_mg is None else equivalent_mg(one.drug, Decimal(repr(one.dose_mg)))


def icans_since(steps: Sequence[CrsStep]) -> datetime | None:
    """When the newest ICANS began, over or not; a reading that leaves it open does not end it."""
    since = None
    for step in reversed(steps):
        grade = step.grade(astct_icans.ID)
        if grade.at_least > 0:
            since = step.moment.at
        elif since is not None and grade.at_most == 0:
            break
    return since


def on_steroid_since(
    given: Sequence[Treatment], since: datetime | None, at: datetime
) -> datetime | None:
    """Since when a toxicity that began then has had a corticosteroid; one may run already."""
    if since is None:
        return None
    moments = moments_of(given, at)
    if run_before([one for one in moments if one <= since], since) is not None:
        return since
    return min((one for one in moments if one >= since), default=None)
