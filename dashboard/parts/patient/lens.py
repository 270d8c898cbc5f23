"""
The scale lens on the page: every scale at this moment side by side, and each of them over time.

Folded, and worked out only for who opens it: twenty scales at every assessment time are much work
for a page that a nurse opens for two grades. What was worked out is kept with what it was made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

import streamlit as st

from dashboard import session, theme
from dashboard.charts.lens import (
    COLUMNS,
    Panel,
    dose_lines,
    lens_figure,
    lens_png,
    lens_table,
    lens_words,
    panels,
)
from dashboard.charts.listing import Row
from dashboard.charts.timeline import RANGES, Range, Timeline, View, timeline, view
from dashboard.exports import csv_text, heading
from dashboard.parts import html
from dashboard.parts.grade import age_text, esc, grade_html, mark_html, missing_text
from dashboard.parts.patient.kept import kept_with
from dashboard.parts.patient.trajectories import first_record, left_the_page
from dashboard.states import PatientState
from toxmodels import Course, Grade
from toxmodels.course import Walk
from toxmodels.lens import GROUPS, LensRow, beside_at, conflicts, side_by_side
from toxmodels.scales import BESIDE
from toxmodels.scales.lab_markers import Marker, lab_markers
from toxmodels.scales.scale import Toxicity

__all__ = ["lens", "lens_html", "markers_for", "markers_html", "rows_for"]

TITLE: Final = "Every scale side by side"
_USUAL: Final[Range] = "72 h"
_SAYS: Final = (
    "Grades of other scales are for comparison and for labels written in them; flags and advice "
    "above go by ASTCT unless they name another scale."
)
_STANDS: Final = {"differs": "≠ differs", "may differ": "? may differ", "same": "= same"}
_MARKERS: Final = (
    "Worked out from the newest laboratory values that count. Platelets after a transfusion make "
    "them look better than they are."
)
_MARKER_HEADS: Final = ("Marker", "Result", "Still to record", "Oldest value", "Source")
_HEADS: Final = ("Scale", "Grade", "Decided by", "Record first", "Beside ASTCT", "Source")


def lens(state: PatientState) -> None:
    """Draw the fold, and what is in it once it is open."""
    if state.closed is not None or not state.assessment.grades:
        return
    with st.expander(TITLE, key=f"lens/{state.patient_id}", on_change="rerun") as shown:
        if not shown.open:
            return
        zone = session.zone()
        rows = rows_for(state)
        html.show(lens_html(rows))
        html.show(markers_html(markers_for(state), state.at))
        groups = [*dict.fromkeys(row.scale.toxicity for row in rows)]
        _over_time(state, rows, groups, zone)


def rows_for(state: PatientState) -> tuple[LensRow, ...]:
    """Every scale now, made once for these records, grades and this protocol."""
    grades = state.assessment.grades

    def make() -> tuple[LensRow, ...]:
        beside = beside_at(Walk(state.case), state.assessment.at)
        return side_by_side({**grades, **beside}, state.case.therapy, state.protocol)

    sources = (state.case, state.assessment, state.protocol)
    return kept_with(sources, "lens", make)


def markers_for(state: PatientState) -> tuple[Marker, ...]:
    """The risk markers, made once for these records."""
    sources = (state.case, state.assessment)
    return kept_with(sources, "markers", lambda: lab_markers(state.case, state.at))


def lens_html(rows: Sequence[LensRow]) -> str:
    """The table of all scales, a heading for each toxicity, and what the rules go by."""
    said = "".join(f"<p><b>{esc(one)}.</b></p>" for one in conflicts(rows))
    heads = "".join(f'<th scope="col">{name}</th>' for name in _HEADS)
    body, before = "", None
    for row in rows:
        toxicity = row.scale.toxicity
        if toxicity != before:
            body += (
                f'<tr class="tw-cmp-head"><th colspan="{len(_HEADS)}" scope="colgroup">'
                f"{esc(GROUPS[toxicity])}</th></tr>"
            )
            before = toxicity
        body += _row(row)
    return (
        f'<p class="tw-faint">{esc(_SAYS)}</p>{said}'
        f'<table class="tw-findings tw-lens"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def markers_html(found: Sequence[Marker], at: datetime) -> str:
    """The table of risk markers; empty where no index is made of laboratory values alone."""
    if not found:
        return ""
    heads = "".join(f'<th scope="col">{name}</th>' for name in _MARKER_HEADS)
    body = "".join(
        f'<tr><th scope="row">{esc(one.score.title)}<br><small>{esc(one.when)}</small></th>'
        f"<td>{esc(one.says)}</td><td>{esc('; '.join(one.asks))}</td>"
        f"<td>{esc(age_text(at - one.taken[0])) if one.taken else ''}</td>"
        f'<td><span title="{esc(". ".join(one.score.notes))}">{esc(one.score.cite.source)}</span> '
        f'<span class="tw-mark">{esc(one.score.verification)}</span></td></tr>'
        for one in found
    )
    return (
        f'<h4 class="tw-sub">Risk markers, no grades</h4><p class="tw-faint">{esc(_MARKERS)}</p>'
        f'<table class="tw-findings tw-markers"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(row: LensRow) -> str:
    scale = row.scale
    titles = "; ".join(one.title for one in row.expected)
    by = (
        f'<br><span class="tw-differs" title="{esc(titles)}">expected by the '
        f"{esc(row.expected_by)}</span>"
        if row.expected
        else ""
    )
    # A name that ends with its edition does not say it twice.
    edition = "" if row.name.endswith(scale.edition) else f"<br><small>{esc(scale.edition)}</small>"
    return (
        f'<tr><th scope="row">{esc(row.name)}{edition}{by}</th>'
        f"<td>{grade_html(scale.short, row.grade)}</td><td>{_decided(row)}</td>"
        f"<td>{_first(row)}</td><td>{_beside(row)}</td>"
        f'<td><span title="{esc(" ".join(scale.traps))}">{esc(scale.source)}</span> '
        f'<span class="tw-mark">{esc(scale.verification)}</span></td></tr>'
    )


def _decided(row: LensRow) -> str:
    if not row.deciding:
        return "no sign" if row.grade.at_most == 0 else "nothing for certain"
    return "<br>".join(f"{esc(one.says)}{mark_html(one.cite)}" for one in row.deciding)


def _first(row: LensRow) -> str:
    return "" if row.record_first is None else esc(missing_text(row.record_first))


def _beside(row: LensRow) -> str:
    word = _STANDS.get(row.standing)
    if word is None:
        return ""
    why = f"<br>{esc(row.why)}" if row.why else ""
    return f"<b>{esc(word)}</b>{why}"


# Over time


@dataclass(frozen=True, slots=True)
class _Drawn:
    panels: tuple[Panel, ...]
    lines: tuple[Row, ...]
    axis: Timeline
    part: View
    words: tuple[str, ...]


def _over_time(
    state: PatientState, rows: Sequence[LensRow], groups: Sequence[Toxicity], zone: tzinfo
) -> None:
    left, right = st.columns(2)
    with left:
        group = st.selectbox(
            "Over time", groups, format_func=GROUPS.__getitem__, key=f"lens-of/{state.patient_id}"
        )
    with right:
        range_ = st.segmented_control(
            "Range", RANGES, default=_USUAL, key=f"lens-range/{state.patient_id}", required=True
        )
    drawn = _drawn_for(state, [row for row in rows if row.scale.toxicity == group], range_, zone)
    kind: Any = "dark" if theme.is_dark() else "light"
    figure = lens_figure(kind, drawn.panels, drawn.lines, drawn.axis, drawn.part)
    html.show(
        f'<p class="tw-faint">Time axis: {esc(drawn.axis.title)}. A tall pale bar is open; '
        "a gap is a time for which nobody knows.</p>"
    )
    st.vega_lite_chart(
        spec=figure, width="stretch", theme=None, alt=" ".join(drawn.words),
        key=f"lens-chart/{state.patient_id}",
    )  # fmt: skip
    items = "".join(f"<li>{esc(said)}</li>" for said in drawn.words)
    html.show(f'<ul class="tw-words">{items}</ul>')
    _save(state, drawn, group)


def _drawn_for(state: PatientState, rows: Sequence[LensRow], range_: Range, zone: tzinfo) -> _Drawn:
    """The panels of one group; made once for these records, grades and this protocol."""
    what = ("lens-over-time", tuple(row.scale.id for row in rows), range_, str(zone), state.at)
    sources = (state.case, state.course, state.assessment, state.protocol)
    return kept_with(sources, what, lambda: _draw(state, rows, range_, zone))


def _draw(state: PatientState, rows: Sequence[LensRow], range_: Range, zone: tzinfo) -> _Drawn:
    axis = timeline(state.case, zone, state.at)
    part = view(range_, axis, first_record(state), state.at)
    found = panels(rows, _course(state, rows, axis, part), state.at, axis, part)
    lines = dose_lines(state.case, state.at, axis, part)
    return _Drawn(found, lines, axis, part, lens_words(found))


def _course(state: PatientState, rows: Sequence[LensRow], axis: Timeline, part: View) -> Course:
    """The course with these scales at every time that the view can show, and one before it."""
    whole = state.course
    if whole is None:
        rules = state.assessment.rules
        return Course(patient=state.patient_id, points=(), episodes=(), biphasic=(), rules=rules)
    walk, ids = Walk(state.case), [row.scale.id for row in rows if row.scale.id in BESIDE]
    begins = axis.zero_at + timedelta(hours=part.from_h)
    earlier = [one.at for one in whole.points if one.at < begins]
    since: datetime = max(earlier, default=begins)
    points = []
    for point in whole.points:
        if not since <= point.at <= state.at:
            continue
        grades: dict[str, Grade] = {**point.grades, **beside_at(walk, point.at, ids)}
        points.append(point.model_copy(update={"grades": grades}))
    return whole.model_copy(update={"points": tuple(points)})


def _rows_out(state: PatientState, drawn: _Drawn) -> list[tuple[Any, ...]]:
    """The stretches of every panel, then the risk markers at the time they are of."""
    return [*lens_table(drawn.panels), *map(_marker_row, markers_for(state))]


def _marker_row(one: Marker) -> tuple[Any, ...]:
    """An index without an upper end is empty while it is not known: a 0 would look like one."""
    found = one.score
    least = None if found.at_most is None else found.at_least
    return one.index.name, one.at, one.at, least, found.at_most, one.says


def _save(state: PatientState, drawn: _Drawn, group: Toxicity) -> None:
    """The panels as PNG, their stretches as CSV; each made when it is asked for."""
    if session.replay() is not None:
        return  # a picture that left the page would not say that it is of a replay
    if not st.toggle("Save the lens as PNG or CSV", key=f"lens-saving/{state.patient_id}"):
        return
    person = session.signed_on()  # a copy is made outside the session: nobody is known there
    who = "somebody not signed on" if person is None else f"{person.name} ({person.role})"
    what = f"Patient {state.patient_id}: {GROUPS[group]} on every scale"
    lines = heading(what, who=who, at=session.now(), shown=state.at)
    stem, name = f"toxwatch-{session.ref_of(state.patient_id)}-lens-{group}", f"lens-{group}"
    left, right = st.columns(2)
    left.download_button(
        "PNG",
        data=lambda: left_the_page(
            person, state, name,
            lens_png(
                lens_figure("light", drawn.panels, drawn.lines, drawn.axis, drawn.part), lines
            ),
        ),
        file_name=f"{stem}.png",
        mime="image/png",
        on_click="ignore",
        key=f"lens-png/{state.patient_id}",
    )  # fmt: skip
    right.download_button(
        "CSV",
        data=lambda: left_the_page(
            person, state, name,
            csv_text(COLUMNS, _rows_out(state, drawn), lines).encode("utf-8-sig"),
        ),
        file_name=f"{stem}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"lens-csv/{state.patient_id}",
    )  # fmt: skip
