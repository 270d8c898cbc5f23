"""
Who is at a tablet right now, as this server process hears it: never stored, never counted.

A trainee's page calls ``heard`` whenever it looks for news. A score rests on the journal alone, so
nothing goes wrong where this memory is lost or another process holds it: the trainer then sees
"quiet since" the last row of that trainee.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final, Literal

__all__ = ["Presence", "forget", "heard", "heard_at", "presence_of"]

Presence = Literal["here", "quiet", "lost"]

QUIET_AFTER: Final = timedelta(seconds=6)  # pages look every second or two
LOST_AFTER: Final = timedelta(seconds=20)
_MOST: Final = 5000

_lock = threading.Lock()
_heard: OrderedDict[tuple[str, str], datetime] = OrderedDict()


def heard(room: str, name: str, now: datetime) -> None:
    """A page of this trainee has just asked for news."""
    with _lock:
        _heard[room, name] = now
        _heard.move_to_end((room, name))
        while len(_heard) > _MOST:
            _heard.popitem(last=False)


def heard_at(room: str, name: str) -> datetime | None:
    """When a page of this trainee asked last, as far as this process knows."""
    with _lock:
        return _heard.get((room, name))


def presence_of(last: datetime, now: datetime) -> Presence:
    """What so long a silence means."""
    silent = now - last
    if silent <= QUIET_AFTER:
        return "here"
    return "quiet" if silent <= LOST_AFTER else "lost"


def forget() -> None:
    """Forget everybody: between tests."""
    with _lock:
        _heard.clear()
