"""
The journal, its guards, wards, drafts and acknowledgements.

Revision: 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEEP = "the journal is append-only: correct an entry by a new one that names it"
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

# A row that would push out another one, by any key, is stopped before SQLite's OR REPLACE can
# delete silently; the delete guard alone depends on a setting of the connection.
UNIQUE_KEYS = {
    "ward": ("id = NEW.id",),
    "ward_version": ("ward_id = NEW.ward_id",),
    "entry": (
        "entry_id = NEW.entry_id",
        "submission_id = NEW.submission_id AND ordinal = NEW.ordinal",
        "patient_id = NEW.patient_id AND position = NEW.position",
        "replaces = NEW.replaces",
        "NEW.seq <> -1 AND seq >= NEW.seq",
    ),
    "acknowledgement": (
        "acknowledgement_id = NEW.acknowledgement_id",
        "patient_id = NEW.patient_id AND position = NEW.position",
        "NEW.seq <> -1 AND seq >= NEW.seq",
    ),
}


def upgrade() -> None:
    """Build the tables and put their guards up."""
    _wards()
    _entries()
    _acknowledgements()
    _drafts()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: recorded entries would be lost."""
    raise RuntimeError("The journal cannot go back; restore a backup into an older toxwatch.")


def _wards() -> None:
    op.create_table(
        "ward",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.CheckConstraint("id <> ''", name="ward_id_given"),
    )
    op.create_table(
        "ward_version",
        sa.Column("ward_id", sa.Text(), sa.ForeignKey("ward.id"), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("version >= 0", name="ward_version_not_negative"),
    )


def _entries() -> None:
    op.create_table(
        "entry",
        sa.Column("seq", COUNTER, primary_key=True, autoincrement=True),
        sa.Column("entry_id", sa.Text(), nullable=False, unique=True),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("submission_size", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Text(), sa.ForeignKey("ward.id"), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("observed_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=True, unique=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("previous_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.UniqueConstraint("submission_id", "ordinal", name="entry_stored_once"),
        sa.UniqueConstraint("patient_id", "position", name="entry_position_once"),
        sa.UniqueConstraint("patient_id", "entry_id", name="entry_of_patient"),
        sa.ForeignKeyConstraint(
            ["patient_id", "replaces"],
            ["entry.patient_id", "entry.entry_id"],
            name="entry_replaces_same_patient",
        ),
        *_entry_checks(),
        sqlite_autoincrement=True,
    )
    op.create_index("entry_by_ward", "entry", ["ward_id", "patient_id", "position"])


def _entry_checks() -> tuple[sa.CheckConstraint, ...]:
    checks = {
        "entry_position_counts_from_one": "position >= 1",
        "entry_ordinal_in_size": "ordinal >= 1 AND ordinal <= submission_size",
        "entry_kind_known": (
            "kind IN ('patient', 'therapy', 'vitals', 'neuro', 'labs', 'treatment', 'event', "
            "'grading', 'none_found', 'withdrawal')"
        ),
        "entry_origin_known": "origin IN ('entered', 'imported')",
        "entry_correction_has_reason": (
            "replaces IS NULL OR (reason IS NOT NULL AND trim(reason) <> '')"
        ),
        "entry_withdrawal_names_entry": "kind <> 'withdrawal' OR replaces IS NOT NULL",
        "entry_who_and_whose": "patient_id <> '' AND recorded_by <> ''",
        "entry_digest_length": "length(digest) = 64",
    }
    return tuple(sa.CheckConstraint(rule, name=name) for name, rule in checks.items())


def _acknowledgements() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("seq", COUNTER, primary_key=True, autoincrement=True),
        sa.Column("acknowledgement_id", sa.Text(), nullable=False, unique=True),
        sa.Column("ward_id", sa.Text(), sa.ForeignKey("ward.id"), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("grade_seen", sa.Text(), nullable=True),
        sa.Column("seen_position", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("previous_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.UniqueConstraint("patient_id", "position", name="acknowledgement_position_once"),
        sa.CheckConstraint("position >= 1", name="acknowledgement_position_counts_from_one"),
        sa.CheckConstraint("trim(reason) <> ''", name="acknowledgement_has_reason"),
        sa.CheckConstraint("length(digest) = 64", name="acknowledgement_digest_length"),
        sqlite_autoincrement=True,
    )
    op.create_index("acknowledgement_by_ward", "acknowledgement", ["ward_id", "patient_id"])


def _drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("who", sa.Text(), primary_key=True),
        sa.Column("patient_id", sa.Text(), primary_key=True),
        sa.Column("form", sa.Text(), primary_key=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
    )


def _guard_sqlite() -> None:
    for table, keys in UNIQUE_KEYS.items():
        _sqlite_trigger(f"{table}_no_delete", f"DELETE ON {table}")
        clashes = " OR ".join(_exists(table, key) for key in keys)
        _sqlite_trigger(f"{table}_no_replace", f"INSERT ON {table} WHEN {clashes}")
        if table != "ward_version":
            _sqlite_trigger(f"{table}_no_update", f"UPDATE ON {table}")
    _sqlite_trigger(
        "ward_version_forward",
        "UPDATE ON ward_version "
        "WHEN NEW.ward_id IS NOT OLD.ward_id OR NEW.version IS NOT OLD.version + 1",
    )


def _exists(table: str, key: str) -> str:
    return f"EXISTS (SELECT 1 FROM {table} WHERE {key})"  # noqa: S608 - names from this file only


def _sqlite_trigger(name: str, when: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{KEEP}'); END")


def _guard_postgresql() -> None:
    for function, condition in (
        ("toxwatch_refuse", "TRUE"),
        (
            "toxwatch_forward",
            "NEW.ward_id IS DISTINCT FROM OLD.ward_id "
            "OR NEW.version IS DISTINCT FROM OLD.version + 1",
        ),
    ):
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{KEEP}' "
            "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$"
        )
    for table in ("ward", "entry", "acknowledgement"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION toxwatch_refuse()"
        )
    op.execute(
        "CREATE TRIGGER ward_version_no_delete BEFORE DELETE OR TRUNCATE ON ward_version "
        "FOR EACH STATEMENT EXECUTE FUNCTION toxwatch_refuse()"
    )
    op.execute(
        "CREATE TRIGGER ward_version_forward BEFORE UPDATE ON ward_version "
        "FOR EACH ROW EXECUTE FUNCTION toxwatch_forward()"
    )
