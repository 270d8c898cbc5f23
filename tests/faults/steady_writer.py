"""
A program that saves forms one after the other, as ``writer`` does, and sends a form again where
the database was busy: two programs without a pause can keep each other out for seconds.

    python -m tests.faults.steady_writer URL ACK_FILE PREFIX [JOURNAL SYNCHRONOUS]
"""

from __future__ import annotations

import os
import sys
import time

from dashboard.store import StoreBusy
from tests.faults.writer import NOW, a_set, opened

PATIENTS = 4
_PAUSE_S = 0.002  # lets the other program in; a ward saves less than once a second


def main(arguments: list[str]) -> None:
    """Save until killed; an id goes out only after the store has given its receipt."""
    url, ack, prefix, *unsafe = arguments
    descriptor = os.open(ack, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    store = opened(url, unsafe)
    number = 0
    while True:
        submission_id = f"{prefix}-{number}"
        try:
            store.submit(a_set(submission_id, f"p{number % PATIENTS}"), now=NOW)
        except StoreBusy:
            continue
        os.write(descriptor, f"{submission_id}\n".encode())
        number += 1
        time.sleep(_PAUSE_S)


if __name__ == "__main__":
    main(sys.argv[1:])
