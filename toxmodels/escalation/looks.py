"""
When something was really looked at: an exam, or each part of a set of vital signs.

A patient left asleep was not examined. A set counts when temperature, pressure and oxygen have all
been looked at; a set of the temperature alone is a look at the temperature.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from toxmodels.moment import Chart
from toxmodels.records import NeuroExam, Vitals

__all__ = ["PARTS", "exam_counts", "last_exam", "last_look", "last_set"]

PARTS: Final = ("temperature", "pressure", "oxygen")


def last_look(chart: Chart, what: str, at: datetime) -> datetime | None:
    """
    When ``what`` was last looked at.

    Args:
        chart: the records.
        what: ``exam``, ``vitals`` (all parts) or one of its parts.
        at: records later than this are invisible.

    """
    if what == "exam":
        return last_exam(chart, at)
    if what == "vitals":
        return last_set(chart, at)[0]
    sets = (one for one in reversed(chart.vitals) if one.taken_at <= at)
    return next((one.taken_at for one in sets if _looked_at(one)[what]), None)


def last_exam(chart: Chart, at: datetime) -> datetime | None:
    """The newest exam that was done."""
    done = (one for one in reversed(chart.exams) if one.taken_at <= at and exam_counts(one))
    return next((one.taken_at for one in done), None)


def exam_counts(exam: NeuroExam) -> bool:
    """Whether an exam was done: scored, or impossible for a reason that is not sleep."""
    if "asleep" in exam.unable_reasons:
        return False
    return exam.ice is not None or exam.capd is not None or bool(exam.unable_reasons)


def last_set(chart: Chart, at: datetime) -> tuple[datetime | None, str | None]:
    """Since when temperature, pressure and oxygen have all been looked at: the oldest of them."""
    looked: dict[str, datetime] = {}
    newest: datetime | None = None
    for one in reversed(chart.vitals):
        if one.taken_at > at:
            continue
        newest = newest or one.taken_at
        for name, seen in _looked_at(one).items():
            if seen:
                looked.setdefault(name, one.taken_at)
        if len(looked) == len(PARTS):
            break
    lags = [name for name in PARTS if newest is not None and looked.get(name) != newest]
    whole = min(looked.values()) if len(looked) == len(PARTS) else None
    return whole, ", ".join(lags) or None


def _looked_at(one: Vitals) -> dict[str, bool]:
    return {
        "temperature": one.temperature_c is not None,
        "pressure": not (one.hypotensive is None and one.systolic_mmhg is None)
        or one.map_mmhg is not None,
        "oxygen": not (one.oxygen is None and one.spo2_percent is None) or one.hypoxic is not None,
    }
