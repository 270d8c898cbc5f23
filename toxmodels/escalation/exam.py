"""
Flags on the neurological exam: the wrong tool, a usual deficit, an exam that could not be done.

Cites: baseline, CAPD and seizure rules of this project (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from toxmodels.escalation.flag import HOUSE, Flag, View
from toxmodels.moment import Reading
from toxmodels.records import Capd, Ice
from toxmodels.scales import astct_icans
from toxmodels.scales.branch import branch
from toxmodels.scales.capd import POSITIVE_FROM
from toxmodels.scales.ice import FULL_SCORE
from toxmodels.scales.seizure import episodes as seizures
from toxmodels.site import site
from toxmodels.sources import Cite

DEEP_SEDATION_RASS: Final = -4
_ICE: Final = Cite("site-defaults", "baseline and fixed deficits", "house")
_CHILD: Final = Cite("site-defaults", "CAPD in an alert child", "house")


def exam_rules(view: View) -> Iterator[Flag]:
    """The scored exam: the wrong tool for the age, a usual deficit, deep sedation."""
    moment, patient = view.moment, view.case.patient
    which = branch(patient)
    capd, ice = moment.capd, moment.ice
    if which == "capd" and capd is not None:
        yield from _capd_rules(view, capd)
    if which == "capd" and ice is not None:
        yield Flag(
            "ice-not-graded",
            "info",
            "An ICE was recorded; at this age or with this delay the CAPD grades",
            "Record a CAPD",
            "nurse",
            _CHILD,
        )
    if which == "ice" and capd is not None:
        yield Flag(
            "capd-not-graded",
            "info",
            "A CAPD was recorded; this patient is graded by ICE",
            "Record an ICE",
            "nurse",
            _CHILD,
        )
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
        yield Flag(
            "baseline-ice-below-10",
            "soon",
            f"Baseline ICE was {total}: no item is marked as fixed, so nothing is corrected",
            "Clinician to mark which item was lost before therapy, if any",
            "physician",
            _ICE,
        )
    rass = moment.exams[-1].rass if moment.exams else None
    sedated = bool(moment.exams) and "sedated" in moment.exams[-1].unable_reasons
    if rass is not None and rass <= DEEP_SEDATION_RASS and not sedated:
        yield Flag(
            "deep-rass",
            "urgent",
            f"RASS {rass} and sedation is not recorded",
            "If sedated, record it: the exam is then open; if not, this is coma",
            "nurse",
            HOUSE,
        )


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
        yield Flag(
            "capd-only-grade-1",
            "info" if is_usual else "soon",
            f"Grade 1 rests on a CAPD of {low} in an alert child"
            + (f", who usually has {usual}" if is_usual else ""),
            "No escalation while at the usual CAPD"
            if is_usual
            else "Confirm against the child's usual CAPD",
            "physician",
            _CHILD,
        )
    if usual is not None and low >= POSITIVE_FROM and low - usual <= site().capd_near_baseline:
        yield Flag(
            "capd-near-baseline",
            "urgent",
            f"CAPD {low} grades 3 and is close to the usual {usual}",
            "Physician to confirm against baseline today",
            "physician",
            _CHILD,
        )


def unable_rules(view: View) -> Iterator[Flag]:
    """An exam that could not be done, where the reason is itself a sign."""
    unable = view.moment.unable
    if unable is None:
        return
    scored_before = any(
        exam.taken_at < unable.taken_at and (exam.ice is not None or exam.capd is not None)
        for exam in view.moment.exams
    )
    if scored_before and {"refused", "language"} & set(unable.value):
        yield Flag(
            "may-be-aphasia",
            "urgent",
            "The exam was scored before and now cannot be done: this may be aphasia",
            "Physician to examine language now",
            "physician",
            HOUSE,
        )
    if "asleep" in unable.value and view.moment.consciousness is None:
        yield Flag(
            "asleep-not-woken",
            "urgent",
            "Recorded as asleep, level of consciousness not recorded",
            "Try to wake the patient and record the response",
            "nurse",
            HOUSE,
        )


def seizure_rules(view: View) -> Iterator[Flag]:
    """A second seizure, or two records that may be one."""
    fits = seizures(view.moment.exams)
    if len(fits) < 2:
        return
    certain = all(fit.started_at is not None for fit in fits[-2:])
    yield Flag(
        "second-seizure" if certain else "second-seizure-confirm",
        "emergency",
        f"{len(fits)} seizures on record" + ("" if certain else ", start times not recorded"),
        "Physician now" if certain else "Confirm whether these are separate seizures",
        "physician",
        Cite("site-defaults", "when two records are one seizure", "house"),
    )
