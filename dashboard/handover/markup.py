"""
A handover on the screen: the same lines as on paper and as text, in the look of the pages.

Every text of a record passes ``esc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboard.handover.record import READ_BACK, Handover, Line, Section
from dashboard.parts.grade import esc

__all__ = ["STYLE", "handover_html", "read_back_html", "rules_html"]

# One line below the other: what changed is read in the order of time.
STYLE: Final = (
    "<style>.tw dl.tw-told { grid-template-columns: minmax(0, 1fr); } "
    ".tw-told dd { min-width: 0; overflow-wrap: anywhere; }</style>"
)


def handover_html(told: Handover) -> str:
    """All sections under their letters."""
    return "".join(_section(one) for one in told.sections)


def rules_html(told: Handover) -> str:
    """Which rules decided, and what the handover rests on."""
    head = "Which rules decided"
    return f'<h3 class="tw-sub">{head}</h3>{_lines(head, told.rules)}'


def _section(one: Section) -> str:
    named = f"{esc(one.letter)}: {esc(one.title)}"
    return f'<h3 class="tw-sub">{named}</h3>{_lines(one.title, one.lines)}'


def _lines(title: str, lines: Sequence[Line]) -> str:
    rows = "".join(_row(one) for one in lines)
    return f'<dl class="tw-ledger tw-told" aria-label="{esc(title)}">{rows}</dl>'


def _row(one: Line) -> str:
    loud = " tw-loud" if one.loud else ""
    mark = '<span aria-hidden="true">► </span>' if one.loud else ""
    return (
        f'<div class="tw-led{loud}"><dt>{mark}{esc(one.label)}</dt><dd>{esc(one.says)}</dd></div>'
    )


def read_back_html() -> str:
    """What the receiver says back, to read out."""
    asked = "".join(f"<li>{esc(one)}</li>" for one in READ_BACK)
    head = '<h3 class="tw-sub">Read-back: the receiver says back</h3>'
    return f'{head}<ul class="tw-words">{asked}</ul>'
