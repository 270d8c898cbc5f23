"""
One question of a story on the screen, and the answer that stands in its fields.

Nothing starts filled in. What is typed is read from the fields in the same run in which it is
sent, so that a number that was typed a moment ago is the one that counts. The order of the choices
is shuffled for each person and is the same after a reload.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from random import Random
from typing import Any, Final

import streamlit as st

from dashboard.parts import html
from dashboard.parts.forms import neuro
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.grade import esc
from dashboard.training.marking import (
    Answer,
    ChoiceAnswer,
    DoseAnswer,
    GradeAnswer,
    IceAnswer,
)
from dashboard.training.story import (
    Answerable,
    Choice,
    ChoiceQuestion,
    DoseQuestion,
    GradeQuestion,
    IceQuestion,
)
from toxmodels.scales import SCALES

__all__ = ["answer_in", "draw", "one_flow", "shuffled", "told_html", "unit_text"]

_OPEN: Final = "open"
_NUMBERS: Final = {str(number): str(number) for number in range(6)}
_GRADES: Final = {**_NUMBERS, _OPEN: "Open: give both ends"}
_NONE: Final = {"none": "None may be given"}
_UNITS: Final = {"mg": "mg", "mg/day": "mg a day", "ug/day": "µg a day"}


def shuffled(question: ChoiceQuestion, room: str, trainee: str) -> tuple[Choice, ...]:
    """The choices in an order of this person's own, the same whenever it is drawn."""
    seed = sha256(f"{room}/{trainee}/{question.id}".encode()).digest()
    order = [*question.choices]
    Random(seed).shuffle(order)  # noqa: S311 - an order, no secret
    return tuple(order)


def unit_text(question: DoseQuestion) -> str:
    """The unit of a dose as it is said: ``µg a day``."""
    return _UNITS[question.unit]


def one_flow(text: str) -> str:
    """A story breaks its lines where the file is full; only an empty line begins a paragraph."""
    parts = (" ".join(part.split()) for part in text.strip().split("\n\n"))
    return "\n\n".join(part for part in parts if part)


def told_html(question: Answerable) -> str:
    """What is asked, as a heading; for an exam also what the patient said and did."""
    said = f'<h3 class="tw-asked">{esc(question.asks)}</h3>'
    if isinstance(question, IceQuestion):
        said += f'<blockquote class="tw-replies">{esc(one_flow(question.replies))}</blockquote>'
    return said


def draw(question: Answerable, sheet: Sheet, order: Sequence[Choice]) -> None:
    """Draw the fields of one question; they start as they were left."""
    html.show(told_html(question))
    match question:
        case GradeQuestion():
            _grade(question, sheet)
        case IceQuestion():
            st.caption("Leave an item empty if nobody asked it.")
            neuro.draw_ice(sheet)
        case DoseQuestion():
            sheet.number("amount", f"Dose ({unit_text(question)})")
            sheet.choice("none", "Or", _NONE)
        case ChoiceQuestion():
            _choices(question, sheet, order)


def answer_in(question: Answerable, values: Mapping[str, Any]) -> Answer | str:
    """The answer that stands in the fields, or what is still missing in a sentence."""
    match question:
        case GradeQuestion():
            return _grade_in(values)
        case IceQuestion():
            items = neuro.ice_items(values)
            if not items:
                return "Score at least one item first."
            return IceAnswer.model_validate({"items": items})
        case DoseQuestion():
            return _dose_in(values)
        case ChoiceQuestion():
            chosen = values.get("chosen") or []
            if not chosen:
                return "Choose first."
            return ChoiceAnswer(chosen=frozenset(chosen))


def _grade(question: GradeQuestion, sheet: Sheet) -> None:
    short = SCALES[question.scale].short
    if sheet.choice("grade", f"{short} grade", _GRADES) != _OPEN:
        return
    left, right = st.columns(2)
    with left:
        sheet.choice("at_least", "At least", _NUMBERS)
    with right:
        sheet.choice("at_most", "Could be as high as", _NUMBERS)


def _grade_in(values: Mapping[str, Any]) -> Answer | str:
    grade = values.get("grade")
    if grade is None:
        return "Choose a grade, or Open where something is missing that could change it."
    if grade != _OPEN:
        return GradeAnswer(at_least=int(grade), at_most=int(grade))
    low, high = values.get("at_least"), values.get("at_most")
    if low is None or high is None:
        return "An open grade needs both ends."
    if int(low) > int(high):
        return "The lower end is above the upper one."
    return GradeAnswer(at_least=int(low), at_most=int(high))


def _dose_in(values: Mapping[str, Any]) -> Answer | str:
    amount, none = values.get("amount"), values.get("none")
    if amount is not None and none is not None:
        return "Either a dose or none: empty one of the two."
    if amount is None and none is None:
        return "Type a dose, or tap None may be given."
    return DoseAnswer(amount=None if amount is None else float(amount))


def _choices(question: ChoiceQuestion, sheet: Sheet, order: Sequence[Choice]) -> None:
    words = {one.id: as_text(one.says) for one in order}
    kept = [one for one in sheet.values.get("chosen") or [] if one in words]
    if question.several:
        st.caption("More than one may be right: mark all that are.")
        chosen = [id_ for id_ in words if _ticked(sheet, id_, words[id_], id_ in kept)]
    else:
        key = sheet.key("chosen")
        if kept and key not in st.session_state:
            st.session_state[key] = kept[0]
        one = st.radio(
            as_text(question.asks), [*words], index=None, key=key,
            format_func=words.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        chosen = [] if one is None else [one]
    sheet.values["chosen"] = chosen


def _ticked(sheet: Sheet, id_: str, label: str, was: bool) -> bool:
    key = sheet.key(f"chosen/{id_}")
    if key not in st.session_state:
        st.session_state[key] = was
    return st.checkbox(label, key=key)
