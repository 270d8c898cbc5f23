"""
What every page says about the database: damaged, full; and what About says about its keeping.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.parts import html
from dashboard.parts.grade import age_text, esc
from dashboard.store import Store, StoreDamaged, StoreError
from dashboard.store.health import BACKUP_DUE, ROOM_BYTES

_MIB: Final = 1024 * 1024
_DAMAGED: Final = (
    "THE DATABASE IS DAMAGED. Nothing can be saved, and what is shown may be wrong: use the "
    "bedside chart, and call whoever looks after toxwatch."
)
_FULL: Final = (
    "THE DISK OF THE DATABASE IS FULL. New entries are refused; a form keeps what you typed. What "
    "is shown is still right. Chart on paper, and call whoever looks after toxwatch."
)


@contextmanager
def said_loudly() -> Iterator[None]:
    """Around a page: above it stands what is wrong with the database, also when it shows late."""
    opened = session.store()
    above = st.container()
    with suppress(StoreDamaged):  # the place above says it, instead of half a page
        yield
    with above:
        banner(opened)


def banner(opened: Store) -> None:
    """Say loudly that nothing can be saved; silent while all is well."""
    health = opened.health
    if health.damage is not None:
        error = health.note_damage(health.damage)
        says = f"{_DAMAGED} Found: {health.damage}. {error.cure}"
        html.show(f'<p class="tw-notice tw-failed" role="alert">{esc(says)}</p>')
    elif health.is_full:
        html.show(f'<p class="tw-notice tw-failed" role="alert">{esc(_FULL)}</p>')


def about(opened: Store, now: datetime) -> None:
    """The keeping lines of About: last backup, room on the disk, where the store is."""
    st.subheader("Safe keeping")
    said, is_well = backup_line(opened, now)
    (st.write if is_well else st.warning)(said)
    free = opened.free_bytes()
    if free is not None and free < ROOM_BYTES:
        st.warning(
            f"Only {free // _MIB} MiB are free on the disk of the database: soon no entry can be "
            "saved. Free space now."
        )
    elif free is not None:
        st.write(f"Free on the disk of the database: {_size(free)}.")
    st.caption(f"Store: {opened.place}")


def backup_line(opened: Store, now: datetime) -> tuple[str, bool]:
    """How old the last backup is, and whether that is good enough."""
    try:
        last = opened.last_backup()
    except StoreError as error:
        return f"When the last backup was made could not be read: {error.fault}", False
    if last is None:
        return (
            "No backup made with toxwatch backup is on record here. If your hospital backs this "
            "database up in another way, ask when it was last tried.",
            False,
        )
    said = f"Last backup {age_text(now - last)} ({session.local(last):%d-%b-%Y %H:%M})."
    if now - last > BACKUP_DUE:
        return f"{said} That is older than 24 hours: run toxwatch backup.", False
    return said, True


def _size(count: int) -> str:
    gib = count / 1024 / _MIB
    return f"{gib:.1f} GiB" if gib >= 1 else f"{count // _MIB} MiB"
