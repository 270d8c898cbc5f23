"""
People: accounts, seats, and the audit trail of what they did.

Revision: 0003, after 0002. Nothing that is already stored is touched. The trail is append-only;
of an account and a seat only what must move can move, and neither can be deleted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEEP = "the audit trail is append-only"
FIXED = "this part of an account or a seat never changes"
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

AUDIT_KEYS = (
    "audit_id = NEW.audit_id",
    "position = NEW.position",
    "NEW.seq <> -1 AND seq >= NEW.seq",
)
ACCOUNT_KEYS = (
    "account_id = NEW.account_id",
    "name_key = NEW.name_key",
    "issuer = NEW.issuer AND subject = NEW.subject",
)
SEAT_KEYS = (
    "seat_id = NEW.seat_id",
    "token_digest = NEW.token_digest AND ended_at IS NULL AND NEW.ended_at IS NULL",
)
ACCOUNT_FIXED = ("account_id", "name", "name_key", "issuer", "subject", "added_at", "added_by")
SEAT_FIXED = ("seat_id", "token_digest", "account_id", "began_at")


def upgrade() -> None:
    """Build the three tables and put their guards up."""
    _accounts()
    _seats()
    _audit()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: the record of who did what would be lost."""
    raise RuntimeError("The journal cannot go back; restore a backup into an older toxwatch.")


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("account_id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False, unique=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("wards", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("disabled_at", TIME, nullable=True),
        sa.UniqueConstraint("issuer", "subject", name="account_of_provider_once"),
        sa.CheckConstraint(
            "role IN ('nurse', 'physician', 'trainer', 'administrator', 'observer')",
            name="account_role_known",
        ),
        sa.CheckConstraint("trim(name) <> '' AND name_key <> ''", name="account_named"),
        sa.CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="account_provider_whole"),
        sa.CheckConstraint(
            "password IS NULL OR password LIKE '$argon2id$%'", name="account_hashed"
        ),
    )


def _seats() -> None:
    op.create_table(
        "seat",
        sa.Column("seat_id", sa.Text(), primary_key=True),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), sa.ForeignKey("account.account_id"), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint("length(token_digest) = 64", name="seat_token_digest_length"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="seat_end_has_reason"),
    )
    open_only = sa.text("ended_at IS NULL")
    op.create_index(
        "seat_open_once",
        "seat",
        ["token_digest"],
        unique=True,
        sqlite_where=open_only,
        postgresql_where=open_only,
    )
    op.create_index("seat_by_account", "seat", ["account_id"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", COUNTER, primary_key=True, autoincrement=True),
        sa.Column("audit_id", sa.Text(), nullable=False, unique=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("ward_id", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.UniqueConstraint("position", name="audit_position_once"),
        sa.CheckConstraint("position >= 1", name="audit_position_counts_from_one"),
        sa.CheckConstraint("who <> '' AND role <> '' AND action <> ''", name="audit_who_and_what"),
        sa.CheckConstraint("length(digest) = 64", name="audit_digest_length"),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_by_patient", "audit", ["patient_id", "position"])


def _guard_sqlite() -> None:
    for table, keys in (("account", ACCOUNT_KEYS), ("seat", SEAT_KEYS), ("audit", AUDIT_KEYS)):
        clashes = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE {key})"  # noqa: S608 - names from this file only
            for key in keys
        )
        says = KEEP if table == "audit" else FIXED
        _refuse(f"{table}_no_delete", f"DELETE ON {table}", says)
        _refuse(f"{table}_no_replace", f"INSERT ON {table} WHEN {clashes}", says)
    _refuse("audit_no_update", "UPDATE ON audit", KEEP)
    _refuse("account_fixed", f"UPDATE ON account WHEN {_moved(ACCOUNT_FIXED, 'IS NOT')}", FIXED)
    _refuse("seat_fixed", f"UPDATE ON seat WHEN {_seat_moved('IS NOT')}", FIXED)


def _refuse(name: str, when: str, says: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{says}'); END")


def _moved(columns: tuple[str, ...], differs: str) -> str:
    return " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns)


def _seat_moved(differs: str) -> str:
    """A seat is only seen later, never earlier, and what has ended stays ended."""
    return (
        f"{_moved(SEAT_FIXED, differs)} OR NEW.seen_at < OLD.seen_at OR "
        f"(OLD.ended_at IS NOT NULL AND ({_moved(('ended_at', 'ended_why', 'seen_at'), differs)}))"
    )


def _guard_postgresql() -> None:
    for function, condition in (
        ("toxwatch_account_fixed", _moved(ACCOUNT_FIXED, "IS DISTINCT FROM")),
        ("toxwatch_seat_fixed", _seat_moved("IS DISTINCT FROM")),
    ):
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{FIXED}' "
            "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$"
        )
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION toxwatch_refuse()"
    )
    for table in ("account", "seat"):
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION toxwatch_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION toxwatch_{table}_fixed()"
        )
