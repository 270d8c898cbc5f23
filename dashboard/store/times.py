"""
Times in the store: aware when they enter, UTC while they rest, aware when they leave.

SQLite has no time type; the driver would drop the offset without a word. Here SQLite keeps one
fixed-width text in UTC, which sorts as time does, and PostgreSQL keeps its own aware type.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator, TypeEngine

_WIDTH = len("2026-03-01T08:00:00.000000Z")


def utc(moment: datetime, name: str) -> datetime:
    """The same moment in UTC; a time without an offset is refused, because it is ambiguous."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"{name}: a time without an offset is ambiguous; give one, such as +00:00")
    return moment.astimezone(UTC)


def time_text(moment: datetime) -> str:
    """The one spelling of a time in the store and in digests."""
    return utc(moment, "time").strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(_WIDTH, "0")


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; naive values never reach the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Fixed-width text on SQLite, ``timestamptz`` elsewhere."""
        chosen: TypeEngine[Any] = (
            String(_WIDTH) if dialect.name == "sqlite" else DateTime(timezone=True)
        )
        return dialect.type_descriptor(chosen)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive, turn to UTC."""
        if value is None:
            return None
        return time_text(value) if dialect.name == "sqlite" else utc(value, "time")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return utc(moment, "stored time")
