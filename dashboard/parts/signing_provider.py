"""
The door where the hospital's identity provider says who is who.

A locked screen opens the same way: whoever comes back from the provider gets a seat of their own,
and what was typed waits as that person's draft.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard import session
from dashboard.accounts import provider as provided
from dashboard.accounts import seating
from dashboard.accounts.person import Person
from dashboard.accounts.provider_settings import NAME, provider
from dashboard.accounts.seating import Place
from dashboard.parts.forms.plain import as_text
from dashboard.store import StoreError

_REFUSED: Final = "sign-on-refused"
_SAID: Final = "sign-on"  # in the address; what the server says of the way back
_WORDS: Final = {
    "failed": "The sign-on did not succeed: it was broken off, or the answer of the hospital's "
    "sign-on could not be verified. Try again.",
    "away": "The hospital's sign-on does not answer. Use the bedside chart and the downtime "
    "sheets, and tell whoever looks after it.",
}


def at_the_provider(place: Place) -> None:
    """Take the seat if the provider has just sent somebody; else say how to get there."""
    try:
        if _take_seat() is not None:
            st.session_state.pop(_REFUSED, None)
            st.query_params.pop(_SAID, None)
            st.rerun()
    except (seating.SignOnRefused, StoreError) as refused:
        st.session_state[_REFUSED] = as_text(refused)
    _say(place)
    st.button(
        "Sign on with the hospital's account", key="provider", type="primary",
        on_click=_go,
    )  # fmt: skip


def sign_off() -> None:
    """Give up the seat, Streamlit's cookie and the session at the provider."""
    session.sign_off()
    if provider() is not None and st.user.is_logged_in:
        st.logout()


def _take_seat() -> Person | None:
    """
    Take a seat with what the provider has just said; None when it said nothing new.

    Streamlit goes on believing its cookie for long: only an answer that this browser asked for
    opens a seat, and only once.
    """
    known, token = provider(), _browser()
    if known is None or token is None or not st.user.is_logged_in:
        return None
    claims, now = st.user.to_dict(), session.now()
    if not provided.asked.take(claims.get("nonce"), token, now):
        return None
    return provided.sign_on(session.live_store(), known, claims, token=token, now=now)


def _go() -> None:
    """Send this browser to the provider, and then back to this page."""
    st.session_state.pop(_REFUSED, None)
    st.query_params.pop(_SAID, None)
    token = _browser()
    if token is not None:
        query = urlencode(dict(st.query_params.items()))
        page = urlsplit(st.context.url or "").path.rstrip("/") or "/"
        provided.asked.leave(token, f"{page}?{query}" if query else page)
    st.login(NAME)


def _browser() -> str | None:
    kept = st.context.cookies.get(session.COOKIE)
    return kept if isinstance(kept, str) else None


def _say(place: Place) -> None:
    if place.state == "locked" and place.person is not None:
        st.subheader("This screen is locked")
        name = place.person.name
        st.text(f"Nobody touched it for a while. What {name} was typing is kept as a draft.")
    else:
        st.subheader("Sign on")
    refused = st.session_state.get(_REFUSED) or _WORDS.get(st.query_params.get(_SAID, ""))
    if refused:
        st.error(refused)
