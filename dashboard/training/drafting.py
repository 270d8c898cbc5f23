"""
A story while it is written: how it begins, its parts, and the files it becomes.

Every step gives a new draft and changes no other, so that a step can be taken back. A draft may be
full of faults; ``faults`` names each with its place, and only one without any becomes a course.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from dashboard.training.reading import STORY, Course, StoryError, read_story
from dashboard.training.story import FORMAT, MAIN, Story
from dashboard.training.writing import story_toml, toml_text
from toxmodels import Case, CaseError, Fault, dump_case, load_case
from toxmodels.records import FORMAT as CASE_FORMAT

__all__ = [
    "NAME",
    "Draft",
    "DraftError",
    "case_of",
    "course_of",
    "dropped",
    "empty",
    "faults",
    "files_of",
    "from_plain",
    "next_id",
    "of_case",
    "of_files",
    "placed",
    "plain",
    "renamed",
    "with_head",
]

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,59}", re.ASCII)
Part = Literal["aims", "pauses", "branches", "milestones"]


class DraftError(ValueError):
    """A step that cannot be taken: place, fault, cure."""

    def __init__(self, place: str, fault: str, cure: str) -> None:
        super().__init__(f"{place}: {fault} {cure}".strip())
        self.place, self.fault, self.cure = place, fault, cure


@dataclass(frozen=True, slots=True)
class Draft:
    """What the author has so far: the values of ``story.toml`` and the cases by file name."""

    name: str
    story: Mapping[str, Any]
    cases: Mapping[str, Mapping[str, Any]]


# How a draft begins


def empty(name: str, *, title: str, starts_at: datetime, patient: Mapping[str, Any]) -> Draft:
    """A chart on which nothing is recorded yet."""
    case = {"format": CASE_FORMAT, "patient": {**patient, "id": _patient_id(name)}}
    return Draft(_checked(name), _head(title, starts_at), {MAIN: case})


def of_case(name: str, case: Case, *, title: str) -> Draft:
    """Somebody's course, with nothing asked yet; the story starts with its first observation."""
    times = [one.taken_at for one in case.vitals or ()]
    times += [one.taken_at for one in case.neuro or ()]
    if not times:
        says = "nothing was observed in this case."
        raise DraftError(case.patient.id, says, "Start from an empty chart.")
    told = json.loads(dump_case(case))
    told["patient"]["id"] = _patient_id(name)
    return Draft(_checked(name), _head(title, min(times)), {MAIN: told})


def of_files(name: str, files: Mapping[str, str]) -> Draft:
    """
    A story that is there already, to go on from.

    Raises:
        StoryError: the files are no story.

    """
    course = read_story(name, files)
    told = tomllib.loads(story_toml(course.story))
    files_by: dict[str | None, str] = {None: MAIN}
    files_by |= {one.id: one.file for one in course.story.branches}
    cases = {files_by[one]: json.loads(dump_case(case)) for one, case in course.cases.items()}
    return Draft(_checked(name), told, cases)


def renamed(draft: Draft, name: str) -> Draft:
    """The same story under another name; the patient carries it, so that no two are mixed up."""
    cases = {file: {**case, "patient": {**case["patient"], "id": _patient_id(name)}}
             for file, case in draft.cases.items()}  # fmt: skip
    return replace(draft, name=_checked(name), cases=cases)


def _checked(name: str) -> str:
    if NAME.fullmatch(name) is None:
        cure = "Use 2 to 60 small letters, digits and hyphens, such as fever-at-night."
        raise DraftError("name", f'"{name}" cannot name a story.', cure)
    return name


def _patient_id(name: str) -> str:
    return f"training-{name}"[:64]


def _head(title: str, starts_at: datetime) -> dict[str, Any]:
    return {"format": FORMAT, "title": title, "starts_at": starts_at.isoformat(), "minutes": 15}


# Its parts


def with_head(draft: Draft, **values: Any) -> Draft:
    """With other values of the story itself; ``None`` takes one out."""
    told = {**draft.story, **values}
    return replace(draft, story={key: one for key, one in told.items() if one is not None})


def placed(
    draft: Draft, part: Part, item: Mapping[str, Any], instead_of: int | None = None
) -> Draft:
    """With one more item of a part, or with it in place of another; pauses stay in time order."""
    items = [*draft.story.get(part, ())]
    if instead_of is None:
        items.append(dict(item))
    else:
        items[instead_of] = dict(item)
    if part == "pauses":
        items.sort(key=_pause_place)
    return with_head(draft, **{part: items})


def dropped(draft: Draft, part: Part, place: int) -> Draft:
    """Without one item of a part."""
    items = [one for index, one in enumerate(draft.story.get(part, ())) if index != place]
    return with_head(draft, **{part: items or None})


def next_id(stem: str, taken: Sequence[str]) -> str:
    """The first free id of a kind: ``pause-1``, ``pause-2`` ..."""
    numbers = (f"{stem}-{number}" for number in range(1, len(taken) + 2))
    return next(one for one in numbers if one not in taken)


def _pause_place(pause: Mapping[str, Any]) -> tuple[str, datetime]:
    """The main course first, then each branch; within them by time."""
    return pause.get("on") or "", datetime.fromisoformat(pause["at"])


# What it becomes


def files_of(draft: Draft) -> dict[str, str]:
    """The texts of the files, in the order in which they are read."""
    try:
        story = story_toml(Story.model_validate(draft.story, strict=False))
    except ValueError:  # no story yet: its faults are named when it is read
        story = toml_text(draft.story)
    return {STORY: story, **{file: _case_text(case) for file, case in draft.cases.items()}}


def _case_text(case: Mapping[str, Any]) -> str:
    text = json.dumps(case, ensure_ascii=False)
    try:
        return dump_case(load_case(text))
    except CaseError:
        return text


def course_of(draft: Draft) -> Course:
    """
    The draft as a story that can be played.

    Raises:
        StoryError: with every fault.

    """
    return read_story(draft.name, files_of(draft))


def faults(draft: Draft) -> list[Fault]:
    """Everything that keeps the draft from being played, each with its place."""
    try:
        course_of(draft)
    except StoryError as error:
        return error.faults
    return []


def case_of(draft: Draft, file: str = MAIN) -> Case:
    """
    One of the cases.

    Raises:
        CaseError: with every fault of it.

    """
    return load_case(json.dumps(draft.cases[file]))


def plain(draft: Draft) -> dict[str, Any]:
    """The draft as JSON keeps it."""
    return {"name": draft.name, "story": dict(draft.story), "cases": dict(draft.cases)}


def from_plain(kept: Mapping[str, Any]) -> Draft:
    """The draft that was kept."""
    return Draft(kept["name"], kept["story"], kept["cases"])
