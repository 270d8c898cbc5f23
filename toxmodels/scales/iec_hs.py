"""
IEC-HS (ASTCT 2023): a screen on laboratory values, and the grade a clinician gives.

The screen needs a high ferritin and two of four findings; how many is a house rule, no number is
published. It never makes a grade: a positive screen leaves 1 to 4 open until a clinician grades.
"Rapidly rising" ferritin is a clinician's word as well and is never worked out from a slope. All
criteria are from professional knowledge and are shown as unverified.

Cites: iec-hs-2023, identification and grading tables (unverified); number of findings (house).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import (
    Finding,
    Grade,
    Span,
    mark_deciding,
    seen,
    still_missing,
    unsure,
)
from toxmodels.records import Grading
from toxmodels.scales.iec_hs_items import Item, ferritin_rule, most_common, often_beside
from toxmodels.scales.scale import BesideScale
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = ["SCALE", "Screen", "is_graded", "screen"]

HIGHEST: Final = 4
_NEEDED: Final = "iec_hs_items"
_TABLE = Cite("iec-hs-2023", "identification table", "unverified")
_LADDER = Cite("iec-hs-2023", "grading table", "unverified")
_START = Cite("site-defaults", "days count from the first dose", "house")
_COUNT = Cite("escalation-defaults", "how many findings make the screen positive", "house")
_EXCLUDE: Final = "exclude CRS itself, infection and progression; findings cluster in time"


@dataclass(frozen=True, slots=True)
class Screen:
    """
    What the screen says: the required ferritin, the four findings, how many may be present.

    ``is_positive`` and ``may_be_positive`` differ where something was not recorded.
    """

    ferritin: Item
    items: tuple[Item, ...]
    certain: int
    possible: int

    @property
    def is_positive(self) -> bool:
        """Positive on what was recorded."""
        return self.ferritin.is_met is True and self.certain >= _needed()

    @property
    def may_be_positive(self) -> bool:
        """Positive if everything that was not recorded were as bad as it can be."""
        return self.ferritin.is_met is not False and self.possible >= _needed()

    @property
    def span(self) -> Span:
        """The grades that are left: a clinician gives one of them."""
        return Span(int(self.is_positive), HIGHEST if self.may_be_positive else 0)


def _needed() -> int:
    return int(site().triggers[_NEEDED])


def screen(evidence: Evidence) -> Screen:
    """
    Screen one patient at one time.

    Tissue nobody looked at leaves the screen open only where another finding may be present:
    without one there is no reason to look.
    """
    items = most_common(evidence)
    measured = [one for one in items if one.sign != "haemophagocytosis"]
    certain = sum(one.is_met is True for one in items)
    possible = sum(one.is_met is not False for one in measured)
    tissue = next(one for one in items if one.sign == "haemophagocytosis")
    possible += int(tissue.is_met is True or (tissue.is_met is None and possible > 0))
    return Screen(ferritin_rule(evidence), items, certain, possible)


def _grade(evidence: Evidence) -> Grade:
    start = evidence.first_dose_at
    if start is not None and evidence.at < start:
        says, limit = "before the first dose", "IEC-HS follows the therapy"
        early = seen(
            "ferritin", 0, says, limit=limit, cite=_START, taken_at=evidence.at, record="labs"
        )
        return _of([early], Span(0, 0))
    found = screen(evidence)
    given = _given(evidence, found)
    span = found.span if given is None else Span(given.grade, given.grade)
    said = partial(_finding, screened=found, span=found.span if given is None else Span(0, 0))
    findings = [said(found.ferritin), *(said(one) for one in found.items)]
    findings.append(_judgement(evidence, found) if given is None else _graded(given))
    return _of(findings, span)


def _of(findings: list[Finding], span: Span) -> Grade:
    return Grade(
        at_least=span.at_least,
        at_most=span.at_most,
        findings=mark_deciding(findings, span),
        missing=still_missing(findings, span),
        complete=span.at_least == span.at_most,
    )


def _given(evidence: Evidence, found: Screen) -> Grading | None:
    """
    The clinician's grade that stands.

    A grade of 1 or more stands until the next one. A 0 stands only while no sample since then
    could speak against it. Of two of one minute the higher counts.
    """
    start = evidence.first_dose_at
    own = [
        one
        for one in evidence.gradings
        if one.scale.startswith("iec-hs") and (start is None or one.graded_at >= start)
    ]
    newest = max(own, key=lambda one: (one.graded_at, one.grade), default=None)
    if newest is None or newest.grade > 0 or not found.may_be_positive:
        return newest
    since = [one for one in evidence.labs if one.taken_at > newest.graded_at]
    return None if since else newest


def is_graded(evidence: Evidence, found: Screen) -> bool:
    """Whether a clinician's grade stands, so that the screen has nothing left to ask."""
    return _given(evidence, found) is not None


