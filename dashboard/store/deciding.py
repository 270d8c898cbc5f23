"""
What a ward decides: which protocol it follows, and what became of a proposal.

Both are records of their own, chained as entries are: choices per ward, decisions per patient.
Storing one orders nothing and sends nothing anywhere. A screen that has not seen the latest
entries cannot decide: the proposal may not hold any more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final, get_args

from sqlalchemy import Connection, RowMapping, Table, func, insert, select

from dashboard.store.accepting import text_faults
from dashboard.store.canonical import FIRST, row_digest
from dashboard.store.entries import Decision, DecisionChoice, ProtocolChoice
from dashboard.store.errors import Complaint, SubmissionReused
from dashboard.store.health import intact
from dashboard.store.seeing import refuse_unseen
from dashboard.store.tables import decision, protocol_choice
from dashboard.store.writing import bump_ward, lock_ward, next_seq
from toxmodels.products import products

KINDS: Final = ("car-t", "engager")
LEAST_REASON: Final = 3  # letters; an override without words helps nobody afterwards
_CHOICES: Final[tuple[str, ...]] = get_args(DecisionChoice)
_SAME_CHOICE: Final = ("ward_id", "scope", "protocol_id", "reason", "recorded_by", "role")
_SAME_DECISION: Final = (
    "ward_id", "patient_id", "rule", "protocol", "choice", "advise", "dose_mg", "reason",
    "seen_position", "recorded_by", "role",
)  # fmt: skip


def choice_faults(given: Mapping[str, Any]) -> list[Complaint]:
    """What is wrong with a choice that no look into the journal is needed for."""
    names = ("choice_id", "ward_id", "scope", "reason", "recorded_by", "role")
    found = text_faults({name: given[name] for name in names})
    if given["protocol_id"] is not None:
        found += text_faults({"protocol_id": given["protocol_id"]})
    known = (*KINDS, *products())
    if not found and given["scope"] not in known:
        near = get_close_matches(given["scope"], known, n=1)
        cure = f'did you mean "{near[0]}"?' if near else "name car-t, engager or a product"
        found.append(Complaint("scope", f'"{given["scope"]}" is no kind and no product', cure))
    return found


def decision_faults(given: Mapping[str, Any]) -> list[Complaint]:
    """What is wrong with a decision that no look into the journal is needed for."""
    names = (
        "decision_id", "ward_id", "patient_id", "rule", "protocol", "advise", "recorded_by", "role"
    )  # fmt: skip
    found = text_faults({name: given[name] for name in names})
    if given["choice"] not in _CHOICES:
        found.append(Complaint("choice", f"must be one of {', '.join(_CHOICES)}"))
    reason, amount = given["reason"], given["dose_mg"]
    if reason is not None:
        found += text_faults({"reason": reason})
    if given["choice"] == "overridden" and len((reason or "").strip()) < LEAST_REASON:
        found.append(Complaint("reason", "says too little", "an override tells why, in words"))
    if amount is not None and (isinstance(amount, bool) or not math.isfinite(amount) or amount < 0):
        found.append(Complaint("dose_mg", "is not an amount"))
    return found


def choose(connection: Connection, given: Mapping[str, Any]) -> ProtocolChoice:
    """Store a choice once; a resend gets the stored one."""
    lock_ward(connection, given["ward_id"])
    before = _before(connection, protocol_choice, "choice_id", given, _SAME_CHOICE)
    if before is not None:
        return _choice(before)
    row = _chained(connection, protocol_choice, "ward_id", given)
    bump_ward(connection, given["ward_id"])
    return _choice(row)


def decide(connection: Connection, given: Mapping[str, Any]) -> Decision:
    """Store a decision once; a resend gets the stored one."""
    lock_ward(connection, given["ward_id"])
    before = _before(connection, decision, "decision_id", given, _SAME_DECISION)
    if before is not None:
        return _decision(before)
    refuse_unseen(connection, given, "not saved")
    row = _chained(connection, decision, "patient_id", given)
    bump_ward(connection, given["ward_id"])
    return _decision(row)


def choices_of(connection: Connection, ward_id: str) -> tuple[ProtocolChoice, ...]:
    """All choices of a ward, oldest first."""
    query = (
        select(protocol_choice)
        .where(protocol_choice.c.ward_id == ward_id)
        .order_by(protocol_choice.c.position)
    )
    rows = intact(connection, protocol_choice, connection.execute(query).mappings())
    return tuple(_choice(row) for row in rows)


def decisions_of(connection: Connection, patient_id: str) -> tuple[Decision, ...]:
    """All decisions about a patient, oldest first."""
    query = (
        select(decision).where(decision.c.patient_id == patient_id).order_by(decision.c.position)
    )
    rows = intact(connection, decision, connection.execute(query).mappings())
    return tuple(_decision(row) for row in rows)


def decided_in(connection: Connection, ward_id: str) -> dict[str, int]:
    """How many decisions there are about each patient of a ward that has any."""
    query = (
        select(decision.c.patient_id, func.max(decision.c.position))
        .where(decision.c.ward_id == ward_id)
        .group_by(decision.c.patient_id)
    )
    return {patient: int(position) for patient, position in connection.execute(query)}


def _choice(row: RowMapping | Mapping[str, Any]) -> ProtocolChoice:
    return ProtocolChoice(**{name: row[name] for name in ProtocolChoice.__dataclass_fields__})


def _decision(row: RowMapping | Mapping[str, Any]) -> Decision:
    return Decision(**{name: row[name] for name in Decision.__dataclass_fields__})


def _before(
    connection: Connection,
    table: Table,
    key: str,
    given: Mapping[str, Any],
    same: tuple[str, ...],
) -> RowMapping | None:
    """What is stored under this id already; other content under it is refused."""
    query = select(table).where(table.c[key] == given[key])
    found = connection.execute(query).mappings().one_or_none()
    if found is not None and any(found[name] != given[name] for name in same):
        raise SubmissionReused(
            "decision",
            "not saved: this form was already saved with other content.",
            "Look at what is saved; open the form again to decide anew.",
        )
    return found


def _chained(
    connection: Connection, table: Table, owner: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Append one row to the chain of its owner, and give it back."""
    query = (
        select(table.c.position, table.c.digest)
        .where(table.c[owner] == given[owner])
        .order_by(table.c.position.desc())
        .limit(1)
    )
    tail = connection.execute(query).one_or_none()
    row = {
        **given,
        "seq": next_seq(connection, table.name),
        "position": 1 if tail is None else tail.position + 1,
        "previous_digest": FIRST if tail is None else tail.digest,
    }
    row["digest"] = row_digest(table, row)
    connection.execute(insert(table), [row])
    return row
