"""
CRS by the Chinese consensus on CAR-T cells in B-cell lymphoma: ASTCT, and a row for local CRS.

Its rows for fever, hypotension and hypoxia are those of ASTCT, fever waiver included. A fourth row,
inflammation at the lesions (swelling, compression, perforation, bleeding), can raise the grade to
2, 3 or 4. What separates those grades was not readable, so the program does not grade that row: it
stays open until a clinician has, with a grading of term ``local crs`` on this scale.

Cites: cn-bnhl-2022, CRS table; lee-2019, the rows it shares.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, Span, mark_deciding, seen, still_missing, unsure
from toxmodels.scales import astct_crs
from toxmodels.scales.scale import BesideScale
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = ["SCALE"]

ID: Final = "cn-bnhl-crs-2022"
TERMS: Final = ("local crs", "l-crs", "local")
HIGHEST: Final = 4

_SHARED = "CRS table, rows shared with ASTCT"
_LOCAL = Cite("cn-bnhl-2022", "CRS table, local row; its grades were not readable", "unverified")
_NO_LESION = Cite("site-defaults", "no lesion, no local CRS", "house")


def _local(evidence: Evidence, *, gradable: bool) -> Finding | None:
    """The local row: as a clinician graded it, or open while there may be CRS and a lesion."""
    start, oldest = evidence.first_dose_at, evidence.at - site().labs_valid
    graded = [
        (one.graded_at, one.grade)
        for one in evidence.gradings
        if one.scale.strip().lower() == ID
        and (one.term or "").strip().lower().replace("_", " ") in TERMS
        and one.graded_at >= oldest
        and (start is None or one.graded_at >= start)
    ]
    if graded:
        at, grade = max(graded)
        says, limit = f"local CRS graded {grade} by a clinician", "inflammation at the lesions"
        grade = min(grade, HIGHEST)
        return seen(
            "judgement", grade, says, limit=limit, cite=_LOCAL, taken_at=at, record="gradings"
        )
    if not gradable:
        return None
    if evidence.case.patient.extramedullary_disease is False:
        says, limit = "no disease outside the marrow", "inflammation at the lesions"
        return seen(
            "judgement", 0, says, limit=limit, cite=_NO_LESION, taken_at=None, record="patient"
        )
    what = "local CRS at the lesions: a clinician's grade on this scale"
    says = "local CRS not graded"
    return unsure("judgement", 0, HIGHEST, says, missing=what, cite=_LOCAL, record="gradings")


def grade(evidence: Evidence) -> Grade:
    """Grade CRS by the Chinese consensus."""
    moment, waiver = evidence.moment, evidence.waiver
    signs = astct_crs.signs(moment)
    shared = astct_crs.graded(moment, waiver, signs)
    findings = [_own(finding) for finding in shared.findings]
    local = _local(evidence, gradable=signs[0].at_most > 0 or waiver.possible)
    if local is None:
        return replace(shared, findings=tuple(findings))
    low = max(shared.at_least, local.at_least)
    high = max(shared.at_most, local.at_most)
    span = Span(low, high)
    bare = [replace(finding, decides=False) for finding in (*findings, local)]
    gaps = (*shared.missing, *still_missing([local], span))
    return Grade(low, high, mark_deciding(bare, span), gaps, complete=low == high)


def _own(finding: Finding) -> Finding:
    if finding.cite.source != "lee-2019":
        return finding
    return replace(finding, cite=Cite("cn-bnhl-2022", f"{_SHARED}: {finding.cite.at}"))


SCALE: Final = BesideScale(
    ID,
    "Cytokine release syndrome, Chinese consensus on CAR-T cells in B-cell lymphoma",
    "CN B-NHL",
    "crs",
    "2022",
    "cn-bnhl-2022",
    verification="unverified",
    traps=(
        "It is ASTCT with a fourth row, local CRS at the lesions, and is not interchangeable "
        "with it.",
        "What separates the grades of the local row was not readable: a clinician grades it.",
        "The table prints a systolic pressure under 90 mmHg and a saturation to be kept above "
        "90 %; the clinician's own judgement of hypotension counts here.",
    ),
    grade=grade,
)
