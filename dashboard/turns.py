"""
Runs of pages take turns: two at a time, in the order in which they came.

One interpreter draws for everybody. Fifty runs that share it become fifty times slower and all end
together; one after the other, the first is done at once and the average waits half as long. A run
that a change elsewhere has started leaves one of the two places free: after an entry every board of
the ward draws itself again, and whoever types or taps meanwhile does not stand behind them.

A place is never waited for longer than a moment, so a run that hangs holds nobody up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

_PLACES: Final = 2
_MOMENT_S: Final = 0.5
_LONGER_S: Final = 2.0  # for a run that nobody's hand has started

_places: Final = threading.BoundedSemaphore(_PLACES)
_by_themselves: Final = threading.BoundedSemaphore(_PLACES - 1)


@contextmanager
def turn(*, by_itself: bool) -> Iterator[None]:
    """Wait for a place among the running, but not for long; give it back at the end."""
    until = time.monotonic() + (_LONGER_S if by_itself else _MOMENT_S)
    with ExitStack() as held:
        for places in (_by_themselves, _places) if by_itself else (_places,):
            if places.acquire(timeout=max(0.0, until - time.monotonic())):
                held.callback(places.release)
        yield
