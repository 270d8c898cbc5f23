"""
Looking up a certificate by its code: what it certifies, or that there is no such certificate.

The fingerprint beside it is that of the facts as they were kept: a sheet on which something was
changed carries another one.
"""

from __future__ import annotations

import streamlit as st

from dashboard import session
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.training.acting import desk
from dashboard.parts.training.certifying import certificate_html
from dashboard.parts.training.style_trainer import SHEET
from dashboard.store import StoreError
from dashboard.training.certificate import of_body
from dashboard.training.codes import plain_code

__all__ = ["page"]


def page() -> None:
    """Ask for a code and show what stands behind it."""
    html.show_style(SHEET)
    html.show('<h1 class="tw-head">Verify a certificate</h1>')
    with st.form("certificate-code", border=False, width=520):
        typed = st.text_input(
            "Verification code", max_chars=40, key="certificate-code-in",
            placeholder="e.g. CDFH-JKMN-PQRT",
        )  # fmt: skip
        sent = st.form_submit_button("Look it up", type="primary")
    code = plain_code(typed or "")
    if code:
        _show(code)
    elif sent:
        st.error("Type the code that stands on the certificate.")


def _show(code: str) -> None:
    at = desk(session.signed_on())
    at.may("learn")
    try:
        row = at.training.certificate(code)
    except StoreError as error:
        st.error(as_text(f"It cannot be looked up right now: {error}"))
        return
    if row is None:
        st.error(
            as_text(f"There is no certificate with the code {code} here.")
            + " Compare it with the sheet. A certificate of another hospital is looked up there."
        )
        return
    facts = of_body(row.body)
    st.success(
        as_text(f"Code {facts.code}: this certificate was issued here.")
        + " Compare the name, the result and the fingerprint with the sheet."
    )
    html.show(certificate_html(facts))
