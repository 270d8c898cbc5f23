"""What came of a calibration, as markup: agreement on each scale, and where people disagreed."""

from __future__ import annotations

from typing import Final

from dashboard.parts.grade import esc
from dashboard.training.agreement import Bounds
from dashboard.training.calibration import Calibration, Disputed, OnScale, calibrated
from dashboard.training.room import Standing
from dashboard.training.rooms import part
from dashboard.training.story import GradeQuestion
from toxmodels.scales import SCALES

__all__ = ["result_html"]

_MOST: Final = 8
_WHAT_KAPPA_IS: Final = (
    '<p class="tw-faint">Kappa is agreement beyond what chance alone would give: 1 is complete, 0 '
    "is chance. Fleiss' kappa takes every difference as a miss; the weighted one takes off more, "
    "the further two grades lie apart. The reference was worked out by hand from the published "
    "tables.</p>"
)


def result_html(here: Standing, mine: str, *, names: bool) -> str:
    """
    The whole result.

    ``mine`` is who looks: their own line is named; the others only where ``names`` says so.
    """
    ratings = {one.name: here.answers(one.name) for one in here.trainees}
    found = calibrated(here.room.courses, here.room.asks, ratings)
    raters = len(found.raters)
    said = f"{raters} {'person' if raters == 1 else 'people'} graded everything."
    if found.unfinished:
        said += f" Not finished, and not compared: {len(found.unfinished)}."
        if names:
            listed = ", ".join(f"{who} ({left} left)" for who, left in found.unfinished.items())
            said += f" {listed}."
    scales = "".join(_scale_html(one, mine, names=names) for one in found.scales)
    return (
        f'<h1 class="tw-head">Calibration: the result</h1><p>{esc(said)}</p>'
        f"{_WHAT_KAPPA_IS}{scales}"
        f"{_disputed_html(here, found, mine)}"
    )


def _scale_html(one: OnScale, mine: str, *, names: bool) -> str:
    short = SCALES[one.scale].short
    rows = "".join(
        f'<tr><th scope="row">{esc(_rater(rater.rater, number, mine, names=names))}</th>'
        f"<td>{esc(rater.same)}</td><td>{esc(rater.kappa)}</td></tr>"
        for number, rater in enumerate(one.reference, start=1)
    )
    return (
        f'<section class="tw-card"><h2 class="tw-sub">{esc(short)}</h2>'
        f'<dl class="tw-answers"><dt>Same grade, all pairs</dt><dd>{esc(one.same)}</dd>'
        f"<dt>Fleiss' kappa</dt><dd>{esc(one.fleiss)}</dd>"
        f"<dt>Weighted kappa, mean of pairs</dt><dd>{esc(one.between)}</dd></dl>"
        '<table class="tw-findings"><thead><tr><th scope="col">Against the reference</th>'
        '<th scope="col">Same grade</th><th scope="col">Weighted kappa</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )


def _rater(name: str, number: int, mine: str, *, names: bool) -> str:
    if name == mine:
        return f"{name} (you)"
    return name if names else f"Rater {number}"


def _disputed_html(here: Standing, found: Calibration, mine: str) -> str:
    """What people disagreed on most, with what is right and why: now it may be said."""
    shown = [one for one in found.disputed if one.spread > 0 or one.missed > 0][:_MOST]
    if not shown:
        return "<p>Nobody disagreed with anybody, nor with the reference.</p>"
    cards = "".join(_card(here, one, mine) for one in shown)
    return f'<h2 class="tw-sub">Where people disagreed most</h2>{cards}'


def _card(here: Standing, one: Disputed, mine: str) -> str:
    asked = part(here.room, one.ask)
    short = SCALES[one.scale].short
    most_first = sorted(one.given, key=lambda said: (-said[1], said[0]))
    given = ", ".join(f"{_span(bounds)} by {_people(count)}" for bounds, count in most_first)
    own = here.answers(mine).get(one.ask)
    told = f"<dt>You</dt><dd>{esc(_span((own.at_least, own.at_most)))}</dd>" if own else ""  # type: ignore[union-attr]
    why = asked.question.why if isinstance(asked.question, GradeQuestion) else ""
    return (
        f'<section class="tw-revealed"><p>{esc(asked.pause.says.strip())}</p>'
        f'<dl class="tw-answers"><dt>{esc(short)} given</dt><dd>{esc(given)}</dd>{told}'
        f"<dt>Right is</dt><dd><b>{esc(_span(one.reference))}</b></dd></dl>"
        f"<p><b>Why:</b> {esc(why)}</p></section>"
    )


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _span(bounds: Bounds) -> str:
    low, high = bounds
    return str(low) if low == high else f"{low} to {high}"
