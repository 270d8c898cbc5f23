"""
Terms of CTCAE that a label reads as neurological, with the grades each edition has for them.

A dash in the printed table is a grade that the term does not have: tremor ends at 3, cerebral
oedema begins at 3 in version 5 and at 1 in version 6. Terms that labels name beside the table read
here are known as well; which grades they have was not read, and they say so.

Cites: ctcae-neuro-5 and ctcae-neuro-6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from toxmodels.sources import Cite

__all__ = ["EDITIONS", "OF_ALL", "TERMS", "UNLISTED", "Edition", "Term", "edition_of", "named"]

Edition = Literal["5.0", "6.0"]
EDITIONS: Final[tuple[Edition, ...]] = ("5.0", "6.0")
_SOURCES: Final[dict[Edition, str]] = {"5.0": "ctcae-neuro-5", "6.0": "ctcae-neuro-6"}
_LIVING: Final = 4  # grade 5 is death: a sign in a living patient leaves at most this open


@dataclass(frozen=True, slots=True)
class Term:
    """One term: its lowest and highest grade by edition, and whether its row was read."""

    name: str
    grades: tuple[tuple[int, int], tuple[int, int]]
    was_read: bool = True

    def bounds(self, edition: Edition) -> tuple[int, int]:
        """What the term may be graded in a living patient of whom only its presence is known."""
        low, high = self.grades[EDITIONS.index(edition)]
        return low, min(high, _LIVING)

    def has(self, grade: int, edition: Edition) -> bool:
        """Whether the edition has such a grade of this term."""
        low, high = self.grades[EDITIONS.index(edition)]
        return grade == 0 or low <= grade <= high

    def cite(self, edition: Edition) -> Cite:
        """Where the row stands."""
        verification: Literal["verified", "unverified"] = (
            "verified" if self.was_read else "unverified"
        )
        return Cite(_SOURCES[edition], self.name, verification)


def _same(low: int, high: int) -> tuple[tuple[int, int], tuple[int, int]]:
    return (low, high), (low, high)


_READ: Final = (
    Term("Encephalopathy", _same(1, 5)),
    Term("Seizure", _same(1, 5)),
    Term("Tremor", _same(1, 3)),
    Term("Dysphasia", ((1, 3), (1, 4))),
    Term("Confusion", _same(1, 4)),
    Term("Delirium", _same(1, 5)),
    Term("Hallucinations", _same(1, 5)),
    Term("Somnolence", _same(1, 5)),
    Term("Depressed level of consciousness", _same(1, 5)),
    Term("Cognitive disturbance", _same(1, 3)),
    Term("Concentration impairment", _same(1, 3)),
    Term("Memory impairment", _same(1, 3)),
    Term("Headache", _same(1, 3)),
    Term("Dizziness", _same(1, 3)),
    Term("Ataxia", _same(1, 3)),
    Term("Dysarthria", _same(1, 3)),
    Term("Movements involuntary", _same(1, 3)),
    Term("Edema cerebral", ((3, 5), (1, 5))),
    Term("Intracranial hemorrhage", _same(1, 5)),
    Term("ICANS", ((0, 5), (1, 5))),
)
# Named by labels or seen in exams; the rows of these terms were not read.
UNLISTED: Final = (
    "Facial nerve disorder",
    "Extrapyramidal disorder",
    "Motor weakness",
    "Signs of raised pressure",
    "Leukoencephalopathy",
    "Lethargy",
    "Paresthesia",
    "Stroke",
    "Syncope",
)
TERMS: Final[dict[str, Term]] = {
    one.name.lower(): one
    for one in (*_READ, *(Term(name, _same(1, 5), was_read=False) for name in UNLISTED))
}
# A grade under one of these speaks of everything neurological together.
OF_ALL: Final = frozenset({"neurotoxicity", "neurologic", "neurological"})
_ICANS: Final = "immune effector cell-associated neurotoxicity syndrome"
_ALSO: Final = {
    _ICANS: "icans",
    "convulsion": "seizure",
    "status epilepticus": "seizure",
    "aphasia": "dysphasia",
    "speech disorder": "dysphasia",
    "hallucination": "hallucinations",
    "cerebral edema": "edema cerebral",
    "oedema cerebral": "edema cerebral",
    "cerebral oedema": "edema cerebral",
}


def named(term: str | None) -> str | None:
    """
    The term as this package keeps it, however it is spelt; ``None`` where it is none of these.

    One of ``OF_ALL`` stays as it is.
    """
    word = (term or "").strip().lower().replace("_", " ").replace("haem", "hem")
    word = _ALSO.get(word, word)
    return word if word in TERMS or word in OF_ALL else None


def edition_of(scale: str) -> str | None:
    """The edition a clinician's grade names, ``""`` for none; ``None`` where it is not CTCAE."""
    if not scale.lower().startswith("ctcae"):
        return None
    found = re.search(r"\d+(?:\.\d+)?", scale)
    if found is None:
        return ""
    return found.group() if "." in found.group() else f"{found.group()}.0"
