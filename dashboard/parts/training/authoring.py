"""
Writing a case in the browser: step by step on one draft, with its faults and grades always there.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.permissions import may
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc
from dashboard.parts.training import (
    authoring_branches,
    authoring_check,
    authoring_patient,
    authoring_pauses,
    authoring_preview,
    authoring_share,
    authoring_start,
    authoring_story,
    authoring_timeline,
)
from dashboard.parts.training.authoring_bench import STORY, Bench, opened, put_away
from dashboard.training.reading import Course
from toxmodels import Fault

__all__ = ["page"]

_STEPS: Final = {
    "story": "Story",
    "patient": "Patient",
    "timeline": "Timeline",
    "pauses": "Pauses and questions",
    "branches": "Branches",
    "check": "Check",
    "preview": "Preview",
    "share": "Save and share",
}


def page() -> None:
    """Draw the start, or the draft of the address on its chosen step."""
    html.show('<h1 class="tw-head">Write a training case</h1>')
    person = session.signed_on()
    if person is None or not may(person.role, "train"):
        st.warning("Trainers write cases. Sign on as a trainer.", icon=":material/badge:")
        return
    name = st.query_params.get(STORY)
    bench = None if name is None else opened(person, name)
    if bench is None:
        if name is not None:
            st.info(
                as_text(f'You have no draft called "{name}". Begin one, or go on with another.')
            )
        authoring_start.draw(person)
        return
    top = st.container()
    _say_report()
    step = _step(bench)
    _draw(bench, step)
    bench.keep()
    with top:  # after the fields: what was changed in this run can be taken back at once
        _top(bench)
    if bench.refused is not None:
        st.warning(as_text(bench.refused), icon=":material/warning:")
    if step != "check":
        _say_faults(authoring_check.checked(bench))


def _top(bench: Bench) -> None:
    left, middle, right = st.columns([6, 2, 2], vertical_alignment="center")
    with left:
        title = str(bench.draft.story.get("title", "")) or "No title yet"
        html.show(f"<p><b>{esc(title)}</b> <small>{esc(bench.draft.name)} · draft, kept as you "
                  "write</small></p>")  # fmt: skip
    with middle:
        st.button(
            "Undo", key="author/undo", on_click=bench.back, disabled=not bench.before,
            width="stretch", icon=":material/undo:",
        )  # fmt: skip
    with right:
        st.button("Close", key="author/close", on_click=put_away, width="stretch")


def _say_report() -> None:
    """What was taken out of a real course: read once, by the one who took it."""
    said = st.session_state.get("author/report")
    if said is not None:
        with st.expander("What was changed to de-identify this course", expanded=True):
            st.text("\n".join(said))
            if st.button("I have read it", key="author/report/read"):
                del st.session_state["author/report"]
                st.rerun()


def _step(bench: Bench) -> str:
    key = f"author/{bench.draft.name}/step"
    if key not in st.session_state:
        st.session_state[key] = "story"
    chosen = st.segmented_control(
        "Step", [*_STEPS], format_func=_STEPS.__getitem__, key=key, required=True, wrap=True,
        label_visibility="collapsed",
    )  # fmt: skip
    return chosen or "story"


def _draw(bench: Bench, step: str) -> None:
    match step:
        case "story":
            authoring_story.draw(bench)
        case "patient":
            authoring_patient.draw(bench)
        case "timeline":
            authoring_timeline.draw(bench)
        case "pauses":
            authoring_pauses.draw(bench)
        case "branches":
            authoring_branches.draw(bench)
        case "check":
            authoring_check.draw(authoring_check.checked(bench), bench)
        case "preview":
            _preview(bench)
        case _:
            authoring_share.draw(bench, authoring_check.checked(bench))


def _preview(bench: Bench) -> None:
    found = authoring_check.checked(bench)
    if isinstance(found, Course):
        authoring_preview.draw(bench, found)
    else:
        st.info("It can be previewed once it has no faults.")


def _say_faults(found: Course | list[Fault]) -> None:
    if isinstance(found, Course):
        html.show('<p class="tw-faint">No faults: it can be played.</p>')
        return
    many = "1 fault" if len(found) == 1 else f"{len(found)} faults"
    html.show(f'<p class="tw-notice" role="status"><b>{many}</b> to mend before it can be played: '
              "see Check.</p>")  # fmt: skip
