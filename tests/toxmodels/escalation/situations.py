"""Small cases for the tests of escalation: hours after the first dose, worst things spelt out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from toxmodels import Case, load_case

Json = dict[str, Any]
START = datetime(2026, 3, 1, 10, tzinfo=UTC)
FULL = {
    "year": 1,
    "month": 1,
    "city": 1,
    "hospital": 1,
    "naming": 3,
    "command": 1,
    "writing": 1,
    "attention": 1,
}


def when(hours: float) -> datetime:
    """That many hours after the first dose."""
    return START + timedelta(hours=hours)


def stamp(hours: float) -> str:
    return when(hours).isoformat()


def vitals(hours: float, **more: Any) -> Json:
    """A set without any sign, but for what is given; ``None`` leaves a field out."""
    well: Json = {
        "taken_at": stamp(hours),
        "temperature_c": 36.8,
        "systolic_mmhg": 120,
        "diastolic_mmhg": 70,
        "heart_rate_bpm": 80,
        "respiratory_rate_bpm": 16,
        "spo2_percent": 97,
        "hypotensive": False,
        "vasopressors": [],
        "oxygen": {"device": "room_air"},
    }
    return {key: value for key, value in (well | more).items() if value is not None}


def exam(hours: float, lost: int = 0, **more: Any) -> Json:
    """A whole exam of a person who is well, with so many ICE points lost."""
    items, left = dict(FULL), lost
    for item, points in FULL.items():
        taken = min(points, left)
        items[item], left = points - taken, left - taken
    well: Json = {
        "taken_at": stamp(hours),
        "ice": items,
        "consciousness": "alert",
        "seizure": {"kind": "none"},
        "motor_weakness": "none",
        "raised_icp": [],
    }
    return {key: value for key, value in (well | more).items() if value is not None}


def labs(hours: float, **values: Any) -> Json:
    return {"taken_at": stamp(hours), **values}


def drug(hours: float, name: str, **more: Any) -> Json:
    return {"given_at": stamp(hours), "drug": name, **more}


def tocilizumab(*hours: float) -> list[Json]:
    return [drug(one, "tocilizumab", dose_mg=560.0, route="iv", purpose="crs") for one in hours]


def said(hours: float, change: str) -> Json:
    return {"at": stamp(hours), "kind": "response", "to": "tocilizumab", "change": change}


def agents(*names: str) -> list[Json]:
    return [{"drug": name, "rate_ug_min": 5.0} for name in names]


HOT: Json = {"temperature_c": 38.8}
LOW: Json = {"hypotensive": True, "systolic_mmhg": 82}
PRESSOR: Json = {"hypotensive": True, "vasopressors": agents("norepinephrine")}


def oxygen(device: str, flow: float | None = None, fio2: float | None = None) -> Json:
    found: Json = {"device": device, "flow_l_min": flow, "fio2": fio2}
    return {key: value for key, value in found.items() if value is not None}


def ungraded(**parts: Any) -> Case:
    """
    A case with the given parts; ``product`` and ``therapy`` and ``patient`` change the usual ones.

    Usual: an adult, everything recorded before a CAR-T infusion, a count that excludes
    neutropenia, an empty list of treatments.
    """
    product = parts.pop("product", "tisagenlecleucel")
    patient: Json = {
        "id": "one",
        "age_years": 40.0,
        "weight_kg": 70.0,
        "developmental_delay": False,
        "baseline_ice": 10,
        "baseline_systolic_mmhg": 120,
        "baseline_echo_at": stamp(-200),
    }
    therapy: Json = {
        "product": product,
        "doses": [{"given_at": stamp(0)}],
        "tocilizumab_doses_ready": 2,
    }
    body: Json = {
        "format": "toxwatch-case/1",
        "patient": patient | parts.pop("patient", {}),
        "therapy": therapy | parts.pop("therapy", {}),
        "treatments": [],
    }
    body |= parts
    for part in (body["patient"], body["therapy"]):
        for key in [key for key, value in part.items() if value is None]:
            del part[key]
    return load_case(json.dumps({key: value for key, value in body.items() if value is not None}))


def case(**parts: Any) -> Case:
    """As ``ungraded``, with a normal neutrophil count and ferritin unless labs are given."""
    usual = [
        labs(-30, ferritin_ug_l=100, anc_per_ul=3000),
        *(labs(hour, anc_per_ul=3000) for hour in range(-6, 400, 20)),
    ]
    return ungraded(**({"labs": usual} | parts))
