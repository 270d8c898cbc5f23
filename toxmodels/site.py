"""
Site parameters: every design choice that a ward may change, read from ``site.toml``.

None of these is a published fact; each is shown as a site default. Times are hours unless the
name says otherwise.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from toxmodels.once import once


@dataclass(frozen=True, slots=True)
class Cadence:
    """
    How often what is checked: minutes by phase, grade or occasion, and how long each lasts.

    ``first_window`` is by product, or by product and indication with a blank between;
    ``first_doses`` by product, with ``engager`` for those not listed.
    """

    vitals_min: dict[str, float]
    neuro_min: dict[str, float]
    labs_min: dict[str, float]
    lasts: dict[str, timedelta]
    first_window: dict[str, timedelta]
    first_doses: dict[str, int]


@dataclass(frozen=True)
class Site:
    """
    The parameters in force, as intervals and limits ready for use.

    ``chain`` is by urgency: how long an alarm may go unacknowledged until whom to call, in order.
    """

    vitals_valid: timedelta
    neuro_valid: timedelta
    counts_valid: timedelta
    labs_valid: timedelta
    vitals_due: timedelta
    neuro_due: timedelta
    combine_within: timedelta
    sign_free: timedelta
    seizure_clear: timedelta
    same_seizure: timedelta
    late_fever: timedelta
    masking_by_class: dict[str, timedelta]
    masking_by_drug: dict[str, timedelta]
    systolic_mmhg: float
    map_mmhg: float
    map_from_age_years: float
    spo2_percent: float
    capd_near_baseline: int
    crs_window_day: tuple[float, float]
    neuro_window_day: tuple[float, float]
    triggers: dict[str, float]
    tocilizumab_shortage: bool
    suppress_alarm: timedelta
    chain: dict[str, tuple[tuple[timedelta, str], ...]]
    cadence: Cadence

    def hours(self, name: str) -> timedelta:
        """A trigger's time, from its name in ``[triggers]``."""
        return self._hours[name]

    @once
    def _hours(self) -> dict[str, timedelta]:
        return {name: timedelta(hours=value) for name, value in self.triggers.items()}


@cache
def site() -> Site:
    """The packaged site defaults."""
    text = files("toxmodels").joinpath("site.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    crs, neuro = read["windows_day"]["crs"], read["windows_day"]["neuro"]
    return Site(
        vitals_valid=timedelta(hours=read["validity"]["vitals_h"]),
        neuro_valid=timedelta(hours=read["validity"]["neuro_h"]),
        counts_valid=timedelta(hours=read["validity"]["counts_h"]),
        labs_valid=timedelta(hours=read["validity"]["labs_h"]),
        vitals_due=timedelta(hours=read["overdue"]["vitals_h"]),
        neuro_due=timedelta(hours=read["overdue"]["neuro_h"]),
        combine_within=timedelta(minutes=read["moments"]["combine_within_min"]),
        sign_free=timedelta(hours=read["episode"]["sign_free_h"]),
        seizure_clear=timedelta(hours=read["episode"]["seizure_clear_h"]),
        same_seizure=timedelta(minutes=read["episode"]["same_seizure_min"]),
        late_fever=timedelta(days=read["episode"]["late_fever_days"]),
        masking_by_class={k: timedelta(hours=v) for k, v in read["masking_h"].items()},
        masking_by_drug={k: timedelta(hours=v) for k, v in read["masking_by_drug_h"].items()},
        systolic_mmhg=read["hypotension_helper"]["systolic_mmhg"],
        map_mmhg=read["hypotension_helper"]["map_mmhg"],
        map_from_age_years=read["hypotension_helper"]["map_from_age_years"],
        spo2_percent=read["hypoxia_helper"]["spo2_percent"],
        capd_near_baseline=read["capd"]["near_baseline_points"],
        crs_window_day=(crs[0], crs[1]),
        neuro_window_day=(neuro[0], neuro[1]),
        triggers={name: float(value) for name, value in read["triggers"].items()},
        tocilizumab_shortage=read["tocilizumab"]["shortage"],
        suppress_alarm=timedelta(hours=read["alarms"]["suppress_h"]),
        chain={name: _chain(steps) for name, steps in read["alarms"]["chain_min"].items()},
        cadence=_cadence(read["cadence"]),
    )


def _chain(steps: dict[str, float]) -> tuple[tuple[timedelta, str], ...]:
    return tuple(sorted((timedelta(minutes=after), whom) for whom, after in steps.items()))


def _cadence(read: dict[str, dict[str, Any]]) -> Cadence:
    return Cadence(
        vitals_min=read["vitals_min"],
        neuro_min=read["neuro_min"],
        labs_min=read["labs_min"],
        lasts={name: timedelta(hours=value) for name, value in read["lasts_h"].items()},
        first_window={k: timedelta(hours=v) for k, v in read["first_window_h"].items()},
        first_doses=read["first_doses"],
    )
