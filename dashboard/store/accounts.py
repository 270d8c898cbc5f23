"""
Accounts and seats: who exists, and who sits where.

An account is added once and then only changes role, wards, password or whether it is disabled; a
seat only ages and ends. Every change goes with its audit record in one transaction. Of a seat's
token only the digest is kept, and a password only as it was hashed elsewhere.
"""

# ruff: noqa: N818 - a refusal is named by what it says to a person, as in errors.py

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from unicodedata import normalize

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from dashboard.store import auditing
from dashboard.store.accepting import text_faults
from dashboard.store.auditing import Deed
from dashboard.store.engines import Engines
from dashboard.store.errors import NotSaved, StoreError, SubmissionRefused
from dashboard.store.tables import account, seat
from dashboard.store.times import utc

ADMINISTRATOR: Final = "administrator"


class AccountExists(NotSaved):
    """The name is taken, or this is no longer the first account."""


class UnknownAccount(StoreError):
    """Nobody has this name."""


class LastAdministrator(NotSaved):
    """Nobody would be left to manage the accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person who may sign on; the password's hash stays out of every printout."""

    account_id: str
    name: str
    role: str
    wards: frozenset[str] | None
    added_at: datetime
    added_by: str
    changed_at: datetime
    disabled_at: datetime | None
    issuer: str | None = None
    subject: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One browser somebody has signed on at."""

    seat_id: str
    account_id: str
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who changes an account, and when."""

    who: str
    role: str
    at: datetime


def name_key(name: str) -> str:
    """Names that only differ in case or in how an accent is written are the same name."""
    return normalize("NFKC", name).strip().casefold()


def token_digest(token: str) -> str:
    """What is kept of a seat's token: nobody who reads the database can sit down with it."""
    return hashlib.sha256(b"toxwatch-seat/1\n" + token.encode("utf-8")).hexdigest()


