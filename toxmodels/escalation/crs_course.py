"""
Triggers on the course of CRS: fever that lasts, early onset, no response, rising support.

Cites: asco-2021, nccn-2026-2 (verified where read); times and steps not printed there (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from toxmodels.course import CrsStep
from toxmodels.escalation.flag import Flag, View
from toxmodels.findings import Finding
from toxmodels.moment import first_dose_at
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.site import site
from toxmodels.situation import fever_times, is_engager, response_after
from toxmodels.sources import Cite

_DAY: Final = timedelta(hours=24)
_ASCO = Cite("asco-2021", "CRS table, grade 1 row")
_ASCO_2 = Cite("asco-2021", "CRS table, grade 2 row")
_NCCN = Cite("nccn-2026-2", "CART-6")
_NCCN_EARLY = Cite("nccn-2026-2", "CART-6 and ENGAGE-1, early onset")
_TABLE = Cite("lee-2019", "CRS table, hypotension row")
_FLOW = Cite("lee-2019", "CRS table, hypoxia row")
_HOUSE = Cite("escalation-defaults", "triggers", "house")


def lasting_rules(view: View) -> Iterator[Flag]:
    """Fever for days at grade 1 (t01) and CRS that began early (t02)."""
    triggers, grade = site().triggers, view.grade(astct_crs.ID)
    fever = fever_times(view.steps, view.at)
    if grade == 1 and fever is not None and fever[1] - fever[0] >= site().hours("g1_fever_h"):
        hours = (fever[1] - fever[0]) / timedelta(hours=1)
        yield Flag(
            "t01",
            "urgent",
            f"Grade 1 fever for {hours:.0f} h (limit {triggers['g1_fever_h']:g} h)",
            "Review for tocilizumab or dexamethasone by the site's protocol",
            "physician",
            _ASCO,
        )
    onset, start = view.step.onset_at, first_dose_at(view.case.therapy)
    if onset is None or start is None or grade == 0:
        return
    early = site().hours("early_onset_engager_h" if is_engager(view.case) else "early_onset_cart_h")
    if onset - start < early and view.since(onset) <= site().hours("new_for_h"):
        yield Flag(
            "t02",
            "urgent",
            f"CRS began {(onset - start) / timedelta(hours=1):.0f} h after the first dose: early",
            "Early onset predicts severe CRS: review for early treatment",
            "physician",
            _NCCN_EARLY,
        )


def response_rules(view: View) -> Iterator[Flag]:
    """After fluids and tocilizumab: what did not help (t03 to t06) and what nobody said yet."""
    triggers, onset = site().triggers, view.step.onset_at
    if onset is None:
        return
    low = view.moment.hypotensive
    boluses = [
        one.taken_at
        for one in view.chart.vitals
        if one.fluid_for_hypotension is True and onset <= one.taken_at <= view.at
    ]
    still_low = low is not None and low.value is True
    if still_low and view.step.signs[1].at_least == 2 and len(boluses) >= triggers["boluses"]:
        yield Flag(
            "t03",
            "emergency",
            f"Still hypotensive after {len(boluses)} boluses for hypotension",
            "Vasopressor, intensive care review, echocardiogram",
            "icu",
            Cite("nccn-2026-2", "CART-6, refractory hypotension"),
        )
    doses = [one.given_at for one in view.given("tocilizumab") if one.given_at >= onset]
    if not doses or view.grade(astct_crs.ID) == 0:
        return
    said = response_after(view.case, doses[-1], view.at)
    worse = said is not None and said.change == "worse"
    unhelped = said is not None and said.change in ("same", "worse")
    if said is None and view.since(doses[-1]) >= site().hours("response_due_h"):
        yield Flag(
            "toci-response-due",
            "soon",
            f"Response to tocilizumab not recorded, {_hours(view.since(doses[-1]))} after the dose",
            "Record: improved, same or worse",
            "physician",
            _HOUSE,
        )
    if unhelped and view.since(doses[0]) >= site().hours("no_improvement_h"):
        yield Flag(
            "t04",
            "urgent",
            f"No improvement {_hours(view.since(doses[0]))} after the first tocilizumab",
            "Treat as the next grade by the site's protocol",
            "physician",
            _ASCO_2,
        )
    if unhelped and (worse or view.since(doses[-1]) >= site().hours("response_due_h")):
        yield Flag(
            "t05",
            "urgent",
            f"{'Worse' if worse else 'No better'} after tocilizumab dose {len(doses)}",
            "Reassess; add or raise dexamethasone; call intensive care",
            "physician",
            Cite("nccn-2026-2", "tocilizumab, reassess after each dose"),
        )


def support_rules(view: View) -> Iterator[Flag]:
    """New or rising support: vasopressors (t19), oxygen (t18), pulse (t20), grade (t26, t11)."""
    before = _step_before(view)
    pressure, oxygen = view.step.signs[1], view.step.signs[2]
    if pressure.at_least > 2 and (before is None or before.signs[1].at_least < pressure.at_least):
        which = "A second vasopressor" if pressure.at_least > 3 else "A vasopressor"
        yield Flag(
            "t19",
            "emergency",
            f"{which} is new: {pressure.says}",
            "Grade again; intensive care",
            "icu",
            _TABLE,
        )
    yield from _oxygen(view, oxygen, before)
    pulses = [
        (one.taken_at, one.heart_rate_bpm)
        for one in view.chart.vitals
        if one.taken_at <= view.at and one.heart_rate_bpm is not None
    ]
    recent = pulses[-int(site().triggers["tachycardia_sets"]) :]
    fast = [rate for _, rate in recent if rate > site().triggers["tachycardia_bpm"]]
    enough = len(recent) == site().triggers["tachycardia_sets"] == len(fast)
    if enough and view.since(recent[-1][0]) <= site().vitals_valid and view.grade(astct_crs.ID) > 0:
        yield Flag(
            "t20",
            "urgent",
            f"Heart rate {fast[-1]:g}/min, above {site().triggers['tachycardia_bpm']:g} in "
            f"{len(fast)} sets",
            "ECG, troponin, natriuretic peptide",
            "physician",
            Cite("nccn-2026-2", "CART-6, persistent tachycardia"),
        )
    if view.grade(astct_crs.ID) > 1 and view.grade(astct_icans.ID) > 1:
        yield Flag(
            "t11",
            "urgent",
            f"CRS {view.grades[astct_crs.ID]} together with ICANS {view.grades[astct_icans.ID]}",
            "Consider intensive care",
            "icu",
            Cite("asco-2021", "ICANS table, with concurrent CRS"),
        )


def _oxygen(view: View, now: Finding, before: CrsStep | None) -> Iterator[Flag]:
    reading, spo2 = view.moment.oxygen, view.moment.spo2_percent
    rose = before is not None and before.signs[2].at_most < 3 <= now.at_least
    flow = None if reading is None else reading.value.flow_l_min
    earlier = [
        one.oxygen.flow_l_min
        for one in view.chart.vitals
        if one.oxygen is not None
        and one.oxygen.flow_l_min is not None
        and timedelta(0) < view.since(one.taken_at) <= site().hours("flow_rise_within_h")
    ]
    climb = (
        flow is not None and earlier and flow - min(earlier) >= site().triggers["flow_rise_l_min"]
    )
    if rose or climb:
        yield Flag(
            "t18",
            "urgent",
            f"Oxygen need is rising: now {now.says}",
            "See the patient; grade again within the hour",
            "physician",
            _FLOW if rose else _HOUSE,
        )
    limit = site().triggers["spo2_low_percent"]
    treated = reading is not None and reading.value.device != "room_air"
    if treated and spo2 is not None and spo2.value < limit:
        yield Flag(
            "t18-spo2",
            "urgent",
            f"SpO2 {spo2.value:g} % on {now.says}",
            "Raise oxygen, see the patient, grade again",
            "nurse",
            _HOUSE,
        )


def _step_before(view: View) -> CrsStep | None:
    """The last step that saw an older set of vital signs."""
    moment = view.moment
    newest = [
        r for r in (moment.vasopressors, moment.oxygen, moment.temperature_c) if r is not None
    ]
    if not newest:
        return None
    older = [step for step in view.steps[:-1] if step.moment.at < newest[0].taken_at]
    return older[-1] if older else None


def rise_rules(view: View) -> Iterator[Flag]:
    """A grade that rose by one within hours, or by two within a day (t26)."""
    within, steep = site().hours("grade_rise_within_h"), site().hours("steep_rise_within_h")
    for id_ in (astct_crs.ID, astct_icans.ID):
        now = view.grade(id_)
        if now == 0 or id_ not in view.grades:
            continue
        past = [
            (view.since(step.moment.at), step.grade(id_).at_most)
            for step in view.steps[:-1]
            if view.since(step.moment.at) <= steep
        ]
        lows = [grade for age, grade in past if age <= within]
        deep = [grade for _, grade in past]
        if (lows and now - min(lows) >= 1) or (deep and now - min(deep) >= 2):
            low = min(lows or deep) if lows and now - min(lows) >= 1 else min(deep)
            name = "CRS" if id_ == astct_crs.ID else "ICANS"
            yield Flag(
                "t26" if id_ == astct_crs.ID else "t26-icans",
                "urgent",
                f"{name} rose from {low} to {view.grades[id_]} within a day",
                "Senior review",
                "physician",
                _HOUSE,
            )


def _hours(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):.0f} h"
