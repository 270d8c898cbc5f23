"""
A bounded memory of this process, for what the journal can always give again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class Kept:
    """
    A bounded memory: the least recently used falls out.

    Every step on the dictionary is one step of the interpreter, so no lock is held: with fifty
    screens at once the screens waited longer for a lock than for anything they had to work out.
    Two threads that keep at the same moment may let one more go than needed, which costs nothing.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """What was kept under this key, or ``None``."""
        try:
            self._found.move_to_end(key)
        except KeyError:
            return None
        return self._found.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Keep it, and let the oldest go."""
        self._found[key] = value
        while len(self._found) > self._most:
            try:
                self._found.popitem(last=False)
            except KeyError:  # another thread has emptied it meanwhile
                return

    def clear(self) -> None:
        """Keep nothing any more."""
        self._found.clear()
