"""
What an entry would change, worked out before it is saved: values against the last set, grades
before and after. Nothing here is stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from dashboard.parts.forms.check import SECTIONS, Entry
from dashboard.parts.forms.spoken import Line, say
from dashboard.parts.grade import age_text
from dashboard.store import Entry as Stored
from toxmodels import Case, Grade, load_case
from toxmodels.assess import grades_at
from toxmodels.course import Walk

_TIMES = ("taken_at", "given_at", "at", "graded_at")


@dataclass(frozen=True, slots=True)
class GradeChange:
    """Grades at one time without and with the new entry."""

    at: datetime
    before: dict[str, Grade]
    after: dict[str, Grade]


def own_time(payload: Mapping[str, Any]) -> datetime | None:
    """The time a record carries; None for an entry without one, such as a withdrawal."""
    found = next((payload[key] for key in _TIMES if key in payload), None)
    return None if found is None else datetime.fromisoformat(found)


def previous(
    history: Iterable[Stored], kind: str, field: str, before: datetime
) -> tuple[Any, datetime] | None:
    """The newest recorded value of a field up to a time, with its own time."""
    found = [
        (entry.payload[field], entry.observed_at)
        for entry in history
        if entry.kind == kind
        and entry.is_live
        and entry.observed_at <= before
        and entry.payload.get(field) is not None
    ]
    return max(found, key=lambda one: one[1], default=None)


def change_text(line: Line, was: tuple[Any, datetime] | None, now: datetime, zone: tzinfo) -> str:
    """The change from the last value, in one clause."""
    if was is None:
        return "first value" if line.text is not None else ""
    value, taken_at = was
    said, age = say(line.field, value, zone), age_text(now - taken_at)
    if line.text is None:
        return f"last {said}, {age}; not carried forward"
    numbers = isinstance(value, int | float) and isinstance(line.value, int | float)
    if numbers and not isinstance(value, bool):
        delta = round(line.value - value, 2)
        sign = "unchanged" if delta == 0 else f"{delta:+g}"
        return f"{sign} (last {said}, {age})"
    return f"unchanged ({age})" if said == line.text else f"was {said} ({age})"


def with_entries(
    case: Mapping[str, Any], entries: Sequence[Entry], replaced: Stored | None
) -> Case:
    """The case as it would be with these entries, one of them in place of another."""
    changed = json.loads(json.dumps(case))
    if replaced is not None:
        _take_out(changed, replaced)
    for kind, payload in entries:
        if kind == "withdrawal":
            continue
        if kind == "none_found":
            changed.setdefault(payload["section"], [])
        elif kind in SECTIONS:
            changed.setdefault(SECTIONS[kind], []).append(payload)
        else:
            changed[kind] = payload
    return load_case(json.dumps(changed))


def _take_out(case: dict[str, Any], replaced: Stored) -> None:
    section = SECTIONS.get(replaced.kind)
    payload = json.loads(json.dumps(dict(replaced.payload)))
    if section is not None and payload in case.get(section, []):
        case[section].remove(payload)
        if not case[section]:
            del case[section]


def grade_changes(
    before: Walk,
    case: Mapping[str, Any],
    entries: Sequence[Entry],
    replaced: Stored | None,
    *,
    now: datetime,
    reach: timedelta,
) -> list[GradeChange]:
    """
    Grades without and with the entries: now, and at the time of the reading where that lies
    further back than ``reach``. ``before`` is the same case as it was walked for the screen.
    """
    times = [at for _, payload in entries if (at := own_time(payload)) is not None]
    taken = max(times, default=now if replaced is None else replaced.observed_at)
    shown = [max(now, taken)] + ([taken] if now - taken > reach else [])
    walks = before, Walk(with_entries(case, entries, replaced), after=before)
    return [GradeChange(at, *(grades_at(walk, at) for walk in walks)) for at in shown]
