"""
CARTOX 2018 grading of CAR-T-cell-related encephalopathy syndrome (CRES).

The grade is the worst of the CARTOX-10 score, raised pressure with oedema, and seizure with motor
weakness. CARTOX-10 is not ICE: it asks for the name of the leader of the country and for no
command, so a total of one is never a total of the other. Where only ICE was done, the tasks both
share say from where to where CARTOX-10 may lie.

Differs from ICANS: any generalised seizure and any new weakness are 4, any oedema is 4, a fundus
with papilloedema is 3 in stages 1 and 2, and consciousness counts only from obtunded.

Cites: neelapu-2018-neuro, CRES table.
"""

from __future__ import annotations

from dataclasses import replace
from operator import neg
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, Sign, explained, seen, unsure
from toxmodels.moment import Reading
from toxmodels.scales.cartox_pressure import pressure
from toxmodels.scales.cartox_ten import LIMITS, allowed_by_ice, cartox_tier, counting_fixed
from toxmodels.scales.neuro_signs import (
    asked_of_seizures,
    cited,
    fatal,
    newest,
    read_by_sign,
    standing_seizures,
    together,
)
from toxmodels.scales.scale import BesideScale
from toxmodels.scales.seizure import SeizureEpisode
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = ["SCALE", "grade"]

SOURCE: Final = "neelapu-2018-neuro"

_BANDS: Final = Cite(SOURCE, "CRES table, CARTOX-10 row, bands of grade 1 and 2")
_SCORE: Final = Cite(SOURCE, "CRES table, CARTOX-10 row", "unverified")
_PRESSURE: Final = Cite(SOURCE, "CRES table, raised intracranial pressure row", "unverified")
_SEIZURE: Final = Cite(SOURCE, "CRES table, seizures or motor weakness row", "unverified")
_SHARED: Final = Cite("site-defaults", "tasks that ICE and CARTOX-10 share", "house")
_DEATH: Final = Cite("site-defaults", "grade 5 on every scale: death due to the toxicity", "house")
_NOT_ICE: Final = "an ICE total is never taken for a CARTOX-10 total; one task of each differs"


def score(evidence: Evidence, read: dict[Sign, Finding]) -> Finding:
    """Read CARTOX-10; without it, what the shared tasks of an ICE still allow."""
    moment, waking = evidence.moment, read["consciousness"]
    kept = site().neuro_valid
    total = newest(evidence, "cartox10_total", "ice", severity=neg, within=kept)
    known = total if total is not None else moment.ice
    ceiling = 3 if waking.missing is None and waking.at_most < 4 else 4
    unable = moment.unable
    if unable is not None and (known is None or unable.taken_at >= known.taken_at):
        why = ", ".join(reason.replace("_", " ") for reason in unable.value)
        return unsure(
            "cartox10", 0, ceiling, f"CARTOX-10 could not be done: {why}",
            missing="CARTOX-10 as soon as it can be done", cite=_SCORE, record="neuro",
            taken_at=unable.taken_at,
        )  # fmt: skip
    if known is None:
        says = "CARTOX-10 not recorded"
        return unsure(
            "cartox10", 0, ceiling, says, missing="CARTOX-10 total", cite=_SCORE, record="neuro"
        )
    if known.attributed:
        name = "CARTOX-10" if total is not None else "ICE, of which CARTOX-10 shares most tasks"
        return explained("cartox10", name, cite=_SCORE, taken_at=known.taken_at, record="neuro")
    fixed = evidence.case.patient.fixed_ice_deficits or ()
    if total is None:
        return _from_ice(known, fixed)
    low, high = counting_fixed(total.value, fixed)
    return _by_total(total, low, high)


def _by_total(reading: Reading, low: int, high: int) -> Finding:
    at, grades = reading.taken_at, (cartox_tier(high), cartox_tier(low))
    says = f"CARTOX-10 {reading.value}"
    if low != high:
        says += f", {low} to {high} without what was fixed before therapy"
    if grades[0] == grades[1]:
        cite = _BANDS if grades[0] in (1, 2) else _SCORE
        return seen(
            "cartox10", grades[0], says, limit=LIMITS[grades[0]], cite=cite, taken_at=at,
            record="neuro",
        )  # fmt: skip
    return unsure(
        "cartox10", *grades, says, missing="which tasks of CARTOX-10 were missed", cite=_SCORE,
        record="neuro", value=says, taken_at=at,
    )  # fmt: skip


def _from_ice(reading: Reading, fixed: tuple[str, ...]) -> Finding:
    """Never a total: the lowest and the highest that the tasks done for an ICE leave possible."""
    bounds = [allowed_by_ice(one.value, fixed) for one in (reading, *reading.others)]
    low, high = min(one[0] for one in bounds), max(one[1] for one in bounds)
    says = f"CARTOX-10 not recorded; ICE tasks allow {low} to {high}"
    found = unsure(
        "cartox10", cartox_tier(high), cartox_tier(low), says, missing="CARTOX-10 total",
        cite=_SHARED, record="neuro", value=f"{low} to {high} by the shared tasks",
        taken_at=reading.taken_at,
    )  # fmt: skip
    return replace(found, note=_NOT_ICE)


