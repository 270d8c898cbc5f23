"""
What goes into the journal and what comes out of it: closed, frozen records.

A submission is one press of Save: it is stored whole or not at all, and once, however often it
is sent. An entry is one record of the case file with who, when observed and when recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

Kind = Literal[
    "patient",
    "therapy",
    "vitals",
    "neuro",
    "labs",
    "treatment",
    "event",
    "grading",
    "none_found",
    "withdrawal",
]
Origin = Literal["entered", "imported"]
DecisionChoice = Literal["confirmed", "overridden"]

# A patient has one description and one therapy at a time; every other kind is a list.
SINGLE: Final[frozenset[Kind]] = frozenset({"patient", "therapy"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """
    One record to be stored, in the words of the case file.

    ``observed_at`` may be left out where the record carries its own time. ``none_found`` states
    that somebody looked and that a list is empty (``{"section": "treatments"}``), which differs
    from nobody having looked. A ``withdrawal`` takes back the entry it names and has an empty
    payload.
    """

    kind: Kind
    payload: Mapping[str, Any]
    observed_at: datetime | None = None
    replaces: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """
    One press of Save.

    ``submission_id`` is made by the form when it opens and is sent again on every retry.
    ``seen_position`` is the patient's position when the form was opened, so that the receipt can
    name what others have entered meanwhile.
    """

    submission_id: str
    ward_id: str
    patient_id: str
    entries: tuple[NewEntry, ...]
    recorded_by: str
    role: str
    seen_position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One stored entry. ``replaced_by`` is the entry that corrects or withdraws it, if any."""

    seq: int
    entry_id: str
    submission_id: str
    ordinal: int
    submission_size: int
    ward_id: str
    patient_id: str
    position: int
    kind: Kind
    origin: Origin
    observed_at: datetime
    recorded_at: datetime
    recorded_by: str
    role: str
    payload: Mapping[str, Any]
    replaces: str | None
    reason: str | None
    previous_digest: str
    digest: str
    replaced_by: str | None = None
    withdrawn: bool = False

    @property
    def is_live(self) -> bool:
        """Whether the entry still counts: neither corrected, nor withdrawn, nor a withdrawal."""
        return self.replaced_by is None and self.kind != "withdrawal"

    @property
    def delay(self) -> timedelta:
        """From being observed to being recorded."""
        return self.recorded_at - self.observed_at

    def is_late(self, limit: timedelta) -> bool:
        """Whether it was typed in later than ``limit``; an imported file is never "late"."""
        return self.origin == "entered" and self.delay > limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """
    What was stored. A resend gets the first answer again, with ``stored`` false.

    ``position`` is the patient's position after this submission; ``others_since`` are entries
    that other people made between ``seen_position`` and this submission.
    """

    stored: bool
    submission_id: str
    ward_id: str
    patient_id: str
    position: int
    entries: tuple[Entry, ...]
    others_since: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ward:
    """A ward; a sample ward holds invented patients only."""

    id: str
    name: str
    is_sample: bool
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLine:
    """
    A patient of a ward, without reading any record.

    There is no "last observed" here on purpose: only the case knows which observations still
    stand, and a withdrawn one must not make a stale patient look fresh.
    """

    patient_id: str
    position: int
    first_recorded_at: datetime
    last_recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form that was not sent yet. Not a record: it never grades."""

    payload: Mapping[str, Any]
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Somebody saw an alert, what grade it showed, and why no more is needed now."""

    acknowledgement_id: str
    ward_id: str
    patient_id: str
    position: int
    alert_id: str
    grade_seen: str | None
    seen_position: int
    reason: str
    recorded_by: str
    role: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolChoice:
    """
    From here on this ward follows this protocol for this scope.

    ``scope`` is ``car-t``, ``engager`` or a product id; ``protocol_id`` None takes the choice for
    the scope back. ``position`` counts the choices of the ward.
    """

    choice_id: str
    ward_id: str
    position: int
    scope: str
    protocol_id: str | None
    reason: str
    recorded_by: str
    role: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    Somebody confirmed or overrode one proposal; nothing is ordered by it.

    ``rule``, ``protocol``, ``advise`` and ``dose_mg`` are what stood on the screen, at journal
    position ``seen_position``. ``position`` counts the decisions about the patient. An override
    always carries a ``reason``; a confirmation may.
    """

    decision_id: str
    ward_id: str
    patient_id: str
    position: int
    rule: str
    protocol: str
    choice: DecisionChoice
    advise: str
    dose_mg: float | None
    reason: str | None
    seen_position: int
    recorded_by: str
    role: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class JournalFault:
    """Something in the journal that no program of ours can have written."""

    patient_id: str | None
    position: int | None
    entry_id: str | None
    says: str

    def __str__(self) -> str:
        where = "journal" if self.patient_id is None else f"patient {self.patient_id}"
        place = "" if self.position is None else f", position {self.position}"
        entry = "" if self.entry_id is None else f" (entry {self.entry_id})"
        return f"{where}{place}{entry}: {self.says}"
