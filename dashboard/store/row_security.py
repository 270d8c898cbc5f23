"""
Which wards a transaction may see and write: row security of PostgreSQL, below ``authorise``.

Every transaction of the service carries two settings. What it reads is limited to the wards of the
person it reads for (``only``); what it writes, to the one ward it has named (``write_to``). A
transaction that names none writes nothing. A session that carries no settings at all is refused:
an empty board would look like a ward without patients.

Writing reads every ward, because a patient's id and a form's id are unique across wards and the
audit trail is one chain. The owner sees everything, by a policy of its own: row security is forced,
so any other account that comes to own a table sees nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from sqlalchemy import Connection, text

from dashboard.store.errors import BackupRefused
from dashboard.store.tables import metadata

READS: Final = "toxwatch.reads"
WRITES: Final = "toxwatch.writes"
# No ward can be called "" (the table refuses it), so the empty name may stand for every ward.
EVERY: Final = ""
# What a connection of the program begins with; both settings end with the transaction that moves
# them, so a pooled connection never hands one person's wards to the next.
BEGINNING: Final = f'-c {READS}={{""}} -c {WRITES}={{}}'
# The column that names the ward, by table: every table of patients' records, wards, the trail.
WARDED: Final = {
    "ward": "id",
    **{name: "ward_id" for name, table in metadata.tables.items() if "ward_id" in table.columns},
}
_POLICIES: Final = ("toxwatch_owns", "toxwatch_reports", "toxwatch_sees", "toxwatch_adds",
                    "toxwatch_counts")  # fmt: skip

_seen: ContextVar[frozenset[str] | None] = ContextVar("toxwatch_seen_wards", default=None)


# What the program tells


@contextmanager
def only(wards: Iterable[str] | None) -> Iterator[None]:
    """Let everything read inside see these wards; None is every ward."""
    before = look_at(wards)
    try:
        yield
    finally:
        look_at(before)


def look_at(wards: Iterable[str] | None) -> frozenset[str] | None:
    """From now on this thread (or task) reads these wards; gives back what held before."""
    before = _seen.get()
    _seen.set(None if wards is None else frozenset(wards))
    return before


def name_reads(connection: Connection) -> None:
    """Tell the database which wards this transaction reads for."""
    wards = _seen.get()
    if wards is not None:
        _set(connection, READS, wards)


def write_to(connection: Connection, ward_id: str) -> None:
    """Name the one ward this transaction writes to; none where its person may not even see it."""
    wards = _seen.get()
    allowed = wards is None or ward_id in wards
    _set(connection, WRITES, [ward_id] if allowed else [])


def hold_every_ward(connection: Connection) -> None:
    """Name every ward, to make its writers wait: their counters can be locked, and nothing more."""
    _set(connection, WRITES, [EVERY])


def _set(connection: Connection, name: str, wards: Iterable[str]) -> None:
    if connection.dialect.name == "postgresql":
        query = text("SELECT set_config(:name, CAST(CAST(:wards AS text[]) AS text), true)")
        connection.execute(query, {"name": name, "wards": sorted(wards)})


# What the owner sets up


def policies(table: str, place: str, *, owner: str, app: str, read: str) -> Iterator[str]:
    """The statements that hold one table to the wards that are named; run again, they change it."""
    column = WARDED[table]
    seen = f"{column} = ANY {_named(READS)} OR '{EVERY}' = ANY {_named(READS)}"
    named = f"{column} = ANY {_named(WRITES)}"
    rules = {
        "toxwatch_owns": f"FOR ALL TO {owner} USING (true) WITH CHECK (true)",
        "toxwatch_reports": f"FOR SELECT TO {read} USING (true)",
        "toxwatch_sees": f"FOR SELECT TO {app} USING ({seen})",
        "toxwatch_adds": f"FOR INSERT TO {app} WITH CHECK ({named})",
    }
    if table == "audit":  # who was refused in another ward has to go on record, too
        rules["toxwatch_sees"] = f"FOR SELECT TO {app} USING ({column} IS NULL OR {seen})"
        rules["toxwatch_adds"] = f"FOR INSERT TO {app} WITH CHECK ({column} IS NULL OR {seen})"
    if table == "ward_version":
        held = f"{named} OR '{EVERY}' = ANY {_named(WRITES)}"
        rules["toxwatch_counts"] = f"FOR UPDATE TO {app} USING ({held}) WITH CHECK ({named})"
    for name in _POLICIES:
        yield f"DROP POLICY IF EXISTS {name} ON {place}"
        if name in rules:
            yield f"CREATE POLICY {name} ON {place} {rules[name]}"
    yield f"ALTER TABLE {place} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {place} FORCE ROW LEVEL SECURITY"


def _named(setting: str) -> str:
    """The wards of a setting, read once a statement; not set, or set back to nothing: an error."""
    return f"((SELECT current_setting('{setting}'))::text[])"


# What can be asked


def not_held(connection: Connection) -> list[str]:
    """Tables with wards whose rows the database would show to any account with the right."""
    query = text(
        "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = to_regclass(:name)"
    )
    return sorted(name for name in WARDED if connection.scalar(query, {"name": name}) is False)


def refuse_hidden_rows(connection: Connection, place: str) -> None:
    """
    Raise where row security might keep rows from a copy: it would look whole and lack patients.

    Asked of the catalogue, which row security does not touch: this account passes it, or a policy
    without any condition is in force for it and none narrows it.
    """
    if connection.dialect.name != "postgresql":
        return
    query = text(
        "SELECT relname FROM pg_class c WHERE oid = to_regclass(:name) AND row_security_active(oid)"
        " AND (NOT EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = c.oid AND polpermissive"
        " AND polcmd IN ('*', 'r') AND pg_get_expr(polqual, polrelid) = 'true'"
        " AND EXISTS (SELECT 1 FROM unnest(polroles) one WHERE one = 0"
        " OR pg_has_role(current_user, one, 'USAGE')))"
        " OR EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = c.oid AND NOT polpermissive))"
    )
    hidden = [name for name in WARDED if connection.scalar(query, {"name": name}) is not None]
    if hidden:
        raise BackupRefused(
            place,
            f"this account does not see every row of {', '.join(sorted(hidden))}: a copy made "
            "with it would lack patients.",
            "Make copies with the account toxwatch_migrate.",
        )
