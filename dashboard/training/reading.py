"""A story read from its folder: ``story.toml``, the case, and a case for each branch."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from dashboard.training.cutting import cut
from dashboard.training.story import MAIN, Branch, ChoiceQuestion, Story, story_faults
from toxmodels.casefile import CaseError, Fault, load_case
from toxmodels.casefile.wording import record_faults
from toxmodels.protocols import protocols
from toxmodels.records import Case

__all__ = ["STORY", "Course", "StoryError", "read_story"]

STORY = "story.toml"


class StoryError(ValueError):
    """The files are no training story: ``faults`` names every reason."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


@dataclass(frozen=True, slots=True)
class Course:
    """A story with its cases, by the branch they belong to; ``None`` is the main course."""

    id: str
    story: Story
    cases: Mapping[str | None, Case]


def read_story(id_: str, files: Mapping[str, str]) -> Course:
    """
    Read a story from the texts of its files.

    Args:
        id_: how the story is called, its folder's name.
        files: ``story.toml``, ``case.json`` and a file for each branch, by name.

    Raises:
        StoryError: with one fault a line; nothing is half-read.

    """
    story = _story(files)
    faults = list(story_faults(story))
    if story.protocol is not None and story.protocol not in protocols():
        cure = f"known protocols: {', '.join(protocols())}"
        says = f'unknown protocol "{story.protocol}"'
        faults.append(Fault(path=f"{STORY}: protocol", says=says, suggestion=cure))
    cases: dict[str | None, Case] = {}
    for branch, name in _wanted(story.branches):
        try:
            cases[branch] = load_case(files[name])
        except KeyError:
            faults.append(Fault(path=name, says="there is no such file"))
        except CaseError as error:
            faults += [
                one.model_copy(update={"path": f"{name}: {one.path}"}) for one in error.faults
            ]
    spare = sorted({*files} - {STORY, *(name for _, name in _wanted(story.branches))})
    faults += [Fault(path=name, says="the story does not name this file") for name in spare]
    if not faults:
        faults += _told_twice(story, cases)
    if faults:
        raise StoryError(faults)
    return Course(id_, story, cases)


def _story(files: Mapping[str, str]) -> Story:
    if STORY not in files:
        raise StoryError([Fault(path=STORY, says="there is no such file")])
    try:
        raw = tomllib.loads(files[STORY])
    except tomllib.TOMLDecodeError as error:
        raise StoryError([Fault(path=STORY, says=str(error))]) from error
    try:
        return Story.model_validate(raw, strict=False)
    except ValidationError as error:
        found = record_faults(error, raw, Story)
        named = [one.model_copy(update={"path": f"{STORY}: {one.path}"}) for one in found]
        raise StoryError(named) from error


def _wanted(branches: tuple[Branch, ...]) -> Iterator[tuple[str | None, str]]:
    yield None, MAIN
    for one in branches:
        yield one.id, one.file


def _told_twice(story: Story, cases: Mapping[str | None, Case]) -> Iterator[Fault]:
    """A branch holds the whole case: until it leaves, it must tell what the main course told."""
    main = cases[None]
    for branch in story.branches:
        other = cases[branch.id]
        if (other.patient, other.therapy and other.therapy.product) != (
            main.patient,
            main.therapy and main.therapy.product,
        ):
            says = "the patient or the product is another one than in case.json"
            yield Fault(path=branch.file, says=says)
        leaves = _leaves_after(story, branch.id)
        if cut(other, leaves) != cut(main, leaves):
            says = f"up to {leaves:%Y-%m-%d %H:%M} UTC it does not tell what case.json tells"
            yield Fault(path=branch.file, says=says, suggestion="copy the records until then")


def _leaves_after(story: Story, branch: str) -> datetime:
    """The latest pause at which a choice leads to the branch."""
    times = [
        pause.at
        for pause, question in story.questions()
        if isinstance(question, ChoiceQuestion)
        and any(one.leads_to == branch for one in question.choices)
    ]
    return max(times, default=story.starts_at)
