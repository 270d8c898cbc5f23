"""
What the program said, and the rules of that day: the text of each rule file, and each result.

Revision: 0004, after 0003. Nothing that is already stored is touched. Both tables are append-only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEEP = "what the program said and by which rules is append-only"
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

# As in 0001: SQLite's OR REPLACE is stopped before it can delete silently.
UNIQUE_KEYS = {
    "rule_file": (
        "position = NEW.position",
        "name = NEW.name AND content_digest = NEW.content_digest",
        "NEW.seq <> -1 AND seq >= NEW.seq",
    ),
    "shown": (
        "shown_id = NEW.shown_id",
        "patient_id = NEW.patient_id AND position = NEW.position",
        "NEW.seq <> -1 AND seq >= NEW.seq",
    ),
}


def upgrade() -> None:
    """Build the two tables and put their guards up."""
    _rule_files()
    _shown()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: past screens could not be shown again."""
    raise RuntimeError("The journal cannot go back; restore a backup into an older toxwatch.")


def _rule_files() -> None:
    op.create_table(
        "rule_file",
        sa.Column("seq", COUNTER, primary_key=True, autoincrement=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("previous_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.UniqueConstraint("position", name="rule_file_position_once"),
        sa.UniqueConstraint("name", "content_digest", name="rule_file_kept_once"),
        sa.CheckConstraint("position >= 1", name="rule_file_position_counts_from_one"),
        sa.CheckConstraint("name <> '' AND program <> ''", name="rule_file_named"),
        sa.CheckConstraint(
            "length(content_digest) = 64 AND length(digest) = 64", name="rule_file_digest_length"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("rule_file_by_content", "rule_file", ["content_digest"])


def _shown() -> None:
    op.create_table(
        "shown",
        sa.Column("seq", COUNTER, primary_key=True, autoincrement=True),
        sa.Column("shown_id", sa.Text(), nullable=False, unique=True),
        sa.Column("ward_id", sa.Text(), sa.ForeignKey("ward.id"), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("assessed_at", TIME, nullable=False),
        sa.Column("entry_position", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged", sa.BigInteger(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("whole", sa.Text(), nullable=False),
        sa.Column("previous_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.UniqueConstraint("patient_id", "position", name="shown_position_once"),
        sa.CheckConstraint("position >= 1", name="shown_position_counts_from_one"),
        sa.CheckConstraint("entry_position >= 1 AND acknowledged >= 0", name="shown_from_records"),
        sa.CheckConstraint("patient_id <> '' AND program <> ''", name="shown_whose_and_by"),
        sa.CheckConstraint("protocol <> ''", name="shown_protocol_named_or_none"),
        sa.CheckConstraint("length(rules) = 64 AND length(digest) = 64", name="shown_digests"),
        sqlite_autoincrement=True,
    )
    op.create_index("shown_by_ward", "shown", ["ward_id", "patient_id", "at"])


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
