"""Fields that only authors need: long texts, and hours of a case that lies in no real time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.when import ask_clock
from dashboard.parts.grade import esc
from dashboard.training.showing import CASE_ZONE

__all__ = ["area", "ask_at", "at_values", "heading", "line", "one_of", "tick", "when_text"]

_LONGEST = 2_000


def line(sheet: Sheet, name: str, label: str, *, placeholder: str = "") -> str:
    """One line of text."""
    key = _started(sheet, name)
    typed = st.text_input(label, key=key, placeholder=placeholder, max_chars=_LONGEST)
    return _kept(sheet, name, typed)


def area(sheet: Sheet, name: str, label: str, *, rows: int = 3) -> str:
    """Some lines of text."""
    key = _started(sheet, name)
    typed = st.text_area(label, key=key, max_chars=_LONGEST, height=28 + 26 * rows)
    return _kept(sheet, name, typed)


def one_of(
    sheet: Sheet,
    name: str,
    label: str,
    words: Mapping[str, str],
    now: str | None,
    *,
    placeholder: str = "Choose",
) -> str | None:
    """One of many, starting from what is there now."""
    key = sheet.key(name)
    if st.session_state.get(key) not in words:
        st.session_state[key] = now if now in words else None
    return st.selectbox(
        label, [*words], index=None, format_func=words.__getitem__, key=key,
        placeholder=placeholder,
    )  # fmt: skip


def tick(sheet: Sheet, name: str, label: str, *, now: bool) -> bool:
    """Yes or no, starting from what is there now."""
    key = sheet.key(name)
    if key not in st.session_state:
        st.session_state[key] = now
    return st.checkbox(label, key=key)


def _started(sheet: Sheet, name: str) -> str:
    key = sheet.key(name)
    if key not in st.session_state:
        st.session_state[key] = sheet.values.get(name) or ""
    return key


def _kept(sheet: Sheet, name: str, typed: str | None) -> str:
    found = (typed or "").replace("\r\n", "\n").strip()
    sheet.values[name] = found
    return found


def at_values(name: str, at: datetime | None, near: datetime) -> dict[str, str]:
    """Day and time of day as the fields hold them; without an hour yet, the day nearby."""
    shown = (at or near).astimezone(CASE_ZONE)
    found = {f"{name}/day": shown.date().isoformat()}
    return found if at is None else {**found, f"{name}/clock": f"{shown:%H:%M}"}


def ask_at(sheet: Sheet, name: str, near: datetime) -> datetime | None:
    """Ask for an hour of the case; ``None`` while it cannot be read, which is then said."""
    found = ask_clock(sheet, name, near, CASE_ZONE)
    if found.fault is not None:
        st.error(as_text(found.fault), icon=":material/schedule:")
    return found.at


def heading(text: str) -> None:
    """The name of a part of the page."""
    html.show(f'<h2 class="tw-sub">{esc(text)}</h2>')


def when_text(at: datetime) -> str:
    """An hour of the case: ``12-Mar 20:00``."""
    return f"{at.astimezone(CASE_ZONE):%d-%b %H:%M}"
