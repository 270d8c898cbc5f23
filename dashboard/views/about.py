"""
About: what the software is for, which rules decide, where they come from, and who has checked them.
"""

from __future__ import annotations

import streamlit as st

from dashboard import session
from dashboard.as_of import recording
from dashboard.observing import self_test
from dashboard.parts import html, keeping
from dashboard.parts.intended_use import FULL, REVIEW
from toxmodels import SCALES, rules_digest, sources
from toxmodels.version import VERSION, digests

_MARKS = {
    "verified": "read in the place named",
    "unverified": "NOT checked against the source",
    "house": "HOUSE RULE: a choice of this project, published nowhere",
}


def page() -> None:
    """Show the statement, the scales, the sources and the digests."""
    html.show('<h1 class="tw-head">About toxwatch</h1>')
    st.subheader("Intended use")
    st.write(FULL)
    st.write(f"**{REVIEW}**")
    st.subheader("What grades")
    for scale in SCALES.values():
        st.write(f"{scale.short}: {scale.title}, {scale.edition} (source {scale.source})")
    st.subheader("Sources")
    st.write(
        "Every finding and alert cites one of these. What is marked as house rule or not checked "
        "is shown with that mark wherever it appears."
    )
    st.table(
        {
            "Source": [one.id for one in sources().values()],
            "Title": [one.title for one in sources().values()],
            "Citation": [one.citation for one in sources().values()],
            "How far checked": [_MARKS[one.verification] for one in sources().values()],
            "Read in": [one.read_in for one in sources().values()],
            "Reviewed by a clinician": [one.reviewed_by or "not yet" for one in sources().values()],
        }
    )
    st.subheader("Which rules decide")
    st.write(f"toxwatch {VERSION}. Digest over all rules:")
    st.code(rules_digest(), language=None)
    with st.expander(f"The {len(digests())} files and their digests"):
        st.table({"File": [*digests()], "SHA-256": [*digests().values()]})
    st.subheader("Self-test")
    _self_test()
    keeping.about(session.store(), session.now())
    fault = recording.fault()
    if fault is not None:
        st.error(fault)


def _self_test() -> None:
    """Say when the program last graded its known cases, and every one that came out wrong."""
    exam = self_test.latest(session.now())
    at = session.clock_text(exam.at)
    faults = self_test.complaints(session.now())
    if not faults:
        st.write(
            f"Self-test passed {at}: {exam.tried} known grades came out as published. It runs at "
            "the start and every hour."
        )
        return
    st.error(f"Self-test FAILED {at}. Do not rely on the grades:")
    for fault in faults:
        st.text(fault)
