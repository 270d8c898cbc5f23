"""
Signing on with a password, staying signed on, and getting up.

A seat locks after a quarter of an hour without a hand on it and ends after a shift. It lies in the
store, so a restarted server still knows who sits where, and it is looked up for every run, so a
disabled account is out at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from dashboard.accounts import passwords
from dashboard.accounts.permissions import ROLES, Role
from dashboard.accounts.person import Person
from dashboard.accounts.provider_settings import provider
from dashboard.accounts.waiting import Waiting
from dashboard.store import Account, By, Store

IDLE: Final = timedelta(minutes=15)
SHIFT: Final = timedelta(hours=12)
_NOTED_EVERY: Final = timedelta(minutes=1)
_WRONG: Final = "Name or password is wrong."
_waiting = Waiting()

State = Literal["empty", "open", "locked"]


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of one browser: nobody, somebody, or somebody who has to give the password."""

    state: State
    person: Person | None = None


class SignOnRefused(Exception):  # noqa: N818 - a refusal, named by what it says
    """Nobody was seated; the message says nothing about whether the name exists."""


def person_of(account: Account) -> Person:
    """The account as the person who acts; an unknown role may only look."""
    role: Role = account.role if account.role in ROLES else "observer"
    return Person(account.name, role, account.wards, account.account_id)


def place_of(store: Store, token: str, *, now: datetime) -> Place:
    """Who sits at this browser now."""
    found = store.accounts.seated(token)
    if found is None:
        return Place("empty")
    seat, account = found
    if not _belongs_here(account):
        return Place("empty")
    if now - seat.began_at >= SHIFT or now < seat.began_at - IDLE:
        return Place("empty")
    # Also where the clock was set back by more than that: better one password too many.
    if not -IDLE < now - seat.seen_at < IDLE:
        return Place("locked", person_of(account))
    return Place("open", person_of(account))


def _belongs_here(account: Account) -> bool:
    """Whether this server signs such accounts on now; settings change while seats last."""
    known = provider()
    if known is None or account.issuer is None:
        return account.issuer is None and passwords_taken()
    return account.issuer == known.issuer


def passwords_taken() -> bool:
    """Whether anybody may sign on with a password: never beside a provider, unless broken open."""
    known = provider()
    return known is None or known.break_glass


def touch(store: Store, token: str, *, now: datetime) -> None:
    """A hand was on this seat; noted at most once a minute, and never for a locked seat."""
    found = store.accounts.seated(token)
    if found is None or place_of(store, token, now=now).state != "open":
        return
    if now - found[0].seen_at >= _NOTED_EVERY:
        store.accounts.seen(found[0].seat_id, at=now)


def sign_on(
    store: Store,
    name: str,
    password: str,
    *,
    token: str,
    address: str,
    now: datetime,
    waiting: Waiting | None = None,
) -> Person:
    """
    Seat the person whose name and password these are.

    Raises:
        SignOnRefused: wrong, disabled, or tried too often just now.

    """
    if not passwords_taken():
        raise SignOnRefused("This server takes no passwords. Sign on through the hospital.")
    kept = _waiting if waiting is None else waiting
    key = name.strip().casefold()
    wait = kept.begin(key, address, now)
    if wait > timedelta(0):
        seconds = max(1, round(wait.total_seconds()))
        raise SignOnRefused(f"Too many tries: wait {seconds} s, then try again.")
    account = store.accounts.named(name)
    right = passwords.is_right(None if account is None else account.password, password)
    local = account is not None and account.issuer is None
    if account is None or not local or not right or account.disabled_at is not None:
        store.audit("sign-on-refused", at=now, who=_shown(account), role="nobody")
        raise SignOnRefused(_WRONG)
    kept.succeeded(key, address)
    store.accounts.sit(account.account_id, token, at=now)
    opened = {} if provider() is None else {"how": "break-glass"}
    store.audit("sign-on", at=now, who=account.name, role=account.role, detail=opened)
    return person_of(account)


def change_own_password(
    store: Store,
    person: Person,
    old: str,
    new: str,
    *,
    token: str,
    address: str,
    now: datetime,
    waiting: Waiting | None = None,
) -> None:
    """
    Give oneself another password: nobody who set the first one can then sign in one's name.

    Every seat of the account ends; this one begins anew.

    Raises:
        SignOnRefused: the old password is wrong, or was tried too often.
        ValueError: the new one is not acceptable; the message says why.

    """
    fault = passwords.fault_of(new, person.name)
    if fault is not None:
        raise ValueError(fault)
    sign_on(store, person.name, old, token=token, address=address, now=now, waiting=waiting)
    by = By(who=person.name, role=person.role, at=now)
    account = store.accounts.set_password(person.name, passwords.hashed(new), by=by)
    store.accounts.sit(account.account_id, token, at=now)


def _shown(account: Account | None) -> str:
    """A name that does not exist may be a password typed into the wrong field: not kept."""
    return "unknown" if account is None else account.name


def get_up(store: Store, token: str, *, now: datetime) -> None:
    """Sign off."""
    place = place_of(store, token, now=now)
    store.accounts.get_up(token, at=now, why="signed-off")
    if place.person is not None:
        store.audit("sign-off", at=now, who=place.person.name, role=place.person.role)
