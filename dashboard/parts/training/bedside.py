"""
The screens of the ward for a training patient: who, what is on record, the strips, the grades.

While a question is open the state holds no grade, and the strips of the grades are not drawn.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cache
from typing import Any, Final

import streamlit as st

from dashboard import theme
from dashboard.charts.paper import Theme
from dashboard.charts.timeline import RANGES, Range
from dashboard.charts.trajectory import STRIPS, fed, trajectory
from dashboard.chosen import protocols_here
from dashboard.parts import html
from dashboard.parts.grade import esc
from dashboard.parts.patient.advice import (
    ORDERS_NOTHING,
    Sheet,
    advice_html,
    badge_text,
    by_place,
    given_last,
)
from dashboard.parts.patient.banner import banner_html
from dashboard.parts.patient.entry_words import entry_text
from dashboard.parts.patient.grades import card_html
from dashboard.parts.patient.headline import headline
from dashboard.parts.patient.kept import kept
from dashboard.parts.patient.ledger import ledger_html, ledger_of, tocilizumab_text
from dashboard.parts.patient.pathway import pathway
from dashboard.parts.patient.trajectories import drawn_for
from dashboard.states import PatientState
from toxmodels import Case
from toxmodels.scales import STEPPED

__all__ = ["Deed", "banner", "grades", "records", "strips"]

_USUAL: Final[Range] = "72 h"
_FEW: Final = 6
_OF_GRADES: Final = ("crs", "icans")
_KINDS: Final = {
    "vitals": ("vitals", "taken_at", "vital signs"),
    "neuro": ("neuro", "taken_at", "neuro exam"),
    "labs": ("labs", "taken_at", "labs"),
    "treatments": ("treatment", "given_at", "treatment"),
    "gradings": ("grading", "graded_at", "grading"),
    "events": ("event", "at", "event"),
}

# What a trainee entered: when by the case's clock, what kind, in words.
Deed = tuple[datetime, str, str]


def banner(state: PatientState, zone: tzinfo) -> None:
    """Who this is."""
    html.show(kept(state, ("banner", str(zone)), lambda: banner_html(state, zone)))


# What is on record


def records(state: PatientState, zone: tzinfo, mine: Sequence[Deed]) -> None:
    """Every record, newest first; what the trainee entered stands among them, marked."""
    rows = [*_rows(state.case, zone), *((at, kind, text, True) for at, kind, text in mine)]
    rows.sort(key=lambda row: row[0], reverse=True)
    html.show(_table(rows[:_FEW], zone))
    more = len(rows) - _FEW
    if more > 0:
        label = "1 earlier record" if more == 1 else f"{more} earlier records"
        with st.expander(label, key=f"earlier/{state.patient_id}"):
            html.show(_table(rows[_FEW:], zone))


_Row = tuple[datetime, str, str, bool]


def _rows(case: Case, zone: tzinfo) -> Iterator[_Row]:
    for section, (kind, time_key, label) in _KINDS.items():
        for one in getattr(case, section) or ():
            payload = one.model_dump(mode="json", exclude_none=True)
            yield getattr(one, time_key), label, entry_text(kind, payload, zone), False


def _table(rows: Sequence[_Row], zone: tzinfo) -> str:
    if not rows:
        return '<p class="tw-faint">Nothing is on record yet.</p>'
    body = "".join(
        f"<tr><td>{at.astimezone(zone):%d-%b %H:%M}</td><td>{esc(label)}"
        f"{' <b>by you</b>' if mine else ''}</td><td>{esc(text)}</td></tr>"
        for at, label, text, mine in rows
    )
    return (
        '<table class="tw-findings tw-records"><thead><tr><th scope="col">Observed</th>'
        f'<th scope="col">What</th><th scope="col">Recorded</th></tr></thead><tbody>{body}'
        "</tbody></table>"
    )


# The strips


def strips(state: PatientState, zone: tzinfo, *, is_blind: bool) -> None:
    """The trajectories; without the grades while these are asked for."""
    chosen: Range = st.segmented_control(
        "Range", RANGES, default=_USUAL, key=f"range/{state.patient_id}", required=True
    )
    drawn = drawn_for(state, chosen, zone)
    kind: Theme = "dark" if theme.is_dark() else "light"
    described = _without_grades(kind, drawn.exam) if is_blind else trajectory(kind, drawn.exam)
    said = {k: v for k, v in drawn.words.items() if not (is_blind and k in _OF_GRADES)}
    st.vega_lite_chart(
        spec=fed(described, drawn.sent, drawn.axis, drawn.part, rows=drawn.lanes),
        width="stretch",
        theme=None,
        alt=" ".join(said.values()),
        key=f"strips/{state.patient_id}",
    )
    with st.expander("The charts in words", key=f"words/{state.patient_id}"):
        items = "".join(f"<li>{esc(one)}</li>" for one in said.values())
        html.show(f'<ul class="tw-words">{items}</ul>')


@cache
def _without_grades(kind: Theme, exam: str) -> Mapping[str, Any]:
    whole = trajectory(kind, exam)
    keeps = [
        part for name, part in zip(STRIPS, whole["vconcat"], strict=True) if name not in _OF_GRADES
    ]
    keeps[-1] = copy.deepcopy(keeps[-1])
    keeps[-1]["layer"][0]["encoding"]["x"]["axis"].update(labels=True, ticks=True)
    return {**whole, "vconcat": keeps}


# After the answers: what the ward would see


def grades(state: PatientState, zone: tzinfo, alerts: Callable[[PatientState], None]) -> None:
    """Both grades with their reasons, the alerts, what the protocol advises, the doses."""
    html.show(kept(state, ("lead", str(zone)), lambda: _lead(state, zone)))
    alerts(state)
    html.show(_protocol_html(state))
    cards = kept(state, ("cards", str(zone)), lambda: _cards(state, zone))
    html.show(cards)
    html.show(
        kept(state, ("doses", str(zone)), lambda: f"{_DOSES}{ledger_html(state, zone)}")
    )  # fmt: skip
    pathway(state, zone)


_DOSES: Final = '<h3 class="tw-sub">Doses given and next</h3>'


def _lead(state: PatientState, zone: tzinfo) -> str:
    said = [*headline(state)]
    doses = tocilizumab_text(ledger_of(state), zone)
    said += [doses] if doses else []
    rest = "".join(f"; {esc(one)}" for one in said[1:])
    return f'<p class="tw-headline"><b>{esc(said[0])}</b>{rest}</p>'


def _protocol_html(state: PatientState) -> str:
    chosen = state.protocol
    if chosen is None:
        return '<p class="tw-protocol">The story follows no protocol: no drug is proposed.</p>'
    return (
        f'<p class="tw-protocol">Advice by <b>{esc(f"{chosen.title}, {chosen.edition}")}</b> '
        f'<span class="tw-mark">{esc(badge_text(chosen.verification, None))}</span> '
        f'<span class="tw-faint">{ORDERS_NOTHING}</span></p>'
    )


def _cards(state: PatientState, zone: tzinfo) -> str:
    sheet = Sheet(
        at=state.at,
        zone=zone,
        ref="",
        position=0,
        decisions=(),
        given=given_last(state.case, state.at),
        can_decide=False,
    )
    told = state.assessment.advice if state.protocol is not None else ()
    placed = by_place(told, protocols_here())
    cards = "".join(
        card_html(
            scale,
            state.assessment.grades.get(scale.id),
            state.at,
            zone,
            advice=advice_html(placed.pop(scale.id, ()), sheet),
        )
        for scale in STEPPED.values()
    )
    rest = [one for found in placed.values() for one in found]
    more = f'<h3 class="tw-sub">Besides the grades</h3>{advice_html(rest, sheet)}' if rest else ""
    return f'<div class="tw-cards">{cards}</div>{more}'
