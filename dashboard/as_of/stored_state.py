"""
A kept result as a state that the pages can draw: for what cannot be worked out again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dashboard import said, ward
from dashboard.alerts import Alert
from dashboard.as_of.saying import unpack
from dashboard.session import live_store
from dashboard.states import PatientState, TrendPoint
from dashboard.store import NotRead
from dashboard.store.shown import Shown
from toxmodels import Assessment, Grade

__all__ = ["as_stored"]


def as_stored(base: PatientState, kept: Shown, *, same_program: bool) -> PatientState:
    """The kept result in the place of the one worked out."""
    whole = unpack(kept.whole)
    if whole is None:
        raise NotRead(
            f"patient {kept.patient_id}",
            "the result of that day was written by a program of another form.",
            "Look at it as text (toxwatch as-of), or choose the rules of today.",
        )
    elapsed = base.at - kept.assessed_at
    opened = {(f["id"], f["urgency"]) for f in json.loads(kept.said)["flags"] if f["open"]}
    seen = said.acknowledgements(base.ward_id, base.patient_id)[: kept.acknowledged]
    newest = {one.alert_id: one for one in seen if one.recorded_at <= kept.at}
    alerts = [
        Alert(flag, (flag.id, flag.urgency) in opened, newest.get(flag.id)) for flag in whole.flags
    ]
    alerts.sort(key=lambda one: not one.is_open)
    return replace(
        base,
        assessment=whole.model_copy(update={"rules": base.assessment.rules}),
        vitals=_later(base.vitals, "vitals", whole, elapsed),
        neuro=_later(base.neuro, "neuro", whole, elapsed),
        alerts=tuple(alerts) if base.closed is None else (),
        trend=base.trend if same_program else _trend(kept, base.at),
    )


def _later(found: ward.Due, what: str, whole: Assessment, elapsed: timedelta) -> ward.Due:
    """A check as it stood in the kept result, later by the time since then."""
    check = next((one for one in whole.due if one.what == what), None)
    if check is None:
        return ward.Due(found.last_at, None, None, None)
    late = check.overdue_minutes
    overdue = None if late is None else timedelta(minutes=late) + elapsed
    return ward.Due(found.last_at, check.due_at, overdue, check.lags)


def _trend(kept: Shown, at: datetime) -> tuple[TrendPoint, ...]:
    """The grades that stood on the screen before: today's program would draw others."""
    since = at - ward.TREND
    return tuple(
        TrendPoint(one.at, {id_: _bounds(grade) for id_, grade in _grades_of(one)})
        for one in live_store().shown(kept.patient_id)
        if since <= one.at <= at
    )


def _grades_of(one: Shown) -> Any:
    return json.loads(one.said)["grades"].items()


def _bounds(grade: Mapping[str, Any]) -> Grade:
    low, high = int(grade["at_least"]), int(grade["at_most"])
    return Grade(low, high, (), (), complete=low == high)
