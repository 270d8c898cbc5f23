"""
The frame around every page: what Streamlit runs for each session and each rerun.

It says which ward and what time this is, whether the screen is live, who is signed on, and warns
where the view is of the past, of the sample ward, or drawn with a clock that stands still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import glance, sample_ward, session, theme, turns
from dashboard.live import Tap, live_line, runs_by_itself
from dashboard.observing import figures, self_test
from dashboard.parts import as_of, dialogs, html, keeping
from dashboard.parts.grade import age_text, esc
from dashboard.parts.intended_use import SHORT
from dashboard.parts.signing import ask_sign_on, at_the_door, choose_ward, offer_own_password
from dashboard.parts.signing_provider import sign_off
from dashboard.store import Ward
from dashboard.views import board, pages
from toxmodels import rules_digest
from toxmodels.version import VERSION

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

RULE_KEY = "rule"  # as the Rule book reads it; that page is imported only when it is drawn
QUIET = frozenset({"enter", "add-patient", "training"})  # somebody types there
_SAMPLE = "Sample data: invented patients, no password"
_SAMPLE_WITH_ACCOUNTS = "Sample data: invented patients"
_DEMO = "DEMO WITHOUT PASSWORDS: enter no real patient here"
OWN_PAGES = ("board", "work", "patient", "enter", "add-patient", "handover", "training", "about")


def main() -> None:
    """Draw the frame, then the page of the address, when it is this run's turn."""
    by_itself = runs_by_itself()
    with turns.turn(by_itself=by_itself):
        _draw_all(by_itself=by_itself)


def _draw_all(*, by_itself: bool) -> None:
    glance.look_anew()
    st.set_page_config(page_title="toxwatch", layout="wide", initial_sidebar_state="collapsed")
    theme.apply()
    known = pages()
    chosen = st.navigation([*known.values()], position="top")
    with keeping.said_loudly(), figures.timed(figures.reruns.labels(chosen.url_path or "board")):
        if not by_itself:
            session.touched()
        _draw(chosen)


def _draw(chosen: Page) -> None:
    if not at_the_door():
        _close()
        return
    here = session.ward()
    tap = _top_line(here, chosen.url_path or "board")
    _notices(here, chosen.url_path or "board")
    dialogs.turned_to(chosen.url_path or "board")
    if tap is not None:
        _follow(tap)
    if as_of.may_be_drawn(chosen.url_path or "board"):
        chosen.run()
    _close()


def _close() -> None:
    """The last line of every page: the browser takes a page without it for one cut in half."""
    html.show(f'<p class="tw-faint tw-closing">{esc(SHORT)}</p>')


def _top_line(here: Ward | None, page: str) -> Tap | None:
    moment = session.now()
    named, live, when, person = st.columns([4.6, 1.7, 1.7, 1.5], vertical_alignment="center")
    with named:
        name = "No ward" if here is None else here.name
        zone = session.local(moment).tzname() or "UTC"
        sample = ""
        said = _without_passwords(here)
        if said is not None:
            sample = f'<span class="tw-sample">{esc(said)}</span> '
        html.show(
            f"<b>{esc(name)}</b> · {esc(session.clock_text(moment))} {esc(zone)} {sample}"
            f'<span class="tw-faint tw-version">toxwatch {esc(VERSION)}, rules '
            f"{esc(rules_digest()[:8])}</span>"
        )
    with live:
        tap = live_line(
            ward_id=None if here is None else here.id,
            version=0 if here is None else glance.version(session.store(), here.id),
            drawn=int(moment.timestamp() * 1000),
            quiet=page in QUIET,
            past=session.at_from_url() is not None,
        )
    with when:
        as_of.control(page)
    with person:
        _seat(page)
    return tap


