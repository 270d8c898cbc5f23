"""
Raised intracranial pressure as CRES reads it: the fundus, the opening pressure, and suspicion.

An opening pressure below 20 mmHg is 3 only with suspected raised pressure; read without that word
it would give 3 to everybody with a normal lumbar puncture. From 20 mmHg it is 4. Suspicion is any
sign of raised pressure or any stage of papilloedema that nobody attributed to another cause.

Cites: neelapu-2018-neuro, CRES table, raised intracranial pressure row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, explained, seen, unsure
from toxmodels.moment import Reading
from toxmodels.scales.neuro_signs import cited, newest
from toxmodels.sources import Cite

__all__ = ["OPENING_PRESSURE_MMHG", "SEVERE_FROM_STAGE", "pressure"]

OPENING_PRESSURE_MMHG: Final = 20.0
SEVERE_FROM_STAGE: Final = 3
_CITE: Final = Cite(
    "neelapu-2018-neuro", "CRES table, raised intracranial pressure row", "unverified"
)
_FUNDUS: Final = "papilloedema"


def pressure(evidence: Evidence, base: Finding) -> list[Finding]:
    """Read the signs with the fundus, then the opening pressure where one was measured."""
    stage = newest(evidence, "papilloedema_stage", "raised_icp", severity=int)
    opening = newest(evidence, "csf_opening_pressure_mmhg", "raised_icp", severity=float)
    signs = evidence.moment.raised_icp
    found = [_signs(base, signs, stage, measured=opening is not None)]
    if opening is not None:
        found.append(_opening(opening, _suspected(signs, stage)))
    return found


def _counts(reading: Reading | None) -> bool:
    return reading is not None and not reading.attributed


def _suspected(signs: Reading | None, stage: Reading | None) -> bool | None:
    """Whether raised pressure is suspected; ``None`` where nobody recorded whether it is."""
    if stage is not None and _counts(stage) and stage.value > 0:
        return True
    if signs is None:
        return None
    return bool(signs.value) and not signs.attributed


def _signs(
    base: Finding, signs: Reading | None, stage: Reading | None, *, measured: bool
) -> Finding:
    swollen = stage is not None and stage.value > 0
    if stage is not None and swollen and not stage.attributed:
        return _by_stage(stage)
    if signs is None or not signs.value or signs.attributed:
        return _explained(stage) if stage is not None and swollen else cited(base, _CITE)
    named, at = base.value or base.says, signs.taken_at
    if _FUNDUS in signs.value:
        return unsure(
            "raised_icp", 3, 4, named, missing="stage of papilloedema", cite=_CITE,
            record="neuro", value=named, limit="3 in stage 1 or 2, 4 from stage 3", taken_at=at,
        )  # fmt: skip
    unknown = [
        *([] if stage is not None else ["fundus: stage of papilloedema"]),
        *([] if measured else ["opening pressure of the cerebrospinal fluid"]),
    ]
    if not unknown:
        limit = "graded by fundus and opening pressure"
        return seen("raised_icp", 0, named, limit=limit, cite=_CITE, taken_at=at, record="neuro")
    found = unsure(
        "raised_icp", 0, 4, named, missing="; ".join(unknown), cite=_CITE, record="neuro",
        value=named, limit="graded by fundus and opening pressure", taken_at=at,
    )  # fmt: skip
    return replace(found, note="the table names no sign of raised pressure but these two")


def _explained(stage: Reading) -> Finding:
    says = f"papilloedema stage {stage.value}"
    return explained("raised_icp", says, cite=_CITE, taken_at=stage.taken_at, record="neuro")


def _by_stage(stage: Reading) -> Finding:
    says, at = f"papilloedema stage {stage.value}", stage.taken_at
    severe = stage.value >= SEVERE_FROM_STAGE
    limit = "papilloedema stage 3 to 5" if severe else "papilloedema stage 1 or 2"
    grade = 4 if severe else 3
    return seen("raised_icp", grade, says, limit=limit, cite=_CITE, taken_at=at, record="neuro")


def _opening(opening: Reading, suspected: bool | None) -> Finding:
    says, at = f"opening pressure {opening.value:g} mmHg", opening.taken_at
    edge = f"{OPENING_PRESSURE_MMHG:g} mmHg"
    if opening.attributed:
        return explained("raised_icp", says, cite=_CITE, taken_at=at, record="neuro")
    if opening.value >= OPENING_PRESSURE_MMHG:
        limit = f"from {edge}"
        return seen("raised_icp", 4, says, limit=limit, cite=_CITE, taken_at=at, record="neuro")
    if suspected is None:
        return unsure(
            "raised_icp", 0, 3, says, missing="signs of raised pressure", cite=_CITE,
            record="neuro", value=says, limit=f"below {edge}: 3 only if suspected", taken_at=at,
        )  # fmt: skip
    grade = 3 if suspected else 0
    limit = f"below {edge}, {'' if suspected else 'not '}suspected"
    return seen("raised_icp", grade, says, limit=limit, cite=_CITE, taken_at=at, record="neuro")
