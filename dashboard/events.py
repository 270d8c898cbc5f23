"""
Server-sent events: tells every open board that something of its ward has changed.

One task of the process asks the store for the version of each ward somebody looks at and hands
the number to all of them; nothing but numbers travels. A beat follows every few seconds, but only
while the store answers: when it does not, the beat stops and the screens cover themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import anyio.to_thread
import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from dashboard.session import clock_is_fixed, live_store, store
from dashboard.store import StoreError, UnknownWard
from dashboard.ward import board_rows, work_out_ahead

PATH: Final = "/api/events"
POLL_S: Final = 0.25
_GLANCES: Final = 6  # at what this process itself has written, for each question to the store
BEAT_S: Final = 3.0
_STALE_S: Final = 5.0  # without an answer of the store for this long there is no beat
_MOST_STREAMS: Final = 500
# The next minute is worked out in the last part of this one, a patient at a time.
_AHEAD_S: Final = 20
_AHEAD_PAUSE_S: Final = 0.1

_log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class _Listener:
    ward_id: str
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Announcer:
    """The one poller of a process and the screens that listen to it."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._versions: dict[str, int] = {}
        self._answered_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._warming: asyncio.Future[None] | None = None
        self._warmed = self._ahead = 0.0
        self.polls = 0

    def start(self) -> None:
        """Begin to poll; called once when the server starts."""
        self._task = asyncio.get_running_loop().create_task(self._poll())

    async def stop(self) -> None:
        """End polling and let every stream end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        for listener in self._listeners:
            listener.woken.set()

    async def _poll(self) -> None:
        while True:
            wards = {listener.ward_id for listener in self._listeners}
            writes = live_store().writes
            if wards:
                await self._ask(wards)
                self._keep_warm(wards)
            await self._until_due(writes)

    async def _until_due(self, writes: int) -> None:
        """Wait until the store is to be asked again: at once when this process has written."""
        for _ in range(_GLANCES):
            await asyncio.sleep(POLL_S / _GLANCES)
            if live_store().writes != writes:
                return

    def _keep_warm(self, wards: set[str]) -> None:
        """Work out the boards of a new minute before a screen asks, most of it ahead."""
        if self._warming is not None and not self._warming.done():
            return
        minute, second = divmod(time.time(), 60)
        if minute != self._warmed:
            self._warmed = minute
            work = anyio.to_thread.run_sync(_warm, wards)
        elif second >= 60 - _AHEAD_S and self._ahead != minute + 1:
            self._ahead = minute + 1
            work = anyio.to_thread.run_sync(_warm_ahead, wards, self._ahead * 60)
        else:
            return
        self._warming = asyncio.ensure_future(work)

    async def _ask(self, wards: set[str]) -> None:
        try:
            found = await anyio.to_thread.run_sync(_versions_of, wards)
        except StoreError as error:
            _log.error("events-store-silent", fault=type(error).__name__)
            return
        self.polls += 1
        self._answered_at = time.monotonic()
        changed = {ward for ward, version in found.items() if self._versions.get(ward) != version}
        self._versions.update(found)
        for listener in self._listeners:
            if listener.ward_id in changed:
                listener.woken.set()

    @property
    def is_alive(self) -> bool:
        """Whether the store has answered a moment ago."""
        return time.monotonic() - self._answered_at < _STALE_S

    @property
    def is_full(self) -> bool:
        """Whether another stream would be one too many."""
        return len(self._listeners) >= _MOST_STREAMS

    async def stream(self, ward_id: str, request: Request) -> AsyncIterator[str]:
        """Versions and beats of one ward until the screen goes away or the server stops."""
        listener = _Listener(ward_id)
        self._listeners.add(listener)
        sent: int | None = None
        try:
            yield "retry: 1000\n\n"
            while self._task is not None and not await request.is_disconnected():
                version = self._versions.get(ward_id)
                if version is not None and version != sent:
                    sent = version
                    yield f"data: {version}\n\n"
                elif self.is_alive:
                    yield f"event: beat\ndata: {int(time.time() * 1000)}\n\n"
                listener.woken.clear()
                waits_for_first = bool(ward_id) and sent is None
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(
                        listener.woken.wait(), POLL_S if waits_for_first else BEAT_S
                    )
        finally:
            self._listeners.discard(listener)


def _versions_of(wards: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for ward_id in wards:
        with contextlib.suppress(UnknownWard):  # "" too: asking shows that the store answers
            found[ward_id] = store().version(ward_id)
    return found


def _warm(wards: set[str]) -> None:
    for ward_id in wards - {""}:
        try:
            board_rows(ward_id)
        except StoreError as error:
            _log.error("warming-failed", fault=type(error).__name__)


def _warm_ahead(wards: set[str], at_s: float) -> None:
    if clock_is_fixed():
        return
    for ward_id in wards - {""}:
        with contextlib.suppress(StoreError):  # said when the minute has come
            work_out_ahead(ward_id, datetime.fromtimestamp(at_s, UTC), _AHEAD_PAUSE_S)


announcer: Final = Announcer()


async def events(request: Request) -> Response:
    """The route: ``/api/events?ward=ID``; only beats for a page that shows no ward."""
    ward_id = request.query_params.get("ward", "")
    known = await anyio.to_thread.run_sync(lambda: {one.id for one in store().wards()})
    if ward_id and ward_id not in known:
        return PlainTextResponse("no such ward", status_code=404)
    if announcer.is_full:
        return PlainTextResponse("too many screens are open", status_code=503)
    return StreamingResponse(
        announcer.stream(ward_id, request),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
