"""
The first administrator: whoever can read the server's terminal, not whoever comes first.

There is no default password. While a store that needs accounts has none, the server prints a code
when it starts; the first screen asks for it.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from functools import cache

from dashboard.accounts import administering
from dashboard.accounts.person import Person
from dashboard.store import Account, Store


@cache
def code() -> str:
    """The code of this process."""
    return secrets.token_hex(5)


def create(store: Store, name: str, password: str, given_code: str, *, now: datetime) -> Account:
    """
    Create the first account, an administrator.

    Raises:
        ValueError: the code, the name or the password is not acceptable.
        AccountExists: there is an account already.

    """
    if not hmac.compare_digest(given_code.strip().encode(), code().encode()):
        raise ValueError("code: this is not the code that the server printed when it started")
    founder = Person(name, "administrator")
    return administering.add(
        store, founder, name, "administrator", password, now=now, only_if_first=True
    )
