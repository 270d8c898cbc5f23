"""The quick lower bound of NEWS2 that a flag asks for is the lower bound of the score itself."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from toxmodels import load_case
from toxmodels.evidence import Evidence
from toxmodels.scales import news2

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def any_set(dice: random.Random, at: datetime) -> dict[str, Any]:
    pick = dice.choice
    device = pick((None, "room_air", "nasal_cannula", "cpap"))
    return {
        "taken_at": at.isoformat(),
        "respiratory_rate_bpm": pick((None, 8.0, 8.5, 11.4, 12.0, 20.0, 20.5, 24.0, 25.0)),
        "spo2_percent": pick((None, 83.0, 84.0, 87.5, 88.0, 91.0, 92.0, 94.0, 95.5, 96.0, 97.0)),
        "systolic_mmhg": pick((None, 90.0, 90.5, 100.0, 110.0, 111.0, 219.0, 220.0)),
        "heart_rate_bpm": pick((None, 40.0, 41.0, 50.4, 90.0, 90.5, 110.0, 130.0, 131.0)),
        "temperature_c": pick((None, 35.0, 35.04, 35.05, 36.0, 38.0, 38.1, 39.0, 39.05)),
        "oxygen": None if device is None else {"device": device},
    }


def any_exam(dice: random.Random, at: datetime) -> dict[str, Any]:
    level = dice.choice((None, "alert", "alert", "drowsy", "voice", "tactile", "unarousable"))
    confused = dice.choice((None, True, False))
    return {"taken_at": at.isoformat(), "consciousness": level, "new_confusion": confused}


def test_it_is_the_lower_bound_whatever_was_recorded() -> None:
    dice, seen = random.Random(11), set()
    for number in range(400):
        moments = [START + timedelta(minutes=dice.choice((0, 0, 60, 240))) for _ in range(3)]
        patient = {"id": "p", "age_years": 50.0, "spo2_scale": dice.choice((None, 1, 2))}
        raw = {
            "format": "toxwatch-case/1",
            "patient": patient,
            "vitals": [any_set(dice, at) for at in moments],
            "neuro": [any_exam(dice, at) for at in moments[:2]],
        }
        evidence = Evidence(load_case(json.dumps(raw)), START + timedelta(hours=4))
        whole = news2.SCALE.grade(evidence).at_least
        assert news2.least(evidence) == whole, f"case {number}: {raw}"
        seen.add(whole)
    assert len(seen) > 10, "the cases were all alike"
