"""
What a calibration shows once it is closed: agreement per scale, and where people disagreed most.

Only raters who graded everything are compared, so that all kappas rest on the same things; who did
not finish is named and not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from dashboard.training.agreement import (
    Bounds,
    Kappa,
    Share,
    apart,
    fleiss,
    pairwise,
    same,
    same_pairs,
    weighted,
)
from dashboard.training.marking import Answer, GradeAnswer
from dashboard.training.reading import Course
from dashboard.training.story import GradeQuestion

__all__ = ["Calibration", "Disputed", "OnScale", "OneRater", "calibrated"]


@dataclass(frozen=True, slots=True)
class OneRater:
    """One rater against the reference on one scale, by the hand-made answers of the set."""

    rater: str
    same: Share
    kappa: Kappa


@dataclass(frozen=True, slots=True)
class OnScale:
    """
    Agreement on one scale.

    ``same`` counts pairs of raters; ``fleiss`` takes every difference as one, ``between`` weighs it
    by its distance. ``reference`` has each rater against the reference.
    """

    scale: str
    items: int
    same: Share
    fleiss: Kappa
    between: Kappa
    reference: tuple[OneRater, ...]


@dataclass(frozen=True, slots=True)
class Disputed:
    """
    One thing that was graded: how far apart people were, and what each grade was given by.

    ``spread`` is the mean distance of all pairs of raters, in grades; ``missed`` how many differ
    from the reference.
    """

    ask: str
    scale: str
    spread: float
    missed: int
    reference: Bounds
    given: tuple[tuple[Bounds, int], ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The whole exercise; ``disputed`` begins with what people disagreed on most."""

    raters: tuple[str, ...]
    unfinished: Mapping[str, int]
    scales: tuple[OnScale, ...]
    disputed: tuple[Disputed, ...]


def calibrated(
    courses: Mapping[str, Course],
    asks: Sequence[str],
    ratings: Mapping[str, Mapping[str, Answer]],
) -> Calibration:
    """
    Compare all raters of a calibration.

    Args:
        courses: the stories as frozen in the room, by id.
        asks: what was asked, each as "story/question"; only grades can be compared.
        ratings: by rater, what was answered to each ask.

    """
    asked = {ask: one for ask in asks if (one := _question(courses, ask)) is not None}
    grades = {rater: _bounds(given, [*asked]) for rater, given in ratings.items()}
    full = {rater: given for rater, given in grades.items() if len(given) == len(asked)}
    unfinished = {
        rater: len(asked) - len(given) for rater, given in grades.items() if rater not in full
    }
    scales = tuple(dict.fromkeys(question.scale for question in asked.values()))
    return Calibration(
        raters=tuple(full),
        unfinished=unfinished,
        scales=tuple(_on_scale(one, asked, full) for one in scales),
        disputed=_disputed(asked, full),
    )


def _question(courses: Mapping[str, Course], ask: str) -> GradeQuestion | None:
    story, _, wanted = ask.partition("/")
    found = (one for _, one in courses[story].story.questions() if one.id == wanted)
    question = next(found, None)
    return question if isinstance(question, GradeQuestion) else None


def _bounds(given: Mapping[str, Answer], asks: Sequence[str]) -> dict[str, Bounds]:
    return {
        ask: (one.at_least, one.at_most)
        for ask in asks
        if isinstance(one := given.get(ask), GradeAnswer)
    }


def _on_scale(
    scale: str, asked: Mapping[str, GradeQuestion], full: Mapping[str, Mapping[str, Bounds]]
) -> OnScale:
    asks = [ask for ask, question in asked.items() if question.scale == scale]
    truth = [(asked[ask].at_least, asked[ask].at_most) for ask in asks]
    lists = {rater: [given[ask] for ask in asks] for rater, given in full.items()}
    graded = [*lists.values()]
    return OnScale(
        scale=scale,
        items=len(asks),
        same=same_pairs(graded),
        fleiss=fleiss(graded),
        between=pairwise(graded),
        reference=tuple(
            OneRater(rater, same(truth, mine), weighted(truth, mine))
            for rater, mine in lists.items()
        ),
    )


def _disputed(
    asked: Mapping[str, GradeQuestion], full: Mapping[str, Mapping[str, Bounds]]
) -> tuple[Disputed, ...]:
    found = []
    for ask, question in asked.items():
        given = [one[ask] for one in full.values()]
        pairs = [apart(a, b) for a, b in combinations(given, 2)]
        truth = (question.at_least, question.at_most)
        found.append(
            Disputed(
                ask=ask,
                scale=question.scale,
                spread=sum(pairs) / len(pairs) if pairs else 0.0,
                missed=sum(one != truth for one in given),
                reference=truth,
                given=tuple(sorted(Counter(given).items())),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.spread, -one.missed)))
