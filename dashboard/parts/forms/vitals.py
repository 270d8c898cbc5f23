"""
The vitals form, in the order of the bedside chart.

Consciousness is part of a set of vital signs but belongs to the neurological record; one set
therefore saves up to two records, in one submission.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.check import Entry
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.words import (
    CONSCIOUSNESS,
    DEVICES,
    OXYGEN_REASONS,
    PRESSORS,
    RATE_UNITS,
    RUNNING,
    TEMPERATURE_SITES,
    YES_NO,
)
from toxmodels.records import Vasopressor

NUMBERS: Final = (
    "respiratory_rate_bpm",
    "spo2_percent",
    "systolic_mmhg",
    "diastolic_mmhg",
    "map_mmhg",
    "heart_rate_bpm",
    "temperature_c",
    "fluid_bolus_ml",
)
JUDGED: Final = ("hypotensive", "hypoxic", "rigors", "fluid_for_hypotension")
_NO_FLOW: Final = ("ventilator", "ecmo")


def draw(sheet: Sheet, last_device: tuple[str, str] | None) -> None:
    """
    Draw the form, row by row, so that Tab walks in chart order.

    ``last_device``: device and age in words of the last recorded oxygen, offered on a button.
    """
    first, second, third = st.columns((1, 1, 2))
    with first:
        sheet.measured("respiratory_rate_bpm")
    with second:
        sheet.measured("spo2_percent")
    with third:
        device = _device(sheet, last_device)
    _support(sheet, device)
    for column, name in zip(st.columns(3), NUMBERS[2:5], strict=True):
        with column:
            sheet.measured(name)
    pulse, waking, confused = st.columns((2, 3, 1))
    with pulse:
        sheet.measured("heart_rate_bpm")
    # A correction replaces one record, and these two lie in another.
    if sheet.old is None:
        with waking:
            sheet.choice("consciousness", "Consciousness", CONSCIOUSNESS)
        with confused:
            # NEWS2 scores new confusion 3 in an alert patient, and is open until it is asked.
            sheet.choice("new_confusion", "New confusion", YES_NO)
    heat, site, shaking = st.columns(3)
    with heat:
        sheet.measured("temperature_c", step=0.1, decimals=1)
    with site:
        sheet.pick("temperature_site", "Measured at", TEMPERATURE_SITES)
    with shaking:
        sheet.choice("rigors", "Rigors", YES_NO)
    _pressure(sheet)


def _device(sheet: Sheet, last_device: tuple[str, str] | None) -> str | None:
    device = sheet.pick("device", "Oxygen device", DEVICES)
    if last_device is not None and device is None and sheet.old is None:
        name, age = last_device
        st.button(
            f"Same as last: {DEVICES[name]} ({age})",
            key=sheet.key("device/same"),
            on_click=sheet.put,
            args=("device", name),
        )
    return device


def _support(sheet: Sheet, device: str | None) -> None:
    """Flow, fraction and reason, where the device has them; answers of another device go."""
    if device in (None, "room_air"):
        for name in ("flow_l_min", "fio2", "oxygen_reason"):
            sheet.values.pop(name, None)
        return
    left, middle, right = st.columns((1, 1, 2))
    if device in _NO_FLOW:
        sheet.values.pop("flow_l_min", None)
    else:
        with left:
            sheet.measured("flow_l_min", step=0.5)
    with middle:
        sheet.measured("fio2", step=0.05)
    with right:
        sheet.pick(
            "oxygen_reason",
            "Why oxygen",
            OXYGEN_REASONS,
            placeholder="Low oxygen, unless stated",
        )


def _pressure(sheet: Sheet) -> None:
    left, right = st.columns(2)
    with left:
        sheet.choice("hypotensive", "Hypotensive? (your judgement)", YES_NO)
    with right:
        sheet.choice("hypoxic", "Short of oxygen? (your judgement)", YES_NO)
    bolus, purpose = st.columns((1, 2))
    with bolus:
        sheet.number("fluid_bolus_ml", "Fluid bolus since last set (mL)", step=250.0)
    with purpose:
        sheet.choice("fluid_for_hypotension", "Bolus given for low pressure?", YES_NO)
    running = sheet.choice("pressors", "Vasopressors", RUNNING)
    if running == "running":
        for drug in sheet.several("pressor_agents", "Which are running now", PRESSORS):
            rate, unit = st.columns(2)
            with rate:
                sheet.number(f"rate/{drug}", f"{PRESSORS[drug]}: rate", step=0.1)
            with unit:
                sheet.choice(f"unit/{drug}", f"{PRESSORS[drug]}: unit of the rate", RATE_UNITS)


def entries(values: Mapping[str, Any], taken_at: str) -> tuple[Entry, ...]:
    """The records this form makes; a part nobody filled in makes none."""
    vitals = vitals_payload(values)
    found: list[Entry] = []
    if vitals:
        found.append(("vitals", {"taken_at": taken_at, **vitals}))
    neuro: dict[str, Any] = {}
    if values.get("consciousness") is not None:
        neuro["consciousness"] = values["consciousness"]
    if values.get("new_confusion") is not None:
        neuro["new_confusion"] = values["new_confusion"] == "yes"
    if neuro:
        found.append(("neuro", {"taken_at": taken_at, **neuro}))
    return tuple(found)


def vitals_payload(values: Mapping[str, Any]) -> dict[str, Any]:
    """The vitals record without its time; only what was recorded."""
    payload: dict[str, Any] = {n: values[n] for n in NUMBERS if values.get(n) is not None}
    payload |= {name: values[name] == "yes" for name in JUDGED if values.get(name) is not None}
    if "temperature_c" in payload and values.get("temperature_site") is not None:
        payload["temperature_site"] = values["temperature_site"]
    if values.get("device") is not None:
        oxygen = {
            "device": values["device"],
            "flow_l_min": values.get("flow_l_min"),
            "fio2": values.get("fio2"),
            "reason": values.get("oxygen_reason"),
        }
        payload["oxygen"] = {name: value for name, value in oxygen.items() if value is not None}
    if values.get("pressors") == "none":
        payload["vasopressors"] = []
    elif values.get("pressors") == "running" and values.get("pressor_agents"):
        payload["vasopressors"] = [_agent(values, drug) for drug in values["pressor_agents"]]
    return payload | attribution(values)


def _agent(values: Mapping[str, Any], drug: str) -> dict[str, Any]:
    rate, unit = values.get(f"rate/{drug}"), values.get(f"unit/{drug}")
    return {"drug": drug} if rate is None or unit is None else {"drug": drug, unit: rate}


def attribution(values: Mapping[str, Any]) -> dict[str, Any]:
    """The signs a physician attributed to another cause, with the reason."""
    if not values.get("other_cause"):
        return {}
    found: dict[str, Any] = {"other_cause": [*values["other_cause"]]}
    if values.get("other_cause_reason") is not None:
        found["other_cause_reason"] = values["other_cause_reason"]
    return found


def gaps(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Answers that contradict or need one another."""
    found = []
    if values.get("pressors") == "running" and not values.get("pressor_agents"):
        found.append("vasopressors: running is ticked, but no agent is named")
    for drug in values.get("pressor_agents") or ():
        rate, unit = values.get(f"rate/{drug}"), values.get(f"unit/{drug}")
        if (rate is None) != (unit is None):
            found.append(f"{PRESSORS[drug]}: give rate and unit, or neither")
    if values.get("fluid_for_hypotension") == "yes" and values.get("fluid_bolus_ml") == 0.0:
        found.append("a bolus for low pressure is ticked, but its volume is 0")
    return tuple(found)


