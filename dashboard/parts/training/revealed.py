"""
What was right, why, and who says so: shown when nothing can be answered any more.

Word and shape carry it, never a colour alone. Red stays for "act now" of a real ward.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dashboard.parts.forms.words import ICE_ITEMS
from dashboard.parts.grade import esc
from dashboard.parts.patient.advice import badge_text
from dashboard.parts.training.questions import one_flow, unit_text
from dashboard.training.marking import (
    Answer,
    ChoiceAnswer,
    DoseAnswer,
    GradeAnswer,
    IceAnswer,
    Mark,
    mark,
)
from dashboard.training.story import (
    Answerable,
    Choice,
    ChoiceQuestion,
    DoseQuestion,
    GradeQuestion,
    IceQuestion,
)
from toxmodels import sources
from toxmodels.scales import SCALES
from toxmodels.terms import IceItem

__all__ = ["answer_text", "given_html", "revealed_html", "right_text", "verdict_text"]

_MISSED: Final = {
    "right": "Right",
    "too low": "Not right: too low",
    "too high": "Not right: too high",
    "closed too early": "Not right: closed although something is missing",
    "left open": "Not right: left open although it can be closed",
    "wrong": "Not right",
}
_LATE: Final = "No answer before it was closed"
_JOINED_LATER: Final = "Closed before you joined: it does not count"


def revealed_html(
    question: Answerable,
    answer: Answer | None,
    *,
    order: Sequence[Choice] = (),
    counts: bool = True,
) -> str:
    """
    One question with its answer, as a card.

    ``answer`` is ``None`` where nobody gave one in time; ``counts`` is False where it had been
    closed before this person came.
    """
    found = None if answer is None else mark(question, answer)
    body = [f'<h3 class="tw-asked">{esc(question.asks)}</h3>', _verdict(found, counts=counts)]
    if isinstance(question, IceQuestion):
        body.append(
            f'<blockquote class="tw-replies">{esc(one_flow(question.replies))}</blockquote>'
        )
        body.append(_items(question, answer))
    elif isinstance(question, ChoiceQuestion):
        body.append(_choices(question, answer, order or question.choices))
    else:
        body.append(_both(question, answer, found))
    body.append(f'<p class="tw-because"><b>Why:</b> {esc(question.why)}</p>')
    body.append(_source(question))
    return f'<section class="tw-revealed">{"".join(body)}</section>'


def given_html(question: Answerable, answer: Answer | None) -> str:
    """What was answered, with nothing about what is right: while others still answer."""
    said = _LATE if answer is None else f"You answered: {answer_text(question, answer)}"
    return (
        f'<section class="tw-revealed"><h3 class="tw-asked">{esc(question.asks)}</h3>'
        f"<p>{esc(said)}</p></section>"
    )


def verdict_text(found: Mark | None, *, counts: bool = True) -> str:
    """``Right``, ``Partly right: 75 %``, or how it missed."""
    if found is None:
        return _LATE if counts else _JOINED_LATER
    if 0 < found.worth < 1:
        return f"Partly right: {found.worth:.0%}".replace("%", " %")
    return _MISSED[found.direction]


def answer_text(question: Answerable, answer: Answer) -> str:
    """What somebody answered, in words."""
    match question, answer:
        case GradeQuestion(), GradeAnswer():
            return _grade(question, answer.at_least, answer.at_most)
        case IceQuestion(), IceAnswer():
            return _ice(answer.items)
        case DoseQuestion(), DoseAnswer():
            return _dose(question, answer.amount)
        case ChoiceQuestion(), ChoiceAnswer():
            return "; ".join(one.says for one in question.choices if one.id in answer.chosen)
        case _:
            return "an answer of another kind"


def right_text(question: Answerable) -> str:
    """The right answer in words."""
    match question:
        case GradeQuestion():
            return _grade(question, question.at_least, question.at_most)
        case IceQuestion():
            return _ice(question.items)
        case DoseQuestion():
            return _dose(question, question.amount)
        case ChoiceQuestion():
            return "; ".join(one.says for one in question.choices if one.right)


def _grade(question: GradeQuestion, low: int, high: int) -> str:
    span = str(low) if low == high else f"{low} to {high}, still open"
    return f"{SCALES[question.scale].short} {span}"


def _ice(items: Mapping[IceItem, int]) -> str:
    left_out = len(ICE_ITEMS) - len(items)
    more = "" if left_out == 0 else f", {left_out} not asked"
    return f"ICE {sum(items.values())} ({len(items)} of {len(ICE_ITEMS)} items{more})"


def _dose(question: DoseQuestion, amount: float | None) -> str:
    drug = question.drug.replace("-", " ")
    return f"no {drug}" if amount is None else f"{amount:g} {unit_text(question)}"


def _verdict(found: Mark | None, *, counts: bool) -> str:
    right = found is not None and found.worth == 1.0
    partly = found is not None and 0 < found.worth < 1
    shape, look = ("✓", "right") if right else ("◐", "partly") if partly else ("✗", "missed")
    if found is None:
        shape, look = "–", "late"
    text = verdict_text(found, counts=counts)
    return f'<p class="tw-verdict tw-v-{look}"><b>{shape} {esc(text)}</b></p>'


def _both(question: Answerable, answer: Answer | None, found: Mark | None) -> str:
    said = []
    if answer is not None and (found is None or found.worth < 1):
        said.append(f"<dt>You answered</dt><dd>{esc(answer_text(question, answer))}</dd>")
    said.append(f"<dt>Right is</dt><dd><b>{esc(right_text(question))}</b></dd>")
    return f'<dl class="tw-answers">{"".join(said)}</dl>'


def _items(question: IceQuestion, answer: Answer | None) -> str:
    given: Mapping[IceItem, int] = answer.items if isinstance(answer, IceAnswer) else {}
    mine, right = ({str(name): points for name, points in one.items()}
                   for one in (given, question.items))  # fmt: skip
    rows = "".join(
        _item(label, mine.get(name), right.get(name)) for name, label in ICE_ITEMS.items()
    )
    together = f"Right is <b>{esc(_ice(question.items))}</b>"
    if answer is not None:
        together = f"You scored {esc(_ice(given))}. {together}"
    return (
        '<table class="tw-findings"><thead><tr><th scope="col">Item</th><th scope="col">You</th>'
        f'<th scope="col">Right</th></tr></thead><tbody>{rows}</tbody></table><p>{together}</p>'
    )


def _item(label: str, mine: int | None, right: int | None) -> str:
    mark_ = "" if mine == right else " <b>✗</b>"
    return (
        f'<tr><th scope="row">{esc(label)}</th><td>{_points(mine)}{mark_}</td>'
        f"<td>{_points(right)}</td></tr>"
    )


def _points(points: int | None) -> str:
    return "not asked" if points is None else str(points)


def _choices(question: ChoiceQuestion, answer: Answer | None, order: Sequence[Choice]) -> str:
    chosen = answer.chosen if isinstance(answer, ChoiceAnswer) else frozenset()
    lines = sorted(order, key=lambda one: (one.id not in chosen, not one.right))
    return f'<ul class="tw-options">{"".join(_option(one, chosen) for one in lines)}</ul>'


def _option(one: Choice, chosen: frozenset[str]) -> str:
    return (
        f'<li class="tw-o-{"right" if one.right else "wrong"}">'
        f"<p>{' '.join(_marks(one, chosen))} <b>{esc(one.says)}</b></p>"
        f"<p>{esc(one.why)}</p></li>"
    )


def _marks(one: Choice, chosen: frozenset[str]) -> Iterator[str]:
    yield "✓ Right." if one.right else "✗ Not right."
    if one.id in chosen:
        yield '<span class="tw-mine">Your choice</span>'


def _source(question: Answerable) -> str:
    source = sources().get(question.source)
    title = question.source if source is None else source.title
    return (
        f'<p class="tw-faint">Source: {esc(title)}; {esc(question.place)} '
        f'<span class="tw-mark">{esc(badge_text(question.verification, None))}</span></p>'
    )
