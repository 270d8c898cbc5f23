"""
Seizures by CTCAE: a first one is new onset, and that alone is 3 however brief it was.

The rows for a brief partial seizure (1) and a brief generalised one (2) then speak only of people
who had seizures before. The printed rows overlap; the highest that fits is taken. How long brief
is, the table does not say: the five minutes of the ASTCT table are used.

Cites: ctcae-neuro-5 and ctcae-neuro-6, Seizure; that limit and the overlap are house readings.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, seen, unsure
from toxmodels.scales.ctcae_terms import TERMS, Edition
from toxmodels.scales.neuro_signs import asked_of_seizures, cited, standing_seizures
from toxmodels.scales.seizure import PROLONGED_OVER_MIN, SeizureEpisode, episodes

__all__ = ["had_seizures", "seizure_term"]

NEW_ONSET: Final = 3
_TERM: Final = TERMS["seizure"]
_WORDS: Final = re.compile(r"seizure|epilep|convuls", re.IGNORECASE)
_DENIED: Final = re.compile(r"\b(no|never|without|denies|excluded)\b", re.IGNORECASE)
_GRADE_IT: Final = "a clinician's grade of the seizure: the rows leave it open"
_OVERLAP: Final = "the rows overlap: a first seizure is new onset, whatever its length"


def had_seizures(evidence: Evidence) -> bool | None:
    """Whether the patient had seizures before the therapy; ``None`` where nobody recorded it."""
    start = evidence.first_dose_at
    if start is not None and any(fit.last_at < start for fit in episodes(evidence.exams)):
        return True
    known = evidence.case.patient.conditions
    if known is None:
        return None
    return any(_WORDS.search(one) and not _DENIED.search(one) for one in known)


def seizure_term(evidence: Evidence, base: Finding, edition: Edition) -> Finding:
    """Read the seizures that still count on this edition's row."""
    cite, fits = _TERM.cite(edition), standing_seizures(evidence)
    if not fits:
        return cited(base, cite, _TERM.name)
    before = had_seizures(evidence)
    spans = [
        _bounds(evidence, fit, had, edition)
        for fit in fits
        for had in ((True, False) if before is None else (before,))
    ]
    per_fit = 2 if before is None else 1
    lows = [min(low for low, _ in spans[n : n + per_fit]) for n in range(0, len(spans), per_fit)]
    low, high = max(lows), max(most for _, most in spans)
    if len(fits) > 1:
        high = max(high, NEW_ONSET)  # multiple, perhaps despite treatment
    if not asked_of_seizures(evidence):
        high = 4
    low = low if base.at_least > 0 else 0
    newest = max(fits, key=lambda fit: (fit.last_at, fit.bounds()))
    says, at = f"{_TERM.name}: {newest.says()}", newest.last_at
    if low == high:
        limit = _limit(low, first=before is False)
        found = seen("seizure", low, says, limit=limit, cite=cite, taken_at=at, record="neuro")
        return replace(found, note=_OVERLAP if before is False and low == NEW_ONSET else None)
    asked = [base.missing] if base.missing else []
    if before is None:
        asked.append("whether the patient had seizures before (conditions)")
    found = unsure(
        "seizure", low, high, says, missing="; ".join(asked) or _GRADE_IT, cite=cite,
        record="neuro", value=newest.says(), limit="new onset 3, prolonged 4",
        taken_at=at,
    )  # fmt: skip
    return replace(found, note=_OVERLAP if before is not True else None)


def _bounds(
    evidence: Evidence, fit: SeizureEpisode, had_before: bool, edition: Edition
) -> tuple[int, int]:
    """What one seizure may be, given whether the patient had any before."""
    low, high = _brief(evidence, fit)
    several = fit.count is not None and fit.count > 1
    long = fit.duration_min is not None and fit.duration_min > PROLONGED_OVER_MIN
    if fit.repetitive is True:
        # Version 6 says generalised: a partial one may still be life-threatening.
        certain = edition == "5.0" or fit.kind == "generalised"
        low, high = (4, 4) if certain else (NEW_ONSET, 4)
    elif long:
        low, high = NEW_ONSET, 4
    elif fit.bounds()[1] > NEW_ONSET:  # length or recovery not known
        high = 4
    elif several:
        high = max(high, NEW_ONSET)
    return (low, high) if had_before else (max(low, NEW_ONSET), max(high, NEW_ONSET))


def _brief(evidence: Evidence, fit: SeizureEpisode) -> tuple[int, int]:
    if fit.kind == "generalised":
        return 2, 2
    awake = any(
        one.taken_at == fit.last_at and one.consciousness == "alert" for one in evidence.exams
    )
    # Neither row speaks of a partial seizure with loss of consciousness, or of one on EEG alone.
    return (1, 1) if fit.kind == "focal" and awake else (1, 2)


def _limit(grade: int, *, first: bool) -> str:
    if grade == NEW_ONSET:
        return "new-onset seizure" if first else "multiple seizures despite treatment"
    return {1: "brief partial, conscious", 2: "brief generalised"}.get(
        grade, "prolonged and repetitive, or life-threatening"
    )
