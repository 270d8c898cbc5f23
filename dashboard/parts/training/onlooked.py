"""
The group as markup: a row for each trainee, and what was said to each question.

Word and shape carry the state; the trainer alone sees this page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from dashboard.parts.forms.words import ICE_ITEMS
from dashboard.parts.grade import esc
from dashboard.parts.training.revealed import answer_text
from dashboard.training.clock import Clock
from dashboard.training.group import Voice
from dashboard.training.looking_on import Look, Onlooked, Said
from dashboard.training.marking import Answer, IceAnswer, mark
from dashboard.training.presence import Presence
from dashboard.training.room import Standing
from dashboard.training.story import Answerable, IceQuestion, Story

__all__ = ["case_hour", "clock_html", "group_html", "in_words", "said_html", "voices_html"]

_STATES: Final[dict[Look, str]] = {
    "open": "○ answering",
    "answered": "✓ answered",
    "waits": "– nothing asked now",
    "over": "✓ at the end",
}
_PRESENT: Final[dict[Presence, str]] = {
    "here": "● here",
    "quiet": "◐ quiet for",
    "lost": "! lost for",
}
_ICE: Final = {str(name): label for name, label in ICE_ITEMS.items()}


def in_words(question: Answerable, given: Answer) -> str:
    """An answer in words; of an exam also the items that were off, so that no two look alike."""
    said = answer_text(question, given)
    if isinstance(question, IceQuestion) and isinstance(given, IceAnswer):
        off = ", ".join(_ICE.get(one, one).lower() for one in mark(question, given).missed)
        return f"{said}; off in: {off}" if off else said
    return said or "none of them"


def case_hour(story: Story, at: datetime) -> str:
    """An hour of the case as the story counts it: hours since its start, and the clock."""
    hours = (at - story.starts_at) / timedelta(hours=1)
    return f"{at:%d-%b %H:%M}, hour {hours:.0f} of the case"


# The clock


def clock_html(here: Standing, clock: Clock, now: datetime) -> str:
    """Where the case stands, and what the clock does next."""
    story = here.room.course.story
    stops = len(here.stops)
    at = min(clock.passed + (1 if clock.stop is not None else 0), stops)
    return (
        f'<p class="tw-trainclock"><b>{esc(case_hour(story, clock.case_at))}</b> '
        f"<span>{esc(_doing(clock, now))}</span> "
        f'<span class="tw-faint">pause {at} of {stops}</span></p>'
    )


def _doing(clock: Clock, now: datetime) -> str:
    if clock.is_over:
        return "■ at the end of the case"
    if clock.stop is not None:
        return "‖ paused: questions are open"
    if not clock.has_begun:
        return "□ not begun"
    if not clock.is_running:
        return "‖ held"
    ahead = (
        "" if clock.next_stop_at is None else f", next pause in {_short(clock.next_stop_at - now)}"
    )
    return f"► running at {clock.speed:g} ×{ahead}"


def _short(span: timedelta) -> str:
    minutes, seconds = divmod(max(0, round(span.total_seconds())), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


# The group


def group_html(rows: Sequence[Onlooked], here: Standing, now: datetime) -> str:
    """Everybody in the room: where, answered or not, on which way, silent since when."""
    if not rows:
        return (
            '<p class="tw-notice">Nobody has joined yet. The case can wait: its clock begins when '
            "you let it run.</p>"
        )
    head = "".join(
        f'<th scope="col">{one}</th>' for one in ("Trainee", "Tablet", "Where", "Questions", "Way")
    )
    body = "".join(_row(one, here, now) for one in rows)
    return (
        f'<table class="tw-findings tw-group"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(one: Onlooked, here: Standing, now: datetime) -> str:
    where = "before the first pause"
    if one.pause is not None:
        where = f"pause {one.number} of {one.steps}: {one.pause.at:%d-%b %H:%M}"
    elif one.state == "over":
        where = "at the end"
    cells = (
        f'<th scope="row">{esc(one.trainee.name)} <small>{esc(one.trainee.role)}</small></th>',
        f'<td class="tw-p-{one.presence}">{esc(_presence(one, now))}</td>',
        f"<td>{esc(where)}</td>",
        f"<td>{esc(_answered(one))}{_left(one)}</td>",
        f"<td>{esc(way_text(here.room.course.story, one.branch))}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def _presence(one: Onlooked, now: datetime) -> str:
    word = _PRESENT[one.presence]
    return word if one.presence == "here" else f"{word} {_short(now - one.heard_at)}"


def _answered(one: Onlooked) -> str:
    count = f", {one.answered} of {one.of}" if one.of else ""
    return f"{_STATES[one.state]}{count}"


def _left(one: Onlooked) -> str:
    said = []
    if one.closed:
        said.append(f"{one.closed} closed without an answer")
    if one.before:
        said.append(f"{one.before} before joining, not counted")
    return f"<br><small>{esc('; '.join(said))}</small>" if said else ""


def way_text(story: Story, branch: str | None) -> str:
    """The way a trainee is on, in the words of the story."""
    if branch is None:
        return "main course"
    said = next((one.says for one in story.branches if one.id == branch), branch)
    return said.strip().rstrip(".")


# What was said


def said_html(said: Iterable[Said], story: Story, *, names: bool = True) -> str:
    """The answers so far, the newest pause first."""
    return "".join(
        f'<section class="tw-said"><h3 class="tw-asked">{esc(one.question.asks)} '
        f"<small>{esc(f'{one.pause.at:%d-%b %H:%M}')}{_on(story, one.pause.on)}, "
        f"{one.answered} of {one.of} answered</small></h3>"
        f"{voices_html(one.voices, one.of, names=names)}</section>"
        for one in said
    )


def _on(story: Story, branch: str | None) -> str:
    return "" if branch is None else f", {esc(way_text(story, branch))}"


def voices_html(found: Sequence[Voice], of: int, *, names: bool, whys: bool = False) -> str:
    """Each answer with a bar as long as the share of those who gave it."""
    return f'<ul class="tw-voices">{"".join(_voice(one, of, names, whys) for one in found)}</ul>'


def _voice(one: Voice, of: int, names: bool, whys: bool) -> str:
    share = round(100 * one.count / of) if of else 0
    mark_ = "✓" if one.right else "✗" if one.by else "·"
    who = f" <small>{esc(', '.join(one.by))}</small>" if names and one.by else ""
    why = f'<span class="tw-faint tw-line">{esc(one.why)}</span>' if whys and one.why else ""
    return (
        f'<li class="tw-o-{"right" if one.right else "wrong"}"><b class="tw-count">{one.count}</b>'
        f'<span class="tw-track"><span class="tw-bar" style="width:{share}%"></span></span>'
        f"<span>{mark_} {esc(one.says)}{who}{why}</span></li>"
    )
