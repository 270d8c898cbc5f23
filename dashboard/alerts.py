"""
Alerts: which flags still ask for somebody, and which have been seen and why that holds.

A flag comes from ``toxmodels``, and so do the calls of its alarm: when it opens, rises or comes
back. An acknowledgement quietens it only for the state that was on the screen: it fires again when
its alarm has called since, a grade is worse, a sign is new, or its time is up. An emergency also
fires again with every new set of observations, so nothing worse can hide behind an earlier tap.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from dashboard.store import Acknowledgement
from toxmodels import Assessment
from toxmodels.escalation import URGENCIES, Flag, Look, collapse
from toxmodels.site import site

EMERGENCY_HOLDS: Final = timedelta(minutes=15)
REASONS: Final = (
    "Seen and acting",
    "Expected",
    "Treated",
    "Lab or imaging ordered",
    "Transferred",
    "False reading",
    "Other",
)


@dataclass(frozen=True, slots=True)
class Alert:
    """
    One flag of one patient, and what people have done about it.

    ``acknowledged`` is the newest acknowledgement, still holding or not; ``again`` says in a few
    words why a flag that was acknowledged asks once more.
    """

    flag: Flag
    is_open: bool
    acknowledged: Acknowledgement | None = None
    again: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood on the screen when somebody tapped: enough to tell whether it got worse."""

    grades: dict[str, tuple[int, int]]
    signs: frozenset[str]
    urgency: str


def seen_now(assessment: Assessment, flag: Flag) -> Seen:
    """What the screen shows for this flag now."""
    return Seen(
        grades={id_: (one.at_least, one.at_most) for id_, one in assessment.grades.items()},
        signs=frozenset(
            finding.sign
            for grade in assessment.grades.values()
            for finding in grade.findings
            if finding.at_least > 0
        ),
        urgency=flag.urgency,
    )


def seen_text(seen: Seen) -> str:
    """The same as the text that is stored with an acknowledgement."""
    grades = {id_: list(bounds) for id_, bounds in sorted(seen.grades.items())}
    body = {"grades": grades, "signs": sorted(seen.signs), "urgency": seen.urgency}
    return json.dumps(body, separators=(",", ":"))


def read_seen(text: str | None) -> Seen | None:
    """Read it back; ``None`` when it cannot be read, and then the alert simply fires again."""
    try:
        body: Any = json.loads(text or "")
        return Seen(
            grades={id_: (int(low), int(high)) for id_, (low, high) in body["grades"].items()},
            signs=frozenset(map(str, body["signs"])),
            urgency=str(body["urgency"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def alerts_of(
    assessment: Assessment,
    acknowledged: Sequence[Acknowledgement],
    *,
    until: datetime,
    newest_observation: int,
    looks_since: Callable[[datetime], Iterable[Look]],
) -> tuple[Alert, ...]:
    """
    Every flag as an alert: open ones first, the most urgent in front.

    Args:
        assessment: grades and flags at its own time.
        acknowledged: all acknowledgements of the patient.
        until: the time of the view; what was acknowledged later does not count in it.
        newest_observation: journal position of the newest vital signs or exam.
        looks_since: the flags at each assessment time after a given moment.

    """
    found: list[Alert] = []
    for flag in assessment.flags:
        newest = _newest(flag, acknowledged, until)
        again = None
        if newest is not None:
            again = _again(flag, newest, assessment, newest_observation)
            if again is None and until - newest.recorded_at >= _holds(flag):
                again = "its time is up"
            if again is None:
                again = _called_again(flag, newest, looks_since(newest.recorded_at), until)
        is_open = flag.urgency != "info" and (newest is None or again is not None)
        found.append(Alert(flag, is_open, newest, again))
    return tuple(
        sorted(found, key=lambda one: (not one.is_open, URGENCIES.index(one.flag.urgency)))
    )


def _newest(
    flag: Flag, acknowledged: Sequence[Acknowledgement], until: datetime
) -> Acknowledgement | None:
    mine = [one for one in acknowledged if one.alert_id == flag.id and one.recorded_at <= until]
    return mine[-1] if mine else None


def _again(
    flag: Flag, newest: Acknowledgement, assessment: Assessment, newest_observation: int
) -> str | None:
    """Why an acknowledged flag asks again, or ``None`` while the acknowledgement holds."""
    before, here = read_seen(newest.grade_seen), seen_now(assessment, flag)
    if before is None:
        return "what was seen is not on record"
    if any(
        low > before.grades.get(id_, (-1, -1))[0] or high > before.grades.get(id_, (-1, -1))[1]
        for id_, (low, high) in here.grades.items()
    ):
        return "a grade is worse"
    if here.signs - before.signs:
        return "a sign is new"
    if before.urgency not in URGENCIES or _rank(here.urgency) < _rank(before.urgency):
        return "more urgent than before"
    if flag.urgency == "emergency" and newest_observation > newest.seen_position:
        return "new observations"
    return None


def _called_again(
    flag: Flag, newest: Acknowledgement, looks: Iterable[Look], until: datetime
) -> str | None:
    """Whether the alarm has called since the tap: it rose in between, or went and came back."""
    then, mine = Look(newest.recorded_at, (flag,)), Look(until, (flag,))
    since = [
        replace(look, flags=[one for one in look.flags if one.id == flag.id]) for look in looks
    ]
    alarms = collapse([then, *since, mine])
    if len(alarms) > 1:
        return "it had gone and came back"
    return "it had risen" if len(alarms[0].calls) > 1 else None


def _holds(flag: Flag) -> timedelta:
    """How long an acknowledgement quietens a flag that does not change."""
    return EMERGENCY_HOLDS if flag.urgency == "emergency" else site().vitals_due


def _rank(urgency: str) -> int:
    return list[str](URGENCIES).index(urgency)
