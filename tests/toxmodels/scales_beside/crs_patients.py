"""Patients for the scales of CRS beside ASTCT: complete and normal unless a test says otherwise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import toxmodels
from tests.oracle.build import DOSE, NOW, case, vitals
from toxmodels.course import Walk
from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.scales import BESIDE, STEPPED

Json = dict[str, Any]

BEFORE_DOSE_H = (NOW - DOSE).total_seconds() / 3600 + 20.0
LIMITS = {"creatinine_umol_l": 100.0, "alt_u_l": 40.0, "ast_u_l": 40.0, "bilirubin_umol_l": 20.0}
NORMAL_LABS: Json = {
    "creatinine_umol_l": 70.0,
    "alt_u_l": 20.0,
    "ast_u_l": 20.0,
    "bilirubin_umol_l": 10.0,
    "anc_per_ul": 3000.0,
    "upper_limits": LIMITS,
}
CRS_SCALES = (
    "lee-2014",
    "penn-2018",
    "mskcc-2018",
    "cartox-crs-2018",
    "ctcae-crs-4.03",
    "ctcae-crs-5.0",
    "ctcae-crs-6.0",
    "cn-bnhl-crs-2022",
)


def ago(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


def at_hour(sets: Sequence[Json], hours_ago: str = "h") -> list[Json]:
    """Normal sets with ``h`` hours before now."""
    return [
        vitals(NOW - timedelta(hours=one[hours_ago]), **{k: v for k, v in one.items() if k != "h"})
        for one in sets
    ]


def labs(**changed: Any) -> list[Json]:
    """A normal sample before therapy, and one an hour ago."""
    before = {"taken_at": ago(BEFORE_DOSE_H), **NORMAL_LABS}
    return [before, {"taken_at": ago(1.0), **NORMAL_LABS, **changed}]


def patient(now: Json | None = None, **parts: Any) -> Json:
    """A febrile adult with normal organs; ``now`` changes the set of this hour."""
    sets = parts.pop("vitals", None)
    if sets is None:
        sets = at_hour([{"h": 0.0, "temperature_c": 38.6, **({} if now is None else now)}])
    return case(**{"vitals": sets, "labs": labs(), **parts})


def graded(raw: Json, scale: str, later_h: float = 0.0) -> Grade:
    loaded = toxmodels.load_case(json.dumps(raw))
    at = NOW + timedelta(hours=later_h)
    if scale in STEPPED:
        return toxmodels.assess(loaded, at=at).grades[scale]
    return BESIDE[scale].grade(Evidence(loaded, at, waiver=Walk(loaded).steps(at)[-1].waiver))


def span(raw: Json, scale: str, later_h: float = 0.0) -> tuple[int, int]:
    grade = graded(raw, scale, later_h)
    return grade.at_least, grade.at_most


def interval(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def grading(scale: str, grade: int, term: str | None = None, hours: float = 0.5) -> Json:
    """What a clinician graded some hours ago."""
    return {"graded_at": ago(hours), "scale": scale, "term": term, "grade": grade}
