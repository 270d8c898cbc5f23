"""
The patient: what is asked when somebody is admitted, and the record it makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.words import (
    DEVICES,
    ICE_ITEMS,
    LOOKED,
    SEXES,
    YES_NO,
)
from dashboard.session import zone
from toxmodels.scored_exams import ICE_POINTS

_NUMBERS: Final = ("age_years", "weight_kg", "height_cm", "baseline_systolic_mmhg")
_BURDEN: Final = {
    "marrow_blasts_percent": "Blasts in the marrow (%)",
    "peripheral_blasts_per_ul": "Blasts in the blood (/µL)",
}
_OUTSIDE: Final = "extramedullary_disease"
_BASELINE: Final = {"items": "Item by item", "total": "Only a total", "none": "Not done"}
_SPO2_SCALES: Final = {"1": "94 % or more (usual)", "2": "88 to 92 %, as prescribed"}
_ITEM: Final = {"1": "Correct", "0": "Not correct"}
_POINTS: Final = {str(points): str(points) for points in range(4)}


# The patient


def draw_patient(sheet: Sheet, *, asks_id: bool) -> None:
    """Draw what grading and dosing need to know of the person."""
    if asks_id:
        sheet.text("id", "Study id (no name, no date of birth)", placeholder="ward-017")
    first, second, third = st.columns(3)
    with first:
        sheet.number("age_years", "Age (years; an infant in decimals)")
    with second:
        sheet.choice("sex", "Sex", SEXES)
    with third:
        sheet.measured("height_cm")
    left, right = st.columns(2)
    with left:
        sheet.measured("weight_kg", step=0.1)
    if sheet.get("weight_kg") is not None:
        with right:
            sheet.day("weight_day", "Weighed on (empty: not known)", None)
    else:
        sheet.values.pop("weight_day", None)
    sheet.choice("developmental_delay", "Developmental delay", YES_NO)
    _draw_baseline(sheet)
    for name, label in (("allergies", "Allergies"), ("conditions", "Other conditions")):
        if sheet.choice(f"{name}/looked", label, LOOKED) == "found":
            sheet.text(name, f"{label}, separated by commas")
    with st.expander("Tumour burden (for blinatumomab, and for local CRS)"):
        for column, (name, label) in zip(st.columns(2), _BURDEN.items(), strict=True):
            with column:
                sheet.number(name, label)
        sheet.choice(_OUTSIDE, "Disease outside the marrow", YES_NO)


def _draw_baseline(sheet: Sheet) -> None:
    how = sheet.choice("baseline", "Baseline ICE, before therapy", _BASELINE)
    if how == "total":
        sheet.number("baseline_total", "Baseline ICE total (0 to 10)")
    elif how == "items":
        names = [*ICE_ITEMS]
        for pair in (names[i : i + 2] for i in range(0, len(names), 2)):
            for column, name in zip(st.columns(2), pair, strict=True):
                with column:
                    words = _POINTS if ICE_POINTS[name] > 1 else _ITEM
                    sheet.choice(f"baseline/{name}", ICE_ITEMS[name], words)
        sheet.several(
            "fixed_ice_deficits", "Items that could never be scored (a fixed deficit)", ICE_ITEMS
        )
    left, middle, right = st.columns(3)
    with left:
        sheet.number("baseline_capd", "Baseline CAPD (children)")
    with middle:
        sheet.number("baseline_systolic_mmhg", "Usual systolic pressure (mmHg)")
    with right:
        sheet.pick("baseline_device", "Usual oxygen, before therapy", DEVICES)
        if sheet.get("baseline_device") not in (None, "room_air"):
            sheet.measured("flow_l_min", step=0.5)
    sheet.choice("spo2_scale", "Oxygen saturation aimed at", _SPO2_SCALES)
    sheet.day("echo_day", "Echocardiogram before therapy on (empty: not known)", None)


def patient_payload(values: Mapping[str, Any], patient_id: str, now: datetime) -> dict[str, Any]:
    """The patient record; only what was recorded."""
    payload: dict[str, Any] = {"id": patient_id}
    asked = (*_NUMBERS, *_BURDEN)
    payload |= {name: values[name] for name in asked if values.get(name) is not None}
    if values.get("sex") is not None:
        payload["sex"] = values["sex"]
    for name in ("developmental_delay", _OUTSIDE):
        if values.get(name) is not None:
            payload[name] = values[name] == "yes"
    if "weight_kg" in payload and values.get("weight_day") is not None:
        payload["weight_recorded_at"] = _on_day(values["weight_day"], now)
    baseline = _baseline(values)
    if baseline is not None:
        payload["baseline_ice"] = baseline
    if values.get("fixed_ice_deficits") and values.get("baseline") == "items":
        payload["fixed_ice_deficits"] = [*values["fixed_ice_deficits"]]
    if values.get("baseline_capd") is not None:
        payload["baseline_capd"] = whole(values["baseline_capd"])
    if values.get("baseline_device") is not None:
        payload["baseline_oxygen"] = {"device": values["baseline_device"]}
        if values.get("flow_l_min") is not None and values["baseline_device"] != "room_air":
            payload["baseline_oxygen"]["flow_l_min"] = values["flow_l_min"]
    if values.get("spo2_scale") is not None:
        payload["spo2_scale"] = int(values["spo2_scale"])
    if values.get("echo_day") is not None:
        payload["baseline_echo_at"] = _echo_at(values, now)
    for name in ("allergies", "conditions"):
        if values.get(f"{name}/looked") == "none":
            payload[name] = []
        elif values.get(f"{name}/looked") == "found" and values.get(name) is not None:
            payload[name] = [one.strip() for one in values[name].split(",") if one.strip()]
    return payload


def _baseline(values: Mapping[str, Any]) -> float | dict[str, int] | None:
    if values.get("baseline") == "total" and values.get("baseline_total") is not None:
        return whole(values["baseline_total"])
    found = {
        name: int(values[f"baseline/{name}"])
        for name in ICE_POINTS
        if values.get(f"baseline/{name}") is not None
    }
    return found if values.get("baseline") == "items" and found else None


def whole(value: float) -> float | int:
    """Points and counts are whole; anything else is left for the record to refuse."""
    return int(value) if float(value).is_integer() else value


def _on_day(day: str, now: datetime) -> str:
    """Noon of that day, or now when that is still to come: the day is what counts."""
    noon = datetime.combine(date.fromisoformat(day), time(12), tzinfo=zone()).astimezone(UTC)
    return min(noon, now).isoformat(timespec="seconds")


def _echo_at(values: Mapping[str, Any], now: datetime) -> str:
    """The time as it was recorded, while the day on the form is still that day."""
    was = values.get("echo_at")
    if was is not None and _day_of(was) == values["echo_day"]:
        return str(was)
    return _on_day(values["echo_day"], now)


def _day_of(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(zone()).date().isoformat()


def future_days(values: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    """A day still to come is a slip; the record would otherwise carry the time of now."""
    today = now.astimezone(zone()).date().isoformat()
    named = {"weight_day": "the day of weighing", "echo_day": "the day of the echocardiogram"}
    return tuple(
        f"{label} lies in the future"
        for name, label in named.items()
        if values.get(name) is not None and values[name] > today
    )


def patient_values(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that would make this patient record."""
    asked = (*_NUMBERS, *_BURDEN)
    values: dict[str, Any] = {n: float(payload[n]) for n in asked if payload.get(n) is not None}
    values["sex"] = payload.get("sex")
    for name in ("developmental_delay", _OUTSIDE):
        if payload.get(name) is not None:
            values[name] = "yes" if payload[name] else "no"
    if payload.get("weight_recorded_at") is not None:
        values["weight_day"] = _day_of(payload["weight_recorded_at"])
    if payload.get("baseline_echo_at") is not None:
        values["echo_at"] = payload["baseline_echo_at"]
        values["echo_day"] = _day_of(payload["baseline_echo_at"])
    baseline = payload.get("baseline_ice")
    if isinstance(baseline, Mapping) and baseline.get("total") is None:
        values["baseline"] = "items"
        values |= {f"baseline/{n}": str(v) for n, v in baseline.items() if v is not None}
    elif baseline is not None:
        total = baseline["total"] if isinstance(baseline, Mapping) else baseline
        values |= {"baseline": "total", "baseline_total": float(total)}
    values["fixed_ice_deficits"] = payload.get("fixed_ice_deficits")
    if payload.get("baseline_capd") is not None:
        values["baseline_capd"] = float(payload["baseline_capd"])
    if payload.get("spo2_scale") is not None:
        values["spo2_scale"] = str(payload["spo2_scale"])
    oxygen = payload.get("baseline_oxygen") or {}
    values["baseline_device"] = oxygen.get("device")
    values["flow_l_min"] = oxygen.get("flow_l_min")
    for name in ("allergies", "conditions"):
        if payload.get(name) is not None:
            values[f"{name}/looked"] = "found" if payload[name] else "none"
            values[name] = ", ".join(payload[name])
    return {name: value for name, value in values.items() if value not in (None, "", [], ())}
