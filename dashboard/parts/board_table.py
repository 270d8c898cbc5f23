"""
The table of the ward board as markup: one row a patient, every text escaped.

Pure: it takes states and a clock's face and returns text, so it can be tested without a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from dashboard.alerts import Alert
from dashboard.chain import whom_to_call
from dashboard.kept import Kept
from dashboard.need import SHORT, Need, Tier, need_of
from dashboard.parts.grade import (
    NO_FEVER,
    NOT_ASSESSED,
    age_text,
    esc,
    flag_html,
    grade_html,
    grade_word,
    is_assessed,
    is_uncounted,
    missing_text,
    span_text,
)
from dashboard.parts.leading import acknowledge_html, capital, entry_html, name_html, unled_html
from dashboard.parts.patient.advice import to_decide
from dashboard.parts.spark import spark_html
from dashboard.parts.work.called import waiting
from dashboard.states import CRS, ICANS, PatientState, Unreadable
from dashboard.ward import Due
from toxmodels import Grade, Missing

Clock = Callable[[datetime], str]

_log = structlog.get_logger(__name__)

_HEADS: Final = (
    ("who", "Patient"),
    ("crs", "CRS"),
    ("icans", "ICANS"),
    ("alert", "Why, and what to do first"),
    ("seen", "Last observations"),
    ("trend", "72 h: C CRS, N ICANS"),
    ("go", "Entry"),
)
_rows: Final = Kept(800)
_STEPS: Final = {"stop": "permanent stop", "treat": "treatment"}


@dataclass(frozen=True, slots=True)
class Look:
    """How one screen shows the table: a past time or now, the ward's clock, the theme's ink."""

    at: datetime | None
    clock: Clock
    ink: str
    zone: str  # whose times the clock tells
    leads: bool = True  # to the pages of the patient; in training there are none


def table(rows: Sequence[PatientState | Unreadable], look: Look) -> str:
    """All rows in the order given."""
    heads = "".join(
        f'<th scope="col" class="tw-c-{key}">{esc(title)}</th>' for key, title in _HEADS
    )
    body = "".join(_row_once(row, look) for row in rows)
    return f'<table class="tw-board"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _row_once(state: PatientState | Unreadable, look: Look) -> str:
    """An entry for one patient leaves the rows of the others as they were drawn."""
    key = (id(state), look.at, look.ink, look.zone, look.leads)
    kept: tuple[object, str] | None = _rows.get(key)
    if kept is None:
        # The state is kept beside, so that no other one can take its identity.
        kept = (state, _row_or_fault(state, look))
        _rows.put(key, kept)
    return kept[1]


def _row_or_fault(state: PatientState | Unreadable, look: Look) -> str:
    try:
        return _row(state, look)
    except Exception as error:  # noqa: BLE001 - one row's fault must not take the board away
        _log.error("row-failed", fault=type(error).__name__)
        says = f"the row could not be drawn ({type(error).__name__})"
        lost = Unreadable(state.patient_id, state.ward_id, state.position, state.at, says)
        return _row(lost, look)


def _row(state: PatientState | Unreadable, look: Look) -> str:
    clock = look.clock
    need = need_of(state)
    if isinstance(state, Unreadable):
        return (
            f'<tr class="tw-now"><td class="tw-c-who">{_name(state, look)}</td>'
            f'<td colspan="5"><span class="tw-flag tw-emergency"><b>▲ ACT NOW</b> '
            f"{esc(need.says)}: {esc(state.says)}</span></td>"
            f"<td>{_entry(state, look)}</td></tr>"
        )
    cells = (
        _who(state, look),
        _grade_cell(state, CRS, clock),
        _grade_cell(state, ICANS, clock),
        _alert_cell(state, need, look),
        _seen_cell(state, clock),
        _trend_cell(state, look.ink),
        _entry(state, look),
    )
    row = "".join(
        f'<td class="tw-c-{key}">{cell}</td>' for (key, _), cell in zip(_HEADS, cells, strict=True)
    )
    return f'<tr class="{_row_class(need)}">{row}</tr>'


def _row_class(need: Need) -> str:
    match need.tier:
        case Tier.EMERGENCY:
            return "tw-now"
        case Tier.URGENT | Tier.WORSE_OR_SEVERE:
            return "tw-press"
        case Tier.QUIET:
            return "tw-quiet"
        case _:
            return "tw-calm"


def _name(state: PatientState | Unreadable, look: Look) -> str:
    return name_html(state.patient_id, look.at) if look.leads else unled_html(state.patient_id)


def _entry(state: PatientState | Unreadable, look: Look) -> str:
    return entry_html(state.patient_id, look.at) if look.leads else ""


def _who(state: PatientState, look: Look) -> str:
    therapy = state.case.therapy
    product = "therapy not recorded" if therapy is None else therapy.product
    return (
        f"{_name(state, look)} "
        f'<span class="tw-line">{esc(since_dose(state))}</span>'
        f'<span class="tw-line tw-faint">{esc(product)}</span>'
    )


def since_dose(state: PatientState) -> str:
    """Day since the first and time since the last dose: ``day 5``, ``day 3, last dose 8 h ago``."""
    first, last = state.first_dose_at, state.last_dose_at
    if first is None:
        return "time of infusion not recorded"
    days = (state.at - first).days
    day = f"day {days}"
    if last is not None and last > first:
        return f"{day}, last dose {age_text(state.at - last)}"
    return day


def _grade_cell(state: PatientState, scale: str, clock: Clock) -> str:
    grade = state.assessment.grades.get(scale)
    lines = [grade_html(SHORT[scale], grade)]
    if grade is None:
        return lines[0]
    when = graded_at(grade)
    if when is not None:
        age = f"at {clock(when)}, {age_text(state.at - when)}"
        lines.append(f'<span class="tw-line tw-faint">{esc(age)}</span>')
    says = [finding.says for finding in grade.findings if finding.decides]
    if says:
        lines.append(f'<span class="tw-line">{esc("; ".join(says))}</span>')
    matters = [one for one in grade.missing if one.at_least != one.at_most]
    if matters:
        lines.append(f'<span class="tw-line"><b>?</b> {esc(still_open(grade, matters))}</span>')
    elif not is_assessed(grade):
        lines.append(f'<span class="tw-line">{esc(grade_word(grade))}</span>')
    if grade.last_known is not None:
        known = grade.last_known
        bounds = Grade(known.at_least, known.at_most, (), (), complete=False)
        text = f"was {bounds}, {age_text(state.at - known.at)}"
        lines.append(f'<span class="tw-line tw-stale">{esc(text)}</span>')
    return "".join(lines)


def still_open(grade: Grade, matters: Sequence[Missing]) -> str:
    """What to record first; the range is that of the grade while more than one thing is missing."""
    if len(matters) == 1:
        return missing_text(matters[0])
    more = f"{matters[0].says} (+{len(matters) - 1} more)"
    return f"{more}: could be {grade.at_least} to {grade.at_most}"


def graded_at(grade: Grade) -> datetime | None:
    """The time a grade was true: of its deciding sign, else of the newest sign it rests on."""
    deciding = [one.taken_at for one in grade.findings if one.decides and one.taken_at is not None]
    seen = [one.taken_at for one in grade.findings if one.taken_at is not None]
    return max(deciding or seen, default=None)


def _alert_cell(state: PatientState, need: Need, look: Look) -> str:
    lines = []
    opened, held = state.open_alerts, [one for one in state.alerts if not one.is_open]
    if need.says and need.tier is not Tier.EMERGENCY and need.tier is not Tier.URGENT:
        lines.append(f'<span class="tw-line tw-need">{esc(capital(need.says))}</span>')
    if opened:
        lines.append(flag_html(opened[0].flag))
        if opened[0].again is not None:
            lines.append(
                f'<span class="tw-line tw-faint">asks again: {esc(opened[0].again)}</span>'
            )
    if opened:
        lines.append(_unanswered(state))
        tail = ""
        if look.at is None and look.leads:
            tail = acknowledge_html(state.patient_id, opened[0].flag, state.position)
        if len(opened) > 1:
            titles = "; ".join(one.flag.says for one in opened[1:])
            plural = "s" if len(opened) > 2 else ""
            tail += f' <span title="{esc(titles)}">+{len(opened) - 1} more alert{plural}</span>'
        lines.append(f' <span class="tw-tail">{tail}</span>')
    lines.extend(_held(state, one) for one in held if one.acknowledged is not None)
    lines.append(_advice_line(state))
    return "".join(lines)


def _unanswered(state: PatientState) -> str:
    """For how long the alert shown asks, and the one that has come furthest in its chain."""
    lines = whom_to_call(waiting(state))
    return "".join(f'<span class="tw-line tw-late">{esc(capital(one))}</span>' for one in lines)


def _advice_line(state: PatientState) -> str:
    """What waits for a physician, and when a blocked dose becomes possible: one quiet line."""
    at, found = state.at, state.assessment.advice
    said = []
    waiting = to_decide(found, state.decisions, at, state.case)
    if waiting:
        named = dict.fromkeys(one.drug or _STEPS.get(one.step, one.step) for one in waiting)
        said.append(f"advice to decide: {', '.join(named)}")
    soonest = {one.drug: one.earliest_at for one in found if one.drug is not None}
    said += [
        f"{drug} again {age_text(at - time)}"
        for drug, time in soonest.items()
        if time is not None and time > at
    ]
    if state.advice_fault is not None:
        said.append("no advice could be worked out")
    return f'<span class="tw-line tw-faint">{esc(capital("; ".join(said)))}</span>' if said else ""


def _held(state: PatientState, alert: Alert) -> str:
    seen = alert.acknowledged
    if seen is None or alert.flag.urgency == "info":
        return ""
    text = (
        f"{alert.flag.says}: {seen.reason.lower()}, {seen.recorded_by} "
        f"{age_text(state.at - seen.recorded_at)}"
    )
    return f'<span class="tw-line tw-faint">✓ {esc(text)}</span>'


def _seen_cell(state: PatientState, clock: Clock) -> str:
    if state.closed is not None:
        return f'<span class="tw-line">{esc(state.closed)}</span>'
    score = "CAPD" if any(one.capd is not None for one in state.case.neuro or ()) else "ICE"
    lines = _due_line("Vitals", state.vitals, state.at, clock)
    coming = _next_line(state, clock)
    if state.scored_at == state.neuro.last_at:
        return lines + _due_line(score, state.neuro, state.at, clock) + coming
    scored = (
        f"no {score} score"
        if state.scored_at is None
        else f"last {score} score {age_text(state.at - state.scored_at)}"
    )
    return (
        lines
        + _due_line("Exam not possible", state.neuro, state.at, clock)
        + f'<span class="tw-line tw-stale">{esc(scored)}</span>'
        + coming
    )


def _next_line(state: PatientState, clock: Clock) -> str:
    """The check to do next and why that soon; what is overdue already has a line of its own."""
    said = {"vitals": state.vitals, "neuro": state.neuro}
    waiting = [
        one for one in state.assessment.due if one.what in said and not said[one.what].is_overdue
    ]
    if not waiting:
        return ""
    first = min(waiting, key=lambda one: one.due_at)
    text = f"Next {first.what} {clock(first.due_at)}, {age_text(state.at - first.due_at)}"
    return f'<span class="tw-line" title="{esc(first.why)}">{esc(text)}</span>'


def _due_line(name: str, due: Due, at: datetime, clock: Clock) -> str:
    if due.last_at is None:
        return f'<span class="tw-line tw-late">{esc(name)}: never recorded</span>'
    text = f"{name} {clock(due.last_at)}, {age_text(at - due.last_at)}"
    late = due.overdue
    if late is None:
        return f'<span class="tw-line">{esc(text)}</span>'
    said = f"overdue by {span_text(late)}"
    if due.lags is not None:
        said += f": {due.lags} left out"
    return (
        f'<span class="tw-line tw-stale">{esc(text)}</span>'
        f'<span class="tw-line tw-late">{esc(said)}</span>'
    )


def _trend_cell(state: PatientState, ink: str) -> str:
    return spark_html(state.trend, state.at, ink) + (
        f'<span class="tw-line tw-faint">worst: {esc(worst_text(state))}</span>'
    )


def worst_text(state: PatientState) -> str:
    """The highest certain grades of the last three days: ``CRS 3, ICANS 1 or more``."""
    return ", ".join(f"{SHORT[scale]} {_worst(state, scale)}" for scale in (CRS, ICANS))


def _worst(state: PatientState, scale: str) -> str:
    """An open grade may hide a higher one, so its lower end alone would be too calm."""
    seen = [one.grades[scale] for one in state.trend if is_assessed(one.grades.get(scale))]
    if not seen:
        return NOT_ASSESSED
    worst = max(grade.at_least for grade in seen)
    says = f"{worst} or more" if any(grade.at_most > worst for grade in seen) else f"{worst}"
    # A 0 for want of fever alone must not read like three calm days.
    uncounted = worst == 0 and any(is_uncounted(grade) for grade in seen)
    return f"{says} ({NO_FEVER})" if uncounted else says
