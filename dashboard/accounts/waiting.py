"""
How long to wait before the next try: per name and per address, never a lock-out.

A nurse who is locked out cannot look at a patient, so the wait grows and stops growing. A try is
counted before it is judged: fifty at once are fifty tries.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_MOST_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How many tries are free, how long the wait gets, and after what rest all is forgotten."""

    free: int
    longest: timedelta
    forgotten_after: timedelta


# A whole ward may come from one address, so an address gets more tries and shorter waits.
NAME: Final = Pace(5, timedelta(seconds=60), timedelta(hours=1))
ADDRESS: Final = Pace(30, timedelta(seconds=10), timedelta(minutes=15))


@dataclass(slots=True)
class _Tries:
    count: int
    last_at: datetime
    next_at: datetime


class Waiting:
    """The tries that went wrong, of this process."""

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[str, str], _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, name: str, address: str, now: datetime) -> timedelta:
        """Count a try; a wait above zero means that it may not be made yet, and is not counted."""
        both = (("name", name, NAME), ("address", address, ADDRESS))
        with self._lock:
            wait = max(self._wait((kind, key), pace, now) for kind, key, pace in both)
            if wait > timedelta(0):
                return wait
            for kind, key, pace in both:
                self._count((kind, key), pace, now)
            self._shrink()
        return timedelta(0)

    def succeeded(self, name: str, address: str) -> None:
        """The password was right: the name is free again, and this try is not held against it."""
        with self._lock:
            self._tries.pop(("name", name), None)
            tries = self._tries.get(("address", address))
            if tries is not None:
                tries.count = max(0, tries.count - 1)

    def _wait(self, key: tuple[str, str], pace: Pace, now: datetime) -> timedelta:
        tries = self._tries.get(key)
        if tries is None or now - tries.last_at > pace.forgotten_after:
            return timedelta(0)
        # A clock that was set back must not make anybody wait for hours.
        return min(tries.next_at - now, pace.longest)

    def _count(self, key: tuple[str, str], pace: Pace, now: datetime) -> None:
        tries = self._tries.get(key)
        before = 0
        if tries is not None and now - tries.last_at <= pace.forgotten_after:
            before = tries.count
        count = before + 1
        beyond = min(count - pace.free, 30)
        wait = timedelta(0) if beyond < 0 else min(timedelta(seconds=2**beyond), pace.longest)
        self._tries[key] = _Tries(count, now, now + wait)
        self._tries.move_to_end(key)

    def _shrink(self) -> None:
        while len(self._tries) > _MOST_KEPT:
            self._tries.popitem(last=False)

    def known(self) -> Iterable[tuple[str, str]]:
        """Whose tries are kept."""
        return tuple(self._tries)
