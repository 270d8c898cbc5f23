"""
Triggers on the course of CRS: fever that lasts, early onset, rising support, a rising grade.

Cites: asco-2021, nccn-2026-2 (verified where read); times and steps not printed there (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from toxmodels.crs_steps import CrsStep
from toxmodels.escalation.flag import Flag, View
from toxmodels.escalation.trigger import raised
from toxmodels.findings import Finding, Grade
from toxmodels.occurrences import fever_times, is_engager
from toxmodels.records import Oxygen
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.site import site

_HOUR = timedelta(hours=1)


def lasting_rules(view: View) -> Iterator[Flag]:
    """Fever for days at grade 1 (t01) and CRS that began early (t02)."""
    grade = view.grade(astct_crs.ID)
    fever = fever_times(view.steps, view.at) if grade == 1 else None
    hours = view.clocks.fever_hours
    limit = site().triggers["g1_fever_h"] if hours is None else hours
    if fever is not None and fever[1] - fever[0] >= limit * _HOUR:
        lasts = (fever[1] - fever[0]) / _HOUR
        yield raised("t01", f"Grade 1 fever for {lasts:.0f} h (limit {limit:g} h)")
    onset, start = view.onset_counted_at, view.dose_before_crs
    if onset is None or start is None or grade == 0:
        return
    engager = is_engager(view.case)
    early = site().hours("early_onset_engager_h" if engager else "early_onset_cart_h")
    if onset - start < early and view.since(onset) <= site().hours("new_for_h"):
        which = "the dose before it" if engager else "the first dose"
        yield raised("t02", f"CRS began {(onset - start) / _HOUR:.0f} h after {which}: early")


def support_rules(view: View) -> Iterator[Flag]:
    """New or rising support: vasopressor (t19), oxygen (t18), pulse (t20); both at once (t11)."""
    before = _step_before(view)
    pressure, oxygen = view.step.signs[1], view.step.signs[2]
    if pressure.at_least > 2 and (before is None or before.signs[1].at_least < pressure.at_least):
        which = "A second vasopressor" if pressure.at_least > 3 else "A vasopressor"
        yield raised("t19", f"{which} is new: {pressure.says}")
    yield from _oxygen(view, oxygen, before)
    yield from _pulse(view)
    if view.grade(astct_crs.ID) > 1 and view.grade(astct_icans.ID) > 1:
        crs, icans = view.grades[astct_crs.ID], view.grades[astct_icans.ID]
        yield raised("t11", f"CRS {crs} together with ICANS {icans}")


def _pulse(view: View) -> Iterator[Flag]:
    limit, sets = site().triggers["tachycardia_bpm"], int(site().triggers["tachycardia_sets"])
    recent: list[tuple[datetime, float]] = []
    for one in reversed(view.chart.vitals):
        if one.taken_at <= view.at and one.heart_rate_bpm is not None:
            recent.append((one.taken_at, one.heart_rate_bpm))
            if len(recent) == sets:
                break
    if len(recent) < sets or any(rate <= limit for _, rate in recent):
        return
    if view.since(recent[0][0]) <= site().vitals_valid and view.grade(astct_crs.ID) > 0:
        yield raised("t20", f"Heart rate {recent[0][1]:g}/min, above {limit:g} in {sets} sets")


def _oxygen(view: View, now: Finding, before: CrsStep | None) -> Iterator[Flag]:
    reading, spo2 = view.moment.oxygen, view.moment.spo2_percent
    rose = before is not None and before.signs[2].at_most < 3 <= now.at_least
    if rose or _climbs(view):
        yield raised("t18" if rose else "t18/climb", f"Oxygen need is rising: now {now.says}")
    # Not recorded is not room air: a low saturation asks for somebody either way.
    if spo2 is None or spo2.value >= site().triggers["spo2_low_percent"]:
        return
    on_air = reading is not None and reading.value.device == "room_air"
    if not on_air:
        where = "oxygen not recorded" if reading is None else f"on {now.says}"
        yield raised("t18-spo2", f"SpO2 {spo2.value:g} %, {where}")
    elif spo2.value >= site().spo2_percent:  # below that "confirm-hypoxia" asks
        yield raised("t18-spo2", f"SpO2 {spo2.value:g} % on room air")


def _climbs(view: View) -> bool:
    """Whether the flow rose by the limit within the hours; room air is a flow of nothing."""
    reading = view.moment.oxygen
    flow = None if reading is None else _flow(reading.value)
    if flow is None or reading is None:
        return False
    within = site().hours("flow_rise_within_h")
    for one in reversed(view.chart.vitals):
        age = reading.taken_at - one.taken_at
        if age > within:
            return False
        earlier = None if one.oxygen is None or age <= timedelta(0) else _flow(one.oxygen)
        if earlier is not None and flow - earlier >= site().triggers["flow_rise_l_min"]:
            return True
    return False


def _flow(oxygen: Oxygen) -> float | None:
    return 0.0 if oxygen.device == "room_air" else oxygen.flow_l_min


def _step_before(view: View) -> CrsStep | None:
    """The last step that saw an older set of vital signs."""
    moment = view.moment
    newest = [
        r for r in (moment.vasopressors, moment.oxygen, moment.temperature_c) if r is not None
    ]
    if not newest:
        return None
    for step in reversed(view.steps[:-1]):
        if step.moment.at < newest[0].taken_at:
            return step
    return None


def rise_rules(view: View) -> Iterator[Flag]:
    """A grade that rose by one within hours, or by two within a day (t26)."""
    within, steep = site().hours("grade_rise_within_h"), site().hours("steep_rise_within_h")
    for id_, key, name in (
        (astct_crs.ID, "t26", "CRS"),
        (astct_icans.ID, "t26-icans", "ICANS"),
    ):
        now = view.grade(id_)
        if now == 0 or id_ not in view.grades:
            continue
        soon, day = _Low(), _Low()
        highest = now
        for step in reversed(view.steps[:-1]):
            age = view.since(step.moment.at)
            if age > steep:
                break
            grade = step.grade(id_)
            day.see(grade.at_most, highest)
            if age <= within:
                soon.see(grade.at_most, highest)
            highest = max(highest, grade.at_least)
        low = soon if now - soon.grade >= 1 else day
        if low is soon or now - low.grade >= 2:
            yield raised(key, f"{name} {_risen(view.grades[id_], now, low)}")


@dataclass(slots=True)
class _Low:
    """The lowest grade seen, the newest of equals, and the highest since then."""

    grade: int = 9
    then: int = 0

    def see(self, grade: int, highest: int) -> None:
        if grade < self.grade:
            self.grade, self.then = grade, highest


def _risen(shown: Grade, now: int, low: _Low) -> str:
    """A rise in words, and that it is falling again where it is."""
    if low.then <= now:
        return f"rose from {low.grade} to {shown} within a day"
    return f"rose from {low.grade} to {low.then} within a day, now {shown}"
