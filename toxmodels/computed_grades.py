"""
Grades of the scales that labels are written in, worked out from the record.

Where a clinician graded, that counts; where nobody did, the package's own reading of that scale
stands in, never an ASTCT grade. The certain part of it advises, what a missing sign leaves open is
only "if confirmed". What CTCAE means where a label names no edition is a house reading: 5.0, whose
rows the questions of the rules were written by. Penn is not among them: the one label that is read
by it has tiers, and which tier a Penn grade names is for a clinician to say.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.label_grades import Term
from toxmodels.moment import Chart, first_dose_at
from toxmodels.records import Case, Grading
from toxmodels.scales import BESIDE

__all__ = ["computed_by", "computed_grade", "rose_since"]

_READ_BY: Final[dict[tuple[str, Term], str]] = {
    ("ctcae", "crs"): "ctcae-crs-5.0",
    ("ctcae", "neuro"): "ctcae-neuro-5.0",
    ("lee-2014", "crs"): "lee-2014",
}
_LEEWAY: Final = timedelta(hours=1)  # a grade given just before the signs were charted counts


def computed_by(scale: str, group: Term) -> str | None:
    """The scale of this package that a label's scale is read on, for one group of terms."""
    return _READ_BY.get((scale, group))


def computed_grade(case: Case, at: datetime, chart: Chart, scale: str, group: Term) -> Grade | None:
    """The grade the record shows on that scale; none before the therapy began."""
    id_, start = computed_by(scale, group), first_dose_at(case.therapy)
    if id_ is None or start is None or start > at:
        return None
    return BESIDE[id_].grade(Evidence(case, at, chart))


def rose_since(case: Case, chart: Chart, given: Grading, now: Grade, read_on: str) -> bool:
    """Whether the record shows more than a clinician graded, and has come to do so since then."""
    if now.at_least <= given.grade:
        return False
    then = BESIDE[read_on].grade(Evidence(case, given.graded_at + _LEEWAY, chart))
    return then.at_least < now.at_least
