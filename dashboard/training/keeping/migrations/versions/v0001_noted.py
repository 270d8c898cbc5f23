"""
The training journal and its guards.

Revision: t0001, the first. The letter keeps it apart from the schemas of the ward's store.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "t0001"
down_revision = None
branch_labels = None
depends_on = None

KEEP = "the training journal is append-only: the first answer counts"
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
# A row that would push out another one is stopped before SQLite's OR REPLACE deletes silently.
TAKEN = (
    "EXISTS (SELECT 1 FROM noted WHERE id = NEW.id) OR "
    "EXISTS (SELECT 1 FROM noted WHERE room = NEW.room AND kind = NEW.kind AND key = NEW.key) OR "
    "EXISTS (SELECT 1 FROM noted WHERE NEW.position <> -1 AND position >= NEW.position)"
)


def upgrade() -> None:
    """Build the table and put its guards up."""
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
        sqlite_autoincrement=True,
    )
    op.create_index("noted_by_room", "noted", ["room", "position"])
    op.create_index("noted_by_person", "noted", ["recorded_by", "position"])
    op.create_index("noted_by_kind", "noted", ["kind", "key", "position"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: results would be lost."""
    raise RuntimeError("The training journal cannot go back; put an older copy of it in place.")


def _guard_sqlite() -> None:
    for name, when in (
        ("noted_no_delete", "DELETE ON noted"),
        ("noted_no_replace", f"INSERT ON noted WHEN {TAKEN}"),
        ("noted_no_update", "UPDATE ON noted"),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{KEEP}'); END")


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION training_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{KEEP}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER noted_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON noted "
        "FOR EACH STATEMENT EXECUTE FUNCTION training_refuse()"
    )
