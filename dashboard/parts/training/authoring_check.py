"""What keeps a draft from being played, each fault with its place; then what the program doubts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.plain import as_text
from dashboard.parts.training.authoring_bench import Bench
from dashboard.training.drafting import course_of
from dashboard.training.drafting_grades import differences
from dashboard.training.reading import Course, StoryError
from toxmodels import Fault

__all__ = ["checked", "draw", "place_text"]

_STEP: Final = re.compile(r"\.(\w+)\[(\d+)\]")
_ONE: Final = {"aims": "aim", "pauses": "pause", "questions": "question", "choices": "choice",
               "branches": "branch", "milestones": "milestone"}  # fmt: skip
# What the file calls it, and where on these screens it is.
_FIELDS: Final = {
    "title": 'step Story, "Title"',
    "level": 'step Story, "Level"',
    "audience": 'step Story, "For"',
    "minutes": 'step Story, "Minutes it takes"',
    "protocol": 'step Story, "Advice shown after the answers"',
    "starts at": 'step Story, "The story starts at"',
    "shows": 'step Story, "What it shows"',
    "debrief": 'step Story, "Debrief"',
    "aims": 'step Story, "Add an aim"',
    "milestones": 'step Story, "Milestones"',
    "pauses": "step Pauses and questions",
    "branches": "step Branches",
}


def checked(bench: Bench) -> Course | list[Fault]:
    """The draft as a story, or everything that keeps it from being one."""
    try:
        return course_of(bench.draft)
    except StoryError as error:
        return error.faults


def draw(found: Course | list[Fault], bench: Bench) -> None:
    """Draw every fault, or that there is none and what the program sees otherwise."""
    if isinstance(found, list):
        many = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        listed = "\n".join(f"- {as_text(fault_text(one, bench.draft.story))}" for one in found)
        st.error(f"It cannot be played yet: {many}.\n{listed}", icon=":material/rule:")
        return
    st.success("It can be played: no faults.", icon=":material/check_circle:")
    doubts = [*differences(found)]
    if doubts:
        listed = "\n".join(f"- {as_text(fault_text(one, bench.draft.story))}" for one in doubts)
        st.warning(
            "The program does not share these answers. Either may be wrong: look at both.\n"
            f"{listed}",
            icon=":material/compare_arrows:",
        )


def fault_text(fault: Fault, story: Mapping[str, Any]) -> str:
    """One fault with its place in words."""
    cure = "" if fault.suggestion is None else f" ({fault.suggestion})"
    return f"{place_text(fault.path, story)}: {fault.says}{cure}"


def place_text(path: str, story: Mapping[str, Any]) -> str:
    """
    A place in the file as a place on these screens.

    ``story.toml: $.pauses[0].questions[1].why`` is ``pause "noon", question "give", why``.
    """
    file, _, inside = path.partition(": $")
    if file != "story.toml" or not inside:
        return path
    said: list[str] = []
    here: Any = story
    for name, number in _STEP.findall(inside):
        items: Sequence[Mapping[str, Any]] = here.get(name, ())
        here = items[int(number)] if int(number) < len(items) else {}
        said.append(f'{_ONE.get(name, name)} "{here.get("id") or int(number) + 1}"')
    rest = _STEP.sub("", inside).strip(".").replace("_", " ")
    if not said:
        return _FIELDS.get(rest, rest or path)
    return ", ".join([*said, rest] if rest else said)
