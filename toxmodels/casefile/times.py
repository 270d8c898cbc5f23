"""
Times are text with an offset from UTC.

The shape is checked here because strict records alone would take "1761355800" for a time.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from toxmodels.casefile.faults import CaseError, Fault, shown

TIME_KEYS: Final = frozenset(
    {
        "at",
        "crs_since",
        "ended_at",
        "given_at",
        "graded_at",
        "lymphodepletion_started_at",
        "started_at",
        "stopped_at",
        "taken_at",
        "weight_recorded_at",
    }
)
# Outside these years a time is a typing error, and moving it to UTC could leave the calendar.
FIRST_YEAR, LAST_YEAR = 1900, 2199
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})", re.ASCII
)
_NO_OFFSET = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)?", re.ASCII)
_AWARE = TypeAdapter(AwareDatetime)
_SHAPE: Final = 'write ISO 8601 with offset, "2026-03-01T10:00:00+00:00"'


def time_fault(value: Any, path: str) -> Fault | None:
    """Say what keeps a value from looking like a time; whether the day exists is asked later."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        if not FIRST_YEAR <= int(value[:4]) <= LAST_YEAR:
            says = f"{shown(value)} lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
            return Fault(path=path, says=says, suggestion="check the year")
        return None
    if isinstance(value, str) and _NO_OFFSET.fullmatch(value):
        says = f"{shown(value)} has no offset from UTC"
        whole = value[:16] if len(value) >= len("2026-03-01T10:00") else f"{value[:10]}T10:00"
        return Fault(path=path, says=says, suggestion=f'for example "{whole}+00:00"')
    return Fault(path=path, says=f"{shown(value)} is not a time", suggestion=_SHAPE)


def no_such_time(value: Any, path: str) -> Fault:
    """Say that a value looks like a time, but of a day or hour that does not exist."""
    says = f"{shown(value)} is no day and hour of the calendar"
    return Fault(path=path, says=says, suggestion="check month, day, hour and offset")


def read_time(text: str, path: str) -> datetime:
    """
    Read one time as a case file would hold it.

    Raises:
        CaseError: it is not a time, or has no offset.

    """
    fault = time_fault(text, path)
    if fault is not None:
        raise CaseError([fault])
    try:
        return _AWARE.validate_python(text)
    except ValidationError:
        raise CaseError([no_such_time(text, path)]) from None