def values_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that would make this record: the start of a correction."""
    values: dict[str, Any] = {n: float(payload[n]) for n in NUMBERS if payload.get(n) is not None}
    values |= {n: "yes" if payload[n] else "no" for n in JUDGED if payload.get(n) is not None}
    oxygen = payload.get("oxygen") or {}
    for name, key in (("device", "device"), ("flow_l_min", "flow_l_min"), ("fio2", "fio2")):
        if oxygen.get(key) is not None:
            values[name] = oxygen[key]
    values["oxygen_reason"] = oxygen.get("reason")
    values["temperature_site"] = payload.get("temperature_site")
    agents = payload.get("vasopressors")
    if agents is not None:
        values["pressors"] = "running" if agents else "none"
        values["pressor_agents"] = [agent["drug"] for agent in agents]
        values |= _rates(agents)
    values["other_cause"] = payload.get("other_cause")
    values["other_cause_reason"] = payload.get("other_cause_reason")
    return {name: value for name, value in values.items() if value not in (None, [], ())}


def _rates(agents: list[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for agent in agents:
        for unit in RATE_UNITS:
            if agent.get(unit) is not None and unit in Vasopressor.model_fields:
                found[f"rate/{agent['drug']}"] = float(agent[unit])
                found[f"unit/{agent['drug']}"] = unit
    return found
