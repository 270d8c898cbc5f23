"""
One record in words: its values in the order of the chart, each with its label and unit.

The words serve the journal on the Patient page and the handover alike; patient text in them is
text, and is escaped where it becomes markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from dashboard.parts.forms.words import EVENTS, LABS
from toxmodels import records
from toxmodels.scored_exams import Ice

__all__ = ["entry_text"]

# Vital signs in the order of the bedside chart; the other records in that of the case file.
_VITALS: Final = (
    "respiratory_rate_bpm", "spo2_percent", "hypoxic", "oxygen", "systolic_mmhg", "diastolic_mmhg",
    "map_mmhg", "hypotensive", "heart_rate_bpm", "temperature_c", "temperature_site", "rigors",
    "vasopressors", "fluid_bolus_ml", "fluid_for_hypotension", "other_cause", "other_cause_reason",
)  # fmt: skip
_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "vitals": _VITALS,
    "neuro": tuple(records.NeuroExam.model_fields),
    "labs": tuple(records.Labs.model_fields),
    "treatment": tuple(records.Treatment.model_fields),
    "event": tuple(records.Event.model_fields),
    "patient": tuple(records.Patient.model_fields),
    "therapy": tuple(records.Therapy.model_fields),
}
_TIMES: Final = frozenset({"taken_at", "given_at", "at", "graded_at"})
_UNITS: Final = (
    ("_mmhg", "mmHg"), ("_percent", "%"), ("_l_min", "L/min"), ("_ug_min", "µg/min"),
    ("_ug_kg_min", "µg/kg/min"), ("_units_min", "units/min"), ("_ug_day", "µg/day"),
    ("_per_ul", "/µL"), ("_10e9_l", "10⁹/L"), ("_g_dl", "g/dL"), ("_mg_l_feu", "mg/L FEU"),
    ("_umol_l", "µmol/L"), ("_mmol_l", "mmol/L"), ("_mg_l", "mg/L"), ("_ug_l", "µg/L"),
    ("_pg_ml", "pg/mL"), ("_u_l", "U/L"), ("_g_l", "g/L"), ("_bpm", "/min"), ("_kg", "kg"),
    ("_cm", "cm"), ("_mg", "mg"), ("_ug", "µg"), ("_ml", "mL"), ("_c", "°C"), ("_years", "years"),
    ("_h", "h"), ("_min", "min"),
)  # fmt: skip
# What a ward calls a field whose name in the file is short for something else.
_LABELS: Final[Mapping[str, str]] = {
    "spo2_percent": "SpO₂",
    "map_mmhg": "MAP",
    "hypoxic": "short of oxygen",
    "fio2": "FiO₂",
    "ice": "ICE",
    "capd": "CAPD",
    "rass": "RASS",
    "raised_icp": "signs of raised pressure",
    "unable": "exam not possible",
    "other_cause": "attributed to another cause",
    "baseline_ice": "baseline ICE",
    "baseline_capd": "baseline CAPD",
    "cartox10_total": "CARTOX-10 total",
    "csf_opening_pressure_mmhg": "CSF opening pressure",
    "spo2_scale": "NEWS2 saturation scale",
}
# A record inside a record is called by its first word: ``seizure: none``, ``oxygen: room air``.
_LEADS: Final[Mapping[str, str]] = {
    "seizure": "kind",
    "oxygen": "device",
    "baseline_oxygen": "device",
}
_ICE: Final = tuple(Ice.model_fields)


def entry_text(kind: str, payload: Mapping[str, Any], zone: tzinfo) -> str:
    """The values of one record in words, in the order of the chart."""
    if kind == "withdrawal":
        return "the entry was withdrawn"
    if kind == "none_found":
        return f"no {str(payload.get('section', 'record')).replace('_', ' ')}"
    said = [
        _value(key, payload[key], zone)
        for key in _ordered(payload, _ORDER.get(kind, ()))
        if key not in _TIMES and (kind, key) != ("event", "kind")
    ]
    if kind == "event" and "kind" in payload:
        said.insert(0, EVENTS.get(str(payload["kind"]), str(payload["kind"]).replace("_", " ")))
    return "; ".join(one for one in said if one)


def _ordered(payload: Mapping[str, Any], order: Sequence[str]) -> list[str]:
    return sorted(payload, key=lambda key: order.index(key) if key in order else len(order))


def _value(key: str, value: Any, zone: tzinfo) -> str:
    if value is None:
        return ""
    name, unit = _named(key)
    if isinstance(value, bool):
        return f"{name}: {'yes' if value else 'no'}"
    if isinstance(value, Mapping):
        return _inside(key, name, value, zone)
    if isinstance(value, list | tuple):
        return f"{name}: {_members(value, zone)}"
    if isinstance(value, str) and key.endswith(("_at", "_since")):
        return f"{name} {datetime.fromisoformat(value).astimezone(zone):%d-%b-%Y %H:%M}"
    shown = f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")
    return f"{name} {shown}{f' {unit}' if unit else ''}"


def _inside(key: str, name: str, value: Mapping[str, Any], zone: tzinfo) -> str:
    lead = _LEADS.get(key)
    others = [one for one in _ordered(value, _ICE if key.endswith("ice") else ()) if one != lead]
    inner = ", ".join(part for one in others if (part := _value(one, value[one], zone)))
    if lead is None:
        return f"{name} ({inner})"
    first = value.get(lead)
    said = "not recorded" if first is None else str(first).replace("_", " ")
    return f"{name}: {said}{f' ({inner})' if inner else ''}"


def _members(values: Sequence[Any], zone: tzinfo) -> str:
    if not values:
        return "none"
    return ", ".join(
        " ".join(part for k, v in one.items() if (part := _value(k, v, zone)))
        if isinstance(one, Mapping)
        else str(one).replace("_", " ")
        for one in values
    )


def _named(key: str) -> tuple[str, str]:
    """A field of the case file as a label and its unit."""
    if key in LABS:
        return LABS[key]
    for ending, unit in _UNITS:
        if key.endswith(ending):
            return _LABELS.get(key, key.removesuffix(ending).replace("_", " ")), unit
    return _LABELS.get(key, key.replace("_", " ")), ""
