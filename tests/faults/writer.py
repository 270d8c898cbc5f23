"""
A program that saves forms one after the other and says which ones are saved.

The fault tests run it, kill it, or record what it asks of the disk. An id goes out only after
the store has given its receipt: what went out must be there afterwards.

    python -m tests.faults.writer URL COUNT ACK_FILE|- PREFIX [JOURNAL SYNCHRONOUS]

With a journal mode and a synchronous level the store is opened past its own refusal, for the
controls that must lose something.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from dashboard.store import NewEntry, Store, Submission, open_store
from dashboard.store.engines import sqlite_engines
from dashboard.store.settings import pragmas

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
WARD = "w1"


def a_set(submission_id: str, patient_id: str) -> Submission:
    """The same set of vital signs under the given id."""
    payload = {"taken_at": NOW.isoformat(), "temperature_c": 38.6, "systolic_mmhg": 86.0}
    return Submission(
        submission_id=submission_id,
        ward_id=WARD,
        patient_id=patient_id,
        entries=(NewEntry(kind="vitals", payload=payload),),
        recorded_by="nurse-1",
        role="nurse",
    )


def prepare(url: str, patients: int = 1) -> None:
    """A ward and its patients, to be written to."""
    with open_store(url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=NOW)
        for number in range(patients):
            patient = f"p{number}"
            admission = Submission(
                submission_id=f"admit-{patient}",
                ward_id=WARD,
                patient_id=patient,
                entries=(NewEntry(kind="patient", payload={"id": patient}),),
                recorded_by="nurse-1",
                role="nurse",
            )
            store.submit(admission, now=NOW)


def opened(url: str, unsafe: list[str]) -> Store:
    """The store; with unsafe settings, past the refusal."""
    if not unsafe:
        return open_store(url)
    journal, synchronous = unsafe
    wanted = {**pragmas("truncate"), "journal_mode": journal, "synchronous": int(synchronous)}
    return Store(sqlite_engines(Path(url.removeprefix("sqlite:///")), wanted))


def main(arguments: list[str]) -> None:
    """Save COUNT forms (0 = until stopped), each acknowledged after its receipt."""
    url, count, ack, prefix, *unsafe = arguments
    descriptor = 1 if ack == "-" else os.open(ack, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    store = opened(url, unsafe)
    number = 0
    while not int(count) or number < int(count):
        submission_id = f"{prefix}-{number}"
        store.submit(a_set(submission_id, f"p{number % 4}" if ack == "-" else "p0"), now=NOW)
        os.write(descriptor, f"{submission_id}\n".encode())
        number += 1


if __name__ == "__main__":
    main(sys.argv[1:])
