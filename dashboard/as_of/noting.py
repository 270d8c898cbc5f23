"""
Noting what is said: each state of now that differs from the last one waits to be kept.

It is called wherever a state of now is made, so it only compares; writing is for ``recording``.
Nothing is noted unless this process keeps what it says.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from dashboard.as_of.rule_set import RuleSet, rule_set
from dashboard.as_of.saying import said_of, said_text
from dashboard.chosen import rule_books
from dashboard.kept import Kept
from dashboard.session import live_store

if TYPE_CHECKING:
    from dashboard.states import PatientState

__all__ = ["Noted", "begin", "end", "note", "take"]

_AGAIN_S: Final = 600
_MOST: Final = 5000  # a store that takes nothing for hours must not fill the memory


@dataclass(frozen=True, slots=True)
class Noted:
    """A state that says something new, with the clock, the rules and the acknowledgements known."""

    state: PatientState
    clock: datetime
    acknowledged: int
    rules: RuleSet
    said: str


_lock = threading.Lock()
_active = threading.Event()
_waiting: deque[Noted] = deque(maxlen=_MOST)
_last = Kept(_MOST)


def begin() -> None:
    """From now on this process keeps what it says."""
    with _lock:
        _waiting.clear()
        _last.clear()
    _active.set()


def end() -> None:
    """From now on this process keeps nothing any more."""
    _active.clear()


def note(state: PatientState, clock: datetime, acknowledged: int) -> None:
    """Remember a state of now that says something else than the one before."""
    if not _active.is_set():
        return
    rules = rule_set()
    if not _decided_by(state):
        return  # the site's file has changed since: the next state will be by the new one
    said = said_text(said_of(state))
    followed = None if state.protocol is None else state.protocol.id
    here = (live_store().place, state.patient_id)
    # Told again now and then: two processes that disagree, or a clock set back, cannot hide a row
    # for long. What is kept already is not kept twice.
    told = int(clock.timestamp() // _AGAIN_S)
    key = (state.position, rules.digest, followed, said, told)
    with _lock:
        if _last.get(here) == key:
            return
        _last.put(here, key)
        _waiting.append(Noted(state, clock, acknowledged, rules, said))


def take() -> list[Noted]:
    """Everything that waits, oldest first; nothing waits any more."""
    with _lock:
        found = [*_waiting]
        _waiting.clear()
    return found


def put_back(noted: list[Noted]) -> None:
    """What could not be kept waits again, in front of what has come meanwhile."""
    with _lock:
        later = [*_waiting]
        _waiting.clear()
        _waiting.extend([*noted, *later])


def _decided_by(state: PatientState) -> bool:
    """Whether the protocol of this state is the one that this site has now."""
    if state.protocol is None:
        return True
    now = rule_books().protocols.get(state.protocol.id)
    return now is not None and (now is state.protocol or now == state.protocol)
