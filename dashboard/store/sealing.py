"""
Backups that only the holder of a key can read: AES-256-GCM over pieces of a file.

A sealed file cannot be changed, cut off, put together from two, or read with another key without
being refused. The key lies in a file of its own, for one account only and in another folder than
the copy: whoever finds the copy must not find the key beside it.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dashboard.store.errors import BackupRefused

MAGIC: Final = b"TOXWATCH-SEALED1"
_PIECE: Final = 1024 * 1024
_TAG: Final = 16
_SALT: Final = 16
_MARK: Final = 8
_HEAD: Final = len(MAGIC) + _MARK + _SALT
_KEY: Final = re.compile(r"[0-9a-fA-F]{64}")
_MAKE: Final = "Make one: (umask 077; openssl rand -hex 32 > FILE)."


class Key:
    """The secret that seals and opens; it never shows itself."""

    __slots__ = ("_secret", "file")

    def __init__(self, secret: bytes, file: Path) -> None:
        self._secret = secret
        self.file = file

    def __repr__(self) -> str:
        return f"Key({self.file})"

    @property
    def mark(self) -> bytes:
        """What tells this key from another one, and nothing about the secret."""
        digest = Hash(SHA256())
        digest.update(b"toxwatch-key-mark/1\n" + self._secret)
        return digest.finalize()[:_MARK]

    def of_file(self, salt: bytes) -> AESGCM:
        """The cipher of one sealed file: no two files share a key, so no nonce comes twice."""
        derived = HKDF(SHA256(), 32, salt, b"toxwatch-sealed/1").derive(self._secret)
        return AESGCM(derived)


def read_key(file: Path, *apart_from: Path) -> Key:
    """
    The key in a file that nobody else may read, in another folder than what it opens.

    Raises:
        BackupRefused: others may read it, it lies beside the data, or it is no key.

    """
    place = file.expanduser().absolute()
    try:
        found = place.stat()
        words = place.read_text(encoding="ascii").strip()
    except OSError as error:
        raise BackupRefused(
            str(place), f"the key cannot be read ({error.strerror}).", _MAKE
        ) from None
    except UnicodeDecodeError:
        words = ""
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise BackupRefused(
            str(place), "others may read this key.", f"Run chmod 600 {place}; better, make another."
        )
    if _KEY.fullmatch(words) is None or len(set(words.lower())) < 8:
        raise BackupRefused(str(place), "is no key: 64 random hexadecimal digits are.", _MAKE)
    home = place.resolve().parent
    for protected in apart_from:
        there = protected.expanduser().absolute().resolve().parent
        if home == there or (there in home.parents and there.parent != there):
            raise BackupRefused(
                str(place),
                f"the key lies beside what it protects ({there}): who finds one has both.",
                "Keep it in another folder, best on another machine too.",
            )
    return Key(bytes.fromhex(words), place)


def is_sealed(file: Path) -> bool:
    """Whether a file begins as a sealed one."""
    try:
        with file.open("rb") as opened:
            return opened.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def seal(plain: Path, sealed: Path, key: Key) -> None:
    """Write the content of one file, sealed, into another that is there and empty."""
    salt = os.urandom(_SALT)
    head = MAGIC + key.mark + salt
    cipher = key.of_file(salt)
    with plain.open("rb") as source, sealed.open("r+b") as target:
        target.write(head)
        piece, number = source.read(_PIECE), 0
        while True:
            following = source.read(_PIECE)
            is_last = following == b""
            target.write(cipher.encrypt(_nonce(number, is_last=is_last), piece, head))
            if is_last:
                break
            piece, number = following, number + 1
        target.flush()
        os.fsync(target.fileno())


def unseal(sealed: Path, plain: Path, key: Key) -> None:
    """
    Write what a sealed file holds into another that is there and empty.

    Raises:
        BackupRefused: another key, or the file is not as it was written.

    """
    with sealed.open("rb") as source, plain.open("r+b") as target:
        for piece in _pieces(source, key, sealed):
            target.write(piece)


def holds(sealed: Path, plain: Path, key: Key) -> bool:
    """Whether a sealed file, read back from its disk, opens to exactly this content."""
    with sealed.open("rb") as source, plain.open("rb") as expected:
        same = all(expected.read(len(piece)) == piece for piece in _pieces(source, key, sealed))
        return same and expected.read(1) == b""


def _pieces(source: BinaryIO, key: Key, name: Path) -> Iterator[bytes]:
    head = source.read(_HEAD)
    if len(head) < _HEAD or not head.startswith(MAGIC):
        raise _broken(name)
    if head[len(MAGIC) : len(MAGIC) + _MARK] != key.mark:
        raise BackupRefused(
            str(name), "was sealed with another key.", f"Give its key; {key.file} is not it."
        )
    cipher = key.of_file(head[-_SALT:])
    piece, number = source.read(_PIECE + _TAG), 0
    while True:
        following = source.read(_PIECE + _TAG)
        is_last = following == b""
        try:
            yield cipher.decrypt(_nonce(number, is_last=is_last), piece, head)
        except (InvalidTag, ValueError):
            raise _broken(name) from None
        if is_last:
            return
        piece, number = following, number + 1


def _nonce(number: int, *, is_last: bool) -> bytes:
    """The place of a piece, and whether the file ends with it: neither can be changed unseen."""
    return number.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


def _broken(name: Path) -> BackupRefused:
    return BackupRefused(
        str(name),
        "is not as it was written: changed, or its end is missing.",
        "Take an earlier backup; keep this one for the inquiry.",
    )


@contextmanager
def opened(file: Path, key: Key | None, beside: Path | None) -> Iterator[Path]:
    """
    The content of a backup as a plain file: itself, or what a sealed one holds.

    The plain file of a sealed one lies beside the database it is going into, or where this account
    keeps what is temporary, for this account alone, and is gone afterwards.
    """
    if not is_sealed(file):
        yield file
        return
    if key is None:
        raise BackupRefused(str(file), "is sealed.", "Give its key with --key-file.")
    with private_file(beside) as plain:
        unseal(file, plain, key)
        yield plain


@contextmanager
def private_file(beside: Path | None) -> Iterator[Path]:
    """A new, empty file for this account alone, gone afterwards with what SQLite puts beside it."""
    if beside is not None:
        beside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = None if beside is None else beside.parent
    descriptor, name = tempfile.mkstemp(prefix=".toxwatch-", suffix=".part", dir=folder)
    os.close(descriptor)
    plain = Path(name)
    try:
        yield plain
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            plain.with_name(f"{plain.name}{end}").unlink(missing_ok=True)
