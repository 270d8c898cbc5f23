"""
Rows back into records: the case file that one patient's rows amount to.

What the columns cannot hold (single ICE items, rates, remarks) stays unrecorded; the totals that
the items allow are kept, so that every grade comes out as it would from the whole record.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

from toxmodels.casefile import CaseError, load_record, read_time
from toxmodels.cohort import cuts
from toxmodels.cohort.columns import ABOUT, COLUMNS, PATIENT, TIME, Column
from toxmodels.cohort.reading import set_of
from toxmodels.records import FORMAT, Case, Treatment
from toxmodels.terms import NeuroSign, VitalSign

__all__ = ["Unread", "case_of", "has_unreadable"]

Row = Mapping[str, Any]
# What stands for a cell that cannot be read: nothing, or the mildest or the worst it may hold.
Unread = Literal["left out", "mildest", "worst"]
_VITAL_SIGNS: Final = ("fever", "hypotension", "hypoxia")
_TRUTH: Final = {
    "true": True,
    "TRUE": True,
    "True": True,
    "false": False,
    "FALSE": False,
    "False": False,
}


# Grades never fall when one sign of one record worsens, so that all mildest and all worst values
# together bound what the record may come to. Reasons that open a grade by themselves do both.
_MAY_BE: Final[Mapping[str, tuple[Any, Any]]] = {
    "temperature_c": (36.5, 40.0),
    "hypotensive": (False, True),
    "vasopressors": ([], ["epinephrine", "norepinephrine"]),
    "fluid_for_hypotension": (False, True),
    "oxygen_device": ("room_air", "ventilator"),
    "oxygen_flow_l_min": (1.0, 60.0),
    "oxygen_reason": ("procedure", "procedure"),
    "hypoxic": (False, True),
    "ice_total": (10, 0),
    "ice_low": (10, 0),
    "ice_high": (10, 0),
    "capd_total": (0, 32),
    "capd_low": (0, 32),
    "capd_high": (0, 32),
    "consciousness": ("alert", "unarousable"),
    "seizure_kind": ("none", "generalised"),
    "seizure_duration_min": (1.0, 60.0),
    "seizure_resolved": (True, False),
    "seizure_repetitive": (False, True),
    "motor_weakness": ("none", "deep_focal"),
    "raised_icp": ([], ["decerebrate_posturing"]),
    "cerebral_oedema": ("none", "diffuse"),
    "unable": (["sedated"], ["sedated"]),
    "other_cause": (sorted({*get_args(VitalSign), *get_args(NeuroSign)}), None),
}


def has_unreadable(rows: Sequence[Row]) -> bool:
    """Whether a sign was written down that cannot be read."""
    return any(
        _value(name, row[name]) is None and _is_told(name, row[name])
        for row in rows
        for name in _MAY_BE
        if name in row
    )


def case_of(
    rows: Sequence[Row], treatments: Sequence[Treatment] | None, unread: Unread = "left out"
) -> Case:
    """
    Put the rows of one patient into one case.

    Args:
        rows: by column name, in any order.
        treatments: what was given; ``None`` where nobody kept a list of it.
        unread: what stands for a sign that cannot be read.

    """
    read = [{name: _supposed(name, value, unread) for name, value in row.items()} for row in rows]
    newest = read[-1]
    raw: dict[str, Any] = {
        "format": FORMAT,
        "patient": _patient(newest),
        "vitals": [one for row in read for one in _vitals(row)],
        "neuro": [one for row in read for one in _exam(row)],
        "events": _death(newest),
    }
    therapy = _therapy(newest)
    if therapy:
        raw["therapy"] = therapy
    case = load_record(Case, raw)
    return case.model_copy(update={"treatments": None if treatments is None else tuple(treatments)})


def _is_told(name: str, value: Any) -> bool:
    """Whether anything stands in a cell; NaN is nothing, also as a file of text writes it."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return False
    column = COLUMNS.get(name)
    is_number = column is not None and column.holds in ("number", "whole number")
    return not (is_number and str(value).strip("+-").lower() == "nan")


def _supposed(name: str, value: Any, unread: Unread) -> Any:
    """A cell as Python holds it, or what is put in its place."""
    read = _value(name, value)
    if unread == "left out" or read is not None or name not in _MAY_BE or not _is_told(name, value):
        return read
    mildest, worst = _MAY_BE[name]
    return mildest if unread == "mildest" else worst


