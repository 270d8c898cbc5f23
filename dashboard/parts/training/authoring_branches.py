"""The branches of a draft: another course from a pause on, for whoever chose another way."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.plain import as_text
from dashboard.parts.training.authoring_bench import Bench
from dashboard.parts.training.authoring_fields import area, heading, line, one_of, when_text
from dashboard.training.drafting import DraftError, placed
from dashboard.training.drafting_records import add_branch, bring_up, drop_branch, leaves_at
from toxmodels import CaseError

__all__ = ["draw"]

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_LATER: Final = {
    "keep": "Copy what comes later, too, and change it",
    "cut": "Leave what comes later empty",
}


def draw(bench: Bench) -> None:
    """Draw every branch, then the form that adds one."""
    st.caption(
        "A branch begins as a copy of the main course. A wrong choice leads to it: set that at the "
        "choice, under Pauses and questions. Then change its later hours on the timeline."
    )
    for place, branch in enumerate(bench.draft.story.get("branches", ())):
        with st.container(border=True):
            _branch(bench, place, branch)
    _add(bench)


def _branch(bench: Bench, place: int, branch: dict[str, Any]) -> None:
    id_ = branch["id"]
    sheet = bench.sheet(f"branch/{id_}", {"says": branch.get("says")})
    st.markdown(f"**{as_text(id_)}**")
    leaves = leaves_at(bench.draft, id_)
    st.caption(
        "No choice leads to it yet."
        if leaves is None
        else f"Leaves the main course at {when_text(leaves)}."
    )
    says = area(sheet, "says", f"What happens on branch {id_}", rows=2)
    if says != branch.get("says"):
        bench.take(placed(bench.draft, "branches", {**branch, "says": says}, place), anew=False)
    with st.container(horizontal=True):
        if st.button("Copy the hours before it leaves anew", key=sheet.key("up")):
            _step(bench, lambda: bench.take(bring_up(bench.draft, id_)))
        if st.button("Remove the branch", key=sheet.key("remove")):
            bench.take(drop_branch(bench.draft, id_))
            st.rerun()


def _add(bench: Bench) -> None:
    heading("Add a branch")
    pauses = [one for one in bench.draft.story.get("pauses", ()) if one.get("on") is None]
    if not pauses:
        st.caption("Place the first pause; a branch leaves the main course at one.")
        return
    sheet = bench.sheet("branch", {})
    name = line(sheet, "id", "Short name of the branch", placeholder="tocilizumab-given")
    says = area(sheet, "says", "What happens on it", rows=2)
    words = {one["at"]: when_text(datetime.fromisoformat(one["at"])) for one in pauses}
    at = one_of(sheet, "at", "Leaves at the pause of", words, pauses[0]["at"])
    later = sheet.choice("later", "Records after that hour", _LATER, default="keep")
    if not st.button("Add the branch", key=sheet.key("add")):
        return
    if _ID.fullmatch(name) is None or name == "case" or not says or at is None:
        st.error(
            "Give a name of small letters, digits and hyphens, such as tocilizumab-given, "
            "and say what happens.",
            icon=":material/edit:",
        )
        return
    from_at = datetime.fromisoformat(at)
    _step(bench, lambda: bench.take(
        add_branch(bench.draft, name, says, from_at=from_at, keeps_later=later != "cut")
    ))  # fmt: skip


def _step(bench: Bench, take: Any) -> None:
    try:
        take()
    except (DraftError, CaseError) as error:
        st.error(as_text(error), icon=":material/block:")
        return
    bench.keep()
    st.rerun()
