"""One neurological exam at NOW, graded on the neurological scales beside ASTCT."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.oracle.build import NOW, case, exam
from toxmodels import Grade, load_case
from toxmodels.evidence import Evidence
from toxmodels.scales import BESIDE

CRES, FIVE, SIX = "cartox-cres-2018", "ctcae-neuro-5.0", "ctcae-neuro-6.0"
NEURO = (CRES, FIVE, SIX)
ADULT: dict[str, Any] = {"id": "neuro-01", "age_years": 41.0, "conditions": []}
CHILD = {**ADULT, "age_years": 6.0}
# Everything looked for and found normal, CARTOX-10 and the signs beside ICANS included.
CALM: dict[str, Any] = {"cartox10_total": 10, "new_confusion": False, "other_signs": []}
BRIEF = {"kind": "focal", "duration_min": 1.0, "resolved": True}


def look(hours_ago: float = 0.0, **changed: Any) -> dict[str, Any]:
    return exam(NOW - timedelta(hours=hours_ago), **{**CALM, **changed})


def graded_by(
    term: str, grade: int, hours_ago: float = 0.0, scale: str = "ctcae-5.0"
) -> dict[str, Any]:
    at = NOW - timedelta(hours=hours_ago)
    return {"graded_at": at.isoformat(), "scale": scale, "term": term, "grade": grade}


def graded(
    scale: str, *exams: dict[str, Any], patient: dict[str, Any] | None = None, **more: Any
) -> Grade:
    whole = case(patient=ADULT if patient is None else patient, neuro=[*exams], **more)
    return BESIDE[scale].grade(Evidence(load_case(json.dumps(whole)), NOW))


def bounds(grade: Grade) -> tuple[int, int]:
    return grade.at_least, grade.at_most


def says(grade: Grade) -> str:
    return " | ".join(one.says for one in grade.findings)