def _value(name: str, value: Any) -> Any:
    """A cell as Python holds it; what cannot be read is not recorded, and named elsewhere."""
    column = COLUMNS.get(name)
    if not _is_told(name, value):
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if column is None:
        return value
    match column.holds:
        case "words":
            found = frozenset(value) if isinstance(value, list) else set_of(str(value))
            return None if found is None or found - set(column.words) else sorted(found)
        case "word":
            return value if value in column.words else None
        case "yes or no":
            if isinstance(value, int | float):
                return bool(value) if value in (0, 1) else None
            return _TRUTH.get(str(value))
        case "number" | "whole number":
            return _number(value, column)
        case "time":
            return _time(value)
        case "text":
            return value


def _number(written: Any, column: Column) -> float | None:
    try:
        value = float(written)
    except ValueError:
        return None
    low, high = column.least, column.most
    beyond = (low is not None and value < low) or (high is not None and value > high)
    is_whole = column.holds == "whole number"
    if beyond or not math.isfinite(value) or (is_whole and not value.is_integer()):
        return None
    return int(value) if is_whole else value


def _time(written: Any) -> str | None:
    try:
        return read_time(str(written), "time").isoformat()
    except CaseError:
        return None


def _without_none(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if value is not None}


def _patient(row: Row) -> dict[str, Any]:
    names = ("age_years", "developmental_delay", "baseline_ice", "baseline_capd")
    usual = {
        "device": row.get("baseline_oxygen_device"),
        "flow_l_min": row.get("baseline_oxygen_flow_l_min"),
    }
    return _without_none(
        {
            "id": str(row[PATIENT]),
            **{name: row.get(name) for name in names},
            "fixed_ice_deficits": row.get("fixed_ice_deficits"),
            "baseline_oxygen": _without_none(usual) or None,
        }
    )


def _therapy(row: Row) -> dict[str, Any]:
    times = _without_none(
        {"started_at": row.get("first_dose_at"), "crs_since": row.get("crs_since")}
    )
    return {"product": "tisagenlecleucel", **times} if times else {}


def _death(row: Row) -> list[dict[str, Any]]:
    at = row.get("died_at")
    if at is None:
        return []
    return [_without_none({"at": at, "kind": "death", "due_to": row.get("death_due_to")})]


def _is_recorded(row: Row, about: str) -> bool:
    return any(
        row.get(name) is not None and not (name.endswith("_taken") and row[name] is False)
        for name in ABOUT[about]
    )


def _vitals(row: Row) -> Iterable[dict[str, Any]]:
    if not _is_recorded(row, "vitals"):
        return
    oxygen = {
        "device": row.get("oxygen_device"),
        "flow_l_min": row.get("oxygen_flow_l_min"),
        "fio2": row.get("oxygen_fio2"),
        "reason": row.get("oxygen_reason"),
    }
    running = row.get("vasopressors")
    causes = [sign for sign in row.get("other_cause") or () if sign in _VITAL_SIGNS]
    names = ("temperature_c", "hypotensive", "fluid_for_hypotension", "hypoxic")
    yield _without_none(
        {
            TIME: row[TIME],
            **{name: row.get(name) for name in names},
            "vasopressors": None if running is None else [{"drug": drug} for drug in running],
            "oxygen": _without_none(oxygen) or None,
            "other_cause": causes or None,
        }
    )


def _exam(row: Row) -> Iterable[dict[str, Any]]:
    if not _is_recorded(row, "neuro"):
        return
    fit = {
        "kind": row.get("seizure_kind"),
        "duration_min": row.get("seizure_duration_min"),
        "resolved": row.get("seizure_resolved"),
        "repetitive_without_recovery": row.get("seizure_repetitive"),
        "count": row.get("seizure_count"),
        "started_at": row.get("seizure_started_at"),
    }
    causes = [sign for sign in row.get("other_cause") or () if sign not in _VITAL_SIGNS]
    names = ("consciousness", "motor_weakness", "raised_icp", "cerebral_oedema")
    yield _without_none(
        {
            TIME: row[TIME],
            "ice": _score(row, "ice"),
            "capd": _score(row, "capd"),
            **{name: row.get(name) for name in names},
            "unable": row.get("unable") or None,
            "seizure": _without_none(fit) or None,
            "other_cause": causes or None,
        }
    )


def _score(row: Row, exam: str) -> dict[str, Any] | None:
    total = row.get(f"{exam}_total")
    low, high = row.get(f"{exam}_low"), row.get(f"{exam}_high")
    if low is None or high is None:
        return None if total is None else {"total": total}
    made = cuts.ice_of(low, high) if exam == "ice" else cuts.capd_of(low, high)
    return made.model_dump(exclude_none=True, mode="json")
