"""
Triggers on laboratory values, infection and watching: sepsis, IEC-HS, steroids, overdue checks.

Cites: each flag; limits not read in a source are unverified or house.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from toxmodels.course import CrsStep, is_masked
from toxmodels.drugs import class_of
from toxmodels.drugs.antibacterials import antibacterials
from toxmodels.escalation.flag import Flag, Urgency, View
from toxmodels.moment import first_dose_at
from toxmodels.scales import astct_crs
from toxmodels.site import site
from toxmodels.sources import Cite

_SEPSIS = Cite("neutropenic-sepsis", "cultures and antibiotics within the hour", "unverified")
_HS = Cite("iec-hs-2023", "identification table", "unverified")
_HOUSE = Cite("escalation-defaults", "triggers", "house")
_DUE = Cite("site-defaults", "intervals of observation", "house")
_FRESH: Final = timedelta(hours=24)


def _neutropenia(view: View) -> str | None:
    """Say why the patient counts as neutropenic, or ``None``."""
    counts, triggers = view.labs("anc_per_ul"), site().triggers
    recent = counts and view.since(counts[-1][0]) <= site().hours("anc_unknown_after_h")
    if recent:
        value = counts[-1][1]
        if value < triggers["neutropenia_per_ul"]:
            return f"ANC {value:g}/µL"
        falling = len(counts) > 1 and value < counts[-2][1]
        if value < triggers["neutropenia_falling_per_ul"] and falling:
            return f"ANC {value:g}/µL and falling"
        return None
    therapy, start = view.case.therapy, first_dose_at(view.case.therapy)
    since = None if therapy is None else therapy.lymphodepletion_started_at
    begin = since or start
    if begin is None or start is None or view.at < begin:
        return None
    within = view.since(start) <= timedelta(days=site().triggers["neutropenia_until_day"])
    return "count unknown: treat as neutropenic" if within else None


def sepsis_rules(view: View) -> Iterator[Flag]:
    """Neutropenic sepsis (t17): runs from the sign, ends at the first antibacterial."""
    moment, triggers = view.moment, site().triggers
    signs: list[tuple[datetime, str]] = []
    heat = moment.temperature_c
    if heat is not None and heat.value >= astct_crs.FEVER_C:
        signs.append((heat.taken_at, f"{heat.value:g} °C"))
    if heat is not None and heat.value < triggers["cold_c"]:
        signs.append((heat.taken_at, f"{heat.value:g} °C"))
    low = view.step.signs[1].at_least > 0
    if low:
        signs.append((view.step.signs[1].taken_at or view.at, view.step.signs[1].says))
    if view.step.signs[2].at_least > 0:
        signs.append((view.step.signs[2].taken_at or view.at, view.step.signs[2].says))
    exam = moment.exams[-1] if moment.exams else None
    fresh = exam is not None and view.since(exam.taken_at) <= site().neuro_valid
    if exam is not None and fresh and exam.new_confusion is True:
        signs.append((exam.taken_at, "new confusion"))
    shaking = [v.taken_at for v in view.chart.vitals if v.rigors is True and v.taken_at <= view.at]
    if shaking and view.since(shaking[-1]) <= site().vitals_valid:
        signs.append((shaking[-1], "rigors"))
    why = _neutropenia(view)
    if why is None and low and is_masked(view.case.treatments, view.at):
        why = "a drug may be hiding fever"
    if not signs or why is None:
        return
    first = _first_sign(view)
    given = [e.at for e in view.case.events or () if e.kind == "antibiotics"]
    given += [t.given_at for t in view.case.treatments or () if t.drug in antibacterials()]
    lookback = site().hours("antibiotic_lookback_h")
    if any(first - lookback <= time <= view.at for time in given):
        return
    left = triggers["antibiotic_within_min"] - view.since(first) / timedelta(minutes=1)
    over = f"{-left / 60:.0f} h over" if left < -120 else f"{max(0.0, -left):.0f} min over"
    clock = f"{left:.0f} min left" if left >= 1 else over
    yield Flag(
        "t17",
        "emergency",
        f"{', '.join(says for _, says in signs)}; {why}; no antibacterial recorded ({clock})",
        "Cultures and an intravenous antibacterial within 60 min; CRS work-up in parallel",
        "physician",
        _SEPSIS,
    )


def _first_sign(view: View) -> datetime:
    """When the run of signs that is still going on began: the hour counts from there."""
    start = view.at
    for step in reversed(view.steps):
        if not any(sign.at_least > 0 for sign in step.signs):
            break
        times = [s.taken_at for s in step.signs if s.at_least > 0 and s.taken_at is not None]
        start = min([start, *times])
    return start


def iec_hs_rules(view: View) -> Iterator[Flag]:
    """A pattern that asks for an IEC-HS screen (t12); tocilizumab is not proposed for it."""
    ferritin, triggers = view.labs("ferritin_ug_l"), site().triggers
    if not ferritin or view.since(ferritin[-1][0]) > timedelta(hours=48):
        return
    value, limit = ferritin[-1][1], view.upper_limit("ferritin_ug_l")
    start = first_dose_at(view.case.therapy)
    before = [v for at, v in ferritin if start is not None and at < start]
    over_limit = limit is not None and value > triggers["ferritin_x_limit"] * limit
    over_base = bool(before) and value > triggers["ferritin_x_limit"] * before[-1]
    rising = len(ferritin) > 1 and value > ferritin[-2][1]
    if not (over_limit or over_base):
        return
    beside = _beside_ferritin(view)
    waning = view.grade(astct_crs.ID) < max((_crs(s) for s in view.steps), default=0)
    if not (beside and waning) and not rising:
        return
    urgency: Urgency = "urgent" if beside and waning else "info"
    yield Flag(
        "t12",
        urgency,
        f"Ferritin {value:,.0f} µg/L{', rising' if rising else ''}"
        + (f", with {', '.join(beside)}" if beside else ""),
        "Screen for IEC-HS; exclude infection and progression; tocilizumab alone is not for this",
        "physician",
        _HS,
    )


def _crs(step: CrsStep) -> int:
    return step.grade(astct_crs.ID).at_least


def _beside_ferritin(view: View) -> list[str]:
    triggers, found = site().triggers, []
    fibrinogen = view.labs("fibrinogen_g_l")
    if fibrinogen and fibrinogen[-1][1] < triggers["fibrinogen_low_g_l"]:
        found.append(f"fibrinogen {fibrinogen[-1][1]:g} g/L")
    for name, short in (("alt_u_l", "ALT"), ("ast_u_l", "AST")):
        values, limit = view.labs(name), view.upper_limit(name)
        if values and limit is not None and values[-1][1] > triggers["liver_x_limit"] * limit:
            found.append(f"{short} {values[-1][1]:g} U/L")
    platelets = view.labs("platelets_10e9_l")
    if len(platelets) > 1:
        fallen = platelets[-1][1] <= platelets[-2][1] * triggers["platelets_fall_to_percent"] / 100
        if fallen:
            found.append(f"platelets down to {platelets[-1][1]:g} ×10⁹/L")
    return found


def laboratory_rules(view: View) -> Iterator[Flag]:
    """Low sodium (t21), and a steroid course that needs cover (t15)."""
    sodium, triggers = view.labs("sodium_mmol_l"), site().triggers
    if sodium and view.since(sodium[-1][0]) <= _FRESH:
        value = sodium[-1][1]
        if value < triggers["sodium_low_mmol_l"]:
            yield Flag(
                "t21",
                "urgent",
                f"Sodium {value:g} mmol/L",
                "Correct; look again at the neurological exam",
                "physician",
                Cite("asco-2021", "ICANS, severe hyponatraemia; the limit is a house value"),
            )
    steroids = sorted(
        one.given_at
        for one in view.case.treatments or ()
        if class_of(one.drug) == "corticosteroid" and one.given_at <= view.at
    )
    if not steroids or view.since(steroids[-1]) > _FRESH:
        return
    begin = steroids[-1]
    for time in reversed(steroids):
        if begin - time > timedelta(hours=48):
            break
        begin = time
    if steroids[-1] - begin >= site().hours("steroid_course_h"):
        days = (steroids[-1] - begin) / timedelta(days=1)
        yield Flag(
            "t15",
            "info",
            f"Corticosteroids for {days:.0f} days",
            "Antifungal and Pneumocystis cover, glucose, a plan for the taper",
            "physician",
            Cite("asco-2021", "antifungal prophylaxis; 72 h is a house value"),
        )


def overdue_rules(view: View) -> Iterator[Flag]:
    """Checks that are overdue (t14) between the first dose and the end of observation."""
    triggers, start = site().triggers, first_dose_at(view.case.therapy)
    if start is None or view.at < start or view.moment.death is not None:
        return
    vitals = [one.taken_at for one in view.chart.vitals if one.taken_at <= view.at]
    scored = [
        exam.taken_at
        for exam in view.moment.exams
        if (exam.ice is not None or exam.capd is not None) and "asleep" not in exam.unable_reasons
    ]
    for name, what, times, due in (
        ("t14", "vital signs", vitals, site().vitals_due),
        ("t14-neuro", "the neurological exam", scored, site().neuro_due),
    ):
        age = view.since(times[-1]) if times else view.since(start)
        if age <= due * triggers["overdue_at_x"]:
            continue
        late = age > due * triggers["overdue_urgent_at_x"]
        if times and not late:
            continue  # "too old to count" already says so
        yield Flag(
            name,
            "urgent" if late else "info",
            f"{what[0].upper() + what[1:]} last recorded {age / timedelta(hours=1):.0f} h ago, due "
            f"every {due / timedelta(hours=1):g} h",
            "Take the set now" if not late else "Tell the nurse in charge; take the set now",
            "nurse",
            _DUE,
        )


def gate_rules(view: View) -> Iterator[Flag]:
    """What should have been recorded before the first dose and was not (t28)."""
    patient, start = view.case.patient, first_dose_at(view.case.therapy)
    if start is None or view.at >= start + timedelta(days=1):
        return
    gaps = []
    if patient.baseline_ice is None and patient.baseline_capd is None:
        gaps.append("baseline ICE or CAPD")
    if patient.weight_kg is None:
        gaps.append("weight")
    if not view.labs("ferritin_ug_l"):
        gaps.append("baseline ferritin")
    if gaps:
        yield Flag(
            "t28",
            "info",
            f"Not recorded before therapy: {', '.join(gaps)}",
            "Record before the first dose",
            "nurse",
            Cite("nccn-2026-2", "CART-1, baseline work-up"),
        )
