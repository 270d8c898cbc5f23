"""
The Patient page: today's grades with their reasons, the course with its treatments, every entry.

The patient comes from the address and is never remembered by the session, so that two tabs can
show two patients. Every number on this page was decided by ``toxmodels``.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.allowing import note_view
from dashboard.as_of.screens import history_of, patient_ids, recorded_times, state_of
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc
from dashboard.parts.patient.alerts import alerts
from dashboard.parts.patient.banner import banner_html
from dashboard.parts.patient.comparing import compare
from dashboard.parts.patient.deciding import decide_if_asked
from dashboard.parts.patient.entries import entries_html
from dashboard.parts.patient.episodes import biphasic_text, episodes_html, onset_lines
from dashboard.parts.patient.headline import headline, infection_line, is_febrile
from dashboard.parts.patient.kept import kept
from dashboard.parts.patient.ledger import checks_html, ledger_html, ledger_of, tocilizumab_text
from dashboard.parts.patient.lens import lens
from dashboard.parts.patient.managing import (
    blocks_of,
    draw_decisions,
    draw_general,
    draw_grades,
    protocol_line,
)
from dashboard.parts.patient.not_done import draw_not_done
from dashboard.parts.patient.pathway import pathway
from dashboard.parts.patient.trajectories import trajectories
from dashboard.parts.patient.warning import warning_html
from dashboard.states import PatientState
from dashboard.store import Entry, StoreError
from toxmodels.moment import Chart

TICK_S: Final = 30  # ages move on without anybody touching the page
_FEW: Final = 25


def page() -> None:
    """Draw one patient, now or at a time of the past."""
    patient_id = session.patient_from_url()
    at = session.at_from_url()
    _choose(patient_id, at)
    if patient_id is None:
        if st.query_params.get(session.PATIENT_KEY) is not None:
            st.error("No patient is behind this address. Choose one from the list above.")
        return
    try:
        state = state_of(patient_id, at)
    except StoreError as error:
        st.error(f"This patient cannot be shown: {as_text(error)}. Use the bedside chart.")
        return
    person = session.signed_on()
    if person is not None:
        note_view(
            session.store(), person,
            patient_id=patient_id, ward_id=state.ward_id, now=session.now(),
        )  # fmt: skip
    # A fragment with a tick of its own: the ages and the grades above all go stale first.
    st.fragment(_bedside, run_every=None if at is not None else TICK_S)(patient_id, at)
    pathway(state, session.zone())
    if session.replay() is None:
        st.fragment(compare)(state)
        st.fragment(lens)(state)
    st.subheader("Trajectories")
    st.fragment(_course)(state)
    st.subheader("Episodes")
    _episodes(state)
    st.subheader("All entries")
    st.fragment(_entries)(state, at)
    decide_if_asked(at)


def _choose(patient_id: str | None, at: datetime | None) -> None:
    """The picker and the steps through time; both only change the address."""
    here = session.ward()
    if here is None:
        st.info("There is no ward yet. Add one, then a patient.")
        return
    known = patient_ids(here.id)
    if patient_id is not None and patient_id not in known:
        known.append(patient_id)
    picker, steps = st.columns([1, 3], vertical_alignment="bottom")
    with picker:
        chosen = st.selectbox(
            "Patient",
            known,
            index=None if patient_id is None else known.index(patient_id),
            placeholder="Type or choose the patient's id",
            key=f"patient/{patient_id}",
        )
    if chosen is not None and chosen != patient_id:
        session.go("patient", chosen, at)
    if patient_id is not None:
        with steps:
            _steps(patient_id, at)


def _steps(patient_id: str, at: datetime | None) -> None:
    """One assessment earlier or later, a time of one's own, and back to now."""
    try:
        state = state_of(patient_id, at)
    except StoreError:
        return
    times = recorded_times(patient_id) or kept(state, "times", lambda: Chart(state.case).times())
    moment = session.now()
    times = [time for time in times if time <= moment]
    shown = state.at if at is None else at
    earlier = [time for time in times if time < shown]
    later = [time for time in times if time > shown]
    with st.container(horizontal=True, vertical_alignment="bottom"):  # it wraps on a phone
        if st.button("◀ Set before", disabled=not earlier):
            session.go("patient", patient_id, earlier[-1])
        if st.button("Set after ▶", disabled=not later):
            session.go("patient", patient_id, later[0])
        asked = st.popover("Other time", key=f"other-time/{patient_id}", on_change="rerun")
        if asked.open:  # made only when somebody opens it
            with asked:
                _other_time(patient_id, state.at)
        if st.button("Now", disabled=at is None):
            session.show_replay("patient", None)
        if at is None and st.button("Enter", key=f"to-enter/{patient_id}"):
            session.go("enter", patient_id)
        if st.button("Handover", key=f"to-handover/{patient_id}"):
            session.go("handover", patient_id, at)


