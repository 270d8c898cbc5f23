"""
Handovers as PDF: one patient, or a ward with a list in front and each patient on sheets of its own.

Every page carries the identity, its number, who printed it and when, which rules decided and what
the software is not for. The facts are the lines of the handover and no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboard.handover import strips
from dashboard.handover.paper import MARGIN_MM, WIDTH_MM, Paper
from dashboard.handover.record import READ_BACK, RECEIVED, Handover, Printed
from dashboard.parts.intended_use import FULL, REVIEW
from dashboard.parts.patient.trajectories import Drawn
from toxmodels import rules_digest
from toxmodels.version import VERSION

__all__ = ["Sheet", "patient_pdf", "ward_pdf"]

Sheet = tuple[Handover, Drawn | None]
_SHORT_DIGEST: Final = 16
_LEGEND: Final = (
    "Thin line at the right: the time of this handover. Solid line: dose of the therapy; dotted "
    "line: a treatment. A broken line is a gap in the records. Hollow bar: open grade, from its "
    "lowest to its highest. ✕: exam not done."
)


def patient_pdf(sheet: Sheet, printed: Printed) -> bytes:
    """The handover of one patient."""
    told = sheet[0]
    paper = _paper(printed, f"Handover {told.patient_id}")
    _patient(paper, sheet, printed)
    return paper.finished()


def ward_pdf(
    ward: str, sheets: Sequence[Sheet], unreadable: Sequence[tuple[str, str]], printed: Printed
) -> bytes:
    """
    The handover of a ward: who is where in the list, then each patient.

    ``unreadable`` are patients whose state could not be worked out, with what is wrong: they are
    said first, because silence is an alarm.
    """
    paper = _paper(printed, f"Handover {ward}")
    paper.about(f"Ward list: {ward}", "Every patient of the ward; each follows on own sheets")
    for patient_id, says in unreadable:
        paper.pair(patient_id, f"CANNOT BE GRADED: use the bedside chart. {says}", loud=True)
    for told, _ in sheets:
        count = "no open alert" if told.open_alerts == 0 else f"{told.open_alerts} open alerts"
        count = count.replace("1 open alerts", "1 open alert")
        said = f"{', '.join(told.grades)}; {count}"
        asks = any(line.loud for line in told.section("situation").lines)
        paper.pair(told.patient_id, said, loud=asks)
    if not sheets and not unreadable:
        paper.plain("No patient is on record in this ward.")
    _closing(paper)
    for sheet in sheets:
        _patient(paper, sheet, printed)
    return paper.finished()


def _paper(printed: Printed, title: str) -> Paper:
    rules = f"toxwatch {VERSION}, rules {rules_digest()[:_SHORT_DIGEST]}"
    return Paper(printed, rules=rules, title=title)


def _patient(paper: Paper, sheet: Sheet, printed: Printed) -> None:
    told, drawn = sheet
    state = f"{told.at.astimezone(printed.zone):%d-%b-%Y %H:%M %Z}"
    paper.about(told.patient_id, f"{told.ward}. Handover, state of {state}")
    for section in told.sections:
        paper.heading(section.title, section.letter)
        for line in section.lines:
            paper.pair(line.label, line.says, loud=line.loud)
    if drawn is not None:
        _figure(paper, drawn)
    _read_back(paper)
    paper.heading("Which rules decided")
    for line in told.rules:
        paper.pair(line.label, line.says)


def _figure(paper: Paper, drawn: Drawn) -> None:
    paper.room(strips.height_mm(drawn) + 16)
    paper.heading(f"Trajectories, last {drawn.part.range}: {drawn.axis.title}")
    strips.draw(paper, drawn)
    paper.plain(_LEGEND, 6.2)


def _read_back(paper: Paper) -> None:
    """A box to tick for each thing that is said back, and room for both names and the time."""
    paper.room(16 + 5 * len(READ_BACK))
    paper.heading("Read-back: said back by the receiver")
    for asked in READ_BACK:
        y = paper.get_y()
        paper.box(MARGIN_MM + 1, y + 0.4)
        paper.type(8.2)
        paper.text(MARGIN_MM + 6, y + 3, asked)
        paper.set_y(y + 4.6)
    y, width = paper.get_y() + 6, WIDTH_MM / len(RECEIVED)
    for place, name in enumerate(RECEIVED):
        x = MARGIN_MM + width * place
        paper.type(8.2)
        paper.text(x, y, f"{name}:")
        paper.line(x + 20, y, x + width - 4, y)
    paper.set_y(y + 3)


def _closing(paper: Paper) -> None:
    paper.heading("Intended use")
    paper.plain(FULL, 7.2)
    paper.plain(REVIEW, 7.2, bold=True)
