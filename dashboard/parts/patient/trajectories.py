"""
The trajectories on the page: choose a range, see the strips, read them in words, save them.

What is drawn is kept with what it was drawn from, so that a rerun builds nothing and every session
shows the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

import streamlit as st

from dashboard import session, theme
from dashboard.accounts.allowing import allow, note
from dashboard.charts.frames import frames, sent
from dashboard.charts.listing import Row, listed, scored_exam
from dashboard.charts.summary import summaries
from dashboard.charts.timeline import RANGES, Range, Timeline, View, timeline, view
from dashboard.charts.trajectory import STRIPS, fed, trajectory
from dashboard.exports import heading, strip_csv
from dashboard.parts import html
from dashboard.parts.grade import esc
from dashboard.parts.patient.kept import kept_with
from dashboard.states import PatientState
from toxmodels import Course

__all__ = ["Drawn", "drawn_for", "first_record", "left_the_page", "trajectories"]

_USUAL: Final[Range] = "72 h"
_ALL: Final = "figure"
_LEGEND: Final = (
    "Thin line at the right: now. Diamond and solid line: dose of the therapy; dotted line: a "
    "treatment. A broken line is a gap in the records. Shaded: expected onset, guidance only. "
    "NC nasal cannula, HFNC high-flow cannula, NRB non-rebreather mask, with L/min."
)
_NOBODY: Final = "somebody not signed on"


@dataclass(frozen=True, slots=True)
class Drawn:
    """Everything a range of one state shows: rows, the same as sent, and the words."""

    patient_id: str
    at: datetime
    axis: Timeline
    part: View
    exam: str
    listed: dict[str, list[Row]]
    sent: dict[str, bytes]
    words: dict[str, str]

    @property
    def lanes(self) -> int:
        """Of how many rows the lane of treatments needs room for."""
        return len({row["row"] for row in self.listed["lane"]})

    @property
    def alt(self) -> str:
        """The whole figure in words, for a screen reader."""
        return " ".join(self.words.values())


def drawn_for(state: PatientState, range_: Range, zone: tzinfo) -> Drawn:
    """What to draw; made once for these records and grades, also after an entry elsewhere."""
    rests_on = (state.case, state.course, state.assessment)
    what = ("drawn", range_, str(zone), state.at, state.patient_id)
    return kept_with(rests_on, what, lambda: _draw(state, range_, zone))


def _draw(state: PatientState, range_: Range, zone: tzinfo) -> Drawn:
    axis = timeline(state.case, zone, state.at)
    part = view(range_, axis, first_record(state), state.at)
    exam = scored_exam(state.case)
    course = state.course
    if course is None:
        course = Course(
            patient=state.patient_id,
            points=(),
            episodes=(),
            biphasic=(),
            rules=state.assessment.rules,
        )
    made = listed(state.case, course, state.at, axis, part, standing=state.assessment.grades)
    words = summaries(made, part, exam)
    return Drawn(state.patient_id, state.at, axis, part, exam, made, sent(made), words)


def first_record(state: PatientState) -> datetime:
    """The time of the first record, from which a view of everything begins."""
    case = state.case
    times = [one.taken_at for one in case.vitals or ()]
    times += [one.taken_at for one in case.neuro or ()]
    if case.treatments is not None:
        times += [one.given_at for one in case.treatments]
    return min(times, default=state.at)


def trajectories(state: PatientState, zone: tzinfo) -> None:
    """Draw the section of the page."""
    chosen = st.segmented_control(
        "Range", RANGES, default=_USUAL, key=f"range/{state.patient_id}", required=True
    )
    drawn = drawn_for(state, chosen, zone)
    html.show(f'<p class="tw-faint">Time axis: {esc(drawn.axis.title)}. {esc(_LEGEND)}</p>')
    kind: Any = "dark" if theme.is_dark() else "light"
    spec = fed(trajectory(kind, drawn.exam), drawn.sent, drawn.axis, drawn.part, rows=drawn.lanes)
    st.vega_lite_chart(
        spec=spec, width="stretch", theme=None, alt=drawn.alt, key=f"strips/{state.patient_id}"
    )
    _words(drawn)
    _save(state, drawn)


def _words(drawn: Drawn) -> None:
    with st.expander("The charts in words"):
        items = "".join(f"<li>{esc(said)}</li>" for said in drawn.words.values())
        html.show(f'<ul class="tw-words">{items}</ul>')


def left_the_page(
    person: session.Person | None, state: PatientState, strip: str, copy: bytes
) -> bytes:  # fmt: skip
    """Who may not print gets no copy; whoever gets one is on record. A demo asks nobody."""
    opened = session.store()
    if person is None and not session.accounts_required():
        return copy
    now, ward_id, patient_id = session.now(), state.ward_id, state.patient_id
    allow(opened, person, "print", now=now, ward_id=ward_id, patient_id=patient_id)
    what = {"what": strip}
    note(opened, "print", person, now=now, ward_id=ward_id, patient_id=patient_id, detail=what)
    return copy


def _save(state: PatientState, drawn: Drawn) -> None:
    """One chart or all of them as PNG, one as CSV; the picture is made when it is asked for."""
    if session.replay() is not None:
        return  # a picture that left the page would not say that it is of a replay
    # Drawn only when wanted: most who look at a patient save nothing.
    if not st.toggle("Save a chart as PNG or CSV", key=f"saving/{drawn.patient_id}"):
        return
    with st.container(border=True):
        names = {_ALL: "All strips", **STRIPS}
        names["exam"] = drawn.exam.upper()
        strip = st.selectbox(
            "Chart", [*names], format_func=names.__getitem__, key=f"save/{drawn.patient_id}"
        )
        person = session.signed_on()  # a copy is made outside the session: nobody is known there
        who = _NOBODY if person is None else f"{person.name} ({person.role})"
        what = f"Patient {drawn.patient_id}: {names[strip]}"
        lines = heading(what, who=who, at=session.now(), shown=drawn.at)
        stem = f"toxwatch-{session.ref_of(drawn.patient_id)}-{strip}"
        left, right = st.columns(2)
        left.download_button(
            "PNG",
            data=lambda: left_the_page(
                person,
                state,
                strip,
                _png(drawn, None if strip == _ALL else strip, lines),
            ),
            file_name=f"{stem}.png",
            mime="image/png",
            on_click="ignore",
            key=f"png/{drawn.patient_id}",
        )
        if strip == _ALL:
            right.caption("For CSV, choose one chart.")
            return
        right.download_button(
            "CSV",
            data=lambda: left_the_page(
                person,
                state,
                strip,
                strip_csv(strip, frames(drawn.listed), lines).encode("utf-8-sig"),
            ),
            file_name=f"{stem}.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"csv/{drawn.patient_id}",
        )


def _png(drawn: Drawn, strip: str | None, lines: tuple[str, ...]) -> bytes:
    from dashboard.charts.picture import png

    described = trajectory("light", drawn.exam, strip)
    drawn_from = frames(drawn.listed)
    spec = fed(described, drawn_from, drawn.axis, drawn.part, rows=drawn.lanes)
    return png(spec, drawn_from, lines)
