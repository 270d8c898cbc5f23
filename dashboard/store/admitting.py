"""
Admitting a person whom the hospital's identity provider has sent.

The account is found by issuer and subject and by nothing else: a name or an e-mail address can be
given to another person one day. Role and wards are what the provider says now.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from dashboard.store import auditing
from dashboard.store.accepting import text_faults
from dashboard.store.accounts import Account, account_of, name_key
from dashboard.store.auditing import Deed
from dashboard.store.engines import Engines
from dashboard.store.errors import NotSaved, SubmissionRefused
from dashboard.store.tables import account
from dashboard.store.times import utc

BY: Final = "identity provider"
MOST: Final = 40  # as long as a name may be


class AccountClosed(NotSaved):
    """An administrator has closed this account here, whatever the provider says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Who comes from the provider, in our words."""

    issuer: str
    subject: str
    name: str
    role: str
    wards: frozenset[str] | None


def admit(engines: Engines, coming: Coming, *, at: datetime) -> Account:
    """
    Give the account of this person, made or brought up to date, in one transaction.

    Raises:
        AccountClosed: closed here.

    """
    complaints = text_faults({"name": coming.name, "subject": coming.subject})
    if complaints:
        raise SubmissionRefused(tuple(complaints))
    here = (account.c.issuer == coming.issuer) & (account.c.subject == coming.subject)

    def work(connection: Connection) -> Account:
        auditing.queue(connection)  # two first sign-ons of one person come one after the other
        row = connection.execute(select(account).where(here)).mappings().one_or_none()
        if row is None:
            return _added(connection, coming, utc(at, "at"))
        known = account_of(row)
        if known.disabled_at is not None:
            raise AccountClosed(
                f'account "{known.name}"',
                "is closed on this server.",
                "Ask an administrator of toxwatch to open it.",
            )
        if (known.role, known.wards) == (coming.role, coming.wards):
            return known
        values = {"role": coming.role, "wards": _kept(coming.wards), "changed_at": utc(at, "at")}
        connection.execute(update(account).where(here).values(**values))
        _put_on_record(connection, "account-role", known.name, coming, at)
        return account_of({**row, **values})

    return engines.write_once(work)


def _added(connection: Connection, coming: Coming, at: datetime) -> Account:
    name = _free(connection, coming.name)
    row: dict[str, Any] = {
        "account_id": str(uuid.uuid4()),
        "name": name,
        "name_key": name_key(name),
        "role": coming.role,
        "wards": _kept(coming.wards),
        "password": None,
        "issuer": coming.issuer,
        "subject": coming.subject,
        "added_at": at,
        "added_by": BY,
        "changed_at": at,
        "disabled_at": None,
    }
    connection.execute(insert(account), [row])
    _put_on_record(connection, "account-added", name, coming, at)
    return account_of(row)


def _free(connection: Connection, name: str) -> str:
    """A name nobody has had here: records of two people must not carry the same one."""
    tried, count = name[:MOST].strip(), 1
    while True:
        query = select(account.c.account_id).where(account.c.name_key == name_key(tried))
        if connection.execute(query).first() is None:
            return tried
        count += 1
        end = f" ({count})"
        tried = f"{name[: MOST - len(end)].strip()}{end}"


def _kept(wards: frozenset[str] | None) -> str | None:
    return None if wards is None else json.dumps(sorted(wards))


def _put_on_record(
    connection: Connection, action: str, name: str, coming: Coming, at: datetime
) -> None:
    wards = "all" if coming.wards is None else sorted(coming.wards)
    detail = {"account": name, "role": coming.role, "wards": wards}
    auditing.add(connection, Deed(action=action, at=at, who=BY, role=coming.role, detail=detail))
