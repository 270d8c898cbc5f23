"""
What a group's answers are worth: by question, by aim, by trainee, and what was missed most.

Pure, from a story and answers by trainee. A question that closed without an answer counts as
nothing earned; one that was closed before a trainee joined does not count and is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final, Literal, get_args

from dashboard.training.agreement import Bounds, Kappa, Share, same, weighted
from dashboard.training.marking import Answer, Direction, GradeAnswer
from dashboard.training.playing import branch_of, hours_to, marks_of
from dashboard.training.reading import Course
from dashboard.training.story import Answerable, ChoiceQuestion, Deed, GradeQuestion

__all__ = [
    "DEEDS",
    "Confusion",
    "DeedTimes",
    "GroupScore",
    "Outcome",
    "QuestionScore",
    "Scored",
    "TraineeScore",
    "confusion",
    "graded_pairs",
    "label",
    "score",
    "score_of",
]

DEEDS: Final[tuple[Deed, ...]] = get_args(Deed)
Outcome = Direction | Literal["not answered"]


@dataclass(frozen=True, slots=True)
class Scored:
    """One question to one trainee; ``worth`` from 0 to 1, ``missed`` as in ``Mark``."""

    question: str
    aim: str
    worth: float
    outcome: Outcome
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TraineeScore:
    """
    One trainee.

    ``worth`` and ``aims`` are means from 0 to 1, ``None`` and absent where nothing was asked.
    ``hours`` has the deeds that this story times: hours of the case, ``None`` if never done.
    ``not_asked`` were closed before the trainee joined.
    """

    name: str
    branch: str | None
    scored: tuple[Scored, ...]
    worth: float | None
    aims: Mapping[str, float]
    hours: Mapping[Deed, float | None]
    not_asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """One question over all who were asked it."""

    question: str
    aim: str
    asked: int
    worth: float
    outcomes: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class DeedTimes:
    """When a deed was done, in hours of the case from when it was possible, over the group."""

    deed: Deed
    hours: tuple[float, ...]
    never: int

    @property
    def median_h(self) -> float | None:
        """The middle of those who did it; who never did is counted beside it, not within."""
        return median(self.hours) if self.hours else None


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each grade was given for each grade of the reference; labels from low to high."""

    scale: str
    labels: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]  # (reference, given)

    @property
    def total(self) -> int:
        """How many grades were given."""
        return sum(self.counts.values())

    def rows(self) -> list[list[int]]:
        """The table: a row for each label as reference, a column for each label as given."""
        return [[self.counts.get((r, g), 0) for g in self.labels] for r in self.labels]


@dataclass(frozen=True, slots=True)
class GroupScore:
    """The whole group. ``reference`` is the agreement with the story's grades, by scale."""

    trainees: tuple[TraineeScore, ...]
    questions: tuple[QuestionScore, ...]
    aims: Mapping[str, float]
    worth: float | None
    deeds: tuple[DeedTimes, ...]
    outcomes: Mapping[Outcome, int]
    confusions: tuple[Confusion, ...]
    reference: Mapping[str, tuple[Share, Kappa]]


def score_of(
    course: Course,
    name: str,
    answers: Mapping[str, Answer],
    *,
    closed: Collection[str] = (),
    before: Collection[str] = (),
) -> TraineeScore:
    """
    Score one trainee.

    Args:
        course: the story as frozen in the room.
        name: the trainee.
        answers: by question.
        closed: asked of this trainee and closed without an answer.
        before: closed before the trainee joined.

    """
    found = {one.question: one for one in marks_of(course, answers)}
    branch = branch_of(course, answers)
    scored = []
    for question in _asked_on(course, branch):
        if question.id in found:
            one = found[question.id]
            scored.append(Scored(one.question, one.aim, one.worth, one.direction, one.missed))
        elif question.id in closed:
            scored.append(Scored(question.id, question.aim, 0.0, "not answered"))
    return TraineeScore(
        name=name,
        branch=branch,
        scored=tuple(scored),
        worth=_mean(one.worth for one in scored),
        aims=_by_aim(scored),
        hours=_possible_hours(course, branch, answers, before),
        not_asked=tuple(before),
    )


