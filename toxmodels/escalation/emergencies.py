"""
Emergencies of the nervous system (t10): what cannot wait for a grade.

Sedation recorded explains a patient who cannot be roused; nothing explains the rest away.

Cites: nccn-2026-2 (verified where read); the prompt for the Cushing triad is a house rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from statistics import median_low
from typing import Final

from toxmodels.escalation.flag import Flag, View
from toxmodels.escalation.trigger import raised
from toxmodels.scales import astct_icans
from toxmodels.scales.seizure import episodes as seizures
from toxmodels.scales.seizure import is_cleared
from toxmodels.site import site

_FIRST_SETS: Final = 3


def emergency_rules(view: View) -> Iterator[Flag]:
    """What cannot wait (t10): coma, seizure, raised pressure, oedema, weakness, haemorrhage."""
    moment = view.moment
    waking, weak = moment.consciousness, moment.motor_weakness
    icp, scan = moment.raised_icp, moment.cerebral_oedema
    sedated = moment.unable is not None and "sedated" in moment.unable.value
    if waking is not None and waking.value in ("tactile", "unarousable") and not sedated:
        yield _emergency("t10-consciousness", astct_icans.SAYS[waking.value])
    fits = [
        fit for fit in seizures(moment.fits) if not is_cleared(fit, moment.exams, view.case.patient)
    ]
    if fits:
        yield _emergency("t10-seizure", fits[-1].says())
    if icp is not None and icp.value:
        what = ", ".join(sign.replace("_", " ") for sign in sorted(icp.value))
        yield _emergency("t10-pressure", what)
    if scan is not None and scan.value in ("focal", "diffuse"):
        yield _emergency("t10-oedema", f"{scan.value} cerebral oedema on imaging")
    if scan is not None and scan.value == "haemorrhage_related":
        what = "intracranial haemorrhage: outside the ICANS grade, still an emergency"
        yield _emergency("t10-haemorrhage", what)
    if weak is not None and weak.value == "deep_focal":
        yield _emergency("t10-weakness", "deep focal weakness")
    yield from _cushing(view)


def _cushing(view: View) -> Iterator[Flag]:
    """Pulse, pressure and breathing that together may be the Cushing triad."""
    moment, triggers = view.moment, site().triggers
    pulse, systolic = moment.heart_rate_bpm, moment.systolic_mmhg
    breaths = moment.respiratory_rate_bpm
    if pulse is None or systolic is None:
        return
    baseline = view.case.patient.baseline_systolic_mmhg
    usual = _first_pressure(view, systolic.taken_at) if baseline is None else baseline
    if usual is None:
        return
    slow, high = pulse.value < triggers["cushing_pulse_bpm"], triggers["cushing_systolic_x"] * usual
    # Irregular breathing has no field, so an unrecorded rate cannot reassure.
    calm = breaths is not None and breaths.value >= triggers["cushing_breaths_min"]
    if slow and systolic.value >= high and not calm:
        rate = "breathing not recorded" if breaths is None else f"{breaths.value:g} breaths/min"
        told = f"usually {usual:g}" if baseline is not None else f"{usual:g} in the first sets"
        pressure = f"systolic {systolic.value:g} mmHg ({told})"
        yield _emergency("t10-cushing", f"pulse {pulse.value:g}/min, {pressure}, {rate}")


def _first_pressure(view: View, before: datetime) -> float | None:
    """
    What stands in for a baseline nobody recorded: the middle of the first pressures on the chart.

    Not the last ones: a pressure that climbs from set to set must not become its own baseline.
    """
    first = [
        one.systolic_mmhg
        for one in view.chart.vitals
        if one.taken_at < before
        if one.systolic_mmhg is not None and one.hypotensive is not True
        if one.vasopressors in (None, ())
    ]
    return median_low(first[:_FIRST_SETS]) if first else None


def _emergency(key: str, what: str) -> Flag:
    return raised(key, what[0].upper() + what[1:])
