"""
The timeline of a draft: its records, and the branches that leave the main course.

Until a branch leaves, it tells what the main course tells; a change of that part is made once, in
the main course, and every branch that told the same follows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from dashboard.training.cutting import cut
from dashboard.training.drafting import Draft, DraftError, case_of, with_head
from dashboard.training.story import MAIN
from toxmodels import Case, CaseError, dump_case

__all__ = [
    "KINDS",
    "Recorded",
    "add_branch",
    "bring_up",
    "drop_branch",
    "drop_record",
    "leaves_at",
    "put_record",
    "say_none",
    "set_patient",
    "set_therapy",
    "timeline",
]

# kind of record -> its list in the case file, and the key of its own time
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "vitals": ("vitals", "taken_at"),
    "neuro": ("neuro", "taken_at"),
    "labs": ("labs", "taken_at"),
    "treatment": ("treatments", "given_at"),
    "event": ("events", "at"),
    "grading": ("gradings", "graded_at"),
}
_EXPOSURES: Final = (("doses", "given_at"), ("infusions", "started_at"))


@dataclass(frozen=True, slots=True)
class Recorded:
    """One record of a draft; ``place`` is where it stands in its list."""

    kind: str
    place: int
    at: datetime
    payload: Mapping[str, Any]


def timeline(draft: Draft, file: str = MAIN) -> tuple[Recorded, ...]:
    """Every record of a case by its time."""
    case = draft.cases[file]
    found = [
        Recorded(kind, place, datetime.fromisoformat(one[time]), one)
        for kind, (section, time) in KINDS.items()
        for place, one in enumerate(case.get(section) or ())
    ]
    return tuple(sorted(found, key=lambda one: one.at))


def put_record(
    draft: Draft,
    file: str,
    kind: str,
    payload: Mapping[str, Any],
    instead_of: int | None = None,
) -> Draft:
    """With one more record, or with it in place of another one of its kind."""
    section, time = KINDS[kind]
    at = datetime.fromisoformat(payload[time])
    rows = [*(draft.cases[file].get(section) or ())]
    before = at if instead_of is None else datetime.fromisoformat(rows[instead_of][time])
    _refuse_shared(draft, file, min(at, before))
    rows = [one for place, one in enumerate(rows) if place != instead_of]
    rows = sorted([*rows, dict(payload)], key=lambda one: datetime.fromisoformat(one[time]))
    changed = _with_case(draft, file, {**draft.cases[file], section: rows})
    return _with_list_in_main(changed, file, section)


def drop_record(draft: Draft, file: str, kind: str, place: int) -> Draft:
    """
    Without one record.

    A list left empty goes, as nothing says that somebody looked; where another course has such a
    list it stays, because both tell the same until they part.
    """
    section, time = KINDS[kind]
    rows = [*(draft.cases[file].get(section) or ())]
    gone = rows.pop(place)
    _refuse_shared(draft, file, datetime.fromisoformat(gone[time]))
    case = {key: one for key, one in draft.cases[file].items() if key != section}
    kept_elsewhere = any(section in one for name, one in draft.cases.items() if name != file)
    return _with_case(draft, file, {**case, section: rows} if rows or kept_elsewhere else case)


def say_none(draft: Draft, file: str, kind: str) -> Draft:
    """Record that there was none so far, which is more than that nobody wrote it down."""
    section, _ = KINDS[kind]
    return _with_case(draft, file, {**draft.cases[file], section: []})


def set_patient(draft: Draft, payload: Mapping[str, Any]) -> Draft:
    """Another description of the patient, who is the same on every branch."""
    cases = {file: {**case, "patient": {**payload, "id": case["patient"]["id"]}}
             for file, case in draft.cases.items()}  # fmt: skip
    return replace(draft, cases=cases)


def set_therapy(draft: Draft, payload: Mapping[str, Any] | None) -> Draft:
    """Another therapy in the main course; branches that told the same follow."""
    case = {key: one for key, one in draft.cases[MAIN].items() if key != "therapy"}
    if payload is not None:
        case["therapy"] = dict(payload)
    return _with_case(draft, MAIN, case)


def _with_list_in_main(draft: Draft, file: str, section: str) -> Draft:
    """A branch has its first record of a kind: the main course has a list of them, too."""
    main = draft.cases[MAIN]
    if file == MAIN or section in main:
        return draft
    if section == "treatments":  # absent and empty differ in a grade: somebody has to say it
        says = "the main course does not say whether treatments were given."
        cure = 'Record "none given so far" there first.'
        raise DraftError("treatments", says, cure)
    return replace(draft, cases={**draft.cases, MAIN: {**main, section: []}})


# Branches


def leaves_at(draft: Draft, branch: str) -> datetime | None:
    """The latest pause at which a choice leads there; ``None`` while none does."""
    times = [
        datetime.fromisoformat(pause["at"])
        for pause in draft.story.get("pauses", ())
        for question in pause.get("questions", ())
        for choice in question.get("choices", ())
        if choice.get("leads_to") == branch
    ]
    return max(times, default=None)


def add_branch(
    draft: Draft, branch: str, says: str, *, from_at: datetime, keeps_later: bool
) -> Draft:
    """
    One more course: what the main one tells until ``from_at``, and what it tells later if asked.

    Raises:
        CaseError: the main case has faults; they would be copied.
        DraftError: there is such a branch or file already.

    """
    file = f"{branch}.json"
    if file in draft.cases or any(b["id"] == branch for b in draft.story.get("branches", ())):
        raise DraftError(f'branch "{branch}"', "there is one of this name.", "Take another name.")
    case = case_of(draft)
    told = json.loads(dump_case(case if keeps_later else cut(case, from_at)))
    branches = [
        *draft.story.get("branches", ()),
        {"id": branch, "file": file, "says": says},
    ]
    return with_head(replace(draft, cases={**draft.cases, file: told}), branches=branches)


def drop_branch(draft: Draft, branch: str) -> Draft:
    """Without a branch, its case, its pauses, and the choices' way to it."""
    gone = [one["file"] for one in draft.story.get("branches", ()) if one["id"] == branch]
    rest = [one for one in draft.story.get("branches", ()) if one["id"] != branch]
    pauses = [
        {**pause, "questions": [_staying(one, branch) for one in pause.get("questions", ())]}
        for pause in draft.story.get("pauses", ())
        if pause.get("on") != branch
    ]
    cases = {file: case for file, case in draft.cases.items() if file not in gone}
    return with_head(replace(draft, cases=cases), branches=rest or None, pauses=pauses or None)


