"""
What a ward decides: its chosen protocols, and advice that was confirmed or overridden.

Revision: 0002, after 0001. Nothing that is already stored is touched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEEP = "what a ward decided is append-only: decide again, with a reason"
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

# As in 0001: SQLite's OR REPLACE is stopped before it can delete silently.
UNIQUE_KEYS = {
    "protocol_choice": (
        "choice_id = NEW.choice_id",
        "ward_id = NEW.ward_id AND position = NEW.position",
        "NEW.seq <> -1 AND seq >= NEW.seq",
    ),
    "decision": (
        "decision_id = NEW.decision_id",
        "patient_id = NEW.patient_id AND position = NEW.position",
        "NEW.seq <> -1 AND seq >= NEW.seq",
    ),
}


def upgrade() -> None:
    """Build the two tables and put their guards up."""
    _choices()
    _decisions()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: recorded decisions would be lost."""
    raise RuntimeError("The journal cannot go back; restore a backup into an older toxwatch.")


def _choices() -> None:
    op.create_table(
        "protocol_choice",
        sa.Column("seq", COUNTER, primary_key=True, autoincrement=True),
        sa.Column("choice_id", sa.Text(), nullable=False, unique=True),
        sa.Column("ward_id", sa.Text(), sa.ForeignKey("ward.id"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("protocol_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("previous_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.UniqueConstraint("ward_id", "position", name="protocol_choice_position_once"),
        sa.CheckConstraint("position >= 1", name="protocol_choice_position_counts_from_one"),
        sa.CheckConstraint("scope <> '' AND recorded_by <> ''", name="protocol_choice_who_and_for"),
        sa.CheckConstraint("protocol_id <> ''", name="protocol_choice_named_or_none"),
        sa.CheckConstraint("trim(reason) <> ''", name="protocol_choice_has_reason"),
        sa.CheckConstraint("length(digest) = 64", name="protocol_choice_digest_length"),
        sqlite_autoincrement=True,
    )


def _decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("seq", COUNTER, primary_key=True, autoincrement=True),
        sa.Column("decision_id", sa.Text(), nullable=False, unique=True),
        sa.Column("ward_id", sa.Text(), sa.ForeignKey("ward.id"), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("advise", sa.Text(), nullable=False),
        sa.Column("dose_mg", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("seen_position", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("previous_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.UniqueConstraint("patient_id", "position", name="decision_position_once"),
        sa.CheckConstraint("position >= 1", name="decision_position_counts_from_one"),
        sa.CheckConstraint("choice IN ('confirmed', 'overridden')", name="decision_choice_known"),
        sa.CheckConstraint(
            "choice = 'confirmed' OR (reason IS NOT NULL AND length(trim(reason)) >= 3)",
            name="decision_override_has_reason",
        ),
        sa.CheckConstraint("dose_mg >= 0", name="decision_dose_not_negative"),
        sa.CheckConstraint(
            "rule <> '' AND patient_id <> '' AND recorded_by <> ''", name="decision_who_and_what"
        ),
        sa.CheckConstraint("length(digest) = 64", name="decision_digest_length"),
        sqlite_autoincrement=True,
    )
    op.create_index("decision_by_ward", "decision", ["ward_id", "patient_id", "position"])


def _guard_sqlite() -> None:
    for table, keys in UNIQUE_KEYS.items():
        clashes = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE {key})"  # noqa: S608 - names from this file only
            for key in keys
        )
        for name, when in (
            (f"{table}_no_delete", f"DELETE ON {table}"),
            (f"{table}_no_replace", f"INSERT ON {table} WHEN {clashes}"),
            (f"{table}_no_update", f"UPDATE ON {table}"),
        ):
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{KEEP}'); END"
            )


def _guard_postgresql() -> None:
    for table in UNIQUE_KEYS:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION toxwatch_refuse()"
        )
