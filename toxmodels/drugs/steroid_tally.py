"""
Corticosteroids added up: milligrams as dexamethasone, and hours of exposure.

Doses closer than a day belong to one run. A repeated order (``interval_h``) is taken as given
until it stops, until the next record of the same drug, or until now; those doses are assumed and
counted apart. A dose without an amount makes the total "at least".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from toxmodels.drugs.facts_read import number
from toxmodels.drugs.sheet import fine
from toxmodels.drugs.tapers import equivalent_mg
from toxmodels.records import Treatment

# Anything shorter is a typing error; laying it out would take for ever.
_HOUR: Final = timedelta(hours=1)
_SHORTEST_INTERVAL_H: Final = 1.0
_A_LITTLE_H: Final = 1e-6  # so that no rounding loses the dose of this very moment


class CorticosteroidTally(BaseModel):
    """Exposure since the first infusion; ``None`` where nobody kept a list of treatments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    doses: int | None
    assumed_doses: int
    dexamethasone_mg: float | None
    is_at_least: bool
    not_converted: tuple[str, ...]
    exposure_h: float | None
    present_run_h: float | None
    run_since: AwareDatetime | None
    last_at: AwareDatetime | None
    is_long: bool | None


def tally_corticosteroids(
    given: list[Treatment], at: datetime, *, since: datetime | None, recorded: bool
) -> CorticosteroidTally:
    """Add up the doses from ``since`` (all of them without it) to ``at``."""
    chosen = sorted(
        (one for one in given if since is None or (one.stopped_at or one.given_at) >= since),
        key=lambda one: one.given_at,
    )
    moments: list[tuple[datetime, Treatment]] = []
    for one in chosen:
        moments += [
            (moment, one)
            for moment in _moments(one, chosen, at)
            if since is None or moment >= since
        ]
    moments.sort(key=lambda pair: pair[0])
    amounts = [_equivalent(one) for _, one in moments]
    known = [amount for amount in amounts if amount is not None]
    runs = _runs([moment for moment, _ in moments])
    exposure = sum((last - first for first, last in runs), timedelta(0))
    long_h = float(number("corticosteroids", "long_exposure_h"))
    present = runs[-1] if runs and at - runs[-1][1] <= _run_gap() else None
    dosed = sum(moment == one.given_at for moment, one in moments)
    return CorticosteroidTally(
        doses=dosed if recorded else None,
        assumed_doses=len(moments) - dosed,
        dexamethasone_mg=float(fine(sum(known, Decimal(0)))) if recorded else None,
        is_at_least=len(known) < len(amounts),
        not_converted=tuple(sorted({one.drug for _, one in moments if _equivalent(one) is None})),
        exposure_h=_hours(exposure) if recorded else None,
        present_run_h=_hours(at - present[0]) if present else None,
        run_since=present[0] if present else None,
        last_at=moments[-1][0] if moments else None,
        is_long=_hours(exposure) >= long_h if recorded else None,
    )


def moments_of(given: Sequence[Treatment], at: datetime) -> list[datetime]:
    """Every dose up to a time, those that a repeated order stands for included, oldest first."""
    chosen = list(given)
    return sorted(moment for one in chosen for moment in _moments(one, chosen, at))


def run_before(moments: Sequence[datetime], at: datetime) -> list[datetime] | None:
    """The doses, none further from the next than a run allows, of the run that still goes on."""
    past = sorted(moment for moment in moments if moment <= at)
    runs = _runs(past)
    if not runs or at - runs[-1][1] > _run_gap():
        return None
    return [moment for moment in past if moment >= runs[-1][0]]


def _equivalent(one: Treatment) -> Decimal | None:
    if one.dose_mg is not None:
        return equivalent_mg(one.drug, Decimal(repr(one.dose_mg)))
    if one.dose_ug is not None:
        return equivalent_mg(one.drug, Decimal(repr(one.dose_ug)) / 1000)
    return None


def _moments(one: Treatment, all_: list[Treatment], at: datetime) -> list[datetime]:
    """The recorded start and, for a repeated order, the doses it stands for."""
    if one.interval_h is None or one.interval_h < _SHORTEST_INTERVAL_H:
        return [one.given_at]
    later = [other.given_at for other in all_ if other.drug == one.drug]
    following = min((moment for moment in later if moment > one.given_at), default=None)
    found, moment = [one.given_at], one.given_at
    # A file may hold an interval of a million years, which no calendar can add.
    while one.interval_h <= (at - moment) / _HOUR + _A_LITTLE_H:
        moment += timedelta(hours=one.interval_h)
        stopped = one.stopped_at is not None and moment >= one.stopped_at
        if stopped or moment > at or (following is not None and moment >= following):
            break
        found.append(moment)
    return found


def _run_gap() -> timedelta:
    return timedelta(hours=float(number("corticosteroids", "run_gap_h")))


def _runs(moments: list[datetime]) -> list[tuple[datetime, datetime]]:
    """First and last dose of every run."""
    runs: list[tuple[datetime, datetime]] = []
    for moment in moments:
        if runs and moment - runs[-1][1] <= _run_gap():
            runs[-1] = (runs[-1][0], moment)
        else:
            runs.append((moment, moment))
    return runs


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 2)
