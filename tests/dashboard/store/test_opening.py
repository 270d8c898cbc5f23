"""Opening: durable settings or no start, one schema, a private file, messages without secrets."""

from __future__ import annotations

import sqlite3
import stat
import sys
import threading
from pathlib import Path, PurePosixPath

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from dashboard.store import (
    DatabaseTooNew,
    SettingsRefused,
    Store,
    StoreUnreachable,
    default_file,
    open_store,
)
from dashboard.store.engines import sqlite_engines
from dashboard.store.migrating import migrate, newest_schema, schema_of
from dashboard.store.settings import (
    DURABLE,
    POSTGRESQL,
    pragmas,
    refuse_network_disk,
    refuse_unsafe_postgresql,
    refuse_unsafe_sqlite,
    wal_reset_is_fixed,
)
from dashboard.store.tables import metadata
from tests.dashboard.store.forms import T0, WARD, admit
from tests.postgres import OwnServer

LIBRARY = sqlite3.sqlite_version_info
NEW_ENOUGH = (3, 51, 3)


def test_every_connection_is_durable_and_says_so(store: Store) -> None:
    engines = store._engines
    for engine in (engines.write, engines.read):
        with engine.connect() as connection:
            if engines.is_sqlite:
                found = {
                    name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in DURABLE
                }
                assert found == dict(DURABLE)
            else:
                for name in ("fsync", "full_page_writes", "synchronous_commit"):
                    assert connection.exec_driver_sql(f"SHOW {name}").scalar() == "on"
                assert connection.exec_driver_sql("SHOW timezone").scalar() == "UTC"


def test_the_reading_door_cannot_write(store: Store) -> None:
    with (
        pytest.raises(Exception, match=r"read-?only|readonly"),
        store._engines.read.begin() as connection,
    ):
        connection.exec_driver_sql("INSERT INTO draft VALUES ('a', 'b', 'c', '{}', '2026-01-01')")


def test_the_settings_are_the_measured_ones() -> None:
    """Written out once more, so that none can be dropped in one place only."""
    assert dict(DURABLE) == {
        "busy_timeout": 10_000,
        "journal_mode": "truncate",
        "synchronous": 2,
        "fullfsync": 1,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "temp_store": 2,
        "secure_delete": 1,
    }
    assert {name: allowed[0] for name, allowed in POSTGRESQL.items()} == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "server_encoding": "UTF8",
        "transaction_read_only": "off",
    }


@pytest.mark.parametrize("name", sorted(DURABLE))
def test_each_unsafe_pragma_is_refused(name: str) -> None:
    refuse_unsafe_sqlite(DURABLE, LIBRARY, "ward.sqlite3")
    for wrong in (0, 7, "delete", "off", None):
        if wrong == DURABLE[name]:
            continue
        with pytest.raises(SettingsRefused, match=name) as refused:
            refuse_unsafe_sqlite({**DURABLE, name: wrong}, LIBRARY, "ward.sqlite3")
        assert str(refused.value).startswith("ward.sqlite3: ")


@pytest.mark.parametrize("mode", ["delete", "persist", "memory", "off"])
def test_each_unsafe_journal_is_refused(mode: str) -> None:
    with pytest.raises(SettingsRefused, match=f"journal_mode is {mode}"):
        refuse_unsafe_sqlite({**DURABLE, "journal_mode": mode}, NEW_ENOUGH, "x")


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_a_write_ahead_log_needs_a_library_without_the_reset_fault(
    version: tuple[int, int, int], fixed: bool
) -> None:
    assert wal_reset_is_fixed(version) is fixed
    found = {**DURABLE, "journal_mode": "wal"}
    if fixed:
        refuse_unsafe_sqlite(found, version, "x")
    else:
        with pytest.raises(SettingsRefused, match="can corrupt it"):
            refuse_unsafe_sqlite(found, version, "x")


def test_asking_for_a_write_ahead_log_follows_the_library_of_this_machine(sqlite_url: str) -> None:
    if wal_reset_is_fixed(LIBRARY):
        open_store(sqlite_url, journal="wal").close()
    else:
        with pytest.raises(SettingsRefused, match="can corrupt it"):
            open_store(sqlite_url, journal="wal")


def test_a_file_left_in_wal_mode_is_brought_back(sqlite_url: str, tmp_path: Path) -> None:
    open_store(sqlite_url).close()
    other = sqlite3.connect(tmp_path / "ward.sqlite3")
    assert other.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    other.close()
    with open_store(sqlite_url) as store, store._engines.read.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "truncate"


