"""
What a trainee has typed and not sent yet: kept by this process, so that a reload brings it back.

It counts nowhere and is never stored; a restart of the server forgets it. What was sent is in the
journal.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from dashboard.kept import Kept
from dashboard.parts.forms.sheet import Sheet

__all__ = ["Typed", "drop", "forget", "typed"]

_MOST: Final = 3000
_drafts = Kept(_MOST)


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of one form of one trainee; ``token`` is its submission id."""

    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def sheet(self) -> Sheet:
        """The widgets of this form; their keys name it, so that no answer can cross over."""
        return Sheet(f"training:{self.token}", self.values)


def typed(room: str, trainee: str, what: str) -> Typed:
    """The form as it was left, or a new one."""
    key = (room, trainee, what)
    found: Typed | None = _drafts.get(key)
    if found is None:
        found = Typed()
        _drafts.put(key, found)
    return found


def drop(room: str, trainee: str, what: str) -> None:
    """It was stored: the next form starts empty, with an id of its own."""
    _drafts.put((room, trainee, what), Typed())


def forget() -> None:
    """Forget everything: between tests."""
    _drafts.clear()
