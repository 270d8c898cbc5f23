"""
A record read back: every value as it will be stored, in the words of the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from dashboard.parts.forms import words as w
from dashboard.parts.forms.check import field_text
from toxmodels.scales.capd import ITEMS, REVERSED
from toxmodels.scored_exams import ICE_POINTS, Capd, Ice

# Every field a form asks for, in its order; one that is missing is read back as not recorded.
ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "vitals": (
        "respiratory_rate_bpm",
        "spo2_percent",
        "oxygen",
        "systolic_mmhg",
        "diastolic_mmhg",
        "map_mmhg",
        "heart_rate_bpm",
        "temperature_c",
        "temperature_site",
        "rigors",
        "hypotensive",
        "hypoxic",
        "fluid_bolus_ml",
        "fluid_for_hypotension",
        "vasopressors",
    ),
    "neuro": (
        "ice",
        "capd",
        "unable",
        "consciousness",
        "seizure",
        "motor_weakness",
        "raised_icp",
        "cerebral_oedema",
        "other_signs",
        "handwriting",
        "new_confusion",
        "rass",
        "cartox10_total",
        "papilloedema_stage",
        "csf_opening_pressure_mmhg",
    ),
    "treatment": ("drug", "dose_mg", "dose_ug", "route", "purpose", "stopped_at"),
    "labs": (*w.LABS, "haemophagocytosis", "upper_limits", "lower_limits"),
    "event": ("kind", "reason", "due_to", "what", "why", "to", "change"),
    "grading": ("scale", "term", "grade"),
}
# Fields that are only read back when given: their absence says nothing.
_ONLY_IF_GIVEN: Final = frozenset(
    {"temperature_site", "unable", "rass", "dose_mg", "dose_ug", "stopped_at", "capd", "ice"}
    | {"fluid_for_hypotension", "other_cause", "other_cause_reason"}
    | {"cartox10_total", "papilloedema_stage", "csf_opening_pressure_mmhg"}
    | {*ORDER["labs"], *ORDER["event"]}
)
_WORDS: Final[Mapping[str, w.Words]] = {
    "temperature_site": w.TEMPERATURE_SITES,
    "consciousness": w.CONSCIOUSNESS,
    "motor_weakness": w.MOTOR,
    "raised_icp": w.RAISED_ICP,
    "cerebral_oedema": w.OEDEMA,
    "other_signs": w.OTHER_SIGNS,
    "handwriting": w.HANDWRITING,
    "unable": w.UNABLE,
    "route": w.ROUTES,
    "purpose": w.PURPOSES,
    "reason": w.PAUSE_REASONS,
    "due_to": w.DUE_TO,
    "change": w.CHANGES,
    "scale": w.GRADED_ON,
    "kind": w.EVENTS,
    "other_cause": {**w.VITAL_SIGNS, **w.NEURO_SIGNS},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One value: field, its name on the form, and what will be stored (None: not recorded)."""

    field: str
    label: str
    text: str | None
    value: Any


def lines(kind: str, payload: Mapping[str, Any], zone: tzinfo) -> list[Line]:
    """Every field of this kind in the order of the form; extra ones that were given follow."""
    names = [*ORDER[kind]]
    names += [n for n in ("other_cause", "other_cause_reason") if payload.get(n) is not None]
    return [
        Line(
            name,
            "Bolus" if name == "fluid_bolus_ml" else field_text(name),
            None if payload.get(name) is None else say(name, payload[name], zone),
            payload.get(name),
        )
        for name in names
        if payload.get(name) is not None or name not in _ONLY_IF_GIVEN
    ]


