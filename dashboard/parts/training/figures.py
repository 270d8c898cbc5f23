"""
The figures of a debrief, each with the words that say what it counts and what it does not.

A figure that cannot be worked out says why; it is never shown as 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from dashboard.parts.grade import esc
from dashboard.parts.training.onlooked import way_text
from dashboard.training.agreement import FEWEST, Bounds, Kappa, Share, pairwise, same, shared
from dashboard.training.marking import Answer
from dashboard.training.missed import Missed
from dashboard.training.reading import Course
from dashboard.training.scoring import DeedTimes, GroupScore, Outcome, TraineeScore, graded_pairs
from dashboard.training.story import Deed, Pause
from toxmodels.scales import SCALES

__all__ = ["agreement_html", "missed_html", "summary_html", "tables_html", "trainees_html"]

_DEEDS: Final[Mapping[Deed, str]] = {
    "recognise": "Time to recognise",
    "escalate": "Time to escalate",
    "tocilizumab": "Time to tocilizumab",
}
_MISSED: Final[Mapping[Outcome, str]] = {
    "right": "right",
    "too low": "too low",
    "too high": "too high",
    "closed too early": "closed although something was missing",
    "left open": "left open although it could be closed",
    "wrong": "wrong or partly right",
    "not answered": "not answered in time",
}


def _figure(title: str, number: str, *words: str) -> str:
    said = "".join(f'<p class="tw-faint">{esc(one)}</p>' for one in words if one)
    return (
        f'<section class="tw-figure"><p>{esc(title)}</p><p><b class="tw-number">{esc(number)}</b>'
        f"</p>{said}</section>"
    )


def percent(worth: float | None) -> str:
    """A share from 0 to 1 in percent."""
    return "nothing asked" if worth is None else f"{100 * worth:.0f} %"


# What the group reached


def summary_html(found: GroupScore) -> str:
    """The group in a few figures: worth, and the times that this story counts."""
    asked = sum(len(one.scored) for one in found.trainees)
    many = len(found.trainees)
    of = (
        f"{asked} questions asked."
        if many == 1
        else (f"Mean over {many} trainees, {asked} questions asked in all.")
    )
    closed = (
        "A question that closed without an answer earned nothing; one that closed before somebody "
        "joined does not count."
    )
    group = _figure(
        "Answers" if many == 1 else "Answers of the group", percent(found.worth), f"{of} {closed}"
    )
    return f'<div class="tw-figures">{group}{"".join(map(_deed, found.deeds))}</div>'


def _deed(one: DeedTimes) -> str:
    middle = one.median_h
    number = (
        f"{middle:g} h"
        if middle is not None
        else ("not done" if one.never == 1 else "nobody did it")
    )
    spread = ""
    if len({*one.hours}) > 1:
        spread = f"From {min(one.hours):g} to {max(one.hours):g} h; the figure is the middle one."
    never = f"{one.never} never did it." if one.never and one.hours else ""
    clock = "Hours of the case, from when it could first be seen to the pause at which it was done."
    return _figure(_DEEDS[one.deed], number, " ".join((spread, never)).strip(), clock)


# Agreement


def agreement_html(
    course: Course, answers: Mapping[str, Mapping[str, Answer]], found: GroupScore
) -> str:
    """Agreement with the story's grades and between trainees, for each scale."""
    parts = [part for scale in found.reference for part in _on_scale(course, answers, found, scale)]
    if not parts:
        return '<p class="tw-faint">No grade was given, so there is nothing to compare.</p>'
    return f'<div class="tw-figures">{"".join(parts)}</div>{_WHAT_KAPPA_IS}'


_WHAT_KAPPA_IS: Final = (
    '<p class="tw-faint">Kappa is agreement beyond what chance alone would give: 1 is complete, 0 '
    "is chance, below 0 is worse than chance. It is weighted: the further two grades lie apart, "
    "the more it takes off. The answers of one person hang together, so the true interval "
    "is wider than the one shown.</p>"
)


def _on_scale(
    course: Course, answers: Mapping[str, Mapping[str, Answer]], found: GroupScore, scale: str
) -> Iterator[str]:
    short = SCALES[scale].short
    share, kappa = found.reference[scale]
    yield _agreed(f"{short}: with the right grade", share, kappa)
    if len(found.trainees) == 1:
        return  # nobody to agree with
    share, kappa = between(course, answers, scale)
    yield _agreed(f"{short}: between trainees", share, _in_all(kappa))


