"""Case files for tests, as plain JSON objects: normal unless a test says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

DOSE = datetime(2026, 3, 1, 10, tzinfo=UTC)
NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=12)  # outside the validity of vital signs, inside one episode
TREATED = NOW - timedelta(hours=11)

NORMAL_VITALS: Json = {
    "temperature_c": 36.8,
    "hypotensive": False,
    "vasopressors": [],
    "oxygen": {"device": "room_air"},
}
NORMAL_EXAM: Json = {
    "ice": {"total": 10},
    "consciousness": "alert",
    "seizure": {"kind": "none"},
    "motor_weakness": "none",
    "raised_icp": [],
    "cerebral_oedema": "none",
}


def vitals(at: datetime, **changed: Any) -> Json:
    return {"taken_at": at.isoformat(), **NORMAL_VITALS, **changed}


def exam(at: datetime, **changed: Any) -> Json:
    return {"taken_at": at.isoformat(), **NORMAL_EXAM, **changed}


def dose(at: datetime, drug: str, **more: Any) -> Json:
    return {"given_at": at.isoformat(), "drug": drug, **more}


def case(**parts: Any) -> Json:
    """An adult after CAR-T cells on 1 March; ``parts`` replace whole sections."""
    whole: Json = {
        "format": "toxwatch-case/1",
        "patient": {"id": "oracle-01", "age_years": 41.0, "weight_kg": 70.0},
        "therapy": {
            "product": "tisagenlecleucel",
            "started_at": DOSE.isoformat(),
            "doses": [{"given_at": DOSE.isoformat(), "label": "infusion", "cycle": 1, "day": 1}],
        },
        "vitals": [],
        "neuro": [],
        "labs": [],
        "gradings": [],
        "treatments": [],
        "events": [],
    }
    whole.update(parts)
    return {name: part for name, part in whole.items() if part is not ABSENT}


class _Absent:
    """Marks a section that the file does not have at all."""


ABSENT = _Absent()


def in_context(context: str, now: Json) -> Json:
    """One set of vital signs at NOW after the history that ``context`` names."""
    fever = vitals(EARLIER, temperature_c=39.0)
    histories: dict[str, tuple[list[Json], Any]] = {
        "never": ([], []),
        "waived": ([fever], [dose(TREATED, "tocilizumab", dose_mg=560.0)]),
        "not waived": ([fever], []),
        "treatments absent": ([fever], ABSENT),
    }
    before, treatments = histories[context]
    return case(vitals=[*before, now], treatments=treatments)


CONTEXTS = ("never", "waived", "not waived", "treatments absent")
