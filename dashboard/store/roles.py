"""
Who may do what inside PostgreSQL: four roles, the rights of each on every table, and which rows.

The triggers of the migrations refuse a change of the journal to everybody. Here the account that
the program runs under is not even asked: it holds no right to change, delete or empty a record,
to alter a table, or to make one. The role that owns the tables cannot sign in at all. Which wards'
rows a transaction sees and writes is held by row security: see ``row_security``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sqlalchemy import Connection, text

from dashboard.store.row_security import WARDED, not_held, policies
from dashboard.store.tables import APPEND_ONLY, PARTLY_FIXED

OWNER: Final = "toxwatch_owner"  # owns everything, nobody signs in as it
MIGRATE: Final = "toxwatch_migrate"  # becomes the owner: migrations, backups
APP: Final = "toxwatch_app"  # what the service runs under
READ: Final = "toxwatch_read"  # reports and registries

_ADD: Final = ("SELECT", "INSERT")
# Every table of the store stands here or in APPEND_ONLY: one that nobody has classed is an error.
RIGHTS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(APPEND_ONLY, _ADD),
    "ward_version": (*_ADD, "UPDATE (version)"),
    "draft": (*_ADD, "UPDATE", "DELETE"),
    "account": (*_ADD, "UPDATE (role, wards, password, changed_at, disabled_at)"),
    "seat": (*_ADD, "UPDATE (seen_at, ended_at, ended_why)"),
    "alembic_version": ("SELECT",),
}
# Forms not sent, password hashes and sessions are nobody's report.
_NOT_FOR_READERS: Final = frozenset({"draft", "account", "seat"})
_FUNCTIONS: Final = (
    "toxwatch_refuse", "toxwatch_forward", "toxwatch_account_fixed", "toxwatch_seat_fixed"
)  # fmt: skip
_PLAIN: Final = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
_CHANGES: Final = ("UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
# A refused row's key stands in the detail of PostgreSQL's own log line, and values in its
# statement log; only an administrator may switch that off for a role.
_QUIET_LOG: Final = (
    ("log_error_verbosity", "terse"),
    ("log_parameter_max_length", "0"),
    ("log_parameter_max_length_on_error", "0"),
)


def script(schema: str) -> str:
    """The whole set-up as SQL an administrator can read and run; running it again is harmless."""
    head = (
        "-- toxwatch: roles and rights. Run by an administrator of the server, in toxwatch's\n"
        "-- database. Then give the three accounts that sign in a password each (\\password).\n"
    )
    body = [*role_statements(schema), *table_statements(schema)]
    return head + "".join(f"\n{statement};\n" for statement in body)


def role_statements(schema: str) -> Iterator[str]:
    """Make the roles and close everything else; needs an administrator."""
    for role in (OWNER, MIGRATE, APP, READ):
        yield _unless_there(role)
    yield f"ALTER ROLE {OWNER} {_PLAIN} NOLOGIN"
    for role in (MIGRATE, APP, READ):
        yield f"ALTER ROLE {role} {_PLAIN} LOGIN"
    yield f"GRANT {OWNER} TO {MIGRATE}"
    yield _in_database(f"ALTER ROLE {MIGRATE} IN DATABASE ", f" SET role = ''{OWNER}''")
    yield _in_database(f"ALTER ROLE {READ} IN DATABASE ", " SET default_transaction_read_only = on")
    yield _in_database("REVOKE ALL ON DATABASE ", " FROM PUBLIC")
    yield _in_database("GRANT CONNECT ON DATABASE ", f" TO {MIGRATE}, {APP}, {READ}")
    # A restore makes the schema anew and sets the old one aside.
    yield _in_database("GRANT CREATE ON DATABASE ", f" TO {OWNER}")
    yield f"ALTER SCHEMA {_quoted(schema)} OWNER TO {OWNER}"
    yield f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"
    yield _where_allowed(f"ALTER ROLE {APP} SET {name} = ''{value}''" for name, value in _QUIET_LOG)
    for table in RIGHTS:
        yield _where_there(schema, table, f"ALTER TABLE {_in(schema, table)} OWNER TO {OWNER}")
    for function in _FUNCTIONS:
        yield _where_there(
            schema, function, f"ALTER FUNCTION {_in(schema, function)}() OWNER TO {OWNER}",
            kind="regproc",
        )  # fmt: skip


def table_statements(schema: str) -> Iterator[str]:
    """Give each role its rights on the schema and the tables; the owner can do this."""
    named = _quoted(schema)
    yield f"REVOKE ALL ON SCHEMA {named} FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA {named} TO {APP}, {READ}"
    for table, rights in RIGHTS.items():
        place = _in(schema, table)
        steps = [
            f"REVOKE ALL ON {place} FROM PUBLIC, {APP}, {READ}",
            f"GRANT {', '.join(rights)} ON {place} TO {APP}",
        ]
        if table not in _NOT_FOR_READERS:
            steps.append(f"GRANT SELECT ON {place} TO {READ}")
        if table in WARDED:
            steps += policies(table, place, owner=OWNER, app=APP, read=READ)
        yield _where_there(schema, table, "; ".join(steps))
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {named} FROM PUBLIC, {APP}, {READ}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {named} TO {APP}"


def roles_are_there(connection: Connection) -> bool:
    """Whether this server knows the roles, so that a migration has somebody to give rights to."""
    query = "SELECT count(*) FROM pg_roles WHERE rolname IN (:owner, :app, :read)"
    named = {"owner": OWNER, "app": APP, "read": READ}
    return int(connection.scalar(text(query), named) or 0) == len(named)


def unclassed_tables(tables: Iterable[str]) -> list[str]:
    """Tables of the schema for which nobody has said what the program may do with them."""
    return sorted(set(tables) - set(RIGHTS))


def excess_rights(connection: Connection) -> list[str]:
    """What this account could do to the journal although the program never needs it."""
    if connection.dialect.name != "postgresql":
        return []
    found = []
    role = connection.execute(
        text("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = user")
    ).one()
    names = ("is a superuser", "passes row security", "may make roles")
    found += [name for name, has in zip(names, role, strict=True) if has]
    can = text("SELECT has_table_privilege(CAST(:table AS regclass)::oid, :right)")
    there = text("SELECT to_regclass(:table)")
    for table in (*APPEND_ONLY, *PARTLY_FIXED):
        if connection.scalar(there, {"table": table}) is None:
            continue
        held = [
            right for right in _CHANGES if connection.scalar(can, {"table": table, "right": right})
        ]
        if held:
            found.append(f"holds {', '.join(held)} on {table}")
    if connection.scalar(text("SELECT has_schema_privilege(current_schema(), 'CREATE')")):
        found.append("may make and alter tables")
    if loose := not_held(connection):
        found.append(f"is held to no ward by the database: no row security on {', '.join(loose)}")
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"


def _in(schema: str, name: str) -> str:
    return f"{_quoted(schema)}.{_quoted(name)}"


def _unless_there(role: str) -> str:
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
        f"THEN CREATE ROLE {role}; END IF; END $$"
    )


def _in_database(before: str, after: str) -> str:
    """A statement that names the database it runs in."""
    return f"DO $$ BEGIN EXECUTE '{before}' || quote_ident(current_database()) || '{after}'; END $$"


def _where_allowed(statements: Iterable[str]) -> str:
    """Statements that a hosted server keeps to itself: a notice there, no failure."""
    steps = " ".join(f"EXECUTE '{statement}';" for statement in statements)
    return (
        f"DO $$ BEGIN {steps} EXCEPTION WHEN insufficient_privilege THEN "
        "RAISE NOTICE 'ask the administrator to set log_error_verbosity = terse and "
        "log_parameter_max_length = 0 for the server: values must not reach its log'; END $$"
    )


def _where_there(schema: str, name: str, steps: str, *, kind: str = "regclass") -> str:
    place = _literal(_in(schema, name))
    return f"DO $$ BEGIN IF to_{kind}({place}) IS NOT NULL THEN {steps}; END IF; END $$"
