"""
The store: an append-only journal of everything recorded about patients.

Open it with ``open_store``; everything else is a method of ``Store``. SQLite and PostgreSQL run
the same code and the same migrations.
"""

from dashboard.store.entries import (
    Acknowledgement,
    Draft,
    Entry,
    JournalFault,
    Kind,
    NewEntry,
    PatientLine,
    Receipt,
    Submission,
    Ward,
)
from dashboard.store.errors import (
    AlreadyCorrected,
    Complaint,
    DatabaseTooNew,
    DiskFull,
    GuardMissing,
    NotRead,
    NotSaved,
    OutcomeUnknown,
    PatientExists,
    SettingsRefused,
    StaleView,
    StoreBusy,
    StoreError,
    StoreUnreachable,
    SubmissionRefused,
    SubmissionReused,
    UnknownPatient,
    UnknownWard,
    WardExists,
    WrongWard,
)
from dashboard.store.journal import Store
from dashboard.store.opening import default_file, open_store

__all__ = [
    "Acknowledgement",
    "AlreadyCorrected",
    "Complaint",
    "DatabaseTooNew",
    "DiskFull",
    "Draft",
    "Entry",
    "GuardMissing",
    "JournalFault",
    "Kind",
    "NewEntry",
    "NotRead",
    "NotSaved",
    "OutcomeUnknown",
    "PatientExists",
    "PatientLine",
    "Receipt",
    "SettingsRefused",
    "StaleView",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreUnreachable",
    "Submission",
    "SubmissionRefused",
    "SubmissionReused",
    "UnknownPatient",
    "UnknownWard",
    "Ward",
    "WardExists",
    "WrongWard",
    "default_file",
    "open_store",
]
