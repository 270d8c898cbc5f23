"""
The one door for our own markup: everything in it has been escaped where it was made.

``st.html`` is used nowhere else, so a reader has one place to check.
"""

from __future__ import annotations

import streamlit as st


def show(markup: str) -> None:
    """Show markup whose every text part went through ``dashboard.parts.grade.esc``."""
    st.html(f'<div class="tw">{markup}</div>')


def show_style(sheet: str) -> None:
    """Put a style sheet of ours on the page."""
    st.html(sheet)
