"""
Between the journal and the case file: the only place where the store meets ``toxmodels``.

Entries become a case by leaving out what was corrected or withdrawn and by sorting each list by
the time of observation. Whatever cannot be read as a case is an error with a name, never a
shorter case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from dashboard.store.canonical import canonical_json
from dashboard.store.entries import Entry, Kind, NewEntry
from dashboard.store.errors import Complaint, NotRead, SubmissionRefused
from toxmodels import Case, CaseError, load_case
from toxmodels.casefile import read_time
from toxmodels.records import FORMAT

SECTIONS: Final[Mapping[Kind, str]] = {
    "vitals": "vitals",
    "neuro": "neuro",
    "labs": "labs",
    "treatment": "treatments",
    "event": "events",
    "grading": "gradings",
}
_KINDS: Final = {section: kind for kind, section in SECTIONS.items()}
_TIMES: Final[Mapping[Kind, str]] = {
    "vitals": "taken_at",
    "neuro": "taken_at",
    "labs": "taken_at",
    "treatment": "given_at",
    "event": "at",
    "grading": "graded_at",
}


def read_case(content: Mapping[str, Any] | str) -> Case:
    """Validate a case file or an already parsed one; faults become complaints."""
    try:
        text = content if isinstance(content, str) else canonical_json(plain(content))
        return load_case(text)
    except CaseError as error:
        complaints = tuple(
            Complaint(fault.path, fault.says, fault.suggestion) for fault in error.faults
        )
        raise SubmissionRefused(complaints) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise SubmissionRefused((Complaint("$", f"not JSON: {error}"),)) from None


def check_records(entries: Iterable[NewEntry], patient_id: str) -> None:
    """Refuse entries that could not stand in a case file, all faults at once."""
    case: dict[str, Any] = {"format": FORMAT, "patient": {"id": patient_id}}
    for each in entries:
        if each.kind in SECTIONS:
            case.setdefault(SECTIONS[each.kind], []).append(each.payload)
        elif each.kind in ("patient", "therapy"):
            case[each.kind] = each.payload
    read_case(case)


def observed_in(kind: Kind, payload: Mapping[str, Any]) -> datetime | None:
    """The time a record itself carries; None for kinds without one."""
    key = _TIMES.get(kind)
    if key is None or not isinstance(payload.get(key), str):
        return None
    return read_time(payload[key], key)


def entries_of(content: Mapping[str, Any]) -> Iterator[NewEntry]:
    """A validated case file as entries, one a record; an empty list becomes ``none_found``."""
    yield NewEntry(kind="patient", payload=content["patient"])
    if content.get("therapy") is not None:
        yield NewEntry(kind="therapy", payload=content["therapy"])
    for section, kind in _KINDS.items():
        records = content.get(section)
        if records is None:
            continue
        if not records:
            yield NewEntry(kind="none_found", payload={"section": section})
        for record in records:
            yield NewEntry(kind=kind, payload=record)


def case_of(entries: Iterable[Entry]) -> dict[str, Any]:
    """The case file of one patient from its entries."""
    live = sorted((e for e in entries if e.is_live), key=lambda e: (e.observed_at, e.position))
    case: dict[str, Any] = {"format": FORMAT}
    case.update({e.kind: plain(e.payload) for e in live if e.kind in ("patient", "therapy")})
    for each in live:
        if each.kind in SECTIONS:
            case.setdefault(SECTIONS[each.kind], []).append(plain(each.payload))
        elif each.kind == "none_found":
            case.setdefault(each.payload["section"], [])
    return case


def validated(case: Mapping[str, Any], patient_id: str) -> Case:
    """The stored case through ``toxmodels``; a fault here is loud, never a shorter case."""
    try:
        return read_case(case)
    except SubmissionRefused as error:
        raise NotRead(
            f"patient {patient_id}",
            f"the stored entries do not read as a case: {error.fault}",
            "Do not rely on the screen for this patient; correct the entry named here.",
        ) from None


def plain(value: Any) -> Any:
    """Plain dicts and lists, as JSON wants them."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
