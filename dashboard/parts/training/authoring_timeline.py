"""
The timeline of a draft: every record with the grades of its hour, and one record to type.

Grades are worked out anew after each change, and while a record is typed: what the author is about
to teach stands beside it with the sign that decides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import streamlit as st

from dashboard.parts import html
from dashboard.parts.forms.check import Entry, concerns, faults
from dashboard.parts.forms.kinds import FORMS, Around
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.grade import esc, grade_html, grade_text
from dashboard.parts.patient.entry_words import entry_text
from dashboard.parts.training.authoring_bench import Bench
from dashboard.parts.training.authoring_fields import ask_at, at_values, heading, when_text
from dashboard.training.drafting import Draft, DraftError, case_of
from dashboard.training.drafting_grades import deciding_text, grades_along
from dashboard.training.drafting_records import (
    KINDS,
    Recorded,
    drop_record,
    put_record,
    say_none,
    timeline,
)
from dashboard.training.showing import CASE_ZONE
from dashboard.training.story import MAIN
from toxmodels import Case, CaseError, Grade, load_case
from toxmodels.records import FORMAT
from toxmodels.scales import STEPPED

__all__ = ["course_chosen", "draw"]

_WHEN: Final = "when"
_WHAT: Final = {
    "vitals": "Vital signs", "neuro": "Neuro exam", "treatment": "Treatment", "labs": "Labs",
    "event": "Event", "grading": "Grading",
}  # fmt: skip


def draw(bench: Bench) -> None:
    """Draw the timeline of the chosen course, then the record that is typed."""
    file = course_chosen(bench, "timeline")
    rows = timeline(bench.draft, file)
    if bench.record is not None and bench.record["file"] == file:
        _draw_record(bench, bench.record)
    else:
        _choose(bench, file, rows)
    _table(bench, file, rows)


def course_chosen(bench: Bench, part: str) -> str:
    """The case that is looked at: the main course, or a branch where there are some."""
    branches = bench.draft.story.get("branches", ())
    if not branches:
        return MAIN
    words = {MAIN: "Main course", **{one["file"]: f"Branch {one['id']}" for one in branches}}
    key = f"author/{bench.draft.name}/{part}/course"
    if st.session_state.get(key) not in words:
        st.session_state[key] = MAIN
    chosen = st.segmented_control(
        "Course", [*words], format_func=words.__getitem__, key=key, required=True
    )
    return chosen or MAIN


# What is there


def _table(bench: Bench, file: str, rows: Sequence[Recorded]) -> None:
    if not rows:
        st.info("Nothing is recorded yet. Add the first vital signs.")
        return
    try:
        graded = grades_along(case_of(bench.draft, file), {one.at for one in rows})
    except CaseError as error:
        graded = {}
        listed = "\n".join(f"- {as_text(one)}" for one in error.faults[:8])
        st.error(f"The case cannot be graded until this is mended:\n{listed}")
    heads = ("When", "What", "Recorded", "Grades, and what decides")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body, before = "", ""
    for one in rows:
        grades = graded.get(one.at, {})
        said = ", ".join(grade_text(STEPPED[id_].short, grades.get(id_)) for id_ in STEPPED)
        body += _row(one, _same(said) if said == before else _grades_html(grades))
        before = said
    html.show(
        f'<table class="tw-findings tw-records"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(one: Recorded, grades: str) -> str:
    return (
        f"<tr><td>{when_text(one.at)}</td><td>{_WHAT[one.kind]}</td>"
        f"<td>{esc(entry_text(one.kind, one.payload, CASE_ZONE))}</td><td>{grades}</td></tr>"
    )


def _same(said: str) -> str:
    return f"<small>unchanged: {esc(said)}</small>"


def _grades_html(grades: Mapping[str, Grade]) -> str:
    return "".join(
        f"<div>{grade_html(STEPPED[id_].short, grades.get(id_))} "
        f"<small>{esc(_decides(grades.get(id_)))}</small></div>"
        for id_ in STEPPED
    )


def _decides(grade: Grade | None) -> str:
    return "" if grade is None else deciding_text(grade)


# Which record


def _choose(bench: Bench, file: str, rows: Sequence[Recorded]) -> None:
    key = f"author/{bench.draft.name}/{bench.turn}/{file}"
    kind = st.segmented_control(
        "Add a record", [*_WHAT], format_func=_WHAT.__getitem__, key=f"{key}/add", wrap=True
    )
    if kind is not None:
        near = rows[-1].at if rows else _starts_at(bench.draft)
        _open(bench, file, kind, None, at_values(_WHEN, None, near))
    words = {
        number: f"{when_text(one.at)} {_WHAT[one.kind]}: "
        f"{entry_text(one.kind, one.payload, CASE_ZONE)[:60]}"
        for number, one in enumerate(rows)
    }
    chosen = st.selectbox(
        "Change or remove a record", [*words], index=None, format_func=words.__getitem__,
        key=f"{key}/change", placeholder="Choose a record",
    )  # fmt: skip
    if chosen is not None:
        one = rows[chosen]
        values = FORMS[one.kind].values_of(one.payload)
        _open(bench, file, one.kind, one.place, {**values, **at_values(_WHEN, one.at, one.at)})
    if "treatments" not in bench.draft.cases[file] and st.button(
        "No treatment given so far: record that", key=f"{key}/none"
    ):
        bench.take(say_none(bench.draft, file, "treatment"))
        st.rerun()


def _open(
    bench: Bench, file: str, kind: str, place: int | None, values: Mapping[str, Any]
) -> None:  # fmt: skip
    bench.record = {"file": file, "kind": kind, "place": place, "values": dict(values)}
    bench.turn += 1
    st.rerun()


def _starts_at(draft: Draft) -> datetime:
    return datetime.fromisoformat(draft.story["starts_at"])


# The record that is typed


def _draw_record(bench: Bench, typed: dict[str, Any]) -> None:
    form, place = FORMS[typed["kind"]], typed["place"]
    title = "New record" if place is None else "Change a record"
    heading(f"{title}: {_WHAT[typed['kind']].lower()}")
    sheet = bench.sheet("record", typed["values"])
    at = ask_at(sheet, _WHEN, _starts_at(bench.draft))
    # A record that is changed stays one record: consciousness has a place of its own.
    own = sheet if place is None else Sheet(sheet.prefix, sheet.values, {})
    time_fault = form.draw(own, Around(_patient_only(bench.draft), _far(bench.draft), None))
    if form.signs is not None:
        with st.expander("Attribute a sign to another cause"):
            sheet.several("other_cause", "Signs with another cause", form.signs)
            sheet.text("other_cause_reason", "What caused them, and how it is known")
    made = () if at is None else form.entries(typed["values"], at.isoformat())
    problems = _problems(typed, at, time_fault, made)
    _preview(bench, typed, made)
    _buttons(bench, typed, made, problems)


def _far(draft: Draft) -> datetime:
    """A time of the case that no part of a record can lie behind."""
    times = [one.at for file in draft.cases for one in timeline(draft, file)]
    return max([*times, _starts_at(draft)]).replace(hour=23, minute=59)


def _patient_only(draft: Draft) -> Case:
    """Who it is, for a form that asks a child another way; a fault elsewhere does not matter."""
    told = {"format": FORMAT, "patient": draft.cases[MAIN]["patient"]}
    try:
        return load_case(json.dumps(told))
    except CaseError:
        return load_case(json.dumps({"format": FORMAT, "patient": {"id": "training"}}))


def _problems(
    typed: Mapping[str, Any], at: datetime | None, time_fault: str | None, made: Sequence[Entry]
) -> list[str]:
    found = [] if at is not None else ["Type the day and the time of day."]
    found += [] if time_fault is None else [time_fault]
    found += FORMS[typed["kind"]].gaps(typed["values"])
    if at is not None and not made:
        found.append("Nothing is recorded yet.")
    return [*found, *(str(one) for one in faults(made, "training"))]


def _with(draft: Draft, typed: Mapping[str, Any], made: Sequence[Entry]) -> Draft:
    for number, (kind, payload) in enumerate(made):
        draft = put_record(
            draft, typed["file"], kind, payload, typed["place"] if number == 0 else None
        )
    return draft


def _preview(bench: Bench, typed: Mapping[str, Any], made: Sequence[Entry]) -> None:
    """The grades of that hour with the record that is typed, before it is kept."""
    if not made:
        return
    at = datetime.fromisoformat(made[0][1][KINDS[made[0][0]][1]])
    try:
        after = grades_along(case_of(_with(bench.draft, typed, made), typed["file"]), {at})[at]
    except (CaseError, DraftError):
        return  # named among the problems
    said = _grades_html(after)
    html.show(f'<div class="tw-notice">At {when_text(at)} with this record: {said}</div>')
    for one in concerns(made):
        st.warning(as_text(one), icon=":material/visibility:")


def _buttons(
    bench: Bench, typed: Mapping[str, Any], made: Sequence[Entry], problems: Sequence[str]
) -> None:
    key = f"author/{bench.draft.name}/record"
    with st.container(horizontal=True):
        keep = st.button("Put on the timeline", key=f"{key}/keep", type="primary")
        gone = typed["place"] is not None and st.button("Remove", key=f"{key}/remove")
        leave = st.button("Cancel", key=f"{key}/cancel")
    if keep and problems:
        listed = "\n".join(f"- {as_text(one)}" for one in problems)
        st.error(f"Not yet:\n{listed}", icon=":material/edit:")
        return
    try:
        if keep:
            _done(bench, _with(bench.draft, typed, made))
        elif gone:
            _done(bench, drop_record(bench.draft, typed["file"], typed["kind"], typed["place"]))
        elif leave:
            _done(bench, bench.draft)
    except DraftError as error:
        st.error(as_text(error), icon=":material/block:")


def _done(bench: Bench, draft: Draft) -> None:
    bench.record = None
    bench.take(draft)
    bench.turn += 1
    bench.keep()
    st.rerun()
