"""
Every trigger t01 to t28, by hand: a case that raises it and one that just does not.

Limits come from the tables of management, not from the site file: a changed limit must be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.toxmodels.escalation.situations import (
    agents,
    case,
    drug,
    exam,
    labs,
    oxygen,
    said,
    stamp,
    tocilizumab,
    ungraded,
    vitals,
    when,
)
from toxmodels import Case, assess
from toxmodels.escalation import triggers

HOT = {"temperature_c": 38.5}
LOW = {"hypotensive": True, "systolic_mmhg": 84}
FIT = {"seizure": {"kind": "focal", "started_at": stamp(50), "duration_min": 2.0, "resolved": True}}
BLINATUMOMAB = {"doses": None, "infusions": [{"started_at": stamp(0), "rate_ug_day": 28.0}]}


def fevers(first: float, last: float, **more: Any) -> list[dict[str, Any]]:
    """Febrile sets from one hour to the other, never more than 12 h apart."""
    hours = [first]
    while hours[-1] < last:
        hours.append(min(hours[-1] + 12, last))
    return [vitals(hour, **(HOT | more)) for hour in hours]


def fever_on(hours: float, **more: Any) -> dict[str, Any]:
    return vitals(hours, **(HOT | more))


def blinatumomab(**parts: Any) -> Case:
    therapy = BLINATUMOMAB | parts.pop("therapy", {})
    return case(product="blinatumomab", therapy=therapy, **parts)


def stopped(after: float, reason: str = "pump", **therapy: Any) -> dict[str, Any]:
    infusion = {"started_at": stamp(0), "stopped_at": stamp(after), "stop_reason": reason}
    return {"infusions": [infusion | {"rate_ug_day": 28.0}], **therapy}


def graded(hours: float, grade: int, term: str) -> dict[str, Any]:
    return {"graded_at": stamp(hours), "scale": "ctcae-5.0", "term": term, "grade": grade}


CRS_2 = [fever_on(40, oxygen=oxygen("nasal_cannula", 2.0))]
CRS_3 = [fever_on(40, **LOW, vasopressors=agents("norepinephrine"))]


def rows() -> Iterator[Any]:
    """``(trigger, why, case, hours, urgency or None for silence)``."""

    def row(id_: str, why: str, patient: Case, hours: float, urgency: str | None) -> Any:
        return pytest.param(id_, patient, hours, urgency, id=f"{id_}: {why}")

    yield row("t01", "grade 1 fever for 72 h", case(vitals=fevers(80, 152)), 152, "urgent")
    yield row("t01", "for 71 h 54 min", case(vitals=fevers(80, 151.9)), 151.9, None)
    yield row(
        "t01",
        "a day without fever starts the fever again",
        case(vitals=[*fevers(80, 104), vitals(116), *fevers(128.1, 176)]),
        176,
        None,
    )
    yield row("t02", "CAR-T, just under 72 h", case(vitals=fevers(71.9, 71.9)), 71.9, "urgent")
    yield row("t02", "CAR-T, at 72 h", case(vitals=fevers(72, 72)), 72, None)
    yield row("t02", "for a day", case(vitals=fevers(40, 64)), 64, "urgent")
    yield row("t02", "and no longer", case(vitals=fevers(40, 64.1)), 64.1, None)
    steps = {"doses": [{"given_at": stamp(0)}, {"given_at": stamp(72)}]}
    yield row(
        "t02",
        "engager, 3 h 54 min after the second step",
        case(product="teclistamab", therapy=steps, vitals=fevers(75.9, 75.9)),
        75.9,
        "urgent",
    )
    yield row(
        "t02",
        "engager, 4 h after it",
        case(product="teclistamab", therapy=steps, vitals=fevers(76, 76)),
        76,
        None,
    )
    bolus = {"fluid_bolus_ml": 500, "fluid_for_hypotension": True}
    two = [fever_on(40, **LOW, **bolus), fever_on(41, **LOW, **bolus)]
    yield row("t03", "low after the second bolus", case(vitals=two), 41, "emergency")
    yield row("t03", "after one", case(vitals=two[:1]), 40, None)
    yield row("t03", "the pressure came back", case(vitals=[*two, fever_on(42)]), 42, None)
    given = {"vitals": fevers(40, 70), "treatments": tocilizumab(46)}
    yield row("t04", "the same after 24 h", case(**given, events=[said(69, "same")]), 70, "urgent")
    early = {"vitals": fevers(40, 69.9), "treatments": tocilizumab(46)}
    yield row("t04", "after 23 h 54 min", case(**early, events=[said(69, "same")]), 69.9, None)
    yield row("t04", "nobody said so: a task instead", case(**given), 70, None)
    worse = {"vitals": fevers(40, 48), "treatments": tocilizumab(46)}
    yield row(
        "t04", "worse skips the clock", case(**worse, events=[said(48, "worse")]), 48, "urgent"
    )
    eight = {"vitals": fevers(40, 54), "treatments": tocilizumab(46)}
    yield row("t05", "the same at 8 h", case(**eight, events=[said(53, "same")]), 54, "urgent")
    short = {"vitals": fevers(40, 53.9), "treatments": tocilizumab(46)}
    yield row("t05", "at 7 h 54 min", case(**short, events=[said(53, "same")]), 53.9, None)
    four = {"vitals": fevers(40, 120), "treatments": tocilizumab(46, 60, 80, 100)}
    yield row("t05", "four given: t06 instead", case(**four, events=[said(119, "same")]), 120, None)
    yield row("t06", "the fourth of the course", case(**four), 120, "urgent")
    three = {"vitals": fevers(40, 90), "treatments": tocilizumab(46, 60, 80)}
    yield row("t06", "the third of the course", case(**three), 90, None)
    day = {"vitals": fevers(40, 69.9), "treatments": tocilizumab(46, 54, 62)}
    yield row("t06", "three in 24 h", case(**day), 69.9, "urgent")
    later = {"vitals": fevers(40, 70), "treatments": tocilizumab(46, 54, 62)}
    yield row("t06", "the first is 24 h old", case(**later), 70, None)
    calm = {"vitals": [*fevers(40, 90), vitals(118)], "treatments": tocilizumab(46, 60, 80, 90)}
    yield row("t06", "four given and CRS is over", case(**calm), 118, None)
    yield row("t07", "one point", case(neuro=[exam(40), exam(48, lost=1)]), 48, "urgent")
    yield row("t07", "no point", case(neuro=[exam(40), exam(48)]), 48, None)
    kept = case(neuro=[exam(40, lost=1), exam(48, lost=1)])
    yield row("t07", "below baseline, not below the exam before", kept, 48, None)
    yield row("t07", "the first exam below baseline", case(neuro=[exam(40, lost=1)]), 40, "urgent")
    nine = {"baseline_ice": 9}
    yield row(
        "t07", "the first exam at baseline", case(patient=nine, neuro=[exam(4, lost=1)]), 4, None
    )
    unasked = exam(48)
    del unasked["ice"]["writing"]
    yield row("t07", "an item nobody asked is no loss", case(neuro=[exam(40), unasked]), 48, None)
    yield row("t08", "two points", case(neuro=[exam(40), exam(48, lost=2)]), 48, "urgent")
    yield row("t08", "one point", case(neuro=[exam(40), exam(48, lost=1)]), 48, None)
    low = case(neuro=[exam(30, lost=3), exam(48, lost=4)])
    yield row("t08", "one point, to six", low, 48, "urgent")
    seven = case(neuro=[exam(30, lost=2), exam(48, lost=3)])
    yield row("t08", "one point, to seven", seven, 48, None)
    twice = case(neuro=[exam(42), exam(50, lost=1), exam(54, lost=2)])
    yield row("t08", "two points in 12 h, one by one", twice, 54, "urgent")
    apart = case(neuro=[exam(41.9), exam(50, lost=1), exam(54, lost=2)])
    yield row("t08", "in 12 h 6 min", apart, 54, None)
    alone = case(patient={"baseline_ice": None}, neuro=[exam(40, lost=4)])
    yield row("t08", "six at the first exam, no baseline", alone, 40, "urgent")
    bad = exam(40, handwriting="worse")
    yield row("t09", "worse", case(neuro=[bad]), 40, "urgent")
    yield row("t09", "the same", case(neuro=[exam(40, handwriting="same")]), 40, None)
    yield row(
        "t09",
        "not done clears nothing",
        case(neuro=[bad, exam(44, handwriting="not_done")]),
        44,
        "urgent",
    )
    for key, sign in {
        "t10-consciousness": {"consciousness": "tactile", "ice": None},
        "t10-pressure": {"raised_icp": ["sixth_nerve_palsy"]},
        "t10-oedema": {"cerebral_oedema": "focal"},
        "t10-haemorrhage": {"cerebral_oedema": "haemorrhage_related"},
        "t10-weakness": {"motor_weakness": "deep_focal"},
        "t10-seizure": FIT,
    }.items():
        yield row(key, "present", case(neuro=[exam(50, **sign)]), 50, "emergency")
        yield row(
            key, "a whole exam without it", case(neuro=[exam(50, cerebral_oedema="none")]), 50, None
        )
    yield row(
        "t10-consciousness",
        "wakes to voice",
        case(neuro=[exam(50, consciousness="voice")]),
        50,
        None,
    )
    asleep = exam(50, consciousness="unarousable", ice=None, unable="sedated")
    yield row("t10-consciousness", "sedated", case(neuro=[asleep]), 50, None)
    yield row("t10-weakness", "mild", case(neuro=[exam(50, motor_weakness="mild")]), 50, None)
    cushing = {"heart_rate_bpm": 59, "systolic_mmhg": 156, "respiratory_rate_bpm": 11}
    yield row(
        "t10-cushing",
        "59/min, up 30 %, 11 breaths",
        case(vitals=[vitals(50, **cushing)]),
        50,
        "emergency",
    )
    for name, value in (
        ("heart_rate_bpm", 60),
        ("systolic_mmhg", 155),
        ("respiratory_rate_bpm", 12),
    ):
        near = case(vitals=[vitals(50, **(cushing | {name: value}))])
        yield row("t10-cushing", f"{name} {value}", near, 50, None)
    silent = case(vitals=[vitals(50, **(cushing | {"respiratory_rate_bpm": None}))])
    yield row("t10-cushing", "breathing not recorded", silent, 50, "emergency")
    both = case(vitals=CRS_2, neuro=[exam(40, lost=4)])
    yield row("t11", "CRS 2 and ICANS 2", both, 40, "urgent")
    one = case(vitals=CRS_2, neuro=[exam(40, lost=3)])
    yield row("t11", "CRS 2 and ICANS 1", one, 40, None)
    ferritin = [labs(-30, ferritin_ug_l=300), labs(60, ferritin_ug_l=500)]
    limit = {"upper_limits": {"ferritin_ug_l": 400}}
    high = case(labs=[*ferritin, labs(80, ferritin_ug_l=801, **limit)], vitals=[vitals(80)])
    yield row("t12", "above twice the limit and rising", high, 80, "info")
    near = case(
        labs=[
            labs(-30, ferritin_ug_l=450),
            labs(60, ferritin_ug_l=500),
            labs(80, ferritin_ug_l=800, **limit),
        ],
        vitals=[vitals(80)],
    )
    yield row("t12", "at twice the limit, below twice the baseline", near, 80, None)
    double = case(
        labs=[
            labs(-30, ferritin_ug_l=450),
            labs(60, ferritin_ug_l=430),
            labs(100, ferritin_ug_l=860),
        ],
        vitals=[vitals(100)],
    )
    yield row("t12", "doubled in 40 h", double, 100, "info")
    slow = case(
        labs=[
            labs(-30, ferritin_ug_l=450),
            labs(60, ferritin_ug_l=430),
            labs(100, ferritin_ug_l=859),
        ],
        vitals=[vitals(100)],
    )
    yield row("t12", "not quite doubled", slow, 100, None)
    apart_48 = [labs(-30, ferritin_ug_l=450), labs(52, ferritin_ug_l=430)]
    for hours, urgency in ((100, "info"), (100.1, None)):
        twice_in = case(labs=[*apart_48, labs(hours, ferritin_ug_l=870)], vitals=[vitals(hours)])
        yield row("t12", f"doubled in {hours - 52:.1f} h", twice_in, hours, urgency)
    for value, urgency in ((10001, "info"), (10000, None)):
        steady = [labs(-30, ferritin_ug_l=9000), labs(90, ferritin_ug_l=value)]
        tall = case(labs=steady, vitals=[vitals(90)])
        yield row("t12", f"ferritin {value}", tall, 90, urgency)
    waning = {"vitals": [*CRS_3, vitals(80)]}
    beside = labs(80, ferritin_ug_l=900, fibrinogen_g_l=1.49, **limit)
    yield row(
        "t12",
        "fibrinogen 1.49 while CRS wanes",
        case(labs=[*ferritin, beside], **waning),
        80,
        "urgent",
    )
    enough = labs(80, ferritin_ug_l=900, fibrinogen_g_l=1.5, **limit)
    yield row(
        "t12",
        "fibrinogen 1.5: ferritin alone",
        case(labs=[*ferritin, enough], **waning),
        80,
        "info",
    )
    enzymes = {"upper_limits": {"ferritin_ug_l": 400, "alt_u_l": 40}}
    for alt, urgency in ((201, "urgent"), (200, "info")):
        liver = labs(80, ferritin_ug_l=900, alt_u_l=alt, **enzymes)
        patient = case(labs=[*ferritin, liver], **waning)
        yield row("t12", f"ALT {alt}, limit 40, while CRS wanes", patient, 80, urgency)
    for platelets, urgency in ((50, "urgent"), (51, "info")):
        fallen = [labs(60, platelets_10e9_l=100), labs(80, platelets_10e9_l=platelets)]
        patient = case(labs=[*ferritin, labs(79, ferritin_ug_l=900, **limit), *fallen], **waning)
        yield row("t12", f"platelets 100 to {platelets} while CRS wanes", patient, 80, urgency)
    crp = [labs(40, crp_mg_l=100), labs(64, crp_mg_l=20), labs(88, crp_mg_l=30)]
    yield row("t13", "CRP up by half after a fall", case(labs=crp, vitals=[vitals(88)]), 88, "info")
    flat = [*crp[:2], labs(88, crp_mg_l=29.9)]
    yield row("t13", "up by less", case(labs=flat, vitals=[vitals(88)]), 88, None)
    ill = {"vitals": [fever_on(40), vitals(100)]}
    yield row(
        "t13", "normal CRP after CRS, day 4", case(labs=[labs(96, crp_mg_l=5)], **ill), 100, "info"
    )
    yield row("t13", "CRP not normal", case(labs=[labs(96, crp_mg_l=5.1)], **ill), 100, None)
    watched = {"vitals": [vitals(24)], "neuro": [exam(24)]}
    yield row("t14", "5 h 3 min", case(**watched), 29.05, "info")
    yield row("t14", "exactly 5 h", case(**watched), 29, None)
    yield row("t14", "8 h", case(**watched), 32, "urgent")
    yield row("t14", "7 h 57 min", case(**watched), 31.95, "info")
    yield row("t14-neuro", "15 h 3 min", case(**watched), 39.05, "info")
    yield row("t14-neuro", "exactly 15 h", case(**watched), 39, None)
    yield row("t14-neuro", "24 h", case(**watched), 48, "urgent")
    dex = {"dose_mg": 10.0, "route": "iv", "purpose": "icans"}
    course = [drug(hour, "dexamethasone", **dex) for hour in (24, 48, 72, 96)]
    yield row("t15", "72 h", case(vitals=[vitals(97)], treatments=course), 97, "info")
    shorter = [*course[:3], drug(95.9, "dexamethasone", **dex)]
    yield row("t15", "71 h 54 min", case(vitals=[vitals(97)], treatments=shorter), 97, None)
    taper = [
        drug(24, "dexamethasone", **dex),
        drug(36, "dexamethasone", **dex),
        drug(48, "dexamethasone", **(dex | {"dose_mg": 4.0})),
    ]
    fall = [exam(40), exam(54, lost=1)]
    yield row(
        "t16", "a lost point on the lower dose", case(neuro=fall, treatments=taper), 54, "urgent"
    )
    yield row("t16", "on the full dose", case(neuro=fall, treatments=taper[:2]), 54, None)
    often = drug(24, "dexamethasone", **dex, interval_h=6.0)
    rarer = drug(48, "dexamethasone", **dex, interval_h=12.0)
    yield row("t16", "every 12 h", case(neuro=fall, treatments=[often, rarer]), 54, "urgent")
    as_often = drug(48, "dexamethasone", **dex, interval_h=6.0)
    yield row("t16", "ordered anew", case(neuro=fall, treatments=[often, as_often]), 54, None)
    ended = {**often, "stopped_at": stamp(52)}
    yield row("t16", "stopped 2 h ago", case(neuro=fall, treatments=[ended]), 54, "urgent")
    apart = [drug(hour, "dexamethasone", **dex) for hour in (6, 12, 18, 30, 42)]
    yield row("t16", "given further apart", case(neuro=fall, treatments=apart), 54, "urgent")
    tremor = [exam(40), exam(54, other_signs=["tremor"])]
    yield row(
        "t16", "a new sign on the lower dose", case(neuro=tremor, treatments=taper), 54, "urgent"
    )
    yield row(
        "t16",
        "ended 72 h ago",
        case(neuro=[exam(110), exam(120, lost=1)], treatments=taper),
        120,
        "urgent",
    )
    yield row(
        "t16",
        "longer ago",
        case(neuro=[exam(110), exam(120.1, lost=1)], treatments=taper),
        120.1,
        None,
    )
    yield from sepsis(row)
    flow = [
        vitals(38, oxygen=oxygen("nasal_cannula", 6.0)),
        fever_on(40, oxygen=oxygen("nasal_cannula", 6.1)),
    ]
    yield row("t18", "6 to 6.1 L/min", case(vitals=flow), 40, "urgent")
    still = [
        vitals(38, oxygen=oxygen("nasal_cannula", 5.0)),
        fever_on(40, oxygen=oxygen("nasal_cannula", 6.0)),
    ]
    yield row("t18", "5 to 6 L/min", case(vitals=still), 40, None)
    climb = [
        vitals(36, oxygen=oxygen("nasal_cannula", 2.0)),
        fever_on(40, oxygen=oxygen("nasal_cannula", 4.0)),
    ]
    yield row("t18", "2 L/min more in 4 h", case(vitals=climb), 40, "urgent")
    slower = [
        vitals(35.9, oxygen=oxygen("nasal_cannula", 2.0)),
        fever_on(40, oxygen=oxygen("nasal_cannula", 4.0)),
    ]
    yield row("t18", "in 4 h 6 min", case(vitals=slower), 40, None)
    new = [vitals(38), fever_on(40, oxygen=oxygen("nasal_cannula", 2.0))]
    yield row("t18", "2 L/min from room air", case(vitals=new), 40, "urgent")
    yield row(
        "t18-spo2", "91 % on room air", case(vitals=[vitals(40, spo2_percent=91)]), 40, "urgent"
    )
    yield row("t18-spo2", "92 %", case(vitals=[vitals(40, spo2_percent=92)]), 40, None)
    yield row(
        "t18-spo2",
        "91 %, oxygen not recorded",
        case(vitals=[vitals(40, spo2_percent=91, oxygen=None)]),
        40,
        "urgent",
    )
    noradrenaline = [fever_on(38), *CRS_3]
    yield row("t19", "the first vasopressor", case(vitals=noradrenaline), 40, "emergency")
    second = [
        *noradrenaline,
        fever_on(44, **LOW, vasopressors=agents("norepinephrine", "vasopressin")),
    ]
    yield row("t19", "vasopressin is not the second", case(vitals=second), 44, None)
    third = [
        *noradrenaline,
        fever_on(44, **LOW, vasopressors=agents("norepinephrine", "epinephrine")),
    ]
    yield row("t19", "epinephrine is", case(vitals=third), 44, "emergency")
    yield row("t19", "none", case(vitals=[fever_on(38), fever_on(40)]), 40, None)
    fast = [fever_on(38, heart_rate_bpm=131), fever_on(40, heart_rate_bpm=131)]
    yield row("t20", "131 in two sets", case(vitals=fast), 40, "urgent")
    yield row(
        "t20",
        "130 in the second",
        case(vitals=[fast[0], fever_on(40, heart_rate_bpm=130)]),
        40,
        None,
    )
    first = case(vitals=[fever_on(38, heart_rate_bpm=120), fever_on(40, heart_rate_bpm=131)])
    yield row("t20", "in one set of two", first, 40, None)
    for value, urgency in ((124.9, "urgent"), (125.0, None)):
        sodium = [labs(40, sodium_mmol_l=value)]
        yield row("t21", f"{value:g}", case(vitals=[vitals(41)], labs=sodium), 41, urgency)
    for ready, urgency in ((1, "info"), (2, None), (None, None)):
        before = case(therapy={"tocilizumab_doses_ready": ready}, vitals=[vitals(-20)])
        yield row("t22", f"{ready} at hand before the infusion", before, -20, urgency)
    begun = case(therapy={"tocilizumab_doses_ready": 1}, vitals=[vitals(1)])
    yield row("t22", "after it", begun, 1, None)
    yield from label(row)
    obecel = {"product": "obecabtagene-autoleucel"}
    yield row("t24", "CRS was 3", case(**obecel, vitals=[*CRS_3, fever_on(48)]), 48, "emergency")
    yield row("t24", "CRS 2 now", case(**obecel, vitals=CRS_2), 40, "emergency")
    yield row("t24", "CRS 2 settled to 1", case(**obecel, vitals=[*CRS_2, fever_on(48)]), 48, None)
    given_2 = {"doses": [{"given_at": stamp(0)}, {"given_at": stamp(39)}]}
    yield row(
        "t24", "the second dose is given", case(**obecel, therapy=given_2, vitals=CRS_3), 40, None
    )
    yield row(
        "t24-icans",
        "ICANS was 2",
        case(**obecel, neuro=[exam(40, lost=4), exam(48, lost=1)]),
        48,
        "emergency",
    )
    yield row("t24-icans", "ICANS 1", case(**obecel, neuro=[exam(40, lost=1)]), 40, "emergency")
    yield row(
        "t24-icans",
        "ICANS 1 resolved",
        case(**obecel, neuro=[exam(40, lost=1), exam(48)]),
        48,
        None,
    )
    bcma = {"product": "ciltacabtagene-autoleucel"}
    palsy = exam(240.1, other_signs=["facial_palsy"])
    yield row("t25", "just after day 10", case(**bcma, neuro=[palsy]), 240.1, "urgent")
    yield row(
        "t25", "on day 10", case(**bcma, neuro=[exam(240, other_signs=["facial_palsy"])]), 240, None
    )
    yield row("t25", "not a BCMA product", case(neuro=[palsy]), 240.1, None)
    yield row("t25", "stands while nobody looks again", case(**bcma, neuro=[palsy]), 280, "urgent")
    gone = case(**bcma, neuro=[palsy, exam(250, other_signs=[])])
    yield row("t25", "gone at the next exam", gone, 250, None)
    yield row("t26", "0 to 1 in 6 h", case(vitals=[vitals(34), fever_on(40)]), 40, "urgent")
    yield row("t26", "0 to 1 in 6 h 6 min", case(vitals=[vitals(33.9), fever_on(40)]), 40, None)
    yield row("t26", "0 to 2 in 24 h", case(vitals=[vitals(16), *CRS_2]), 40, "urgent")
    yield row("t26", "in 24 h 6 min", case(vitals=[vitals(15.9), *CRS_2]), 40, None)
    yield row("t26", "1 to 2 in 7 h", case(vitals=[fever_on(33), *CRS_2]), 40, None)
    rise = case(neuro=[exam(34), exam(40, lost=1)])
    yield row("t26-icans", "0 to 1 in 6 h", rise, 40, "urgent")
    slow_rise = case(neuro=[exam(33.9), exam(40, lost=1)])
    yield row("t26-icans", "in 6 h 6 min", slow_rise, 40, None)
    depleted = {"lymphodepletion_started_at": stamp(-120)}
    for platelets, urgency in ((85.6, "info"), (85.7, None)):
        # LDH 400 x creatinine 1.0 mg/dL over platelets: 4.67 lies between the two.
        values = labs(-130, ldh_u_l=400, creatinine_umol_l=88.4, platelets_10e9_l=platelets)
        risk = case(therapy=depleted, labs=[values], vitals=[vitals(24)])
        yield row("t27", f"EASIX {400 / platelets:.3f}", risk, 24, urgency)
    week = labs(-120 - 7 * 24, ldh_u_l=900, creatinine_umol_l=88.4, platelets_10e9_l=50)
    aged = case(therapy=depleted, labs=[week], vitals=[vitals(24)])
    yield row("t27", "values a week old", aged, 24, "info")
    old = labs(-120 - 7 * 24 - 1, ldh_u_l=900, creatinine_umol_l=88.4, platelets_10e9_l=50)
    yield row(
        "t27", "values too old", case(therapy=depleted, labs=[old], vitals=[vitals(24)]), 24, None
    )
    for gap in ({"weight_kg": None}, {"baseline_ice": None}, {"baseline_echo_at": None}):
        lacking = case(patient=gap, vitals=[vitals(-1)])
        yield row("t28", f"{next(iter(gap))} not recorded", lacking, -1, "info")
    none = ungraded(labs=[labs(-30, anc_per_ul=3000)], vitals=[vitals(-1)])
    yield row("t28", "ferritin not recorded", none, -1, "info")
    yield row("t28", "all recorded", case(vitals=[vitals(-1)]), -1, None)


def sepsis(row: Any) -> Iterator[Any]:
    low = [labs(30, anc_per_ul=499)]
    for why, sign in {
        "38.0 °C": {"temperature_c": 38.0},
        "35.9 °C": {"temperature_c": 35.9},
        "low pressure": LOW,
        "new oxygen": {"oxygen": oxygen("nasal_cannula", 2.0)},
        "rigors": {"rigors": True},
    }.items():
        patient = case(vitals=[vitals(36), vitals(40, **sign)], labs=low)
        yield row("t17", f"ANC 499 and {why}", patient, 40, "emergency")
    confused = case(vitals=[vitals(40)], neuro=[exam(40, new_confusion=True)], labs=low)
    yield row("t17", "ANC 499 and new confusion", confused, 40, "emergency")
    for why, sign in {
        "37.9 °C": {"temperature_c": 37.9},
        "36.0 °C": {"temperature_c": 36.0},
    }.items():
        yield row(
            "t17", f"ANC 499 and {why}", case(vitals=[vitals(40, **sign)], labs=low), 40, None
        )
    hot = {"vitals": [vitals(36), fever_on(40)]}
    enough = [labs(30, anc_per_ul=500)]
    yield row("t17", "ANC 500, not falling", case(**hot, labs=enough), 40, None)
    falling = [labs(20, anc_per_ul=1500), labs(30, anc_per_ul=999)]
    yield row("t17", "ANC 999 and falling", case(**hot, labs=falling), 40, "emergency")
    thousand = [labs(20, anc_per_ul=1500), labs(30, anc_per_ul=1000)]
    yield row("t17", "ANC 1000 and falling", case(**hot, labs=thousand), 40, None)
    aged = [labs(15.9, anc_per_ul=3000)]
    yield row("t17", "no count for 24 h 6 min", case(**hot, labs=aged), 40, "emergency")
    fresh = [labs(16, anc_per_ul=3000)]
    yield row("t17", "a count 24 h old", case(**hot, labs=fresh), 40, None)
    late = ungraded(vitals=[fever_on(30 * 24 + 0.1)])
    yield row("t17", "no count, after day 30", late, 30 * 24 + 0.1, None)
    last = ungraded(vitals=[fever_on(30 * 24)])
    yield row("t17", "no count, on day 30", last, 30 * 24, "emergency")
    before = {"doses": None, "lymphodepletion_started_at": stamp(-100)}
    early = ungraded(therapy=before, vitals=[fever_on(-20)])
    yield row("t17", "no count between lymphodepletion and the dose", early, -20, "emergency")
    shock = [vitals(36), vitals(40, **LOW)]
    steroid = [drug(30, "dexamethasone", dose_mg=10.0)]
    yield row(
        "t17",
        "low pressure on a steroid, ANC normal",
        case(vitals=shock, treatments=steroid),
        40,
        "emergency",
    )
    unlisted = case(vitals=shock, treatments=None)
    yield row("t17", "low pressure, treatments not recorded", unlisted, 40, "emergency")
    antipyretic = [drug(38, "paracetamol", dose_mg=1000.0)]
    yield row(
        "t17", "low pressure on paracetamol", case(vitals=shock, treatments=antipyretic), 40, None
    )
    yield row("t17", "fever on a steroid, ANC normal", case(**hot, treatments=steroid), 40, None)
    iv = [drug(40.5, "meropenem", route="iv")]
    yield row(
        "t17", "the first IV antibacterial ends it", case(**hot, labs=low, treatments=iv), 41, None
    )
    for why, one in {
        "an oral one does not": drug(40.5, "levofloxacin", route="oral"),
        "nor one without a route": drug(40.5, "meropenem"),
        "nor one that ended two days before": drug(
            -20, "meropenem", route="iv", interval_h=8.0, stopped_at=stamp(-10)
        ),
        "nor another drug": drug(40.5, "paracetamol", route="iv"),
    }.items():
        yield row("t17", why, case(**hot, labs=low, treatments=[one]), 41, "emergency")
    running = [drug(0, "meropenem", route="iv", interval_h=8.0)]
    yield row("t17", "one is already running", case(**hot, labs=low, treatments=running), 41, None)
    for hours, urgency in ((16, None), (15.9, "emergency")):
        once = [drug(hours, "meropenem", route="iv")]
        patient = case(**hot, labs=low, treatments=once)
        yield row("t17", f"one dose {40 - hours:.1f} h before", patient, 40, urgency)
    for hours, newest, urgency in ((64, 499, "emergency"), (90, 499, "emergency"), (64, 500, None)):
        calm = [labs(hour, anc_per_ul=count) for hour, count in ((30, 499), (50, newest))]
        patient = case(vitals=[fever_on(40), vitals(hours)], labs=calm)
        told = f"{hours - 40:.0f} h after the last fever, ANC {newest}"
        yield row("t17", told, patient, hours, urgency)
    unknown = [labs(30, anc_per_ul=3000), labs(50, anc_per_ul=3000)]
    long_ago = case(vitals=[fever_on(40), vitals(100)], labs=unknown)
    yield row("t17", "count unknown long after the last fever", long_ago, 100, None)
    before = case(vitals=[fever_on(-40)], labs=[labs(-42, anc_per_ul=100)])
    yield row("t17", "before the first dose", before, -40, "emergency")
    old = [labs(24 * 34 - 30, anc_per_ul=300)]
    late = case(vitals=[fever_on(24 * 34)], labs=old)
    yield row("t17", "a low count of 30 h ago, day 34", late, 24 * 34, "emergency")
    settled = case(vitals=[fever_on(40), vitals(44)], labs=low)
    yield row("t17", "stands although the fever went", settled, 44, "emergency")


def label(row: Any) -> Iterator[Any]:
    yield row("t23", "CRS 3, no CTCAE grade", blinatumomab(vitals=CRS_3), 40, "emergency")
    yield row("t23", "CRS 2", blinatumomab(vitals=CRS_2), 40, None)
    yield row(
        "t23", "graded since", blinatumomab(vitals=CRS_3, gradings=[graded(40, 2, "crs")]), 40, None
    )
    old = blinatumomab(vitals=CRS_3, gradings=[graded(39, 1, "crs")])
    yield row("t23", "graded before it was 3", old, 40, "emergency")
    yield row("t23", "any seizure", blinatumomab(neuro=[exam(50, **FIT)]), 50, "emergency")
    yield row("t23", "another product", case(vitals=CRS_3), 40, None)
    yield row(
        "t23-label",
        "CTCAE 3 while it runs",
        blinatumomab(vitals=[vitals(40)], gradings=[graded(40, 3, "crs")]),
        40,
        "emergency",
    )
    yield row(
        "t23-label",
        "CTCAE 2",
        blinatumomab(vitals=[vitals(40)], gradings=[graded(40, 2, "crs")]),
        40,
        None,
    )
    held = blinatumomab(
        vitals=[vitals(40)], gradings=[graded(38, 3, "crs")], therapy=stopped(39, "toxicity")
    )
    yield row("t23-label", "already interrupted", held, 40, None)
    four = [graded(38, 4, "crs"), graded(44, 1, "crs")]
    later = blinatumomab(vitals=[vitals(48)], gradings=four)
    yield row("t23-label", "CTCAE 4 and then 1", later, 48, "emergency")
    yield row("t23-label-stands", "the same, running", later, 48, None)
    off = blinatumomab(vitals=[vitals(48)], gradings=four, therapy=stopped(39, "toxicity"))
    yield row("t23-label-stands", "the same, stopped", off, 48, "urgent")
    yield row("t23-gap", "no clock of a restart after a stop for good", off, 48, None)
    again = {"seizure": FIT["seizure"] | {"started_at": stamp(60)}}
    yield row(
        "t23-seizure",
        "the second",
        blinatumomab(neuro=[exam(50, **FIT), exam(60, **again)]),
        60,
        "emergency",
    )
    yield row("t23-seizure", "the first", blinatumomab(neuro=[exam(50, **FIT)]), 50, None)
    fits = [exam(50, **FIT), exam(60, **again), exam(70)]
    over = blinatumomab(neuro=fits, therapy=stopped(61, "toxicity"))
    yield row("t23-seizure-stands", "both over, stopped", over, 70, "urgent")
    yield row("t23-seizure", "both over, stopped", over, 70, None)
    yield row("t23-seizure-stands", "still running", blinatumomab(neuro=fits), 70, None)
    for fio2, urgency in ((0.40, "urgent"), (0.39, None), (None, "urgent")):
        mask = [fever_on(40, oxygen=oxygen("nasal_cannula", 3.0, fio2))]
        yield row("t23-ctcae", f"FiO2 {fio2}", blinatumomab(vitals=mask), 40, urgency)
    for alt, urgency in ((201, "urgent"), (200, None)):
        liver = [labs(40, alt_u_l=alt, upper_limits={"alt_u_l": 40})]
        yield row(
            "t23-liver",
            f"ALT {alt}, limit 40",
            blinatumomab(vitals=[vitals(40)], labs=liver),
            40,
            urgency,
        )
    for value, urgency in ((61, "urgent"), (60, None)):
        bile = [labs(40, bilirubin_umol_l=value, upper_limits={"bilirubin_umol_l": 20})]
        patient = blinatumomab(vitals=[vitals(40)], labs=bile)
        yield row("t23-liver", f"bilirubin {value}, limit 20", patient, 40, urgency)
    pump = blinatumomab(vitals=[vitals(30)], therapy=stopped(30))
    yield row("t23-gap", "1 h 54 min", pump, 31.9, None)
    yield row("t23-gap", "2 h", pump, 32, "soon")
    yield row("t23-gap", "3 h 54 min", pump, 33.9, "soon")
    yield row("t23-gap", "4 h", pump, 34, "urgent")
    adverse = blinatumomab(vitals=[vitals(30)], therapy=stopped(30, "toxicity"))
    yield row("t23-gap", "over 7 days for toxicity", adverse, 30 + 7 * 24 + 1, "urgent")


ROWS = list(rows())


@pytest.mark.parametrize(("id_", "patient", "hours", "urgency"), ROWS)
def test_trigger(id_: str, patient: Case, hours: float, urgency: str | None) -> None:
    raised = {flag.id: flag.urgency for flag in assess(patient, at=when(hours)).flags}
    assert raised.get(id_) == urgency


def _stem(key: str) -> str:
    return key.partition("-")[0].partition("/")[0]


def test_every_trigger_has_a_case_that_raises_it_and_one_that_does_not() -> None:
    raises = {row.values[0] for row in ROWS if row.values[3] is not None}
    silent = {row.values[0] for row in ROWS if row.values[3] is None}
    assert {_stem(id_) for id_ in raises} >= {f"t{number:02d}" for number in range(1, 29)}
    listed = {one.id for one in triggers().values() if re.match(r"t\d\d", one.id)}
    assert raises == listed
    assert silent == listed


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (40, "60 min left"),
        (40.5, "30 min left"),
        (41, "0 min left"),
        (41.25, "15 min over"),
        (44, "3 h over"),
    ],
)
def test_the_hour_of_sepsis_runs_from_the_sign(hours: float, words: str) -> None:
    patient = case(vitals=[vitals(36), fever_on(40)], labs=[labs(30, anc_per_ul=100)])
    (flag,) = [one for one in assess(patient, at=when(hours)).flags if one.id == "t17"]
    assert words in flag.says


def test_the_hour_of_sepsis_is_not_begun_again_by_a_later_fever() -> None:
    patient = case(vitals=[fever_on(40), vitals(44), fever_on(48)], labs=[labs(30, anc_per_ul=100)])
    (flag,) = [one for one in assess(patient, at=when(48)).flags if one.id == "t17"]
    assert "7 h over" in flag.says


def test_a_dose_without_a_route_is_asked_about() -> None:
    patient = case(
        vitals=[fever_on(40)],
        labs=[labs(30, anc_per_ul=100)],
        treatments=[drug(40.5, "meropenem")],
    )
    (flag,) = [one for one in assess(patient, at=when(41)).flags if one.id == "t17"]
    assert "record the route of meropenem" in flag.says


@pytest.mark.parametrize(
    ("reason", "region", "days", "words"),
    [
        ("toxicity", "us", 7.0, "Premedicate again"),
        ("toxicity", "us", 7.1, "a new cycle"),
        ("toxicity", "us", 14.1, "permanent stop: in Japan"),
        ("pump", "us", 14.1, "Premedicate again"),
        ("pump", "jp", 14.0, "Premedicate again"),
        ("pump", "jp", 14.1, "permanent stop: in Japan"),
    ],
)
def test_a_long_gap_says_what_it_means(reason: str, region: str, days: float, words: str) -> None:
    patient = blinatumomab(vitals=[vitals(30)], therapy=stopped(30, reason, region=region))
    found = assess(patient, at=when(30 + days * 24)).flags
    (flag,) = [one for one in found if one.id == "t23-gap"]
    assert words in flag.action.replace("a permanent stop", "permanent stop")
