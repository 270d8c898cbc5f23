"""
The commands ``toxwatch database``: roles, migrations and the state of a PostgreSQL server.

``roles`` prints the set-up for an administrator to read, or applies it. ``migrate`` brings the
schema up to date with the account that may, and gives the service its rights on new tables.
``check`` says what the account of the service finds, and what it could do that it never needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.cli_answers import FAILED, REFUSED
from toxmodels.casefile import printable

if TYPE_CHECKING:
    from dashboard.store import Store

app = typer.Typer(
    name="database",
    help="Set up and check the database of a hospital.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Database = Annotated[
    str | None,
    typer.Option(
        envvar="TOXWATCH_DATABASE",
        metavar="URL",
        help="postgresql://ACCOUNT@HOST/NAME, with sslmode and sslrootcert where it leads out.",
    ),
]
_NOT_NEEDED = "an embedded file belongs to the account that runs toxwatch: it has no roles"


@app.command()
def roles(
    print_: Annotated[
        bool, typer.Option("--print", help="Print the SQL (what happens without options).")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Run it, signed in as an administrator.")
    ] = False,
    schema: Annotated[str, typer.Option(help="The schema that holds the tables.")] = "public",
    database: Database = None,
) -> None:
    """Make the four roles: owner, migrate, app (adds and reads, changes nothing), read."""
    from dashboard.store import roles as rights

    if print_ and apply:
        typer.echo("--print and --apply: choose one", err=True)
        raise typer.Exit(REFUSED)
    if not apply:
        typer.echo(rights.script(schema), nl=False)
        return
    with _connection(database) as connection:
        place = connection.execute("SELECT current_database()").fetchone()[0]
        for statement in (*rights.role_statements(schema), *rights.table_statements(schema)):
            connection.execute(statement)
    named = ", ".join((rights.MIGRATE, rights.APP, rights.READ))
    typer.echo(f'database "{printable(place)}", schema "{printable(schema)}": roles are set up')
    typer.echo(f"give each account that signs in a password: {named}")


@app.command()
def migrate(database: Database = None) -> None:
    """Bring the schema up to date, and give the roles their rights on what is new."""
    from dashboard.store import roles as rights

    with _opened(database) as store, store._engines.write.begin() as connection:
        if connection.dialect.name != "postgresql":
            typer.echo(f"{store.place}: up to date; {_NOT_NEEDED}")
            return
        schema = str(connection.exec_driver_sql("SELECT current_schema()").scalar())
        given = rights.roles_are_there(connection)
        if given:
            for statement in rights.table_statements(schema):
                connection.exec_driver_sql(statement)
        says = "rights are given" if given else "no roles: toxwatch database roles makes them"
        typer.echo(f"{store.place}: up to date; {says}")


@app.command()
def check(database: Database = None) -> None:
    """Say what this account finds; exit status 1 where it could change what was recorded."""
    from dashboard.store import at_rest
    from dashboard.store import roles as rights
    from dashboard.store.migrating import schema_of

    with _opened(database) as store:
        faults = store.ready()
        with store._engines.reading() as connection:
            typer.echo(f"{store.place}: schema {schema_of(connection)}")
            typer.echo(at_rest.in_words(store._engines.file))
            if connection.dialect.name == "postgresql":
                _say_server(connection)
            excess = rights.excess_rights(connection)
    for fault in (*faults, *(f"this account {one}" for one in excess)):
        typer.echo(printable(fault), err=True)
    if faults or excess:
        raise typer.Exit(FAILED)
    typer.echo("an entry could be stored; this account can change nothing that was recorded")


def _say_server(connection: Any) -> None:
    who, version = connection.exec_driver_sql(
        "SELECT current_user, current_setting('server_version')"
    ).one()
    tls = connection.exec_driver_sql(
        "SELECT version FROM pg_stat_ssl WHERE ssl AND pid = pg_backend_pid()"
    ).scalar()
    typer.echo(f"PostgreSQL {version} as {who}, {tls or 'without TLS (same machine)'}")


@contextmanager
def _opened(database: str | None) -> Iterator[Store]:
    from dashboard.store import StoreError, open_store

    try:
        with open_store(database or None) as store:
            yield store
    except StoreError as error:
        typer.echo(printable(str(error)), err=True)
        raise typer.Exit(FAILED) from None


@contextmanager
def _connection(database: str | None) -> Iterator[Any]:
    """One transaction of an administrator: all of the set-up or none of it."""
    import psycopg
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from dashboard.store import StoreError
    from dashboard.store.network import guarded

    try:
        url = guarded(make_url(database or ""))
        if not url.drivername.startswith("postgres"):
            raise ArgumentError
        told: dict[str, Any] = {
            **url.translate_connect_args(username="user", database="dbname"), **url.query
        }  # fmt: skip
        with psycopg.connect(**told) as connection:
            yield connection
    except ArgumentError:
        typer.echo(f"--database: name a PostgreSQL server; {_NOT_NEEDED}", err=True)
        raise typer.Exit(REFUSED) from None
    except (StoreError, psycopg.Error) as error:
        words = " ".join(str(error).split())
        typer.echo(f"roles: {printable(words)}; nothing was changed", err=True)
        raise typer.Exit(FAILED) from None
