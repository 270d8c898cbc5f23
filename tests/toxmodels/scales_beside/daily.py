"""Cases for the scales that count days: one sample a day, at eight in the morning."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from toxmodels import Case, assess, load_case
from toxmodels.findings import Grade

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
MORNING = timedelta(hours=-2)


def series(text: str) -> list[tuple[int, float]]:
    """``0:2100 1:340`` as days and counts."""
    pairs = (one.split(":") for one in text.split())
    return [(int(day), float(count)) for day, count in pairs]


def sample(day: float, **values: Any) -> dict[str, Any]:
    return {"taken_at": (START + timedelta(days=day) + MORNING).isoformat(), **values}


def patient(*samples: dict[str, Any], **parts: Any) -> Case:
    """A CAR-T case with these samples; ``parts`` replace whole sections."""
    body = {
        "format": "toxwatch-case/1",
        "patient": {"id": "one"},
        "therapy": {
            "product": "tisagenlecleucel",
            "doses": [{"given_at": START.isoformat()}],
        },
        "labs": list(samples),
        "treatments": [],
    }
    kept = {key: value for key, value in (body | parts).items() if value is not None}
    return load_case(json.dumps(kept))


def at_day(day: float) -> datetime:
    return START + timedelta(days=day)


def grade(case: Case, scale: str, day: float) -> Grade:
    return assess(case, at=at_day(day), scales=[scale]).grades[scale]


def span(case: Case, scale: str, day: float) -> tuple[int, int]:
    found = grade(case, scale, day)
    return found.at_least, found.at_most


def counts(text: str, analyte: str = "anc_per_ul") -> list[dict[str, Any]]:
    return [sample(day, **{analyte: value}) for day, value in series(text)]


def flat(first: int, last: int, value: float) -> str:
    """The same count on each of these days."""
    return " ".join(f"{day}:{value:g}" for day in range(first, last + 1))