def say(name: str, value: Any, zone: tzinfo) -> str:
    """One value in words, as a nurse would read it out."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "temperature_c":
        return f"{value:.1f}"
    if name == "fluid_bolus_ml":
        return f"{value:g} mL"
    if isinstance(value, int | float):
        return f"{value:g}" + {"dose_mg": " mg", "dose_ug": " µg"}.get(name, "")
    if name == "stopped_at":
        return f"{datetime.fromisoformat(value).astimezone(zone):%H:%M, %d-%b-%Y}"
    if isinstance(value, Mapping):
        return _say_part(name, value, zone)
    known = _WORDS.get(name, {})
    if isinstance(value, str):
        return known.get(value, value)
    if name == "vasopressors":
        return ", ".join(_agent(one) for one in value) or "looked: none running"
    return ", ".join(known.get(one, str(one)) for one in value) or "looked: none"


def _say_part(name: str, value: Mapping[str, Any], zone: tzinfo) -> str:
    if name == "oxygen":
        return _oxygen(value)
    if name == "ice":
        return _ice(value)
    if name == "capd":
        return _capd(value)
    if name in ("upper_limits", "lower_limits"):
        known = {key: limit for key, limit in value.items() if limit is not None}
        return ", ".join(f"{field_text(key)} {limit:g}" for key, limit in known.items())
    return _seizure(value, zone)


def _oxygen(value: Mapping[str, Any]) -> str:
    device = value.get("device")  # a record from a file may give a flow alone
    text = "device not recorded" if device is None else w.DEVICES[device]
    if value.get("flow_l_min") is not None:
        text += f" at {value['flow_l_min']:g} L/min"
    elif device is not None and device.endswith("nasal_cannula"):
        text += ", flow not recorded"
    if value.get("fio2") is not None:
        text += f", FiO2 {value['fio2']:g}"
    if value.get("reason") is not None:
        text += f" ({w.OXYGEN_REASONS[value['reason']].lower()})"
    return text


def _agent(value: Mapping[str, Any]) -> str:
    name = w.PRESSORS.get(value["drug"], value["drug"])
    for key, unit in w.RATE_UNITS.items():
        if value.get(key) is not None:
            return f"{name} {value[key]:g} {unit}"
    return f"{name}, rate not recorded"


def _ice(value: Mapping[str, Any]) -> str:
    if value.get("total") is not None:
        return f"{value['total']:g} of 10 (total only)"
    low, high = Ice(**value).item_bounds()
    lost = [w.ICE_ITEMS[n] for n in ICE_POINTS if (value.get(n) or 0) < ICE_POINTS[n]]
    lost = [text for text in lost if value.get(_item_named(text)) is not None]
    unasked = [w.ICE_ITEMS[n] for n in ICE_POINTS if value.get(n) is None]
    text = f"{low} of 10" if low == high else f"{low} to {high} of 10"
    text += f"; points lost: {', '.join(lost).lower()}" if lost else ""
    return text + (f"; not recorded: {', '.join(unasked).lower()}" if unasked else "")


def _item_named(text: str) -> str:
    return next(name for name, said in w.ICE_ITEMS.items() if said == text)


def _capd(value: Mapping[str, Any]) -> str:
    items = value.get("items")
    read = Capd(items=None if items is None else tuple(items), total=value.get("total"))
    low, high = read.bounds()
    text = f"{low} of 32" if low == high else f"{low} to {high} of 32"
    if items is None:
        return f"{text} (total only)"
    return f"{text}: " + "; ".join(_capd_item(index, one) for index, one in enumerate(items))


def _capd_item(index: int, points: int | None) -> str:
    """``restless: often (3)``: the answer given, not only what it counts."""
    if points is None:
        return f"{ITEMS[index]}: not recorded"
    answer = len(w.CAPD_ANSWERS) - 1 - points if index in REVERSED else points
    return f"{ITEMS[index]}: {w.CAPD_ANSWERS[answer].lower()} ({points})"


def _seizure(value: Mapping[str, Any], zone: tzinfo) -> str:
    if value["kind"] == "none":
        return "none"
    parts = [w.SEIZURES[value["kind"]].lower()]
    began = value.get("started_at")
    if began is not None:
        parts.append(f"began {datetime.fromisoformat(began).astimezone(zone):%H:%M, %d-%b}")
    if value.get("count") is not None:
        parts.append(f"{value['count']:g} times")
    duration = value.get("duration_min")
    parts.append("duration not recorded" if duration is None else f"lasted {duration:g} min")
    over = value.get("resolved")
    parts.append("whether it is over: not recorded" if over is None else
                 ("over" if over else "still going on"))  # fmt: skip
    if value.get("repetitive_without_recovery") is True:
        parts.append("repeated without recovery")
    return ", ".join(parts)
