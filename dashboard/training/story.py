"""
A training story: a case file, the hours at which it pauses, and what is asked there.

The story says what the right answers are and by which source; nothing in it is worked out by the
grader. Tests hold the grader against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from toxmodels.casefile import Fault
from toxmodels.quantities import Time
from toxmodels.scales import STEPPED
from toxmodels.sources import Verification, sources
from toxmodels.terms import IceItem

__all__ = [
    "FORMAT",
    "MAIN",
    "Aim",
    "Answerable",
    "Branch",
    "Choice",
    "ChoiceQuestion",
    "DoseQuestion",
    "GradeQuestion",
    "IceQuestion",
    "Pause",
    "Story",
    "story_faults",
]

FORMAT: Final = "toxwatch-training/1"
MAIN: Final = "case.json"
Level = Literal["first day", "ward nurse", "senior nurse", "resident", "fellow"]
Audience = Literal["nurse", "physician", "pharmacist"]
# What an answer sets going: its hour is compared with the hour of the milestone.
Deed = Literal["recognise", "escalate", "tocilizumab"]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]
Bound = Annotated[int, Field(ge=0, le=5)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Aim(_Part):
    """What a trainee shall be able to do afterwards."""

    id: Id
    says: Words


class _Question(_Part):
    """What every question has: why the answer is right, and who says so."""

    id: Id
    aim: Id
    asks: Words
    why: Words
    source: str
    place: Words
    verification: Verification = "verified"


class GradeQuestion(_Question):
    """Grade what is known now: a number, or the two ends of what is still open."""

    kind: Literal["grade"]
    scale: str
    at_least: Bound
    at_most: Bound


class IceQuestion(_Question):
    """Score an exam from what the patient said and did; an item nobody asked is left out."""

    kind: Literal["ice"]
    replies: Words
    items: dict[IceItem, int]


class DoseQuestion(_Question):
    """Work out a dose. ``amount`` is ``None`` where none may be given."""

    kind: Literal["dose"]
    drug: str
    unit: Literal["mg", "mg/day", "ug/day"]
    amount: float | None = None
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    inputs: dict[str, float | int | bool | str | list[str]] = {}


class Choice(_Part):
    """One answer on offer; a wrong one says why it tempts and why it is wrong."""

    id: Id
    says: Words
    right: bool = False
    why: Words
    leads_to: Id | None = None
    does: tuple[Deed, ...] = ()


class ChoiceQuestion(_Question):
    """
    What is missing, what next, whom to call, may it go on: one answer, or all that are right.

    The topic is what a trainer filters by.
    """

    kind: Literal["choice"]
    topic: Literal["missing", "next", "whom", "restart", "why", "alarm"]
    several: bool = False
    choices: Annotated[tuple[Choice, ...], Field(min_length=2, max_length=8)]


Answerable = Annotated[
    GradeQuestion | IceQuestion | DoseQuestion | ChoiceQuestion, Field(discriminator="kind")
]


class Pause(_Part):
    """
    An hour at which the case stops: what is told, then what is asked.

    What was recorded later stays hidden until the next pause. ``on`` names the branch that this
    pause belongs to; ``None`` is the main course.
    """

    id: Id
    at: Time
    says: Words
    on: Id | None = None
    questions: tuple[Answerable, ...] = ()


class Branch(_Part):
    """Another continuation: the records of ``file`` instead of those of the main case from then."""

    id: Id
    file: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.json$")]
    says: Words


class Milestone(_Part):
    """From when on a deed was possible: the time to it counts from here."""

    does: Deed
    from_at: Time


class Story(_Part):
    """Everything a session of training needs beside the case files."""

    format: Literal["toxwatch-training/1"]
    title: Words
    level: Level
    audience: Annotated[tuple[Audience, ...], Field(min_length=1)]
    minutes: Annotated[int, Field(ge=1, le=240)]
    shows: Words
    protocol: str | None = None
    starts_at: Time
    aims: Annotated[tuple[Aim, ...], Field(min_length=1)]
    pauses: Annotated[tuple[Pause, ...], Field(min_length=1)]
    branches: tuple[Branch, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    debrief: Words

    def on(self, branch: str | None) -> tuple[Pause, ...]:
        """The pauses of a branch: those of the main course until it left, then its own."""
        if branch is None:
            return tuple(one for one in self.pauses if one.on is None)
        own = [one for one in self.pauses if one.on == branch]
        left = min((one.at for one in own), default=None)
        main = [one for one in self.pauses if one.on is None and (left is None or one.at < left)]
        return (*main, *own)

    def questions(self) -> Iterator[tuple[Pause, Answerable]]:
        """Every question with its pause."""
        return ((pause, one) for pause in self.pauses for one in pause.questions)


def story_faults(story: Story) -> Iterator[Fault]:
    """What the shape of the file alone does not show."""
    yield from _ids(story)
    aims, branches = {one.id for one in story.aims}, {one.id for one in story.branches}
    asked = {question.aim for _, question in story.questions()}
    for unused in sorted(aims - asked):
        cure = "ask something for it or leave it out"
        yield Fault(path=f'aim "{unused}"', says="no question serves it", suggestion=cure)
    for name in {one.on for one in story.pauses}:
        times = [one.at for one in story.on(name)]
        if times != sorted(times) or len(set(times)) < len(times):
            says = "the pauses do not follow each other in time"
            yield Fault(path="pauses", says=says, suggestion="order them by at, no two at once")
    for pause in story.pauses:
        if pause.at < story.starts_at:
            yield Fault(path=f'pause "{pause.id}"', says="is before the story starts")
        if pause.on is not None and pause.on not in branches:
            says = f'there is no branch "{pause.on}"'
            yield Fault(path=f'pause "{pause.id}", on', says=says)
    for _, question in story.questions():
        for says in _question_faults(question, aims, branches):
            yield Fault(path=f'question "{question.id}"', says=says)


def _ids(story: Story) -> Iterator[Fault]:
    kinds = {
        "aim": [one.id for one in story.aims],
        "pause": [one.id for one in story.pauses],
        "branch": [one.id for one in story.branches],
        "question": [question.id for _, question in story.questions()],
    }
    for kind, found in kinds.items():
        for id_, times in Counter(found).items():
            if times > 1:
                yield Fault(path=f'{kind} "{id_}"', says=f"this id stands {times} times")


def _question_faults(question: Answerable, aims: set[str], branches: set[str]) -> Iterator[str]:
    if question.aim not in aims:
        yield f'there is no aim "{question.aim}"'
    if question.source not in sources():
        yield f'"{question.source}" is not in the bibliography'
    match question:
        case GradeQuestion():
            if question.scale not in STEPPED:
                yield f'unknown scale "{question.scale}"; known: {", ".join(STEPPED)}'
            if question.at_least > question.at_most:
                yield "at_least is above at_most"
        case ChoiceQuestion():
            right = sum(one.right for one in question.choices)
            if right == 0 or (right > 1 and not question.several):
                yield f"{right} of its choices are right"
            for one in question.choices:
                if one.leads_to is not None and one.leads_to not in branches:
                    yield f'choice "{one.id}" leads to "{one.leads_to}", which is no branch'
        case _:
            return
