"""
Passwords: what is accepted, how it is kept, how it is compared.

argon2id with 19 MiB, two passes and one lane. Never more than two at a time, so that a rush of
sign-ons at the start of a shift cannot take the machine's memory; and always in the same two
threads, because the memory that a thread gives back is kept for that thread (with a mere gate in
front, fifty sign-ons left 285 MiB behind). An unknown name costs the same time as a known one.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Final
from unicodedata import normalize

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

LEAST: Final = 12
MOST: Final = 256  # hashing must not be made slow by sending a book
_AT_ONCE: Final = 2
_HASHER: Final = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
_workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="passwords")

# The commonest that are long enough to be offered; compared without case, blanks and signs.
COMMON: Final = frozenset(
    """
    passwordpassword passwort1234 password1234 password12345 password123456 mypassword123
    letmein12345 letmeinplease welcome12345 welcome123456 qwertyuiop12 qwertyuiop123
    qwertyuiopas qwertyuiopasdf asdfghjkl123 asdfghjklqwe qwerty123456 qwerty1234567
    qwertyqwerty qwertzuiop12 azertyuiop12 1q2w3e4r5t6y 1qaz2wsx3edc qazwsxedcrfv zaq12wsxcde3
    123456789012 1234567890123 123456123456 123412341234 123123123123 012345678901 987654321098
    098765432109 abc123abc123 abcdefghijkl abcd1234abcd abcdef123456 iloveyou1234 iloveyou12345
    iloveyouforever administrator administrator1 administrator123 admin1234567 admin123admin
    adminadminadmin changeme1234 changemeplease changeit1234 superman1234 football1234
    baseball1234 princess1234 sunshine1234 dragon123456 monkey123456 master123456
    trustno1trustno1 hospital1234 hospital12345 hospital2025 hospital2026 nurse1234567
    doctor123456 toxwatch1234 toxwatch12345 toxwatchtoxwatch correcthorsebatterystaple
    """.split()  # noqa: SIM905 - a column of words reads better than a column of quotes
)


def fault_of(password: str, name: str) -> str | None:
    """Why this password is not taken for this name, or None."""
    plain = _plain(password)
    letters = "".join(one for one in plain.casefold() if one.isalnum())
    if len(plain) < LEAST:
        return f"The password needs at least {LEAST} characters; four words are easy to keep."
    if len(plain) > MOST:
        return f"The password has more than {MOST} characters."
    if letters in COMMON or len(set(plain.casefold())) < 5 or _is_run(letters):
        return "This password is among the first that anybody would try. Take four words."
    if len(name) >= 4 and letters.replace(name.casefold(), "").strip("0123456789") == "":
        return "The password repeats the name. Take four words."
    return None


def _is_run(letters: str) -> bool:
    """Letters or digits in a row, forwards or backwards, or one piece over and over."""
    steps = {ord(after) - ord(before) for before, after in pairwise(letters)}
    again = letters in (letters + letters)[1:-1] and len(letters) > 0
    return steps in ({1}, {-1}, {0}) or (again and len(letters) % 6 == 0 and len(letters) <= 24)


def hashed(password: str) -> str:
    """The text that is kept; it names its own parameters and salt."""
    return _workers.submit(_HASHER.hash, _plain(password)).result()


def is_right(kept: str | None, password: str) -> bool:
    """
    Whether this is the password; also compared, in vain, where there is none to compare with.

    A wrong answer for a name that does not exist then takes as long as for one that does.
    """
    nobodys = _nobodys()
    given = _plain(password[: 4 * MOST])
    try:
        _workers.submit(_HASHER.verify, nobodys if kept is None else kept, given).result()
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return hashed("a password that belongs to no account")


def _plain(password: str) -> str:
    """The same password however the keyboard composes an accent."""
    return normalize("NFKC", password)
