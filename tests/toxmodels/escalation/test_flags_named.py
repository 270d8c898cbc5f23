"""
Every flag that is no listed trigger t01 to t28, by hand: a case that raises it and one that just
does not. Limits are written out: a changed limit must be seen.
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
    vitals,
    when,
)
from toxmodels import Case, assess
from toxmodels.escalation import triggers

HOT = {"temperature_c": 38.5}
LOW = {"hypotensive": True, "systolic_mmhg": 84}
AIR = {"device": "room_air"}


def _row(key: str, why: str, patient: Case, hours: float, urgency: str | None) -> Any:
    """``(flag, case, hours, urgency or None for silence)``."""
    return pytest.param(key, patient, hours, urgency, id=f"{key}: {why}")


def _child(years: float, **parts: Any) -> Case:
    return case(patient={"age_years": years, "baseline_ice": None}, **parts)


def fever() -> Iterator[Any]:
    key = "no-fever-but-hypotension-or-hypoxia"
    low, pressor = vitals(40, **LOW), vitals(40, **LOW, vasopressors=agents("norepinephrine"))
    yield _row(key, "low, never hot", case(vitals=[low]), 40, "urgent")
    yield _row(key, "on a vasopressor", case(vitals=[pressor]), 40, "emergency")
    yield _row(key, "low and hot", case(vitals=[vitals(40, **HOT, **LOW)]), 40, None)

    key = "possible-masked-crs"
    for hours, urgency in ((32, "urgent"), (31.9, None)):
        given = [drug(hours, "paracetamol", dose_mg=1000.0)]
        told = f"paracetamol {40 - hours:.1f} h before"
        yield _row(key, told, case(vitals=[low], treatments=given), 40, urgency)
    early = [drug(-1, "tocilizumab", dose_mg=560.0, purpose="premedication")]
    yield _row(key, "grave", case(vitals=[pressor], treatments=early), 40, "emergency")
    hot_before = case(vitals=[vitals(30, **HOT), low], treatments=[drug(34, "paracetamol")])
    yield _row(key, "febrile before: that is CRS", hot_before, 40, None)
    engager = case(product="teclistamab", vitals=[low], treatments=[drug(38, "paracetamol")])
    yield _row("possible-masked-crs/engager", "hold the infusion", engager, 40, "urgent")
    yield _row("possible-masked-crs/engager", "a CAR-T product", case(vitals=[low]), 40, None)

    key = "masked-fever-exclude-sepsis"
    settled = [vitals(30, **HOT), *(vitals(hour) for hour in range(34, 80, 4))]
    again = {"vitals": [*settled, vitals(82, **LOW)], "treatments": tocilizumab(31)}
    yield _row(key, "low after CRS had settled on tocilizumab", case(**again), 82, "urgent")
    yield _row(key, "without a drug that hides fever", case(**again | {"treatments": []}), 82, None)

    key = "afebrile-on-therapy"
    calm = [vitals(30, **HOT), vitals(36)]
    yield _row(key, "no sign, tocilizumab given", case(vitals=calm, treatments=tocilizumab(31)), 36,
               "info")  # fmt: skip
    yield _row(key, "no sign, nothing given", case(vitals=calm), 36, None)

    for hours, urgency in ((14 * 24 + 0.1, "info"), (14 * 24, None)):
        told = f"first fever after {hours:g} h"
        patient = case(vitals=[vitals(hours, **HOT)])
        yield _row("onset-after-14-days", told, patient, hours, urgency)
        yield _row("late-fever", told, patient, hours, "urgent" if urgency else None)


def response() -> Iterator[Any]:
    key = "toci-response-due"
    hot = [vitals(hour, **HOT) for hour in (40, 46, 54)]
    given = {"vitals": hot, "treatments": tocilizumab(46)}
    yield _row(key, "8 h after the dose", case(**given), 54, "soon")
    soon = case(vitals=[*hot[:2], vitals(53.9, **HOT)], treatments=tocilizumab(46))
    yield _row(key, "7 h 54 min after", soon, 53.9, None)
    yield _row(key, "somebody said", case(**given, events=[said(50, "improved")]), 54, None)

    key = "steroid-response-due"
    low = [vitals(hour, **HOT, **LOW) for hour in (40, 46, 52, 53)]
    dexamethasone = [drug(41, "dexamethasone", dose_mg=10.0, route="iv", purpose="crs")]
    first = {"vitals": low, "treatments": dexamethasone}
    yield _row(key, "12 h after dexamethasone", case(**first), 53, "soon")
    yield _row(key, "11 h 54 min after", case(**first), 52.9, None)
    answered = [{**said(50, "same"), "to": "dexamethasone"}]
    yield _row(key, "somebody said", case(**first, events=answered), 53, None)
    yield _row(key, "about another drug", case(**first, events=[said(50, "same")]), 53, "soon")
    both = [*dexamethasone, *tocilizumab(50)]
    yield _row(key, "tocilizumab followed", case(**first | {"treatments": both}), 53, None)


def neurotoxicity() -> Iterator[Any]:
    key = "icans-response-due"
    order = [drug(40, "dexamethasone", dose_mg=10.0, interval_h=6, purpose="icans")]
    ill = [exam(hour, lost=8) for hour in (40, 48, 56, 63.9, 64)]
    for hours, urgency in ((64, "soon"), (63.9, None)):
        there = {
            "vitals": [vitals(hours)],
            "neuro": [e for e in ill if e["taken_at"] <= stamp(hours)],
        }
        yield _row(key, f"{hours:g} h", case(**there, treatments=order), hours, urgency)


def pressure() -> Iterator[Any]:
    for names, key, urgency in (
        (["vasopressin"], "vasopressin-only", "info"),
        (["vasopressin", "norepinephrine"], "vasopressin-only", None),
        (["midodrine"], "agent-not-counted", "info"),
        (["norepinephrine"], "agent-not-counted", None),
        (["dobutamine"], "inotrope-shock", "emergency"),
        (["dobutamine", "norepinephrine"], "inotrope-shock", None),
        (["dobutamine", "vasopressin"], "inotrope-shock", None),
    ):
        patient = case(vitals=[vitals(40, **HOT, vasopressors=agents(*names))])
        yield _row(key, " and ".join(names), patient, 40, urgency)

    key = "confirm-hypotension"
    for why, sign, years, urgency in (
        ("systolic 89, judged not low", {"systolic_mmhg": 89}, 40, "urgent"),
        ("systolic 89, not judged", {"systolic_mmhg": 89, "hypotensive": None}, 40, "urgent"),
        ("systolic 90", {"systolic_mmhg": 90}, 40, None),
        ("systolic 89, judged low", {"systolic_mmhg": 89, "hypotensive": True}, 40, None),
        ("a pressor holds it", {"systolic_mmhg": 89, "vasopressors": agents("norepinephrine")}, 40,
         None),
        ("MAP 64", {"map_mmhg": 64}, 40, "urgent"),
        ("MAP 65", {"map_mmhg": 65}, 40, None),
        ("MAP 64 at 16 years", {"map_mmhg": 64}, 16, "urgent"),
        ("MAP 64 at 15 years", {"map_mmhg": 64}, 15, None),
        ("systolic 89 at 10 years", {"systolic_mmhg": 89}, 10, "urgent"),
    ):  # fmt: skip
        patient = case(patient={"age_years": years}, vitals=[vitals(40, **sign)])
        yield _row(key, why, patient, 40, urgency)
    for years, systolic, urgency in (
        (5, 79, "urgent"), (5, 80, None), (9, 87, "urgent"), (9, 88, None), (1, 71, "urgent"),
        (1, 72, None), (0.9, 60, None),
    ):  # fmt: skip
        patient = _child(years, vitals=[vitals(40, systolic_mmhg=systolic)])
        told = f"systolic {systolic} at {years:g} years"
        yield _row("confirm-hypotension/child", told, patient, 40, urgency)

    key = "bolus-reason"
    for why, sign, urgency in (
        ("no reason", {"fluid_bolus_ml": 500}, "soon"),
        ("not for pressure", {"fluid_bolus_ml": 500, "fluid_for_hypotension": False}, None),
        ("none given", {"fluid_bolus_ml": 0}, None),
        ("low, and nobody said why", {"fluid_bolus_ml": 500, **LOW}, "soon"),
        (
            "low, and it was for that",
            {"fluid_bolus_ml": 500, "fluid_for_hypotension": True, **LOW},
            None,
        ),
    ):
        yield _row(key, why, case(vitals=[vitals(40, **sign)]), 40, urgency)


def breathing() -> Iterator[Any]:
    short, fine = {"hypoxic": True}, {"hypoxic": False}
    cannula = {"oxygen": oxygen("nasal_cannula", 2.0)}
    for key, why, sign, urgency in (
        ("hypoxia-without-oxygen", "on room air", short, "urgent"),
        ("hypoxia-without-oxygen", "on a cannula", short | cannula, None),
        ("hypoxia-without-oxygen", "judged not short of oxygen", fine, None),
        ("confirm-hypoxia", "SpO2 89", {"spo2_percent": 89}, "urgent"),
        ("confirm-hypoxia", "SpO2 89, judged fine", {"spo2_percent": 89} | fine, "urgent"),
        ("confirm-hypoxia", "SpO2 90", {"spo2_percent": 90}, None),
        ("confirm-hypoxia", "SpO2 89, judged short", {"spo2_percent": 89} | short, None),
        ("confirm-hypoxia", "SpO2 89 on a cannula", {"spo2_percent": 89} | cannula, None),
    ):
        yield _row(key, why, case(vitals=[vitals(40, **sign)]), 40, urgency)
    for years, flow, urgency in ((1.9, 6.0, "soon"), (1.9, 6.1, None), (2.0, 6.0, None)):
        hfnc = [vitals(40, oxygen=oxygen("high_flow_nasal_cannula", flow))]
        told = f"{flow:g} L/min at {years:g} years"
        yield _row("hfnc-infant", told, _child(years, vitals=hfnc), 40, urgency)


def which_score() -> Iterator[Any]:
    scored = {"neuro": [exam(40)]}
    capd = {"neuro": [exam(40, ice=None, capd={"total": 5})]}
    yield _row("ice-not-graded", "at 11 years", _child(11, **scored), 40, "info")
    yield _row("ice-not-graded", "at 12 years", _child(12, **scored), 40, None)
    yield _row("ice-not-graded", "a CAPD at 11 years", _child(11, **capd), 40, None)
    yield _row("capd-not-graded", "at 12 years", _child(12, **capd), 40, "info")
    yield _row("capd-not-graded", "at 11 years", _child(11, **capd), 40, None)

    for why, told, urgency in (
        ("9", {"baseline_ice": 9}, "soon"),
        ("10", {"baseline_ice": 10}, None),
        ("9, the item is marked", {"baseline_ice": 9, "fixed_ice_deficits": ["writing"]}, None),
        ("9, of a child", {"baseline_ice": 9, "age_years": 8}, None),
    ):
        yield _row("baseline-ice-below-10", why, case(patient=told, **scored), 40, urgency)

    for total, usual, waking, urgency in (
        (8, 5, "alert", "soon"), (0, 5, "alert", None), (9, 5, "alert", None),
        (8, 5, "drowsy", None),
    ):  # fmt: skip
        patient = _capd(total, usual, waking)
        told = f"CAPD {total}, {waking}, usual {usual}"
        yield _row("capd-only-grade-1", told, patient, 40, urgency)
    yield _row("capd-only-grade-1/usual", "CAPD 5, usual 5", _capd(5, 5), 40, "info")
    yield _row("capd-only-grade-1/usual", "CAPD 6, usual 5", _capd(6, 5), 40, None)
    for total, usual, urgency in ((10, 8, "urgent"), (10, 7, None), (8, 8, None)):
        told = f"CAPD {total}, usual {usual}"
        yield _row("capd-near-baseline", told, _capd(total, usual), 40, urgency)


def _capd(total: int, usual: int, waking: str = "alert") -> Case:
    scored = [exam(40, ice=None, capd={"total": total}, consciousness=waking)]
    return case(
        patient={"age_years": 8, "baseline_ice": None, "baseline_capd": usual}, neuro=scored
    )


def exams() -> Iterator[Any]:
    for rass, more, urgency in (
        (-4, {}, "urgent"), (-3, {}, None), (-4, {"ice": None, "unable": "sedated"}, None),
    ):  # fmt: skip
        patient = case(neuro=[exam(40, rass=rass, **more)])
        yield _row("deep-rass", f"RASS {rass} {more}", patient, 40, urgency)

    key = "may-be-aphasia"
    for why, unable, urgency in (
        ("refused", "refused", "urgent"), ("language", "language", "urgent"),
        ("sedated", "sedated", None),
    ):  # fmt: skip
        cannot = exam(40, ice=None, unable=unable)
        yield _row(key, f"{why} after a score", case(neuro=[exam(34), cannot]), 40, urgency)
    never = case(neuro=[exam(40, ice=None, unable="refused")])
    yield _row(key, "refused, never scored", never, 40, None)
    again = case(neuro=[exam(34), exam(40, ice=None, unable="refused"), exam(41)])
    yield _row(key, "scored since", again, 41, None)
    for why, what, hours, urgency in (
        ("Refused", "neuro", 40, "urgent"),
        ("refused again, wants to sleep", "ICE", 40, "urgent"),
        ("Away for imaging", "neuro", 40, None),
        ("Refused", "vitals", 40, None),
        ("Refused", "neuro", 33, None),
    ):
        told = {"at": stamp(hours), "kind": "not_done", "what": what, "why": why}
        patient = case(neuro=[exam(34)], events=[told])
        yield _row(key, f"said of {what} at {hours} h: {why}", patient, 41, urgency)
    told = {"at": stamp(40), "kind": "not_done", "what": "neuro", "why": "Refused"}
    yield _row(key, "said, never scored", case(vitals=[vitals(40)], events=[told]), 41, None)
    yield _row(key, "said, scored since", case(neuro=[exam(34), exam(42)], events=[told]), 42, None)
    asleep_then = case(neuro=[exam(34), exam(38, ice=None, unable="asleep")], events=[told])
    yield _row(key, "said after an exam left asleep", asleep_then, 41, "urgent")

    key = "asleep-not-woken"
    for waking, urgency in ((None, "urgent"), ("drowsy", None)):
        left = exam(40, ice=None, unable="asleep", consciousness=waking)
        yield _row(key, f"consciousness {waking}", case(neuro=[left]), 40, urgency)

    fit = {"kind": "focal", "duration_min": 2.0, "resolved": True}
    for key, why, first, second, urgency in (
        ("second-seizure-confirm", "no start times, 31 min apart", {}, {}, "emergency"),
        ("second-seizure", "no start times", {}, {}, None),
        ("second-seizure", "two start times", {"started_at": stamp(40)}, {"started_at": stamp(45)},
         "emergency"),
        ("second-seizure-confirm", "two start times", {"started_at": stamp(40)},
         {"started_at": stamp(45)}, None),
    ):  # fmt: skip
        later = 45 if first else 40 + 31 / 60
        fits = [exam(40, seizure=fit | first), exam(later, seizure=fit | second)]
        yield _row(key, why, case(neuro=fits), later, urgency)
    near = [exam(40, seizure=fit), exam(40 + 29 / 60, seizure=fit)]
    yield _row("second-seizure-confirm", "29 min apart", case(neuro=near), 40 + 29 / 60, None)


def silence() -> Iterator[Any]:
    sets = {"vitals": [vitals(40)], "neuro": [exam(40)]}
    yield _row("stale-observations", "pressure and oxygen after 4 h", case(**sets), 44.1, "info")
    yield _row("stale-observations", "at 4 h", case(**sets), 44, None)
    worried = [{"at": stamp(40), "kind": "concern"}]
    yield _row("concern-raised", "a nurse", case(**sets, events=worried), 40, "urgent")
    yield _row("concern-raised", "nobody", case(**sets), 40, None)


def beside() -> Iterator[Any]:
    """NEWS2 of exactly 7 and of 6, tumour lysis by one analyte and by two, days of neutropenia."""
    key = "news2-high"
    fast = {"heart_rate_bpm": 131, "respiratory_rate_bpm": 21}
    confused = exam(40, new_confusion=False)
    for why, sign, urgency in (
        ("7: pulse 3, breathing 2, systolic 2", {"systolic_mmhg": 100}, "urgent"),
        ("6: systolic 101 is one less", {"systolic_mmhg": 101}, None),
        ("CRS 1 with 39.1 degrees", {"temperature_c": 39.1}, "urgent"),
        ("CRS 2 calls by itself", {"temperature_c": 39.1, "oxygen": {"device": "nasal_cannula",
         "flow_l_min": 2.0}}, None),
    ):  # fmt: skip
        patient = case(vitals=[vitals(40, **fast | sign)], neuro=[confused])
        yield _row(key, why, patient, 40, urgency)
    for years, urgency in ((15.9, None), (16, "urgent")):
        sign = fast | {"systolic_mmhg": 100}
        young = case(patient={"age_years": years}, vitals=[vitals(40, **sign)])
        yield _row(key, f"{years} years", young, 40, urgency)

    key = "tls-laboratory"
    before = labs(-200, potassium_mmol_l=4.0, phosphate_mmol_l=1.2, urate_umol_l=300)
    for why, hours, found, urgency in (
        ("two analytes", 24, {"potassium_mmol_l": 6.0, "urate_umol_l": 476}, "urgent"),
        ("one is below", 24, {"potassium_mmol_l": 4.9, "urate_umol_l": 476}, None),
        ("a rise by a quarter", 24, {"potassium_mmol_l": 5.0, "urate_umol_l": 476}, "urgent"),
        ("seven days after the dose", 168, {"potassium_mmol_l": 6.0, "urate_umol_l": 476},
         "urgent"),
        ("later", 168.1, {"potassium_mmol_l": 6.0, "urate_umol_l": 476}, None),
    ):  # fmt: skip
        sampled = [before, labs(hours, anc_per_ul=3000, **found)]
        yield _row(key, why, case(vitals=[vitals(hours)], labs=sampled), hours, urgency)
    prephase = [drug(-150, "dexamethasone", dose_mg=10.0, purpose="prephase")]
    early = [before, labs(-100, potassium_mmol_l=6.0, urate_umol_l=476)]
    for why, given, urgency in (("debulking", prephase, "urgent"), ("none of it", [], None)):
        patient = case(vitals=[vitals(-100)], labs=early, treatments=given)
        yield _row(key, f"{why} two days before", patient, -100, urgency)
    worse = {"potassium_mmol_l": 6.0, "urate_umol_l": 476}
    for hours, urgency in ((72, "urgent"), (72.1, None)):
        patient = case(vitals=[vitals(hours)], labs=[before, labs(24, **worse)])
        yield _row(key, f"a sample of {hours - 24:g} h ago", patient, hours, urgency)

    key = "icaht-provisional"
    for why, count, last, urgency in (
        ("seven days at 100", 100, 6, "info"),
        ("six days at 100", 100, 5, None),
        ("fourteen days at 500", 500, 13, "info"),
        ("thirteen days at 500", 500, 12, None),
    ):
        low = [labs(24 * day - 2, anc_per_ul=count) for day in range(last + 1)]
        patient = case(vitals=[vitals(24 * last)], labs=low)
        yield _row(key, why, patient, 24 * last, urgency)
    low = [labs(24 * day - 2, anc_per_ul=100) for day in range(32)]
    for day, urgency in ((30, "info"), (31, None)):
        patient = case(vitals=[vitals(24 * day)], labs=low)
        yield _row(key, f"day {day}", patient, 24 * day, urgency)
    engager = case(product="teclistamab", vitals=[vitals(240)], labs=low)
    yield _row(key, "an engager", engager, 240, None)


PARTS = (fever, response, neurotoxicity, pressure, breathing, which_score, exams, silence, beside)
ROWS = [row for part in PARTS for row in part()]
CHOSEN = {"steroid-response-due": "site-example"}  # a protocol with a corticosteroid first


@pytest.mark.parametrize(("key", "patient", "hours", "urgency"), ROWS)
def test_flag(key: str, patient: Case, hours: float, urgency: str | None) -> None:
    listed = triggers()[key]
    found = {
        flag.urgency
        for flag in assess(patient, at=when(hours), protocol=CHOSEN.get(key)).flags
        if flag.id == listed.id and flag.action == listed.action
    }
    assert found == ({urgency} if urgency is not None else set())


def test_every_flag_has_a_case_that_raises_it_and_one_that_does_not() -> None:
    listed = {key for key in triggers() if re.match(r"t\d\d", key) is None}
    assert {row.values[0] for row in ROWS if row.values[3] is not None} == listed
    assert {row.values[0] for row in ROWS if row.values[3] is None} == listed
