"""
Doses of a corticosteroid already given for the same reason as the one that is worked out.

Premedication, pre-phase and the days of dexamethasone against CRS are known from their purpose. A
repeated order counts with every dose it stands for.

Cites: dosing-defaults, doses given before (house).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from toxmodels.drugs.fever_classes import class_of
from toxmodels.drugs.sheet import Sheet, shown
from toxmodels.drugs.steroid_tally import moments_of, run_before
from toxmodels.records import Treatment

__all__ = ["check_course", "check_premedication", "check_prephase", "given_for"]

_PURPOSES: Final = {
    "dexamethasone-premedication": ("premedication",),
    "blinatumomab-prephase": ("prephase",),
    "blinatumomab-crs-dexamethasone": ("crs",),
}
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def given_for(drug: str, treatments: Sequence[Treatment], at: datetime) -> list[datetime] | None:
    """When corticosteroids were given for what this dose is for; ``None`` for any other dose."""
    purposes = _PURPOSES.get(drug)
    if purposes is None:
        return None
    chosen = [
        one
        for one in treatments
        if one.given_at <= at and one.purpose in purposes and class_of(one.drug) == "corticosteroid"
    ]
    return moments_of(chosen, at)


def check_premedication(sheet: Sheet, *, in_two: bool) -> None:
    """Block where it was given for this very start; ask where it was given within a day."""
    found = _last(sheet)
    if found is None:
        return
    last, ago = found
    off_h = sheet.inputs.interruption_h
    if off_h is not None and ago >= timedelta(hours=float(off_h)):
        return  # it was for the start before the interruption
    within = timedelta(hours=float(sheet.table.fact["gap_h"].value))
    told = f"premedication given {_span(ago)} ago ({_clock(last)})"
    if ago < within and not in_two:
        hours = shown(sheet.table.fact["gap_h"].value)
        sheet.block(f"{told}: it counts for a start within {hours} h of it (house)")
    elif ago < _DAY:
        sheet.confirm.append(f"{told}: is another dose meant?")


def check_prephase(sheet: Sheet) -> None:
    """Count the days given: none beyond the last, no second dose of a day."""
    found, at = _last(sheet), sheet.inputs.at
    low, high = sheet.table.fact["days_low"].value, sheet.table.fact["days_high"].value
    if found is None or at is None or found[1] > _DAY * int(sheet.table.fact["recent_days"].value):
        return
    last, recent = found[0].astimezone(at.tzinfo), _DAY * int(sheet.table.fact["recent_days"].value)
    days = {
        one.astimezone(at.tzinfo).date()
        for one in sheet.inputs.given_at or ()
        if at - recent <= one <= at
    }
    told = f"{len(days)} of {shown(high)} days given, last {_clock(last)}"
    then = "measure blasts, white cells and LDH again, start while they fall, else a specialist"
    if len(days) >= high:
        sheet.block(f"{told}: {then} decides")
    elif last.date() == at.date():
        sheet.block(f"{told}: the dose of today is given")
    else:
        after = f"; after {shown(low)} days or more {then}" if len(days) >= low else ""
        sheet.confirm.append(f"{told}{after}: is another day meant?")


def check_course(sheet: Sheet) -> None:
    """Block once the days of full doses are over: what follows is the taper."""
    at, days = sheet.inputs.at, sheet.table.fact["days"].value
    run = None if at is None else run_before(sheet.inputs.given_at or (), at)
    if run is None or at is None:
        return
    lasted, count = at - run[0], len(run)
    sheet.steps.append(f"{count} doses since {_clock(run[0])}")
    if lasted >= _DAY * int(days):
        taper = shown(sheet.table.fact["taper_days"].value)
        sheet.block(
            f"given for {_span(lasted)}, since {_clock(run[0])}: up to {shown(days)} days, then a "
            f"taper over {taper} days: order the taper, or ask the specialist if CRS lasts"
        )


def _last(sheet: Sheet) -> tuple[datetime, timedelta] | None:
    at = sheet.inputs.at
    given = [one for one in sheet.inputs.given_at or () if at is not None and one <= at]
    return None if at is None or not given else (max(given), at - max(given))


def _span(span: timedelta) -> str:
    """Rounded down: a minute short of 3 days must not read as 3 days."""
    minutes = span // timedelta(minutes=1)
    if span < _HOUR:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _clock(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M %Z}"
