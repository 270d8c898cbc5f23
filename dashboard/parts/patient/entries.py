"""
Everything recorded about a patient, newest first; corrected entries stay, struck through.

Each row says who, when it was observed and when it was entered. Patient text passes ``esc``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from dashboard.parts.grade import esc, span_text
from dashboard.store import Entry
from toxmodels import records
from toxmodels.site import site

__all__ = ["entries_html", "entry_text"]

_KINDS: Final = {
    "vitals": "vital signs",
    "neuro": "neuro exam",
    "none_found": "looked, none",
    "withdrawal": "taken back",
}
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


def entries_html(
    entries: Sequence[Entry], zone: tzinfo, *, correct_at: str | None, most: int | None
) -> str:
    """
    The table of entries, newest observation first.

    Args:
        entries: the whole history, corrected ones too.
        zone: in which clock times are said.
        correct_at: address of the Enter page for this patient, to which the entry to replace is
            added; ``None`` where nobody may correct.
        most: how many rows to show; all of them when ``None``.

    """
    by_id = {one.entry_id: one for one in entries}
    shown = sorted(entries, key=lambda one: (one.observed_at, one.position), reverse=True)[:most]
    rows = "".join(_row(one, by_id, zone, correct_at) for one in shown)
    heads = ("Observed", "What", "Recorded values", "Entered", "By", "")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        '<table class="tw-findings tw-entries"><thead><tr>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(
    one: Entry, by_id: Mapping[str, Entry], zone: tzinfo, correct_at: str | None
) -> str:  # fmt: skip
    gone = one.replaced_by is not None
    text = esc(entry_text(one.kind, one.payload, zone))
    value = f"<s>{text}</s>" if gone else text
    late = ""
    if one.is_late(site().combine_within):
        late = f' <b class="tw-late">entered late, by {esc(span_text(one.delay))}</b>'
    if one.origin == "imported":
        late = ' <span class="tw-mark">from a file</span>'
    shade = ' class="tw-gone"' if gone else ""
    return (
        f"<tr{shade}>"
        f"<td>{one.observed_at.astimezone(zone):%d-%b %H:%M}</td>"
        f"<td>{esc(_KINDS.get(one.kind, one.kind))}</td>"
        f"<td>{value}{_fate(one, by_id, zone)}</td>"
        f"<td>{one.recorded_at.astimezone(zone):%d-%b %H:%M}{late}</td>"
        f"<td>{esc(one.recorded_by)} ({esc(one.role)})</td>"
        f"<td>{_correction(one, correct_at)}</td></tr>"
    )


def _correction(one: Entry, correct_at: str | None) -> str:
    if correct_at is None or not one.is_live or one.kind == "none_found":
        return ""
    joint = "&amp;" if "?" in correct_at else "?"
    return (
        f'<a href="{esc(correct_at)}{joint}replaces={esc(one.entry_id)}" target="_self">Correct</a>'
    )


def _fate(one: Entry, by_id: Mapping[str, Entry], zone: tzinfo) -> str:
    """What replaced an entry, and what an entry replaced, with who, when and why."""
    said = ""
    later = by_id.get(one.replaced_by) if one.replaced_by is not None else None
    if later is not None:
        deed = "Taken back" if one.withdrawn else "Corrected"
        when = f"{later.recorded_at.astimezone(zone):%d-%b %H:%M}"
        why = f": {later.reason}" if later.reason is not None else ""
        text = f"{deed} by {later.recorded_by}, {when}{why}"
        said += f'<br><small class="tw-fate">{esc(text)}</small>'
    earlier = by_id.get(one.replaces) if one.replaces is not None else None
    if earlier is not None:
        when = f"{earlier.recorded_at.astimezone(zone):%d-%b %H:%M}"
        why = f": {one.reason}" if one.reason is not None else ""
        text = f"Replaces the entry of {when}{why}"
        said += f'<br><small class="tw-fate">{esc(text)}</small>'
    return said


def entry_text(kind: str, payload: Mapping[str, Any], zone: tzinfo) -> str:
    """The values of one record in words, in the order of the chart."""
    if kind == "withdrawal":
        return "the entry was withdrawn"
    if kind == "none_found":
        return f"no {str(payload.get('section', 'record')).replace('_', ' ')}"
    order = _ORDER.get(kind, ())
    keys = sorted(payload, key=lambda key: order.index(key) if key in order else len(order))
    said = [_value(key, payload[key], zone) for key in keys if key not in _TIMES]
    return "; ".join(one for one in said if one)


def _value(key: str, value: Any, zone: tzinfo) -> str:
    if value is None or key in {"upper_limits", "lower_limits"}:
        return ""
    name, unit = _named(key)
    if isinstance(value, bool):
        return f"{name}: {'yes' if value else 'no'}"
    if isinstance(value, Mapping):
        inner = ", ".join(part for k, v in value.items() if (part := _value(k, v, zone)))
        return f"{name} ({inner})"
    if isinstance(value, list | tuple):
        return f"{name}: {_members(value, zone)}"
    if isinstance(value, str) and key.endswith(("_at", "_since")):
        return f"{name} {datetime.fromisoformat(value).astimezone(zone):%d-%b-%Y %H:%M}"
    shown = f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")
    return f"{name} {shown}{f' {unit}' if unit else ''}"


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
    for ending, unit in _UNITS:
        if key.endswith(ending):
            return key.removesuffix(ending).replace("_", " "), unit
    return key.replace("_", " "), ""
