"""
Before therapy: doses at hand (t22), a risk marker (t27), what is not recorded (t28).

None of these calls anybody; they stand where the start is being prepared.

Cites: nccn-2026-2, baseline work-up; EASIX (unverified); the stock rule is site policy (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from toxmodels.escalation.flag import Flag, View
from toxmodels.escalation.trigger import raised
from toxmodels.indices import easix
from toxmodels.site import site

_WEIGHT: Final = "weight"
_DUE_FROM: Final = 2  # from here on every protocol gives tocilizumab, which goes by weight


def gate_rules(view: View) -> Iterator[Flag]:
    """What should have been ready or recorded before the first dose and was not (t22, t28)."""
    therapy, start = view.case.therapy, view.chart.first_dose_at
    if therapy is None:
        return
    ready, wanted = therapy.tocilizumab_doses_ready, site().triggers["tocilizumab_ready_doses"]
    begun = start is not None and view.at >= start
    if not begun and ready is not None and ready < wanted:
        yield raised("t22", f"{ready} of {wanted:g} doses of tocilizumab at hand (site policy)")
    late = start is not None and view.at >= start + timedelta(days=1)
    gaps = [] if late else _not_recorded(view, ready)
    # A drug given by weight may be asked for as long as the patient is watched, or has CRS.
    watched = start is None or view.since(start) <= site().cadence.lasts["late"] or view.crs > 0
    if view.case.patient.weight_kg is None and begun and watched and (late or view.crs > 0):
        due = "-due" if view.crs >= _DUE_FROM else "-soon" if view.crs else ""
        others = ", ".join(one for one in gaps if one != _WEIGHT)
        says = "Weight not recorded: no dose by weight can be worked out"
        yield raised(f"t28/weight{due}", says + (f"; nor {others}" if others else ""))
    elif gaps:
        yield raised("t28", f"Not recorded before therapy: {', '.join(gaps)}")


def _not_recorded(view: View, ready: int | None) -> list[str]:
    patient = view.case.patient
    gaps = []
    if patient.baseline_ice is None and patient.baseline_capd is None:
        gaps.append("baseline ICE or CAPD")
    if patient.weight_kg is None:
        gaps.append(_WEIGHT)
    if patient.baseline_echo_at is None:
        gaps.append("echocardiogram")
    if not view.labs("ferritin_ug_l"):
        gaps.append("baseline ferritin")
    if ready is None:
        gaps.append("doses of tocilizumab at hand")
    return gaps


def easix_rules(view: View) -> Iterator[Flag]:
    """A high EASIX before lymphodepletion (t27), shown through the days of CRS."""
    therapy, start = view.case.therapy, view.chart.first_dose_at
    depleted = None if therapy is None else therapy.lymphodepletion_started_at
    if depleted is None or view.at < depleted:
        return
    last_day = site().crs_window_day[1]
    if start is not None and view.since(start) > timedelta(days=last_day):
        return
    value = easix(
        _before(view, "ldh_u_l", depleted),
        _before(view, "creatinine_umol_l", depleted),
        _before(view, "platelets_10e9_l", depleted),
    )
    limit = site().triggers["easix_high"]
    if value is not None and value > limit:
        yield raised("t27", f"EASIX before lymphodepletion {value:.2f}, above {limit:g}")


def _before(view: View, name: str, depleted: datetime) -> float | None:
    """The last value before lymphodepletion that is not too old."""
    oldest = depleted - timedelta(days=site().triggers["easix_within_days"])
    found = [value for at, value in view.labs(name) if oldest <= at <= depleted]
    return found[-1] if found else None
