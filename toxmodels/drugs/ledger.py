"""
The ledger of one patient: tocilizumab counted, corticosteroids added up, other agents listed.

A list of treatments that nobody kept gives no count at all: unknown is never zero. Doses of
earlier products are shown and not counted for the course.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from toxmodels.drugs.counting import count_tocilizumab
from toxmodels.drugs.facts_read import CountScope, number
from toxmodels.drugs.fever_classes import class_of
from toxmodels.drugs.steroid_tally import CorticosteroidTally, tally_corticosteroids
from toxmodels.drugs.tocilizumab import scope_of
from toxmodels.records import Case, Therapy, Treatment

Scope = Literal["since the first infusion", "this CRS episode", "every recorded dose"]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TocilizumabLedger(_Closed):
    """Tocilizumab so far; numbers are ``None`` where nobody kept a list of treatments."""

    scope: Scope
    counted: int | None
    limit: int
    left: int | None
    last_24h: int | None
    since_therapy_start: int | None
    before_therapy: int | None
    undated: int
    last_at: AwareDatetime | None
    earliest_at: AwareDatetime | None
    blocked_by: str | None
    product_limit: str | None


class AgentDoses(_Closed):
    """Doses of one other anticytokine agent."""

    drug: str
    doses: int
    total_mg: float | None
    last_at: AwareDatetime


class Ledger(_Closed):
    """What a patient was given up to one time."""

    at: AwareDatetime
    treatments_recorded: bool
    tocilizumab: TocilizumabLedger
    corticosteroids: CorticosteroidTally
    anticytokines: tuple[AgentDoses, ...]


def ledger(
    case: Case,
    at: datetime,
    *,
    episode_since: datetime | None = None,
    shortage: bool = False,
    undated_doses: int = 0,
) -> Ledger:
    """
    Count up to ``at``; later records are invisible.

    ``episode_since`` is the start of the present CRS episode and narrows the count for engagers
    only; without it an engager's doses count since its first dose, which can only be stricter.
    """
    given = (
        [] if case.treatments is None else [one for one in case.treatments if one.given_at <= at]
    )
    recorded = case.treatments is not None
    return Ledger(
        at=at,
        treatments_recorded=recorded,
        tocilizumab=_tocilizumab(
            case.therapy,
            [one.given_at for one in given if one.drug == "tocilizumab"],
            at,
            recorded=recorded,
            episode_since=episode_since,
            shortage=shortage,
            undated=undated_doses,
            prophylactic=prophylactic_doses(case, at),
        ),
        corticosteroids=tally_corticosteroids(
            [one for one in given if class_of(one.drug) == "corticosteroid"],
            at,
            since=first_infusion(case.therapy),
            recorded=recorded,
        ),
        anticytokines=_others(given),
    )


def first_infusion(therapy: Therapy | None) -> datetime | None:
    """The start of the first dose or infusion of the present product."""
    if therapy is None:
        return None
    moments = [dose.given_at for dose in therapy.doses or ()]
    moments += [segment.started_at for segment in therapy.infusions or ()]
    if therapy.started_at is not None:
        moments.append(therapy.started_at)
    return min(moments, default=None)


def prophylactic_doses(case: Case, at: datetime) -> list[datetime]:
    """Tocilizumab given to prevent, around the present therapy."""
    start = first_infusion(case.therapy)
    days = timedelta(days=int(number("tocilizumab", "prophylactic_days")))
    return [
        one.given_at
        for one in case.treatments or ()
        if one.drug == "tocilizumab" and one.purpose == "prophylaxis" and one.given_at <= at
        if start is None or one.given_at >= start - days
    ]


def _tocilizumab(
    therapy: Therapy | None,
    given_at: list[datetime],
    at: datetime,
    *,
    recorded: bool,
    episode_since: datetime | None,
    shortage: bool,
    undated: int,
    prophylactic: list[datetime],
) -> TocilizumabLedger:
    start = first_infusion(therapy)
    scope = scope_of(None if therapy is None else therapy.product)
    words: Scope = "every recorded dose" if start is None else "since the first infusion"
    since = start
    if episode_since is not None and scope is not None:
        since, words = episode_since, "this CRS episode"
    found = count_tocilizumab(
        given_at,
        at,
        counted_since=since,
        shortage=shortage,
        undated=undated,
        prophylactic=prophylactic,
    )
    after = [moment for moment in given_at if start is None or moment >= start]
    silent = "nobody kept a list of treatments: earlier doses unknown"
    return TocilizumabLedger(
        scope=words,
        counted=found.counted if recorded else None,
        limit=found.limit,
        left=found.left if recorded else None,
        last_24h=found.last_24h if recorded else None,
        since_therapy_start=len(after) + undated if recorded else None,
        before_therapy=len(given_at) - len(after) if recorded else None,
        undated=undated,
        last_at=found.last_at,
        earliest_at=found.earliest_at,
        blocked_by=("; ".join(found.reasons) or None) if recorded else silent,
        product_limit=_product_limit(scope, given_at, at),
    )


def _product_limit(scope: CountScope | None, given_at: list[datetime], at: datetime) -> str | None:
    """The product's own (unverified) limit beside what was given; it never blocks alone."""
    if scope is None or scope.window_limit is None or scope.window_days is None:
        return None
    window = timedelta(days=scope.window_days)
    recent = sum(at - moment < window for moment in given_at)
    return (
        f"{recent} of {scope.window_limit} doses in {scope.window_days} days, at most "
        f"{scope.episode_limit} in one CRS episode (unverified)"
    )


def _others(given: list[Treatment]) -> tuple[AgentDoses, ...]:
    names = sorted(
        {one.drug for one in given if class_of(one.drug) == "anticytokine"} - {"tocilizumab"}
    )
    rows = []
    for name in names:
        doses = [one for one in given if one.drug == name]
        amounts = [one.dose_mg for one in doses if one.dose_mg is not None]
        rows.append(
            AgentDoses(
                drug=name,
                doses=len(doses),
                total_mg=sum(amounts) if len(amounts) == len(doses) else None,
                last_at=max(one.given_at for one in doses),
            )
        )
    return tuple(rows)
