"""
The live line: draws the page again when something of its ward has changed, and says how live it is.

The browser listens to the server's events. A changed number starts a rerun, except on a page where
somebody is typing and on a view of the past. The same script follows links inside the session and
carries taps on the board's own buttons; it holds the watchdog too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard.events import PATH
from dashboard.parts.watchdog import WATCHDOG_JS

KEY: Final = "toxwatch-live"
_BY_ITSELF: Final = "run-by-itself"
_HTML: Final = (
    '<span id="line" role="status"><b id="dot">○</b> <span id="says">connecting</span></span>'
)
_CSS: Final = """
#line { font-family: var(--st-font); font-size: 0.9rem; color: var(--st-text-color);
        white-space: nowrap; }
#dot { font-size: 1rem; }
"""
_LIVE_JS: Final = (
    Path(__file__).with_name("live.js").read_text(encoding="utf-8").replace("__PATH__", PATH)
)


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a link or button of the board."""

    go: str
    ref: str | None
    at: str | None
    alert: str | None
    position: int | None


def live_line(
    *, ward_id: str | None, version: int, drawn: int, quiet: bool, past: bool
) -> Tap | None:
    """
    Mount the line; return the tap that started this run, if one did.

    Args:
        ward_id: the ward whose changes redraw the page.
        version: what the page is drawn from.
        drawn: a number that differs for every run, so the browser knows the page is fresh.
        quiet: somebody types here: never redraw because of a change elsewhere.
        past: a view of the past does not change.

    """
    mount = st.components.v2.component(
        "toxwatch_live", html=_HTML, css=_CSS, js=WATCHDOG_JS + _LIVE_JS
    )
    seen = mount(
        key=KEY,
        data={
            "ward": ward_id,
            "version": version,
            "drawn": drawn,
            "quiet": quiet or past,
            "past": past,
        },
        on_changed_change=_redraw_by_itself,
        on_tapped_change=_redraw,
    )
    return _tap(seen.get("tapped"))


def runs_by_itself() -> bool:
    """Whether this run was started by a change elsewhere and not by a hand; asked once a run."""
    return st.session_state.pop(_BY_ITSELF, False) is True


def _redraw_by_itself() -> None:
    st.session_state[_BY_ITSELF] = True


def _redraw() -> None:
    """The rerun itself is all that is wanted."""


def _tap(told: Any) -> Tap | None:
    if not isinstance(told, Mapping) or not isinstance(told.get("go"), str):
        return None

    def text(name: str) -> str | None:
        value = told.get(name)
        return value if isinstance(value, str) else None

    position = text("position")
    return Tap(
        go=told["go"],
        ref=text("ref"),
        at=text("at"),
        alert=text("alert"),
        position=int(position) if position is not None and position.isdecimal() else None,
    )
