"""
One chain of digests through the training journal.

Revision: t0002, after t0001. Rows that stand already get their digests now: from here on a change
of them shows, what was changed before cannot.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op

from dashboard.store.canonical import FIRST, canonical_json
from dashboard.store.times import UtcTime, time_text

revision = "t0002"
down_revision = "t0001"
branch_labels = None
depends_on = None

KEEP = "the training journal is append-only: the first answer counts"
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
# As in t0001: SQLite's OR REPLACE is stopped before it can delete silently.
TAKEN = (
    "EXISTS (SELECT 1 FROM noted WHERE id = NEW.id) OR "
    "EXISTS (SELECT 1 FROM noted WHERE room = NEW.room AND kind = NEW.kind AND key = NEW.key) OR "
    "EXISTS (SELECT 1 FROM noted WHERE NEW.position <> -1 AND position >= NEW.position)"
)
INDEXES = {
    "noted_by_room": ["room", "position"],
    "noted_by_person": ["recorded_by", "position"],
    "noted_by_kind": ["kind", "key", "position"],
}
NAMES = (
    "position", "id", "room", "kind", "key", "recorded_by", "role", "recorded_at", "body"
)  # fmt: skip


def upgrade() -> None:
    """Take the guards down, give every row its digests, and put the guards up again."""
    if op.get_bind().dialect.name == "sqlite":
        _in_a_file()
    else:
        _on_a_server()


def downgrade() -> None:
    """Refuse: the digests would be lost."""
    raise RuntimeError("The training journal cannot go back; put an older copy of it in place.")


def _in_a_file() -> None:
    """SQLite adds no constraint to a table: a new one is built and the rows go over."""
    bind = op.get_bind()
    for name in ("noted_no_delete", "noted_no_replace", "noted_no_update"):
        op.execute(f"DROP TRIGGER {name}")
    for name in INDEXES:
        op.drop_index(name, "noted")
    handed_out = bind.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'noted'"))
    op.rename_table("noted", "noted_before")
    _build()
    _copy(bind)
    op.drop_table("noted_before")
    bind.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'noted'"))
    if handed_out is not None:
        row = {"seq": handed_out}
        bind.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('noted', :seq)"), row)
    for name, columns in INDEXES.items():
        op.create_index(name, "noted", columns)
    for name, when in (
        ("noted_no_delete", "DELETE ON noted"),
        ("noted_no_replace", f"INSERT ON noted WHEN {TAKEN}"),
        ("noted_no_update", "UPDATE ON noted"),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{KEEP}'); END")


def _build() -> None:
    op.create_table(
        "noted",
        sa.Column("position", COUNTER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.UniqueConstraint("room", "kind", "key", name="noted_once"),
        sa.CheckConstraint(
            "kind IN ('opened', 'clock', 'joined', 'answered', 'entered', 'acknowledged', "
            "'seen', 'closed', 'story', 'certified', 'repeated')",
            name="noted_kind_known",
        ),
        sa.CheckConstraint(
            "id <> '' AND room <> '' AND key <> '' AND recorded_by <> '' AND role <> ''",
            name="noted_who_and_what",
        ),
        sa.CheckConstraint("length(digest) = 64", name="noted_digest_length"),
        sqlite_autoincrement=True,
    )


def _table(name: str, *more: str) -> sa.TableClause:
    columns = [sa.column(one, UtcTime() if one == "recorded_at" else None) for one in NAMES]
    return sa.table(name, *columns, *(sa.column(one, sa.Text()) for one in more))


def _copy(bind: sa.Connection) -> None:
    before, after = _table("noted_before"), _table("noted", "previous_digest", "digest")
    previous = FIRST
    for place in bind.scalars(sa.select(before.c.position).order_by(before.c.position)).all():
        row = dict(
            bind.execute(sa.select(before).where(before.c.position == place)).mappings().one()
        )
        digest = _digest(row, previous)
        bind.execute(sa.insert(after).values(**row, previous_digest=previous, digest=digest))
        previous = digest


def _on_a_server() -> None:
    bind = op.get_bind()
    op.execute("DROP TRIGGER noted_append_only ON noted")
    op.add_column("noted", sa.Column("previous_digest", sa.Text(), nullable=True))
    op.add_column("noted", sa.Column("digest", sa.Text(), nullable=True))
    table, previous = _table("noted", "previous_digest", "digest"), FIRST
    for place in bind.scalars(sa.select(table.c.position).order_by(table.c.position)).all():
        here = table.c.position == place
        digest = _digest(
            dict(bind.execute(sa.select(table).where(here)).mappings().one()), previous
        )
        found = {"previous_digest": previous, "digest": digest}
        bind.execute(sa.update(table).where(here).values(found))
        previous = digest
    op.alter_column("noted", "previous_digest", nullable=False)
    op.alter_column("noted", "digest", nullable=False)
    op.create_check_constraint("noted_digest_length", "noted", "length(digest) = 64")
    op.execute(
        "CREATE TRIGGER noted_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON noted "
        "FOR EACH STATEMENT EXECUTE FUNCTION training_refuse()"
    )


def _digest(row: dict[str, Any], previous: str) -> str:
    """As the journal makes it in this schema."""
    content = {name: row[name] for name in NAMES}
    content |= {"recorded_at": time_text(row["recorded_at"]), "previous_digest": previous}
    text = f"toxwatch-noted/1\n{canonical_json(content)}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()
