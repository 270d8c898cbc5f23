"""
Grades that clinicians assign on the scale of a label, as the label reads them.

A label speaks of CRS, of neurological events and of other adverse events. Several terms of one
group stand beside each other; the worst counts, and what once stopped a drug is never forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from toxmodels.records import Case, Grading

__all__ = [
    "PAUSES_FROM",
    "LabelEvent",
    "Term",
    "assigned",
    "crs_gradings",
    "events_of_each",
    "group_of_term",
    "known_terms",
    "runs",
    "together",
]

Term = Literal["crs", "neuro", "other"]
PAUSES_FROM: Final = 3  # the grade at which labels interrupt
_HIGHEST: Final = 4  # grade 5 is death: what a label says of grade 4 holds for it
_CRS_TERMS: Final = ("crs", "cytokine release syndrome")
_CRS_SCALES: Final = ("astct-crs", "lee-2014", "penn-2018")  # they grade nothing else
# A grade under one of these speaks of everything neurological together.
_WHOLE_GROUP: Final = (
    *_CRS_TERMS,
    "neurotoxicity",
    "neurologic",
    "neurological",
    "icans",
    "immune effector cell-associated neurotoxicity syndrome",
)
# Terms of CTCAE that a label reads as neurological; any other term is another adverse event.
_NEURO_TERMS: Final = (
    "neurotoxicity",
    "neurologic",
    "neurological",
    "icans",
    "immune effector cell-associated neurotoxicity syndrome",
    "encephalopathy",
    "leukoencephalopathy",
    "seizure",
    "convulsion",
    "status epilepticus",
    "tremor",
    "dysphasia",
    "aphasia",
    "dysarthria",
    "speech disorder",
    "confusion",
    "delirium",
    "hallucinations",
    "somnolence",
    "lethargy",
    "depressed level of consciousness",
    "cognitive disturbance",
    "concentration impairment",
    "memory impairment",
    "ataxia",
    "facial nerve disorder",
    "headache",
    "dizziness",
    "paresthesia",
    "intracranial hemorrhage",
    "edema cerebral",
    "stroke",
    "syncope",
)


def term_group(grading: Grading) -> Term:
    """Which of a label's three groups the term of a clinician's grade belongs to."""
    return group_of_term(grading.term)


def group_of_term(term: str | None) -> Term:
    """Which of the three groups a term is read as, however it is spelt."""
    word = _plain(term)
    if word in _CRS_TERMS:
        return "crs"
    return "neuro" if word in _NEURO_TERMS else "other"


def _plain(term: str | None) -> str:
    return (term or "").strip().lower().replace("_", " ").replace("haem", "hem")


def known_terms() -> tuple[str, ...]:
    """Terms read as CRS or as neurological; under any other a grade is of another event."""
    return (*_CRS_TERMS[1:], *_NEURO_TERMS)


def _term(grading: Grading) -> str:
    """The term as one word for all spellings; empty where it speaks of the whole group."""
    term = _plain(grading.term)
    return "" if term in _WHOLE_GROUP else term


def assigned(case: Case, at: datetime, scale: str, group: Term) -> list[Grading]:
    """
    Grades a clinician assigned on the scale of a label, oldest first.

    ``scale`` is the family (``ctcae`` covers every edition). An ASTCT grade is never one of them.
    """
    if not case.gradings:  # asked many times at every moment of most cases
        return []
    found = [
        one
        for one in case.gradings
        if one.graded_at <= at and one.scale.startswith(scale) and term_group(one) == group
    ]
    return sorted(found, key=lambda one: (one.graded_at, one.grade))


def crs_gradings(case: Case) -> list[Grading]:
    """Grades a clinician assigned to CRS; a scale of CRS alone needs no term to say so."""
    return [
        one
        for one in case.gradings or ()
        if term_group(one) == "crs" or (one.term is None and one.scale.startswith(_CRS_SCALES))
    ]


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """
    A toxicity by a clinician's grades on a label's scale.

    ``began_at``: when it first reached grade 3, or its peak where that is lower. ``settled_at``:
    when it fell to grade 1 or less and stayed there.
    """

    began_at: datetime
    peak: int
    settled_at: datetime | None


def together(found: Sequence[Grading]) -> list[tuple[datetime, int]]:
    """The worst standing grade of a group of terms at each time one was assigned."""
    standing: dict[str, int] = {}
    series: list[tuple[datetime, int]] = []
    for one in found:
        term = _term(one)
        if term == "" and one.term is not None:
            standing = {}
        standing[term] = min(one.grade, _HIGHEST)
        series.append((one.graded_at, max(standing.values())))
    return series


def runs(series: Sequence[tuple[datetime, int]]) -> list[LabelEvent]:
    """Runs of grades above 1, oldest first."""
    rows: list[list[tuple[datetime, int]]] = []
    settled: dict[int, datetime] = {}
    for time, grade in series:
        if grade > 1:
            if not rows or len(rows) in settled:
                rows.append([])
            rows[-1].append((time, grade))
        elif rows and len(rows) not in settled:
            settled[len(rows)] = time
    found: list[LabelEvent] = []
    for number, run in enumerate(rows, start=1):
        peak = max(grade for _, grade in run)
        began = next(time for time, grade in run if grade >= min(peak, PAUSES_FROM))
        found.append(LabelEvent(began, peak, settled.get(number)))
    return found


def events_of_each(found: Sequence[Grading]) -> list[LabelEvent]:
    """Every run of every single term: what stops a drug for good is never forgotten."""
    events: list[LabelEvent] = []
    for term in {_term(one) for one in found}:
        own = [
            (one.graded_at, min(one.grade, _HIGHEST))
            for one in found
            if _term(one) == term or (_term(one) == "" and one.grade <= 1)
        ]
        events += runs(own)
    return events
