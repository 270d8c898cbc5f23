"""
A certificate on paper: one case, one person, with the code and the fingerprint on every page.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dashboard.handover.paper import MARGIN_MM, WIDTH_MM, Paper
from dashboard.handover.record import Printed
from dashboard.parts.intended_use import FULL, REVIEW
from dashboard.training.certificate import Certified, attempt_text, fingerprint

__all__ = ["certificate_pdf"]

_NOT: Final = (
    "It shows that this case was worked through on the training screens with this result. It is "
    "no licence, no proof of skill at the bedside and no accredited education by itself."
)
_REVIEW: Final = (
    "The case, its answers and the pass mark have not yet been reviewed by a clinician."
)
_CHECK: Final = (
    "Enter the code on the training page to see the facts as they were recorded. The fingerprint "
    "there must be the one printed here; if it differs, this sheet was changed."
)
_SHORT_DIGEST: Final = 16


def certificate_pdf(facts: Certified, printed: Printed) -> bytes:
    """
    The certificate as PDF; ``printed`` says who made this copy, when and on whose clock.

    Raises:
        ValueError: the facts have no code yet: keep them in the journal first.

    """
    if not facts.code:
        raise ValueError(f"certificate of {facts.name}: no code; keep it in the journal first")
    code, mark = facts.code, fingerprint(facts)
    rules = f"Code {code}, fingerprint {mark}"
    paper = Paper(printed, rules=rules, title=f"Training certificate {facts.name}")
    paper.about(f"Training certificate: {facts.name}", f"Invented patient. {facts.title}")
    paper.set_y(26)
    paper.plain("TRAINING CERTIFICATE", 20, bold=True)
    paper.ln(3)
    paper.plain(f"{facts.name}, {facts.role},", 13, bold=True)
    paper.plain("worked through this training case and reached its pass mark:", 11)
    paper.ln(1)
    paper.plain(facts.title, 13, bold=True)
    paper.ln(2)
    _result(paper, facts, printed)
    _aims(paper, facts)
    paper.heading("What this certificate is not")
    paper.plain(_NOT)
    paper.plain(_REVIEW, bold=True)
    paper.plain(REVIEW, bold=True)
    _verify(paper, code, mark)
    paper.heading("Intended use of the program")
    paper.plain(FULL, 7.0)
    return paper.finished()


def _result(paper: Paper, facts: Certified, printed: Printed) -> None:
    finished = datetime.fromisoformat(facts.finished_at).astimezone(printed.zone)
    paper.heading("Result")
    paper.pair("In all", f"{facts.whole_percent:g} % of {_questions(facts.questions)}")
    if facts.not_asked:
        late = _questions(facts.not_asked)
        paper.pair("Not asked", f"{late} had closed before the person joined; not counted")
    needed = facts.mark
    paper.pair(
        "Pass mark (house)",
        f"{needed.whole_percent:g} % in all, {needed.each_aim_percent:g} % for each aim, "
        f"{needed.asked_percent:g} % of the questions asked",
    )
    paper.pair("Finished", f"{finished:%d-%b-%Y %H:%M %Z}")
    paper.pair("Held by", facts.held_by)
    if facts.attempt is not None:
        paper.pair("Attempt", attempt_text(facts.attempt))
    paper.pair("Level of the case", facts.level)
    paper.pair("Case", f"{facts.story}, digest {facts.story_digest[:_SHORT_DIGEST]}")
    paper.pair("Rules", f"digest {facts.rules[:_SHORT_DIGEST]}")


def _aims(paper: Paper, facts: Certified) -> None:
    paper.heading("Aims of the case, and what was reached")
    for says, percent in facts.aims:
        paper.pair(f"{percent:g} %", says)


def _verify(paper: Paper, code: str, mark: str) -> None:
    """Stays together: code and fingerprint are compared with each other."""
    paper.room(30)
    paper.heading("To verify")
    y = paper.get_y() + 1
    paper.set_line_width(0.3)
    paper.rect(MARGIN_MM, y, WIDTH_MM, 12)
    for place, (label, says) in enumerate((("Code", code), ("Fingerprint", mark))):
        x = MARGIN_MM + 4 + place * WIDTH_MM / 2
        paper.type(7.5, grey=True)
        paper.text(x, y + 4.2, label)
        paper.type(13, bold=True)
        paper.text(x, y + 9.8, says)
    paper.set_y(y + 13.5)
    paper.plain(_CHECK, 7.5)


def _questions(number: int) -> str:
    return f"{number} question{'' if number == 1 else 's'}"
