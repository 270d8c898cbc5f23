"""
A replay on the screen: the control that starts it, the banner that never lets one forget it, and
what today's rules would say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.as_of.asked import Replay, Rules
from dashboard.as_of.differences import Difference
from dashboard.as_of.replaying import Replayed
from dashboard.as_of.screens import replayed_here
from dashboard.parts import html
from dashboard.parts.as_of_differences import draw_differences
from dashboard.parts.grade import age_text, esc
from dashboard.store import StoreError, Ward

__all__ = ["STYLE", "banner", "control", "may_be_drawn"]

PAGES: Final = {
    "board": "Ward board",
    "work": "Work list",
    "patient": "Patient",
    "handover": "Handover",
    "rules": "Rule book",
}
_OF_ONE: Final = ("patient", "handover")
_RULES: Final[dict[Rules, str]] = {"then": "Rules of that day", "today": "Rules of today"}
STYLE: Final = """<style>
.tw-asof { border: .3rem solid #7a1fa2; background: #f3e3fa; color: #2b0638; padding: .5rem .9rem;
  margin: 0; border-radius: .3rem; }
.tw-asof b { font-size: 1.5rem; letter-spacing: .02em; display: block; }
.tw-asof-wrong { border: .3rem solid var(--tw-red-edge); background: var(--tw-red-soft);
  color: var(--tw-red); padding: .5rem .9rem; margin: 0; font-weight: 700; }
.tw-diff { white-space: pre-wrap; font-family: monospace; font-size: .8rem; margin: 0; }
.stMain::before { content: "REPLAY \\2013 NOT NOW"; position: fixed; z-index: 999990; right: 0;
  bottom: 0; padding: .3rem 1rem; background: #7a1fa2; color: #fff; font-weight: 800;
  font-size: 1.1rem; }
.stApp { box-shadow: inset 0 0 0 .45rem #7a1fa2; }
</style>"""


def may_be_drawn(page: str) -> bool:
    """Whether a page shows the past; what stores something does not."""
    if session.replay() is None or page in PAGES:
        return True
    st.error(
        "This page is not shown as of the past: nothing can be entered or changed there. "
        "Go back to now.",
        icon=":material/block:",
    )
    return False


# Starting one


def control(page: str) -> None:
    """Choose a past minute for this page; its fields are made only when somebody opens it."""
    if page not in PAGES:
        return
    asked = session.replay()
    label = "Time: now" if asked is None else f"As of {session.clock_text(asked.moment)}"
    shown = st.popover(label, width="stretch", key="as-of", on_change="rerun")
    if not shown.open:
        return
    with shown:
        st.caption("Show this page as it was known at a past minute. Nothing can be stored then.")
        wanted = st.datetime_input(
            "As known at", value=None, step=timedelta(minutes=1), key="as-of/moment"
        )
        rules = st.radio("By the", [*_RULES], format_func=_RULES.__getitem__, key="as-of/rules")
        if not st.button("Show the past", key="as-of/show", type="primary"):
            return
        if wanted is None:
            st.error("Choose a day and a minute first.")
            return
        moment = wanted.replace(tzinfo=session.zone())
        if moment > session.now():
            st.error("That time lies ahead.")
            return
        session.show_replay(page, Replay(moment, rules or "then"))


# The banner


def banner(here: Ward | None, page: str) -> None:
    """What time is shown, that it is not now, whose rules decide; and the way on and back."""
    asked = session.replay()
    if asked is None:
        return
    html.show_style(STYLE)
    age = age_text(session.now() - asked.moment)
    moment = session.local(asked.moment)
    html.show(
        f'<div class="tw-asof" role="alert"><b>AS KNOWN AT {esc(f"{moment:%d-%b-%Y %H:%M:%S}")} '
        f"{esc(moment.tzname() or 'UTC')} – NOT NOW</b>{esc(age)}. Shown is what was on record at "
        f"that moment, by the <strong>{esc(_RULES[asked.rules].lower())}</strong>. What came "
        "later is left out. Nothing can be entered, acknowledged, decided or printed here.</div>"
    )
    _ways(asked, page)
    if here is None or page not in PAGES:
        return
    patient_id = session.patient_from_url() if page in _OF_ONE else None
    if page == "patient" and patient_id is None:
        return
    try:
        found = replayed_here(here.id, patient_id)
    except StoreError:
        return  # the page itself says so, in its place
    _verdicts(asked, found)
    draw_differences(found)


def _ways(asked: Replay, page: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Back to now", type="primary", key="as-of/now"):
            session.show_replay(page, None)
        for rules, label in _RULES.items():
            if page in PAGES and st.button(
                label, key=f"as-of/by-{rules}", disabled=rules == asked.rules
            ):
                session.show_replay(page, Replay(asked.moment, rules))
        for name, title in PAGES.items():
            if name != page and st.button(title, key=f"as-of/to-{name}"):
                session.show_replay(name, asked)


def _verdicts(asked: Replay, found: Sequence[Replayed]) -> None:
    """How far what is shown is what was shown; what must not be is said in red."""
    for one in found:
        if one.verdict == "not-reproduced":
            html.show(
                '<p class="tw-asof-wrong" role="alert">NOT REPRODUCED: '
                f"{esc(one.row.patient_id)}. The same entries and the same rules give another "
                f"result than the one kept then: {esc(_in_words(one.broken))}. Rely on neither; "
                "tell whoever looks after toxwatch.</p>"
            )
    lines = [*_lines(asked, found)]
    if lines:
        html.show(f'<p class="tw-faint">{" ".join(esc(line) for line in lines)}</p>')


def _lines(asked: Replay, found: Sequence[Replayed]) -> Iterable[str]:
    counted = {
        verdict: [one.row.patient_id for one in found if one.verdict == verdict]
        for verdict in ("as-shown", "not-kept")
    }
    if counted["as-shown"]:
        yield (
            f"{len(counted['as-shown'])} of {len(found)}: kept then, worked out again from the "
            "same entries, and equal."
        )
    gaps = [_with_time(one) for one in found if one.gap]
    if gaps:
        yield (
            f"{', '.join(gaps)}: shown is the last result that was kept; by the rules of that day "
            "another would have followed by this moment, and none was kept (no server was "
            "running, or it was just being kept)."
        )
    others = [_with_time(one) for one in found if one.verdict == "stored" and not one.gap]
    if others and asked.rules == "then":
        yield (
            f"{', '.join(others)}: decided by another program; grades, advice, alerts and checks "
            "are the kept ones, everything else on the page is drawn by the program of today."
        )
    if counted["not-kept"]:
        yield (
            f"{', '.join(counted['not-kept'])}: nothing was kept of what the screen said then; "
            "shown is what today's rules say of what was known."
        )


def _with_time(one: Replayed) -> str:
    """Times left and ages in a kept result are those of the minute it was kept."""
    kept = "" if one.kept is None else f" (kept {session.clock_text(one.kept.at)})"
    return f"{one.row.patient_id}{kept}"


def _in_words(found: Iterable[Difference]) -> str:
    return "; ".join(f"{one.what} {one.name}: kept {one.then}, now {one.today}" for one in found)
