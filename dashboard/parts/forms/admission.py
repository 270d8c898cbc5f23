"""
The patient and the therapy: what is asked when somebody is admitted, and the records it makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.when import ask_clock
from dashboard.parts.forms.words import (
    DEVICES,
    ICE_ITEMS,
    INDICATIONS,
    LOOKED,
    REGIONS,
    SEXES,
    STOP_REASONS,
    YES_NO,
)
from dashboard.session import zone
from toxmodels.products import products
from toxmodels.records import ICE_POINTS

_NUMBERS: Final = ("age_years", "weight_kg", "height_cm", "baseline_systolic_mmhg")
_BASELINE: Final = {"items": "Item by item", "total": "Only a total", "none": "Not done"}
_ITEM: Final = {"1": "Correct", "0": "Not correct"}
_POINTS: Final = {str(points): str(points) for points in range(4)}
_GIVEN: Final = {"no": "Not given yet", "dose": "A dose", "segment": "A continuous infusion"}
_AMOUNTS: Final = {"dose_mg": "mg", "dose_ug": "µg", "dose_cells": "cells"}
GIVEN_AT: Final = "given_at"
STOPPED_AT: Final = "stopped_at"


def known_products() -> dict[str, str]:
    """Every product by id, with the short names people know it by."""
    return {
        one.id: f"{one.id} ({', '.join(one.also_called)})" if one.also_called else one.id
        for one in products().values()
    }


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


def patient_payload(values: Mapping[str, Any], patient_id: str, now: datetime) -> dict[str, Any]:
    """The patient record; only what was recorded."""
    payload: dict[str, Any] = {"id": patient_id}
    payload |= {name: values[name] for name in _NUMBERS if values.get(name) is not None}
    if values.get("sex") is not None:
        payload["sex"] = values["sex"]
    if values.get("developmental_delay") is not None:
        payload["developmental_delay"] = values["developmental_delay"] == "yes"
    if "weight_kg" in payload and values.get("weight_day") is not None:
        payload["weight_recorded_at"] = _on_day(values["weight_day"], now)
    baseline = _baseline(values)
    if baseline is not None:
        payload["baseline_ice"] = baseline
    if values.get("fixed_ice_deficits") and values.get("baseline") == "items":
        payload["fixed_ice_deficits"] = [*values["fixed_ice_deficits"]]
    if values.get("baseline_capd") is not None:
        payload["baseline_capd"] = _whole(values["baseline_capd"])
    if values.get("baseline_device") is not None:
        payload["baseline_oxygen"] = {"device": values["baseline_device"]}
        if values.get("flow_l_min") is not None and values["baseline_device"] != "room_air":
            payload["baseline_oxygen"]["flow_l_min"] = values["flow_l_min"]
    for name in ("allergies", "conditions"):
        if values.get(f"{name}/looked") == "none":
            payload[name] = []
        elif values.get(f"{name}/looked") == "found" and values.get(name) is not None:
            payload[name] = [one.strip() for one in values[name].split(",") if one.strip()]
    return payload


def _baseline(values: Mapping[str, Any]) -> float | dict[str, int] | None:
    if values.get("baseline") == "total" and values.get("baseline_total") is not None:
        return _whole(values["baseline_total"])
    found = {
        name: int(values[f"baseline/{name}"])
        for name in ICE_POINTS
        if values.get(f"baseline/{name}") is not None
    }
    return found if values.get("baseline") == "items" and found else None


def _whole(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def _on_day(day: str, now: datetime) -> str:
    """Noon of that day, or now when that is still to come: the day is what counts."""
    noon = datetime.combine(date.fromisoformat(day), time(12), tzinfo=zone()).astimezone(UTC)
    return min(noon, now).isoformat(timespec="seconds")


def patient_values(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that would make this patient record."""
    values: dict[str, Any] = {n: float(payload[n]) for n in _NUMBERS if payload.get(n) is not None}
    values["sex"] = payload.get("sex")
    if payload.get("developmental_delay") is not None:
        values["developmental_delay"] = "yes" if payload["developmental_delay"] else "no"
    if payload.get("weight_recorded_at") is not None:
        weighed = datetime.fromisoformat(payload["weight_recorded_at"]).astimezone(zone())
        values["weight_day"] = weighed.date().isoformat()
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
    oxygen = payload.get("baseline_oxygen") or {}
    values["baseline_device"] = oxygen.get("device")
    values["flow_l_min"] = oxygen.get("flow_l_min")
    for name in ("allergies", "conditions"):
        if payload.get(name) is not None:
            values[f"{name}/looked"] = "found" if payload[name] else "none"
            values[name] = ", ".join(payload[name])
    return {name: value for name, value in values.items() if value not in (None, "", [], ())}


