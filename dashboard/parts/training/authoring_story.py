"""The story around the case: title, for whom, what it teaches, and the words at its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_args

import streamlit as st

from dashboard.parts.training.authoring_bench import Bench
from dashboard.parts.training.authoring_fields import area, ask_at, at_values, heading, line, one_of
from dashboard.training.drafting import Draft, dropped, next_id, placed, with_head
from dashboard.training.shelf import LEVELS
from dashboard.training.story import Audience, Deed
from toxmodels.protocols import protocols

__all__ = ["draw"]

_LEVELS: Final[Mapping[str, str]] = {one: one.capitalize() for one in LEVELS}
_PEOPLE: Final[Mapping[str, str]] = {one: one.capitalize() for one in get_args(Audience)}
_DEEDS: Final[Mapping[str, str]] = {
    "recognise": "Recognise",
    "escalate": "Call for help",
    "tocilizumab": "Give tocilizumab",
}
_NONE: Final = "No protocol"


def draw(bench: Bench) -> None:
    """Draw the head, the aims and the milestones; each change counts at once."""
    _head(bench)
    _aims(bench)
    _milestones(bench)


def _head(bench: Bench) -> None:
    told = bench.draft.story
    values: dict[str, Any] = {n: told.get(n) for n in ("title", "level", "shows", "debrief")}
    values["audience"] = [*told.get("audience", ())]
    values["minutes"] = float(told.get("minutes", 15))
    values |= at_values("starts", datetime.fromisoformat(told["starts_at"]), _starts(bench.draft))
    sheet = bench.sheet("head", values)
    title = line(sheet, "title", "Title")
    level = sheet.choice("level", "Level", _LEVELS)
    people = sheet.several("audience", "For", _PEOPLE)
    left, right = st.columns(2)
    with left:
        minutes = sheet.number("minutes", "Minutes it takes", step=5.0)
    with right:
        words = {_NONE: _NONE, **{one: one for one in protocols()}}
        label = "Advice shown after the answers"
        protocol = one_of(sheet, "protocol", label, words, told.get("protocol") or _NONE)
    st.caption("The story starts at")
    starts = ask_at(sheet, "starts", _starts(bench.draft))
    shows = area(sheet, "shows", "What it shows, in two or three sentences")
    debrief = area(sheet, "debrief", "Debrief: what to take home", rows=5)
    changed = with_head(
        bench.draft, title=title or None, level=level, audience=people or None,
        minutes=None if minutes is None else int(minutes),
        protocol=None if protocol == _NONE else protocol,
        shows=shows or None, debrief=debrief or None,
        starts_at=told["starts_at"] if starts in (None, _starts(bench.draft)) else _iso(starts),
    )  # fmt: skip
    bench.take(changed, anew=False)


def _starts(draft: Draft) -> datetime:
    return datetime.fromisoformat(draft.story["starts_at"])


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _aims(bench: Bench) -> None:
    heading("Aims: what a trainee can do afterwards")
    for place, aim in enumerate(bench.draft.story.get("aims", ())):
        sheet = bench.sheet(f"aim/{aim['id']}", {"says": aim.get("says")})
        left, right = st.columns([6, 1], vertical_alignment="bottom")
        with left:
            says = line(sheet, "says", f"Aim {place + 1}")
        if says != aim.get("says", ""):
            bench.take(placed(bench.draft, "aims", {**aim, "says": says}, place), anew=False)
        with right:
            if st.button("Remove", key=sheet.key("remove"), width="stretch"):
                bench.take(dropped(bench.draft, "aims", place))
                st.rerun()
    if st.button("Add an aim", key=f"author/{bench.draft.name}/aim"):
        taken = [str(one["id"]) for one in bench.draft.story.get("aims", ())]
        bench.take(placed(bench.draft, "aims", {"id": next_id("aim", taken), "says": ""}))
        st.rerun()


def _milestones(bench: Bench) -> None:
    heading("Milestones: from when on it was possible")
    st.caption("The time to each is counted from here. Leave one empty if it is not measured.")
    kept = {one["does"]: one["from_at"] for one in bench.draft.story.get("milestones", ())}
    near = _starts(bench.draft)
    found: list[dict[str, Any]] = []
    for deed in get_args(Deed):
        at = datetime.fromisoformat(kept[deed]) if deed in kept else None
        sheet = bench.sheet(f"milestone/{deed}", dict(at_values("from", at, near)))
        st.caption(_DEEDS[deed])
        new = ask_at(sheet, "from", near)
        if new is not None:
            found.append({"does": deed, "from_at": kept[deed] if new == at else _iso(new)})
    bench.take(with_head(bench.draft, milestones=found or None), anew=False)
