"""
ICANS that rests on a CAPD alone which is near what this child usually has.

The grade stands. Up to the usual one of 1 to 8 nothing is escalated; of 9 and more, within the
site's points of the usual one, the advice becomes the question to a physician. A hold or stop is
never softened by it: those read the grade as it is.

Cites: site-defaults, CAPD in an alert child (house).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from toxmodels.label_grades import group_of_term
from toxmodels.moment import Reading
from toxmodels.protocols.exam_signs import is_near_usual
from toxmodels.protocols.proposal import Advice, house_advice
from toxmodels.protocols.rulebook import Rule
from toxmodels.scales import astct_icans
from toxmodels.scales.capd import POSITIVE_FROM
from toxmodels.situation import Situation
from toxmodels.sources import Cite

__all__ = ["UsualCapd", "speaks_of_icans", "usual_capd"]

_LEEWAY: Final = timedelta(hours=1)  # a grade assigned just before the exam was charted counts
_SAYS: Final = ("care", "treat", "consult")
_CITE: Final = Cite("site-defaults", "CAPD in an alert child", "house")


@dataclass(frozen=True, slots=True)
class UsualCapd:
    """The grade, the CAPD behind it, the usual one, and the grade that other signs give."""

    grade: int
    total: int
    usual: int
    rest: int

    @property
    def asks(self) -> bool:
        """Whether a physician has to confirm the grade; else it is no more than usual."""
        return self.total >= POSITIVE_FROM

    def advice(self, protocol: str) -> Advice:
        """What is said in place of the advice on ICANS."""
        alone = f"ICANS {self.grade} rests on a CAPD of {self.total} alone"
        says = (
            f"{alone}, and this child's usual one is {self.usual}: not escalated, examine on time"
        )
        if self.asks:
            says = (
                f"{alone}, close to the usual {self.usual}: physician to confirm against baseline"
            )
            says += " today; if it is ICANS, record an ASTCT grading of it"
        found = house_advice("usual-capd", protocol, astct_icans.ID, self.grade, says)
        urgency = "urgent" if self.asks else "info"
        owner = "physician" if self.asks else "nurse"
        return found.model_copy(update={"urgency": urgency, "owner": owner, "cite": _CITE})


def usual_capd(situation: Situation) -> UsualCapd | None:
    """Whether ICANS, known exactly, rests on such a CAPD alone and nobody confirmed it."""
    grade, usual = situation.grades.get(astct_icans.ID), situation.case.patient.baseline_capd
    reading = situation.steps[-1].moment.capd
    if grade is None or usual is None or reading is None or not grade.complete:
        return None
    decides = [one.sign for one in grade.findings if one.at_least == grade.at_least > 0]
    if decides != ["capd"] or situation.icans != grade.at_least:
        return None  # another sign says the same, or a higher grade is only supposed
    total = max(one.value.bounds()[1] for one in (reading, *reading.others))
    if not is_near_usual(usual, reading) or _confirmed(situation, reading, grade.at_least):
        return None
    rest = max((one.at_least for one in grade.findings if one.sign != "capd"), default=0)
    return UsualCapd(grade.at_least, total, usual, rest)


def speaks_of_icans(rule: Rule) -> bool:
    """Whether a rule advises on the ASTCT grade of ICANS, and neither holds nor stops anything."""
    by_grade = rule.scale == astct_icans.ID or (
        rule.term == "neuro" and rule.when.icans is not None
    )
    return by_grade and rule.step in _SAYS


def _confirmed(situation: Situation, exam: Reading, grade: int) -> bool:
    """Whether the newest grade that a clinician gave ICANS since the exam is no lower."""
    found = [
        one
        for one in situation.case.gradings or ()
        if exam.taken_at - _LEEWAY <= one.graded_at <= situation.at
        and (one.scale.startswith("astct-icans") or group_of_term(one.term) == "neuro")
    ]
    newest = max(found, key=lambda one: (one.graded_at, -one.grade), default=None)
    return newest is not None and newest.grade >= grade
