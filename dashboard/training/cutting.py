"""
A case as it stood at an earlier time: no later record, and no end of what was still running.

What a trainee may not know yet must not be in the case at all, so that no screen can show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from toxmodels.records import Case, Therapy

__all__ = ["cut"]

R = TypeVar("R", bound=BaseModel)


def cut(case: Case, at: datetime) -> Case:
    """The case with everything after ``at`` taken out."""
    return case.model_copy(
        update={
            "therapy": None if case.therapy is None else _therapy(case.therapy, at),
            "vitals": _until(case.vitals, "taken_at", at),
            "neuro": _until(case.neuro, "taken_at", at),
            "labs": _until(case.labs, "taken_at", at),
            "gradings": _until(case.gradings, "graded_at", at),
            "treatments": _until(case.treatments, "given_at", at, "stopped_at"),
            "events": _until(case.events, "at", at),
        }
    )


def _therapy(therapy: Therapy, at: datetime) -> Therapy:
    return therapy.model_copy(
        update={
            "doses": _until(therapy.doses, "given_at", at, "ended_at"),
            "infusions": _until(therapy.infusions, "started_at", at, "stopped_at", "stop_reason"),
        }
    )


def _until(
    records: Sequence[R] | None, begins: str, at: datetime, ends: str = "", *why: str
) -> tuple[R, ...] | None:
    """Records begun by then; an end that lies later is not known yet, nor its reason."""
    if records is None:
        return None
    kept = []
    for one in records:
        if getattr(one, begins) > at:
            continue
        end = getattr(one, ends) if ends else None
        unknown: dict[str, Any] = dict.fromkeys((ends, *why)) if end and end > at else {}
        kept.append(one.model_copy(update=unknown) if unknown else one)
    return tuple(kept)
