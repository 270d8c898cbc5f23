"""
The checks of a ward as a work list: what is due, overdue, or due soon, and for whom first.

Pure. The order is that of the board: the patient who needs someone now in front, and of one
patient the check that has waited longest. What may be left out of sight, and how many others that
hides, is counted here too; nothing is muted by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from dashboard.alerts import Alert
from dashboard.need import Need, Tier, in_order, need_of
from dashboard.states import PatientState, Unreadable
from toxmodels.escalation import Check, DueCheck

__all__ = [
    "OpenAlert",
    "Task",
    "critical",
    "critical_tasks",
    "hidden_text",
    "open_alerts",
    "summary",
    "tasks",
]

SOON: Final = timedelta(hours=1)
CALLS: Final[frozenset[Check | None]] = frozenset({"vitals", "neuro", None})  # a blood sample waits
Row = PatientState | Unreadable
Standing = Literal["late", "overdue", "due", "soon"]
Told = Callable[[PatientState, DueCheck], str | None]


@dataclass(frozen=True, slots=True)
class Task:
    """
    One check of one patient.

    ``late`` is overdue by a whole interval, ``overdue`` by a quarter of it. ``not_done`` says why
    nobody did it, who said so and when. A patient who cannot be graded is a task with no check.
    """

    patient_id: str
    need: Need
    what: Check | None
    standing: Standing
    at: datetime
    due_at: datetime
    last_at: datetime | None
    why: str
    lags: str | None = None
    not_done: str | None = None

    @property
    def beyond(self) -> timedelta:
        """How far its time is past; negative while it is still to come."""
        return self.at - self.due_at


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """One alert for the next shift: with who acknowledged it, and why it asks again if it does."""

    patient_id: str
    alert: Alert

    @property
    def acknowledged_by(self) -> str | None:
        """Who acknowledged it last; ``None`` when nobody has."""
        seen = self.alert.acknowledged
        return None if seen is None else f"{seen.recorded_by} ({seen.role})"


def tasks(rows: Iterable[Row], told: Told) -> list[Task]:
    """Every check due or overdue, or due within the hour; ``told`` finds why one was not done."""
    found: list[Task] = []
    for row in in_order(rows):
        need = need_of(row)
        if isinstance(row, Unreadable):
            found.append(Task(row.patient_id, need, None, "late", row.at, row.at, None, row.says))
            continue
        mine = [_task(row, need, one, told) for one in _asked(row)]
        found += sorted(mine, key=lambda one: (one.standing != "late", one.due_at))
    return found


def _asked(state: PatientState) -> list[DueCheck]:
    if state.closed is not None:
        return []
    return [one for one in state.assessment.due if one.due_at <= state.at + SOON]


def _task(state: PatientState, need: Need, one: DueCheck, told: Told) -> Task:
    return Task(
        patient_id=state.patient_id,
        need=need,
        what=one.what,
        standing=_standing(one, state.at),
        at=state.at,
        due_at=one.due_at,
        last_at=one.last_at,
        why=one.why,
        lags=one.lags,
        not_done=told(state, one),
    )


def _standing(one: DueCheck, at: datetime) -> Standing:
    if one.overdue_minutes is not None:
        return "late" if one.is_late else "overdue"
    return "due" if one.due_at <= at else "soon"


def summary(found: Sequence[Task], asking: int) -> str:
    """The list in one line: ``5 checks overdue (2 by a whole interval), 3 due, 4 within 1 h``."""
    counts = {
        name: sum(one.standing == name for one in found if one.what is not None)
        for name in ("late", "overdue", "due", "soon")
    }
    overdue = counts["late"] + counts["overdue"]
    said = []
    if asking:
        said.append("1 alert unacknowledged" if asking == 1 else f"{asking} alerts unacknowledged")
    if overdue:
        whole = f" ({counts['late']} by a whole interval)" if counts["late"] else ""
        said.append(f"{overdue} {'check' if overdue == 1 else 'checks'} overdue{whole}")
    if counts["due"]:
        said.append(f"{counts['due']} due")
    if counts["soon"]:
        said.append(f"{counts['soon']} within 1 h")
    return ", ".join(said) or "nothing is due within the hour"


# What may be left out of sight at night


def critical(row: Row) -> bool:
    """
    Whether a patient stays in sight in the critical-only view.

    An emergency, acknowledged or not; vital signs or an exam overdue by a whole interval; nobody
    can grade.
    """
    if isinstance(row, Unreadable):
        return True
    if row.closed is not None:
        return False
    emergency = any(one.flag.urgency == "emergency" for one in row.alerts)
    return emergency or any(one.is_late and one.what in CALLS for one in row.assessment.due)


def critical_tasks(found: Iterable[Task]) -> list[Task]:
    """The checks that stay in sight in the critical-only view."""
    return [one for one in found if one.standing == "late" and one.what in CALLS]


def hidden_text(hidden: Sequence[Row]) -> str:
    """What the critical-only view hides: ``12 patients hidden: 5 urgent, 2 overdue``."""
    if not hidden:
        return "Critical only: it hides nobody."
    people = "1 patient" if len(hidden) == 1 else f"{len(hidden)} patients"
    tiers = [need_of(row).tier for row in hidden]
    counts = (
        (tiers.count(Tier.URGENT), "urgent"),
        (tiers.count(Tier.WORSE_OR_SEVERE), "worse or severe"),
        (tiers.count(Tier.COULD_BE_SEVERE), "could be severe"),
        (tiers.count(Tier.OVERDUE), "overdue by less than a whole interval"),
    )
    said = ", ".join(f"{number} {word}" for number, word in counts if number)
    return f"Critical only: {people} hidden{f', of these {said}' if said else ''}."


# For the next shift


def open_alerts(rows: Iterable[Row]) -> list[OpenAlert]:
    """Every alert of a ward that still stands, those nobody has acknowledged first."""
    found = [
        OpenAlert(row.patient_id, one)
        for row in in_order(rows)
        if isinstance(row, PatientState)
        for one in row.alerts
        if one.flag.urgency != "info"
    ]
    return sorted(found, key=lambda one: not one.alert.is_open)
