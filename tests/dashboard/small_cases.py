"""Small invented cases for tests of the screens: one set, one exam, told by their ages."""

from __future__ import annotations

from datetime import datetime, timedelta

ICE = {"year": 1, "month": 1, "city": 1, "hospital": 1, "naming": 3, "command": 1, "writing": 1}


def vitals(at: datetime, **more) -> dict:
    """A quiet set: no fever, no low pressure, no vasopressor, room air; ``more`` changes it."""
    quiet = {
        "taken_at": at.isoformat(),
        "temperature_c": 36.8,
        "systolic_mmhg": 122,
        "hypotensive": False,
        "vasopressors": [],
        "oxygen": {"device": "room_air"},
    }
    return {**quiet, **more}


def exam(at: datetime, **more) -> dict:
    """A whole exam with an ICE of 10; ``more`` changes it."""
    whole = {
        "taken_at": at.isoformat(),
        "ice": {**ICE, "attention": 1},
        "consciousness": "alert",
        "seizure": {"kind": "none"},
        "motor_weakness": "none",
        "raised_icp": [],
    }
    return {**whole, **more}


def case(patient_id: str, now: datetime, *, sets: list[dict], exams: list[dict], **more) -> dict:
    """A case file of an adult three days after the infusion."""
    infused = (now - timedelta(days=3)).isoformat()
    return {
        "format": "toxwatch-case/1",
        "patient": {"id": patient_id, "age_years": 50.0},
        "therapy": {"product": "tisagenlecleucel", "started_at": infused},
        "vitals": sets,
        "neuro": exams,
        "treatments": [],
        **more,
    }


def quiet_case(patient_id: str, now: datetime) -> dict:
    """Nothing wrong and nothing overdue."""
    return case(
        patient_id,
        now,
        sets=[vitals(now - timedelta(hours=1))],
        exams=[exam(now - timedelta(hours=1))],
    )


FEVER = {"temperature_c": 39.0}
LOW = {"hypotensive": True, "systolic_mmhg": 82}
PRESSOR = {"hypotensive": True, "vasopressors": [{"drug": "norepinephrine", "rate_ug_min": 6.0}]}