def consciousness(evidence: Evidence, base: Finding) -> Finding:
    """Read consciousness: only obtunded counts, and whether waking to touch is that is open."""
    reading = evidence.moment.consciousness
    if base.missing is not None or base.attributed or reading is None:
        return cited(base, _SCORE)
    at, says = reading.taken_at, base.says
    if reading.value == "unarousable":
        limit = "obtunded, cannot perform the tasks"
        return seen("consciousness", 4, says, limit=limit, cite=_SCORE, taken_at=at, record="neuro")
    if reading.value == "tactile":
        found = unsure(
            "consciousness", 0, 4, says,
            missing="a physician's word on whether the patient is obtunded or critically ill",
            cite=_SCORE, record="neuro", value=says, limit="4 if that is obtunded", taken_at=at,
        )  # fmt: skip
        return replace(found, note="the table does not say at which waking obtunded begins")
    limit = "counts only from obtunded"
    return seen("consciousness", 0, says, limit=limit, cite=_SCORE, taken_at=at, record="neuro")


def seizure(evidence: Evidence, base: Finding) -> Finding:
    """Read the seizures that still count: partial or non-convulsive 3, anything else 4."""
    fits = standing_seizures(evidence)
    if not fits:
        return cited(base, _SEIZURE)
    gravest = max(fits, key=lambda fit: (_bounds(fit), fit.last_at))
    low = max(_bounds(fit)[0] for fit in fits) if base.at_least > 0 else 0
    high = max(_bounds(fit)[1] for fit in fits) if asked_of_seizures(evidence) else 4
    says, at = gravest.says(), gravest.last_at
    if low == high:
        limit = "any generalised seizure, or status" if low == 4 else "partial, or on EEG alone"
        found = seen("seizure", low, says, limit=limit, cite=_SEIZURE, taken_at=at, record="neuro")
        on_eeg = gravest.kind == "nonconvulsive_eeg" and low == 3
        note = "recorded as resolved, which is read as answering to a benzodiazepine"
        return replace(found, note=note if on_eeg else None)
    what = base.missing or "how long the seizure lasted and whether the patient recovered"
    limit = "3 if partial and over soon, 4 if it became status"
    return unsure(
        "seizure", low, high, says, missing=what, cite=_SEIZURE, record="neuro", value=says,
        limit=limit, taken_at=at,
    )  # fmt: skip


def _bounds(fit: SeizureEpisode) -> tuple[int, int]:
    return (4, 4) if fit.kind == "generalised" else fit.bounds()


def motor(evidence: Evidence, base: Finding) -> Finding:
    """Read motor weakness: any new weakness is 4."""
    reading = evidence.moment.motor_weakness
    if reading is None or reading.value == "none":
        return cited(replace(base, limit="none seen"), _SEIZURE)
    says, at = base.value or base.says, reading.taken_at
    if reading.attributed:
        says = "mild weakness" if reading.value == "mild" else "deep focal weakness"
        return explained("motor", says, cite=_SEIZURE, taken_at=at, record="neuro")
    limit = "any new motor weakness"
    return seen("motor", 4, says, limit=limit, cite=_SEIZURE, taken_at=at, record="neuro")


def oedema(evidence: Evidence, base: Finding) -> Finding:
    """Read imaging: any oedema is 4; around a haemorrhage the table does not say."""
    reading = evidence.moment.cerebral_oedema
    if reading is None or reading.value == "none" or base.attributed:
        return cited(base, _PRESSURE)
    at, says = reading.taken_at, base.says
    if reading.value == "haemorrhage_related":
        if reading.attributed:
            return explained("oedema", says, cite=_PRESSURE, taken_at=at, record="neuro")
        return unsure(
            "oedema", 0, 4, says,
            missing="a physician's word on whether oedema around a haemorrhage counts",
            cite=_PRESSURE, record="neuro", value=says, limit="any cerebral oedema", taken_at=at,
        )  # fmt: skip
    limit = "any cerebral oedema"
    return seen("oedema", 4, says, limit=limit, cite=_PRESSURE, taken_at=at, record="neuro")


def grade(evidence: Evidence) -> Grade:
    """Grade CRES at one time."""
    read = read_by_sign(evidence)
    return together(
        [
            score(evidence, read),
            consciousness(evidence, read["consciousness"]),
            seizure(evidence, read["seizure"]),
            motor(evidence, read["motor"]),
            *pressure(evidence, read["raised_icp"]),
            oedema(evidence, read["oedema"]),
            *fatal(evidence, _DEATH),
        ]
    )


SCALE: Final = BesideScale(
    "cartox-cres-2018",
    "Neurotoxicity (CRES), CARTOX with the CARTOX-10 score",
    "CRES",
    "icans",
    "2018",
    SOURCE,
    verification="unverified",
    traps=(
        "A CARTOX-10 total and an ICE total are not interchangeable: one task of each differs",
        "Any generalised seizure is 4 here, and 3 by ASTCT where it resolves rapidly",
        "Any new motor weakness and any cerebral oedema are 4; ASTCT asks for deep focal weakness",
        "An opening pressure below 20 mmHg is 3 only with suspected raised pressure; read "
        "literally, every normal lumbar puncture would be 3",
        "Critical condition has no field of its own: only consciousness is read for it",
    ),
    grade=grade,
)
