"""
Early warning scores as a plain fact above the grades: value or interval, age, and what is missing.

A warning score and the grade of a toxicity answer different questions, so neither may mute the
other: the line stands there whether or not a flag speaks, and it never changes its looks. Scores
come from the registry: another one of this kind is shown with no other edit.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.parts.grade import NOT_ASSESSED, age_text, esc, grade_text, is_assessed
from dashboard.parts.patient.kept import kept_with
from dashboard.states import PatientState
from dashboard.ward import walk_of
from toxmodels import Finding, Grade
from toxmodels.evidence import Evidence
from toxmodels.scales import BESIDE, BesideScale

__all__ = ["warning_html"]


def warning_html(state: PatientState) -> str:
    """The line of each early warning score; empty where nothing is graded any more."""
    if state.closed is not None or not state.assessment.grades:
        return ""
    return kept_with((state.case, state.assessment), "warning", lambda: _made(state))


def _made(state: PatientState) -> str:
    evidence = Evidence(state.case, state.at, walk_of(state).chart)
    scales = (one for one in BESIDE.values() if one.toxicity == "warning")
    lines = "".join(f"<p>{_line(one, one.grade(evidence), state)}</p>" for one in scales)
    return f'<section class="tw-warning" aria-label="Early warning score">{lines}</section>'


def _line(scale: BesideScale, grade: Grade, state: PatientState) -> str:
    asked = "; ".join(esc(one.says) for one in grade.missing)
    if not is_assessed(grade):
        return f"<b>{esc(scale.short)} {NOT_ASSESSED}</b>. Still to record: {asked}"
    total, *items = grade.findings
    named = total.says.startswith(f"{scale.short}: ")
    says = total.says if named else f"{grade_text(scale.short, grade)}: {total.says}"
    counted = "; ".join(esc(one.says) for one in items if one.at_least > 0)
    said = f"<b>{esc(says)}</b>{f', from {counted}' if counted else ''}{_aged(items, state)}"
    return f"{said}. Still to record: {asked}" if asked else said


def _aged(items: Sequence[Finding], state: PatientState) -> str:
    """The newest and the oldest reading: values of different hours must not look like one set."""
    times = [one.taken_at for one in items if one.taken_at is not None]
    if not times:
        return ""
    ages = dict.fromkeys(age_text(state.at - time) for time in (max(times), min(times)))
    return f" (readings {' to '.join(ages)})"
