"""
ASTCT 2019 grading of immune effector cell-associated neurotoxicity syndrome (ICANS).

The grade is the worst of five domains: the scored exam (ICE; CAPD under 12 years or with
developmental delay up to 21), consciousness, seizure, motor weakness, raised pressure or oedema.
Not part of it: tremor, myoclonus, headache, haemorrhage. Waking spontaneously is what a healthy
person does too: only a depressed level that wakes spontaneously (``drowsy``) is grade 1.

Cites: lee-2019, ICANS tables for adults and children with footnotes; house rules in site.toml.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from operator import is_
from typing import Final, Literal

from toxmodels.findings import (
    Finding,
    Grade,
    explained,
    gravest,
    mark_deciding,
    seen,
    still_missing,
    unsure,
    worst,
)
from toxmodels.moment import Moment, Reading, Waiver
from toxmodels.records import Event, Patient
from toxmodels.scales.branch import branch
from toxmodels.scales.capd import POSITIVE_FROM, capd_tier
from toxmodels.scales.death import death_finding
from toxmodels.scales.ice import IceScore, ice_score, ice_tier
from toxmodels.scales.seizure import is_asked_lately, seizure
from toxmodels.scored_exams import Capd
from toxmodels.sources import Cite

ID: Final = "astct-icans-2019"
READS: Final = frozenset({"ice", "capd", "consciousness"})
CONSCIOUSNESS: Final = {"alert": 0, "drowsy": 1, "voice": 2, "tactile": 3, "unarousable": 4}
SAYS: Final = {
    "alert": "alert",
    "drowsy": "drowsy, wakes spontaneously",
    "voice": "wakes to voice",
    "tactile": "wakes only to touch",
    "unarousable": "cannot be roused",
}

_ICE = Cite("lee-2019", "ICANS table for adults, ICE row")
_CAPD = Cite("lee-2019", "ICANS table for children, CAPD row")
_WAKING = Cite("lee-2019", "ICANS table, level of consciousness row")
_MOTOR = Cite("lee-2019", "ICANS table, motor findings row")
_PRESSURE = Cite("lee-2019", "ICANS table, raised intracranial pressure and oedema row")
_ATTEMPT = Cite("site-defaults", "an exam that could not be done is open, never 0", "house")
_IMAGING = Cite("site-defaults", "when a missing scan opens the grade", "house")


def _is_sedated(moment: Moment) -> bool:
    """Whether consciousness was last looked at under sedation."""
    unable, waking = moment.unable, moment.consciousness
    if unable is None or "sedated" not in unable.value:
        return False
    return waking is None or unable.taken_at >= waking.taken_at


def _rousable(moment: Moment) -> bool | None:
    waking = moment.consciousness
    if waking is None or waking.attributed or _is_sedated(moment):
        return None
    return bool(waking.value != "unarousable")


def exam(moment: Moment, sign: Literal["ice", "capd"]) -> Finding:
    """Read the scored exam: by score, open where it could not be done or was not done."""
    reading = moment.ice if sign == "ice" else moment.capd
    cite, name = (_ICE, "ICE") if sign == "ice" else (_CAPD, "CAPD")
    rousable, unable = _rousable(moment), moment.unable
    ceiling = 3 if rousable else 4
    if unable is not None and (reading is None or unable.taken_at >= reading.taken_at):
        why = ", ".join(reason.replace("_", " ") for reason in unable.value)
        says = f"{name} could not be done: {why}"
        return unsure(
            sign,
            0,
            ceiling,
            says,
            missing=f"{name} as soon as it can be done",
            cite=_ATTEMPT,
            record="neuro",
            taken_at=unable.taken_at,
        )
    if reading is None:
        if rousable is False:
            at = moment.consciousness.taken_at if moment.consciousness else None
            says = f"{name} cannot be performed: cannot be roused"
            limit = "unable to perform because unrousable"
            return seen(sign, 4, says, limit=limit, cite=cite, taken_at=at, record="neuro")
        says = f"{name} not recorded"
        return unsure(sign, 0, ceiling, says, missing=name, cite=cite, record="neuro")
    return gravest([_scored(moment, sign, one, rousable) for one in (reading, *reading.others)])


def _scored(
    moment: Moment, sign: Literal["ice", "capd"], reading: Reading, rousable: bool | None
) -> Finding:
    patient, at = moment.patient, reading.taken_at
    if reading.attributed:
        cite, name = (_ICE, "ICE") if sign == "ice" else (_CAPD, "CAPD")
        return explained(sign, name, cite=cite, taken_at=at, record="neuro")
    if sign == "ice":
        return _by_ice(ice_score(reading.value, patient.fixed_ice_deficits or ()), at, rousable)
    return _by_capd(reading.value, at, patient.baseline_capd)


def _by_ice(score: IceScore, at: datetime, rousable: bool | None) -> Finding:
    low, high = ice_tier(score.high), ice_tier(score.low)
    if score.low == 0 and rousable is not True:
        high = 4
        low = 4 if score.high == 0 and rousable is False else low
    says = str(score)
    if low == high:
        limit = {0: "10", 1: "7 to 9", 2: "3 to 6", 3: "0 to 2", 4: "0, cannot be roused"}[low]
        return seen("ice", low, says, limit=limit, cite=_ICE, taken_at=at, record="neuro")
    left = (
        f"ICE items: {', '.join(score.not_asked)}" if score.not_asked else "level of consciousness"
    )
    if not score.not_asked and score.low != score.high:
        left = "ICE item by item"
    return unsure(
        "ice", low, high, says, missing=left, cite=_ICE, record="neuro", value=says, taken_at=at
    )


def _by_capd(capd: Capd, at: datetime, usual: int | None) -> Finding:
    total_low, total_high = capd.bounds()
    low, high = capd_tier(total_low), capd_tier(total_high)
    says = f"CAPD {total_low}" if total_low == total_high else f"CAPD {total_low}-{total_high}"
    if low == high:
        limit = {0: "0", 1: f"1 to {POSITIVE_FROM - 1}", 3: f"{POSITIVE_FROM} or more"}[low]
        note = "a CAPD of 1 to 8 cannot tell grade 1 from 2; consciousness does"
        found = seen("capd", low, says, limit=limit, cite=_CAPD, taken_at=at, record="neuro")
        is_usual = usual is not None and total_high <= usual
        return replace(found, note=note if low == 1 else None, is_usual=is_usual)
    left = "the CAPD items left out"
    return unsure(
        "capd", low, high, says, missing=left, cite=_CAPD, record="neuro", value=says, taken_at=at
    )


def _either(moment: Moment) -> Finding:
    """Age unknown: from the lower to the upper end of both branches."""
    ice, capd = exam(moment, "ice"), exam(moment, "capd")
    low, high = min(ice.at_least, capd.at_least), max(ice.at_most, capd.at_most)
    known = [one for one in (ice, capd) if one.value is not None]
    says = f"{known[0].says if known else 'no scored exam'}; age not recorded"
    return replace(
        known[0] if known else ice,
        at_least=low,
        at_most=high,
        says=says,
        record="patient",
        missing="age in years, which decides between ICE and CAPD",
        attributed=False,
    )


def consciousness(moment: Moment) -> Finding:
    """Read the level of consciousness; under sedation it is open."""
    reading = moment.consciousness
    if reading is not None and reading.attributed:
        value = SAYS[reading.value]
        return explained(
            "consciousness", value, cite=_WAKING, taken_at=reading.taken_at, record="neuro"
        )
    if _is_sedated(moment):
        says, what = "sedated: consciousness not assessable", "consciousness off sedation"
        return unsure("consciousness", 0, 4, says, missing=what, cite=_ATTEMPT, record="neuro")
    if reading is None:
        says, what = "consciousness not recorded", "level of consciousness"
        return unsure("consciousness", 0, 4, says, missing=what, cite=_WAKING, record="neuro")
    says, limit = SAYS[reading.value], SAYS[reading.value]
    return seen(
        "consciousness",
        CONSCIOUSNESS[reading.value],
        says,
        limit=limit,
        cite=_WAKING,
        taken_at=reading.taken_at,
        record="neuro",
    )


def motor(moment: Moment) -> Finding:
    """Read motor weakness: only deep focal weakness grades."""
    reading = moment.motor_weakness
    if reading is None:
        says, what = "motor weakness not recorded", "motor weakness"
        return unsure("motor", 0, 4, says, missing=what, cite=_MOTOR, record="neuro")
    at = reading.taken_at
    if reading.attributed and reading.value == "deep_focal":
        return explained("motor", "deep focal weakness", cite=_MOTOR, taken_at=at, record="neuro")
    if reading.value == "deep_focal":
        limit = "hemiparesis or paraparesis"
        return seen(
            "motor", 4, "deep focal weakness", limit=limit, cite=_MOTOR, taken_at=at, record="neuro"
        )
    says = "mild weakness" if reading.value == "mild" else "no motor weakness"
    limit = "only deep focal weakness grades"
    return seen("motor", 0, says, limit=limit, cite=_MOTOR, taken_at=at, record="neuro")


def raised_icp(moment: Moment) -> Finding:
    """Read signs of raised intracranial pressure; one is enough."""
    reading = moment.raised_icp
    if reading is None:
        says, what = "signs of raised pressure not recorded", "signs of raised pressure"
        return unsure("raised_icp", 0, 4, says, missing=what, cite=_PRESSURE, record="neuro")
    at, found = (
        reading.taken_at,
        ", ".join(sign.replace("_", " ") for sign in sorted(reading.value)),
    )
    if not reading.value:
        says, limit = "no sign of raised pressure", "none seen"
        return seen("raised_icp", 0, says, limit=limit, cite=_PRESSURE, taken_at=at, record="neuro")
    if reading.attributed:
        return explained("raised_icp", found, cite=_PRESSURE, taken_at=at, record="neuro")
    limit = "any sign of raised intracranial pressure"
    return seen("raised_icp", 4, found, limit=limit, cite=_PRESSURE, taken_at=at, record="neuro")


def oedema(moment: Moment, reason_to_image: bool) -> Finding:
    """Read imaging; without a scan the grade opens only where there is a reason to image."""
    reading = moment.cerebral_oedema
    if reading is None:
        if reason_to_image:
            says, what = "not imaged, and there is a reason to", "brain imaging"
            return unsure("oedema", 0, 4, says, missing=what, cite=_IMAGING, record="neuro")
        says, limit = "not imaged, no reason to so far", "adds nothing without a reason to image"
        return seen("oedema", 0, says, limit=limit, cite=_IMAGING, taken_at=None, record="neuro")
    at, value = reading.taken_at, reading.value
    if reading.attributed and value in ("focal", "diffuse"):
        return explained("oedema", f"{value} oedema", cite=_PRESSURE, taken_at=at, record="neuro")
    tier, says, limit = {
        "none": (0, "no oedema on imaging", "none seen"),
        "focal": (3, "focal oedema on imaging", "focal or local oedema"),
        "diffuse": (4, "diffuse oedema on imaging", "diffuse oedema"),
        "haemorrhage_related": (0, "oedema around a haemorrhage", "outside this scale"),
    }[value]
    return seen("oedema", tier, says, limit=limit, cite=_PRESSURE, taken_at=at, record="neuro")


def _has_reason_to_image(moment: Moment, fit: Finding, weak: Finding, icp: Finding) -> bool:
    waking = moment.consciousness
    depressed = (
        waking is not None
        and not waking.attributed
        and CONSCIOUSNESS[waking.value] >= CONSCIOUSNESS["voice"]
    )
    return depressed or fit.at_least > 0 or weak.at_least > 0 or icp.at_least > 0


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """All that the grade at a moment rests on; equal inputs give the same grade."""

    readings: tuple[Reading | None, ...]
    rest: tuple[Patient, int, bool, Event | None]

    def equal(self, other: Inputs) -> bool:
        """Whether these are the very same readings, of the same patient, after the same exams."""
        return all(map(is_, self.readings, other.readings)) and self.rest == other.rest


def inputs(moment: Moment) -> Inputs:
    """What ``grade`` reads of a moment, and nothing else."""
    return Inputs(
        (
            moment.ice, moment.capd, moment.consciousness, moment.motor_weakness,
            moment.raised_icp, moment.cerebral_oedema, moment.unable,
        ),
        (moment.patient, len(moment.exams), is_asked_lately(moment), moment.death),
    )  # fmt: skip


def grade(moment: Moment, waiver: Waiver) -> Grade:
    """Grade ICANS at one moment; ``waiver`` is part of every scale's call and is not read."""
    which = branch(moment.patient)
    scored = _either(moment) if which == "either" else exam(moment, which)
    fit, weak, icp = seizure(moment), motor(moment), raised_icp(moment)
    scan = oedema(moment, _has_reason_to_image(moment, fit, weak, icp))
    findings = [scored, consciousness(moment), fit, weak, icp, scan]
    fatal = death_finding(moment, "icans")
    if fatal is not None:
        findings.append(fatal)
    span = worst(findings)
    return Grade(
        at_least=span.at_least,
        at_most=span.at_most,
        findings=mark_deciding(findings, span),
        missing=still_missing(findings, span),
        complete=span.at_least == span.at_most,
    )
