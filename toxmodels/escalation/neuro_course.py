"""
Triggers on the nervous system: a lost point, worse writing, emergencies, late signs.

Cites: nccn-2026-2 and an Australian unit's protocol (verified where read); house steps marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from toxmodels.escalation.flag import Flag, View
from toxmodels.moment import first_dose_at
from toxmodels.products import product
from toxmodels.records import Ice, NeuroExam
from toxmodels.scales import astct_icans
from toxmodels.scales.ice import ice_score
from toxmodels.scales.seizure import episodes as seizures
from toxmodels.scales.seizure import is_cleared
from toxmodels.site import site
from toxmodels.sources import Cite

_SURGE = Cite("ice-surge-protocol", "any lost point")
_NCCN = Cite("nccn-2026-2", "CART-8, neurological emergencies")
_HOUSE = Cite("escalation-defaults", "triggers", "house")
_LATE_SIGNS: Final = frozenset({"facial_palsy", "parkinsonism", "gait_change"})
_BEHIND: Final = "exclude raised pressure before any lumbar puncture"


def _scores(view: View) -> list[tuple[datetime, int]]:
    """ICE scores so far as graded, lowest reading of each, oldest first."""
    fixed = view.case.patient.fixed_ice_deficits or ()
    return [
        (exam.taken_at, ice_score(exam.ice, fixed).low)
        for exam in view.moment.exams
        if exam.ice is not None
        and not exam.unable_reasons
        and ice_score(exam.ice, fixed).low == ice_score(exam.ice, fixed).high
    ]


def _baseline(view: View) -> int | None:
    usual = view.case.patient.baseline_ice
    if isinstance(usual, Ice):
        return usual.item_bounds()[0] if usual.total is None else usual.total
    return usual


def ice_rules(view: View) -> Iterator[Flag]:
    """A lost ICE point (t07), a steep or deep fall (t08), worse writing (t09)."""
    triggers, found = site().triggers, _scores(view)
    exam = view.moment.exams[-1] if view.moment.exams else None
    if exam is not None and exam.handwriting == "worse" and _is_fresh(view, exam):
        yield Flag(
            "t09",
            "urgent",
            "Handwriting is worse than before",
            "Neurological exam now, even if the ICE is unchanged",
            "physician",
            Cite("nccn-2026-2", "CART-1, handwriting"),
        )
    if not found or view.since(found[-1][0]) > site().neuro_valid:
        return
    taken_at, now = found[-1]
    before = found[-2][1] if len(found) > 1 else _baseline(view)
    within = [s for at, s in found[:-1] if taken_at - at <= site().hours("ice_drop_within_h")]
    steep = bool(within) and max(within) - now >= triggers["ice_drop_points"]
    if before is not None and now < before:
        if steep or now <= triggers["ice_low"]:
            yield Flag(
                "t08",
                "urgent",
                f"ICE fell from {max([*within, before])} to {now}",
                "Doctor now; ICANS protocol; ICE every 30 min for 2 h",
                "physician",
                _HOUSE,
            )
        else:
            yield Flag(
                "t07",
                "urgent",
                f"ICE fell from {before} to {now}",
                "ICE every 30 min for 2 h, then every 4 h if stable; tell the doctor",
                "nurse",
                _SURGE,
            )
        yield from _flare(view, before, now)


def _flare(view: View, before: int, now: int) -> Iterator[Flag]:
    """A fall while corticosteroids are being reduced or were just stopped (t16)."""
    steroids = view.given("dexamethasone", "methylprednisolone", "prednisone", "prednisolone")
    if len(steroids) < 2 or view.since(steroids[-1].given_at) > timedelta(hours=72):
        return
    last, peak = steroids[-1], max(one.dose_mg or 0.0 for one in steroids)
    lowered = last.dose_mg is not None and last.dose_mg < peak
    if lowered or view.since(last.given_at) > timedelta(hours=24):
        yield Flag(
            "t16",
            "urgent",
            f"ICE fell from {before} to {now} while the corticosteroid was being reduced",
            "Possible flare: return to the last effective dose",
            "physician",
            Cite("asco-2021", "ICANS, flare on rapid taper"),
        )


def _is_fresh(view: View, exam: NeuroExam) -> bool:
    return view.since(exam.taken_at) <= site().neuro_valid


def emergency_rules(view: View) -> Iterator[Flag]:
    """What cannot wait (t10): coma, seizure, raised pressure, oedema, weakness, haemorrhage."""
    moment = view.moment
    waking, weak = moment.consciousness, moment.motor_weakness
    icp, scan = moment.raised_icp, moment.cerebral_oedema
    sedated = moment.unable is not None and "sedated" in moment.unable.value
    if waking is not None and waking.value in ("tactile", "unarousable") and not sedated:
        level = astct_icans.SAYS[waking.value]
        yield _emergency(level, f"Airway, intensive care, imaging; {_BEHIND}", "t10-consciousness")
    fits = [
        fit
        for fit in seizures(moment.exams)
        if not is_cleared(fit, moment.exams, view.case.patient)
    ]
    if fits:
        action = "Seizure bundle by the hospital's protocol; EEG; intensive care"
        yield _emergency(fits[-1].says(), action, "t10-seizure")
    if icp is not None and icp.value:
        what = ", ".join(sign.replace("_", " ") for sign in sorted(icp.value))
        yield _emergency(what, f"Raised pressure bundle, neurosurgery; {_BEHIND}", "t10-pressure")
    if scan is not None and scan.value in ("focal", "diffuse"):
        what = f"{scan.value} cerebral oedema on imaging"
        yield _emergency(what, f"Raised pressure bundle, neurosurgery; {_BEHIND}", "t10-oedema")
    if scan is not None and scan.value == "haemorrhage_related":
        what = "intracranial haemorrhage: outside the ICANS grade, still an emergency"
        yield _emergency(what, "Neurosurgery; platelets and coagulation now", "t10-haemorrhage")
    if weak is not None and weak.value == "deep_focal":
        action = "Stroke call and CT with angiography first"
        yield _emergency("deep focal weakness", action, "t10-weakness")


def _emergency(what: str, action: str, id_: str) -> Flag:
    return Flag(id_, "emergency", what[0].upper() + what[1:], action, "icu", _NCCN)


def late_neuro_rules(view: View) -> Iterator[Flag]:
    """After a BCMA product: late motor, facial or movement signs are their own disease (t25)."""
    start, therapy = first_dose_at(view.case.therapy), view.case.therapy
    found = None if therapy is None else product(therapy.product)
    if start is None or found is None or "BCMA" not in found.target or not view.moment.exams:
        return
    exam = view.moment.exams[-1]
    signs = sorted(_LATE_SIGNS & set(exam.other_signs or ()))
    if exam.motor_weakness in ("mild", "deep_focal"):
        signs.append("motor weakness")
    days = view.since(start) / timedelta(days=1)
    if signs and days > site().triggers["late_neuro_after_day"] and _is_fresh(view, exam):
        yield Flag(
            "t25",
            "urgent",
            f"{', '.join(sign.replace('_', ' ') for sign in signs)} on day {days:.0f} after a "
            "BCMA product",
            "Neurology now: this may be late neurotoxicity outside the ICANS grade",
            "physician",
            Cite("nccn-2026-2", "CART-4"),
        )
