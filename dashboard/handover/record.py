"""
A handover as lines: closed, frozen, and the same for every rendering.

SBAR is four letters; the sections below stand under them in the order in which they are said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal

from dashboard.store import Acknowledgement, Decision, Entry

__all__ = [
    "LETTERS",
    "READ_BACK",
    "RECEIVED",
    "TITLES",
    "Clock",
    "Handover",
    "Journal",
    "Key",
    "Line",
    "Printed",
    "Section",
]

Key = Literal[
    "situation",
    "background",
    "assessment",
    "changes",
    "drugs",
    "alerts",
    "proposals",
    "checks",
    "questions",
]
TITLES: Final[dict[Key, str]] = {
    "situation": "Situation",
    "background": "Background",
    "assessment": "Assessment",
    "changes": "What changed",
    "drugs": "Drugs given and next possible",
    "alerts": "Alerts",
    "proposals": "Proposed by the protocol, not decided",
    "checks": "Checks due, overdue and not done",
    "questions": "Open questions, easiest first",
}
LETTERS: Final[dict[Key, str]] = {
    "situation": "S",
    "background": "B",
    "assessment": "A",
    "changes": "A",
    "drugs": "A",
    "alerts": "R",
    "proposals": "R",
    "checks": "R",
    "questions": "R",
}
# What the receiver says back, and what both sign for; ticked on paper, never filled in here.
READ_BACK: Final[tuple[str, ...]] = (
    "Patient and ward",
    "Both grades, and what is missing",
    "Drugs, and the next possible dose",
    "Alerts nobody has acknowledged",
    "Next check and when",
)
RECEIVED: Final[tuple[str, ...]] = ("Given by", "Received by", "Time")


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: what it is about, and what is recorded; ``loud`` where it asks for somebody."""

    label: str
    says: str
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the handover; it is never empty: what is absent is said to be."""

    key: Key
    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        """The heading."""
        return TITLES[self.key]

    @property
    def letter(self) -> str:
        """The letter of SBAR it stands under."""
        return LETTERS[self.key]


@dataclass(frozen=True, slots=True)
class Handover:
    """
    One patient at one time.

    ``since`` is the start of what is told as changed; ``position`` the journal position it rests
    on (``None`` for a case file). ``rules`` are the lines that name which rules decided.
    """

    patient_id: str
    ward: str
    at: datetime
    since: datetime
    position: int | None
    grades: tuple[str, ...]
    open_alerts: int
    sections: tuple[Section, ...]
    rules: tuple[Line, ...]

    def section(self, key: Key) -> Section:
        """One section by its name."""
        return next(one for one in self.sections if one.key == key)


@dataclass(frozen=True, slots=True)
class Printed:
    """Who made a copy, when, and on whose clock."""

    by: str
    at: datetime
    zone: tzinfo

    @property
    def when(self) -> str:
        """The time of printing with its zone: ``22-Nov-2026 09:30 CET``."""
        return f"{self.at.astimezone(self.zone):%d-%b-%Y %H:%M %Z}"


@dataclass(frozen=True, slots=True)
class Journal:
    """What the store knows besides the records: who wrote, corrected, saw and decided."""

    entries: Sequence[Entry] = ()
    acknowledgements: Sequence[Acknowledgement] = ()
    decisions: Sequence[Decision] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """Says times: on the ward's clock, with how long ago that is from the time of the handover."""

    at: datetime
    zone: tzinfo

    def time(self, moment: datetime) -> str:
        """``22-Nov 05:10``: on paper a time needs its day."""
        return f"{moment.astimezone(self.zone):%d-%b %H:%M}"

    def full(self, moment: datetime) -> str:
        """``22-Nov-2026 05:10 CET``."""
        return f"{moment.astimezone(self.zone):%d-%b-%Y %H:%M %Z}"
