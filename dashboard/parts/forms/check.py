"""
What the records and their limits say about an entry before it is saved.

No limit stands here: impossible and concerning values are judged by ``toxmodels``; this module
only brings each verdict to the field it belongs to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboard.parts.forms.words import FIELD_WORDS, LABS
from toxmodels.casefile import CaseError, load_case
from toxmodels.limits import limits
from toxmodels.records import FORMAT

SECTIONS: Final[Mapping[str, str]] = {
    "vitals": "vitals",
    "neuro": "neuro",
    "labs": "labs",
    "treatment": "treatments",
    "event": "events",
    "grading": "gradings",
}
_STEP: Final = re.compile(r"^\$\.[a-z]+\[\d+\]\.?")
_ROOT: Final = re.compile(r"^\$\.?")

Entry = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Offer:
    """What an impossible value may have been, in our unit, and why we think so."""

    value: float
    says: str


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One thing the records refuse, at the field it belongs to."""

    field: str
    says: str

    def __str__(self) -> str:
        return f"{field_text(self.field)}: {self.says}" if self.field else self.says


def field_text(name: str) -> str:
    """A field as the form names it, with its unit."""
    bounds = limits().get(name)
    if name in LABS:
        label, unit = LABS[name]
        return f"{label} ({unit})" if unit else label
    if bounds is not None:
        unit = "fraction" if name == "fio2" else bounds.unit
        label = bounds.label[:1].upper() + bounds.label[1:]
        return f"{label} ({unit})" if unit else label
    label = FIELD_WORDS.get(name, name.replace("_", " "))
    return label[:1].upper() + label[1:]


def impossible(name: str, value: float) -> str | None:
    """Why nobody can have this value, or None."""
    bounds = limits().get(name)
    if bounds is None or not bounds.is_impossible(value):
        return None
    found = bounds.likely_units(value)
    says = f"{value:g} is impossible ({bounds.range_text()})."
    return says if found is None else f"{says} {found}."


def offer(name: str, value: float) -> Offer | None:
    """The value in our unit, where it was probably typed in another one."""
    bounds = limits().get(name)
    says = None if bounds is None else bounds.likely_units(value)
    if bounds is None or says is None:
        return None
    for other in bounds.looks_like:
        if says.startswith(f"{value:g} looks like {other.unit};"):
            digits = 2 if name == "fio2" else 1
            return Offer(round(value * other.factor + other.offset, digits), says)
    return None


def faults(entries: Sequence[Entry], patient_id: str) -> tuple[FieldFault, ...]:
    """Everything the records refuse, read as a case file of these entries alone."""
    case: dict[str, Any] = {"format": FORMAT, "patient": {"id": patient_id}}
    for kind, payload in entries:
        if kind in SECTIONS:
            case.setdefault(SECTIONS[kind], []).append(payload)
        elif kind in ("patient", "therapy"):
            case[kind] = payload
    try:
        load_case(json.dumps(case, allow_nan=False))
    except CaseError as error:
        return tuple(_at_field(f.path, f.says, f.suggestion) for f in error.faults)
    except ValueError:
        return (FieldFault("", "a value is not a number; type it again"),)
    return ()


def _at_field(path: str, says: str, suggestion: str | None) -> FieldFault:
    inner = _STEP.sub("", path)
    inner = _ROOT.sub("", inner)
    field = re.split(r"[.\[]", inner)[-1] if inner.startswith("oxygen.") else inner
    field = re.split(r"[.\[]", field)[0]
    return FieldFault(field, says if suggestion is None else f"{says} ({suggestion})")


def concerns(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Each value that deserves a second look, in one clause; asked once, never refused."""
    found: list[str] = []
    for _, payload in entries:
        oxygen = payload.get("oxygen") or {}
        device = oxygen.get("device")
        for name, value in {**payload, **oxygen}.items():
            bounds = limits().get(name)
            if bounds is not None and isinstance(value, int | float):
                said = bounds.concern(value, device)
                found += [] if said is None else [said]
        found += _crossed(payload)
    return tuple(found)


def _crossed(payload: Mapping[str, Any]) -> list[str]:
    """Two pressures that were probably typed into each other's field."""
    upper, lower = payload.get("systolic_mmhg"), payload.get("diastolic_mmhg")
    mean = payload.get("map_mmhg")
    if upper is not None and lower is not None and lower >= upper:
        return [f"diastolic pressure {lower:g} is not below systolic {upper:g}"]
    if upper is None or lower is None or mean is None or lower <= mean <= upper:
        return []
    return [f"mean pressure {mean:g} lies outside {lower:g} to {upper:g}"]
