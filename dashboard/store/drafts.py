"""
Forms not sent yet: the only rows that change and go away. A draft is no record and never grades.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from dashboard.store.canonical import canonical_json
from dashboard.store.entries import Draft
from dashboard.store.tables import draft


def save(
    connection: Connection, key: tuple[str, str, str], payload: Mapping[str, Any], now: datetime
) -> None:
    """Keep the latest state of one person's form for one patient."""
    drop(connection, key)
    who, patient_id, form = key
    connection.execute(
        insert(draft).values(
            who=who,
            patient_id=patient_id,
            form=form,
            payload=canonical_json(dict(payload)),
            saved_at=now,
        )
    )


def load(connection: Connection, key: tuple[str, str, str]) -> Draft | None:
    """The form as it was left, or None."""
    query = select(draft.c.payload, draft.c.saved_at).where(_is(key))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Draft(payload=json.loads(row.payload), saved_at=row.saved_at)


def of_patient(connection: Connection, patient_id: str) -> tuple[dict[str, Any], ...]:
    """Every form about a patient that somebody has not sent yet."""
    query = select(draft).where(draft.c.patient_id == patient_id).order_by(draft.c.saved_at)
    return tuple(
        {**row, "payload": json.loads(row["payload"])}
        for row in connection.execute(query).mappings()
    )


def drop(connection: Connection, key: tuple[str, str, str]) -> None:
    """Forget the form: it was sent or thrown away."""
    connection.execute(delete(draft).where(_is(key)))


def _is(key: tuple[str, str, str]) -> ColumnElement[bool]:
    who, patient_id, form = key
    return (draft.c.who == who) & (draft.c.patient_id == patient_id) & (draft.c.form == form)
