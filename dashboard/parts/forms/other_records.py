"""
Treatments, laboratory values and events: one record a save.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.check import Entry, field_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.when import ask_clock, fix_time
from dashboard.parts.forms.words import (
    CHANGES,
    DUE_TO,
    EVENTS,
    LABS,
    PAUSE_REASONS,
    PURPOSES,
    ROUTES,
    YES_NO,
)
from dashboard.session import zone
from toxmodels.drugs import classes
from toxmodels.limits import limits

_UNITS: Final = {"dose_mg": "mg", "dose_ug": "µg"}
_STOPPED: Final = "stopped"
_MARROW: Final = "haemophagocytosis"
_LIMITS: Final = {"upper_limits": "highest normal", "lower_limits": "lowest normal"}
# Which further answers an event needs: field, label, and whether it must be given.
_DETAILS: Final[Mapping[str, tuple[tuple[str, str, bool], ...]]] = {
    "cultures": (("what", "What was taken", False),),
    "antibiotics": (("what", "Which; say so if oral or prophylactic", False),),
    "imaging": (("what", "What was imaged, and the result", False),),
    "not_done": (("what", "What was not done", True), ("why", "Why", True)),
    "concern": (("what", "What worries, and whom", False),),
    "response": (("to", "To which treatment", True),),
    "transfer": (("to", "Where to", False),),
}


def known_drugs() -> list[str]:
    """Names the list offers; any other can be typed."""
    return sorted(classes())


# Treatments


def draw_treatment(sheet: Sheet, now: datetime) -> str | None:
    """Draw one dose given, or a drug that is running; returns a fault of a time in it."""
    sheet.name(
        "drug", "Drug (generic name)", known_drugs(), placeholder="Choose, or type another name"
    )
    dose, unit, route = st.columns(3)
    with dose:
        sheet.number("dose", "Dose")
    with unit:
        sheet.choice("dose_unit", "Unit", _UNITS)
    with route:
        sheet.choice("route", "Route", ROUTES)
    sheet.choice("purpose", "What for", PURPOSES)
    if sheet.choice("has_stopped", "A running drug that has stopped?", YES_NO) != "yes":
        sheet.values.pop("stopped_at", None)
        return None
    found = ask_clock(sheet, _STOPPED, now, zone())
    if found.at is None:
        sheet.values.pop("stopped_at", None)
        return found.fault or "stopped: type the time"
    sheet.values["stopped_at"] = found.at.isoformat()
    return None


def treatment_entries(values: Mapping[str, Any], given_at: str) -> tuple[Entry, ...]:
    """The record this form makes."""
    if values.get("drug") is None:
        return ()
    payload: dict[str, Any] = {"given_at": given_at, "drug": values["drug"].lower()}
    if values.get("dose") is not None and values.get("dose_unit") is not None:
        payload[values["dose_unit"]] = values["dose"]
    for name in ("route", "purpose", "interval_h"):
        if values.get(name) is not None:
            payload[name] = values[name]
    if values.get("has_stopped") == "yes" and values.get("stopped_at") is not None:
        payload["stopped_at"] = values["stopped_at"]
    return (("treatment", payload),)


def treatment_gaps(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Answers that need one another."""
    if (values.get("dose") is None) != (values.get("dose_unit") is None):
        return ("give dose and unit, or neither",)
    if values.get("drug") is None and len(values) > 1:
        return ("name the drug",)
    return ()


