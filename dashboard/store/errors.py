"""
What can go wrong with the store, in words a nurse or an administrator can act on.

Every message names the place, the fault and the cure. Messages never carry a payload: patient
content must not travel into logs through an exception.
"""
# ruff: noqa: N818 - a refusal is named by what it says to a person, not by being an exception

from __future__ import annotations

from dataclasses import dataclass

from dashboard.observing import figures

KEPT = "The form keeps what you typed."


class StoreError(Exception):
    """Something the store refuses or cannot do: place, fault, cure."""

    def __init__(self, place: str, fault: str, cure: str) -> None:
        super().__init__(f"{place}: {fault} {cure}".strip())
        self.place = place
        self.fault = fault
        self.cure = cure


class SettingsRefused(StoreError):
    """The database could lose an acknowledged entry with these settings: do not start."""


class DatabaseTooNew(StoreError):
    """A newer toxwatch has written this database; an older one must not touch it."""


class GuardMissing(StoreError):
    """The database would let a recorded entry be changed: its own refusal is gone."""


class StoreDamaged(StoreError):
    """The database does not hold what was written: nothing is stored in it any more."""


class BackupRefused(StoreError):
    """A copy of the store could not be made, is not one, or must not be put in place."""


class NotRead(StoreError):
    """Stored entries could not be read."""


class NotSaved(StoreError):
    """The submission is not in the journal."""


class StoreBusy(NotSaved):
    """Another writer held the database for too long."""


class DiskFull(NotSaved):
    """No room for another entry; reading still works."""


class StoreUnreachable(NotSaved):
    """The database cannot be opened or its server does not answer."""


class OutcomeUnknown(StoreError):
    """The connection broke during the commit: the entry may be stored or not; send it again."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with a submission: where, what, and the nearest right answer."""

    path: str
    says: str
    suggestion: str | None = None

    def __str__(self) -> str:
        end = "" if self.suggestion is None else f" ({self.suggestion})"
        return f"{self.path}: {self.says}{end}"


class SubmissionRefused(NotSaved):
    """The submission itself is wrong; nothing of it was stored."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        lines = "; ".join(str(each) for each in complaints)
        super().__init__("entry", f"not saved, {lines}.", KEPT)
        self.complaints = complaints
        figures.refused.labels("SubmissionRefused").inc()  # it is made only to be raised


class SubmissionReused(NotSaved):
    """A submission id came back with other content: storing neither or both would be a guess."""


class AlreadyCorrected(NotSaved):
    """Somebody else has replaced or withdrawn the same entry meanwhile."""


class StaleView(NotSaved):
    """The journal holds entries that the person has not seen yet."""


class UnknownPatient(StoreError):
    """No journal for this patient id."""


class PatientExists(NotSaved):
    """An import would mix two people: the patient id is taken."""


class UnknownWard(StoreError):
    """No ward with this id."""


class WardExists(NotSaved):
    """The ward id is taken."""


class WrongWard(NotSaved):
    """The patient lies in another ward than the form says."""
