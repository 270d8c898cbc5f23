"""Reads the vector tables: from a row a clinician can read to a case file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from tests.oracle.build import NOW, case, exam, in_context, vitals

Json = dict[str, Any]
Row = dict[str, str]
VECTORS = Path(__file__).parents[1] / "vectors"
YES_NO = {"": None, "yes": True, "no": False}


def rows(name: str) -> list[Row]:
    """The rows of one table; a row with a missing or extra cell is refused."""
    with (VECTORS / name).open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file, strict=True))
    for number, row in enumerate(table, start=2):
        if None in row or None in row.values() or not row["why"]:
            message = f"{name}, line {number}: the cells do not fit the header"
            raise ValueError(message)
    return table


def interval(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def _number(text: str) -> float | None:
    return None if text == "" else float(text)


def _listed(text: str) -> list[str] | None:
    """Blank = nobody recorded it; ``none`` = looked, none."""
    if text == "":
        return None
    return [] if text == "none" else text.split()


def _oxygen(device: str, flow: str, reason: str) -> Json | None:
    if device == "":
        return None
    return {"device": device, "flow_l_min": _number(flow), "reason": reason or None}


def crs_case(row: Row) -> Json:
    drugs = _listed(row["vasopressors"])
    now = vitals(
        NOW,
        temperature_c=_number(row["temperature_c"]),
        hypotensive=YES_NO[row["hypotensive"]],
        fluid_for_hypotension=YES_NO[row["bolus"]],
        vasopressors=None if drugs is None else [{"drug": drug} for drug in drugs],
        oxygen=_oxygen(row["device"], row["flow_l_min"], row["reason"]),
        hypoxic=YES_NO[row["hypoxic"]],
        other_cause=row["other_cause"].split(),
    )
    whole = in_context(row["context"], now)
    device, _, flow = row["usual"].partition(" ")
    whole["patient"]["baseline_oxygen"] = _oxygen(device, flow, "")
    return whole


def _seizure(text: str) -> Json | None:
    """``none``, or kind, minutes (``?`` unknown), recovery and how often."""
    if text in ("", "none"):
        return {"kind": "none"} if text else None
    kind, minutes, recovery, *often = text.split()
    repetitive = True if "repetitive" in often else (False if "recovered" in often else None)
    return {
        "kind": kind,
        "duration_min": None if minutes == "?" else float(minutes),
        "resolved": {"resolved": True, "unresolved": False, "?": None}[recovery],
        "repetitive_without_recovery": repetitive,
        "count": 2 if "two" in often else None,
    }


def _capd(text: str) -> Json | None:
    points = [None if item == "?" else int(item) for item in text.split()]
    if not points:
        return None
    return {"total": points[0]} if len(points) == 1 else {"items": points}


def neuro_case(row: Row) -> Json:
    patient = {
        "id": "vector-01",
        "age_years": _number(row["age_years"]),
        "developmental_delay": YES_NO[row["delay"]],
        "baseline_capd": int(row["baseline_capd"]) if row.get("baseline_capd") else None,
    }
    unable = row["unable"].split()
    found = exam(
        NOW,
        ice={"total": int(row["ice"])} if row["ice"] else None,
        capd=_capd(row["capd"]),
        consciousness=row["consciousness"] or None,
        seizure=_seizure(row["seizure"]),
        motor_weakness=row["motor"] or None,
        raised_icp=_listed(row["raised_icp"]),
        cerebral_oedema=row["oedema"] or None,
        unable=(unable[0] if len(unable) == 1 else unable) or None,
        other_cause=row["other_cause"].split(),
    )
    return case(patient=patient, neuro=[found])


ICE_ITEMS = ("year", "month", "city", "hospital", "naming", "command", "writing", "attention")


def ice_case(row: Row) -> Json:
    ice = {name: int(row[name]) if row[name] else None for name in (*ICE_ITEMS, "total")}
    patient = {
        "id": "vector-ice",
        "age_years": 41.0,
        "fixed_ice_deficits": _listed(row["fixed"]),
        "baseline_ice": int(row["baseline_ice"]) if row["baseline_ice"] else None,
    }
    return case(patient=patient, neuro=[exam(NOW, ice=ice)])


def course_stories() -> list[tuple[str, Json]]:
    """Every course file: a case, and what must hold at which time and why."""
    paths = sorted((VECTORS / "course").glob("*.json"))
    return [(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in paths]
