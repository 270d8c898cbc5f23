"""
The ward board and the work list of a case, drawn as on a ward and fed by the case's clock.

They show grades and alerts, so they open with these. Nothing in them leads to a page of a real
ward: behind it there is no such patient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Final, Literal

import streamlit as st

from dashboard import tasks, theme
from dashboard.need import Tier, in_order, need_of, overdue_text
from dashboard.parts import board_table, html
from dashboard.parts.grade import esc
from dashboard.parts.work import called, tables
from dashboard.parts.work.style import SHEET
from dashboard.states import PatientState
from toxmodels.clocks import NO_CLOCKS
from toxmodels.course import Walk
from toxmodels.escalation import DueCheck

__all__ = ["SCREENS", "Screen", "ask_screen", "board", "work_list"]

Screen = Literal["Patient", "Ward board", "Work list"]
SCREENS: Final[tuple[Screen, ...]] = ("Patient", "Ward board", "Work list")


def ask_screen(room: str) -> Screen:
    """Which screen of the ward stands beside the questions."""
    chosen: Screen = st.segmented_control(
        "Screen", SCREENS, default=SCREENS[0], required=True, key=f"ward-screen/{room}",
        label_visibility="collapsed",
    )  # fmt: skip
    return chosen


def board(states: Sequence[PatientState], zone: tzinfo) -> None:
    """The ward board, its patients in the order in which they need somebody."""
    rows = _ready(states)
    ink = theme.themes()["dark" if theme.is_dark() else "light"]["textColor"]
    look = board_table.Look(at=rows[0].at, clock=_clock(zone), ink=ink, zone=str(zone), leads=False)
    markup = board_table.table(rows, look)
    html.show(f'<h3 class="tw-sub">{esc(_summary(rows))}</h3>{markup}')


def _summary(rows: Sequence[PatientState]) -> str:
    """The ward of the case in one line, as the board says it of a real one."""
    needs = [need_of(row).tier for row in rows]
    counts = (
        (needs.count(Tier.EMERGENCY), "emergency"),
        (needs.count(Tier.URGENT), "urgent"),
        (needs.count(Tier.WORSE_OR_SEVERE), "worse or severe"),
        (sum(bool(overdue_text(row)) for row in rows), "overdue"),
    )
    people = "1 patient" if len(rows) == 1 else f"{len(rows)} patients"
    said = ", ".join(f"{number} {word}" for number, word in counts if number > 0)
    return f"{people}: {said or 'nobody worse, nothing overdue'}"


def work_list(states: Sequence[PatientState], zone: tzinfo) -> None:
    """Alerts that nobody has acknowledged, and the checks that are due."""
    rows = _ready(states)
    asking, found = called.waiting_in(rows), tasks.tasks(rows, _not_done)
    look = tables.Look(at=rows[0].at, clock=_clock(zone), positions={}, leads=False)
    alerts = tables.alerts_table(asking, look) if asking else "<p>None.</p>"
    checks = "<p>Nothing is due within the hour.</p>"
    if found:
        checks = tables.checks_table(found, look)
    html.show_style(f"<style>{SHEET}</style>")
    html.show(
        f'<h3 class="tw-sub">Work list: {esc(tasks.summary(found, len(asking)))}</h3>'
        '<h4 class="tw-sub">Alerts nobody has acknowledged</h4>'
        f'{alerts}<h4 class="tw-sub">Checks</h4>{checks}'
    )


def _ready(states: Sequence[PatientState]) -> list[PatientState]:
    for one in states:
        clocks = NO_CLOCKS if one.protocol is None else one.protocol.clocks
        called.told(one, Walk(one.case).watched(clocks))
    return [one for one in in_order(states) if isinstance(one, PatientState)]


def _not_done(_state: PatientState, check: DueCheck) -> str | None:
    """Why a check was left out, in the words of the check: a case has no entry behind it."""
    return check.not_done


def _clock(zone: tzinfo) -> Callable[[datetime], str]:
    def text(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%H:%M}"

    return text
