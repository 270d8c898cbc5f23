"""
The ICANS term of CTCAE version 6: bands of ICE for adults, CAPD and waking for children.

It is not the ASTCT scale: a CAPD of 9 or more is 3 only in a child who wakes to touch alone, and
seizures, weakness and raised pressure have no row. Pairs of CAPD and waking that fit no row are
open between the rows around them. Life-threatening (4) is read from a patient who cannot be roused.

Cites: ctcae-neuro-6, ICANS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Sign, seen, unsure
from toxmodels.scales.astct_icans import SAYS, exam
from toxmodels.scales.branch import branch
from toxmodels.scales.ctcae_terms import TERMS
from toxmodels.scales.neuro_signs import cited

__all__ = ["icans_term", "row"]

_TERM: Final = TERMS["icans"]
_CITE: Final = _TERM.cite("6.0")
_BANDS: Final = (0, 1, 3)  # CAPD 0, 1 to 8, 9 or more, by the grade ASTCT gives them
_ROW_OF: Final = {"alert": 1, "drowsy": 1, "voice": 2, "tactile": 3}
_LIMITS: Final = {
    0: "CAPD 0, alert",
    1: "CAPD 1 to 8, wakes spontaneously",
    2: "CAPD 1 to 8, wakes to voice",
    3: "CAPD 9 or more, wakes to touch alone",
}
_DIFFERS: Final = "ASTCT reads a CAPD of 9 or more as 3 whatever the waking"
_NO_ROW: Final = "a clinician's grade: no row has this CAPD with this waking"


def row(band: int, waking: str) -> tuple[int, int]:
    """What a child is worth on the two readings together; open where no row has both."""
    if waking == "unarousable":
        return 4, 4
    at = _ROW_OF[waking]
    if band == 0:
        return 0, 0 if waking == "alert" else at
    if band == 1:
        return min(at, 2), at
    return at, 3


def icans_term(evidence: Evidence, read: Mapping[Sign, Finding]) -> Finding:
    """Read the term for the exam that this patient's age asks for."""
    waking = read["consciousness"]
    level = evidence.moment.consciousness
    known = waking.missing is None and not waking.attributed
    if known and level is not None and level.value == "unarousable":
        return seen(
            "consciousness", 4, f"{_TERM.name}: {waking.says}", limit="life-threatening",
            cite=_CITE, taken_at=level.taken_at, record="neuro",
        )  # fmt: skip
    which = branch(evidence.case.patient)
    if which == "ice":
        return _adult(evidence)
    if which == "capd":
        return _child(evidence, waking)
    adult, child = _adult(evidence), _child(evidence, waking)
    low, high = min(adult.at_least, child.at_least), max(adult.at_most, child.at_most)
    shown = adult if adult.value is not None else child
    what = "age in years, which decides between ICE and CAPD"
    return replace(shown, at_least=low, at_most=high, missing=what, attributed=False)


def _adult(evidence: Evidence) -> Finding:
    """The bands of ICE are those of ASTCT."""
    return cited(exam(evidence.moment, "ice"), _CITE, _TERM.name)


def _child(evidence: Evidence, waking: Finding) -> Finding:
    scored, level = exam(evidence.moment, "capd"), evidence.moment.consciousness
    if scored.attributed:
        return cited(scored, _CITE, _TERM.name)
    bands = [band for band in _BANDS if scored.at_least <= band <= scored.at_most]
    if waking.attributed:
        levels = ["alert"]
    elif waking.missing is not None or level is None:
        levels = [*SAYS]
    else:
        levels = [level.value]
    found = [row(band, one) for band in bands for one in levels]
    low, high = min(one[0] for one in found), max(one[1] for one in found)
    woken = SAYS[levels[0]] if len(levels) == 1 else "waking not recorded"
    says = f"{_TERM.name}: {scored.says}, {woken}"
    note = _DIFFERS if 3 in bands and high != 4 else None
    if low == high:
        return seen(
            "capd", low, says, limit=_LIMITS[low], cite=_CITE, taken_at=scored.taken_at,
            record="neuro",
        )  # fmt: skip
    gaps = [one for one in (scored.missing, waking.missing) if one is not None]
    what = "; ".join(gaps) or _NO_ROW
    found_ = unsure(
        "capd", low, high, says, missing=what, cite=_CITE, record="neuro", value=scored.value,
        taken_at=scored.taken_at,
    )  # fmt: skip
    return replace(found_, note=note)
