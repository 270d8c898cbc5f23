"""
Nobody acknowledged it: since when an alert asks, and whom to call by now.

Pure. The time runs from the call of the alarm, not from the moment a screen opened, and starts
anew only when an acknowledged alert asks again. The steps are a rule of the house (``site.toml``);
toxwatch sends nothing, it says on every screen whom somebody has to call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dashboard.alerts import EMERGENCY_HOLDS, Alert
from dashboard.parts.grade import span_text
from dashboard.store import Acknowledgement
from toxmodels.escalation import URGENCIES, Call
from toxmodels.site import site

__all__ = [
    "Called",
    "Step",
    "Waiting",
    "asked",
    "in_order",
    "rules",
    "said",
    "waiting_of",
    "whom_to_call",
]

TIME_IS_UP: Final = "its time is up"  # as ``dashboard.alerts`` says it


@dataclass(frozen=True, slots=True)
class Called:
    """
    The calls of one open alarm, oldest first; none where they could not be worked out.

    ``or_longer``: it stood already at the first one, as far back as anybody looked.
    """

    calls: tuple[Call, ...] = ()
    or_longer: bool = False


NEVER_CALLED: Final = Called()


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to call, from when on; ``place`` counts the steps of one chain from 0."""

    at: datetime
    whom: str
    place: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    One open alert: since when it asks, whom to call by now, and who is next.

    ``since`` is ``None`` where it could not be worked out, and the latest it can be with
    ``or_longer``; ``now`` is ``None`` while the alert is still its owner's alone.
    """

    patient_id: str
    alert: Alert
    at: datetime
    since: datetime | None
    now: Step | None
    next: Step | None
    or_longer: bool = False

    @property
    def age(self) -> timedelta | None:
        """For how long nobody has acknowledged it."""
        return None if self.since is None else max(self.at - self.since, timedelta(0))


def waiting_of(
    patient_id: str,
    alert: Alert,
    called: Called,
    at: datetime,
    changed_after: Callable[[Acknowledgement], datetime | None],
) -> Waiting:
    """
    How long an open alert has asked, and whom its chain has come to.

    Args:
        patient_id: whose alert it is.
        alert: an open alert.
        called: the calls of its alarm.
        at: the time of the view.
        changed_after: when something was first stored that an acknowledgement had not seen.

    """
    asking = _asking(alert, called, at, changed_after)
    if not asking:
        first = _chain(alert.flag.urgency)[:1]
        now = next((Step(at, whom, 0) for _, whom in first), None)
        return Waiting(patient_id, alert, at, None, now, None)
    steps = sorted(
        (
            Step(call.at + after, whom, place)
            for call in asking
            for place, (after, whom) in enumerate(_chain(call.urgency))
        ),
        key=lambda step: step.at,
    )
    reached = [step for step in steps if step.at <= at]
    # It only rises: an alarm that turns into an emergency keeps whom it had come to.
    now = max(reached, key=lambda step: (step.place, -step.at.timestamp()), default=None)
    higher = [one for one in steps if one.at > at and (now is None or one.place > now.place)]
    since = min(call.at for call in asking)
    longer = called.or_longer and alert.acknowledged is None
    return Waiting(patient_id, alert, at, since, now, next(iter(higher), None), longer)


def _asking(
    alert: Alert,
    called: Called,
    at: datetime,
    changed_after: Callable[[Acknowledgement], datetime | None],
) -> tuple[Call, ...]:
    """The calls nobody has answered; asking again without a call of the alarm counts as one."""
    seen = alert.acknowledged
    if seen is None:
        return called.calls
    known = called.calls[1:] if called.or_longer else called.calls
    later = tuple(call for call in known if call.at > seen.recorded_at)
    if later:
        return later
    if alert.again == TIME_IS_UP:
        holds = EMERGENCY_HOLDS if alert.flag.urgency == "emergency" else site().vitals_due
        again = seen.recorded_at + holds
    else:
        # A grade can also open with time alone: then the tap itself is the last certain moment.
        again = changed_after(seen) or seen.recorded_at
    return (Call(min(again, at), alert.flag.urgency),)


def _chain(urgency: str) -> tuple[tuple[timedelta, str], ...]:
    return site().chain.get(urgency, ())


# In words


def said(one: Waiting) -> str:
    """``unacknowledged for 12 min: call the physician on call``."""
    for_long = asked(one)
    if one.now is None:
        return for_long
    return f"{for_long}: call the {one.now.whom}"


def asked(one: Waiting) -> str:
    """``unacknowledged for 12 min``."""
    age = one.age
    if age is None:
        return "unacknowledged, for how long could not be worked out"
    if age < timedelta(minutes=1):
        return "asks now"
    over = "more than " if one.or_longer else ""
    return f"unacknowledged for {over}{span_text(age)}"


def whom_to_call(found: Sequence[Waiting]) -> list[str]:
    """
    Whom to call for one patient, each said once: for the alert in front, and beside it for the
    one that has come further in its chain. ``found`` are the open alerts as the screen shows them.
    """
    if not found:
        return []
    first = found[0]
    furthest = max(found, key=_place)
    lines = [] if first.now is None else [said(first)]
    if _place(furthest) > _place(first):
        lines.append(f"{furthest.alert.flag.says}: {said(furthest)}")
    return lines


def _place(one: Waiting) -> int:
    return -1 if one.now is None else one.now.place


def rules() -> Mapping[str, str]:
    """The chains in words, by urgency: ``nurse in charge after 5 min, ...``."""
    return {
        urgency: ", ".join(f"{whom} after {span_text(after)}" for after, whom in _chain(urgency))
        for urgency in URGENCIES
        if _chain(urgency)
    }


def in_order(found: Iterable[Waiting]) -> list[Waiting]:
    """The most urgent first, and of those the one that has waited longest."""

    def place(one: Waiting) -> tuple[int, float, str]:
        age = timedelta.max if one.age is None else one.age
        rank = URGENCIES.index(one.alert.flag.urgency)
        return rank, -age.total_seconds(), one.patient_id

    return sorted(found, key=place)
