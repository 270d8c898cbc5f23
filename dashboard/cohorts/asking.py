"""Every question of one study, in the order in which they are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from dashboard.cohorts.agreeing import agreeing
from dashboard.cohorts.answer import Answer
from dashboard.cohorts.incidence import incidence
from dashboard.cohorts.protocols import comparing
from dashboard.cohorts.timing import duration, onset
from dashboard.cohorts.treating import treating
from toxmodels.cohort.questions import Study

__all__ = ["AGAINST", "Slow", "quick", "slow"]

AGAINST: Final = ("asco-2021", "nccn-2026-2")


@dataclass(frozen=True, slots=True)
class Slow:
    """The questions that run the scalar grader: which protocols, and over how many patients."""

    first: str = AGAINST[0]
    second: str = AGAINST[1]
    most: int = 100


def quick(study: Study, by: str | None = None) -> list[Answer]:
    """What is counted from the graded rows."""
    return [
        incidence(study, by),
        onset(study, by),
        duration(study, by),
        treating(study, by),
    ]


def slow(
    study: Study, wanted: Slow, done: Callable[[str, int, int], None] | None = None
) -> Iterator[Answer]:
    """What assesses patient by patient; nothing where the observations are not there."""
    if not study.can_replay:
        return

    def told(what: str) -> Callable[[int, int], None] | None:
        return None if done is None else lambda now, of: done(what, now, of)

    yield agreeing(study, "crs", most=wanted.most, done=told("scales"))
    yield comparing(study, wanted.first, wanted.second, most=wanted.most, done=told("protocols"))
