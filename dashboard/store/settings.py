"""
The settings under which "saved" means saved, also after a power cut.

Measured with simulated power cuts: a SQLite rollback journal that is truncated with
``synchronous=FULL`` and a write-ahead log with ``FULL`` lost nothing; the driver's own default
lost the last acknowledged row in almost half of the cuts. A write-ahead log is refused where the
SQLite library still has the WAL-reset fault. What is in force is read back, never assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, Literal

from dashboard.store.errors import SettingsRefused

Journal = Literal["truncate", "wal"]

_FULL: Final = 2
DURABLE: Final[Mapping[str, int | str]] = {
    "busy_timeout": 10_000,
    "journal_mode": "truncate",
    "synchronous": _FULL,
    "fullfsync": 1,  # only macOS listens: its plain fsync stops at the drive's cache
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "secure_delete": 1,
    "temp_store": 2,  # in memory: nothing of a patient in a temporary folder on another disk
}
POSTGRESQL: Final[Mapping[str, tuple[str, ...]]] = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply"),
    "server_encoding": ("UTF8",),
    "transaction_read_only": ("off",),
}
_NETWORK_FILE_SYSTEMS: Final = (
    "nfs", "cifs", "smb", "afs", "ceph", "glusterfs", "lustre", "ncpfs",
    "fuse.sshfs", "fuse.davfs", "fuse.glusterfs", "fuse.rclone",
)  # fmt: skip


def wal_reset_is_fixed(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite library is free of the fault that can corrupt a write-ahead log."""
    if version >= (3, 51, 3):
        return True
    repaired_in_patch = {(3, 44): 6, (3, 50): 7}.get(version[:2])
    return repaired_in_patch is not None and version[2] >= repaired_in_patch


def pragmas(journal: Journal) -> dict[str, int | str]:
    """What every SQLite connection is told, and what it must then answer."""
    return {**DURABLE, "journal_mode": journal}


def refuse_unsafe_sqlite(
    found: Mapping[str, int | str | None], version: tuple[int, int, int], place: str
) -> None:
    """Raise unless the pragmas in force keep an acknowledged entry through a power cut."""
    for name, wanted in DURABLE.items():
        value = found.get(name)
        if name == "journal_mode":
            _refuse_journal(str(value), version, place)
        elif value != wanted:
            raise SettingsRefused(
                place,
                f"PRAGMA {name} is {value}, not {wanted}: a saved entry could be lost.",
                "Close other programs that use this file and start again.",
            )


def _refuse_journal(mode: str, version: tuple[int, int, int], place: str) -> None:
    if mode == "truncate":
        return
    library = ".".join(map(str, version))
    if mode == "wal" and not wal_reset_is_fixed(version):
        raise SettingsRefused(
            place,
            f"journal_mode is wal and SQLite {library} can corrupt it (fixed in 3.51.3).",
            'Use journal="truncate", close other programs that use this file, start again.',
        )
    if mode != "wal":
        raise SettingsRefused(
            place,
            f"journal_mode is {mode}: a saved entry could be lost in a power cut.",
            "Use a database file on a local disk.",
        )


def refuse_unsafe_postgresql(found: Mapping[str, str], place: str) -> None:
    """Raise unless the server keeps what it has committed."""
    for name, allowed in POSTGRESQL.items():
        value = found.get(name)
        if value not in allowed:
            raise SettingsRefused(
                place,
                f"{name} is {value}, not {allowed[0]}: a saved entry could be lost.",
                "Ask the database administrator to correct the setting, then start again.",
            )


def refuse_network_disk(file: PurePath, mounts: str) -> None:
    """Raise if the file lies on a network share, where file locks cannot be trusted."""
    best, kind = "", ""
    for line in mounts.splitlines():
        words = line.split()
        if len(words) < 3:
            continue
        point = words[1].encode().decode("unicode_escape")  # mount tables write a space as \040
        if file.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, words[2]
    if kind.startswith(_NETWORK_FILE_SYSTEMS):
        raise SettingsRefused(
            str(file),
            f"the file lies on a network share ({kind}), where two writers can damage it.",
            "Use a local disk, or PostgreSQL with --database URL.",
        )
