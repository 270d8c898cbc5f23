"""
Keeping what the program said: in the background, when it has changed, within a second.

At the turn of each minute every ward is worked out, so that what is said changes on record also
while nobody looks. A store that cannot write is tried again; until then a fault stands.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Final

import anyio.to_thread
import structlog

from dashboard import ward
from dashboard.as_of import noting, rule_set
from dashboard.as_of.noting import Noted
from dashboard.as_of.saying import pack
from dashboard.session import live_store, now
from dashboard.store import Store
from dashboard.store.shown import Saying
from toxmodels.version import VERSION

__all__ = ["begin", "fault", "flush", "keep_going", "look_round"]

EVERY_S: Final = 0.5  # an entry shows elsewhere within a second, and is kept as soon

_log = structlog.get_logger(__name__)
_lock = threading.Lock()
_kept_rules: set[tuple[str, str]] = set()
_faults: list[str] = []


def fault() -> str | None:
    """Why what is said is not kept at the moment, in words; ``None`` while it is."""
    with _lock:
        return _faults[0] if _faults else None


def look_round() -> None:
    """Work out every ward once, whether somebody looks or not."""
    wards, _ = live_store().overview()
    for one in wards:
        ward.board_rows(one.id)


def _versions() -> object:
    """What moves with every entry, and with every minute."""
    _, versions = live_store().overview()
    return int(now().timestamp() // 60), versions


def flush() -> int:
    """
    Keep what waits; how many rows were new.

    Raises:
        StoreError: nothing was kept, and all of it waits again.

    """
    noted = noting.take()
    if not noted:
        return 0
    opened = live_store()
    try:
        _keep_rules(opened, noted)
        return opened.keep_shown([_saying(one) for one in noted])
    except BaseException:
        noting.put_back(noted)
        raise


def _keep_rules(opened: Store, noted: Sequence[Noted]) -> None:
    """The rules go in before the first result that was decided by them."""
    for one in noted:
        key = (opened.place, one.rules.digest)
        if key not in _kept_rules:
            opened.keep_rules(one.rules.texts(), program=VERSION, now=one.clock)
            _kept_rules.add(key)


def _saying(one: Noted) -> Saying:
    state = one.state
    return Saying(
        ward_id=state.ward_id,
        patient_id=state.patient_id,
        at=one.clock,
        assessed_at=state.at,
        entry_position=state.position,
        acknowledged=one.acknowledged,
        program=VERSION,
        rules=one.rules.digest,
        protocol=None if state.protocol is None else state.protocol.id,
        said=one.said,
        whole=pack(state.assessment),
    )


def begin() -> None:
    """From now on this process keeps what it says."""
    _kept_rules.clear()
    # Read with the digests, before anything can change on the disk.
    dict(rule_set.rule_set().texts())
    noting.begin()


class _Seen:
    """What the last round has seen: another one is due when something or the minute has moved."""

    def __init__(self) -> None:
        self._versions: object = None

    def look(self) -> None:
        """Work the wards out anew where that can say something new."""
        versions = _versions()
        if versions != self._versions:
            look_round()
            self._versions = versions


async def keep_going() -> None:
    """Keep what is said until the server stops; the last words are kept, too."""
    seen = _Seen()
    try:
        while True:
            await anyio.to_thread.run_sync(_try, seen.look)
            await anyio.to_thread.run_sync(_try, flush)
            await asyncio.sleep(EVERY_S)
    finally:
        noting.end()
        _try(flush)


def _try(work: Callable[[], object]) -> None:
    """A screen never waits for this and never fails with it; what went wrong is said."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever it is, the next round tries again
        with _lock:
            first = not _faults
            _faults[:] = [f"What the screens say is not being kept ({type(error).__name__})."]
        if first:
            _log.error("shown-not-kept", fault=type(error).__name__)
    else:
        if work is flush:
            with _lock:
                _faults.clear()
