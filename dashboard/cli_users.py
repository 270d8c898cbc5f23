"""
The commands ``toxwatch users``: who may sign on, in which role.

A password is asked on the terminal, or read as one line from standard input; never an argument,
which other people of the machine could read. Exit status: 0 done, 1 the store could not, 2 what
was given cannot be used.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_answers import FAILED, REFUSED, print_json
from toxmodels.casefile import printable

if TYPE_CHECKING:
    from dashboard.accounts.person import Person
    from dashboard.store import Account, Store

app = typer.Typer(
    name="users",
    help="Add, list, change and disable the accounts of the dashboard.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Initials or staff number.")]
Role = Annotated[
    str,
    typer.Argument(
        metavar="ROLE", help="nurse, physician, trainer, administrator or observer."
    ),
]  # fmt: skip
Wards = Annotated[
    list[str] | None,
    typer.Option("--ward", metavar="ID", help="Only this ward; may be repeated. Default: all."),
]
Database = Annotated[
    str | None,
    typer.Option(
        envvar="TOXWATCH_DATABASE",
        metavar="URL",
        help="sqlite:///PATH or postgresql://... Default: the embedded store of this user.",
    ),
]


@app.command()
def add(name: Name, role: Role, ward: Wards = None, database: Database = None) -> None:
    """Add an account; asks for its password."""
    from dashboard.accounts import administering

    with _store(database) as store:
        wards = _known(store, ward)
        password = _password()
        made = administering.add(store, _me(), name, role, password, now=_now(), wards=wards)
        typer.echo(_line(made))


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
    database: Database = None,
) -> None:
    """List the accounts."""
    with _store(database) as store:
        found = store.accounts.all()
    if as_json:
        print_json([_content(one) for one in found])
        return
    for one in found:
        typer.echo(_line(one))
    if not found:
        typer.echo("no account yet: toxwatch users add NAME administrator", err=True)


@app.command("role")
def role_(name: Name, role: Role, ward: Wards = None, database: Database = None) -> None:
    """Give an account another role and other wards; it holds at once."""
    from dashboard.accounts import administering

    with _store(database) as store:
        wards = _known(store, ward)
        changed = administering.give_role(store, _me(), name, role, now=_now(), wards=wards)
        typer.echo(_line(changed))


@app.command()
def disable(
    name: Name,
    undo: Annotated[bool, typer.Option("--undo", help="Open the account again.")] = False,
    database: Database = None,
) -> None:
    """Close an account; whoever is signed on with it is out at once."""
    from dashboard.accounts import administering

    with _store(database) as store:
        act = administering.enable if undo else administering.disable
        typer.echo(_line(act(store, _me(), name, now=_now())))


@app.command()
def password(name: Name, database: Database = None) -> None:
    """Give an account another password; asks for it. Its open screens ask for the new one."""
    from dashboard.accounts import administering

    with _store(database) as store:
        given = _password()
        typer.echo(_line(administering.give_password(store, _me(), name, given, now=_now())))


def _me() -> Person:
    """Whoever may run commands on this machine manages the accounts; the name is kept."""
    from dashboard.accounts.person import Person

    return Person(getpass.getuser(), "administrator")


def _now() -> datetime:
    return datetime.now(UTC)


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != first:
        raise ValueError("password: the two differ")
    return first


def _known(store: Store, wards: list[str] | None) -> frozenset[str] | None:
    if not wards:
        return None
    known = {one.id for one in store.wards()}
    for one in wards:
        if one not in known:
            raise ValueError(f'--ward: "{one}" does not exist; one of {", ".join(sorted(known))}')
    return frozenset(wards)


def _content(one: Account) -> dict[str, object]:
    return {
        "name": one.name,
        "role": one.role,
        "wards": None if one.wards is None else sorted(one.wards),
        "added_at": one.added_at.isoformat(timespec="seconds"),
        "added_by": one.added_by,
        "disabled_at": None
        if one.disabled_at is None
        else one.disabled_at.isoformat(timespec="seconds"),
        "signs_on_with": "password" if one.issuer is None else "identity provider",
    }


def _line(one: Account) -> str:
    wards = "all wards" if one.wards is None else ", ".join(sorted(one.wards))
    closed = "" if one.disabled_at is None else f", disabled {one.disabled_at:%d-%b-%Y %H:%M} UTC"
    return printable(f"{one.name}: {one.role}, {wards}{closed}")


@contextmanager
def _store(database: str | None) -> Iterator[Store]:
    from dashboard import store
    from dashboard.accounts.authorise import NotAllowed

    theirs = (store.AccountExists, store.UnknownAccount, store.LastAdministrator)
    try:
        with store.open_store(database or None) as opened:
            yield opened
    except (ValueError, NotAllowed) as error:
        typer.echo(printable(str(error)), err=True)
        raise typer.Exit(REFUSED) from None
    except store.StoreError as error:
        typer.echo(printable(str(error)), err=True)
        raise typer.Exit(REFUSED if isinstance(error, theirs) else FAILED) from None
