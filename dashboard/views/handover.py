"""
Handover: one patient or the whole ward as SBAR, with what changed since a chosen time.

The ward is a list; a patient's handover is made when somebody opens it. What is printed or copied
carries who did it, and is put on the audit trail.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.allowing import allow, note, note_view
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import may
from dashboard.as_of.screens import patient_ids, rows_of, state_of
from dashboard.handover.gathering import Begin, back_by, sheet_of, told, ward_sheets
from dashboard.handover.markup import STYLE, handover_html, read_back_html, rules_html
from dashboard.handover.record import READ_BACK, Handover, Printed
from dashboard.need import in_order, need_of
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc, grade_text
from dashboard.parts.patient.kept import kept
from dashboard.states import PatientState, Unreadable
from dashboard.store import StoreError, Ward
from toxmodels.scales import STEPPED

WHOLE: Final = "The whole ward"
_BACK: Final = {"8 h": 8, "12 h": 12, "24 h": 24, "48 h": 48}
_USUAL: Final = "12 h"
_OTHER: Final = "Other time"
_PDF: Final = "application/pdf"


def page() -> None:
    """Choose a patient or the ward and since when; then read, print, copy and read back."""
    html.show_style(STYLE)
    html.show('<h1 class="tw-head">Handover</h1>')
    here = session.ward()
    if here is None:
        st.info("There is no ward yet. Add one, then a patient.")
        return
    patient_id, at = session.patient_from_url(), session.at_from_url()
    if patient_id is None and st.query_params.get(session.PATIENT_KEY) is not None:
        st.error("No patient is behind this address. Choose one from the list.")
    begin = _choose(here, patient_id, at)
    if patient_id is None:
        _ward(here, begin, at)
    else:
        _patient(here, patient_id, begin, at)
    _downtime(here)


def _choose(here: Ward, patient_id: str | None, at: datetime | None) -> Begin:
    """Whose handover, and since when changes are told; both start at the usual of a shift."""
    known = [WHOLE, *patient_ids(here.id)]
    who, since = st.columns([2, 3], vertical_alignment="bottom")
    with who:
        chosen = st.selectbox(
            "Handover of",
            known,
            index=known.index(patient_id) if patient_id in known else 0,
            key=f"handover-of/{patient_id}",
        )
    if chosen != (patient_id or WHOLE):
        session.go("handover", None if chosen == WHOLE else chosen, at)
    with since:
        span = st.segmented_control(
            "Changes since the last",
            [*_BACK, _OTHER],
            default=_USUAL,
            key="handover-since",
            required=True,
        )
    return back_by(timedelta(hours=_BACK[span])) if span in _BACK else _other_time(at)


def _other_time(at: datetime | None) -> Begin:
    """A beginning of one's own; until it is typed, or where it lies ahead, that of a shift."""
    typed = st.datetime_input(
        "Tell changes since", value=None, step=timedelta(minutes=5), key="handover-since-time"
    )
    if typed is None:
        st.caption(f"Until a time is given: the last {_USUAL}.")
        return back_by(timedelta(hours=_BACK[_USUAL]))
    moment = typed.replace(tzinfo=session.zone())
    if moment >= (session.now() if at is None else at):
        st.error(f"That time lies after the handover; shown are the last {_USUAL}.")
        return back_by(timedelta(hours=_BACK[_USUAL]))
    return lambda _: moment


# One patient


def _patient(here: Ward, patient_id: str, begin: Begin, at: datetime | None) -> None:
    try:
        state = state_of(patient_id, at)
    except StoreError as error:
        st.error(as_text(f"No handover for this patient: {error}. Use the bedside chart."))
        return
    named = _name_of(here, state)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button("To the patient", key=f"handover-patient/{patient_id}"):
            session.go("patient", patient_id, at)
        _copies(state, begin, named)
    found = told(state, begin(state.at), session.zone(), named)
    _seen(state)
    _shown(state, found)


