"""
The therapy: product, doses, segments of a continuous infusion, and the end of a running one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.admission import whole
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.when import ask_clock
from dashboard.parts.forms.words import INDICATIONS, REGIONS, STOP_REASONS
from dashboard.session import zone
from toxmodels.products import products

_GIVEN: Final = {"no": "Not given yet", "dose": "A dose", "segment": "A continuous infusion"}
_AMOUNTS: Final = {"dose_mg": "mg", "dose_ug": "µg", "dose_cells": "cells"}
GIVEN_AT: Final = "given_at"
STOPPED_AT: Final = "stopped_at"
READY: Final = "tocilizumab_doses_ready"
_BEGUN: Final = ("started_at", "doses", "infusions")


def known_products() -> dict[str, str]:
    """Every product by id, with the short names people know it by."""
    return {
        one.id: f"{one.id} ({', '.join(one.also_called)})" if one.also_called else one.id
        for one in products().values()
    }


def draw_therapy(sheet: Sheet, now: datetime) -> str | None:
    """Draw product and first exposure; returns why a time cannot be used."""
    product = sheet.pick("product", "Product", known_products(), placeholder="Choose or type")
    if product is not None and product in INDICATIONS:
        sheet.choice("indication", "Indication", INDICATIONS[product])
    sheet.choice("region", "Label of", REGIONS)
    if product is None:
        return None
    draw_ready(sheet)
    return draw_exposure(sheet, "First exposure", now)


def draw_ready(sheet: Sheet) -> None:
    """Ask for the stock; an empty field is "not known", never none."""
    sheet.number(READY, "Doses of tocilizumab at hand before the first infusion")


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
            segment["cycle"] = whole(values["cycle"])
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
    return with_exposure(with_ready(payload, values), values)


def has_begun(therapy: Mapping[str, Any]) -> bool:
    """Whether a first dose or infusion is on record."""
    return any(therapy.get(name) for name in _BEGUN)


def with_ready(therapy: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The therapy with the doses of tocilizumab at hand as the form says."""
    payload = {name: value for name, value in therapy.items() if name != READY}
    if values.get(READY) is not None:
        payload[READY] = whole(values[READY])
    return payload


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