def _staying(question: Mapping[str, Any], branch: str) -> dict[str, Any]:
    if "choices" not in question:
        return dict(question)
    choices = [
        {key: value for key, value in one.items() if (key, value) != ("leads_to", branch)}
        for one in question["choices"]
    ]
    return {**question, "choices": choices}


def bring_up(draft: Draft, branch: str) -> Draft:
    """
    The branch with what the main course tells until it leaves.

    Raises:
        CaseError: one of the two cases has faults.

    """
    file = _file(draft, branch)
    told = _joined(case_of(draft), case_of(draft, file), _shared_until(draft, branch))
    return replace(draft, cases={**draft.cases, file: json.loads(dump_case(told))})


def _file(draft: Draft, branch: str) -> str:
    return next(str(b["file"]) for b in draft.story.get("branches", ()) if b["id"] == branch)


def _shared_until(draft: Draft, branch: str) -> datetime:
    return leaves_at(draft, branch) or datetime.fromisoformat(draft.story["starts_at"])


def _refuse_shared(draft: Draft, file: str, at: datetime) -> None:
    """What a branch shares with the main course is changed there."""
    for one in draft.story.get("branches", ()):
        until = leaves_at(draft, one["id"]) if one["file"] == file else None
        if until is not None and at <= until:
            says = f"leaves the main course at {until:%d-%b %H:%M} UTC."
            raise DraftError(f'branch "{one["id"]}"', says, "Change earlier hours there.")


def _with_case(draft: Draft, file: str, case: Mapping[str, Any]) -> Draft:
    """With another case; branches that told the same until they leave go on doing so."""
    changed = replace(draft, cases={**draft.cases, file: case})
    if file != MAIN:
        return changed
    for branch in [one["id"] for one in draft.story.get("branches", ())]:
        if _agrees(draft, branch):
            try:
                changed = bring_up(changed, branch)
            except CaseError:  # the fault is named where it stands; the branch waits for its cure
                return changed
    return changed


def _agrees(draft: Draft, branch: str) -> bool:
    until = _shared_until(draft, branch)
    try:
        return cut(case_of(draft), until) == cut(case_of(draft, _file(draft, branch)), until)
    except CaseError:
        return False


def _joined(main: Case, other: Case, until: datetime) -> Case:
    """Records begun by then from the main course, later ones from the branch."""
    new: dict[str, Any] = {"patient": main.patient}
    for section, time in KINDS.values():
        new[section] = _rows(getattr(main, section), getattr(other, section), time, until)
    if main.therapy is not None:
        own = other.therapy or main.therapy
        lists = {
            name: _rows(getattr(main.therapy, name), getattr(own, name), time, until)
            for name, time in _EXPOSURES
        }
        new["therapy"] = main.therapy.model_copy(update=lists)
    return other.model_copy(update=new)


def _rows(main: Any, other: Any, time: str, until: datetime) -> Any:
    """An end that the branch gave to a record which both began is the branch's own."""
    if main is None and other is None:
        return None
    ends = ("stopped_at", "ended_at", "stop_reason")
    later = [one for one in other or () if getattr(one, time) > until]
    begun = []
    for one in main or ():
        if getattr(one, time) > until:
            continue
        bare = one.model_dump(exclude=set(ends))
        same = [o for o in other or () if o.model_dump(exclude=set(ends)) == bare]
        begun.append(next((o for o in same if _ends_after(o, until)), one))
    if main is None and not later:
        return None
    return (*begun, *later)


def _ends_after(record: Any, until: datetime) -> bool:
    end = getattr(record, "stopped_at", None) or getattr(record, "ended_at", None)
    return end is not None and end > until
