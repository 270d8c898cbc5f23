"""
What a rerun costs the server with 40 patients, against an empty page on the same server.

Processor time as the process counts it, in rounds that take every page in turn. The unit is the
empty page as the ward gets it, in the frame that stands around every page; an empty script
without the frame is shown beside it.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.store import NewEntry, Submission, open_store
from tests.bench.browserless import Client
from tests.bench.conftest import BEDS, WARD
from tests.bench.report import Figures
from tests.bench.serving import MeasuredServer
from tests.browser.crowd import bed_name

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

ROUNDS = 9
RERUNS = 6
AIM = 3.0
SEAT = "a-seat-for-measuring"
UNIT = "empty page"


def references(database: str) -> list[str]:
    """What stands for each patient in an address, bed by bed."""
    with open_store(database) as store:
        return [
            store.history(bed_name(bed + 1))[0].entry_id.replace("-", "")[:16]
            for bed in range(BEDS)
        ]


def a_set(ref: int, number: int) -> Submission:
    """One more set of vital signs for a bed, different each time."""
    taken_at = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="seconds")
    payload = {"taken_at": taken_at, "heart_rate_bpm": 80.0 + number, "temperature_c": 38.5}
    return Submission(
        submission_id=f"bench-{datetime.now(UTC).timestamp()}",
        ward_id=WARD,
        patient_id=bed_name(ref),
        entries=(NewEntry(kind="vitals", payload=payload),),
        recorded_by="AB",
        role="nurse",
    )


def test_a_rerun_of_each_page(server: MeasuredServer, database: str, figures: Figures):
    ref = references(database)[9]
    server.sign_on(SEAT)
    pages = {
        "empty script, no frame": "/?bare=1",
        UNIT: "/empty",
        "board": "/",
        "patient, all strips": f"/patient?p={ref}",
        "enter vitals": f"/enter?p={ref}",
        "enter neuro": f"/enter?p={ref}&form=neuro",
        "add patient": "/add-patient",
    }
    cpu = asyncio.run(_in_turn(server, pages))
    figures.add("rerun, 40 patients", f"{UNIT}, in the frame", cpu[UNIT], "ms CPU")
    for name, values in cpu.items():
        if name == UNIT:
            continue
        ratios = [value / unit for value, unit in zip(values, cpu[UNIT], strict=True)]
        figures.add("rerun, 40 patients", name, values, "ms CPU")
        aim = AIM if name.startswith(("board", "patient")) else None
        figures.add("rerun, 40 patients", f"{name} against {UNIT}", ratios, "times", aim)
    bare = cpu["empty script, no frame"]
    for name in ("board", "patient, all strips"):
        ratios = [value / unit for value, unit in zip(cpu[name], bare, strict=True)]
        figures.add("rerun, 40 patients", f"{name} against an empty script", ratios, "times")


async def _in_turn(server: MeasuredServer, pages: dict[str, str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in pages}
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(Client(server.address, path, SEAT))
            for name, path in pages.items()
        }
        for client in clients.values():
            await client.rerun()
        for _ in range(ROUNDS):
            for name, client in clients.items():
                before = server.used().cpu_ms
                for _ in range(RERUNS):
                    await client.rerun()
                found[name].append((server.used().cpu_ms - before) / RERUNS)
    return found


def test_what_is_not_kept(server: MeasuredServer, database: str, figures: Figures):
    """The board after an entry, and once a minute, when all ages have moved on."""
    figures.add(
        "board, 40 patients",
        "worked out anew at the turn of the minute",
        [server.new_minute() for _ in range(5)],
        "ms CPU",
    )
    after = asyncio.run(_after_entries(server, database))
    figures.add("board, 40 patients", "rerun after an entry for one patient", after, "ms CPU")


async def _after_entries(server: MeasuredServer, database: str) -> list[float]:
    found = []
    with open_store(database) as store:
        async with Client(server.address, "/", SEAT) as client:
            await client.rerun()
            for number in range(6):
                store.submit(a_set(10, number), now=datetime.now(UTC))
                before = server.used().cpu_ms
                await client.rerun()
                found.append(server.used().cpu_ms - before)
    return found
