"""
What a group did not see: signs behind missed grades, items of an exam, right choices not taken.

For a missed grade the signs are those that decided it, or, where it was open, those that nobody
had recorded; they are read from the grader's findings at that hour. The marks themselves never
come from the grader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import toxmodels
from dashboard.training.playing import case_at
from dashboard.training.reading import Course
from dashboard.training.scoring import GroupScore, Scored
from dashboard.training.story import (
    Answerable,
    ChoiceQuestion,
    GradeQuestion,
    IceQuestion,
    Pause,
)

__all__ = ["Missed", "most_missed", "signs_behind"]

Kind = Literal["sign", "exam item", "choice"]
_SIGNS: Final[Mapping[str, str]] = {
    "fever": "fever, or what waives it",
    "hypotension": "pressure and vasopressors",
    "hypoxia": "oxygen: device and flow",
    "ice": "ICE score",
    "capd": "CAPD score",
    "consciousness": "level of consciousness",
    "seizure": "seizure",
    "motor": "motor weakness",
    "raised_icp": "signs of raised pressure in the head",
    "oedema": "swelling on imaging",
    "death": "death and its cause",
}


@dataclass(frozen=True, slots=True)
class Missed:
    """What was missed: how often, of how many times it was there to be seen, in which questions."""

    kind: Kind
    says: str
    times: int
    of: int
    questions: tuple[str, ...]

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.times / self.of


def most_missed(
    course: Course, found: GroupScore, kinds: Iterable[Kind] = ("sign", "exam item")
) -> tuple[Missed, ...]:
    """What was missed at least once, the most often missed first; signs unless told otherwise."""
    wanted = {*kinds}
    times: Counter[tuple[Kind, str]] = Counter()
    chances: Counter[tuple[Kind, str]] = Counter()
    places: dict[tuple[Kind, str], list[str]] = {}
    asked = {question.id: (pause, question) for pause, question in course.story.questions()}
    every = [one for trainee in found.trainees for one in trainee.scored]
    behind = {id_: _there(course, *asked[id_]) for id_ in dict.fromkeys(s.question for s in every)}
    for one in every:
        there = [what for what in behind[one.question] if what[0] in wanted]
        chances.update(there)
        for what in _not_seen(course, asked[one.question][1], one, there):
            times[what] += 1
            places.setdefault(what, []).append(one.question)
    rows = [
        Missed(kind, says, count, chances[kind, says], tuple(dict.fromkeys(places[kind, says])))
        for (kind, says), count in times.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.times, -row.share, row.says)))


def signs_behind(course: Course, pause: Pause, question: GradeQuestion) -> tuple[str, ...]:
    """The signs that decide a grade, or those that leave it open, in words."""
    seen = toxmodels.assess(case_at(course, pause.on, pause.at), at=pause.at)
    grade = seen.grades[question.scale]
    if question.at_least < question.at_most:
        named = [one.sign for one in grade.missing]
        named += [one.sign for one in grade.findings if one.at_least < one.at_most]
    else:
        named = [one.sign for one in grade.findings if one.decides]
        # Nothing decides a grade of 0: on the scale of CRS it is the fever that is not there.
        named = named or [one.sign for one in grade.findings if one.sign == "fever"]
    return tuple(dict.fromkeys(_SIGNS.get(one, one) for one in named))


def _there(
    course: Course, pause: Pause, question: Answerable
) -> tuple[tuple[Kind, str], ...]:  # fmt: skip
    match question:
        case GradeQuestion():
            return tuple(("sign", one) for one in signs_behind(course, pause, question))
        case IceQuestion():
            return tuple(("exam item", f"ICE: {one}") for one in question.items)
        case ChoiceQuestion():
            return tuple(("choice", one.says) for one in question.choices if one.right)
        case _:
            return ()


def _not_seen(
    course: Course, question: Answerable, one: Scored, there: list[tuple[Kind, str]]
) -> list[tuple[Kind, str]]:
    if one.outcome == "not answered":
        return there
    match question:
        case GradeQuestion():
            return there if one.worth == 0 else []
        case IceQuestion():
            said = {f"ICE: {item}" for item in one.missed}
        case ChoiceQuestion():
            said = {choice.says for choice in question.choices if choice.id in one.missed}
        case _:
            return []
    return [what for what in there if what[1] in said]
