"""
A handover as plain text, to paste into another system or a message.

Only letters, digits and line ends: no tabs, no markup. Every line of the handover is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from dashboard.exports import NOT_LIVE
from dashboard.handover.record import READ_BACK, RECEIVED, Handover, Line, Printed, Section
from dashboard.parts.intended_use import SHORT

__all__ = ["text_of", "texts_of"]

_RULE = "-" * 72


def text_of(one: Handover, printed: Printed) -> str:
    """One patient."""
    said = [
        f"HANDOVER {one.patient_id}, {one.ward}",
        f"State of {one.at.astimezone(printed.zone):%d-%b-%Y %H:%M %Z}. "
        f"{NOT_LIVE}: made {printed.when} by {printed.by}.",
        SHORT,
    ]
    for letter, sections in groupby(one.sections, key=lambda section: section.letter):
        for section in sections:
            said += ["", f"[{letter}] {section.title.upper()}", *_lines(section)]
    said += ["", "[READ-BACK] said back by the receiver", *(f"[ ] {asked}" for asked in READ_BACK)]
    said.append("   ".join(f"{name}: ____________" for name in RECEIVED))
    said += ["", *(_line(line) for line in one.rules)]
    return "\n".join(_plain(line) for line in said) + "\n"


def texts_of(all_: Sequence[Handover], printed: Printed) -> str:
    """A ward: one patient after the other, each whole and each with its own head."""
    return f"{_RULE}\n".join(text_of(one, printed) for one in all_)


def _lines(section: Section) -> Iterable[str]:
    return (_line(one) for one in section.lines)


def _line(one: Line) -> str:
    return f"{'! ' if one.loud else '- '}{one.label}: {one.says}"


def _plain(line: str) -> str:
    """No control character of a record may move what follows it."""
    return "".join(letter if letter.isprintable() else " " for letter in line)
