"""
What a replay is: the time whose knowledge is shown, and whose rules decide.

A replay shows what was known at a moment, not what was true at it: an entry made later is not
there, however long ago it was observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

__all__ = ["AS_OF_KEY", "BY_KEY", "Replay", "Rules", "read_replay"]

Rules = Literal["then", "today"]
AS_OF_KEY: Final = "as-of"
BY_KEY: Final = "rules-of"


@dataclass(frozen=True, slots=True)
class Replay:
    """As known at ``moment``, by the rules of that day (``then``) or of ``today``."""

    moment: datetime
    rules: Rules

    @property
    def parameters(self) -> dict[str, str]:
        """The part of an address that asks for this replay."""
        moment = self.moment.astimezone(UTC).isoformat(timespec="seconds")
        return {AS_OF_KEY: moment, BY_KEY: self.rules}


def read_replay(asked: Mapping[str, str], now: datetime) -> Replay | None:
    """
    The replay an address asks for; ``None`` when it asks for none.

    What cannot be read, or lies ahead, is still a replay, of this very minute: an address that asks
    for the past must never become a page on which somebody can save.
    """
    text = asked.get(AS_OF_KEY)
    if text is None:
        return None
    rules: Rules = "today" if asked.get(BY_KEY) == "today" else "then"
    here = Replay(now.replace(second=0, microsecond=0), rules)
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return here
    if moment.tzinfo is None or moment > now:
        return here
    return Replay(moment.astimezone(UTC), rules)