def _in_all(kappa: Kappa) -> Kappa:
    """Why there is none, in words for more than two people."""
    if kappa.value is not None or kappa.items >= FEWEST or kappa.raters < 2:
        return kappa
    many = f"only {kappa.items}" if kappa.items > 0 else "no grade"
    says = f"{many} given by everybody; it is worked out from {FEWEST} grades on."
    return replace(kappa, why_not=says)


def between(
    course: Course, answers: Mapping[str, Mapping[str, Answer]], scale: str
) -> tuple[Share, Kappa]:
    """
    How often two trainees gave the same grade.

    Every pair is compared over what both graded, on two ways too; kappa takes only what everybody
    graded, so that it rests on the same things for all.
    """
    ratings: dict[str, dict[str, Bounds]] = {}
    for name, question, _, given in graded_pairs(course, answers, scale):
        ratings.setdefault(name, {})[question] = given
    pairs = [
        same([one[key] for key in both], [other[key] for key in both])
        for one, other in combinations(ratings.values(), 2)
        if (both := [key for key in one if key in other])
    ]
    share = Share(sum(one.equal for one in pairs), sum(one.of for one in pairs))
    common = shared(ratings, [question.id for _, question in course.story.questions()])
    return share, pairwise([[given[one] for one in common] for given in ratings.values()])


def _agreed(title: str, share: Share, kappa: Kappa) -> str:
    known = share.percent is not None
    number = f"{share.percent:.0f} %" if known else "nothing to compare"
    count = f"Equal grades: {share.equal} of {share.of}." if known else ""
    return _figure(title, number, count, f"Weighted kappa: {kappa}")


# What was missed


def missed_html(missed: Sequence[Missed]) -> str:
    """The most missed sign, and those after it."""
    if not missed:
        return "<p>No sign was missed.</p>"
    first, rest = missed[0], missed[1:6]
    top = _figure(
        "Most missed sign",
        first.says,
        f"Missed {first.times} of {first.of} times that it decided a grade, kept one open, or was "
        "an item of an exam.",
    )
    items = "".join(f"<li>{esc(one.says)}: {one.times} of {one.of}</li>" for one in rest)
    return f'{top}<ul class="tw-words">{items}</ul>'


# Tables


def tables_html(course: Course, found: GroupScore) -> str:
    """Each question and each aim over the group."""
    says = {question.id: question for _, question in course.story.questions()}
    pauses = {question.id: pause for pause, question in course.story.questions()}
    questions = "".join(
        f'<tr><td class="tw-when">{pauses[one.question].at:%d-%b %H:%M}</td>'
        f'<th scope="row">{esc(says[one.question].asks)}{_way(course, pauses[one.question])}</th>'
        f"<td>{one.asked}</td><td>{percent(one.worth)}</td><td>{esc(_outcomes(one.outcomes))}</td>"
        "</tr>"
        for one in found.questions
    )
    aims = "".join(
        f'<tr><th scope="row">{esc(aim.says)}</th><td>{percent(found.aims[aim.id])}</td></tr>'
        for aim in course.story.aims
        if aim.id in found.aims
    )
    return (
        f"{_table(('Aim', 'Reached'), aims)}"
        f"{_table(('Pause', 'Question', 'Asked', 'Reached', 'How'), questions)}"
    )


def _way(course: Course, pause: Pause) -> str:
    if pause.on is None:
        return ""
    return f" <small>way: {esc(way_text(course.story, pause.on))}</small>"


def _outcomes(outcomes: Mapping[Outcome, int]) -> str:
    known = [(one, outcomes[one]) for one in _MISSED if outcomes.get(one)]
    return "; ".join(f"{count} {_MISSED[one]}" for one, count in known)


def trainees_html(found: GroupScore, *, names: bool) -> str:
    """Each trainee; under a number where names are hidden."""
    rows = "".join(
        f'<tr><th scope="row">{esc(one.name if names else f"Trainee {number}")}</th>'
        f"<td>{percent(one.worth)}</td><td>{len(one.scored)}</td><td>{esc(_hours(one))}</td>"
        f"<td>{len(one.not_asked)}</td></tr>"
        for number, one in enumerate(found.trainees, start=1)
    )
    return _table(("Trainee", "Reached", "Questions", "Times", "Before joining, not counted"), rows)


def _hours(one: TraineeScore) -> str:
    return "; ".join(
        f"{deed}: {'never' if hours is None else f'{hours:g} h'}"
        for deed, hours in one.hours.items()
    )


def _table(heads: Sequence[str], rows: str) -> str:
    head = "".join(f'<th scope="col">{esc(one)}</th>' for one in heads)
    return (
        f'<table class="tw-findings tw-scores"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
