"""
After saving: what the store holds, the grade it makes, and what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st

from dashboard.parts import html
from dashboard.parts.forms.readback import reason_text
from dashboard.parts.forms.when import clock_text
from dashboard.parts.forms.words import EVENTS
from dashboard.parts.grade import esc, flag_html, grade_html, missing_text
from dashboard.store import Entry
from toxmodels import SCALES, Assessment
from toxmodels.escalation import URGENCIES

_KINDS = {
    "patient": "patient",
    "therapy": "therapy",
    "vitals": "vitals",
    "neuro": "neurological exam",
    "treatment": "treatment",
    "labs": "labs",
    "event": "event",
    "grading": "grading",
    "none_found": "nothing found",
    "withdrawal": "withdrawal",
}


def entry_text(entry: Entry, zone: tzinfo) -> str:
    """One stored entry in a line: what, observed when, saved when and by whom."""
    what = _KINDS.get(entry.kind, entry.kind)
    if entry.kind == "event":
        what = EVENTS.get(str(entry.payload.get("kind")), what)
    elif entry.kind == "treatment":
        what = f"{what} {entry.payload.get('drug')}"
    observed = f"{entry.observed_at.astimezone(zone):%H:%M, %d-%b}"
    saved = f"{entry.recorded_at.astimezone(zone):%H:%M, %d-%b}"
    return f"{what} of {observed}, saved at {saved} by {entry.recorded_by} ({entry.role})"


def draw_saved(entries: Sequence[Entry], others: Sequence[Entry], zone: tzinfo) -> None:
    """Say what is in the journal, as read back from it."""
    first = entries[0]
    st.success(f"Saved at {clock_text(first.recorded_at, zone)}", icon=":material/check_circle:")
    for entry in entries:
        st.text(entry_text(entry, zone))
    if others:
        st.warning("While this form was open, others entered:", icon=":material/group:")
        for entry in others:
            st.text(entry_text(entry, zone))


def draw_grade(assessment: Assessment) -> None:
    """The grades with their reason."""
    for id_, grade in assessment.grades.items():
        html.show(
            f"<p>{grade_html(SCALES[id_].short, grade)} <span>{esc(reason_text(grade))}</span></p>"
        )


def draw_next(assessment: Assessment) -> None:
    """What to do next: the gravest flag in full, what would close an open grade, then the rest."""
    flags = sorted(assessment.flags, key=lambda flag: URGENCIES.index(flag.urgency))
    first = [one for one in flags if one.urgency == "emergency"] or flags[:1]
    todo = [f"<li>{flag_html(flag)}</li>" for flag in first]
    for id_, grade in assessment.grades.items():
        if not grade.complete:
            todo += [
                f"<li>{esc(SCALES[id_].short)}: record {esc(missing_text(missing))}</li>"
                for missing in grade.missing[:3]
            ]
    if todo:
        html.show(f"<b>Next</b><ul>{''.join(todo)}</ul>")
    others = flags[len(first) :]
    if others:
        named = (
            "1 more alert or note" if len(others) == 1 else f"{len(others)} more alerts and notes"
        )
        with st.expander(named):
            html.show(f"<ul>{''.join(f'<li>{flag_html(one)}</li>' for one in others)}</ul>")
