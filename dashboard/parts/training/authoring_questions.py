"""
One question of a draft: what is asked, what is right, why, and which source says so.

The source comes from the bibliography and nowhere else. What the program makes of the same hour
stands beside the author's own answer, and never in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.words import ICE_ITEMS
from dashboard.parts.training.authoring_bench import Bench
from dashboard.parts.training.authoring_choices import draw_choices
from dashboard.parts.training.authoring_fields import area, line, one_of
from dashboard.training.cutting import cut
from dashboard.training.drafting import case_of, placed
from dashboard.training.drafting_grades import deciding_text, grades_along
from dashboard.training.story import MAIN, Pause
from toxmodels import CaseError, DoseError, sources
from toxmodels.drugs import dose_for, drug_names
from toxmodels.scales import STEPPED
from toxmodels.scored_exams import ICE_POINTS

__all__ = ["draw_question"]

_GRADES: Final = {str(number): str(number) for number in range(6)}
_TITLES: Final = {"grade": "Grade", "ice": "Score an ICE", "dose": "Work out a dose",
                  "choice": "Choose"}  # fmt: skip
_UNITS: Final = {"mg": "mg", "mg/day": "mg a day", "ug/day": "µg a day"}
_MARKS: Final[Mapping[str, str]] = {
    "verified": "Read in the source",
    "unverified": "Not checked in the source",
    "house": "Rule of the house",
}
_ITEM: Final = {"1": "Correct", "0": "Not correct"}
_POINTS: Final = {str(points): str(points) for points in range(4)}


def draw_question(bench: Bench, place: int, number: int) -> None:
    """Draw one question, folded unless it is new; each change counts at once."""
    question = bench.draft.story["pauses"][place]["questions"][number]
    title = f"{number + 1}. {_TITLES[question['kind']]}: {question['asks'] or 'not asked yet'}"
    key = f"author/{bench.draft.name}/open/{question['id']}"
    if key not in st.session_state:  # once: it must not fold up under the hand that fills it in
        st.session_state[key] = not (question["why"] and question["source"])
    with st.expander(as_text(title), key=key, on_change="rerun") as shown:
        if shown.open:  # a hundred fields that nobody looks at would make each tap slow
            _draw_open(bench, place, number)


def _draw_open(bench: Bench, place: int, number: int) -> None:
    pause = bench.draft.story["pauses"][place]
    question = pause["questions"][number]
    sheet = bench.sheet(f"question/{question['id']}", _values(question))
    told = {**question, "asks": area(sheet, "asks", "What is asked", rows=2)}
    match question["kind"]:
        case "grade":
            told |= _grade(bench, sheet, pause, question)
        case "ice":
            told |= _ice(sheet)
        case "dose":
            told |= _dose(bench, sheet, pause, question)
        case _:
            told |= draw_choices(bench, sheet, question)
    told |= _because(bench, sheet, question)
    told = {name: value for name, value in told.items() if value is not None}
    longer = len(told.get("choices", ())) != len(question.get("choices", ()))
    if told != question:
        _take(bench, place, number, told, anew=longer)
    if longer:
        st.rerun()
    if st.button("Remove this question", key=sheet.key("remove")):
        _take(bench, place, number, None, anew=True)
        st.rerun()


def _take(
    bench: Bench, place: int, number: int, told: Mapping[str, Any] | None, *, anew: bool = False
) -> None:
    pause = bench.draft.story["pauses"][place]
    questions: list[Any] = [*pause["questions"]]
    questions[number : number + 1] = [] if told is None else [dict(told)]
    bench.take(placed(bench.draft, "pauses", {**pause, "questions": questions}, place), anew=anew)


def _values(question: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: question.get(name) for name in ("asks", "why", "place", "replies", "drug", "unit")
    }
    values["scale"] = question.get("scale")
    for name in ("at_least", "at_most"):
        values[name] = None if question.get(name) is None else str(question[name])
    for name in ("amount", "tolerance"):
        values[name] = None if question.get(name) is None else float(question[name])
    values |= {f"item/{name}": str(points) for name, points in question.get("items", {}).items()}
    values["verification"] = question.get("verification", "verified")
    return values


# Why it is right, and who says so


def _because(bench: Bench, sheet: Sheet, question: Mapping[str, Any]) -> dict[str, Any]:
    why = area(sheet, "why", "Why it is right", rows=2)
    books = sources()
    words = {id_: f"{id_}: {one.title}" for id_, one in books.items()}
    label = "Source, from the bibliography"
    source = one_of(sheet, "source", label, words, question["source"], placeholder="Choose one")
    place = line(sheet, "place", "Place in the source", placeholder="CRS table, hypotension row")
    if source is not None and source != question["source"]:
        # Nobody has read the place by choosing a source: the author says so with a tap.
        is_house = books[source].verification == "house"
        sheet.put("verification", "house" if is_house else "unverified")
    mark = sheet.choice("verification", "How far it was checked", _MARKS) or "unverified"
    return {
        "why": why,
        "source": source or "",
        "place": place,
        "verification": None if mark == "verified" else mark,  # as a file leaves it out
        "aim": _aim(bench, sheet, question["aim"]),
    }


def _aim(bench: Bench, sheet: Sheet, now: str) -> str:
    words = {one["id"]: one.get("says") or one["id"] for one in bench.draft.story.get("aims", ())}
    hint = "Write an aim on the first step"
    return one_of(sheet, "aim", "Serves the aim", words, now, placeholder=hint) or now


# What is right


def _hour(bench: Bench, pause: Mapping[str, Any]) -> tuple[Pause, str]:
    file = next(
        (one["file"] for one in bench.draft.story.get("branches", ())
         if one["id"] == pause.get("on")),
        MAIN,
    )  # fmt: skip
    return Pause.model_validate({"id": "x", "at": pause["at"], "says": "x"}, strict=False), file


def _grade(
    bench: Bench, sheet: Sheet, pause: Mapping[str, Any], question: Mapping[str, Any]
) -> dict[str, Any]:
    scale = sheet.choice("scale", "Scale", {one.id: one.short for one in STEPPED.values()})
    left, right = st.columns(2)
    with left:
        low = sheet.choice("at_least", "Right: at least", _GRADES)
    with right:
        high = sheet.choice("at_most", "Right: at most", _GRADES)
    st.caption("The same number twice is a closed grade; two numbers leave it open.")
    found, file = _hour(bench, pause)
    try:
        grades = grades_along(cut(case_of(bench.draft, file), found.at), {found.at})[found.at]
    except CaseError:
        st.caption("The program cannot grade this hour: mend the case first.")
    else:
        grade = grades.get(scale or question["scale"])
        if grade is not None:
            said = deciding_text(grade)
            st.caption(as_text(f"The program here: {grade}{f' ({said})' if said else ''}"))
    return {
        "scale": scale or question["scale"],
        "at_least": None if low is None else int(low),
        "at_most": None if high is None else int(high),
    }


def _ice(sheet: Sheet) -> dict[str, Any]:
    replies = area(sheet, "replies", "What the patient says and does", rows=5)
    st.caption("The right points; leave an item empty where nobody asks it.")
    names = [*ICE_ITEMS]
    for pair in (names[i : i + 2] for i in range(0, len(names), 2)):
        for column, name in zip(st.columns(2), pair, strict=True):
            with column:
                words = _POINTS if ICE_POINTS[name] > 1 else _ITEM
                sheet.choice(f"item/{name}", ICE_ITEMS[name], words)
    found = {n: sheet.get(f"item/{n}") for n in names}
    return {"replies": replies, "items": {n: int(v) for n, v in found.items() if v is not None}}


def _dose(
    bench: Bench, sheet: Sheet, pause: Mapping[str, Any], question: Mapping[str, Any]
) -> dict[str, Any]:
    drug = sheet.pick("drug", "Drug", {name: name for name in sorted(drug_names())})
    left, middle, right = st.columns(3)
    with left:
        amount = sheet.number("amount", "Right amount (empty: none may be given)")
    with middle:
        unit = sheet.choice("unit", "Unit", _UNITS)
    with right:
        tolerance = sheet.number("tolerance", "May be off by", step=0.5)
    found, file = _hour(bench, pause)
    st.caption(as_text(_worked(bench, file, drug or question["drug"], found)))
    return {
        "drug": drug or question["drug"],
        "unit": unit or question["unit"],
        "amount": amount,
        "tolerance": tolerance,
        # Figures that an earlier author gave belong to the earlier drug.
        "inputs": question.get("inputs") if drug == question["drug"] else None,
    }


def _worked(bench: Bench, file: str, drug: str, pause: Pause) -> str:
    try:
        found = dose_for(cut(case_of(bench.draft, file), pause.at), drug, pause.at)
    except CaseError:
        return "The program works out no dose: mend the case first."
    except DoseError as error:
        return f"The program works out no dose: {error}"
    if found.dose is None:
        return "The program here: none may be given"
    return f"The program here: {found.dose:g} {found.unit}"
