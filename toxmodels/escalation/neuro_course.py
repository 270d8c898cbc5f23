"""
Triggers on the nervous system over time: a lost point, worse writing, a flare, late signs.

A point counts as lost only where the score is certainly lower: an item nobody asked is no loss.

Cites: nccn-2026-2 and an Australian unit's protocol (verified where read); house steps marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from toxmodels.escalation.flag import Flag, ScoredIce, View
from toxmodels.escalation.treatment import is_tapering
from toxmodels.escalation.trigger import raised
from toxmodels.products import product
from toxmodels.records import NeuroExam
from toxmodels.scales.ice import FULL_SCORE
from toxmodels.site import site

__all__ = ["IceFall", "falls", "ice_rules", "late_neuro_rules"]

_LATE_SIGNS: Final = frozenset({"facial_palsy", "parkinsonism", "gait_change"})
_LATE_NERVES: Final = frozenset({"sixth_nerve_palsy"})


@dataclass(frozen=True, slots=True)
class IceFall:
    """A scored exam that is certainly below the one before it, or below baseline as the first."""

    at: datetime
    before: int
    now: int
    from_baseline: bool


def falls(view: View, since: datetime) -> list[IceFall]:
    """Exams since a time within the last day that lost a point, newest first."""
    scores = view.ice_scores
    found = []
    for place, score in enumerate(scores):
        if score.at < since:
            break
        if place + 1 < len(scores):
            before, first = scores[place + 1].low, False
        else:
            usual, first = view.usual_ice, True
            before = FULL_SCORE if usual is None else usual
            # Without a baseline only a low score proves that something was lost.
            if usual is None and score.high > site().triggers["ice_low"]:
                continue
        if score.high < before:
            found.append(IceFall(score.at, before, score.high, first))
    return found


def ice_rules(view: View) -> Iterator[Flag]:
    """A lost ICE point (t07), a steep or deep fall (t08), worse writing (t09), a flare (t16)."""
    if _writes_worse(view):
        yield raised("t09", "Handwriting is worse than before")
    flare = _new_sign(view)
    valid = view.at - site().neuro_valid
    scores = view.ice_scores
    fall = next(iter(falls(view, valid)), None) if scores and scores[0].at >= valid else None
    if fall is not None and fall.at == scores[0].at:
        yield from _fallen(view, fall, scores)
        flare = flare or f"ICE fell from {fall.before} to {fall.now}"
    if flare is not None and is_tapering(view):
        yield raised("t16", f"{flare} while the corticosteroid was being reduced")


def _fallen(view: View, fall: IceFall, scores: list[ScoredIce]) -> Iterator[Flag]:
    """A lost point is the nurse's to watch; a steep or deep fall calls the doctor besides."""
    triggers, reach = site().triggers, site().hours("ice_drop_within_h")
    within = [one.low for one in scores[1:] if fall.at - one.at <= reach]
    top = max([fall.before, *within])
    if fall.from_baseline and view.case.patient.baseline_ice is None:
        says = f"ICE is {fall.now} at the first exam, baseline not recorded"
    else:
        says = f"ICE fell from {top} to {fall.now}"
    if top - fall.now >= triggers["ice_drop_points"] or fall.now <= triggers["ice_low"]:
        yield raised("t08", says)
    yield raised("t07", says)


def _writes_worse(view: View) -> bool:
    """The newest look at the handwriting counts; "not done" is no look."""
    for exam in reversed(view.moment.exams):
        if view.since(exam.taken_at) > site().neuro_valid:
            return False
        if exam.handwriting in ("same", "worse"):
            return exam.handwriting == "worse"
    return False


def _new_sign(view: View) -> str | None:
    """A sign in the newest exam that the exam before it did not have."""
    exams = view.moment.exams
    if len(exams) < 2 or view.since(exams[-1].taken_at) > site().neuro_valid:
        return None
    new = sorted(_signs(exams[-1]) - _signs(exams[-2]))
    return f"New: {', '.join(new)}" if new else None


def _signs(exam: NeuroExam) -> set[str]:
    found = {sign.replace("_", " ") for sign in exam.other_signs or ()}
    if exam.raised_icp is not None:
        found |= {sign.replace("_", " ") for sign in exam.raised_icp}
    if exam.new_confusion is True:
        found.add("confusion")
    if exam.handwriting == "worse":
        found.add("worse handwriting")
    if exam.consciousness not in (None, "alert"):
        found.add("reduced consciousness")
    if exam.motor_weakness in ("mild", "deep_focal"):
        found.add("weakness")
    if exam.seizure is not None and exam.seizure.kind not in (None, "none"):
        found.add("seizure")
    return found


def late_neuro_rules(view: View) -> Iterator[Flag]:
    """After a BCMA product: late motor, nerve or movement signs are their own disease (t25)."""
    start, therapy = view.chart.first_dose_at, view.case.therapy
    found = None if therapy is None else product(therapy.product)
    if start is None or found is None or "BCMA" not in found.target or not view.moment.exams:
        return
    days = view.since(start) / timedelta(days=1)
    if days <= site().triggers["late_neuro_after_day"]:
        return
    signs = _late_signs(view)
    if signs:
        shown = ", ".join(sign.replace("_", " ") for sign in signs)
        yield raised("t25", f"{shown[0].upper()}{shown[1:]} on day {days:.0f} after a BCMA product")


def _late_signs(view: View) -> list[str]:
    """Each sign stands until an exam looks again and does not find it."""
    looked = (exam.other_signs for exam in reversed(view.moment.exams))
    signs = sorted(_LATE_SIGNS & set(next((seen for seen in looked if seen is not None), ())))
    weak, nerves = view.moment.motor_weakness, view.moment.raised_icp
    if nerves is not None:
        signs += sorted(_LATE_NERVES & set(nerves.value))
    if weak is not None and weak.value in ("mild", "deep_focal"):
        signs.append("motor_weakness")
    return signs