def test_a_setting_that_does_not_take_is_refused_at_the_connection(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    for name, value in (("synchronous", 9), ("journal_mode", "nonsense")):
        engines = sqlite_engines(file, {**pragmas("truncate"), name: value})
        with pytest.raises(SettingsRefused, match=f"PRAGMA {name} stays"):
            engines.write.connect()
        engines.dispose()


@pytest.mark.parametrize("name", sorted(POSTGRESQL))
def test_each_unsafe_server_setting_is_refused(name: str) -> None:
    safe = {each: allowed[0] for each, allowed in POSTGRESQL.items()}
    refuse_unsafe_postgresql(safe, "x")
    with pytest.raises(SettingsRefused, match=name):
        refuse_unsafe_postgresql({**safe, name: "other"}, "x")


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_real_server_that_does_not_sync_is_refused(postgres: OwnServer, name: str) -> None:
    url = postgres.new_database()
    with postgres.admin() as admin:
        admin.execute(f"ALTER SYSTEM SET {name} = off")
        admin.execute("SELECT pg_reload_conf()")
        try:
            _wait_for(admin, name, "off")
            with pytest.raises(SettingsRefused, match=f"{name} is off"):
                open_store(url)
        finally:
            admin.execute(f"ALTER SYSTEM RESET {name}")
            admin.execute("SELECT pg_reload_conf()")
            _wait_for(admin, name, "on")
    open_store(url).close()


def _wait_for(admin: psycopg.Connection, name: str, value: str) -> None:
    for _ in range(100):
        if admin.execute(f"SHOW {name}").fetchone() == (value,):
            return
        threading.Event().wait(0.05)
    pytest.fail(f"{name} did not become {value}")


MOUNTS = """/dev/sda1 / ext4 rw 0 0
tmpfs /run tmpfs rw 0 0
server:/home /home nfs4 rw 0 0
//files/ward /mnt/ward\\040share cifs rw 0 0
/dev/sdb1 /home/local ext4 rw 0 0
host:/x /mnt/x fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("file", "network"),
    [
        ("/var/lib/toxwatch/x.sqlite3", False),
        ("/home/ward/x.sqlite3", True),
        ("/home/local/x.sqlite3", False),
        ("/homely/x.sqlite3", False),
        ("/mnt/ward share/x.sqlite3", True),
        ("/mnt/x/y/x.sqlite3", True),
    ],
)
def test_a_network_share_is_refused(file: str, network: bool) -> None:
    if network:
        with pytest.raises(SettingsRefused, match="network share"):
            refuse_network_disk(PurePosixPath(file), MOUNTS)
    else:
        refuse_network_disk(PurePosixPath(file), MOUNTS)


def test_the_schema_is_what_the_code_expects(store: Store) -> None:
    with store._engines.reading() as connection:
        assert schema_of(connection) == newest_schema() == "0004"
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_named_rule_of_the_code_is_in_the_database(store: Store) -> None:
    wanted = {
        str(constraint.name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is not None
    }
    query = (
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
        if store._engines.is_sqlite
        else "SELECT conname FROM pg_constraint WHERE connamespace = current_schema()::regnamespace"
    )
    with store._engines.reading() as connection:
        found = "\n".join(connection.exec_driver_sql(query).scalars())
    assert len(wanted) > 15
    assert [name for name in wanted if name not in found] == []


def test_a_database_of_a_later_program_is_refused(store: Store, url: str) -> None:
    if store._engines.is_sqlite:
        raw = sqlite3.connect(store.place)
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
        raw.close()
    else:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew, match="schema 9999"):
        open_store(url)
    assert store.ready() == ["the database has another schema than this program"]


def test_a_migration_that_fails_leaves_nothing_behind(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(connection, place: str) -> None:
        migrate(connection, place)
        raise RuntimeError("power gone")

    monkeypatch.setattr("dashboard.store.opening.migrate", breaks)
    with pytest.raises(RuntimeError, match="power gone"):
        open_store(url)
    monkeypatch.undo()
    with open_store(url) as store:
        assert store.wards() == ()
        assert store.ready() == []


def test_eight_that_start_at_once_build_one_schema(url: str) -> None:
    problems: list[BaseException] = []

    def start() -> None:
        try:
            open_store(url).close()
        except BaseException as error:  # noqa: BLE001 - a thread must not swallow what went wrong
            problems.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with open_store(url) as store:
        assert store.ready() == []


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are a POSIX matter")
def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "deeper" / "ward.sqlite3"
    open_store(f"sqlite:///{file}").close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_default_lies_in_the_users_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: str(tmp_path / name))
    with open_store() as store:
        assert store.place == str(tmp_path / "toxwatch" / "toxwatch.sqlite3") == str(default_file())
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        admit(store)


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("sqlite://", SettingsRefused, "in memory"),
        ("sqlite:///:memory:", SettingsRefused, "in memory"),
        ("not an address", StoreUnreachable, "not a database address"),
        ("mysql://u:secret-word@h/x", StoreUnreachable, "not a database toxwatch knows"),
        ("postgresql://u:secret-word@127.0.0.1:1/x", StoreUnreachable, "does not answer"),
        ("sqlite:////proc/nowhere/x.sqlite3", StoreUnreachable, "cannot be opened"),
    ],
)
def test_an_address_that_will_not_do_is_named_without_its_password(
    url: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says) as refused:
        open_store(url)
    assert "secret-word" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.fixture
def damaged(sqlite_url: str, tmp_path: Path) -> str:
    open_store(sqlite_url).close()
    file = tmp_path / "ward.sqlite3"
    content = bytearray(file.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    file.write_bytes(content)
    return sqlite_url


def test_a_damaged_file_is_not_written_to(damaged: str) -> None:
    with pytest.raises(Exception, match=r"damaged|CORRUPT|could not be read"):
        open_store(damaged)
