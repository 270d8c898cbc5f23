"""
Codes that people read aloud and type: for joining a room, and for verifying a certificate.

Nothing in them looks like something else (no 0 and O, 1, I and L, 2 and Z, 5 and S, 6 and G, 8 and
B, U and V), and without vowels no word comes out.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

__all__ = ["ALPHABET", "certificate_code", "plain_code", "room_code", "room_id"]

ALPHABET: Final = "CDFHJKMNPQRTWXY3479"
_ROOM: Final = 6
_CERTIFICATE: Final = 12


def room_id(submission: str) -> str:
    """The id of the room that a form opens: sent twice, it is the same room."""
    return hashlib.sha256(f"room {submission}".encode()).hexdigest()[:24]


def room_code(submission: str, attempt: int = 0) -> str:
    """The code of that room; another one for each attempt, should an open room have it."""
    number = int.from_bytes(hashlib.sha256(f"code {attempt} {submission}".encode()).digest())
    letters = []
    for _ in range(_ROOM):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def certificate_code() -> str:
    """A code that nobody can guess, in groups of four."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(_CERTIFICATE))
    return "-".join(letters[at : at + 4] for at in range(0, _CERTIFICATE, 4))


def plain_code(typed: str) -> str:
    """What was typed, without blanks and dashes and in capitals."""
    return "".join(one for one in typed if one not in " -\t\n\u2010\u2011\u2013").upper()
