"""
Whether the disk under the embedded database is encrypted, as far as the kernel shows it.

toxwatch does not encrypt the open database itself: the disk has to. ``TOXWATCH_AT_REST`` says how
that is known: ``checked`` refuses to start unless the kernel shows encryption (dm-crypt) below the
file; ``stated`` takes the administrator's word where the kernel cannot see it: a hypervisor, a
self-encrypting drive, the server of a PostgreSQL. Without the setting nothing is promised.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from dashboard.store.errors import SettingsRefused

SETTING: Final = "TOXWATCH_AT_REST"
CHECKED: Final = "checked"
STATED: Final = "stated"
_MOUNTS: Final = Path("/proc/self/mountinfo")
_DEVICES: Final = Path("/sys/dev/block")
_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
_ENCRYPTING: Final = frozenset({"ecryptfs", "fuse.gocryptfs", "fuse.encfs"})
_DEEPEST: Final = 8

Finding = Literal["encrypted", "plain", "memory", "unknown"]
_IN_WORDS: Final[Mapping[Finding, str]] = {
    "encrypted": "the disk below is encrypted (as the kernel shows it)",
    "plain": "the disk below is not encrypted, as far as the kernel shows it",
    "memory": "the file lies in memory and is gone with the power",
    "unknown": "the kernel does not show what lies below the file",
}


def found_below(file: Path, *, mounts: str | None = None, devices: Path = _DEVICES) -> Finding:
    """What the kernel shows below a file: every device under it is encrypted, or not."""
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "unknown"
    mount = _mount_of(file, mounts)
    if mount is None:
        return "unknown"
    number, kind, source = mount
    if kind in _IN_MEMORY:
        return "memory"
    if kind in _ENCRYPTING:
        return "encrypted"
    if number.startswith("0:"):  # a file system with a number of its own, such as btrfs
        number = _number_of(source) or number
    return _device(devices / number, _DEEPEST)


def refuse_plain_disk(
    file: Path | None, place: str, environment: Mapping[str, str] = os.environ
) -> None:
    """
    Raise where encryption is to be checked and does not show.

    Raises:
        SettingsRefused: place, fault, cure.

    """
    asked = environment.get(SETTING) or None
    if asked not in (None, CHECKED, STATED):
        raise SettingsRefused(
            SETTING, f'"{asked}" is neither {CHECKED} nor {STATED}.', "See docs/keeping.md."
        )
    if asked != CHECKED:
        return
    if file is None:
        raise SettingsRefused(
            place,
            "this machine cannot see the disk of a database server.",
            f"Have its disk encrypted there and set {SETTING}={STATED}.",
        )
    finding = found_below(file)
    if finding != "encrypted":
        raise SettingsRefused(
            place,
            f"{SETTING}={CHECKED}, but {_IN_WORDS[finding]}.",
            f"Move the database to an encrypted disk (LUKS); or, where encryption is out of this "
            f"machine's sight, set {SETTING}={STATED}.",
        )


def in_words(file: Path | None, environment: Mapping[str, str] = os.environ) -> str:
    """What is known about the data at rest, in one line."""
    stated = environment.get(SETTING) == STATED
    if file is None:
        word = "stated to be encrypted" if stated else f"not stated ({SETTING})"
        return f"at rest: on the disk of the server, {word}"
    word = f"; stated to be encrypted ({SETTING}={STATED})" if stated else ""
    return f"at rest: {_IN_WORDS[found_below(file)]}{word}"


def _mount_of(file: Path, mounts: str) -> tuple[str, str, str] | None:
    """Device number, kind and source of the file system that holds a file; the last mount wins."""
    best: tuple[str, str, str] | None = None
    longest = -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        words, rest = before.split(), after.split()
        if len(words) < 5 or len(rest) < 2:
            continue
        point = words[4].encode().decode("unicode_escape")  # a blank is written \040
        if file.is_relative_to(point) and len(point) >= longest:
            best, longest = (words[2], rest[0], rest[1]), len(point)
    return best


def _number_of(source: str) -> str | None:
    try:
        number = os.stat(source).st_rdev
    except OSError:
        return None
    return f"{os.major(number)}:{os.minor(number)}" if number else None


def _device(device: Path, deeper: int) -> Finding:
    """Encrypted if the device is dm-crypt, or if everything it is made of is (LVM, RAID)."""
    if not device.exists() or deeper == 0:
        return "unknown"
    mapped = device / "dm" / "uuid"  # a partition, a whole disk or an array has none
    if mapped.is_file() and mapped.read_bytes().startswith(b"CRYPT-"):
        return "encrypted"
    below = [*(device / "slaves").iterdir()] if (device / "slaves").is_dir() else []
    found = {_device(one, deeper - 1) for one in below}
    if not found or "plain" in found:
        return "plain"
    return "unknown" if "unknown" in found else "encrypted"
