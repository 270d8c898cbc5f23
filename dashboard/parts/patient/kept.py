"""
What was worked out for a patient, kept as long as what it was made from is shown.

A state stays the same object until something is recorded in its ward or a minute has passed, so
whatever is made from it alone is made once, for every session and however often the page is drawn.
What rests on the records and the grades alone is kept with those: they outlive an entry for
somebody else. The memory is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from dashboard.kept import Kept
from dashboard.states import PatientState

__all__ = ["forget", "kept", "kept_with"]

_found: Final = Kept(400)

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
    held: tuple[tuple[object, ...], Any] | None = _found.get(key)
    if held is None:
        held = (sources, make())
        _found.put(key, held)
    return held[1]


def forget() -> None:
    """Drop everything kept: between tests."""
    _found.clear()