class Accounts:
    """The accounts and seats of one store; reached as ``Store.accounts``."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    # Accounts

    def any(self) -> bool:
        """Whether there is an account at all."""
        with self._engines.reading() as connection:
            return connection.execute(select(account.c.account_id).limit(1)).first() is not None

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        with self._engines.reading() as connection:
            rows = connection.execute(select(account).order_by(account.c.name_key)).mappings()
            return tuple(account_of(row) for row in rows)

    def named(self, name: str) -> Account | None:
        """The account of this name, however it is spelled."""
        with self._engines.reading() as connection:
            return _named(connection, name)

    def of_provider(self, issuer: str, subject: str) -> Account | None:
        """The account that an identity provider means by this subject."""
        query = select(account).where(account.c.issuer == issuer, account.c.subject == subject)
        with self._engines.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
            return None if row is None else account_of(row)

    def add(
        self,
        name: str,
        role: str,
        password: str | None,
        *,
        by: By,
        wards: Iterable[str] | None = None,
        issuer: str | None = None,
        subject: str | None = None,
        only_if_first: bool = False,
    ) -> Account:
        """Add an account; ``password`` is the hash. ``only_if_first`` refuses once there is one."""
        complaints = text_faults({"name": name, "role": role})
        if complaints:
            raise SubmissionRefused(tuple(complaints))
        at = utc(by.at, "at")
        row = {
            "account_id": str(uuid.uuid4()),
            "name": name,
            "name_key": name_key(name),
            "role": role,
            "wards": None if wards is None else json.dumps(sorted(wards)),
            "password": password,
            "issuer": issuer,
            "subject": subject,
            "added_at": at,
            "added_by": by.who,
            "changed_at": at,
            "disabled_at": None,
        }

        def work(connection: Connection) -> None:
            auditing.queue(connection)
            if only_if_first and connection.scalar(select(func.count()).select_from(account)):
                raise AccountExists("accounts", "there is an account already.", "Sign on with it.")
            if _named(connection, name) is not None:
                raise AccountExists(f'account "{name}"', "exists already.", "Choose another name.")
            connection.execute(insert(account), [row])
            auditing.add(connection, _deed("account-added", by, {"account": name, "role": role}))

        self._engines.write_once(work)
        return account_of(row)

    def set_role(
        self, name: str, role: str, *, by: By, wards: Iterable[str] | None = None
    ) -> Account:
        """Give another role, in these wards or in all."""
        kept = None if wards is None else json.dumps(sorted(wards))
        return self._change(name, {"role": role, "wards": kept}, "account-role", {"role": role}, by)

    def set_password(self, name: str, password: str, *, by: By) -> Account:
        """Give another password, already hashed; whoever sits with the old one must get up."""
        return self._change(name, {"password": password}, "account-password", {}, by, ends=True)

    def disable(self, name: str, *, by: By) -> Account:
        """Close the account; its seats end in the same transaction."""
        values = {"disabled_at": utc(by.at, "at")}
        return self._change(name, values, "account-disabled", {}, by, ends=True)

    def enable(self, name: str, *, by: By) -> Account:
        """Open the account again."""
        return self._change(name, {"disabled_at": None}, "account-enabled", {}, by)

    def _change(
        self,
        name: str,
        values: Mapping[str, Any],
        action: str,
        detail: Mapping[str, Any],
        by: By,
        *,
        ends: bool = False,
    ) -> Account:
        def work(connection: Connection) -> Account:
            auditing.queue(connection)
            found = _named(connection, name)
            if found is None:
                raise UnknownAccount(f'account "{name}"', "does not exist.", "Check the name.")
            at = utc(by.at, "at")
            here = account.c.account_id == found.account_id
            connection.execute(update(account).where(here).values(**values, changed_at=at))
            if found.role == ADMINISTRATOR and found.disabled_at is None:
                _refuse_none_left(connection)
            if ends:
                _end_seats(connection, seat.c.account_id == found.account_id, at, action)
            auditing.add(connection, _deed(action, by, {"account": found.name, **detail}))
            row = connection.execute(select(account).where(here)).mappings().one()
            return account_of(row)

        return self._engines.write_once(work)

    # Seats

    def sit(self, account_id: str, token: str, *, at: datetime) -> Seat:
        """Begin a seat; whoever sat at this browser before has got up."""
        moment = utc(at, "at")
        row = {
            "seat_id": str(uuid.uuid4()),
            "token_digest": token_digest(token),
            "account_id": account_id,
            "began_at": moment,
            "seen_at": moment,
            "ended_at": None,
            "ended_why": None,
        }

        def work(connection: Connection) -> None:
            same = seat.c.token_digest == row["token_digest"]
            _end_seats(connection, same, moment, "replaced")
            connection.execute(insert(seat), [row])

        self._engines.write_once(work)
        return _seat(row)

    def seated(self, token: str) -> tuple[Seat, Account] | None:
        """Who sits here; None when nobody does, or the account is disabled."""
        query = (
            select(seat.c.seat_id, seat.c.began_at, seat.c.seen_at, account)
            .join(account, account.c.account_id == seat.c.account_id)
            .where(
                seat.c.token_digest == token_digest(token),
                seat.c.ended_at.is_(None),
                account.c.disabled_at.is_(None),
            )
        )
        with self._engines.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else (_seat(row), account_of(row))

    def seen(self, seat_id: str, *, at: datetime) -> None:
        """Somebody did something at this seat."""
        moment = utc(at, "at")
        here = (seat.c.seat_id == seat_id) & seat.c.ended_at.is_(None) & (seat.c.seen_at < moment)
        change = update(seat).where(here).values(seen_at=moment)
        self._engines.write_once(lambda connection: connection.execute(change).rowcount)

    def get_up(self, token: str, *, at: datetime, why: str) -> None:
        """End the seat of this browser."""
        moment, same = utc(at, "at"), seat.c.token_digest == token_digest(token)
        self._engines.write_once(lambda connection: _end_seats(connection, same, moment, why))


def _deed(action: str, by: By, detail: Mapping[str, Any]) -> Deed:
    return Deed(action=action, at=by.at, who=by.who, role=by.role, detail=detail)


def _named(connection: Connection, name: str) -> Account | None:
    query = select(account).where(account.c.name_key == name_key(name))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else account_of(row)


def _refuse_none_left(connection: Connection) -> None:
    left = select(func.count()).where(
        account.c.role == ADMINISTRATOR, account.c.disabled_at.is_(None)
    )
    if not connection.scalar(left):
        raise LastAdministrator(
            "accounts",
            "nothing changed: nobody would be left to manage the accounts.",
            "Add or enable another administrator first.",
        )


def _end_seats(connection: Connection, which: Any, at: datetime, why: str) -> None:
    connection.execute(
        update(seat).where(which, seat.c.ended_at.is_(None)).values(ended_at=at, ended_why=why)
    )


def account_of(row: RowMapping | Mapping[str, Any]) -> Account:
    """A row of the table as an account."""
    fields = {name: row[name] for name in Account.__dataclass_fields__}
    wards = None if row["wards"] is None else frozenset(json.loads(row["wards"]))
    return Account(**{**fields, "wards": wards})


def _seat(row: RowMapping | Mapping[str, Any]) -> Seat:
    return Seat(**{name: row[name] for name in Seat.__dataclass_fields__})