def _without_passwords(here: Ward | None) -> str | None:
    """What the banner says of invented patients, and of a server that asks for no password."""
    if session.accounts_required():
        return _SAMPLE_WITH_ACCOUNTS if here is not None and here.is_sample else None
    return _SAMPLE if here is None or here.is_sample else _DEMO


def _seat(page: str) -> None:
    person = session.signed_on()
    if person is None and page in QUIET:
        return  # those pages ask for it themselves, where the eyes are
    label = "Sign on" if person is None else f"{person.name} · {person.role}"
    with st.popover(label, width="stretch"):
        if person is None:
            if ask_sign_on():
                st.rerun()
        else:
            st.text(f"Signed on: {person.name}, {person.role}. Everything saved carries this name.")
            # A callback: a rerun would throw away the way to the provider's own sign-off.
            st.button("Sign off", key="sign-off", on_click=sign_off)
            offer_own_password(person)
        choose_ward()


def _notices(here: Ward | None, page: str) -> None:
    for fault in self_test.complaints(session.now()):
        html.show(
            '<p class="tw-notice tw-failed" role="alert"><b>DO NOT RELY ON THE GRADES.</b> The '
            f"self-test of this server failed: {esc(fault)}. Grade by the published table, use "
            "the bedside chart, and tell whoever looks after toxwatch.</p>"
        )
    if session.replay() is not None:
        as_of.banner(here, page)
        return
    at = session.at_from_url()
    if at is None and st.query_params.get(session.AT_KEY) is not None:
        st.warning("The time in the address cannot be read; this is the view of now.")
    if at is not None:
        when = f"{session.local(at):%d-%b-%Y %H:%M}, {age_text(session.now() - at)}"
        html.show(
            f'<p class="tw-notice tw-past">PAST VIEW: {esc(when)}. Nothing here is current. '
            f"{_back_to_now()}</p>"
        )
    if session.clock_is_fixed():
        html.show('<p class="tw-notice tw-past">The clock of this server stands still (test).</p>')
    if here is not None and here.is_sample and at is None and _newest_is_old(here):
        _offer_loading_time(here)


def _back_to_now() -> str:
    """To the same patient where the page shows one, else to the board."""
    patient_id = session.patient_from_url()
    page: session.PageName = "board" if patient_id is None else "patient"
    named = "" if patient_id is None else f' data-tw-ref="{esc(session.ref_of(patient_id))}"'
    return (
        f'<a href="{esc(session.link(page, patient_id))}" target="_self" '
        f'data-tw-go="{page}"{named}>Back to now</a>'
    )


def _offer_loading_time(here: Ward) -> None:
    stamp = here.added_at.isoformat(timespec="seconds")
    html.show(
        '<p class="tw-notice">The newest record of this sample is old: '
        f'<a href="/?at={esc(stamp.replace("+", "%2B"))}" '
        f'target="_self" data-tw-go="board" data-tw-at="{esc(stamp)}">'
        "show the ward as it was when loaded</a>.</p>"
    )


def _newest_is_old(here: Ward) -> bool:
    if session.now() - here.added_at <= sample_ward.OLD_AFTER:
        return False
    lines = session.store().patients(here.id)
    newest = max((line.last_recorded_at for line in lines), default=here.added_at)
    return session.now() - newest > sample_ward.OLD_AFTER


def _follow(tap: Tap) -> None:
    """Do what was tapped: turn the page, or open the reasons of an alert or a decision."""
    if tap.go == "acknowledge":
        board.open_reasons(tap)
        return
    if tap.go == "decide":
        from dashboard.parts.patient.deciding import open_decision

        open_decision(tap)
        return
    if tap.go == "rules":
        asked = {} if tap.alert is None else {RULE_KEY: tap.alert}
        st.switch_page(pages()["rules"], query_params={**session.parameters(None), **asked})
    if tap.go in OWN_PAGES:
        patient_id = session.patient_of(tap.ref)
        session.go(tap.go, patient_id, session.read_at(tap.at))  # type: ignore[arg-type]


main()
