"""Small cases for the charts, each a few records around one point."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.charts.frames import frames
from dashboard.charts.listing import Row, listed
from dashboard.charts.timeline import Range, Timeline, View, timeline, view
from toxmodels import Case, assess, course, load_case

ZERO = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def at_h(hours: float) -> datetime:
    return ZERO + timedelta(hours=hours)


def case_of(**sections: Any) -> Case:
    """A case with its first dose at ``ZERO``; times are given in hours since then."""
    body: dict[str, Any] = {
        "format": "toxwatch-case/1",
        "patient": {"id": "chart-01", "age_years": 50.0, "developmental_delay": False},
        "therapy": {"product": "tisagenlecleucel", "doses": [{"given_at": ZERO.isoformat()}]},
    }
    body.update(sections)
    return load_case(json.dumps(body))


def vitals(hours: float, **values: Any) -> dict[str, Any]:
    return {"taken_at": at_h(hours).isoformat(), **values}


CALM: dict[str, Any] = {
    "temperature_c": 36.8,
    "systolic_mmhg": 120.0,
    "diastolic_mmhg": 70.0,
    "heart_rate_bpm": 80.0,
    "spo2_percent": 97.0,
    "hypotensive": False,
    "vasopressors": [],
    "oxygen": {"device": "room_air"},
}


def rows_of(
    case: Case, now_h: float, range_: Range = "72 h"
) -> tuple[dict[str, list[Row]], Timeline, View]:
    """What the strips of a case draw."""
    now = at_h(now_h)
    axis = timeline(case, UTC, now)
    part = view(range_, axis, at_h(0), now)
    standing = assess(case, at=now).grades
    return listed(case, course(case, at=now), now, axis, part, standing=standing), axis, part


def drawn(
    case: Case, now_h: float, range_: Range = "72 h"
) -> tuple[dict[str, Any], Timeline, View]:
    """The same as frames."""
    rows, axis, part = rows_of(case, now_h, range_)
    return frames(rows), axis, part