def _seen(state: PatientState) -> None:
    """That somebody read it is on record, as on the Patient page."""
    person = session.signed_on()
    if person is not None:
        note_view(
            session.store(),
            person,
            patient_id=state.patient_id,
            ward_id=state.ward_id,
            now=session.now(),
        )


def _name_of(here: Ward, state: PatientState) -> str:
    """The ward the patient lies in, which need not be the one on the screen."""
    names = {one.id: one.name for one in session.store().wards()}
    return names.get(state.ward_id, here.name)


def _shown(state: PatientState, found: Handover) -> None:
    key = ("handover-html", found.since, str(session.zone()))
    html.show(kept(state, key, lambda: handover_html(found)))
    _read_back(state, found)
    html.show(rules_html(found))


def _copies(state: PatientState, begin: Begin, named: str) -> None:
    """PDF and text; both are made when they are asked for, by somebody who may."""
    person = session.signed_on()
    if session.replay() is not None:
        st.caption("Nothing is printed or copied while the past is shown.")
        return
    if person is None or not may(person.role, "print"):
        st.caption("To print or copy, sign on as somebody who may print.")
        return
    stem = f"handover-{session.ref_of(state.patient_id)}"
    zone, ref = session.zone(), state.patient_id
    printed = Printed(f"{person.name} ({person.role})", session.now(), zone)

    def pdf() -> bytes:
        from dashboard.handover.pdf import patient_pdf

        _note(person, state.ward_id, ref, "pdf")
        return patient_pdf(sheet_of(state, begin(state.at), zone, named), printed)

    def plain() -> str:
        from dashboard.handover.text import text_of

        return text_of(told(state, begin(state.at), zone, named), printed)

    def text() -> bytes:
        _note(person, state.ward_id, ref, "text")
        return plain().encode()

    _button("PDF", pdf, f"{stem}.pdf", _PDF, f"handover-pdf/{ref}")
    _button("Text file", text, f"{stem}.txt", "text/plain", f"handover-text/{ref}")
    fold = st.popover("Text to paste", key=f"handover-paste/{ref}", on_change="rerun")
    noted = f"handover-pasted/{ref}"
    if not fold.open:
        st.session_state.pop(noted, None)
        return
    if noted not in st.session_state:  # once for each time it is opened, not at every redrawing
        st.session_state[noted] = True
        _note(person, state.ward_id, ref, "text")
    with fold:
        st.code(plain(), language=None, height=320)


def _button(label: str, make: Callable[[], bytes], name: str, mime: str, key: str) -> None:
    st.download_button(label, data=make, file_name=name, mime=mime, on_click="ignore", key=key)


def _note(person: session.Person, ward_id: str, patient_id: str | None, as_: str) -> None:
    """Refuse who may not, and put on record who printed whom; no value goes into it."""
    opened, now = session.store(), session.now()
    allow(opened, person, "print", now=now, ward_id=ward_id, patient_id=patient_id)
    note(
        opened,
        "print",
        person,
        now=now,
        ward_id=ward_id,
        patient_id=patient_id,
        detail={"what": "handover", "as": as_},
    )


def _read_back(state: PatientState, found: Handover) -> None:
    """Record that somebody has received the handover and said it back: only whole."""
    person = session.signed_on()
    if session.at_from_url() is not None or person is None or not may(person.role, "handover"):
        html.show(read_back_html())
        st.caption("A read-back is recorded for now, by somebody signed on who may hand over.")
        return
    key = f"read-back/{state.patient_id}/{state.position}"
    with st.form(key, border=True):
        st.write("**Read-back** said by the receiver:")
        said = [st.checkbox(asked, key=f"{key}/{place}") for place, asked in enumerate(READ_BACK)]
        receiver = st.text_input("Received by (initials or staff number)", max_chars=12, width=320)
        sent = st.form_submit_button("Record the handover")
    if sent and (not all(said) or not receiver.strip()):
        st.error("Not recorded: tick each part that was said back, and name the receiver.")
    elif sent:
        fault = _record(person, state, found, receiver.strip())
        if fault is None:
            st.success("Recorded: who gave it, who received it, and at which entry.")
        else:
            st.error(as_text(fault))


