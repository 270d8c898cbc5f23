"""
The ICANS grade of every row state, filled by the scalar grader.

The scored exam is one finding; consciousness, seizure, motor, pressure and oedema together come to
one of some hundred outcomes; the grade is the worst of the two, by the arithmetic of ``findings``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from toxmodels.cohort import cuts
from toxmodels.cohort.packed import ICANS_SIGNS
from toxmodels.cohort.sign_tables import AT, SignTable, blank, read_at, widest, with_readings
from toxmodels.findings import Finding, unsure, worst
from toxmodels.moment import Chart, Moment, Reading
from toxmodels.records import FORMAT, Case, NeuroExam
from toxmodels.scales import astct_icans
from toxmodels.scales.seizure import seizure

__all__ = ["ROUSABLE", "SEIZURES", "IcansTables", "icans_tables"]

# Whether the patient can be roused: not known, no, yes; each with consciousness that says so.
ROUSABLE: Final = (None, "unarousable", "alert")
# What the course can come to for seizures: as (at least, at most).
SEIZURES: Final = ((0, 0), (3, 3), (3, 4), (4, 4), (0, 4), (0, 3))
NO_SEIZURE: Final = 0
_SEDATED: Final = ("sedated",)
_OTHER: Final = ("asleep",)


Outcomes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class IcansTables:
    """
    The tables of the ICANS grade.

    ``exam`` goes by branch, covered CAPD, covered ICE, rousable, CAPD and ICE; ``rest`` by oedema,
    signs of pressure, motor, seizure, sedation and consciousness; ``grades`` by both numbers.
    ``…_begins``: whether that outcome is a sign that begins an episode.
    """

    exam: SignTable
    exam_begins: npt.NDArray[np.bool_]
    rest: npt.NDArray[np.uint16]
    rest_begins: npt.NDArray[np.bool_]
    grades: Outcomes
    fits: npt.NDArray[np.uint8]


EXAM_SHAPE: Final = (3, 2, 2, 3, cuts.CAPD_UNREADABLE + 1, cuts.ICE_UNREADABLE + 1)
REST_SHAPE: Final = (5, 4, 4, len(SEIZURES), 2, cuts.AWAKE_UNREADABLE + 1)


@cache
def icans_tables() -> IcansTables:
    """Every row state of ICANS, graded."""
    exam, (rest, kinds) = _exam(), _rest()
    scored = np.array([_outcome((one,)) for one in exam.findings], dtype=np.uint32)
    grades = _worse_of(kinds[:, None, :], scored[None, :, :])
    begins = [one.at_least > 0 and not one.is_usual for one in exam.findings]
    signs = np.array(begins, dtype=np.bool_)
    return IcansTables(exam, signs, rest, kinds[:, 0] > 0, grades.ravel(), _fits())


# The outcome of some findings: at least, at most, deciding signs and missing signs as bits.
_BITS: Final = ICANS_SIGNS.bits


def _outcome(found: Iterable[Finding]) -> tuple[int, int, int, int]:
    found = tuple(found)
    span = worst(found)
    reach = span.at_least
    decide = sum(_BITS[one.sign] for one in found if one.at_least == reach > 0)
    return reach, span.at_most, decide, sum(_BITS[one.sign] for one in found if one.missing)


def _worse_of(one: Outcomes, other: Outcomes) -> Outcomes:
    """Put two outcomes together: the worse of each bound, and who reaches it."""
    low = np.maximum(one[..., 0], other[..., 0])
    high = np.maximum(one[..., 1], other[..., 1])
    decide = one[..., 2] * (one[..., 0] == low) | other[..., 2] * (other[..., 0] == low)
    missing = one[..., 3] | other[..., 3]
    packed: Outcomes = low | high << 3 | decide << 6 | missing << 14
    return packed


def _exam() -> SignTable:
    table = SignTable(EXAM_SHAPE, dated=False)
    for which, patient in enumerate(cuts.BRANCHES):
        ices = range(len(cuts.ICE_PAIRS) + 1) if which != 1 else (0,)
        capds = range(2 * len(cuts.CAPD_PAIRS) + 1) if which != 0 else (0,)
        for no_capd, no_ice, waking, capd, ice in product((0, 1), (0, 1), range(3), capds, ices):
            now = _scored(blank(patient), capd, ice, ROUSABLE[waking])
            found = _read(now, which, bool(no_capd), bool(no_ice))
            for other_capd in range(EXAM_SHAPE[4]) if which == 0 else (capd,):
                for other_ice in range(EXAM_SHAPE[5]) if which == 1 else (ice,):
                    table.add((which, no_capd, no_ice, waking, other_capd, other_ice), found)
    table.widen(4, cuts.CAPD_UNREADABLE)
    table.widen(5, cuts.ICE_UNREADABLE)
    return table


def _scored(moment: Moment, capd: int, ice: int, waking: str | None) -> Moment:
    exam = None if capd == 0 else cuts.CAPD_EXAMS[(capd - 1) % len(cuts.CAPD_PAIRS)]
    if exam is not None:
        usual = exam.bounds()[1] if capd > len(cuts.CAPD_PAIRS) else None
        patient = moment.patient.model_copy(update={"baseline_capd": usual})
        moment = replace(moment, patient=patient)
    score = None if ice == 0 else cuts.ICE_EXAMS[ice - 1]
    return with_readings(moment, ice=score, capd=exam, consciousness=waking)


def _read(moment: Moment, which: int, no_capd: bool, no_ice: bool) -> Finding:
    """Read the exam of this branch; ``no_…`` means a later exam could not be done."""

    def covered(covers: bool) -> Moment:
        newer = Reading(_OTHER, AT, attributed=False)
        return replace(moment, unable=newer) if covers else moment

    if which == 0:
        return astct_icans.exam(covered(no_ice), "ice")
    if which == 1:
        return astct_icans.exam(covered(no_capd), "capd")
    if no_ice == no_capd:
        return astct_icans._either(covered(no_ice))
    older = with_unable_between(moment, newer_than_ice=no_ice)
    return astct_icans._either(older)


def with_unable_between(moment: Moment, *, newer_than_ice: bool) -> Moment:
    """An attempt that failed after one of the two scored exams and before the other."""
    early, late = timedelta(minutes=30), timedelta(minutes=1)
    ice, capd = moment.ice, moment.capd
    if ice is not None:
        ice = replace(ice, taken_at=AT - (early if newer_than_ice else late))
    if capd is not None:
        capd = replace(capd, taken_at=AT - (late if newer_than_ice else early))
    unable = Reading(_OTHER, AT - timedelta(minutes=10), attributed=False)
    return replace(moment, ice=ice, capd=capd, unable=unable)


Found = tuple[Finding, ...]


def _rest() -> tuple[npt.NDArray[np.uint16], Outcomes]:
    """Every other sign: the number of its outcome by classes, and each outcome."""
    moment, numbers = blank(cuts.BRANCHES[0]), np.zeros(REST_SHAPE, dtype=np.uint16)
    kinds: dict[tuple[int, int, int, int], int] = {}
    motors = _one_sign(moment, "motor", len(cuts.MOTOR))
    icps = _one_sign(moment, "icp", len(cuts.ICP))
    for place in product(*(range(length) for length in REST_SHAPE)):
        scan, icp, weak, fit, sedated, waking = place
        outcome = _outcome(_others(scan, (icps[icp], motors[weak]), fit, (sedated, waking)))
        numbers[place] = kinds.setdefault(outcome, len(kinds))
    return numbers.ravel(), np.array([*kinds], dtype=np.uint32)


def _one_sign(moment: Moment, sign: str, classes: int) -> list[Finding]:
    """Motor weakness or signs of pressure by class, the unreadable one last."""
    found = []
    for place in range(classes):
        if sign == "motor":
            found.append(astct_icans.motor(with_readings(moment, motor_weakness=cuts.MOTOR[place])))
        else:
            found.append(astct_icans.raised_icp(with_readings(moment, raised_icp=cuts.ICP[place])))
    return [*found, widest(found)]


@cache
def _waking(sedated: int, waking: int) -> Finding:
    unable = read_at(_SEDATED, 0) if sedated else None
    if waking == cuts.AWAKE_UNREADABLE:
        return widest([_waking(sedated, one) for one in range(waking)])
    return astct_icans.consciousness(replace(_awake(waking), unable=unable))


@cache
def _awake(waking: int) -> Moment:
    return with_readings(blank(cuts.BRANCHES[0]), consciousness=cuts.AWAKE[waking])


@cache
def _fit(place: int) -> Finding:
    """A seizure finding of these bounds: the arithmetic reads nothing else of it."""
    low, high = SEIZURES[place]
    none = seizure(_after(None))
    missing = "seizure: seen or none" if low != high else ""
    found = unsure("seizure", low, high, "seizure", missing=missing, cite=none.cite, record="neuro")
    return replace(found, missing=missing or None)


def _others(scan: int, focal: tuple[Finding, Finding], fit: int, awake: tuple[int, int]) -> Found:
    (icp, weak), (sedated, waking) = focal, awake
    level, fits = _waking(sedated, waking), _fit(fit)
    # Consciousness that cannot be read may be a reason to image.
    reason = waking == cuts.AWAKE_UNREADABLE or astct_icans._has_reason_to_image(
        _awake(waking), fits, weak, icp
    )
    return level, fits, weak, icp, _scan(scan, reason)


@cache
def _scan(scan: int, reason: bool) -> Finding:
    moment = blank(cuts.BRANCHES[0])
    if scan == cuts.OEDEMA_UNREADABLE:
        return widest([_scan(one, reason) for one in range(scan)])
    return astct_icans.oedema(with_readings(moment, cerebral_oedema=cuts.OEDEMA[scan]), reason)


def _after(exam: NeuroExam | None) -> Moment:
    neuro = None if exam is None else (exam,)
    return Chart(Case(format=FORMAT, patient=cuts.BRANCHES[0], neuro=neuro)).moment(AT)


def _fits() -> npt.NDArray[np.uint8]:
    """The bounds of one seizure record by what it says, as the scalar reader gives them."""
    found = np.zeros(cuts.FIT_SHAPE, dtype=np.uint8)
    for place in product(*(range(length) for length in cuts.FIT_SHAPE)):
        one = seizure(_after(NeuroExam(taken_at=AT, seizure=cuts.fit_of(*place))))
        found[place] = SEIZURES.index((one.at_least, one.at_most))
    return found.ravel()
