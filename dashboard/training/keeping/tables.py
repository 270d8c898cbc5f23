"""
The one table of the training journal, as SQLAlchemy sees it, and the guards that must be on it.

Rows are only ever added, and the database refuses everything else. ``key`` says which rows are the
same deed: the first one under a room, a kind and a key stands. ``digest`` covers every other column
and the digest of the row before it: one chain through the whole journal.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from dashboard.store.times import UtcTime

__all__ = ["GUARDS_POSTGRESQL", "GUARDS_SQLITE", "metadata", "noted"]

GUARDS_SQLITE: Final = frozenset({"noted_no_update", "noted_no_delete", "noted_no_replace"})
GUARDS_POSTGRESQL: Final = frozenset({"noted_append_only"})

metadata = MetaData()

noted = Table(
    "noted",
    metadata,
    Column(
        "position",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("id", Text, nullable=False, unique=True),
    Column("room", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("body", Text, nullable=False),
    Column("previous_digest", Text, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("room", "kind", "key", name="noted_once"),
    CheckConstraint(
        "kind IN ('opened', 'clock', 'joined', 'answered', 'entered', 'acknowledged', 'seen', "
        "'closed', 'story', 'certified', 'repeated')",
        name="noted_kind_known",
    ),
    CheckConstraint(
        "id <> '' AND room <> '' AND key <> '' AND recorded_by <> '' AND role <> ''",
        name="noted_who_and_what",
    ),
    CheckConstraint("length(digest) = 64", name="noted_digest_length"),
    Index("noted_by_room", "room", "position"),
    Index("noted_by_person", "recorded_by", "position"),
    Index("noted_by_kind", "kind", "key", "position"),
    sqlite_autoincrement=True,
)