def _possible_hours(
    course: Course, branch: str | None, answers: Mapping[str, Answer], before: Collection[str]
) -> dict[Deed, float | None]:
    """Nobody "never did" what could only be done before he joined."""
    offered = {
        deed: {
            question.id
            for question in _asked_on(course, branch)
            if isinstance(question, ChoiceQuestion)
            and any(deed in one.does for one in question.choices)
        }
        for deed in DEEDS
    }
    return {
        deed: hours
        for deed, hours in hours_to(course, answers, DEEDS).items()
        if hours is not None or not offered[deed] or not offered[deed] <= {*before}
    }


def score(
    course: Course,
    answers: Mapping[str, Mapping[str, Answer]],
    *,
    closed: Mapping[str, Collection[str]] | None = None,
    before: Mapping[str, Collection[str]] | None = None,
) -> GroupScore:
    """Score a group; ``closed`` and ``before`` by trainee, as in ``score_of``."""
    closed, before = closed or {}, before or {}
    trainees = tuple(
        score_of(course, name, given, closed=closed.get(name, ()), before=before.get(name, ()))
        for name, given in answers.items()
    )
    every = [one for trainee in trainees for one in trainee.scored]
    confusions = tuple(confusion(course, answers))
    return GroupScore(
        trainees=trainees,
        questions=tuple(_questions(course, every)),
        aims=_by_aim(every),
        worth=_mean(one.worth for one in trainees if one.worth is not None),
        deeds=tuple(_deeds(trainees)),
        outcomes=Counter(one.outcome for one in every),
        confusions=confusions,
        reference={one.scale: _reference(course, answers, one.scale) for one in confusions},
    )


def graded_pairs(
    course: Course, answers: Mapping[str, Mapping[str, Answer]], scale: str
) -> list[tuple[str, str, Bounds, Bounds]]:
    """Every grade given on a scale: trainee, question, the reference and what was given."""
    found = []
    for name, given in answers.items():
        for question in _asked_on(course, branch_of(course, given)):
            one = given.get(question.id)
            if not (isinstance(question, GradeQuestion) and isinstance(one, GradeAnswer)):
                continue
            if question.scale == scale:
                truth = (question.at_least, question.at_most)
                found.append((name, question.id, truth, (one.at_least, one.at_most)))
    return found


def confusion(course: Course, answers: Mapping[str, Mapping[str, Answer]]) -> list[Confusion]:
    """The confusion matrix of each scale that the story asks for and somebody answered."""
    scales = dict.fromkeys(
        question.scale
        for _, question in course.story.questions()
        if isinstance(question, GradeQuestion)
    )
    tables = []
    for scale in scales:
        pairs = [(truth, given) for *_, truth, given in graded_pairs(course, answers, scale)]
        if pairs:
            known = sorted({one for pair in pairs for one in pair})
            counts = Counter((label(truth), label(given)) for truth, given in pairs)
            tables.append(Confusion(scale, tuple(map(label, known)), counts))
    return tables


def label(ends: Bounds) -> str:
    """A grade in the words of the screens: ``3``, or ``1-4`` where it is open."""
    low, high = ends
    return f"{low}" if low == high else f"{low}-{high}"


def _asked_on(course: Course, branch: str | None) -> Iterable[Answerable]:
    return (one for pause in course.story.on(branch) for one in pause.questions)


def _questions(course: Course, every: Sequence[Scored]) -> Iterable[QuestionScore]:
    """In the order of the story; a question that nobody was asked is left out."""
    for _, question in course.story.questions():
        mine = [one for one in every if one.question == question.id]
        if mine:
            worth = fmean(one.worth for one in mine)
            outcomes = Counter(one.outcome for one in mine)
            yield QuestionScore(question.id, question.aim, len(mine), worth, outcomes)


def _deeds(trainees: Sequence[TraineeScore]) -> Iterable[DeedTimes]:
    for deed in DEEDS:
        hours = [one.hours[deed] for one in trainees if deed in one.hours]
        if hours:
            done = tuple(sorted(one for one in hours if one is not None))
            yield DeedTimes(deed, done, len(hours) - len(done))


def _reference(
    course: Course, answers: Mapping[str, Mapping[str, Answer]], scale: str
) -> tuple[Share, Kappa]:
    pairs = graded_pairs(course, answers, scale)
    truth, given = [one[2] for one in pairs], [one[3] for one in pairs]
    return same(truth, given), weighted(truth, given)


def _by_aim(scored: Iterable[Scored]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for one in scored:
        found.setdefault(one.aim, []).append(one.worth)
    return {aim: fmean(worths) for aim, worths in found.items()}


def _mean(worths: Iterable[float]) -> float | None:
    found = [*worths]
    return fmean(found) if found else None
