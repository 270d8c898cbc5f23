"""
The one door for our own markup: everything in it has been escaped where it was made.

``st.html`` is used nowhere else, so a reader has one place to check.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True, slots=True)
class _Markup:
    """Text that says it is markup: Streamlit then takes it as it is and searches no indents."""

    text: str

    def _repr_html_(self) -> str:
        return self.text


def show(markup: str) -> None:
    """Show markup whose every text part went through ``dashboard.parts.grade.esc``."""
    st.html(_Markup(f'<div class="tw">{markup}</div>'))


def show_style(sheet: str) -> None:
    """Put a style sheet of ours on the page."""
    st.html(_Markup(sheet))
