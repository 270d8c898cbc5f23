"""
Results as CSV for education records: one table a trainee a row, one an answer a row.

Cells are inert, as in every export. What nobody asked is an empty cell, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dashboard.exports import csv_text, heading
from dashboard.training.marking import (
    Answer,
    ChoiceAnswer,
    DoseAnswer,
    GradeAnswer,
    IceAnswer,
)
from dashboard.training.reading import Course
from dashboard.training.scoring import DEEDS, Scored, TraineeScore, label
from dashboard.training.story import Answerable

__all__ = ["Record", "answers_csv", "records_csv", "said_answer"]

_INVENTED: Final = "Training: invented patient"


@dataclass(frozen=True, slots=True)
class Record:
    """What one trainee brings to the table; ``code`` of a certificate, ``None`` without one."""

    score: TraineeScore
    role: str
    joined_at: datetime
    finished_at: datetime | None
    code: str | None
    answers: Mapping[str, Answer]
    times: Mapping[str, datetime]  # when each answer was given, by question


def records_csv(
    course: Course, records: Sequence[Record], *, story_digest: str, who: str, at: datetime
) -> str:
    """One row for each trainee: what was reached in all, for each aim, and how fast."""
    aims = [aim.id for aim in course.story.aims]
    columns = [
        "trainee", "role", "case", "title", "level", "case_digest", "joined_at", "finished_at",
        "questions_asked", "questions_not_asked", "percent",
        *(f"percent_{aim}" for aim in aims),
        *(f"hours_to_{deed}" for deed in DEEDS),
        *(f"never_{deed}" for deed in DEEDS),
        "certificate",
    ]  # fmt: skip
    rows = [_record(course, one, aims, story_digest) for one in records]
    return csv_text(columns, rows, _heading(course, who, at))


def _record(course: Course, one: Record, aims: Sequence[str], digest: str) -> list[object]:
    score = one.score
    return [
        score.name, one.role, course.id, course.story.title, course.story.level, digest,
        one.joined_at, one.finished_at, len(score.scored), len(score.not_asked),
        _percent(score.worth),
        *(_percent(score.aims.get(aim)) for aim in aims),
        *(_hours(score.hours.get(deed)) for deed in DEEDS),
        # A deed that this case does not time is empty; one never done is said to be so.
        *(
            None if deed not in score.hours else "yes" if score.hours[deed] is None else "no"
            for deed in DEEDS
        ),
        one.code,
    ]  # fmt: skip


def answers_csv(
    course: Course, records: Sequence[Record], *, story_digest: str, who: str, at: datetime
) -> str:
    """One row for each question to each trainee: what was right, what was given, its worth."""
    columns = [
        "trainee", "role", "case", "case_digest", "case_time", "question", "aim", "asks",
        "right_answer", "answer", "percent", "outcome", "missed", "answered_at", "source", "place",
    ]  # fmt: skip
    asked = {question.id: (pause.at, question) for pause, question in course.story.questions()}
    rows = [
        [*_who(course, one, story_digest), *_answer(one, scored, *asked[scored.question])]
        for one in records
        for scored in one.score.scored
    ]
    return csv_text(columns, rows, _heading(course, who, at))


def _who(course: Course, one: Record, digest: str) -> list[object]:
    return [one.score.name, one.role, course.id, digest]


def _answer(
    one: Record, scored: Scored, case_time: datetime, question: Answerable
) -> list[object]:  # fmt: skip
    from dashboard.training.group import right_answer

    given = one.answers.get(question.id)
    return [
        case_time, question.id, question.aim, question.asks, said_answer(right_answer(question)),
        None if given is None else said_answer(given), _percent(scored.worth), scored.outcome,
        "; ".join(scored.missed), one.times.get(question.id), question.source, question.place,
    ]  # fmt: skip


def said_answer(given: Answer) -> str:
    """An answer in one cell."""
    match given:
        case GradeAnswer():
            # A spreadsheet would make a date of "1-4".
            return label((given.at_least, given.at_most)).replace("-", " to ")
        case IceAnswer():
            return "; ".join(f"{item} {points}" for item, points in sorted(given.items.items()))
        case DoseAnswer():
            return "none" if given.amount is None else f"{given.amount:g}"
        case ChoiceAnswer():
            return "; ".join(sorted(given.chosen))


def _heading(course: Course, who: str, at: datetime) -> tuple[str, ...]:
    what = f"{_INVENTED}. Results of {course.story.title}"
    return heading(what, who=who, at=at, shown=at)


def _percent(worth: float | None) -> float | None:
    return None if worth is None else round(100 * worth, 1)


def _hours(found: float | None) -> float | None:
    return None if found is None else round(found, 2)
