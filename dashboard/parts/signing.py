"""
Signing on, wherever a page needs a name; choosing the ward beside it; the door before all pages.

In a demo initials and a role are enough. Where accounts are needed, nothing of a patient is drawn
before somebody sits here, and a locked screen opens with the password: what was typed is a draft.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import session
from dashboard.accounts import first, seating
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.passwords import LEAST
from dashboard.accounts.person import Person
from dashboard.accounts.provider_settings import provider
from dashboard.parts import signing_provider
from dashboard.parts.forms.plain import as_text
from dashboard.store import StoreError

WATCH_S = 20  # a screen locks by itself this soon after its time has come


def ask_sign_on(place: str = "", roles: Sequence[session.Role] = session.ROLES) -> bool:
    """Ask who is here; True in the run that took the seat, which the caller then repeats."""
    key = f"{place}-sign-on" if place else "sign-on"
    return _ask_password(key) if session.accounts_required() else _ask_initials(key, roles)


def _ask_initials(key: str, roles: Sequence[session.Role]) -> bool:
    with st.form(key, border=False, width=420):
        name = st.text_input(
            "Initials or staff number", key=f"{key}-name", max_chars=12, placeholder="e.g. 4711"
        )
        role = st.radio("Role this shift", roles, index=None, key=f"{key}-role", horizontal=True)
        sent = st.form_submit_button("Sign on", type="primary")
    if sent and name.strip() and role is not None:
        session.sign_on(session.Person(name.strip(), role))
        return True
    if sent:
        st.error("Give both: a name or number, and a role.")
    return False


def _ask_password(key: str, known: str | None = None) -> bool:
    with st.form(key, border=False, width=420, clear_on_submit=known is not None):
        name = known or st.text_input(
            "Name", key=f"{key}-name", max_chars=40, autocomplete="username"
        )
        password = st.text_input(
            "Password", key=f"{key}-password", type="password", autocomplete="current-password"
        )
        sent = st.form_submit_button("Continue" if known else "Sign on", type="primary")
    if not sent:
        return False
    if not name.strip() or not password:
        st.error("Give both: name and password.")
        return False
    try:
        session.sign_on_with_password(name.strip(), password)
    except (seating.SignOnRefused, StoreError) as refused:
        st.error(as_text(refused))
        return False
    st.session_state.pop(f"{key}-password", None)  # no longer than it is needed
    return True


def offer_own_password(person: Person) -> None:
    """Another password for oneself; the first one was typed by somebody else."""
    if not session.accounts_required() or provider() is not None:
        return
    if not st.toggle("Change my password", key="own-password"):
        return
    with st.form("own", border=False, clear_on_submit=True):
        old = st.text_input("Present password", key="own-old", type="password")
        new = st.text_input(
            f"New password, at least {LEAST} characters", key="own-new", type="password",
            autocomplete="new-password",
        )  # fmt: skip
        again = st.text_input(
            "The new one again", key="own-again", type="password", autocomplete="new-password"
        )
        if not st.form_submit_button("Change"):
            return
    if new != again:
        st.error("The two new passwords differ.")
        return
    try:
        session.change_own_password(person, old, new)
    except (ValueError, StoreError, NotAllowed, seating.SignOnRefused) as refused:
        st.error(as_text(refused))
        return
    st.success("Changed. Every other screen asks for the new one.")


# The door


def at_the_door() -> bool:
    """Whether the page may be drawn; else what stands in its place has been drawn."""
    if not session.accounts_required():
        return True
    place = session.place()
    if place.state == "open":
        _watch()
        return True
    if provider() is not None:
        signing_provider.at_the_provider(place)
        _offer_breaking_glass()
    elif place.state == "locked" and place.person is not None:
        _locked(place.person.name)
    elif not session.store().accounts.any():
        _first_administrator()
    else:
        st.subheader("Sign on")
        if ask_sign_on("door"):
            st.rerun()
    return False


def _offer_breaking_glass() -> None:
    """A password beside the provider, where the settings allow it: for the night it is away."""
    if seating.passwords_taken() and st.toggle("Emergency account", key="break-glass"):
        st.text("Only while the hospital's sign-on does not work. It is put on record.")
        if ask_sign_on("break-glass"):
            st.rerun()


@st.fragment(run_every=WATCH_S)
def _watch() -> None:
    """Locks the screen by itself: without a hand on it no other run might come."""
    session.leave_if_ended()


def _locked(name: str) -> None:
    st.subheader("This screen is locked")
    st.text(f"Nobody touched it for a while. What {name} was typing is kept as a draft.")
    st.text(f"{name}: give your password to go on.")
    if _ask_password("unlock", known=name):
        st.rerun()
    if st.button("Somebody else signs on", key="unlock-other"):
        session.sign_off()
        st.rerun()


def _first_administrator() -> None:
    st.subheader("Create the first administrator")
    st.text(
        "There is no account yet. The code stands where the server was started. Further accounts "
        "are added there with: toxwatch users add"
    )
    with st.form("first", border=False, width=420):
        code = st.text_input("Code", key="first-code", autocomplete="off")
        name = st.text_input("Name", key="first-name", max_chars=40, autocomplete="username")
        password = st.text_input(
            f"Password, at least {LEAST} characters", key="first-password", type="password",
            autocomplete="new-password",
        )  # fmt: skip
        again = st.text_input(
            "The same password again", key="first-again", type="password",
            autocomplete="new-password",
        )  # fmt: skip
        sent = st.form_submit_button("Create", type="primary")
    if not sent:
        return
    if password != again:
        st.error("The two passwords differ.")
        return
    try:
        first.create(session.store(), name.strip(), password, code, now=session.now())
        session.sign_on_with_password(name.strip(), password)
    except (ValueError, StoreError, seating.SignOnRefused) as refused:
        st.error(as_text(refused))
        return
    st.rerun()


def choose_ward() -> None:
    """Offer the other wards, where there are any."""
    wards = session.my_wards()
    here = session.ward()
    if len(wards) < 2 or here is None:
        return
    ids = [one.id for one in wards]
    names = {one.id: one.name for one in wards}
    chosen = st.selectbox("Ward", ids, index=ids.index(here.id), format_func=names.__getitem__)
    if chosen != here.id:
        session.choose_ward(chosen)
        st.rerun()
