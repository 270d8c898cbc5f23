"""
What a run of a page asks the store before anything else, asked once: the wards and their versions.

Every part of a page then draws from the same version, and a run opens one transaction where it
opened eight. What this process stores is seen at once; what another process stores is seen by the
next run, which the events start.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Final

from dashboard.store import Store, UnknownWard, Ward

_HOLDS_S: Final = 0.1  # a fragment runs without the frame, which would have looked anew

_here = threading.local()


@dataclass(frozen=True, slots=True)
class Glance:
    """The wards by name, and how often anything was stored in each."""

    store: Store
    writes: int
    seen_at: float
    wards: tuple[Ward, ...]
    versions: dict[str, int]

    def is_true_of(self, opened: Store) -> bool:
        """Whether nothing newer can matter to this run."""
        fresh = time.monotonic() - self.seen_at < _HOLDS_S
        return fresh and self.store is opened and self.writes == opened.writes


def look(opened: Store) -> Glance:
    """The wards as this run sees them; asked again after an entry, or after a moment."""
    opened = opened.live
    seen: Glance | None = getattr(_here, "seen", None)
    if seen is None or not seen.is_true_of(opened):
        writes, seen_at = opened.writes, time.monotonic()
        wards, versions = opened.overview()
        seen = _here.seen = Glance(opened, writes, seen_at, wards, versions)
    return seen


def look_anew() -> None:
    """Forget what an earlier run saw: a run of a page begins."""
    _here.seen = None


def wards(opened: Store) -> tuple[Ward, ...]:
    """All wards, by name."""
    return look(opened).wards


def version(opened: Store, ward_id: str) -> int:
    """
    How often anything was stored in this ward.

    Raises:
        UnknownWard: no ward has this id.

    """
    versions = look(opened).versions
    if ward_id not in versions:
        raise UnknownWard(f'ward "{ward_id}"', "does not exist.", "Check the ward id.")
    return versions[ward_id]
