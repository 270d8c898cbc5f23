"""One patient's rows through the scalar course, to compare with: written apart from the product."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

import polars as pl

from toxmodels.course import Walk
from toxmodels.findings import Grade
from toxmodels.records import Case

Row = dict[str, Any]
VITALS = ("temperature_c", "hypotensive", "fluid_for_hypotension", "hypoxic", "systolic_mmhg")
EXAM = ("consciousness", "motor_weakness", "cerebral_oedema")
PERSON = ("age_years", "developmental_delay", "baseline_ice", "baseline_capd")
ORDER = [
    "fever", "hypoxia", "hypotension", "consciousness", "ice", "capd", "seizure", "motor",
    "raised_icp", "oedema", "death", "treatments",
]  # fmt: skip
POINTS = {"naming": 3, "year": 1, "month": 1, "city": 1, "hospital": 1, "command": 1, "writing": 1}


def _told(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _listed(text: str | None) -> list[str] | None:
    return None if text is None else [] if text == "none" else text.split("+")


def _only(raw: Row) -> Row:
    return {name: value for name, value in raw.items() if _told(value)}


def _vitals(row: Row) -> Row:
    drugs = _listed(row.get("vasopressors"))
    oxygen = _only(
        {
            "device": row.get("oxygen_device"),
            "flow_l_min": row.get("oxygen_flow_l_min"),
            "reason": row.get("oxygen_reason"),
        }
    )
    causes = [one for one in _listed(row.get("other_cause")) or () if one[:3] in ("fev", "hyp")]
    return _only(
        {
            **{name: row.get(name) for name in VITALS},
            "vasopressors": None if drugs is None else [{"drug": drug} for drug in drugs],
            "oxygen": oxygen or None,
            "other_cause": causes or None,
        }
    )


def _ice(row: Row) -> Row | None:
    low, high = row.get("ice_low"), row.get("ice_high")
    if low is None or high is None:
        total = row.get("ice_total")
        return None if total is None else {"total": total}
    asked: Row = {}
    left, scored = high - low, low
    for item, points in [*POINTS.items(), ("attention", 1)]:
        if points <= left:
            left -= points
            continue
        asked[item] = min(points, scored)
        scored -= asked[item]
    return asked


def _capd(row: Row) -> Row | None:
    low, high = row.get("capd_low"), row.get("capd_high")
    if low is None or high is None:
        total = row.get("capd_total")
        return None if total is None else {"total": total}
    if low == high:
        return {"total": low}
    items: list[int | None] = [None] * ((high - low) // 4)
    while len(items) < 8:
        items.append(min(4, low))
        low -= items[-1] or 0
    return {"items": items}


def _exam(row: Row) -> Row:
    fit = {
        "kind": row.get("seizure_kind"),
        "duration_min": row.get("seizure_duration_min"),
        "resolved": row.get("seizure_resolved"),
        "repetitive_without_recovery": row.get("seizure_repetitive"),
        "count": row.get("seizure_count"),
    }
    causes = [one for one in _listed(row.get("other_cause")) or () if one[:3] not in ("fev", "hyp")]
    return _only(
        {
            **{name: row.get(name) for name in EXAM},
            "ice": _ice(row),
            "capd": _capd(row),
            "raised_icp": _listed(row.get("raised_icp")),
            "unable": _listed(row.get("unable")) or None,
            "seizure": _only(fit) or None,
            "other_cause": causes or None,
        }
    )


def _holds(record: Row) -> bool:
    """A remark on the cause alone says nothing of a set or an exam."""
    return bool(record.keys() - {"other_cause"})


def _iso(time: datetime) -> str:
    return time.isoformat()


def case_text(rows: list[Row], given: list[Row] | None) -> str:
    """The case file that these rows amount to."""
    first = rows[0]
    usual = _only(
        {
            "device": first.get("baseline_oxygen_device"),
            "flow_l_min": first.get("baseline_oxygen_flow_l_min"),
        }
    )
    case: Row = {
        "format": "toxwatch-case/1",
        "patient": _only(
            {
                "id": first["patient_id"],
                **{name: first.get(name) for name in PERSON},
                "baseline_oxygen": usual or None,
            }
        ),
        "vitals": [{"taken_at": _iso(r["taken_at"]), **v} for r in rows if _holds(v := _vitals(r))],
        "neuro": [{"taken_at": _iso(r["taken_at"]), **e} for r in rows if _holds(e := _exam(r))],
    }
    if first.get("first_dose_at") is not None:
        started = _iso(first["first_dose_at"])
        case["therapy"] = {"product": "tisagenlecleucel", "started_at": started}
    if given is not None:
        case["treatments"] = [
            _only(
                {
                    n: _iso(v) if isinstance(v, datetime) else v
                    for n, v in one.items()
                    if n != "patient_id"
                }
            )
            for one in given
        ]
    return json.dumps(case)


def walks(frame: pl.DataFrame, treatments: pl.DataFrame) -> Iterator[tuple[list[Row], Walk]]:
    """Every patient's rows in turn, and their walk through the scalar course."""
    listed: dict[str, list[Row]] = {}
    for one in treatments.to_dicts():
        listed.setdefault(one.pop("patient_id"), []).append(one)
    for name, group in groupby(frame.iter_rows(named=True), key=lambda row: row["patient_id"]):
        rows = list(group)
        kept = listed.get(name)
        if kept is None and rows[0].get("treatments_recorded") is True:
            kept = []
        # The text holds what a case may hold: no need to look for faults in every one.
        yield rows, Walk(Case.model_validate_json(case_text(rows, kept)))


def said(grade: Grade) -> tuple[int, int, str, str]:
    """A grade as the cohort's columns say it."""
    decided = {one.sign for one in grade.findings if one.decides}
    missing = {"treatments" if one.record == "treatments" else one.sign for one in grade.missing}
    return (
        grade.at_least,
        grade.at_most,
        "+".join(sorted(decided, key=ORDER.index)),
        "+".join(sorted(missing, key=ORDER.index)),
    )