def _record(
    person: session.Person, state: PatientState, found: Handover, receiver: str
) -> str | None:
    """Put the handover on the audit trail; the fault in words when it was not stored."""
    opened, now = session.store(), session.now()
    try:
        allow(
            opened, person, "handover", now=now, ward_id=state.ward_id, patient_id=state.patient_id
        )
        opened.audit(
            "handover",
            at=now,
            who=person.name,
            role=person.role,
            ward_id=state.ward_id,
            patient_id=state.patient_id,
            detail={
                "received_by": receiver,
                "position": state.position,
                "since": found.since.isoformat(),
            },
        )
    except (StoreError, NotAllowed) as error:
        return f"Not recorded. {error}"
    return None


# The ward


def _ward(here: Ward, begin: Begin, at: datetime | None) -> None:
    rows = in_order(rows_of(here.id, at))
    if not rows:
        st.write("No patient is on this ward.")
        return
    _ward_copy(here, begin, at)
    html.show(
        f'<p class="tw-faint">{len(rows)} patients, who needs somebody now in front. '
        "Open one to read it.</p>"
    )
    for row in rows:
        if isinstance(row, Unreadable):
            html.show(
                f'<p class="tw-notice tw-failed"><b>{esc(row.patient_id)}</b>: cannot be graded, '
                f"use the bedside chart. {esc(row.says)}</p>"
            )
            continue
        fold = st.expander(
            as_text(_label(row)), key=f"handover-fold/{row.patient_id}", on_change="rerun"
        )
        if fold.open:  # made only while somebody reads it
            with fold:
                found = told(row, begin(row.at), session.zone(), here.name)
                _seen(row)
                key = ("handover-html", found.since, str(session.zone()))
                html.show(kept(row, key, partial(handover_html, found)) + read_back_html())
                _to_patient(row, at)


def _to_patient(row: PatientState, at: datetime | None) -> None:
    key = f"handover-alone/{row.patient_id}"
    if st.button("This patient alone: print, copy, read back", key=key):
        session.go("handover", row.patient_id, at)


def _label(row: PatientState) -> str:
    grades = ", ".join(
        grade_text(scale.short, row.assessment.grades.get(id_)) for id_, scale in STEPPED.items()
    )
    count = len(row.open_alerts)
    alerts = "no open alert" if count == 0 else f"{count} open alert{'s' if count > 1 else ''}"
    need = need_of(row).says
    return f"{row.patient_id}: {grades}; {alerts}{f'; {need}' if need else ''}"


def _ward_copy(here: Ward, begin: Begin, at: datetime | None) -> None:
    person = session.signed_on()
    if session.replay() is not None:
        return
    if person is None or not may(person.role, "print"):
        st.caption("To print, sign on as somebody who may print.")
        return
    zone = session.zone()
    printed = Printed(f"{person.name} ({person.role})", session.now(), zone)

    def pdf() -> bytes:
        from dashboard.handover.pdf import ward_pdf

        _note(person, here.id, None, "pdf")
        sheets, faults = ward_sheets(here.id, here.name, begin, zone, at)
        return ward_pdf(here.name, sheets, faults, printed)

    _button("PDF of the whole ward", pdf, "handover-ward.pdf", _PDF, f"handover-ward/{here.id}")


# Paper for when the computer is down


def _downtime(here: Ward) -> None:
    person = session.signed_on()
    who = "somebody not signed on" if person is None else f"{person.name} ({person.role})"
    printed = Printed(who, session.now(), session.zone())

    def sheets() -> bytes:
        from dashboard.handover.downtime_pdf import downtime_pdf

        return downtime_pdf(printed)

    st.caption("For when the computer is down: the entry forms on paper, without patient data.")
    _button("Downtime sheets (PDF)", sheets, "downtime-sheets.pdf", _PDF, f"downtime/{here.id}")
