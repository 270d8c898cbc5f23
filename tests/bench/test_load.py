"""
A ward at work: 25 and 50 sessions with time to think, and what each session holds in memory.

Half of the sessions look at the board, half at patients, each at another one. The time is from the
browser's request to its last word, the clients running on the same machine.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from statistics import median, quantiles

import pytest

from dashboard.store import open_store
from tests.bench.browserless import Client
from tests.bench.report import Figures
from tests.bench.serving import MeasuredServer
from tests.bench.test_rerun import a_set, references

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

THINK_S = 3.0
LASTS_S = 30.0
AIM_P95_MS = 500.0
WAKINGS = 6


@pytest.mark.parametrize("many", [25, 50])
def test_sessions_with_time_to_think(
    many: int, server: MeasuredServer, database: str, figures: Figures
):
    walls, busy = asyncio.run(_ward(server, references(database), many))
    cuts = quantiles(walls, n=20)
    noise = f"{len(walls)} reruns in {LASTS_S:g} s, server {busy:.0f} % of a core"
    figures.note(f"{many} sessions", "p50 of a rerun", cuts[9], "ms", noise=noise)
    aim = AIM_P95_MS if many == 50 else None
    figures.note(f"{many} sessions", "p95 of a rerun", cuts[18], "ms", noise=noise, aim=aim)


async def _ward(server: MeasuredServer, refs: list[str], many: int) -> tuple[list[float], float]:
    """The time of every rerun in ms, and the server's share of a core in percent."""
    walls: list[float] = []
    paths = ["/" if one % 2 else f"/patient?p={refs[one % len(refs)]}" for one in range(many)]

    async def person(client: Client, chance: random.Random, until: float) -> None:
        while True:
            await asyncio.sleep(chance.expovariate(1 / THINK_S))
            if time.monotonic() > until:
                return
            walls.append((await client.rerun()).wall_ms)

    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client(server.address, path)) for path in paths]
        began, cpu = time.monotonic(), server.used().cpu_ms
        until = began + LASTS_S
        async with asyncio.TaskGroup() as group:
            for number, client in enumerate(clients):
                group.create_task(person(client, random.Random(number), until))
        busy = (server.used().cpu_ms - cpu) / (time.monotonic() - began) / 10
    return walls, busy


def test_fifty_boards_that_one_entry_wakes(server: MeasuredServer, database: str, figures: Figures):
    """All boards draw themselves again at once; three nurses type meanwhile."""
    server.sign_on("typing")
    woken, typed = asyncio.run(_woken(server, references(database), database))
    noise = f"{len(woken)} entries, {min(woken):.0f} to {max(woken):.0f}"
    group = "50 boards that one entry wakes"
    figures.note(group, "the last of them is drawn", median(woken), "ms", noise=noise)
    noise = f"n={len(typed)}, {min(typed):.0f} to {max(typed):.0f}"
    figures.note(group, "a rerun of Enter meanwhile", median(typed), "ms", noise=noise)


async def _woken(
    server: MeasuredServer, refs: list[str], database: str
) -> tuple[list[float], list[float]]:
    """For each entry when the last board was drawn; and the time of each rerun of a nurse."""
    last: list[float] = []
    typed: list[float] = []

    async def type_meanwhile(client: Client, number: int) -> None:
        await asyncio.sleep(0.05 + 0.1 * number)
        typed.append((await client.rerun()).wall_ms)

    async with AsyncExitStack() as stack:
        come = stack.enter_async_context
        boards = [await come(Client(server.address, "/")) for _ in range(50)]
        nurses = [
            await come(Client(server.address, f"/enter?p={refs[20 + one]}", "typing"))
            for one in range(3)
        ]
        for number in range(WAKINGS):
            with open_store(database) as store:
                store.submit(a_set(12, number), now=datetime.now(UTC))
            typing = [asyncio.create_task(type_meanwhile(one, n)) for n, one in enumerate(nurses)]
            runs = await asyncio.gather(*(one.redraw() for one in boards))
            last.append(max(run.wall_ms for run in runs))
            await asyncio.gather(*typing)
    return last, typed


def test_memory_of_a_session(server: MeasuredServer, database: str, figures: Figures):
    """Fifty sessions more, ten reruns each, half on the board and half on patients."""
    many = 50
    refs = references(database)
    before, during = asyncio.run(_grown(server, refs, many))
    noise = f"{before:.0f} MiB before, {during:.0f} with {many} more"
    figures.note("memory", "each session", (during - before) / many, "MiB", noise=noise)


async def _grown(server: MeasuredServer, refs: list[str], many: int) -> tuple[float, float]:
    for path in ("/", *(f"/patient?p={ref}" for ref in refs)):
        async with Client(server.address, path):
            pass  # what the process keeps for all is there before it is measured
    before = server.used().memory_mib
    async with AsyncExitStack() as stack:
        for one in range(many):
            path = "/" if one % 2 else f"/patient?p={refs[one % len(refs)]}"
            client = await stack.enter_async_context(Client(server.address, path))
            for _ in range(3):
                await client.rerun()
        return before, server.used().memory_mib
