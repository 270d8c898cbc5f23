"""
Where the case stops: what is told there, and what is asked.

A pause and a question begin empty on the draft, and every field counts at once; what is still
missing stands among the faults until it is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32

import streamlit as st

from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.training.authoring_bench import Bench
from dashboard.parts.training.authoring_fields import area, ask_at, at_values, one_of, when_text
from dashboard.parts.training.authoring_questions import draw_question
from dashboard.training.drafting import dropped, next_id, placed
from dashboard.training.drafting_records import timeline

__all__ = ["draw"]

_MAIN: Final = "Main course"
_KINDS: Final = {
    "grade": "Grade",
    "ice": "Score an ICE",
    "dose": "Work out a dose",
    "choice": "Choose",
}
_BEGINS: Final[Mapping[str, Mapping[str, Any]]] = {
    "grade": {"scale": "astct-crs-2019", "asks": "Which CRS grade is it?"},
    "ice": {"asks": "Score this exam.", "items": {}},
    "dose": {"asks": "How many mg?", "drug": "tocilizumab", "unit": "mg"},
    "choice": {"asks": "What now?", "topic": "next"},
}


def draw(bench: Bench) -> None:
    """Draw the chosen pause with its questions, and the buttons that add one."""
    place = _chosen(bench)
    if place is not None:
        _pause(bench, place)


def _pauses(bench: Bench) -> list[Mapping[str, Any]]:
    return [*bench.draft.story.get("pauses", ())]


def _key(bench: Bench) -> str:
    return f"author/{bench.draft.name}/pause"


def _chosen(bench: Bench) -> int | None:
    pauses = _pauses(bench)
    words = {one["id"]: _label(one) for one in pauses}
    key = _key(bench)
    now = st.session_state.get(key)
    # The browser knows an option by its words. They change with the hour and the questions of a
    # pause, so that a list with other words is another list, which starts where the last one was.
    listed = f"{key}/{crc32(' '.join(words.values()).encode())}"
    if listed not in st.session_state:
        st.session_state[listed] = now if now in words else next(iter(words), None)
    left, right = st.columns([5, 2], vertical_alignment="bottom")
    with left:
        id_ = st.selectbox(
            "Pause", [*words], format_func=words.__getitem__, key=listed, placeholder="None yet"
        )
    st.session_state[key] = id_
    with right:
        st.button(
            "Add a pause", key=f"{key}/add", on_click=_add_pause, args=(bench,), width="stretch"
        )
    return next((number for number, one in enumerate(pauses) if one["id"] == id_), None)


def _label(pause: Mapping[str, Any]) -> str:
    way = f", branch {pause['on']}" if pause.get("on") else ""
    many = len(pause.get("questions", ()))
    asks = "1 question" if many == 1 else f"{many} questions"
    return f"{when_text(datetime.fromisoformat(pause['at']))}{way}: {asks}"


def _add_pause(bench: Bench) -> None:
    """Runs before the page is drawn: the new pause is then the chosen one."""
    pauses = _pauses(bench)
    times = [datetime.fromisoformat(one["at"]) for one in pauses]
    if times:
        at = max(times) + timedelta(hours=1)
    else:
        rows = timeline(bench.draft)
        at = rows[0].at if rows else datetime.fromisoformat(bench.draft.story["starts_at"])
        at += timedelta(minutes=10)
    id_ = next_id("pause", [str(one["id"]) for one in pauses])
    pause = {"id": id_, "at": at.isoformat(timespec="seconds"), "says": ""}
    bench.take(placed(bench.draft, "pauses", pause))
    st.session_state[_key(bench)] = id_


def _pause(bench: Bench, place: int) -> None:
    pause = _pauses(bench)[place]
    at = datetime.fromisoformat(pause["at"])
    values: dict[str, Any] = {"says": pause.get("says"), **at_values("at", at, at)}
    sheet = bench.sheet(f"pause/{pause['id']}", values)
    new_at = ask_at(sheet, "at", at)
    on = _course(bench, sheet, pause.get("on"))
    says = area(sheet, "says", "What is told before the questions", rows=4)
    changed = {**pause, "says": says, "on": on}
    if new_at is not None and new_at != at:
        changed["at"] = new_at.isoformat(timespec="seconds")
    changed = {key: one for key, one in changed.items() if one is not None}
    if changed != pause:
        bench.take(placed(bench.draft, "pauses", changed, place), anew=False)
        place = next(n for n, one in enumerate(_pauses(bench)) if one["id"] == pause["id"])
    for number in range(len(changed.get("questions", ()))):
        draw_question(bench, place, number)
    _add_question(bench, place)
    if st.button("Remove this pause and its questions", key=sheet.key("remove")):
        bench.take(dropped(bench.draft, "pauses", place))
        st.rerun()


def _course(bench: Bench, sheet: Sheet, now: str | None) -> str | None:
    branches = [one["id"] for one in bench.draft.story.get("branches", ())]
    if not branches:
        return now
    words = {_MAIN: _MAIN, **{one: f"Branch {one}" for one in branches}}
    chosen = one_of(sheet, "on", "Belongs to", words, now or _MAIN)
    return None if chosen == _MAIN else chosen


def _add_question(bench: Bench, place: int) -> None:
    st.write("**Add a question**")
    with st.container(horizontal=True):
        for kind, label in _KINDS.items():
            st.button(
                label, key=f"{_key(bench)}/{place}/{bench.turn}/{kind}",
                on_click=_take_question, args=(bench, place, kind),
            )  # fmt: skip


def _take_question(bench: Bench, place: int, kind: str) -> None:
    pause = _pauses(bench)[place]
    taken = [str(q["id"]) for one in _pauses(bench) for q in one.get("questions", ())]
    aims = bench.draft.story.get("aims", ())
    question: dict[str, Any] = {
        "kind": kind, "id": next_id("question", taken), "aim": aims[0]["id"] if aims else "",
        "why": "", "source": "", "place": "", "verification": "unverified", **_BEGINS[kind],
    }  # fmt: skip
    if kind == "choice":
        question["choices"] = [{"id": f"choice-{n}", "says": "", "why": ""} for n in (1, 2)]
    questions = [*pause.get("questions", ()), question]
    bench.take(placed(bench.draft, "pauses", {**pause, "questions": questions}, place))
