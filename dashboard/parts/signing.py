"""
Signing on, wherever a page needs a name; and choosing the ward beside it.
"""

from __future__ import annotations

import streamlit as st

from dashboard import glance, session


def ask_sign_on(place: str = "") -> bool:
    """Ask for name and role; True in the run that took the seat, which the caller then repeats."""
    key = f"{place}-sign-on" if place else "sign-on"
    with st.form(key, border=False, width=420):
        name = st.text_input(
            "Initials or staff number", key=f"{key}-name", max_chars=12, placeholder="e.g. 4711"
        )
        role = st.radio(
            "Role this shift", session.ROLES, index=None, key=f"{key}-role", horizontal=True
        )
        sent = st.form_submit_button("Sign on", type="primary")
    if sent and name.strip() and role is not None:
        session.sign_on(session.Person(name.strip(), role))
        return True
    if sent:
        st.error("Give both: a name or number, and a role.")
    return False


def choose_ward() -> None:
    """Offer the other wards, where there are any."""
    wards = glance.wards(session.store())
    here = session.ward()
    if len(wards) < 2 or here is None:
        return
    ids = [one.id for one in wards]
    names = {one.id: one.name for one in wards}
    chosen = st.selectbox("Ward", ids, index=ids.index(here.id), format_func=names.__getitem__)
    if chosen != here.id:
        session.choose_ward(chosen)
        st.rerun()
