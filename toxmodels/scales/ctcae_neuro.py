"""
CTCAE neurological terms, versions 5.0 and 6.0, as the label of blinatumomab reads them.

Graded term by term; the grade is that of the worst term. What the record decides is worked out,
what it only shows to be present is open over the grades of its term, and a clinician's own grade
wins for its term. Terms that no exam field asks for count only where a clinician graded them, and
the result says so: they are the one thing here that silence does not open.

Cites: ctcae-neuro-5 and ctcae-neuro-6, nervous system and psychiatric disorders.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, seen
from toxmodels.scales.ctcae_graded import settled
from toxmodels.scales.ctcae_signs import NO_FIELD, shown_terms
from toxmodels.scales.ctcae_terms import TERMS, Edition
from toxmodels.scales.neuro_signs import fatal, read_by_sign, together
from toxmodels.scales.scale import BesideScale
from toxmodels.sources import Cite

__all__ = ["SCALE_5", "SCALE_6", "grade"]

_ONLY_GRADED: Final = Cite(
    "site-defaults", "terms that no exam field asks for count only where graded", "house"
)


def grade(evidence: Evidence, edition: Edition) -> Grade:
    """Grade every term at one time, then take the worst."""
    shown = shown_terms(evidence, read_by_sign(evidence), edition)
    found = settled(evidence, edition, shown)
    death = Cite(TERMS["encephalopathy"].cite(edition).source, "grade 5: death")
    return together([*found, _unasked(found), *fatal(evidence, death)])


def _unasked(found: list[Finding]) -> Finding:
    said = {one.says.partition(":")[0].lower() for one in found}
    names = ", ".join(name for name in NO_FIELD if name not in said)
    says = f"Not asked for by any exam field: {names}"
    limit = "counted only where a clinician graded them"
    return seen(
        "judgement", 0, says, limit=limit, cite=_ONLY_GRADED, taken_at=None, record="gradings"
    )  # fmt: skip


_TITLE: Final = "Neurological adverse events, CTCAE terms as labels read them"
_TRAPS: Final = (
    "A first-ever seizure is new onset, grade 3, even if brief; 1 and 2 are for people who had "
    "seizures before",
    "Tremor, headache and hallucinations count here and never in ICANS",
    "How far a term limits daily life is not recorded: presence alone leaves it open",
)
SCALE_5: Final = BesideScale(
    "ctcae-neuro-5.0",
    _TITLE,
    "CTCAE 5.0 neuro",
    "icans",
    "5.0",
    "ctcae-neuro-5",
    traps=(*_TRAPS, "There is no ICANS term: points lost on ICE are an encephalopathy, 1 or more"),
    grade=partial(grade, edition="5.0"),
)
SCALE_6: Final = BesideScale(
    "ctcae-neuro-6.0",
    _TITLE,
    "CTCAE 6.0 neuro",
    "icans",
    "6.0",
    "ctcae-neuro-6",
    traps=(
        *_TRAPS,
        "The ICANS term of this version has no row for seizures, weakness or raised pressure",
        "A CAPD of 9 or more is 3 only with waking to touch alone; ASTCT needs no second sign",
        "Cerebral oedema begins at 1 here and at 3 in version 5",
    ),
    grade=partial(grade, edition="6.0"),
)
