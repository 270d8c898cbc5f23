"""
A bounded memory of this process, for what the journal can always give again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

_lock = threading.RLock()


class Kept:
    """A bounded memory: the least recently used falls out."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """What was kept under this key, or ``None``."""
        with _lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Keep it, and let the oldest go."""
        with _lock:
            self._found[key] = value
            while len(self._found) > self._most:
                self._found.popitem(last=False)

    def clear(self) -> None:
        """Keep nothing any more."""
        with _lock:
            self._found.clear()
