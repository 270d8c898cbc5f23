"""
How our own markup looks, in both themes, from the colours of the settings file.

Shape and word carry the meaning; colour only helps. Red means "act now" and nothing else, yellow a
matter that presses, blue-green a matter for later. A grade is ink on paper at any height.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard.parts.html import show_style
from dashboard.parts.patient.style import SHEET
from dashboard.parts.training.style import SHEET as TRAINING
from dashboard.server_settings import settings_folder

_COLOURS: Final = {
    "paper": "backgroundColor",
    "soft": "secondaryBackgroundColor",
    "ink": "textColor",
    "edge": "borderColor",
    "link": "linkColor",
    "accent": "primaryColor",
    "faint": "grayTextColor",
    "red": "redTextColor",
    "red-soft": "redBackgroundColor",
    "red-edge": "redColor",
    "yellow": "yellowTextColor",
    "yellow-soft": "yellowBackgroundColor",
    "yellow-edge": "yellowColor",
    "blue": "blueTextColor",
    "blue-soft": "blueBackgroundColor",
    "blue-edge": "blueColor",
    "violet-soft": "violetBackgroundColor",
    "violet-edge": "violetColor",
    "gray-soft": "grayBackgroundColor",
}

_SHEET: Final = Path(__file__).with_name("style.css")


@cache
def themes() -> dict[str, dict[str, Any]]:
    """Both colour tables of the settings file."""
    file = settings_folder() / ".streamlit" / "config.toml"
    found: dict[str, dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))["theme"]
    return found


@cache
def style(kind: str) -> str:
    """The style sheet for the light or the dark theme."""
    table = themes()[kind]
    colours = "".join(f"--tw-{name}:{table[key]};" for name, key in _COLOURS.items())
    # One sheet for all pages: every piece of markup costs the server in each run.
    sheet = _SHEET.read_text(encoding="utf-8")
    return f"<style>:root{{{colours}}}{sheet}{SHEET}{TRAINING}</style>"


def is_dark() -> bool:
    """Whether this browser shows the dark theme."""
    return st.context.theme.type == "dark"


def apply() -> None:
    """Put the style sheet on the page."""
    show_style(style("dark" if is_dark() else "light"))
