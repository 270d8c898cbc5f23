"""
Flags on the neurological exam: the wrong tool, a usual deficit, an exam that could not be done.

Cites: baseline, CAPD and seizure rules of this project (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from toxmodels.escalation.cadence import left_out
from toxmodels.escalation.flag import Flag, View
from toxmodels.escalation.looks import last_exam
from toxmodels.escalation.trigger import raised
from toxmodels.moment import Reading
from toxmodels.scales import astct_icans
from toxmodels.scales.branch import branch
from toxmodels.scales.capd import POSITIVE_FROM
from toxmodels.scales.ice import FULL_SCORE
from toxmodels.scales.seizure import episodes as seizures
from toxmodels.scored_exams import Capd, Ice
from toxmodels.site import site

DEEP_SEDATION_RASS: Final = -4
_REFUSED: Final = ("refus", "language")  # how a reason of somebody's own begins


def exam_rules(view: View) -> Iterator[Flag]:
    """The scored exam: the wrong tool for the age, a usual deficit, deep sedation."""
    moment, patient = view.moment, view.case.patient
    which = branch(patient)
    capd, ice = moment.capd, moment.ice
    if which == "capd" and capd is not None:
        yield from _capd_rules(view, capd)
    if which == "capd" and ice is not None:
        says = "An ICE was recorded; at this age or with this delay the CAPD grades"
        yield raised("ice-not-graded", says)
    if which == "ice" and capd is not None:
        yield raised("capd-not-graded", "A CAPD was recorded; this patient is graded by ICE")
    baseline = patient.baseline_ice
    total = None if isinstance(baseline, Ice) else baseline
    if isinstance(baseline, Ice):
        total = baseline.total if baseline.total is not None else baseline.item_bounds()[1]
    if (
        which == "ice"
        and total is not None
        and total < FULL_SCORE
        and not patient.fixed_ice_deficits
    ):
        says = f"Baseline ICE was {total}: no item is marked as fixed, so nothing is corrected"
        yield raised("baseline-ice-below-10", says)
    rass = moment.exams[-1].rass if moment.exams else None
    sedated = bool(moment.exams) and "sedated" in moment.exams[-1].unable_reasons
    if rass is not None and rass <= DEEP_SEDATION_RASS and not sedated:
        yield raised("deep-rass", f"RASS {rass} and sedation is not recorded")


def _capd_rules(view: View, capd: Reading) -> Iterator[Flag]:
    score: Capd = capd.value
    low, high = score.bounds()
    usual = view.case.patient.baseline_capd
    waking = view.moment.consciousness
    icans = view.grades.get(astct_icans.ID)
    only = icans is not None and (icans.at_least, icans.at_most) == (1, 1)
    alert = waking is not None and waking.value == "alert"
    if only and alert and low >= 1 and high < POSITIVE_FROM:
        is_usual = usual is not None and high <= usual
        says = f"Grade 1 rests on a CAPD of {low} in an alert child"
        if is_usual:
            yield raised("capd-only-grade-1/usual", f"{says}, who usually has {usual}")
        else:
            yield raised("capd-only-grade-1", says)
    if usual is not None and low >= POSITIVE_FROM and low - usual <= site().capd_near_baseline:
        says = f"CAPD {low} grades 3 and is close to the usual {usual}"
        yield raised("capd-near-baseline", says)


def unable_rules(view: View) -> Iterator[Flag]:
    """An exam that could not be done, where the reason is itself a sign."""
    unable = view.moment.unable
    reasons = set() if unable is None else set(unable.value)
    if unable is not None and {"refused", "language"} & reasons and _lost(view, unable.taken_at):
        says = "The exam was scored before and now cannot be done: this may be aphasia"
        yield raised("may-be-aphasia", says)
    else:
        yield from _refused_in_words(view)
    if "asleep" in reasons and view.moment.consciousness is None:
        says = "Recorded as asleep, level of consciousness not recorded"
        yield raised("asleep-not-woken", says)


def _lost(view: View, at: datetime) -> bool:
    """Whether the exam had been scored before that time and has not been since."""
    scored = [
        one.taken_at for one in view.moment.exams if one.ice is not None or one.capd is not None
    ]
    return any(time < at for time in scored) and all(time <= at for time in scored)


def _refused_in_words(view: View) -> Iterator[Flag]:
    """Somebody said the exam was refused without recording one: the same sign, the same call."""
    told = left_out(view, "neuro", last_exam(view.chart, view.at))
    if told is None or not (told.why or "").lower().startswith(_REFUSED):
        return
    if _lost(view, told.at):
        says = "The exam was scored before and is now refused: this may be aphasia"
        yield raised("may-be-aphasia", says)


def seizure_rules(view: View) -> Iterator[Flag]:
    """A second seizure, or two records that may be one."""
    fits = seizures(view.moment.fits)
    if len(fits) < 2:
        return
    certain = all(fit.started_at is not None for fit in fits[-2:])
    if certain:
        yield raised("second-seizure", f"{len(fits)} seizures on record")
    else:
        says = f"{len(fits)} seizures on record, start times not recorded"
        yield raised("second-seizure-confirm", says)
