"""
Grades that clinicians gave on CTCAE, term by term, and how they meet what the record shows.

A clinician's grade wins for its term over everything recorded up to an hour after it. It stands
until somebody grades again, or until something newer no longer fits: what is worse then counts,
what is milder opens the grade downwards and asks for a new one. A grade of all neurological terms
together stands for every one of them.

A grade on another edition is never taken over: it says only that the term was present or not.

Cites: ctcae-neuro-5 and ctcae-neuro-6; how a grade stands is a house rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Sign, seen, unsure
from toxmodels.records import Grading
from toxmodels.scales.ctcae_terms import OF_ALL, TERMS, Edition, Term, edition_of, named
from toxmodels.sources import Cite

__all__ = ["settled"]

LEEWAY: Final = timedelta(
    hours=1
)  # a grade given just before the signs were charted speaks of them
_TOGETHER: Final = "Neurological toxicity as a whole"
_STANDS: Final = Cite("site-defaults", "a clinician's CTCAE grade stands for its term", "house")


def settled(evidence: Evidence, edition: Edition, shown: Mapping[str, Finding]) -> list[Finding]:
    """The finding of every term: what the record shows, or the grade a clinician gave it."""
    own, elsewhere = _given(evidence, edition)
    whole = _newest(own, OF_ALL)
    found = [] if whole is None else [_graded(_TOGETHER, whole, _STANDS)]
    terms = dict.fromkeys([*shown, *sorted({name for name, _ in (*own, *elsewhere)})])
    for name in terms:
        finding, grading, term = shown.get(name), _newest(own, {name}), TERMS.get(name)
        if grading is not None and term is not None and _stands(grading, whole):
            found.append(_meeting(term, grading, finding, edition))
        elif whole is not None:
            found += [finding] if finding is not None and _is_newer(finding, whole) else []
        elif term is not None:
            found += _without(term, finding, _newest(elsewhere, {name}), edition)
        elif finding is not None:
            found.append(finding)
    return found


def _stands(grading: Grading, whole: Grading | None) -> bool:
    return whole is None or grading.graded_at >= whole.graded_at


_Named = Sequence[tuple[str, Grading]]


def _given(evidence: Evidence, edition: Edition) -> tuple[_Named, _Named]:
    """Grades of this edition (or of none by name), and those of another one."""
    own: list[tuple[str, Grading]] = []
    elsewhere: list[tuple[str, Grading]] = []
    for one in evidence.gradings:
        term, on = named(one.term), edition_of(one.scale)
        if term is None or on is None:
            continue
        term = "neurotoxicity" if term == "icans" and edition == "5.0" else term  # no such term yet
        (own if on in ("", edition) else elsewhere).append((term, one))
    return own, elsewhere


def _newest(found: _Named, terms: Iterable[str]) -> Grading | None:
    """The newest grade of a term; of one minute the worst."""
    wanted = {*terms}
    given = [one for term, one in found if term in wanted]
    return max(given, key=lambda one: (one.graded_at, one.grade)) if given else None


def _is_newer(finding: Finding, grading: Grading) -> bool:
    return finding.taken_at is not None and finding.taken_at > grading.graded_at + LEEWAY


def _graded(name: str, grading: Grading, cite: Cite, note: str | None = None) -> Finding:
    sign: Sign = "term" if grading.grade < _FATAL else "death"
    limit = "as a clinician graded it"
    return seen(
        sign, grading.grade, f"{name}: graded {grading.grade}", limit=limit, cite=cite,
        taken_at=grading.graded_at, value=f"grade {grading.grade} on {grading.scale}", note=note,
        record="gradings",
    )  # fmt: skip


_FATAL: Final = 5


def _meeting(term: Term, grading: Grading, finding: Finding | None, edition: Edition) -> Finding:
    """A grade for a term, against what the record shows since."""
    known = term.has(grading.grade, edition)
    note = None if known else f"this edition has no grade {grading.grade} of the term"
    exact = _graded(term.name, grading, term.cite(edition), note)
    if finding is None or not _is_newer(finding, grading) or grading.grade >= _FATAL:
        return exact
    if grading.grade < finding.at_least:
        return replace(finding, note=f"graded {grading.grade} before; what came since is worse")
    if grading.grade > finding.at_most:
        return unsure(
            finding.sign, finding.at_least, grading.grade,
            f"{finding.says}; graded {grading.grade} before",
            missing=f"{term.name}: the grade it has now", cite=_STANDS, record="gradings",
            value=f"grade {grading.grade} on {grading.scale}",
            limit="milder since it was graded", taken_at=finding.taken_at,
        )  # fmt: skip
    return exact


def _without(
    term: Term, finding: Finding | None, other: Grading | None, edition: Edition
) -> list[Finding]:
    """No grade of this edition; one of another edition says only that the term was present."""
    if other is None or (finding is not None and _is_newer(finding, other)):
        return [] if finding is None else [finding]
    if finding is not None and finding.missing is None:
        return [finding]
    low, high = term.bounds(edition) if other.grade > 0 else (0, 0)
    says = f"{term.name}: graded {other.grade} on {other.scale}, not on this edition"
    return [
        unsure(
            "term", low, high, says, missing=f"{term.name}: its grade by CTCAE {edition}",
            cite=_STANDS, record="gradings", value=says, taken_at=other.graded_at,
        ),
        *([] if finding is None else [finding]),
    ]  # fmt: skip
