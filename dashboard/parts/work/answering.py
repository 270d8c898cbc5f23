"""
How long the team takes to acknowledge an alert, from when it called: the median, with how many.

The time of the call is stored with the acknowledgement, as it stood on the screen of whoever
tapped. The figure is for the ward as a whole, by urgency; there is none by person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_high
from typing import Any, Final

from dashboard.chain import Waiting
from dashboard.parts.grade import span_text
from dashboard.store import Acknowledgement
from toxmodels.escalation import URGENCIES

__all__ = ["LOOKS_BACK", "Answer", "answers", "median_text", "with_call"]

LOOKS_BACK: Final = timedelta(days=7)
_CALLED: Final = "called_at"
_OR_LONGER: Final = "or_longer"
_NAMES: Final = {"emergency": "emergencies", "urgent": "urgent alerts", "soon": "alerts for later"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One alert that somebody acknowledged: how urgent it was, and how long it had asked."""

    urgency: str
    took: timedelta
    or_longer: bool = False


def with_call(seen: str, waiting: Waiting | None) -> str:
    """What was on the screen, and since when the alert had asked."""
    if waiting is None or waiting.since is None:
        return seen
    body = json.loads(seen)
    body[_CALLED] = waiting.since.isoformat(timespec="seconds")
    if waiting.or_longer:
        body[_OR_LONGER] = True
    return json.dumps(body, separators=(",", ":"))


def answers(found: Iterable[Acknowledgement], until: datetime) -> list[Answer]:
    """The acknowledgements of the last days that say since when their alert had asked."""
    read = (_answer(one) for one in found if until - LOOKS_BACK <= one.recorded_at <= until)
    return [one for one in read if one is not None]


def _answer(one: Acknowledgement) -> Answer | None:
    try:
        body: Any = json.loads(one.grade_seen or "")
        called = datetime.fromisoformat(body[_CALLED])
        # A reading stamped a little ahead calls a little later than somebody saw it.
        took = max(one.recorded_at - called, timedelta(0))
        return Answer(str(body["urgency"]), took, body.get(_OR_LONGER) is True)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None  # made before the time of the call was stored


def median_text(found: Sequence[Answer]) -> list[str]:
    """``emergencies: 4 min (n = 6)`` for each urgency that anybody acknowledged."""
    said = []
    for urgency in URGENCIES:
        mine = [one for one in found if one.urgency == urgency]
        if not mine or urgency not in _NAMES:
            continue
        middle = median_high([(one.took, one.or_longer) for one in mine])
        over = "more than " if middle[1] else ""
        said.append(f"{_NAMES[urgency]}: {over}{span_text(middle[0])} (n = {len(mine)})")
    return said
