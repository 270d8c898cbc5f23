"""
The vignettes of a calibration: short moments that many people grade without seeing each other.

A set is one file with what is expected and why, and a case file for each vignette. Every vignette
becomes a story of one pause, so that it is shown, frozen and answered like any other; its title
tells nothing about its grade.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboard.training.reading import STORY, Course, StoryError, read_story
from dashboard.training.story import MAIN, Aim, Bound, GradeQuestion, Id, Pause, Story, Words
from toxmodels.casefile import Fault
from toxmodels.casefile.wording import record_faults
from toxmodels.quantities import Time
from toxmodels.scales import STEPPED
from toxmodels.sources import Verification

__all__ = ["FOLDER", "SET", "CalibrationSet", "order_for", "packaged_set", "read_set"]

FOLDER: Final = "calibration"
SET: Final = "set.toml"
_ASKS: Final = (
    "Which {short} grade is it by what is on record? If it cannot be closed, give both ends."
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Expected(_Part):
    """What the tables say, worked out by hand, and where they say it."""

    at_least: Bound
    at_most: Bound
    why: Words
    source: str
    place: Words
    verification: Verification = "verified"


class _Vignette(_Part):
    id: Id
    at: Time
    says: Words
    expects: dict[str, _Expected]


class _Set(_Part):
    format: Literal["toxwatch-calibration/1"]
    id: Id
    title: Words
    says: Words
    scales: Annotated[tuple[str, ...], Field(min_length=1)]
    vignettes: Annotated[tuple[_Vignette, ...], Field(min_length=2)]


@dataclass(frozen=True, slots=True)
class CalibrationSet:
    """
    What a calibration room opens with.

    ``stories`` are the files of each vignette as a story, ``courses`` the same read; ``asks`` names
    each question as "story/question".
    """

    id: str
    title: str
    says: str
    stories: Mapping[str, Mapping[str, str]]
    courses: Mapping[str, Course]
    asks: tuple[str, ...]


def read_set(files: Mapping[str, str]) -> CalibrationSet:
    """
    Read a set from the texts of its files.

    Raises:
        StoryError: with one fault a line, each with the vignette it is in.

    """
    read = _parsed(files)
    faults = list(_set_faults(read, files))
    stories, courses = {}, {}
    for number, one in enumerate(read.vignettes, start=1):
        if faults:
            break
        stories[one.id] = _files_of(read, one, number, files)
        try:
            courses[one.id] = read_story(one.id, stories[one.id])
        except StoryError as error:
            faults += [
                fault.model_copy(update={"path": f'vignette "{one.id}", {fault.path}'})
                for fault in error.faults
            ]
    if faults:
        raise StoryError(faults)
    asks = tuple(f"{one.id}/{_short(scale)}" for one in read.vignettes for scale in read.scales)
    return CalibrationSet(read.id, read.title, read.says, stories, courses, asks)


@cache
def packaged_set() -> CalibrationSet:
    """The set that comes with the program."""
    from dashboard.sample_ward import stories_folder

    folder = stories_folder() / FOLDER
    return read_set({one.name: one.read_text("utf-8") for one in sorted(folder.iterdir())})


def order_for(asks: Sequence[str], room: str, rater: str) -> tuple[str, ...]:
    """
    The questions in an order of the rater's own, always the same for the same room and rater.

    Vignettes are shuffled, the scales of one stay together: what tires people or teaches them on
    the way is then spread over all vignettes.
    """
    by_story: dict[str, list[str]] = {}
    for ask in asks:
        by_story.setdefault(ask.partition("/")[0], []).append(ask)
    shuffled = [*by_story.values()]
    random.Random(f"{room}\n{rater}").shuffle(shuffled)  # noqa: S311 - an order, not a secret
    return tuple(ask for group in shuffled for ask in group)


def _parsed(files: Mapping[str, str]) -> _Set:
    if SET not in files:
        raise StoryError([Fault(path=SET, says="there is no such file")])
    try:
        raw = tomllib.loads(files[SET])
    except tomllib.TOMLDecodeError as error:
        raise StoryError([Fault(path=SET, says=str(error))]) from error
    try:
        return _Set.model_validate(raw, strict=False)
    except ValidationError as error:
        found = record_faults(error, raw, _Set)
        named = [one.model_copy(update={"path": f"{SET}: {one.path}"}) for one in found]
        raise StoryError(named) from error


def _set_faults(read: _Set, files: Mapping[str, str]) -> Iterator[Fault]:
    for scale in read.scales:
        if scale not in STEPPED:
            says = f'unknown scale "{scale}"; known: {", ".join(STEPPED)}'
            yield Fault(path=f"{SET}: scales", says=says)
    ids = [one.id for one in read.vignettes]
    for one in read.vignettes:
        if ids.count(one.id) > 1:
            yield Fault(path=f'vignette "{one.id}"', says="this id stands more than once")
        if {*one.expects} != {*read.scales}:
            says = f"expects {', '.join(one.expects)} and not {', '.join(read.scales)}"
            yield Fault(path=f'vignette "{one.id}"', says=says, suggestion="expect each scale once")
        if f"{one.id}.json" not in files:
            yield Fault(path=f"{one.id}.json", says="there is no such file")
    known = {SET, *(f"{one}.json" for one in ids)}
    for name in sorted({*files} - known):
        yield Fault(path=name, says="the set does not name this file")


def _files_of(
    read: _Set, one: _Vignette, number: int, files: Mapping[str, str]
) -> dict[str, str]:  # fmt: skip
    from dashboard.training.writing import story_toml

    return {STORY: story_toml(_story(read, one, number)), MAIN: files[f"{one.id}.json"]}


def _story(read: _Set, one: _Vignette, number: int) -> Story:
    questions = tuple(
        GradeQuestion(
            kind="grade",
            id=_short(scale),
            aim=_short(scale),
            asks=_ASKS.format(short=STEPPED[scale].short),
            scale=scale,
            **one.expects[scale].model_dump(),
        )
        for scale in read.scales
    )
    return Story(
        format="toxwatch-training/1",
        title=f"{read.title}: {number} of {len(read.vignettes)}",
        level="ward nurse",
        audience=("nurse", "physician", "pharmacist"),
        minutes=2,
        shows=read.says,
        starts_at=one.at,
        aims=tuple(
            Aim(id=_short(scale), says=f"Grade {STEPPED[scale].short} by what is on record")
            for scale in read.scales
        ),
        pauses=(Pause(id="moment", at=one.at, says=one.says, questions=questions),),
        debrief="\n\n".join(one.expects[scale].why for scale in read.scales),
    )


def _short(scale: str) -> str:
    """What a question on this scale is called within its vignette."""
    return STEPPED[scale].short.lower()
