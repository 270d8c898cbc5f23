"""
What a submission must be before a transaction is opened for it.

Everything that can be judged without the journal is judged here, all faults at once: who, whose,
when, records that toxmodels can read, corrections with a reason. Nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, get_args

from dashboard.store import casefile
from dashboard.store.canonical import canonical_json
from dashboard.store.entries import SINGLE, Kind, NewEntry, Origin, Submission
from dashboard.store.errors import Complaint, SubmissionRefused
from dashboard.store.times import utc

AHEAD: Final = timedelta(minutes=5)  # a clock may differ by this much; more is a wrong time
_KINDS: Final[frozenset[str]] = frozenset(get_args(Kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One entry that has passed; ``payload`` is its canonical text."""

    kind: Kind
    payload: str
    observed_at: datetime
    observed_given: bool
    replaces: str | None
    reason: str | None


def accept(submission: Submission, now: datetime, origin: Origin) -> tuple[Accepted, ...]:
    """Check a submission and give its entries in the form they are stored in."""
    now = _moment(now, "now")
    complaints = [*_who_and_whose(submission), *_shape(submission)]
    if complaints:
        raise SubmissionRefused(tuple(complaints))
    casefile.check_records(submission.entries, submission.patient_id)
    accepted = []
    for index, new in enumerate(submission.entries):
        observed, faults = _observed(new, now, origin, f"entries[{index}]")
        complaints += faults
        accepted.append(
            Accepted(
                kind=new.kind,
                payload=canonical_json(casefile.plain(new.payload)),
                observed_at=now if observed is None else observed,
                observed_given=observed is not None,
                replaces=new.replaces,
                reason=new.reason,
            )
        )
    if complaints:
        raise SubmissionRefused(tuple(complaints))
    return tuple(accepted)


def text_faults(fields: Mapping[str, object]) -> list[Complaint]:
    """Names and ids must be text that any database keeps unchanged."""
    found = []
    for path, value in fields.items():
        if not isinstance(value, str) or not value.strip():
            found.append(Complaint(path, "is empty", "every entry needs it"))
        elif "\x00" in value or not _encodes(value):
            found.append(Complaint(path, "holds a character that cannot be stored"))
        elif value != value.strip():
            found.append(Complaint(path, "begins or ends with a blank", "remove it"))
    return found


def _encodes(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _moment(value: datetime, path: str) -> datetime:
    try:
        return utc(value, path)
    except ValueError as error:
        raise SubmissionRefused((Complaint(path, str(error)),)) from None


def _who_and_whose(submission: Submission) -> list[Complaint]:
    names = ("submission_id", "ward_id", "patient_id", "recorded_by", "role")
    found = text_faults({name: getattr(submission, name) for name in names})
    if not submission.entries:
        found.append(Complaint("entries", "nothing to store", "record at least one value"))
    return found


def _shape(submission: Submission) -> Iterator[Complaint]:
    replaced: set[str] = set()
    single: set[str] = set()
    for index, new in enumerate(submission.entries):
        path = f"entries[{index}]"
        if new.kind not in _KINDS:
            yield Complaint(f"{path}.kind", f'"{new.kind}" is not a kind of entry')
            continue
        yield from _correction_faults(new, path)
        yield from _payload_faults(new, path, submission.patient_id)
        if new.replaces is not None and new.replaces in replaced:
            yield Complaint(f"{path}.replaces", "is replaced twice in one submission")
        if new.kind in SINGLE and new.kind in single:
            yield Complaint(f"{path}.kind", f"a patient has one {new.kind}, not two")
        replaced |= {new.replaces} if new.replaces is not None else set()
        single |= {new.kind}


def _correction_faults(new: NewEntry, path: str) -> Iterator[Complaint]:
    if new.reason is not None or new.replaces is not None:
        yield from text_faults({f"{path}.reason": new.reason or ""})
    if new.kind == "withdrawal" and new.replaces is None:
        yield Complaint(f"{path}.replaces", "a withdrawal must name the entry it takes back")


def _payload_faults(new: NewEntry, path: str, patient_id: str) -> Iterator[Complaint]:
    if not isinstance(new.payload, Mapping):
        yield Complaint(f"{path}.payload", "is not a JSON object")
    elif new.kind == "withdrawal" and new.payload:
        yield Complaint(f"{path}.payload", "a withdrawal carries no values")
    elif new.kind == "none_found":
        sections = sorted(casefile.SECTIONS.values())
        if set(new.payload) != {"section"} or new.payload["section"] not in sections:
            yield Complaint(f"{path}.payload.section", f"must be one of {', '.join(sections)}")
    elif new.kind == "patient" and new.payload.get("id") != patient_id:
        yield Complaint(f"{path}.payload.id", "is not the patient this form is for")


def _observed(
    new: NewEntry, now: datetime, origin: Origin, path: str
) -> tuple[datetime | None, list[Complaint]]:
    """When it was observed: the record's own time, which a given time must not contradict."""
    own: Any = casefile.observed_in(new.kind, new.payload)
    given = None if new.observed_at is None else _moment(new.observed_at, f"{path}.observed_at")
    if own is not None and given is not None and own != given:
        return None, [Complaint(f"{path}.observed_at", "differs from the time in the record")]
    observed = given if own is None else own
    if observed is None:
        return None, []
    observed = utc(observed, path)
    if origin == "entered" and observed > now + AHEAD:
        return None, [
            Complaint(
                f"{path}.observed_at",
                f"{observed:%Y-%m-%d %H:%M} UTC lies in the future",
                "check the date and time; an entry tells what has happened",
            )
        ]
    return observed, []
