"""
The ward board: who needs someone now, why, since when, and what is overdue.

It draws itself again when anything in the ward changes, and every twenty seconds so that ages move
on. The table is one piece of markup made from what ``dashboard.ward`` keeps.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import streamlit as st

from dashboard import session, theme, ward
from dashboard.accounts.allowing import allow
from dashboard.accounts.authorise import NotAllowed
from dashboard.alerts import REASONS, Alert, seen_now, seen_text
from dashboard.as_of.screens import rows_of
from dashboard.live import Tap
from dashboard.need import Tier, in_order, need_of, overdue_text
from dashboard.parts import dialogs, html
from dashboard.parts.board_table import Look, table
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc, flag_html
from dashboard.parts.signing import ask_sign_on
from dashboard.parts.work.answering import with_call
from dashboard.parts.work.called import waiting
from dashboard.parts.work.sight import critical_only
from dashboard.states import PatientState, Unreadable
from dashboard.store import StoreError, Ward
from dashboard.tasks import critical, hidden_text

TICK_S: Final = 20
_DIALOG: Final = "acknowledge"  # about the alert whose reasons are on the screen
Row = PatientState | Unreadable

_drawn: Final = ward.Kept(100)
_drawing: Final = threading.Lock()
_FILTERS: Final = ("All", "Act first", "Overdue")


def page() -> None:
    """Draw the board of the ward on the screen."""
    here = session.ward()
    if here is None:
        st.title("Ward board")
        st.write(
            "There is no ward yet. Add one with the command line, or start with the sample ward."
        )
        return
    _board(here, session.at_from_url())
    reasons()


@st.fragment(run_every=TICK_S)
def _board(here: Ward, at: datetime | None) -> None:
    session.leave_if_ended()
    order = _order(rows_of(here.id, at))
    rows, needs, late = order.rows, order.needs, order.late
    if not rows and session.replay() is not None:  # "nobody worse" would read as a calm ward
        st.write("**No patient was on record in this ward then.** Choose a later time.")
        return
    left, right = st.columns([3, 1.2], vertical_alignment="center")
    with left:
        html.show(f'<h2 class="tw-head">{esc(summary(needs, len(late)))}</h2>')
    with right, st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            "Show", _FILTERS, default=_FILTERS[0], key="board-filter", label_visibility="collapsed"
        )
        only_critical = critical_only("board")
    if not rows:
        st.write("No patient is on this ward. Add the first one on the page Add patient.")
        return
    shown = rows
    if chosen == _FILTERS[1]:
        shown = [row for row, tier in zip(rows, needs, strict=True) if tier <= Tier.WORSE_OR_SEVERE]
    elif chosen == _FILTERS[2]:
        shown = late
    if only_critical:
        st.write(hidden_text([row for row in shown if not critical(row)]))
        shown = [row for row in shown if critical(row)]
    if len(shown) < len(rows):
        st.write(f"{len(shown)} of {len(rows)} patients shown; {len(rows) - len(shown)} hidden.")
    html.show(_markup(shown, at))


@dataclass(frozen=True, slots=True)
class _Order:
    """The rows in order, where each stands, and which are overdue."""

    rows: list[Row]
    needs: list[Tier]
    late: list[Row]


def _order(found: list[Row]) -> _Order:
    """The order of these very rows; they stay the same objects until a minute or a version."""
    key = ("order", *map(id, found))
    kept: tuple[list[Row], _Order] | None = _drawn.get(key)
    if kept is None:
        rows = in_order(found)
        late: list[Row] = [
            row for row in rows if isinstance(row, PatientState) and overdue_text(row)
        ]
        # The rows are kept beside, so that no other object can take their identity.
        kept = (found, _Order(rows, [need_of(row).tier for row in rows], late))
        _drawn.put(key, kept)
    return kept[1]


def _markup(shown: list[Row], at: datetime | None) -> str:
    ink = theme.themes()["dark" if theme.is_dark() else "light"]["textColor"]
    zone = str(session.zone())
    key = ("table", zone, ink, at, *map(id, shown))
    kept: tuple[list[Row], str] | None = _drawn.get(key)
    if kept is None:
        with _drawing:  # after a restart every screen wants the same rows: one makes them
            kept = _drawn.get(key)
            if kept is None:
                look = Look(at=at, clock=session.clock_text, ink=ink, zone=zone)
                kept = (shown, table(shown, look))
                _drawn.put(key, kept)
    return kept[1]


def summary(needs: Sequence[Tier], late: int) -> str:
    """The ward in one line: ``19 patients: 1 emergency, 6 urgent, 2 overdue``."""
    people = "1 patient" if len(needs) == 1 else f"{len(needs)} patients"
    counts = (
        (needs.count(Tier.EMERGENCY), "emergency"),
        (needs.count(Tier.URGENT), "urgent"),
        (needs.count(Tier.WORSE_OR_SEVERE), "worse or severe"),
        (late, "overdue"),
    )
    said = ", ".join(f"{number} {word}" for number, word in counts if number > 0)
    return f"{people}: {said or 'nobody worse, nothing overdue'}"


# Acknowledging


def open_reasons(tap: Tap) -> None:
    """Somebody tapped Acknowledge: show the reasons for this alert."""
    dialogs.open_(_DIALOG, (tap.ref, tap.alert, tap.position))


def reasons() -> None:
    """Ask why, where somebody tapped Acknowledge on this page or on the work list."""
    opened = dialogs.asked(_DIALOG)
    if opened is None:
        return
    ref, alert_id, position = opened
    patient_id = session.patient_of(ref)
    if patient_id is None or session.at_from_url() is not None:
        dialogs.close()
        return
    state = ward.patient_state(patient_id)
    alert = next((one for one in state.open_alerts if one.flag.id == alert_id), None)
    if alert is not None and position == state.position:
        _ask(state, alert)
        return
    dialogs.close()
    st.toast(
        "This alert is no longer open."
        if alert is None
        else "Something new has come in for this patient: look at it first."
    )


@st.dialog("Acknowledge", on_dismiss=dialogs.close)
def _ask(state: PatientState, alert: Alert) -> None:
    st.text(f"Patient {state.patient_id}")
    html.show(flag_html(alert.flag))
    person = session.signed_on()
    if person is None:
        st.warning("Sign on first: an acknowledgement carries a name.")
        if ask_sign_on("board"):
            st.rerun(scope="fragment")  # the dialog stays open
        return
    if alert.flag.urgency == "emergency":
        st.write("It asks again after 15 minutes and with every new set of observations.")
    st.write(f"Signed {as_text(person.name)}, {person.role}. One tap on the reason:")
    token = st.session_state.setdefault(
        f"ack-{state.patient_id}-{alert.flag.id}", str(uuid.uuid4())
    )
    columns = st.columns(2)
    for place, reason in enumerate(REASONS):
        if columns[place % 2].button(reason, key=f"reason-{reason}", width="stretch"):
            fault = acknowledge(state, alert, reason=reason, person=person, token=token)
            st.session_state.pop(f"ack-{state.patient_id}-{alert.flag.id}", None)
            if fault is None:
                dialogs.close()
                st.rerun()
            st.error(fault)


def acknowledge(
    state: PatientState, alert: Alert, *, reason: str, person: session.Person, token: str
) -> str | None:
    """Store it; the fault in words when it was not stored."""
    try:
        allow(
            session.store(), person, "acknowledge",
            now=session.now(), ward_id=state.ward_id, patient_id=state.patient_id,
        )  # fmt: skip
        asked = next((one for one in waiting(state) if one.alert.flag.id == alert.flag.id), None)
        session.store().acknowledge(
            acknowledgement_id=token,
            ward_id=state.ward_id,
            patient_id=state.patient_id,
            alert_id=alert.flag.id,
            grade_seen=with_call(seen_text(seen_now(state.assessment, alert.flag)), asked),
            seen_position=state.position,
            reason=reason,
            recorded_by=person.name,
            role=person.role,
            now=session.now(),
        )
    except (StoreError, NotAllowed) as error:
        return str(error)
    return None
