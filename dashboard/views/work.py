"""
The work list: alerts nobody has acknowledged and whom to call, then the checks due and overdue.

Drawn from the states the board keeps; it draws itself again when anything in the ward changes, and
with the board's own tick so that the minutes move on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from dashboard import chain, glance, said, session, tasks, ward
from dashboard.as_of.screens import rows_of
from dashboard.parts import html
from dashboard.parts.grade import URGENCY_WORDS, esc
from dashboard.parts.patient.left_out import told
from dashboard.parts.work import pins
from dashboard.parts.work.answering import LOOKS_BACK, Answer, answers, median_text
from dashboard.parts.work.called import waiting_in
from dashboard.parts.work.sight import critical_only
from dashboard.parts.work.style import SHEET
from dashboard.parts.work.tables import Look, alerts_table, checks_table
from dashboard.store import Ward
from dashboard.tasks import Row
from dashboard.views import board

_WHOSE: Final = ("Ward", "Mine")
_answered: Final = ward.Kept(50)


def page() -> None:
    """Draw the work list of the ward on the screen."""
    here = session.ward()
    if here is None:
        st.title("Work list")
        st.write("There is no ward yet. Add one with the command line, or start with the samples.")
        return
    html.show_style(f"<style>{SHEET}</style>")
    _list(here, session.at_from_url())
    board.reasons()


@st.fragment(run_every=board.TICK_S)
def _list(here: Ward, at: datetime | None) -> None:
    session.leave_if_ended()
    rows: Sequence[Row] = rows_of(here.id, at)
    heading = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        whose = st.segmented_control(
            "Whose", _WHOSE, default=_WHOSE[0], key="work-whose", label_visibility="collapsed"
        )
        only_critical = critical_only("work")
    shown, hidden = _whose(rows, mine=whose == _WHOSE[1])
    if hidden:
        st.write(_others(hidden))
    asking, found = _lists(shown)
    if only_critical:
        asking, found = _critical(shown, asking, found)
    with heading:
        html.show(f'<h2 class="tw-head">Work list: {esc(tasks.summary(found, len(asking)))}</h2>')
    positions = {row.patient_id: row.position for row in shown}
    _draw(asking, found, Look(at=at, clock=session.clock_text, positions=positions))
    _foot(here, rows, at)


def _whose(rows: Sequence[Row], *, mine: bool) -> tuple[list[Row], list[Row]]:
    """The patients to show, and those of others."""
    if not mine:
        return [*rows], []
    chosen = pins.choose(sorted(row.patient_id for row in rows))
    if not chosen:
        st.write("Nobody is chosen, so the list of the whole ward is shown.")
        return [*rows], []
    return (
        [row for row in rows if row.patient_id in chosen],
        [row for row in rows if row.patient_id not in chosen],
    )


def _others(hidden: Sequence[Row]) -> str:
    """What "mine" leaves out: an emergency elsewhere is everybody's."""
    people = "1 patient" if len(hidden) == 1 else f"{len(hidden)} patients"
    grave = sum(tasks.critical(row) for row in hidden)
    also = f", {grave} of them with an emergency or a check late by a whole interval"
    return f"Mine: {people} of the ward not shown{also if grave else ''}."


def _lists(shown: Sequence[Row]) -> tuple[list[chain.Waiting], list[tasks.Task]]:
    zone = session.zone()
    return waiting_in(shown), tasks.tasks(shown, lambda state, one: told(state, one, zone))


def _critical(
    shown: Sequence[Row], asking: list[chain.Waiting], found: list[tasks.Task]
) -> tuple[list[chain.Waiting], list[tasks.Task]]:
    """What is critical of both lists; it says how much of each it leaves out."""
    grave = [one for one in asking if one.alert.flag.urgency == "emergency"]
    late = tasks.critical_tasks(found)
    people = tasks.hidden_text([row for row in shown if not tasks.critical(row)])
    others = f"Not shown: {len(asking) - len(grave)} other alerts, {len(found) - len(late)} checks."
    st.write(f"{people} {others}")
    return grave, late


def _draw(asking: Sequence[chain.Waiting], found: Sequence[tasks.Task], look: Look) -> None:
    html.show('<h3 class="tw-sub">Alerts nobody has acknowledged</h3>')
    if asking:
        html.show(alerts_table(asking, look))
    else:
        st.write("None.")
    html.show('<h3 class="tw-sub">Checks</h3>')
    if found:
        html.show(checks_table(found, look))
    else:
        st.write("Nothing is due within the hour.")


# The foot: how fast the team answers, and whom the chain names


def _foot(here: Ward, rows: Sequence[Row], at: datetime | None) -> None:
    until = at or session.now().replace(second=0, microsecond=0)
    medians = median_text(_answers(here, rows, until))
    figure = "; ".join(medians) or "nothing acknowledged"
    open_ = len(waiting_in(rows))
    steps = "; ".join(
        f"{URGENCY_WORDS[urgency]}: {words}"  # type: ignore[index]
        for urgency, words in chain.rules().items()
    )
    html.show(
        '<p class="tw-faint tw-team">Median time from the call of an alert to its acknowledgement, '
        f"this ward, last {LOOKS_BACK.days} days: {esc(figure)}. It leaves out what nobody has "
        f"acknowledged yet: {open_} open now. It counts from the reading that raised the alert, "
        "however late that was entered.</p>"
        f'<p class="tw-faint">When nobody acknowledges (house rule): {esc(steps)}. '
        "toxwatch sends no message to anybody: whoever reads this has to call.</p>"
    )


def _answers(here: Ward, rows: Sequence[Row], until: datetime) -> list[Answer]:
    """Read again only when something was stored in the ward."""
    key = (session.store().place, here.id, glance.version(session.store(), here.id), until)
    kept: list[Answer] | None = _answered.get(key)
    if kept is None:
        made = [one for row in rows for one in said.acknowledgements(here.id, row.patient_id)]
        kept = answers(made, until)
        _answered.put(key, kept)
    return kept
