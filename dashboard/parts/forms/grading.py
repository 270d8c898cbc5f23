"""
A grade that a physician assigns: CRS confirmed by ASTCT, or a grade on any other scale.

The package works out ASTCT grades by itself; a grade recorded here never changes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.check import Entry
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.words import GRADED_ON, GRADES
from toxmodels.label_grades import group_of_term, known_terms
from toxmodels.scales.carhlh import GRADED
from toxmodels.scales.organ import ORGAN_TERMS

_OF_CRS: Final = "cytokine release syndrome"
# What else a scale grades; the ones that are not here grade CRS and nothing else.
_OF_ANOTHER: Final[Mapping[str, tuple[str, ...]]] = {
    "cartox-cres-2018": ("neurotoxicity",),
    "cn-bnhl-crs-2022": ("local crs",),
    "iec-hs-2023": ("iec-hs",),
    "cairo-bishop-2004": ("arrhythmia", "seizure"),
}
_READ_AS: Final = {
    "crs": "Read as CRS.",
    "neuro": "Read as neurotoxicity.",
    "other": "Read as another adverse event: not as CRS, and not as neurotoxicity.",
}


def draw(sheet: Sheet) -> None:
    """Draw scale, what is graded, and the grade."""
    st.caption(
        "Physicians only. It changes no grade on the screens: it confirms CRS, or answers a label "
        "that is written on this scale. A later 0 says: not there, or no longer."
    )
    scale = sheet.pick("scale", "Scale", GRADED_ON, placeholder="Choose the scale")
    terms = () if scale is None else _terms(scale)
    if len(terms) != 1 and scale is not None:
        what = "Choose, or type another term" if is_ctcae(scale) else "Choose"
        term = sheet.name("term", "What is graded", terms, placeholder=what)
        if term is not None and is_ctcae(scale):
            st.caption(_READ_AS[group_of_term(term)])
    sheet.choice("grade", "Grade", GRADES)


def is_ctcae(scale: str) -> bool:
    """Whether a scale grades many terms, so that the term has to be said."""
    return scale.startswith("ctcae-")


def _terms(scale: str) -> tuple[str, ...]:
    if is_ctcae(scale):
        return tuple(dict.fromkeys((*known_terms(), *ORGAN_TERMS, *GRADED)))
    return _OF_ANOTHER.get(scale, (_OF_CRS,))


def entries(values: Mapping[str, Any], graded_at: str) -> tuple[Entry, ...]:
    """The record this form makes."""
    scale, grade = values.get("scale"), values.get("grade")
    if scale is None or grade is None:
        return ()
    terms = _terms(scale)
    term = terms[0] if len(terms) == 1 else values.get("term")
    if term is None:
        return ()
    payload = {"graded_at": graded_at, "scale": scale, "term": term, "grade": int(grade)}
    return (("grading", payload),)


def gaps(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Answers that a grade cannot do without."""
    if not any(values.get(name) is not None for name in ("scale", "term", "grade")):
        return ()
    found = []
    if values.get("scale") is None:
        found.append("choose the scale")
    elif len(_terms(values["scale"])) != 1 and values.get("term") is None:
        found.append("say what is graded")
    if values.get("grade") is None:
        found.append("choose the grade")
    return tuple(found)


def values_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that would make this record."""
    values: dict[str, Any] = {name: payload.get(name) for name in ("scale", "term")}
    if payload.get("grade") is not None:
        values["grade"] = str(payload["grade"])
    return {name: value for name, value in values.items() if value is not None}