def treatment_values(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that would make this record."""
    values: dict[str, Any] = {n: payload.get(n) for n in ("drug", "route", "purpose", "interval_h")}
    for unit in _UNITS:
        if payload.get(unit) is not None:
            values |= {"dose": float(payload[unit]), "dose_unit": unit}
    if payload.get("stopped_at") is not None:
        kept = Sheet("", {})
        fix_time(kept, _STOPPED, datetime.fromisoformat(payload["stopped_at"]))
        values |= {n: v for n, v in kept.values.items() if n != _STOPPED}
        values |= {"has_stopped": "yes", "stopped_at": payload["stopped_at"]}
    return {name: value for name, value in values.items() if value is not None}


# Laboratory values


def draw_labs(sheet: Sheet) -> None:
    """Draw all values, four a row; what stays empty is not recorded."""
    names = [*LABS]
    for row in (names[i : i + 4] for i in range(0, len(names), 4)):
        for column, name in zip(st.columns(4), row, strict=False):
            with column:
                if name in limits():
                    sheet.measured(name)
                else:
                    sheet.number(name, field_text(name))
    sheet.choice(_MARROW, "Haemophagocytosis in marrow or tissue (empty: not looked)", YES_NO)
    _draw_limits(sheet)


def _draw_limits(sheet: Sheet) -> None:
    """Limits of normal of what was typed; the newest known ones hold until others are given."""
    typed = [name for name in LABS if sheet.get(name) is not None]
    kept = [name for name in LABS if any(sheet.get(f"{where}/{name}") for where in _LIMITS)]
    shown = [name for name in LABS if name in typed or name in kept]
    if not shown:
        return
    with st.expander("Limits of normal of this laboratory (once is enough, until they change)"):
        for name in shown:
            for column, (where, words) in zip(st.columns(2), _LIMITS.items(), strict=True):
                with column:
                    sheet.number(f"{where}/{name}", f"{field_text(name)}: {words}")


def labs_entries(values: Mapping[str, Any], taken_at: str) -> tuple[Entry, ...]:
    """The record this form makes."""
    payload = {name: values[name] for name in LABS if values.get(name) is not None}
    if values.get(_MARROW) is not None:
        payload[_MARROW] = values[_MARROW] == "yes"
    if payload:
        for where in _LIMITS:
            own = {
                n: values[f"{where}/{n}"] for n in LABS if values.get(f"{where}/{n}") is not None
            }
            payload |= {where: own} if own else {}
    return (("labs", {"taken_at": taken_at, **payload}),) if payload else ()


def labs_values(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that would make this record."""
    values: dict[str, Any] = {n: float(payload[n]) for n in LABS if payload.get(n) is not None}
    if payload.get(_MARROW) is not None:
        values[_MARROW] = "yes" if payload[_MARROW] else "no"
    for where in _LIMITS:
        own = payload.get(where) or {}
        values |= {f"{where}/{n}": float(v) for n, v in own.items() if v is not None}
    return values


# Events


def draw_event(sheet: Sheet) -> None:
    """Draw what happened, and what this kind of event needs to say."""
    kind = sheet.pick("kind", "What happened", EVENTS, placeholder="Choose")
    if kind is None:
        return
    for name, label, _ in _DETAILS.get(kind, ()):
        sheet.text(name, label)
    if kind == "infusion_paused":
        sheet.choice("reason", "Why", PAUSE_REASONS)
    elif kind == "response":
        sheet.choice("change", "What changed", CHANGES)
    elif kind == "death":
        sheet.choice("due_to", "Principal cause, as stated by a physician", DUE_TO)


def event_entries(values: Mapping[str, Any], at: str) -> tuple[Entry, ...]:
    """The record this form makes."""
    kind = values.get("kind")
    if kind is None:
        return ()
    names = [name for name, _, _ in _DETAILS.get(kind, ())]
    names += {"infusion_paused": ["reason"], "response": ["change"], "death": ["due_to"]}.get(
        kind, []
    )
    payload = {name: values[name] for name in names if values.get(name) is not None}
    return (("event", {"at": at, "kind": kind, **payload}),)


def event_gaps(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Answers this kind of event cannot do without."""
    kind = values.get("kind", "")
    found = [
        f"say: {label.lower()}"
        for name, label, needed in _DETAILS.get(kind, ())
        if needed and values.get(name) is None
    ]
    if kind == "response" and values.get("change") is None:
        found.append("say what changed")
    return tuple(found)


def event_values(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that would make this record."""
    return {name: value for name, value in payload.items() if name != "at" and value is not None}
