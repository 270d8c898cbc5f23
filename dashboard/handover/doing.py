"""
Drugs, alerts, proposals, checks and open questions: what the next shift has to do.

Pure. Doses are counted by ``toxmodels.drugs``; whether an alert still asks is decided with its
acknowledgements, and whether a check is overdue with the records. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from dashboard.alerts import Alert
from dashboard.handover.changes import Window, treatment_text
from dashboard.handover.record import Clock, Journal, Line
from dashboard.parts.grade import URGENCY_WORDS, age_text, mark_text, missing_text, span_text
from dashboard.parts.patient.advice import badge_text, dose_text, to_decide
from dashboard.parts.patient.ledger import ledger_of, ledger_rows
from dashboard.states import PatientState
from dashboard.store import Entry
from toxmodels.escalation import DueCheck
from toxmodels.escalation.standing import raised_at
from toxmodels.findings import CHEAPEST_FIRST
from toxmodels.records import Treatment
from toxmodels.scales import STEPPED

__all__ = ["alerts", "checks", "drugs", "proposals", "questions"]

_CHECKS: Final = {"vitals": "Vital signs", "neuro": "Neurological exam", "labs": "Laboratory"}
_INSTANT: Final = timedelta(microseconds=1)


def drugs(state: PatientState, clock: Clock) -> Iterator[Line]:
    """The ledger with the next possible dose, then the last dose of each drug."""
    for label, says, loud in ledger_rows(ledger_of(state), clock.zone):
        yield Line(label, says, loud)
    given = [one for one in state.case.treatments or () if one.given_at <= state.at]
    newest: dict[str, Treatment] = {}
    for one in sorted(given, key=lambda treatment: treatment.given_at):
        newest[one.drug] = one
    for one in sorted(newest.values(), key=lambda treatment: treatment.given_at, reverse=True):
        age = age_text(state.at - one.given_at)
        yield Line("Last dose on record", f"{treatment_text(one, clock)} ({age})")
    if state.case.treatments is not None and not given:
        yield Line("Last dose on record", "none: the list of treatments is empty")


# Alerts


def alerts(state: PatientState, clock: Clock) -> Iterator[Line]:
    """Those that nobody has acknowledged, then those that somebody has, then notes."""
    open_ = [one for one in state.alerts if one.is_open]
    for one in open_:
        label = f"{URGENCY_WORDS[one.flag.urgency]}, not acknowledged"
        yield Line(label, _alert(one, clock), loud=True)
    if not open_:
        yield Line("Not acknowledged", "none")
    for one in state.alerts:
        if one.is_open:
            continue
        note = one.flag.urgency == "info"
        label = "NOTE" if note else f"{URGENCY_WORDS[one.flag.urgency]}, acknowledged"
        yield Line(label, _alert(one, clock))


def _alert(one: Alert, clock: Clock) -> str:
    flag = one.flag
    said = f"{flag.says}: {flag.action} ({flag.owner}){mark_text(flag.cite)}"
    seen = one.acknowledged
    if seen is None:
        return said
    who = f"{seen.reason}, {seen.recorded_by} ({seen.role}), {clock.time(seen.recorded_at)}"
    again = "" if one.again is None else f"asks again, {one.again}; before: "
    return f"{said}; {again}{who}"


# Proposals


def proposals(state: PatientState, clock: Clock) -> Iterator[Line]:
    """What presses by the ward's protocol and no physician has decided; it orders nothing."""
    if state.closed is not None:
        yield Line("Proposals", "none: the case is closed")
        return
    if state.advice_fault is not None:
        yield Line("Proposals", state.advice_fault, loud=True)
        return
    if state.protocol is None:
        yield Line("Proposals", "no protocol is chosen for this product, so there is no advice")
        return
    book = state.protocol
    yield Line("Protocol", f"{book.title}, {book.edition} ({book.id})")
    waiting = to_decide(state.assessment.advice, state.decisions, state.at, state.case)
    for one in waiting:
        dose = dose_text(one)
        said = f"{one.advise}{f': {dose}' if dose else ''} ({one.owner})"
        confirm = f"; confirm: {'; '.join(one.confirm)}" if one.confirm else ""
        not_if = f"; not if: {'; '.join(one.contraindications)}" if one.contraindications else ""
        mark = badge_text(one.verification, one.confidence)
        label = URGENCY_WORDS[one.urgency]
        yield Line(label, f"{said}{confirm}{not_if}; {one.rule} {mark}", loud=True)
    if not waiting:
        yield Line("Waiting for a physician", "none")


# Checks


