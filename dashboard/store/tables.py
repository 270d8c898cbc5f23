"""
The tables: what the migrations build, as SQLAlchemy sees it.

``entry``, ``acknowledgement``, ``protocol_choice`` and ``decision`` are the journal, ``ward`` its
shelves, ``audit`` the trail of who did what, ``shown`` what the program said and ``rule_file`` the
rules of that day: rows are only ever added, and the database refuses everything else.
``ward_version`` is the one counter that moves, by one, forward. Of ``account`` and ``seat`` only
some columns move. ``draft`` is a form not yet sent and no record.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from dashboard.store.times import UtcTime

metadata = MetaData()

APPEND_ONLY: Final = (
    "acknowledgement", "audit", "decision", "entry", "protocol_choice", "rule_file", "shown", "ward"
)  # fmt: skip
PARTLY_FIXED: Final = ("account", "seat")

_COUNTER = BigInteger().with_variant(Integer, "sqlite")

ward = Table(
    "ward",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("is_sample", Boolean, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    CheckConstraint("id <> ''", name="ward_id_given"),
)

ward_version = Table(
    "ward_version",
    metadata,
    Column("ward_id", Text, ForeignKey("ward.id"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("version >= 0", name="ward_version_not_negative"),
)

entry = Table(
    "entry",
    metadata,
    Column("seq", _COUNTER, primary_key=True, autoincrement=True),
    Column("entry_id", Text, nullable=False, unique=True),
    Column("submission_id", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("submission_size", Integer, nullable=False),
    Column("ward_id", Text, ForeignKey("ward.id"), nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("observed_at", UtcTime, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("replaces", Text, nullable=True, unique=True),
    Column("reason", Text, nullable=True),
    Column("previous_digest", Text, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("submission_id", "ordinal", name="entry_stored_once"),
    UniqueConstraint("patient_id", "position", name="entry_position_once"),
    # A correction may only name an entry of the same patient: the pair is the key.
    UniqueConstraint("patient_id", "entry_id", name="entry_of_patient"),
    ForeignKeyConstraint(
        ["patient_id", "replaces"],
        ["entry.patient_id", "entry.entry_id"],
        name="entry_replaces_same_patient",
    ),
    CheckConstraint("position >= 1", name="entry_position_counts_from_one"),
    CheckConstraint("ordinal >= 1 AND ordinal <= submission_size", name="entry_ordinal_in_size"),
    CheckConstraint(
        "kind IN ('patient', 'therapy', 'vitals', 'neuro', 'labs', 'treatment', 'event', "
        "'grading', 'none_found', 'withdrawal')",
        name="entry_kind_known",
    ),
    CheckConstraint("origin IN ('entered', 'imported')", name="entry_origin_known"),
    CheckConstraint(
        "replaces IS NULL OR (reason IS NOT NULL AND trim(reason) <> '')",
        name="entry_correction_has_reason",
    ),
    CheckConstraint(
        "kind <> 'withdrawal' OR replaces IS NOT NULL", name="entry_withdrawal_names_entry"
    ),
    CheckConstraint("patient_id <> '' AND recorded_by <> ''", name="entry_who_and_whose"),
    CheckConstraint("length(digest) = 64", name="entry_digest_length"),
    Index("entry_by_ward", "ward_id", "patient_id", "position"),
    sqlite_autoincrement=True,
)

acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("seq", _COUNTER, primary_key=True, autoincrement=True),
    Column("acknowledgement_id", Text, nullable=False, unique=True),
    Column("ward_id", Text, ForeignKey("ward.id"), nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("alert_id", Text, nullable=False),
    Column("grade_seen", Text, nullable=True),
    Column("seen_position", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("previous_digest", Text, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("patient_id", "position", name="acknowledgement_position_once"),
    CheckConstraint("position >= 1", name="acknowledgement_position_counts_from_one"),
    CheckConstraint("trim(reason) <> ''", name="acknowledgement_has_reason"),
    CheckConstraint("length(digest) = 64", name="acknowledgement_digest_length"),
    Index("acknowledgement_by_ward", "ward_id", "patient_id"),
    sqlite_autoincrement=True,
)

protocol_choice = Table(
    "protocol_choice",
    metadata,
    Column("seq", _COUNTER, primary_key=True, autoincrement=True),
    Column("choice_id", Text, nullable=False, unique=True),
    Column("ward_id", Text, ForeignKey("ward.id"), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("scope", Text, nullable=False),
    Column("protocol_id", Text, nullable=True),
    Column("reason", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("previous_digest", Text, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("ward_id", "position", name="protocol_choice_position_once"),
    CheckConstraint("position >= 1", name="protocol_choice_position_counts_from_one"),
    CheckConstraint("scope <> '' AND recorded_by <> ''", name="protocol_choice_who_and_for"),
    CheckConstraint("protocol_id <> ''", name="protocol_choice_named_or_none"),
    CheckConstraint("trim(reason) <> ''", name="protocol_choice_has_reason"),
    CheckConstraint("length(digest) = 64", name="protocol_choice_digest_length"),
    sqlite_autoincrement=True,
)

decision = Table(
    "decision",
    metadata,
    Column("seq", _COUNTER, primary_key=True, autoincrement=True),
    Column("decision_id", Text, nullable=False, unique=True),
    Column("ward_id", Text, ForeignKey("ward.id"), nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("protocol", Text, nullable=False),
    Column("choice", Text, nullable=False),
    Column("advise", Text, nullable=False),
    Column("dose_mg", Double, nullable=True),
    Column("reason", Text, nullable=True),
    Column("seen_position", BigInteger, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("previous_digest", Text, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("patient_id", "position", name="decision_position_once"),
    CheckConstraint("position >= 1", name="decision_position_counts_from_one"),
    CheckConstraint("choice IN ('confirmed', 'overridden')", name="decision_choice_known"),
    CheckConstraint(
        "choice = 'confirmed' OR (reason IS NOT NULL AND length(trim(reason)) >= 3)",
        name="decision_override_has_reason",
    ),
    CheckConstraint("dose_mg >= 0", name="decision_dose_not_negative"),
    CheckConstraint(
        "rule <> '' AND patient_id <> '' AND recorded_by <> ''", name="decision_who_and_what"
    ),
    CheckConstraint("length(digest) = 64", name="decision_digest_length"),
    Index("decision_by_ward", "ward_id", "patient_id", "position"),
    sqlite_autoincrement=True,
)

draft = Table(
    "draft",
    metadata,
    Column("who", Text, primary_key=True),
    Column("patient_id", Text, primary_key=True),
    Column("form", Text, primary_key=True),
    Column("payload", Text, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("wards", Text, nullable=True),
    Column("password", Text, nullable=True),
    Column("issuer", Text, nullable=True),
    Column("subject", Text, nullable=True),
    Column("added_at", UtcTime, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime, nullable=True),
    UniqueConstraint("issuer", "subject", name="account_of_provider_once"),
    CheckConstraint(
        "role IN ('nurse', 'physician', 'trainer', 'administrator', 'observer')",
        name="account_role_known",
    ),
    CheckConstraint("trim(name) <> '' AND name_key <> ''", name="account_named"),
    CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="account_provider_whole"),
    CheckConstraint("password IS NULL OR password LIKE '$argon2id$%'", name="account_hashed"),
)

seat = Table(
    "seat",
    metadata,
    Column("seat_id", Text, primary_key=True),
    Column("token_digest", Text, nullable=False),
    Column("account_id", Text, ForeignKey("account.account_id"), nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=True),
    Column("ended_why", Text, nullable=True),
    CheckConstraint("length(token_digest) = 64", name="seat_token_digest_length"),
    CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="seat_end_has_reason"),
    Index(
        "seat_open_once",
        "token_digest",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("seat_by_account", "account_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", _COUNTER, primary_key=True, autoincrement=True),
    Column("audit_id", Text, nullable=False, unique=True),
    Column("position", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("ward_id", Text, nullable=True),
    Column("patient_id", Text, nullable=True),
    Column("detail", Text, nullable=False),
    Column("previous_digest", Text, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("position", name="audit_position_once"),
    CheckConstraint("position >= 1", name="audit_position_counts_from_one"),
    CheckConstraint("who <> '' AND role <> '' AND action <> ''", name="audit_who_and_what"),
    CheckConstraint("length(digest) = 64", name="audit_digest_length"),
    Index("audit_by_patient", "patient_id", "position"),
    sqlite_autoincrement=True,
)

rule_file = Table(
    "rule_file",
    metadata,
    Column("seq", _COUNTER, primary_key=True, autoincrement=True),
    Column("position", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("content_digest", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("first_seen_at", UtcTime, nullable=False),
    Column("previous_digest", Text, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("position", name="rule_file_position_once"),
    UniqueConstraint("name", "content_digest", name="rule_file_kept_once"),
    CheckConstraint("position >= 1", name="rule_file_position_counts_from_one"),
    CheckConstraint("name <> '' AND program <> ''", name="rule_file_named"),
    CheckConstraint(
        "length(content_digest) = 64 AND length(digest) = 64", name="rule_file_digest_length"
    ),
    Index("rule_file_by_content", "content_digest"),
    sqlite_autoincrement=True,
)

shown = Table(
    "shown",
    metadata,
    Column("seq", _COUNTER, primary_key=True, autoincrement=True),
    Column("shown_id", Text, nullable=False, unique=True),
    Column("ward_id", Text, ForeignKey("ward.id"), nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("assessed_at", UtcTime, nullable=False),
    Column("entry_position", BigInteger, nullable=False),
    Column("acknowledged", BigInteger, nullable=False),
    Column("program", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("protocol", Text, nullable=True),
    Column("said", Text, nullable=False),
    Column("whole", Text, nullable=False),
    Column("previous_digest", Text, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("patient_id", "position", name="shown_position_once"),
    CheckConstraint("position >= 1", name="shown_position_counts_from_one"),
    CheckConstraint("entry_position >= 1 AND acknowledged >= 0", name="shown_from_records"),
    CheckConstraint("patient_id <> '' AND program <> ''", name="shown_whose_and_by"),
    CheckConstraint("protocol <> ''", name="shown_protocol_named_or_none"),
    CheckConstraint("length(rules) = 64 AND length(digest) = 64", name="shown_digests"),
    Index("shown_by_ward", "ward_id", "patient_id", "at"),
    sqlite_autoincrement=True,
)
