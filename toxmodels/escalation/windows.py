"""
Where a patient stands in the calendar of a product: before, in the days of risk, or later.

CAR-T: from the infusion. An engager: after each of its first doses. A continuous infusion: its
first days in hospital, a new start and a new rate. Later doses of an engager open no window.

Cites: blincyto-dosing-us, hospital days (verified); the other windows are house values.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Literal

from toxmodels.moment import exposures
from toxmodels.occurrences import is_engager
from toxmodels.records import Therapy
from toxmodels.site import site
from toxmodels.situation import Situation

__all__ = ["Phase", "phase"]

Phase = Literal["before", "window", "late"]
_LONG_CYCLE: Final = timedelta(days=7)


def phase(situation: Situation) -> tuple[Phase | None, datetime | None]:
    """
    The phase now and since when; no phase once only a grade would ask for checks.

    A therapy that nobody recorded is watched as if it had just begun.
    """
    therapy, at = situation.case.therapy, situation.at
    start = situation.chart.first_dose_at
    if therapy is None or start is None:
        return "window", None
    if at < start:
        return "before", None
    latest = None
    for begin, end in _windows(situation, therapy):
        if begin <= at:
            latest = (begin, end) if latest is None or end >= latest[1] else latest
    if latest is not None and at <= latest[1]:
        return "window", latest[0]
    last = max(start + site().cadence.lasts["late"], latest[1] if latest else start)
    return ("late", start) if at <= last or situation.infusion == "running" else (None, None)


def _windows(situation: Situation, therapy: Therapy) -> Iterator[tuple[datetime, datetime]]:
    cadence = site().cadence
    if therapy.infusions:
        yield from _infused(situation, therapy)
        return
    starts = [start for start, _ in exposures(therapy)]
    if not is_engager(situation.case):
        for start in starts:
            yield start, start + cadence.lasts["window_car_t"]
        return
    first = cadence.first_doses.get(therapy.product, cadence.first_doses["engager"])
    for start in sorted(set(starts))[:first]:
        yield start, start + cadence.lasts["window_engager"]


def _infused(situation: Situation, therapy: Therapy) -> Iterator[tuple[datetime, datetime]]:
    """The first segment of all, every new start and every change of rate."""
    cadence = site().cadence
    names = (f"{therapy.product} {therapy.indication}", therapy.product)
    listed = [cadence.first_window[name] for name in names if name in cadence.first_window]
    first = listed[0] if listed else cadence.lasts["window_engager"]
    for place, segment in enumerate(situation.segments):
        length = first if place == 0 else cadence.lasts["window_restart"]
        yield segment.started_at, segment.started_at + length