def _other_time(patient_id: str, shown: datetime) -> None:
    wanted = st.datetime_input(
        "Show the patient as of",
        value=None,
        step=timedelta(minutes=5),
        key=f"as-of/{patient_id}",
    )
    asked = st.button("Show", key=f"as-of-show/{patient_id}", disabled=wanted is None)
    if asked and wanted is not None:
        session.go("patient", patient_id, wanted.replace(tzinfo=session.zone()))
    st.caption("The address of this view, to share with the ward:")
    st.code(session.link("patient", patient_id, shown), language=None)


def _bedside(patient_id: str, at: datetime | None) -> None:
    """Who, what matters, what to do, both grades with what follows from them, and the doses."""
    session.leave_if_ended()
    state = state_of(patient_id, at)
    zone = session.zone()
    top, febrile, below = kept(state, ("bedside", str(zone)), lambda: _pieces(state, zone))
    blocks = blocks_of(state, zone, is_past=at is not None)
    with st.container(gap="xsmall"):
        html.show(top)
        alerts(state, is_past=at is not None)
        beside = "" if session.replay() is not None else warning_html(state)
        html.show(febrile + beside + protocol_line(state, is_past=at is not None) + blocks.pressing)
        draw_grades(state, blocks)
        draw_general(blocks)
        draw_decisions(state, zone)
        html.show(below)
        draw_not_done(state)


def _pieces(state: PatientState, zone: tzinfo) -> tuple[str, str, str]:
    """The markup above the alerts, the question about infection, and what stands below."""
    said = [*headline(state)]
    doses = tocilizumab_text(ledger_of(state), zone)
    said += [doses] if doses else []
    rest = "; ".join(esc(one) for one in said[1:])
    more = f"; {rest}" if rest else ""
    line = f'<p class="tw-headline"><b>{esc(said[0])}</b>{more}</p>'
    febrile = ""
    if is_febrile(state):
        asked = infection_line(state.case, state.at)
        febrile = f'<p class="tw-infection">{esc(asked)}</p>'
    onset = " ".join(esc(f"{one}.") for one in onset_lines(state))
    below = (
        f'<h3 class="tw-sub">Doses given and next</h3>{ledger_html(state, zone)}'
        f'<p class="tw-faint">Expected onset, guidance only. {onset}</p>'
        f"{_checks(state, zone)}"
    )
    return banner_html(state, zone) + line, febrile, below


def _checks(state: PatientState, zone: tzinfo) -> str:
    said = checks_html(state, zone)
    return f'<h3 class="tw-sub">Checks due</h3>{said}' if said else ""


def _course(state: PatientState) -> None:
    trajectories(state, session.zone())


def _episodes(state: PatientState) -> None:
    said = biphasic_text(state)
    if said is not None:
        html.show(f"<p><b>{esc(said)}</b></p>")
    html.show(episodes_html(state, session.zone()))


def _entries(state: PatientState, at: datetime | None) -> None:
    """The journal of this patient; what was observed after a past time is left out."""
    history = kept(state, "history", lambda: _observed(state))
    everything = False
    if len(history) > _FEW:
        everything = st.toggle(
            f"Show all {len(history)} entries", key=f"entries/{state.patient_id}"
        )
        if not everything:
            st.caption(f"The newest {_FEW} of {len(history)} entries.")
    may_correct = at is None and session.signed_on() is not None
    correct_at = session.link("enter", state.patient_id) if may_correct else None
    most, zone = None if everything else _FEW, session.zone()
    html.show(
        kept(
            state,
            ("entries", str(zone), correct_at, most),
            lambda: entries_html(history, zone, correct_at=correct_at, most=most),
        )
    )


def _observed(state: PatientState) -> tuple[Entry, ...]:
    return tuple(
        one
        for one in history_of(state)
        if one.observed_at <= state.at or one.kind in ("patient", "therapy")
    )
