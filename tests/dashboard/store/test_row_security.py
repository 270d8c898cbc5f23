"""
P-36 and P-27, below ``authorise``: a transaction of the service sees and writes named wards only.

Direct SQL as each role on a real PostgreSQL that was set up as docs/hospital.md says, and the same
through the program. Controls: the owner can, and without row security the service sees it all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from dashboard.store import (
    BackupRefused,
    NotSaved,
    Store,
    StoreError,
    UnknownPatient,
    UnknownWard,
    open_store,
    roles,
)
from dashboard.store.backing_up import back_up
from dashboard.store.examining import examine
from dashboard.store.row_security import WARDED, only, write_to
from dashboard.store.tables import entry, metadata
from tests.dashboard.store.forms import T0, at, form, vitals
from tests.postgres import OwnServer

# With a comma, quotes, braces and a blank: a ward's name is anything a hospital calls it.
OWN, OTHER = "w1", 'west, "2" {b}'
RECORDS = ("ward", "ward_version", "entry", "acknowledgement", "protocol_choice", "audit")
COLUMNS = ", ".join(column.name for column in entry.columns)


def entry_of(ward: str) -> str:
    """SQL that writes a row of the own ward once more, as one of the given ward."""
    fresh = {
        "seq": "seq + 1000",
        "entry_id": "'new'",
        "submission_id": "'new'",
        "position": "position + 1000",
        "ward_id": f"$w${ward}$w$",
        "replaces": "NULL",
    }
    values = ", ".join(fresh.get(name, name) for name in COLUMNS.split(", "))
    return (
        f"INSERT INTO entry ({COLUMNS}) SELECT {values} FROM entry "
        "WHERE patient_id = 'p-own' AND position = 2"
    )


# Refused with an error while the transaction sees and writes OWN.
REFUSED = [
    entry_of(OTHER),
    "INSERT INTO acknowledgement SELECT seq + 1000, 'new', $w${o}$w$, patient_id, position + 1000,"
    " alert_id, grade_seen, seen_position, reason, recorded_by, role, recorded_at,"
    " previous_digest, digest FROM acknowledgement",
    "INSERT INTO protocol_choice SELECT seq + 1000, 'new', $w${o}$w$, position + 1000, scope,"
    " protocol_id, reason, recorded_by, role, recorded_at, previous_digest, digest"
    " FROM protocol_choice",
    "INSERT INTO ward VALUES ('w9', 'A new one', false, now())",
    "INSERT INTO ward_version VALUES ($w${o}$w$, 7)",
    "INSERT INTO audit SELECT seq + 1000, 'new', position + 1000, at, who, role, action,"
    " $w${o}$w$, patient_id, detail, previous_digest, digest FROM audit LIMIT 1",
    *(f"ALTER TABLE {table} {what}" for table in ("entry", "audit") for what in (
        "DISABLE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY")),
    "DROP POLICY toxwatch_sees ON entry",
    "ALTER POLICY toxwatch_sees ON entry USING (true)",
    "CREATE POLICY mine ON entry FOR SELECT USING (true)",
    "UPDATE entry SET ward_id = ward_id",
    "DELETE FROM entry",
    "TRUNCATE entry CASCADE",
    "DROP TABLE entry CASCADE",
    "CREATE VIEW mine AS SELECT * FROM entry",
    "ALTER ROLE toxwatch_app BYPASSRLS",
    "SET ROLE toxwatch_owner",
]  # fmt: skip
# No error, but nothing of another ward may be found or moved.
NOTHING = [
    *(f"SELECT 1 FROM {table} WHERE {WARDED[table]} = $w${{o}}$w$" for table in RECORDS),
    "SELECT 1 FROM entry WHERE patient_id = 'p-other'",
    "SELECT 1 FROM entry WHERE payload LIKE '%37.7%'",
    "SELECT 1 FROM ward_version WHERE ward_id = $w${o}$w$ FOR UPDATE",
    "UPDATE ward_version SET version = version + 1 WHERE ward_id = $w${o}$w$ RETURNING 1",
    "SELECT 1 FROM entry a JOIN entry b ON true WHERE b.ward_id <> 'w1'",
    "SELECT 1 FROM ward_version WHERE ward_id <> 'w1' OR true OFFSET 1",
    "WITH all_of AS (SELECT * FROM entry) SELECT 1 FROM all_of WHERE ward_id <> 'w1'",
]


@dataclass(frozen=True)
class Hospital:
    server: OwnServer

    def url(self, role: str | None) -> str:
        address = make_url(self.server.server.get_uri()).update_query_dict(
            {"options": "-csearch_path=hospital"}
        )
        if role is not None:
            address = address.set(username=role)
        return address.render_as_string(hide_password=False).replace("+", "%20")

    def as_role(self, role: str | None) -> psycopg.Connection:
        return psycopg.connect(self.url(role))


@pytest.fixture(scope="module")
def hospital(postgres: OwnServer) -> Hospital:
    """Two wards with a patient each, every warded kind of record in both."""
    whole = Hospital(postgres)
    with postgres.admin() as admin:
        admin.execute("CREATE SCHEMA hospital")
        for statement in roles.role_statements("hospital"):
            admin.execute(statement)
    with open_store(whole.url(roles.MIGRATE)) as store, store._engines.write.begin() as owner:
        for statement in roles.table_statements("hospital"):
            owner.exec_driver_sql(statement)
    with open_store(whole.url(roles.APP)) as store:
        fill(store, OWN, "p-own", 38.8)
        fill(store, OTHER, "p-other", 37.7)
    return whole


def fill(store: Store, ward: str, patient: str, temperature_c: float) -> None:
    store.add_ward(ward, f"Ward {ward}", is_sample=False, now=T0)
    case = {"format": "toxwatch-case/1", "patient": {"id": patient}}
    store.import_case(case, ward_id=ward, recorded_by="file", now=T0)
    store.submit(form(vitals(temperature_c), patient=patient, ward_id=ward), now=at(1))
    position = store.positions(ward)[patient]
    store.acknowledge(
        acknowledgement_id=f"a-{patient}", ward_id=ward, patient_id=patient, alert_id="t01",
        grade_seen=None, seen_position=position, reason="seen", recorded_by="AB", role="nurse",
        now=at(2),
    )  # fmt: skip
    store.choose_protocol(
        choice_id=f"c-{patient}", ward_id=ward, scope="car-t", protocol_id="asco-2021",
        reason="agreed", recorded_by="CD", role="physician", now=at(2),
    )  # fmt: skip


@pytest.fixture
def service(hospital: Hospital) -> Iterator[Store]:
    with open_store(hospital.url(roles.APP)) as store:
        yield store


def named(connection: psycopg.Connection, reads: list[str], writes: list[str]) -> None:
    """What the program tells at the beginning of a transaction."""
    query = "SELECT set_config(%s, (%s::text[])::text, true)"
    connection.execute(query, ("toxwatch.reads", reads))
    connection.execute(query, ("toxwatch.writes", writes))


def outcome(
    connection: psycopg.Connection, statement: str, reads: list[str], writes: list[str]
) -> str:
    """The SQLSTATE of a refusal, or how many rows came back; nothing stays."""
    try:
        named(connection, reads, writes)
        done = connection.execute(statement.replace("{o}", OTHER))
        return f"{len(done.fetchall())} rows" if done.description else f"{done.rowcount} rows"
    except psycopg.Error as error:
        return error.sqlstate or type(error).__name__
    finally:
        connection.rollback()


def test_the_service_sees_and_writes_the_named_wards_only(hospital: Hospital, report) -> None:
    with hospital.as_role(roles.APP) as app:
        worked = {
            one: how for one in REFUSED if (how := outcome(app, one, [OWN], [OWN])) != "42501"
        }
        found = {
            one: how for one in NOTHING if (how := outcome(app, one, [OWN], [OWN])) != "0 rows"
        }
        own = {
            table: outcome(app, f"SELECT 1 FROM {table} WHERE {WARDED[table]} = '{OWN}'", [OWN], [])
            for table in RECORDS
        }
        adds = outcome(app, entry_of(OWN), [OWN], [OWN])
        adds_unnamed = outcome(app, entry_of(OWN), [OWN], [])
        counts = outcome(app, "UPDATE ward_version SET version = version + 1", [OWN], [OWN])
        both = outcome(app, "SELECT 1 FROM entry WHERE position = 1", [""], [])
    with hospital.as_role(roles.MIGRATE) as owner:
        can = [one for one in NOTHING if outcome(owner, one, [OWN], [OWN]) != "0 rows"]
        can += [
            one for one in REFUSED[:10] if outcome(owner, one, [], []) not in ("42501", "0 rows")
        ]
    for promise in ("P-36", "P-27"):
        report(
            promise, n=len(REFUSED) + len(NOTHING), bad=len(worked) + len(found),
            control_bad=len(can), control_n=len(NOTHING) + 10, what="rows-of-other-wards",
        )  # fmt: skip
    assert worked == {}
    assert found == {}
    assert len(REFUSED) + len(NOTHING) >= 30
    assert "0 rows" not in own.values(), own
    assert (adds, adds_unnamed, counts, both) == ("1 rows", "42501", "1 rows", "2 rows")
    # The owner sees and moves every ward: the statements are not refused for being misspelt.
    assert len(can) == len(NOTHING) + 10


def test_a_session_that_names_no_ward_is_refused_and_never_shown_an_empty_ward(
    hospital: Hospital,
) -> None:
    with hospital.as_role(roles.APP) as app:
        for table in RECORDS:
            with pytest.raises(psycopg.errors.UndefinedObject, match=r"toxwatch\.reads"):
                app.execute(f"SELECT count(*) FROM {table}")
            app.rollback()
        named(app, [OWN], [OWN])
        app.commit()  # what a transaction named does not outlive it
        for statement in ("SELECT count(*) FROM entry", entry_of(OWN)):
            with pytest.raises(psycopg.errors.InvalidTextRepresentation):
                app.execute(statement)
            app.rollback()


def test_switching_row_security_off_shows_nothing_more(hospital: Hospital) -> None:
    with hospital.as_role(roles.APP) as app:
        app.execute("SET row_security = off")
        app.commit()
        assert outcome(app, "SELECT 1 FROM entry", [OWN], []) == "42501"


def test_readers_read_every_ward_and_write_none(hospital: Hospital) -> None:
    with hospital.as_role(roles.READ) as reader:
        reader.execute("SET default_transaction_read_only = off")
        reader.commit()
        count = "SELECT DISTINCT ward_id FROM entry"
        assert outcome(reader, count, [OWN], []) == "2 rows"
        for statement in REFUSED:
            assert outcome(reader, statement, ["", OWN], [OWN, OTHER]) == "42501", statement


def test_row_security_holds_whoever_comes_to_own_a_table(hospital: Hospital) -> None:
    """FORCE: an account that owns the tables by mistake; the control takes FORCE away."""
    seen = {}
    for force in ("FORCE", "NO FORCE"):
        with hospital.as_role(None) as admin:
            admin.execute("CREATE ROLE mistaken")
            admin.execute("GRANT USAGE ON SCHEMA hospital TO mistaken")
            admin.execute("ALTER TABLE entry OWNER TO mistaken")
            admin.execute(f"ALTER TABLE entry {force} ROW LEVEL SECURITY")
            admin.execute("SET LOCAL ROLE mistaken")
            seen[force] = len(admin.execute("SELECT 1 FROM entry").fetchall())
            admin.rollback()
    assert seen["FORCE"] == 0
    assert seen["NO FORCE"] > 0


def test_every_table_with_a_ward_is_held(hospital: Hospital) -> None:
    with_ward = {name for name, table in metadata.tables.items() if "ward_id" in table.columns}
    assert set(WARDED) == with_ward | {"ward"}
    with hospital.as_role(None) as admin:
        query = (
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity "
            "AND relnamespace = 'hospital'::regnamespace"
        )
        assert {name for (name,) in admin.execute(query)} == set(WARDED)


# The same through the program


def test_what_is_read_for_a_person_stays_in_their_wards(service: Store) -> None:
    assert {one.id for one in service.wards()} == {OWN, OTHER}
    with only({OWN}):
        assert [one.id for one in service.wards()] == [OWN]
        assert service.history("p-own")
        assert service.positions(OTHER) == {}
        assert {one.ward_id for one in service.audit_trail()} == {None, OWN} - {None}
        for ask in (service.history, service.case_json, service.first_entry_id):
            with pytest.raises(UnknownPatient):
                ask("p-other")
        with pytest.raises(UnknownWard):
            service.version(OTHER)
    with only(()):
        assert service.wards() == ()
    assert service.history("p-other")
    assert service.verify() == []


def test_who_may_not_see_a_ward_does_not_write_there_either(service: Store) -> None:
    """``authorise`` was forgotten: the database refuses all the same."""
    before = service.history("p-other")
    with only({OWN}):
        with pytest.raises(UnknownWard):
            service.submit(form(vitals(), patient="p-other", ward_id=OTHER), now=at(5))
        service.submit(form(vitals(), patient="p-own", ward_id=OWN), now=at(5))
        service.audit("refused", at=at(5), who="AB", role="nurse", ward_id=OTHER)
    assert service.history("p-other") == before
    assert service.verify() == []


def test_a_write_reaches_no_other_ward_than_the_one_it_named(service: Store) -> None:
    """A fault of ours that writes elsewhere is refused by the database: nothing was saved."""

    def wrong(connection):
        write_to(connection, OWN)
        connection.exec_driver_sql(entry_of(OTHER))

    with pytest.raises(NotSaved, match="42501"):
        service._engines.write_once(wrong)
    assert service.verify() == []


def test_verification_and_the_head_see_every_ward(hospital: Hospital) -> None:
    by_service, by_owner = (examine(hospital.url(role)) for role in (roles.APP, roles.MIGRATE))
    assert by_service.faults == by_owner.faults == ()
    assert by_service.head == by_owner.head


def test_a_copy_that_would_lack_rows_is_refused(
    hospital: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{hospital.server.server.bin_path}{os.pathsep}{os.environ['PATH']}")
    made = back_up(hospital.url(roles.MIGRATE), tmp_path / "good", now=at(9), who="test")
    assert made.size_bytes > 1000
    with pytest.raises(BackupRefused, match="toxwatch_migrate"):
        back_up(hospital.url(roles.APP), tmp_path / "by-service", now=at(9), who="test")
    with hospital.as_role(None) as admin:
        admin.execute("DROP POLICY toxwatch_owns ON entry")
        admin.commit()
        try:
            with pytest.raises((BackupRefused, StoreError), match="every row of entry"):
                back_up(hospital.url(roles.MIGRATE), tmp_path / "bad", now=at(9), who="test")
        finally:
            for statement in roles.table_statements("hospital"):
                admin.execute(statement)
    assert not (tmp_path / "bad").exists()


def test_a_store_without_row_security_is_named(hospital: Hospital, service: Store) -> None:
    with service._engines.reading() as connection:
        assert roles.excess_rights(connection) == []
    with hospital.as_role(None) as admin:
        admin.execute("ALTER TABLE decision NO FORCE ROW LEVEL SECURITY")
    with service._engines.reading() as connection:
        assert roles.excess_rights(connection) == [
            "is held to no ward by the database: no row security on decision"
        ]
    with hospital.as_role(None) as admin:
        admin.execute("ALTER TABLE decision FORCE ROW LEVEL SECURITY")
