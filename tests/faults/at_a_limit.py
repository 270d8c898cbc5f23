"""
A program that saves forms until its account's file size limit refuses them, and tells what it met.

    python -m tests.faults.at_a_limit URL LIMIT_BYTES [naive]

A naive one swallows the refusal and says "saved": the control that must lose.
"""

from __future__ import annotations

import json
import resource
import sys

from dashboard.store import NotSaved, open_store
from tests.faults.writer import NOW, a_set


def main(url: str, limit_bytes: int, *, naive: bool) -> None:
    """Save under a limit, then without it; print what was acknowledged, refused and read."""
    acknowledged, refusals, readable = [], [], 0
    with open_store(url) as store:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
        for number in range(5000):
            try:
                store.submit(a_set(f"form-{number}", "p0"), now=NOW)
                acknowledged.append(f"form-{number}")
            except NotSaved as error:
                refusals.append(str(error))
                if naive:
                    acknowledged.append(f"form-{number}")
                readable += len(store.history("p0")) >= len(acknowledged)
                if len(refusals) == 20:
                    break
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        for number in range(50):
            store.submit(a_set(f"later-{number}", "p0"), now=NOW)
            acknowledged.append(f"later-{number}")
        kept = {entry.submission_id for entry in store.history("p0")}
        whole = store.verify() == []
    lost = sorted(set(acknowledged) - kept)
    told = {"saved": len(acknowledged) - 50, "refusals": refusals, "readable": readable,
            "lost": lost, "whole": whole}  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), naive="naive" in sys.argv[3:])
