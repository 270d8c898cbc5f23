"""
carHLH (CARTOX 2018): the older criteria of haemophagocytosis after CAR-T cells, met or not met.

A peak ferritin above 10,000 µg/L during CRS and two of four findings. There is no grade: 1 means
that the criteria are met. All of it is from professional knowledge and is shown as unverified.
Oliguria and pulmonary oedema are graded by a clinician on CTCAE; the laboratory values are read.

Cites: carhlh-2018 (unverified).
"""

from __future__ import annotations

from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, Sign, Span, mark_deciding, still_missing
from toxmodels.scales.ctcae_labs import case_lab_grade
from toxmodels.scales.iec_hs_items import Item, most_common
from toxmodels.scales.scale import BesideScale
from toxmodels.sources import Cite

__all__ = ["GRADED", "SCALE"]

FERRITIN_UG_L: Final = 10_000.0
NEEDED: Final = 2
_FROM: Final = 3
_EDITION: Final = "4.03"
_TABLE = Cite("carhlh-2018", "diagnostic criteria", "unverified")
# Terms a clinician grades, as CTCAE and as wards spell them.
_OLIGURIA: Final = ("oliguria", "urine output decreased", "acute kidney injury")
_OEDEMA: Final = ("pulmonary edema", "pulmonary oedema")
GRADED: Final = (_OLIGURIA[0], _OEDEMA[0])


def _grade(evidence: Evidence) -> Grade:
    ferritin = _ferritin(evidence)
    items = (_liver(evidence), _kidney(evidence), _lung(evidence), _tissue(evidence))
    certain = sum(one.is_met is True for one in items)
    possible = sum(one.is_met is not False for one in items)
    low = int(ferritin.is_met is True and certain >= NEEDED)
    high = int(ferritin.is_met is not False and possible >= NEEDED)
    span = Span(low, high)
    findings = [_finding(one, span) for one in (ferritin, *items)]
    return Grade(
        at_least=low,
        at_most=high,
        findings=mark_deciding(findings, span),
        missing=still_missing(findings, span),
        complete=low == high,
    )


def _finding(item: Item, span: Span) -> Finding:
    is_open = span.at_least < span.at_most and item.is_met is None
    least = span.at_least if item.is_met else 0
    return Finding(
        item.sign,
        least,
        max(least, int(is_open)),
        item.says,
        _TABLE,
        item.value,
        item.limit,
        item.taken_at,
        "gradings" if item.sign == "organ" else "labs",
        item.missing if is_open else None,
        item.note,
    )


def _ferritin(evidence: Evidence) -> Item:
    """The peak since the first dose; the phase of CRS itself is a clinician's to judge."""
    start = evidence.first_dose_at
    values = [
        one for one in evidence.series("ferritin_ug_l") if start is None or one.taken_at >= start
    ]
    limit = f"peak above {FERRITIN_UG_L:,.0f} µg/L during CRS"
    if start is not None and evidence.at < start:
        return Item("ferritin", False, "before the first dose", limit)
    if not values:
        return Item("ferritin", None, "ferritin not recorded", limit, missing="ferritin")
    peak = max(values, key=lambda one: one.value)
    value = f"{peak.value:,.0f} µg/L"
    is_met = peak.value > FERRITIN_UG_L
    if not is_met and evidence.lab("ferritin_ug_l") is None:
        says = f"highest ferritin {value}, none of late"
        return Item("ferritin", None, says, limit, value, peak.taken_at, "a new ferritin")
    note = "whether the peak lay in the phase of CRS is a clinician's judgement"
    return Item(
        "ferritin", is_met, f"highest ferritin {value}", limit, value, peak.taken_at, None, note
    )


def _liver(evidence: Evidence) -> Item:
    limit = "bilirubin, AST or ALT of grade 3 or more (CTCAE 4.03)"
    return _by_labs(evidence, "liver", ("ALT", "AST", "bilirubin"), limit)


def _kidney(evidence: Evidence) -> Item:
    limit = "creatinine of grade 3 or more, or oliguria of grade 3 or more (CTCAE 4.03)"
    by_value = _by_labs(evidence, "creatinine", ("creatinine",), limit)
    if by_value.is_met is True:
        return by_value
    graded = _clinician(evidence, "creatinine", _OLIGURIA, "oliguria", limit)
    if graded.is_met is not False:
        return graded
    return by_value


def _lung(evidence: Evidence) -> Item:
    limit = "pulmonary oedema of grade 3 or more (CTCAE)"
    return _clinician(evidence, "organ", _OEDEMA, "pulmonary oedema", limit)


def _tissue(evidence: Evidence) -> Item:
    return next(one for one in most_common(evidence) if one.sign == "haemophagocytosis")


def _by_labs(evidence: Evidence, sign: Sign, terms: tuple[str, ...], limit: str) -> Item:
    grades = {term: case_lab_grade(evidence, term.lower(), _EDITION) for term in terms}
    shown = ", ".join(f"{name} {one.value}" for name, one in grades.items() if one.value)
    says = shown or f"{', '.join(grades)} not recorded"
    if any(one.at_least >= _FROM for one in grades.values()):
        return Item(sign, True, says, limit, shown)
    lacking = [name for name, one in grades.items() if one.at_most >= _FROM]
    if not lacking:
        return Item(sign, False, says, limit, shown)
    missing = f"{', '.join(lacking)}: value, limit or baseline"
    return Item(sign, None, says, limit, shown or None, missing=missing)


def _clinician(
    evidence: Evidence, sign: Sign, terms: tuple[str, ...], name: str, limit: str
) -> Item:
    """The newest grade a clinician gave since the first dose; the higher of one minute."""
    start = evidence.first_dose_at
    given = [
        one
        for one in evidence.gradings
        if one.scale.startswith("ctcae")
        and (one.term or "").strip().lower() in terms
        and (start is None or one.graded_at >= start)
    ]
    if not given:
        missing = f"a clinician's CTCAE grade of {name}"
        return Item(sign, None, f"{name} not graded", limit, missing=missing)
    newest = max(given, key=lambda one: (one.graded_at, one.grade))
    says = f"{name} grade {newest.grade} by a clinician"
    return Item(sign, newest.grade >= _FROM, says, limit, says, newest.graded_at)


SCALE: Final = BesideScale(
    "carhlh-2018",
    "Haemophagocytic lymphohistiocytosis after CAR-T cells, criteria of 2018: met or not met",
    "carHLH",
    "iec-hs",
    "2018",
    "carhlh-2018",
    verification="unverified",
    highest=1,
    traps=(
        "There is no grade: 1 means that the criteria are met.",
        "A ferritin of 10,000 µg/L is required here and not by IEC-HS.",
        "Whether the peak lay in the phase of CRS is left to a clinician.",
    ),
    grade=_grade,
)
