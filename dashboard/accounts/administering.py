"""
Managing accounts: the only door, for commands and screens, and only for administrators.
"""

from __future__ import annotations

from datetime import datetime

from dashboard.accounts import passwords
from dashboard.accounts.allowing import allow
from dashboard.accounts.permissions import ROLES
from dashboard.accounts.person import Person
from dashboard.store import Account, By, Store


def add(
    store: Store,
    person: Person | None,
    name: str,
    role: str,
    password: str,
    *,
    now: datetime,
    wards: frozenset[str] | None = None,
    only_if_first: bool = False,
) -> Account:
    """
    Add an account with a password.

    Raises:
        NotAllowed: not an administrator.
        ValueError: role, name or password is not acceptable; the message says why.
        StoreError: the name is taken, or the store cannot store.

    """
    by = _by(store, person, now)
    _refuse_bad(name, role)
    kept = _hashed(name, password)
    return store.accounts.add(name, role, kept, by=by, wards=wards, only_if_first=only_if_first)


def give_role(
    store: Store,
    person: Person | None,
    name: str,
    role: str,
    *,
    now: datetime,
    wards: frozenset[str] | None = None,
) -> Account:
    """Give another role, in these wards or in all; it holds from the next click on."""
    by = _by(store, person, now)
    _refuse_bad(name, role)
    return store.accounts.set_role(name, role, by=by, wards=wards)


def disable(store: Store, person: Person | None, name: str, *, now: datetime) -> Account:
    """Close an account; whoever sits with it is out at once."""
    return store.accounts.disable(name, by=_by(store, person, now))


def enable(store: Store, person: Person | None, name: str, *, now: datetime) -> Account:
    """Open an account again."""
    return store.accounts.enable(name, by=_by(store, person, now))


def give_password(
    store: Store, person: Person | None, name: str, password: str, *, now: datetime
) -> Account:
    """Give an account another password; its seats end."""
    by = _by(store, person, now)
    known = store.accounts.named(name)
    if known is not None and known.issuer is not None:
        raise ValueError(f'account "{name}": signs on through the identity provider, not with a '
                         "password")  # fmt: skip
    return store.accounts.set_password(name, _hashed(name, password), by=by)


def _by(store: Store, person: Person | None, now: datetime) -> By:
    allowed = allow(store, person, "administer", now=now)
    return By(who=allowed.name, role=allowed.role, at=now)


def _refuse_bad(name: str, role: str) -> None:
    if role not in ROLES:
        raise ValueError(f'role: "{role}" is not one of {", ".join(ROLES)}')
    if not 0 < len(name) <= 40 or name != name.strip():
        raise ValueError("name: give 1 to 40 characters without blanks around them")


def _hashed(name: str, password: str) -> str:
    fault = passwords.fault_of(password, name)
    if fault is not None:
        raise ValueError(f"password: {fault}")
    return passwords.hashed(password)