def checks(window: Window, journal: Journal | None) -> Iterator[Line]:
    """What is due, what was late, and every reason that was given for leaving one out."""
    state, clock = window.state, window.clock
    for one in state.assessment.due:
        loud = one.overdue_minutes is not None
        yield Line(_CHECKS[one.what], _due(one, state, journal, clock), loud)
    if not state.assessment.due:
        yield Line("Checks", "none due")
    late = [*_late(window)]
    yield from late
    left_out = [*_left_out(window, journal)]
    yield from left_out
    if not late:
        yield Line("Done late", "none in this time")
    if not left_out:
        yield Line("Left out with a reason", "none in this time")


def _due(one: DueCheck, state: PatientState, journal: Journal | None, clock: Clock) -> str:
    when = clock.time(one.due_at)
    if one.overdue_minutes is not None:
        said = f"due {when}, OVERDUE by {span_text(timedelta(minutes=one.overdue_minutes))}"
    elif one.due_at <= state.at:
        said = f"due now, since {when}"
    else:
        said = f"next {when}, {age_text(state.at - one.due_at)}"
    last = "never" if one.last_at is None else clock.time(one.last_at)
    said += f"; last {last}; {one.why}"
    if one.overdue_minutes is not None or one.not_done is not None:
        said += f"; {_reason(one, journal, clock)}"
    return said if one.lags is None else f"{said}; left out of newer sets: {one.lags}"


def _reason(one: DueCheck, journal: Journal | None, clock: Clock) -> str:
    """Why it was not done, with who and when where the journal knows; or that nobody said."""
    if one.not_done is None:
        return "no reason recorded"
    for entry in reversed([] if journal is None else [*journal.entries]):
        if _is_meant(entry, one):
            why = entry.payload.get("why") or "no reason recorded"
            when = clock.time(entry.observed_at)
            return f"not done: {why}; {entry.recorded_by} ({entry.role}), {when}"
    return one.not_done


def _is_meant(entry: Entry, one: DueCheck) -> bool:
    """Whether a check speaks of this entry; which words name which check, the check knows."""
    if not entry.is_live or entry.kind != "event" or entry.payload.get("kind") != "not_done":
        return False
    why = entry.payload.get("why") or "no reason recorded"
    after = one.last_at is None or entry.observed_at > one.last_at
    said = f"not done at {entry.observed_at.astimezone(UTC):%H:%M} UTC: {why}"
    return after and said == one.not_done


def _late(window: Window) -> Iterator[Line]:
    """Checks of the window that were made after they had become overdue."""
    clock = window.clock
    due = raised_at(window.walk, window.since).due
    for time in window.walk.chart.times(window.state.at):
        if not window.holds(time):
            continue
        here = raised_at(window.walk, time).due
        done = {one.what for one in here if one.last_at == time}
        # Asked again just before it was done, but only where its time had come by then.
        if any(one.what in done and one.due_at < time for one in due):
            for one in raised_at(window.walk, time - _INSTANT).due:
                if one.overdue_minutes is not None and one.what in done:
                    yield Line("Done late", _lateness(one, time, clock))
        due = here


def _lateness(one: DueCheck, time: datetime, clock: Clock) -> str:
    name, by = _CHECKS[one.what], span_text(time - one.due_at)
    return f"{name}: due {clock.time(one.due_at)}, done {clock.time(time)}, {by} late"


def _left_out(window: Window, journal: Journal | None) -> Iterator[Line]:
    known = _writers([] if journal is None else journal.entries)
    mine = [one for one in window.state.case.events or () if one.kind == "not_done"]
    for one in sorted(mine, key=lambda event: event.at):
        if window.holds(one.at):
            why = one.why or "no reason recorded"
            who = known.get((one.at, one.what), "")
            what = one.what or "what is not recorded"
            said = f"{window.clock.time(one.at)} {_CHECKS.get(what, what)}: {why}{who}"
            yield Line("Left out with a reason", said)


def _writers(entries: Iterable[Entry]) -> dict[tuple[datetime, str | None], str]:
    return {
        (one.observed_at, one.payload.get("what")): f"; {one.recorded_by} ({one.role})"
        for one in entries
        if one.kind == "event" and one.is_live and one.payload.get("kind") == "not_done"
    }


# Questions


def questions(state: PatientState) -> Iterator[Line]:
    """What nobody recorded and a grade asks for, the easiest to record first."""
    asked = [
        (CHEAPEST_FIRST.index(gap.sign), STEPPED[id_].short, gap)
        for id_, grade in state.assessment.grades.items()
        for gap in grade.missing
    ]
    for _, short, gap in sorted(asked, key=lambda one: one[:2]):
        opens = gap.at_least != gap.at_most
        yield Line(f"{short}: record", missing_text(gap), loud=opens)
    if not asked:
        yield Line("Missing for a grade", "nothing")
