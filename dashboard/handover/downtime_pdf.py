"""
Downtime sheets: the entry forms on paper, for when the computer is down.

What is asked comes from the forms (``downtime``); who it is about and who wrote it are lines to
fill in by hand, on every page.
"""

from __future__ import annotations

from typing import Final

from dashboard.handover.downtime import Asked, Follows, Page, pages
from dashboard.handover.paper import MARGIN_MM, WIDTH_MM, Paper
from dashboard.handover.record import Printed
from toxmodels import rules_digest
from toxmodels.version import VERSION

__all__ = ["ATTRIBUTION", "downtime_pdf"]

ATTRIBUTION: Final = ("Signs with another cause", "What caused them, and how you know")
_TITLE: Final = "Downtime sheet"
_ABOVE: Final = (("Patient id", 60.0), ("Second identifier", 64.0), ("Ward", 52.0))
_BELOW: Final = (
    ("Written by (initials or number)", 96.0),
    ("Role", 80.0),
    ("Entered into toxwatch by", 96.0),
    ("Time entered", 80.0),
)
_HOW: Final = (
    "Leave empty what nobody looked at: empty is not recorded, never normal. Enter it on the page "
    "Enter observations afterwards, with the time at which it was observed."
)
_LABEL_MM: Final = 62.0
_INDENT_MM: Final = 5.0
_LINE_MM: Final = 4.3
_PT: Final = 8.0


class _Sheet(Paper):
    """Paper on which whose it is stands to be filled in by hand, on every page."""

    def header(self) -> None:
        """Room for the identity above everything else."""
        super().header()
        _lines(self, _ABOVE)


def downtime_pdf(printed: Printed) -> bytes:
    """All forms, each on pages of its own."""
    rules = f"toxwatch {VERSION}, rules {rules_digest()[:16]}"
    paper = _Sheet(printed, rules=rules, title=_TITLE)
    for page in pages():
        paper.about(f"{_TITLE}: {page.title}", f"Times on the ward's clock ({printed.zone})")
        paper.plain(_HOW, 7.0)
        paper.heading(page.asks_when)
        for asked in page.asked:
            _ask(paper, asked, 0)
        if page.attributes:
            _attribution(paper, page)
        paper.room(22)
        paper.heading("Who")
        _lines(paper, _BELOW)
    return paper.finished()


def _attribution(paper: Paper, page: Page) -> None:
    paper.heading("Attribute a sign to another cause (physician)")
    _ask(paper, Asked("other_cause", ATTRIBUTION[0], "many", page.attributes), 0)
    _ask(paper, Asked("other_cause_reason", ATTRIBUTION[1], "text"), 0)


def _ask(paper: Paper, asked: Asked, depth: int) -> None:
    """One question with room for its answer, then what follows from each answer."""
    left = MARGIN_MM + _INDENT_MM * depth
    room_mm = WIDTH_MM - _LABEL_MM - _INDENT_MM * depth
    names = paper.lines(f"{asked.label}{_any(asked)}", _LABEL_MM - 2, size_pt=_PT, bold=True)
    said = _answers(paper, asked, room_mm)
    paper.room(_LINE_MM * max(len(names), len(said), 1) + 1)
    y = paper.get_y()
    for place, text in enumerate(names):
        paper.type(_PT, bold=True)
        paper.text(left, y + 3.2 + _LINE_MM * place, text)
    for place, text in enumerate(said):
        paper.type(_PT if asked.kind != "text" else 6.0)
        paper.text(left + _LABEL_MM, y + 3.2 + _LINE_MM * place, text)
    if asked.kind in ("number", "day", "text"):
        width_mm = 34.0 if asked.kind != "text" else room_mm
        below = y + 4.1 + (_LINE_MM * len(said) if asked.kind == "text" else 0)
        paper.set_line_width(0.15)
        paper.line(left + _LABEL_MM, below, left + _LABEL_MM + width_mm, below)
        paper.set_y(below + 0.7)
    else:
        paper.set_y(y + _LINE_MM * max(len(names), len(said)) + 0.3)
    paper.set_y(max(paper.get_y(), y + _LINE_MM * len(names) + 0.3))
    for follows in asked.follows:
        _follow(paper, follows, asked, depth + 1)


def _any(asked: Asked) -> str:
    return " (any)" if asked.kind == "many" else ""


def _answers(paper: Paper, asked: Asked, room_mm: float) -> list[str]:
    """The choices, each behind an empty box that is never torn from its word."""
    if asked.kind == "text":
        listed = f"e.g. {', '.join(asked.choices)}" if asked.choices else ""
        return paper.lines(listed, room_mm, size_pt=6.0) if listed else []
    boxed = "   ".join(f"☐\u00a0{one.replace(' ', chr(0xA0))}" for one in asked.choices)
    return paper.lines(boxed, room_mm, size_pt=_PT) if boxed else []


def _follow(paper: Paper, follows: Follows, asked: Asked, depth: int) -> None:
    all_of_them = len(follows.answers) == len(asked.choices) > 1
    which = "any of these, for each" if all_of_them else " / ".join(follows.answers)
    lines = paper.lines(f"If {which}:", WIDTH_MM - _INDENT_MM * depth, size_pt=7.0)
    paper.room(_LINE_MM * (len(lines) + 1))
    for text in lines:
        paper.type(7.0, grey=True)
        paper.text(MARGIN_MM + _INDENT_MM * depth, paper.get_y() + 3, text)
        paper.set_y(paper.get_y() + 3.8)
    for one in follows.asked:
        _ask(paper, one, depth)


def _lines(paper: Paper, wanted: tuple[tuple[str, float], ...]) -> None:
    """Labels with a line to write on, as many beside one another as fit."""
    x, y = MARGIN_MM, paper.get_y() + 4.5
    for label, width_mm in wanted:
        if x + width_mm > MARGIN_MM + WIDTH_MM + 1:
            x, y = MARGIN_MM, y + 7
        paper.type(_PT, bold=True)
        paper.text(x, y, label)
        start = x + paper.get_string_width(label) + 2
        paper.set_line_width(0.15)
        paper.line(start, y + 0.6, x + width_mm - 3, y + 0.6)
        x += width_mm
    paper.set_y(y + 3)
