"""
The pathway of blinatumomab for one patient: burden before the start, premedication, the clock.

Shown for that product alone. Every number comes from ``toxmodels.drugs``; a value nobody recorded
is asked for and never taken as low.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any, Final

from dashboard.parts import html
from dashboard.parts.grade import age_text, esc
from dashboard.parts.patient.advice import badge_text
from dashboard.parts.patient.kept import kept
from dashboard.states import PatientState
from toxmodels.drugs import DoseResult, burden_of, dose_for
from toxmodels.drugs.infusion_clock import InfusionClock, infusion_clock
from toxmodels.drugs.result import DoseCite
from toxmodels.escalation import triggers

__all__ = ["pathway", "pathway_html"]

PRODUCT: Final = "blinatumomab"
_REGIONS: Final = {"us": "United States", "eu": "Europe", "jp": "Japan"}
_MISSING: Final = {
    "marrow_blasts_percent": "marrow blasts (%)",
    "peripheral_blasts_per_ul": "peripheral blasts (/µL)",
}
_STOPS: Final = ("t23-label/grade-4", "t23-label-stands", "t23-seizure-stands")
_HIGH: Final = {True: "HIGH", False: "below the boundaries", None: "NOT KNOWN"}


def pathway(state: PatientState, zone: tzinfo) -> None:
    """Draw the panel; nothing for any other product."""
    therapy = state.case.therapy
    if therapy is None or therapy.product != PRODUCT or state.closed is not None:
        return
    html.show(kept(state, ("pathway", str(zone)), lambda: pathway_html(state, zone)))


def pathway_html(state: PatientState, zone: tzinfo) -> str:
    """The panel as markup."""
    rows = "".join(
        f'<div class="tw-led{" tw-loud" if loud else ""}"><dt>{esc(label)}</dt>'
        f"<dd>{value}</dd></div>"
        for label, value, loud in _rows(state, zone)
    )
    return (
        '<section aria-label="Blinatumomab pathway">'
        f'<h3 class="tw-sub">Blinatumomab pathway</h3><dl class="tw-ledger">{rows}</dl></section>'
    )


def _rows(state: PatientState, zone: tzinfo) -> Iterator[tuple[str, str, bool]]:
    """Label, markup of the value, and whether it must be loud."""
    therapy = state.case.therapy
    region = None if therapy is None else therapy.region
    label = _REGIONS.get(region or "", "not recorded: labels differ by region")
    yield "Label region", esc(label), region not in _REGIONS
    before = state.first_dose_at is None or state.first_dose_at > state.at
    clock = None if before else infusion_clock(state.case, state.at)
    if clock is not None:
        stop = _stopped_for_good(state)
        if stop is not None:
            yield "Restart", f"<b>None: {esc(stop)}</b>", True
            return
        yield from _clock(clock, zone)
        if clock.interrupted_hours is not None:
            again = _premedication(state)  # cycle and hours off come from the case, exactly
            yield _dose_row("Premedication before a restart now", again)
    yield _burden(state, region)
    if before:
        yield _dose_row("Prephase", dose_for(state.case, "blinatumomab-prephase", state.at))
        first = _premedication(state, cycle=1, day=1)
        yield _dose_row("Premedication, cycle 1 day 1", first)


def _stopped_for_good(state: PatientState) -> str | None:
    """What says so: the protocol's advice, or without one the flag of the label's stop."""
    told = [one.advise for one in state.assessment.advice if one.step == "stop"]
    for_good = {triggers()[key].action for key in _STOPS}
    told += [one.says for one in state.assessment.flags if one.action in for_good]
    return next(iter(told), None)


def _clock(clock: InfusionClock, zone: tzinfo) -> Iterator[tuple[str, str, bool]]:
    """Where the cycle stands, by both ways of counting its days, and what comes when."""
    cycle = "cycle not recorded" if clock.cycle is None else f"cycle {clock.cycle}"
    days = int(clock.of_hours / 24)
    counts = "" if clock.counts_by is None else f"; the label counts by {clock.counts_by}"
    yield (
        "Cycle",
        esc(
            f"{cycle}; day {clock.day_by_infusion} of {days} by infusion "
            f"({clock.infused_hours:.1f} of {clock.of_hours:g} h), "
            f"day {clock.day_by_calendar} by the calendar{counts}"
        )
        + _mark(clock.cite.source, clock.cite.at, clock.verification, None),
        False,
    )
    why = "" if clock.reason is None else f", {clock.reason.replace('_', ' ')}"
    rate = "" if clock.rate_ug_day is None else f", {clock.rate_ug_day:g} µg/day"
    level = "" if clock.level is None else f" ({clock.level} dose)"
    said = f"{clock.state.upper()}{rate}{level}, since {_moment(clock.since, clock.at, zone)}{why}"
    yield "Infusion", f"<b>{esc(said)}</b>", clock.state == "interrupted"
    for mark in clock.marks:
        past = "PASSED" if mark.passed else "comes"
        when = _moment(mark.at, clock.at, zone)
        hours = f"{mark.hours:g} h" if mark.hours < 48 else f"{mark.hours / 24:g} days"
        yield (
            f"Off for {hours}",
            f"<b>{past}</b> {esc(f'{when}: {mark.means}')}"
            + _mark(mark.cite.source, mark.cite.at, mark.verification, None),
            mark.passed,
        )
    yield from _coming(clock, zone)
    for asked in clock.questions:
        yield "Question", f"<b>{esc(asked)}</b>", True


def _coming(clock: InfusionClock, zone: tzinfo) -> Iterator[tuple[str, str, bool]]:
    """The step to the full dose and the end of the cycle, by infusion and by calendar."""
    pairs = (
        ("Step to the full dose", clock.step_due_by_infusion, clock.step_due_by_calendar),
        ("End of the cycle", clock.ends_by_infusion, clock.ends_by_calendar),
    )
    for label, by_infusion, by_calendar in pairs:
        if by_calendar is None and by_infusion is None:
            continue
        first = "waits for the infusion to run"
        if by_infusion is not None:
            first = _moment(by_infusion, clock.at, zone)
        second = (
            "" if by_calendar is None else f"; calendar: {_moment(by_calendar, clock.at, zone)}"
        )
        yield label, esc(f"by infusion: {first}{second}"), False
    if clock.full_dose_from is not None:
        text = f"{_moment(clock.full_dose_from, clock.at, zone)} (after the low dose since restart)"
        yield "Full dose again from", esc(text), False


def _moment(time: datetime, at: datetime, zone: tzinfo) -> str:
    return f"{time.astimezone(zone):%d-%b %H:%M}, {age_text(at - time)}"


def _mark(source: str, place: str, verification: str, confidence: str | None) -> str:
    told = f"{source}: {place}, {badge_text(verification, confidence)}"
    return f' <span class="tw-mark">{esc(told)}</span>'


def _burden(state: PatientState, region: str | None) -> tuple[str, str, bool]:
    found = burden_of(state.case, region)
    said = [*found.met, *found.not_met]
    said += [f"{_MISSING.get(one, one)} not recorded" for one in found.missing]
    why = f": {'; '.join(said)}" if said else ""
    marks = "".join(
        _mark(one.source, one.at, one.verification, one.confidence) for one in found.marks
    )
    return "Tumour burden", f"<b>{_HIGH[found.high]}</b>{esc(why)}{marks}", found.high is not False


def _premedication(state: PatientState, **more: Any) -> DoseResult:
    return dose_for(state.case, "dexamethasone-premedication", state.at, **more)


def _dose_row(label: str, found: DoseResult) -> tuple[str, str, bool]:
    """One dose with its arithmetic, or why there is none."""
    cite: DoseCite = found.cite
    mark = _mark(cite.source, cite.at, found.verification, found.confidence)
    if found.dose is None:
        return label, f"No dose: {esc(found.blocked_by)}{mark}", True
    unit = found.unit.replace("ug", "µg")
    often = f", {found.schedule}" if found.schedule is not None else ""
    text = f"<b>{found.dose:g} {esc(unit)}</b>{esc(often)} ({esc(found.arithmetic)})"
    asked = "".join(f" <b>Confirm: {esc(one)}</b>" for one in found.confirm)
    return label, f"{text}{asked}{mark}", False
