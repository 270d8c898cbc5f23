"""
What every scale of CRS beside ASTCT reads alike: fever, the first dose, judgement, the verdict.

None of these scales asks for fever before it grades hypotension, hypoxia or organ toxicity, and
none waives it: each grade is the worst of its rows. What happened before the first dose of the
therapy is not CRS. Constitutional symptoms without fever are no field of the record, so that no
scale computes a grade 1 from them.

Cites: site-defaults, first dose and validity (house).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import (
    Finding,
    Grade,
    Sign,
    mark_deciding,
    seen,
    still_missing,
    unsure,
    worst,
)
from toxmodels.moment import Reading
from toxmodels.scales import astct_crs
from toxmodels.scales.death import death_finding
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = ["A_GRADING", "fever", "judged", "judgement", "not_yet", "since_dose", "verdict"]

CALM: Final = (False, ())
A_GRADING: Final = "a clinician's grade of CRS on this scale"
_TERMS: Final = ("crs", "cytokine release syndrome")
_START: Final = Cite("site-defaults", "CRS is established only from the first dose", "house")


def since_dose(evidence: Evidence, reading: Reading | None) -> Reading | None:
    """
    A reading as it counts after the first dose.

    A sign seen before the dose is not CRS, and says nothing of what came after: it is taken as
    not recorded since. A calm reading stands as long as it is valid.
    """
    start = evidence.first_dose_at
    if reading is None or start is None or reading.taken_at >= start:
        return reading
    return reading if reading.value in CALM else None


def not_yet(sign: Sign, evidence: Evidence) -> Finding | None:
    """Before the first dose: nothing counts yet."""
    start = evidence.first_dose_at
    if start is None or evidence.at >= start:
        return None
    limit = "counts from the first dose of the therapy"
    return seen(sign, 0, "before the first dose", limit=limit, cite=_START, taken_at=evidence.at)


def fever(evidence: Evidence, cite: Cite, row: int = 1) -> Finding:
    """Read fever as ASTCT does, and give it the row of another scale."""
    found = astct_crs.fever(evidence.moment)
    if found.cite.source != "lee-2019":
        return found
    return replace(
        found,
        at_least=found.at_least * row,
        at_most=found.at_most * row,
        cite=cite,
    )


def judged(evidence: Evidence, *scales: str) -> int | None:
    """
    The newest grade of CRS a clinician gave on one of these scales, while it still counts.

    It stands as long as vital signs do. It closes only what the text leaves to judgement, and
    never what the records show. On a scale of CRS alone the term may be left out.
    """
    oldest, start = evidence.at - site().vitals_valid, evidence.first_dose_at
    found = [
        (one.graded_at, one.grade)
        for one in evidence.gradings
        if one.graded_at >= oldest
        and (start is None or one.graded_at >= start)
        and one.scale.strip().lower() in scales
        and _is_crs(one.term, one.scale)
    ]
    return max(found)[1] if found else None


def _is_crs(term: str | None, scale: str) -> bool:
    if term is None:
        return not scale.strip().lower().startswith("ctcae-") or "crs" in scale.lower()
    return term.strip().lower().replace("_", " ") in _TERMS


def judgement(
    sign: Sign,
    span: tuple[int, int],
    says: str,
    *,
    asks: str,
    limit: str,
    cite: Cite,
    given: int | None,
    taken_at: datetime | None,
    note: str | None = None,
) -> Finding:
    """A sign that fits two rows by the text: open until a clinician's grade settles it."""
    low, high = span
    if given is not None:
        settled = min(max(given, low), high)
        limit = f"{limit}; settled by a clinician's grade {given}"
        return seen(sign, settled, says, limit=limit, cite=cite, taken_at=taken_at, note=note)
    found = unsure(
        sign,
        low,
        high,
        says,
        missing=f"{asks}: {A_GRADING}",
        cite=cite,
        value=says,
        limit=limit,
        taken_at=taken_at,
    )
    return replace(found, note=note)


def verdict(evidence: Evidence, found: Sequence[Finding], cite: Cite) -> Grade:
    """The worst of the findings, and 5 for a death due to CRS."""
    findings = [*found]
    fatal = death_finding(evidence.moment, "crs")
    if fatal is not None:
        findings.append(replace(fatal, cite=cite))
    span = worst(findings)
    return Grade(
        at_least=span.at_least,
        at_most=span.at_most,
        findings=mark_deciding(findings, span),
        missing=still_missing(findings, span),
        complete=span.at_least == span.at_most,
    )
