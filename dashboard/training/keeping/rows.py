"""One row of the training journal, as everything else reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, cast

from sqlalchemy import Row

__all__ = ["Kind", "Noted", "noted_from"]

Kind = Literal[
    "opened",
    "clock",
    "joined",
    "answered",
    "entered",
    "acknowledged",
    "seen",
    "closed",
    "story",
    "certified",
    "repeated",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One row as it stands; ``recorded_at`` is the wall's time in UTC."""

    position: int
    id: str
    room: str
    kind: Kind
    key: str
    by: str
    role: str
    recorded_at: datetime
    body: Mapping[str, Any]


def noted_from(row: Row[Any], without: str | None = None) -> Noted:
    """Read a row; ``without`` names a part of its body that a list has no use for."""
    body = json.loads(row.body)
    body.pop(without, None)
    return Noted(
        position=row.position,
        id=row.id,
        room=row.room,
        kind=cast(Kind, row.kind),
        key=row.key,
        by=row.recorded_by,
        role=row.role,
        recorded_at=row.recorded_at,
        body=MappingProxyType(body),
    )
