"""
What was worked out for a patient, kept as long as what it was made from is shown.

A state stays the same object until something is recorded in its ward or a minute has passed, so
whatever is made from it alone is made once, for every session and however often the page is drawn.
What rests on the records and the grades alone is kept with those: they outlive an entry for
somebody else. The memory is bounded.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from dashboard.states import PatientState

__all__ = ["forget", "kept", "kept_with"]

_MOST: Final = 400
_lock = threading.Lock()
_found: OrderedDict[tuple[tuple[int, ...], Hashable], tuple[tuple[object, ...], Any]]
_found = OrderedDict()

T = TypeVar("T")


def kept(state: PatientState, what: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` returns for this state, made once; ``what`` names it."""
    return kept_with((state,), what, make)


def kept_with(sources: tuple[object, ...], what: Hashable, make: Callable[[], T]) -> T:
    """
    What ``make`` returns for these very objects, none of which ever changes; ``what`` names it.

    Whatever ``make`` reads must be one of ``sources`` or follow from ``what``.
    """
    # Each value holds its sources, so that no other object can have the same identity meanwhile.
    key = (tuple(map(id, sources)), what)
    with _lock:
        held = _found.get(key)
        if held is not None:
            _found.move_to_end(key)
            return held[1]  # type: ignore[no-any-return]
    made = make()
    with _lock:
        _found[key] = (sources, made)
        while len(_found) > _MOST:
            _found.popitem(last=False)
    return made


def forget() -> None:
    """Drop everything kept: between tests."""
    with _lock:
        _found.clear()