def _finding(item: Item, screened: Screen, span: Span) -> Finding:
    if item.is_met is None:
        missing = item.missing if span.at_most > span.at_least else None
        return Finding(
            item.sign,
            0,
            span.at_most,
            item.says,
            _TABLE,
            item.value,
            item.limit,
            item.taken_at,
            "labs",
            missing,
            item.note,
        )
    grade = span.at_least if item.is_met and screened.is_positive else 0
    return seen(
        item.sign,
        grade,
        item.says,
        limit=item.limit,
        cite=_TABLE,
        taken_at=item.taken_at,
        value=item.value,
        note=item.note,
        record="labs",
    )


def _judgement(evidence: Evidence, found: Screen) -> Finding:
    beside = often_beside(evidence)
    also = f"also seen: {', '.join(beside)}; {_EXCLUDE}" if beside else _EXCLUDE
    many = f"{found.certain} of {len(found.items)} findings, {_needed()} needed"
    if found.is_positive:
        return Finding(
            "judgement",
            1,
            HIGHEST,
            f"screen positive ({many}): a clinician grades",
            _LADDER,
            "screen positive",
            "the grade goes by symptoms and by what is needed against them",
            evidence.at,
            "gradings",
            "a clinician's grade of IEC-HS",
            also,
        )
    if found.may_be_positive:
        says = f"screen open ({many})"
        return unsure(
            "judgement",
            0,
            HIGHEST,
            says,
            missing="a clinician's grade of IEC-HS, or what the screen lacks",
            cite=_COUNT,
            record="gradings",
            value="screen open",
            limit=f"ferritin and {_needed()} findings",
        )
    return seen(
        "judgement",
        0,
        f"screen negative ({many})",
        limit=f"ferritin and {_needed()} findings",
        cite=_COUNT,
        taken_at=evidence.at,
        value="screen negative",
        record="labs",
    )


def _graded(given: Grading) -> Finding:
    return seen(
        "judgement",
        given.grade,
        f"graded {given.grade} by a clinician",
        limit="the clinician's grade stands until the next",
        cite=_LADDER,
        taken_at=given.graded_at,
        value=f"grade {given.grade}",
        record="gradings",
    )


SCALE: Final = BesideScale(
    "iec-hs-2023",
    "Haemophagocytic syndrome after immune effector cells (IEC-HS): screen and clinician's grade",
    "IEC-HS",
    "iec-hs",
    "2023",
    "iec-hs-2023",
    verification="unverified",
    highest=5,
    traps=(
        "No published number of findings makes the diagnosis: two of four is a house rule.",
        "The grade is a clinician's and is never worked out from the ferritin.",
        "Ferritin of 10,000 belongs to carHLH and 500 to HLH-2004; here it is twice the upper "
        "limit or twice the baseline, or a rapid rise in a clinician's judgement.",
        "A raised baseline of ALT or AST takes the place of the upper limit.",
        "Low neutrophils are expected after lymphodepletion and count only when they last.",
        "While CRS is still rising its own values look the same; exclude sepsis.",
    ),
    grade=_grade,
)
