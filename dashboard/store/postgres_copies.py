"""
Copies of a PostgreSQL database by its own programs: pg_dump out, pg_restore in.

The password goes to them through their environment, never through their arguments, which every
account of the machine can read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, make_url, text

from dashboard.store.errors import BackupRefused
from dashboard.store.network import guarded

MAGIC: Final = b"PGDMP"
_TIMEOUT_S: Final = 6 * 3600
_REVISION: Final = re.compile(r"^COPY \S*alembic_version .*;\n([^\n\\]+)$", re.MULTILINE)
_TABLE: Final = re.compile(r"^\d+; \d+ \d+ TABLE (\S+) entry \S+$", re.MULTILINE)


def dump(url: str, schema: str, snapshot: str, file: Path) -> None:
    """Write the schema as it was at an exported snapshot into a file."""
    _run(
        "pg_dump", url, "--format=custom", "--no-password", f"--snapshot={snapshot}",
        # The owner sees every row by a policy; backing_up has asked the catalogue that it does.
        "--enable-row-security",
        f"--schema={_quoted(schema)}", f"--file={file}",
    )  # fmt: skip


def revision_in(file: Path) -> str | None:
    """The schema revision of a dump; None where it holds no journal of ours."""
    out = _run("pg_restore", None, "--data-only", "--table=alembic_version", "--file=-", str(file))
    found = _REVISION.search(out)
    return None if found is None else found[1]


def schema_in(file: Path) -> str | None:
    """The name of the schema that the journal lies in."""
    found = _TABLE.search(_run("pg_restore", None, "--list", str(file)))
    return None if found is None else found[1]


def load(url: str, file: Path) -> None:
    """Bring a dump into an empty schema, whole or not at all; rights are not taken along."""
    listed = _run("pg_restore", None, "--list", str(file)).splitlines(keepends=True)
    left = (" SCHEMA - ", " COMMENT - SCHEMA", " POLICY ", " ROW SECURITY ")
    wanted = [line for line in listed if not any(kind in line for kind in left)]
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as chosen:
        chosen.writelines(wanted)
        chosen.flush()
        _run(
            "pg_restore", url, "--no-password", "--single-transaction", "--exit-on-error",
            "--no-owner", "--no-privileges", f"--use-list={chosen.name}", str(file),
        )  # fmt: skip


def schema_of_journal(connection: Connection) -> str:
    """The schema that this address works in."""
    return str(connection.scalar(text("SELECT current_schema()")))


def others_connected(connection: Connection) -> int:
    """How many other toxwatch connections this database has."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'toxwatch' AND pid <> pg_backend_pid()"
    )
    return int(connection.scalar(text(query)) or 0)


def set_aside(connection: Connection, schema: str, aside: str) -> None:
    """Rename the schema and leave an empty one of the same name in its place."""
    quoted = connection.dialect.identifier_preparer.quote
    connection.execute(text(f"ALTER SCHEMA {quoted(schema)} RENAME TO {quoted(aside)}"))
    connection.execute(text(f"CREATE SCHEMA {quoted(schema)}"))


def bring_back(connection: Connection, schema: str, aside: str) -> None:
    """Undo ``set_aside`` after a restore that did not work; what it left is removed."""
    quoted = connection.dialect.identifier_preparer.quote
    connection.execute(text(f"DROP SCHEMA {quoted(schema)} CASCADE"))
    connection.execute(text(f"ALTER SCHEMA {quoted(aside)} RENAME TO {quoted(schema)}"))


def is_empty(connection: Connection, schema: str) -> bool:
    """Whether nothing lies in the schema yet."""
    query = (
        "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = CAST(:name AS regnamespace)) "
        "OR EXISTS (SELECT 1 FROM pg_proc WHERE pronamespace = CAST(:name AS regnamespace)) "
        "OR EXISTS (SELECT 1 FROM pg_type WHERE typnamespace = CAST(:name AS regnamespace))"
    )
    quoted = connection.dialect.identifier_preparer.quote(schema)
    return not connection.scalar(text(query), {"name": quoted})


def _run(program: str, url: str | None, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise BackupRefused(
            program,
            "the program is not on this machine's PATH.",
            "Install the PostgreSQL client programs of the server's version, "
            "for example: apt-get install postgresql-client",
        )
    where, secret = ([], {}) if url is None else _address(make_url(url))
    try:
        done = subprocess.run(
            [found, *where, *arguments],
            env={**os.environ, **secret},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BackupRefused(program, "did not end in six hours.", "Look at the server.") from None
    if done.returncode:
        raise BackupRefused(program, _first_complaint(done.stderr), "")
    return done.stdout


def _address(url: URL) -> tuple[Sequence[str], dict[str, str]]:
    """The address without a password, as guarded as ours; and the password apart from it."""
    plain = guarded(url).set(drivername="postgresql", password=None)
    secret = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    before, asks, query = plain.render_as_string(hide_password=False).partition("?")
    # A blank is written "+" here, which PostgreSQL's own programs take for a plus.
    return [f"--dbname={before}{asks}{query.replace('+', '%20')}"], secret


def _first_complaint(said: str) -> str:
    """The line that says what is wrong; a row of a table never follows (no COPY context)."""
    lines = [line for line in said.splitlines() if "error:" in line or "detail:" in line]
    told = " ".join(line.partition(": ")[2] for line in lines) or said[:300]
    return f"{told[:300] or 'it failed without a word'}."


def _quoted(schema: str) -> str:
    """A name as pg_dump's patterns take it: quoted, so that nothing in it is a wildcard."""
    doubled = schema.replace('"', '""')
    return f'"{doubled}"'
