"""
Cohort: many patients at once, invented ones or those of a file that is stored nowhere.

Whoever may view may look at the invented cohort. A file of a hospital's own patients is read only
for those who may export. What comes of it are counts; no line of a patient is shown.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.permissions import may, roles_that_may
from dashboard.cohorts.asking import quick
from dashboard.parts import html
from dashboard.parts.cohort.answers import draw_answer
from dashboard.parts.cohort.choosing import chosen_study
from dashboard.parts.cohort.comparing import draw_comparing
from dashboard.parts.grade import esc

__all__ = ["page"]

_BY: Final = {"": "All patients", "product": "Product", "age": "Age", "burden": "Burden"}
_SAYS: Final = (
    "Counts over many patients. A grade that was not recorded completely stays an interval: "
    "what is certain and what is possible are both counted."
)
_INVENTED: Final = (
    "SYNTHETIC: these patients are invented from published distributions. For trying things out; "
    "nothing here may be concluded about anybody."
)


def page() -> None:
    """Draw the page."""
    html.show(f'<h1 class="tw-head">Cohort</h1><p class="tw-faint">{esc(_SAYS)}</p>')
    person = session.signed_on()
    if person is not None and not may(person.role, "view"):
        st.error("You may not look at cohorts.", icon=":material/block:")
        return
    may_read = person is not None and may(person.role, "export")
    if not may_read:
        who = " or ".join(roles_that_may("export"))
        st.caption(f"A file of your own can be read by whoever signs on as {who}.")
    found = chosen_study(person if may_read else None)
    if found is None:
        return
    study, place = found
    if study.is_synthetic:
        html.show(f'<p class="tw-notice">{esc(_INVENTED)}</p>')
    html.show(f'<p role="status"><b>{study.count}</b> patients, <b>{study.row_count}</b> rows</p>')
    if study.count == 0:
        st.info("There is nobody in this cohort.")
        return
    if study.unreadable:
        st.warning(
            f"Values that could not be read, and count as if they could be anything: "
            f"{study.unreadable}. toxwatch grade names each with its line.",
            icon=":material/warning:",
        )
    by = st.segmented_control(
        "Divide by", [*_BY], format_func=_BY.__getitem__, default="", key="cohort/by"
    )
    for one in quick(study, by or None):
        draw_answer(one, place)
    draw_comparing(study, place)
