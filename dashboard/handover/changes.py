"""
What changed since a chosen time: grades, signs, what was given, alerts, decisions, corrections.

Pure. Values are told by the time they were observed, deeds (acknowledging, correcting, deciding)
by the time they were done. A kind of which there is nothing says so; a case file keeps no journal,
and there it is "not known", never "none".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from dashboard.handover.facts import dose_text, infusion_line
from dashboard.handover.record import Clock, Journal, Line
from dashboard.parts.forms.words import EVENTS, LABS
from dashboard.parts.grade import URGENCY_WORDS, grade_text, is_assessed, span_text
from dashboard.parts.patient.entry_words import entry_text
from dashboard.states import PatientState
from dashboard.store import Acknowledgement, Decision, Entry
from toxmodels import Grade, assess
from toxmodels.course import Walk
from toxmodels.escalation import Look, collapse, standing
from toxmodels.records import Event, Labs, Treatment
from toxmodels.scales import STEPPED
from toxmodels.site import site

__all__ = ["changes", "treatment_text"]

NO_JOURNAL: Final = "not known: a case file keeps no journal"
_KINDS: Final = {"vitals": "vital signs", "neuro": "neuro exam", "none_found": "looked, none"}
_SIGNS: Final = {"ice": "ICE", "capd": "CAPD", "raised_icp": "raised pressure", "motor": "weakness"}


@dataclass(frozen=True, slots=True)
class Window:
    """The time that is told, with what is needed to tell it."""

    state: PatientState
    walk: Walk
    since: datetime
    clock: Clock

    def holds(self, moment: datetime | None) -> bool:
        """Whether something at that time belongs to what changed."""
        return moment is not None and self.since < moment <= self.state.at


def changes(window: Window, journal: Journal | None) -> Iterator[Line]:
    """Every kind of change, in the order in which it is told."""
    yield Line("Since", window.clock.full(window.since))
    before = assess(window.walk, window.since).grades
    yield from _grades(window, before)
    yield from _signs(window, before)
    yield from _therapy(window)
    yield from _treatments(window)
    yield from _events(window)
    yield from _labs(window)
    yield from _alerts_opened(window)
    yield from _journal(window, journal)


# Grades and signs


def _grades(window: Window, before: Mapping[str, Grade]) -> Iterator[Line]:
    points = [] if window.state.course is None else [*window.state.course.points]
    for id_, scale in STEPPED.items():
        steps = [(window.since, before.get(id_))]
        steps += [(p.at, p.grades.get(id_)) for p in points if window.holds(p.at)]
        steps.append((window.state.at, window.state.assessment.grades.get(id_)))
        said = [_said(steps[0][1])]
        for (_, earlier), (time, grade) in pairwise(steps):
            if _said(grade) != _said(earlier):
                said.append(f"{_said(grade)} from {window.clock.time(time)}")
        if len(said) == 1:
            yield Line(f"{scale.short} grade", f"unchanged: {said[0]}")
            continue
        worst = max((grade.at_least for _, grade in steps if is_assessed(grade) and grade),
                    default=None)  # fmt: skip
        height = "" if worst is None else f"; highest certain {worst}"
        yield Line(f"{scale.short} grade", f"{' → '.join(said)}{height}", loud=True)


def _said(grade: Grade | None) -> str:
    return grade_text("", grade).strip() if grade is not None else "no grade"


def _signs(window: Window, grades: Mapping[str, Grade]) -> Iterator[Line]:
    """Signs that count now or did in the window and did not when it began, and the reverse."""
    before = _present(grades.values())
    points = [] if window.state.course is None else [*window.state.course.points]
    seen: dict[str, tuple[datetime, str]] = {}
    for point in points:
        if window.holds(point.at):
            for sign, says in _present(point.grades.values()).items():
                seen.setdefault(sign, (point.at, says))
    now = _present(window.state.assessment.grades.values())
    new = [sign for sign in {**seen, **now} if sign not in before]
    for sign in new:
        time, says = seen.get(sign, (window.state.at, now.get(sign, "")))
        gone = "" if sign in now else "; does not count any more"
        yield Line("New sign", f"{_name(sign)}: {says}, {window.clock.time(time)}{gone}", loud=True)
    for sign, says in before.items():
        if sign not in now:
            yield Line("No longer counts", f"{_name(sign)} (then: {says})")
    other = _other_signs(window)
    yield from (Line("Seen in exams, never graded", one) for one in other)
    if not new:
        yield Line("New sign", "none among the signs that grade")


def _present(grades: Iterable[Grade]) -> dict[str, str]:
    return {
        one.sign: one.says
        for grade in grades
        for one in grade.findings
        if one.at_least > 0 and not one.attributed
    }


def _name(sign: str) -> str:
    return _SIGNS.get(sign, sign.replace("_", " "))


def _other_signs(window: Window) -> Iterator[str]:
    exams = sorted(window.state.case.neuro or (), key=lambda one: one.taken_at)
    known: set[str] = set()
    for exam in exams:
        found = set(exam.other_signs or ()) | (
            {"new confusion"} if exam.new_confusion is True else set()
        )
        if window.holds(exam.taken_at):
            for sign in sorted(found - known):
                yield f"{sign.replace('_', ' ')}, {window.clock.time(exam.taken_at)}"
        known |= found


# What was given and what happened


def _therapy(window: Window) -> Iterator[Line]:
    therapy = window.state.case.therapy
    if therapy is None:
        return
    for dose in therapy.doses or ():
        if window.holds(dose.given_at):
            yield Line("Dose of the therapy", dose_text(dose, window.clock))
    for part in therapy.infusions or ():
        if window.holds(part.started_at) or window.holds(part.stopped_at):
            yield Line("Infusion", infusion_line(part, window.clock))


def _treatments(window: Window) -> Iterator[Line]:
    kept = window.state.case.treatments
    if kept is None:
        yield Line("Treatments", "not recorded: nobody kept a list", loud=True)
        return
    mine = [one for one in kept if window.holds(one.given_at) or window.holds(one.stopped_at)]
    for one in sorted(mine, key=lambda treatment: treatment.given_at):
        yield Line("Treatment", treatment_text(one, window.clock))
    if not mine:
        yield Line("Treatments", "none recorded in this time")


def treatment_text(one: Treatment, clock: Clock) -> str:
    """``22-Nov 05:10 dexamethasone; dose 10 mg; route iv; purpose icans``."""
    payload = one.model_dump(mode="json", exclude_none=True)
    payload.pop("drug")
    if one.stopped_at is not None and one.stopped_at > clock.at:
        payload.pop("stopped_at")
    said = entry_text("treatment", payload, clock.zone)
    return f"{clock.time(one.given_at)} {one.drug}{f'; {said}' if said else ''}"


def _events(window: Window) -> Iterator[Line]:
    """What happened; checks left out stand with the checks."""
    mine = [one for one in window.state.case.events or () if window.holds(one.at)]
    for one in sorted(mine, key=lambda event: event.at):
        if one.kind != "not_done":
            yield Line("Event", _event(one, window.clock), loud=one.kind in ("concern", "death"))
    for grading in window.state.case.gradings or ():
        if window.holds(grading.graded_at):
            about = "" if grading.term is None else f" {grading.term}"
            when = window.clock.time(grading.graded_at)
            yield Line("Graded by a clinician", f"{when} {grading.scale}{about}: {grading.grade}")


def _event(one: Event, clock: Clock) -> str:
    payload = one.model_dump(mode="json", exclude_none=True)
    payload.pop("kind")
    said = entry_text("event", payload, clock.zone)
    return f"{clock.time(one.at)} {EVENTS.get(one.kind, one.kind)}{f'; {said}' if said else ''}"


def _labs(window: Window) -> Iterator[Line]:
    mine = [one for one in window.state.case.labs or () if window.holds(one.taken_at)]
    for one in sorted(mine, key=lambda sample: sample.taken_at):
        yield Line("Laboratory", _lab(one, window.clock))


def _lab(one: Labs, clock: Clock) -> str:
    said = [
        f"{label} {value:g}{f' {unit}' if unit else ''}"
        for name, (label, unit) in LABS.items()
        if (value := getattr(one, name)) is not None
    ]
    if one.haemophagocytosis is not None:
        said.append(f"haemophagocytosis {'seen' if one.haemophagocytosis else 'not seen'}")
    return f"{clock.time(one.taken_at)} {', '.join(said) if said else 'no value recorded'}"


# Alerts


def _alerts_opened(window: Window) -> Iterator[Line]:
    """Every alarm that called in the window: opened, risen or come back."""
    times = [time for time in window.walk.chart.times(window.state.at) if window.holds(time)]
    looks = [Look(window.since, standing(window.walk, window.since).flags)]
    looks += [Look(time, standing(window.walk, time).flags) for time in times]
    looks.append(Look(window.state.at, window.state.assessment.flags))
    says = _words(looks)
    called = [
        (call.at, alarm.id, call.urgency)
        for alarm in collapse(looks)
        for call in alarm.calls
        if call.at > window.since and call.urgency != "info"
    ]
    for time, id_, urgency in sorted(called):
        said = f"{window.clock.time(time)} {URGENCY_WORDS[urgency]}: {says[time, id_]}"
        yield Line("Alert opened", said, loud=urgency == "emergency")
    if not called:
        yield Line("Alerts opened", "none in this time")


def _words(looks: Sequence[Look]) -> dict[tuple[datetime, str], str]:
    """What each flag said at each look: an alarm is told in the words with which it called."""
    return {(look.at, flag.id): flag.says for look in looks for flag in look.flags}


# What people did


def _journal(window: Window, journal: Journal | None) -> Iterator[Line]:
    if journal is None:
        for label in ("Acknowledged", "Corrected", "Decided"):
            yield Line(label, NO_JOURNAL)
        return
    standing_now = {alert.flag.id: alert.flag.says for alert in window.state.alerts}
    seen = [one for one in journal.acknowledgements if window.holds(one.recorded_at)]
    yield from (Line("Acknowledged", _seen(one, standing_now, window.clock)) for one in seen)
    made = [one for one in journal.decisions if window.holds(one.recorded_at)]
    yield from (Line("Decided", _decided(one, window.clock)) for one in made)
    by_id = {one.entry_id: one for one in journal.entries}
    mended = [
        one for one in journal.entries if one.replaces is not None and window.holds(one.recorded_at)
    ]
    yield from (Line("Corrected", _corrected(one, by_id, window.clock)) for one in mended)
    for one in journal.entries:
        late = one.is_live and one.is_late(site().combine_within) and one.replaces is None
        if late and window.holds(one.recorded_at):
            yield Line("Entered late", _late(one, window.clock))
    for label, found in (("Acknowledged", seen), ("Decided", made), ("Corrected", mended)):
        if not found:
            yield Line(label, "nothing in this time")


def _seen(one: Acknowledgement, standing_now: dict[str, str], clock: Clock) -> str:
    about = standing_now.get(one.alert_id, one.alert_id)
    return f"{_by(one.recorded_at, one.recorded_by, one.role, clock)}: {one.reason}; {about}"


def _decided(one: Decision, clock: Clock) -> str:
    dose = "" if one.dose_mg is None else f" ({one.dose_mg:g} mg)"
    why = "" if one.reason is None else f"; {one.reason}"
    who = _by(one.recorded_at, one.recorded_by, one.role, clock)
    return f"{who}: {one.choice}: {one.advise}{dose}{why}; {one.rule}"


def _corrected(one: Entry, by_id: dict[str, Entry], clock: Clock) -> str:
    before = by_id.get(one.replaces or "")
    who = _by(one.recorded_at, one.recorded_by, one.role, clock)
    why = "" if one.reason is None else f"; {one.reason}"
    if before is None:
        return f"{who}{why}"
    what = f"{_kind(before)} of {clock.time(before.observed_at)}"
    was = entry_text(before.kind, before.payload, clock.zone)
    if one.kind == "withdrawal":
        return f"{who}: {what} taken back{why}; was: {was}"
    now = entry_text(one.kind, one.payload, clock.zone)
    return f"{who}: {what}{why}; was: {was}; now: {now}"


def _late(one: Entry, clock: Clock) -> str:
    who = _by(one.recorded_at, one.recorded_by, one.role, clock)
    said = entry_text(one.kind, one.payload, clock.zone)
    late = span_text(one.delay)
    return f"{who}: {_kind(one)} of {clock.time(one.observed_at)}, late by {late}; {said}"


def _by(at: datetime, who: str, role: str, clock: Clock) -> str:
    return f"{clock.time(at)} {who} ({role})"


def _kind(one: Entry) -> str:
    return _KINDS.get(one.kind, one.kind)
