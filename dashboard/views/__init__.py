"""The pages of the dashboard, by the name that stands in their address."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import streamlit as st

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

# name in the address -> (module, title)
TITLES: Final = {
    "board": ("board", "Ward board"),
    "work": ("work", "Work list"),
    "patient": ("patient", "Patient"),
    "enter": ("enter", "Enter observations"),
    "add-patient": ("add_patient", "Add patient"),
    "handover": ("handover", "Handover"),
    "training": ("training", "Training"),
    "cohort": ("cohort", "Cohort"),
    "rules": ("rules", "Rule book"),
    "about": ("about", "About"),
}


def pages() -> dict[str, Page]:
    """Every page, made anew for each run as Streamlit wants it."""
    return {
        name: st.Page(_drawing(module), title=title, url_path=name, default=name == "board")
        for name, (module, title) in TITLES.items()
    }


def _drawing(module: str) -> Callable[[], None]:
    """Import a page only when it is drawn: a fault in one must not take the board away."""

    def draw() -> None:
        importlib.import_module(f"dashboard.views.{module}").page()

    draw.__name__ = module
    return draw
