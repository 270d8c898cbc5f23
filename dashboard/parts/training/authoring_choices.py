"""The answers on offer for one question: what each says, why, and what it sets going."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.training.authoring_bench import Bench
from dashboard.parts.training.authoring_fields import area, line, one_of, tick
from dashboard.training.drafting import next_id

__all__ = ["draw_choices"]

_MOST: Final = 8
_TOPICS: Final[Mapping[str, str]] = {
    "missing": "What is missing",
    "next": "What next",
    "whom": "Whom to call",
    "restart": "May it go on",
    "why": "Why",
    "alarm": "Which alarm",
}
_DEEDS: Final[Mapping[str, str]] = {
    "recognise": "Recognised",
    "escalate": "Called for help",
    "tocilizumab": "Tocilizumab given",
}
_STAYS: Final = "Stays on this course"


def draw_choices(bench: Bench, sheet: Sheet, question: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the choices; gives what they now say."""
    topic = one_of(sheet, "topic", "Topic", _TOPICS, question["topic"])
    many = tick(sheet, "several", "More than one is right", now=question.get("several", False))
    choices = [*question.get("choices", ())]
    told = [_choice(bench, sheet, one, number) for number, one in enumerate(choices)]
    kept = [one for one in told if one is not None]
    if len(kept) < _MOST and st.button("Add a choice", key=sheet.key("more")):
        taken = [str(one["id"]) for one in kept]
        kept.append({"id": next_id("choice", taken), "says": "", "why": ""})
    return {
        "topic": topic or question["topic"],
        "several": True if many else None,
        "choices": kept,
    }


def _choice(
    bench: Bench, sheet: Sheet, choice: Mapping[str, Any], number: int
) -> dict[str, Any] | None:
    values: dict[str, Any] = {"says": choice.get("says"), "why": choice.get("why")}
    values["does"] = [*choice.get("does", ())]
    own = Sheet(f"{sheet.prefix}/{choice['id']}", values)
    with st.container(border=True):
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        with left:
            says = line(own, "says", f"Choice {number + 1}")
        with right:
            is_right = tick(own, "right", f"Right ({number + 1})", now=choice.get("right", False))
        why = area(own, "why", f"Why choice {number + 1} is right, or why it tempts", rows=1)
        left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
        with left:
            does = own.several("does", f"Sets going ({number + 1})", _DEEDS)
        with middle:
            leads = _leads(bench, own, choice.get("leads_to"), number)
        with right:
            gone = st.button("Remove", key=own.key("remove"), width="stretch")
    told: dict[str, Any] = {**choice, "says": says, "why": why, "leads_to": leads}
    told |= {"right": True if is_right else None, "does": does or None}
    return None if gone else {name: value for name, value in told.items() if value is not None}


def _leads(bench: Bench, sheet: Sheet, now: str | None, number: int) -> str | None:
    branches = [str(one["id"]) for one in bench.draft.story.get("branches", ())]
    if not branches:
        return now
    words = {_STAYS: _STAYS, **{one: one for one in branches}}
    chosen = one_of(sheet, "leads", f"Leads to ({number + 1})", words, now or _STAYS)
    return None if chosen == _STAYS else chosen
