"""
ASTCT 2019 grading of cytokine release syndrome.

The grade is the worse of hypotension and hypoxia in a patient with fever. Once CRS is established
in an episode and an antipyretic, an anticytokine or a corticosteroid has been given since, fever
is waived; the course derives that from the treatment timeline and passes it in as ``Waiver``.
Not part of it: organ toxicity, neurotoxicity, vasopressor dose, FiO2.

Cites: lee-2019, CRS consensus table and its footnotes; house rules in site.toml.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from toxmodels.findings import (
    Finding,
    Grade,
    Missing,
    Span,
    decisive,
    explained,
    gravest,
    mark_deciding,
    seen,
    still_missing,
    unsure,
)
from toxmodels.moment import DEVICE_ORDER, Moment, Reading, Waiver
from toxmodels.records import Oxygen, Vasopressor
from toxmodels.scales.death import death_finding
from toxmodels.sources import Cite
from toxmodels.terms import COUNTED_VASOPRESSORS, VASOPRESSIN_LIKE, Device

ID: Final = "astct-crs-2019"
FEVER_C: Final = 38.0
LOW_FLOW_L_MIN: Final = 6.0
READS: Final = frozenset({"temperature_c", "hypotensive", "vasopressors", "oxygen", "hypoxic"})

_FEVER = Cite("lee-2019", "CRS table, fever row and its footnote")
_START = Cite("site-defaults", "CRS is established only from the first dose", "house")
_PRESSURE = Cite("lee-2019", "CRS table, hypotension row")
_OXYGEN = Cite("lee-2019", "CRS table, hypoxia row")
_CLASSES = Cite("site-defaults", "classes of agents and devices the table does not name", "house")
_AIRWAY = Cite("lee-2019-text", "support without hypoxia is not CRS", "unverified")
_PROVISIONAL = Cite("site-defaults", "hypoxia seen before oxygen was started", "house")


def fever(moment: Moment) -> Finding:
    """Read fever: 1 with it, 0 without, open when the temperature is unknown."""
    reading, start = moment.temperature_c, moment.first_dose_at
    measured_at = moment.at if reading is None else reading.taken_at
    if start is not None and measured_at < start:
        says, limit = "before the first dose", "fever counts from the first dose of the therapy"
        return seen("fever", 0, says, limit=limit, cite=_START, taken_at=measured_at)
    if reading is None:
        says = "temperature not recorded"
        return unsure("fever", 0, 1, says, missing="temperature", cite=_FEVER)
    value = _celsius(reading.value)
    if reading.value < FEVER_C:
        says, limit = f"{value}, no fever", f"fever is from {FEVER_C} °C"
        return seen(
            "fever", 0, says, value=value, limit=limit, cite=_FEVER, taken_at=reading.taken_at
        )
    if reading.attributed:
        return explained("fever", f"fever {value}", cite=_FEVER, taken_at=reading.taken_at)
    says, limit = f"{value}, fever", f"from {FEVER_C} °C"
    return seen("fever", 1, says, value=value, limit=limit, cite=_FEVER, taken_at=reading.taken_at)


def hypotension(moment: Moment) -> Finding:
    """Read pressure support, one case a row of the table; vasopressin is never a second agent."""
    readings = (moment.vasopressors, moment.hypotensive, moment.fluid_for_hypotension)
    for reading in readings:
        if reading is not None and reading.attributed and reading.value:
            return _pressure_beside_attribution(readings, reading)
    return _pressure(*readings)


def _pressure(running: Reading | None, low: Reading | None, bolus: Reading | None) -> Finding:
    is_low = low is not None and low.value is True
    bolus_given = bolus is not None and bolus.value is True
    if running is None:
        floor = 2 if is_low or bolus_given else 0
        says = "hypotensive, vasopressors not recorded" if floor else "vasopressors not recorded"
        return unsure("hypotension", floor, 4, says, missing="vasopressors", cite=_PRESSURE)
    agents: tuple[Vasopressor, ...] = running.value
    if len(agents) == 0:
        return _without_vasopressor(agents, low, bolus)
    at = running.taken_at
    counted = sorted({agent.drug for agent in agents if agent.drug in COUNTED_VASOPRESSORS})
    like = sorted({agent.drug for agent in agents if agent.drug in VASOPRESSIN_LIKE})
    named = " + ".join(name.replace("_", " ") for name in [*counted, *like])
    if len(counted) > 1:
        limit = "two or more vasopressors, vasopressin not counted"
        return seen("hypotension", 4, f"{named} running", limit=limit, cite=_PRESSURE, taken_at=at)
    if counted:
        limit = "one vasopressor, with or without vasopressin"
        return seen("hypotension", 3, f"{named} running", limit=limit, cite=_PRESSURE, taken_at=at)
    if like:
        limit = "vasopressin as the only agent, read as one vasopressor"
        note = "the published table does not say how vasopressin alone counts"
        says = f"only {named} running"
        return seen("hypotension", 3, says, limit=limit, cite=_CLASSES, taken_at=at, note=note)
    return _without_vasopressor(agents, low, bolus)


def _without_vasopressor(
    agents: tuple[Vasopressor, ...], low: Reading | None, bolus: Reading | None
) -> Finding:
    others = ", ".join(sorted({agent.drug for agent in agents}))
    note = f"{others} running: not counted as a vasopressor (house reading)" if others else None
    if low is not None and low.value is True:
        limit = "hypotension without a vasopressor"
        says = "hypotensive, no vasopressor"
        return seen(
            "hypotension", 2, says, limit=limit, cite=_PRESSURE, taken_at=low.taken_at, note=note
        )
    if bolus is not None and bolus.value is True:
        limit = "hypotension answered by fluid"
        says = "fluid bolus given for hypotension"
        return seen(
            "hypotension", 2, says, limit=limit, cite=_PRESSURE, taken_at=bolus.taken_at, note=note
        )
    if low is None:
        says = "no vasopressor; hypotension not judged"
        return unsure("hypotension", 0, 2, says, missing="hypotensive: yes or no", cite=_PRESSURE)
    says = "not hypotensive, no vasopressor"
    limit = "neither hypotension nor a vasopressor"
    return seen(
        "hypotension", 0, says, limit=limit, cite=_PRESSURE, taken_at=low.taken_at, note=note
    )


def _pressure_beside_attribution(readings: tuple[Reading | None, ...], shown: Reading) -> Finding:
    """Count what other records say; a field the attributed record left out adds nothing."""
    nothing = Reading((), shown.taken_at, attributed=True)
    calm = Reading(False, shown.taken_at, attributed=True)
    running, low, bolus = (
        left_out if reading is None or reading.attributed else reading
        for reading, left_out in zip(readings, (nothing, calm, None), strict=True)
    )
    rest = _pressure(running, low, bolus)
    if rest.at_most > 0:
        return rest
    value = "hypotension" if shown.value is True else "vasopressor"
    return explained("hypotension", value, cite=_PRESSURE, taken_at=shown.taken_at)


def hypoxia(moment: Moment) -> Finding:
    """Read oxygen support, one case a row of the table; of one minute the worst at both ends."""
    reading = moment.oxygen
    if reading is None or not reading.others:
        return _support(moment, reading)
    return gravest([_support(moment, one) for one in (reading, *reading.others)])


def _support(moment: Moment, reading: Reading | None) -> Finding:
    judged = moment.hypoxic
    low = judged if judged is not None and judged.value is True else None
    if low is not None and low.attributed and (reading is None or reading.attributed):
        return explained("hypoxia", "hypoxia", cite=_OXYGEN, taken_at=low.taken_at)
    if low is not None and low.attributed:
        low = None
    if reading is None or reading.value.device is None:
        floor = 0 if low is None else 2
        says = "hypoxic, oxygen not recorded" if floor else "oxygen not recorded"
        return unsure("hypoxia", floor, 4, says, missing="oxygen device and flow", cite=_OXYGEN)
    oxygen: Oxygen = reading.value
    elsewhere = oxygen.reason if oxygen.reason in ("airway_protection", "procedure") else None
    if reading.attributed and (oxygen.device != "room_air" or elsewhere is not None):
        return (
            explained("hypoxia", device_text(oxygen), cite=_OXYGEN, taken_at=reading.taken_at)
            if low is None
            else _before_oxygen(low)
        )
    if oxygen.device == "room_air" and low is not None and elsewhere is None:
        return _before_oxygen(low)
    if elsewhere is not None:
        return unsure(
            "hypoxia",
            0 if low is None else 2,
            4,
            f"{device_text(oxygen)} for {elsewhere.replace('_', ' ')}",
            missing="a physician's word on whether there is hypoxia as well",
            cite=_AIRWAY,
            value=device_text(oxygen),
            limit="support without hypoxia is not CRS",
            taken_at=reading.taken_at,
        )
    if oxygen.reason == "baseline":
        beyond = _over_baseline(oxygen, moment, reading)
        return beyond if low is None or beyond.at_least > 0 else _judged(beyond, low)
    return _by_device(oxygen, reading)


def _judged(beyond: Finding, low: Reading) -> Finding:
    """Usual support, and still judged hypoxic: at least 2, whatever the device was before."""
    return replace(_before_oxygen(low), at_most=max(2, beyond.at_most), missing=beyond.missing)


def _by_device(oxygen: Oxygen, reading: Reading) -> Finding:
    def row(grade: int, limit: str, cite: Cite = _OXYGEN) -> Finding:
        says = device_text(oxygen)
        return seen("hypoxia", grade, says, limit=limit, cite=cite, taken_at=reading.taken_at)

    device: Device = reading.value.device
    match device:
        case "room_air":
            return row(0, "no oxygen needed")
        case "nasal_cannula" | "high_flow_nasal_cannula":
            return _by_flow(oxygen, reading)
        case "blow_by":
            return row(2, "blow-by oxygen")
        case "simple_mask" | "venturi" | "non_rebreather":
            return row(3, "a mask at any flow")
        case "tracheostomy_mask":
            return row(3, "read as a mask at any flow", _CLASSES)
        case "cpap" | "bipap" | "ventilator":
            return row(4, "positive pressure")
        case "ecmo":
            return row(4, "read as beyond positive pressure", _CLASSES)
    assert_never(device)


def _by_flow(oxygen: Oxygen, reading: Reading) -> Finding:
    says, flow = device_text(oxygen), oxygen.flow_l_min
    if flow is None:
        return unsure(
            "hypoxia",
            2,
            3,
            f"{says}, flow not recorded",
            missing="oxygen flow in L/min",
            cite=_OXYGEN,
            value=says,
            limit=f"2 up to {LOW_FLOW_L_MIN:g} L/min, 3 above",
            taken_at=reading.taken_at,
        )
    if flow > LOW_FLOW_L_MIN:
        limit = f"cannula above {LOW_FLOW_L_MIN:g} L/min"
        return seen("hypoxia", 3, says, limit=limit, cite=_OXYGEN, taken_at=reading.taken_at)
    limit = f"cannula up to {LOW_FLOW_L_MIN:g} L/min"
    disputed = oxygen.device == "high_flow_nasal_cannula"
    note = "the table goes by flow; some read a high-flow device as 3" if disputed else None
    return seen("hypoxia", 2, says, limit=limit, cite=_OXYGEN, taken_at=reading.taken_at, note=note)


def _before_oxygen(low: Reading) -> Finding:
    says, limit = "hypoxic, no oxygen started yet", "provisionally 2 until a device is recorded"
    return seen("hypoxia", 2, says, limit=limit, cite=_PROVISIONAL, taken_at=low.taken_at)


def _over_baseline(oxygen: Oxygen, moment: Moment, reading: Reading) -> Finding:
    """Count only support beyond what the patient used before therapy."""
    full, says, at = _by_device(oxygen, reading), device_text(oxygen), reading.taken_at
    usual = moment.patient.baseline_oxygen
    if usual is None or usual.device is None:
        return unsure(
            "hypoxia",
            0,
            full.at_most,
            f"{says}, said to be usual; usual support not recorded",
            missing="usual oxygen support before therapy",
            cite=_AIRWAY,
            record="patient",
            value=says,
            taken_at=at,
        )
    device: Device = reading.value.device
    now, before = DEVICE_ORDER.index(device), DEVICE_ORDER.index(usual.device)
    if now > before:
        return full
    same_cannula = now == before and full.at_most in (2, 3) and "cannula" in device
    if same_cannula and (oxygen.flow_l_min is None or usual.flow_l_min is None):
        return unsure(
            "hypoxia",
            0,
            full.at_most,
            f"{says}, flow against usual not known",
            missing="oxygen flow now and before therapy",
            cite=_AIRWAY,
            value=says,
            taken_at=at,
        )
    flow, before_flow = oxygen.flow_l_min, usual.flow_l_min
    if now == before and flow is not None and before_flow is not None and flow > before_flow:
        return full
    limit = f"usual support before therapy: {device_text(usual)}"
    return seen("hypoxia", 0, f"{says}, as usual", limit=limit, cite=_AIRWAY, taken_at=at)


def signs(moment: Moment) -> tuple[Finding, Finding, Finding]:
    """Fever, hypotension and hypoxia at one moment, before the fever rule is applied."""
    return fever(moment), hypotension(moment), hypoxia(moment)


def grade(moment: Moment, waiver: Waiver) -> Grade:
    """
    Grade CRS at one moment.

    ``waiver`` says whether fever is waived in the present episode. Without fever and without a
    waiver the grade is 0 by the text, whatever the pressure; an alert stands beside that 0.
    """
    return graded(moment, waiver, signs(moment))


def graded(moment: Moment, waiver: Waiver, found: tuple[Finding, Finding, Finding]) -> Grade:
    """Grade signs that the course has read already."""
    heat, pressure, oxygen = found
    gradable = heat.at_least > 0 or waiver.certain
    may_be = heat.at_most > 0 or waiver.possible
    low = max(heat.at_least, pressure.at_least, oxygen.at_least) if gradable else 0
    high = max(heat.at_most, pressure.at_most, oxygen.at_most) if may_be else 0
    findings = [heat, pressure, oxygen]
    fatal = death_finding(moment, "crs")
    if fatal is not None:
        findings.append(fatal)
        low, high = max(low, fatal.at_least), max(high, fatal.at_most)
    span = Span(low, high)
    missing = still_missing(findings, span)
    if high > 0 and waiver.possible and not waiver.certain and heat.at_least == 0:
        missing = (*missing, _waiver_gap(span))
    if span == Span(0, 0):
        # Without fever the table is not entered at all: that is what makes this a 0.
        findings[0] = decisive(heat)
    return Grade(
        at_least=low,
        at_most=high,
        findings=mark_deciding(findings, span),
        missing=missing,
        complete=low == high,
    )


def _waiver_gap(span: Span) -> Missing:
    says = "earlier temperatures, or treatments given since the first fever"
    return Missing("fever", "treatments", says, span.at_least, span.at_most)


def _celsius(value: float) -> str:
    """One decimal, unless that would show a value on the other side of the limit."""
    short = f"{value:.1f}"
    return f"{short if float(short) == value else f'{value:g}'} °C"


def device_text(oxygen: Oxygen) -> str:
    """The device as a ward says it, with its flow."""
    if oxygen.device is None:
        return "device not recorded"
    name = oxygen.device.replace("_", " ")
    name = {"cpap": "CPAP", "bipap": "BiPAP", "ecmo": "ECMO"}.get(name, name)
    return name if oxygen.flow_l_min is None else f"{name} at {oxygen.flow_l_min:g} L/min"
