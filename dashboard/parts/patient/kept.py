"""
What was worked out for a state of a patient, kept as long as that state is shown.

A state stays the same object until something is recorded or a minute has passed, so whatever is
made from it alone is made once, however often the page is drawn. The memory is bounded.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from dashboard.ward import PatientState

__all__ = ["forget", "kept"]

_MOST: Final = 400
_lock = threading.Lock()
_found: OrderedDict[tuple[int, Hashable], tuple[PatientState, Any]] = OrderedDict()

T = TypeVar("T")


def kept(state: PatientState, what: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` returns for this state, made once; ``what`` names it."""
    # Each value holds its state, so that no other state can have the same identity meanwhile.
    key = (id(state), what)
    with _lock:
        held = _found.get(key)
        if held is not None:
            _found.move_to_end(key)
            return held[1]  # type: ignore[no-any-return]
    made = make()
    with _lock:
        _found[key] = (state, made)
        while len(_found) > _MOST:
            _found.popitem(last=False)
    return made


def forget() -> None:
    """Drop everything kept: between tests."""
    with _lock:
        _found.clear()