# The therapy


def draw_therapy(sheet: Sheet, now: datetime) -> str | None:
    """Draw product and first exposure; returns why a time cannot be used."""
    product = sheet.pick("product", "Product", known_products(), placeholder="Choose or type")
    if product is not None and product in INDICATIONS:
        sheet.choice("indication", "Indication", INDICATIONS[product])
    sheet.choice("region", "Label of", REGIONS)
    if product is None:
        return None
    return draw_exposure(sheet, "First exposure", now)


def draw_exposure(sheet: Sheet, label: str, now: datetime) -> str | None:
    """Draw one dose or one segment of an infusion."""
    how = sheet.choice("exposure", label, _GIVEN)
    if how in (None, "no"):
        return None
    st.caption("Given or started at")
    found = ask_clock(sheet, GIVEN_AT, now, zone())
    if found.at is None:
        sheet.values.pop(GIVEN_AT, None)
    else:
        sheet.values[GIVEN_AT] = found.at.isoformat()
    first, second, third = st.columns(3)
    with first:
        if how == "segment":
            sheet.number("rate_ug_day", "Rate (µg/day)")
        else:
            sheet.number("amount", "Dose")
    with second:
        if how == "segment":
            sheet.number("cycle", "Cycle")
        else:
            sheet.choice("amount_unit", "Unit", _AMOUNTS)
    with third:
        if how == "dose":
            sheet.text("label", "Label", placeholder="C1D8")
    if found.at is None:
        return found.fault or "the exposure needs its time"
    return "the exposure begins in the future" if found.at > now else None


def exposure(values: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The list it belongs to (``doses`` or ``infusions``) and the record; None when none."""
    how, at = values.get("exposure"), values.get(GIVEN_AT)
    if at is None or how not in ("dose", "segment"):
        return None
    if how == "segment":
        segment: dict[str, Any] = {"started_at": at}
        if values.get("rate_ug_day") is not None:
            segment["rate_ug_day"] = values["rate_ug_day"]
        if values.get("cycle") is not None:
            segment["cycle"] = _whole(values["cycle"])
        return "infusions", segment
    dose: dict[str, Any] = {"given_at": at}
    if values.get("amount") is not None and values.get("amount_unit") is not None:
        dose[values["amount_unit"]] = values["amount"]
    if values.get("label") is not None:
        dose["label"] = values["label"]
    return "doses", dose


def exposure_gaps(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Answers that need one another."""
    lone = (values.get("amount") is None) != (values.get("amount_unit") is None)
    return ("give dose and unit, or neither",) if lone else ()


def therapy_payload(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The therapy record of a new patient; None while no product was named."""
    if values.get("product") is None:
        return None
    payload: dict[str, Any] = {"product": values["product"]}
    if values.get("indication") is not None and values["product"] in INDICATIONS:
        payload["indication"] = values["indication"]
    if values.get("region") is not None:
        payload["region"] = values["region"]
    return with_exposure(payload, values)


def with_exposure(therapy: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The therapy with one more dose or segment; the first one is its start."""
    payload = dict(therapy)
    found = exposure(values)
    if found is None:
        return payload
    name, record = found
    payload[name] = [*(therapy.get(name) or ()), record]
    if payload.get("started_at") is None:
        payload["started_at"] = values[GIVEN_AT]
    return payload


# A running segment that stops


def running_segment(therapy: Mapping[str, Any]) -> int | None:
    """Which segment of the infusion is still running."""
    segments = therapy.get("infusions") or ()
    return next((i for i, one in enumerate(segments) if one.get("stopped_at") is None), None)


def draw_stop(sheet: Sheet, now: datetime) -> str | None:
    """Draw the end of the running segment."""
    st.caption("Stopped at")
    found = ask_clock(sheet, STOPPED_AT, now, zone())
    if found.at is None:
        sheet.values.pop(STOPPED_AT, None)
    else:
        sheet.values[STOPPED_AT] = found.at.isoformat()
    sheet.choice("stop_reason", "Why it stopped", STOP_REASONS)
    if found.at is None:
        return found.fault or "type when it stopped"
    return "it stops in the future" if found.at > now else None


def with_stop(therapy: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The therapy with its running segment stopped."""
    index = running_segment(therapy)
    if index is None or values.get(STOPPED_AT) is None:
        return dict(therapy)
    segments = [dict(one) for one in therapy.get("infusions") or ()]
    segments[index]["stopped_at"] = values[STOPPED_AT]
    if values.get("stop_reason") is not None:
        segments[index]["stop_reason"] = values["stop_reason"]
    return {**therapy, "infusions": segments}
