"""
Grades with the advice that follows from each: two columns, the certain part before the possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.chosen import protocols_here
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc
from dashboard.parts.patient.advice import (
    GENERAL,
    ORDERS_NOTHING,
    Sheet,
    advice_html,
    badge_text,
    by_place,
    confirmed_html,
    given_last,
    lead_text,
)
from dashboard.parts.patient.grades import card_html
from dashboard.parts.patient.kept import kept
from dashboard.states import PatientState
from dashboard.store import Decision
from toxmodels.protocols import Advice
from toxmodels.scales import STEPPED

__all__ = [
    "Blocks",
    "blocks_of",
    "decisions_html",
    "draw_decisions",
    "draw_general",
    "draw_grades",
    "protocol_line",
]

_NONE_CHOSEN: Final = "choose-a-protocol"
_PRESSING: Final = ("emergency", "urgent")


@dataclass(frozen=True, slots=True)
class Blocks:
    """The markup of one state: each card with its advice, what could come, and the rest."""

    cards: dict[str, str]
    possible: dict[str, tuple[str, str]]  # scale -> title and markup of "if confirmed"
    pressing: str
    other: str
    other_count: int


def blocks_of(state: PatientState, zone: tzinfo, *, is_past: bool) -> Blocks:
    """Made once for a state."""
    return kept(state, ("advice", str(zone), is_past), lambda: _made(state, zone, is_past=is_past))


def _made(state: PatientState, zone: tzinfo, *, is_past: bool) -> Blocks:
    sheet = Sheet(
        at=state.at,
        zone=zone,
        ref=session.ref_of(state.patient_id),
        position=state.position,
        decisions=state.decisions,
        given=given_last(state.case, state.at),
        can_decide=not is_past,
    )
    books = protocols_here()
    now = by_place(state.assessment.advice, books)
    later = by_place(state.assessment.if_confirmed, books)
    cards, possible = {}, {}
    for scale in STEPPED.values():
        grade = state.assessment.grades.get(scale.id)
        says = _section(now.get(scale.id, ()), sheet)
        card = card_html(scale, grade, state.at, zone, advice=says)
        cards[scale.id] = f'<div class="tw-cards">{card}</div>'
        if scale.id in later:
            title = f"If confirmed. {lead_text(grade)}"
            possible[scale.id] = (title, confirmed_html(later[scale.id], sheet))
    # That none is chosen is said above the cards, with the way to choose one.
    rest = [one for one in now.get(GENERAL, ()) if one.rule != _NONE_CHOSEN]
    pressing = [one for one in rest if one.urgency in _PRESSING]
    calm = [one for one in rest if one.urgency not in _PRESSING]
    return Blocks(
        cards=cards,
        possible=possible,
        pressing=_section(pressing, sheet),
        other=_section(calm, sheet),
        other_count=len(calm),
    )


def _section(found: Sequence[Advice], sheet: Sheet) -> str:
    if not found:
        return ""
    return f'<section class="tw-now" aria-label="Advice">{advice_html(found, sheet)}</section>'


def protocol_line(state: PatientState, *, is_past: bool) -> str:
    """By which protocol it is advised, with its edition and how far it was checked."""
    if state.closed is not None:
        return ""
    if state.advice_fault is not None:
        return (
            f'<p class="tw-protocol tw-blocked">No advice here: {esc(state.advice_fault)} '
            f"{_to_rules('Rule book')}</p>"
        )
    chosen = state.protocol
    if chosen is None:
        said = (
            "<b>No protocol is chosen for this therapy:</b> grades and flags only, no drug is "
            f"proposed. {_to_rules('Choose a protocol')}."
        )
    else:
        named = f"{chosen.title}, {chosen.edition}"
        mark = f'<span class="tw-mark">{esc(badge_text(chosen.verification, None))}</span>'
        then = "as followed then" if session.replay() else "the protocol of today"
        today = f" ({then})" if is_past else ""
        said = f"Advice by <b>{esc(named)}</b>{today} {mark} {_to_rules('Change')}"
    return f'<p class="tw-protocol">{said} <span class="tw-faint">{ORDERS_NOTHING}</span></p>'


def _to_rules(label: str) -> str:
    there = esc(session.link("rules"))
    return f'<a href="{there}" target="_self" data-tw-go="rules">{esc(label)}</a>'


def draw_grades(state: PatientState, blocks: Blocks) -> None:
    """Both grade cards, the advice under each, and what a missing sign could add, folded."""
    with st.container(key="tw-two"):
        columns = st.columns(len(blocks.cards))
    for column, (scale, markup) in zip(columns, blocks.cards.items(), strict=True):
        with column:
            html.show(markup)
            if scale in blocks.possible:
                title, possible = blocks.possible[scale]
                with st.expander(as_text(title), key=f"if-confirmed/{state.patient_id}/{scale}"):
                    html.show(possible)


def draw_decisions(state: PatientState, zone: tzinfo) -> None:
    """Every decision on record, also on advice that is gone."""
    made = state.decisions
    if made:
        with st.expander(f"Decisions on record: {len(made)}", key=f"decided/{state.patient_id}"):
            html.show(kept(state, ("decided", str(zone)), lambda: decisions_html(made, zone)))


def decisions_html(made: Sequence[Decision], zone: tzinfo) -> str:
    """The decisions as a list, newest first, each with who, when and why."""
    items = "".join(f"<li>{_told(one, zone)}</li>" for one in reversed(made))
    return f'<ul class="tw-words">{items}</ul>'


def _told(one: Decision, zone: tzinfo) -> str:
    dose = "" if one.dose_mg is None else f", {one.dose_mg:g} mg"
    why = "" if one.reason is None else f". Reason: {one.reason}"
    text = (
        f"{one.recorded_at.astimezone(zone):%d-%b %H:%M}, {one.recorded_by} ({one.role}): "
        f"{one.advise}{dose}{why}"
    )
    return f"<b>{esc(one.choice.capitalize())}</b> {esc(text)} <small>{esc(one.rule)}</small>"


def draw_general(blocks: Blocks) -> None:
    """Advice that answers no grade and does not press."""
    if blocks.other:
        html.show(f'<h3 class="tw-sub">Besides the grades</h3>{blocks.other}')
