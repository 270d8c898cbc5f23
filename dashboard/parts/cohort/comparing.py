"""The slow questions: scales and protocols, run patient by patient when somebody asks."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard.cohorts.answer import Answer
from dashboard.cohorts.asking import AGAINST, Slow, slow
from dashboard.parts import html
from dashboard.parts.cohort.answers import draw_answer
from dashboard.parts.cohort.choosing import Place
from toxmodels.cohort.questions import Study
from toxmodels.protocols import protocols

__all__ = ["draw_comparing"]

_KEPT: Final = "cohort/slow"
_SIZES: Final = (20, 50, 100, 200)
_SAYS: Final = (
    "What two protocols would have proposed for the same patients, and how other scales grade "
    "their worst moment. Each patient is assessed step by step, about a tenth of a second each."
)


def draw_comparing(study: Study, place: Place) -> None:
    """Ask which protocols and how many patients, run on request, and show what came of it."""
    html.show(f'<h2 class="tw-sub">Protocols and scales</h2><p class="tw-faint">{_SAYS}</p>')
    if not study.can_replay:
        st.info("This file holds grades without observations: protocols cannot be run over it.")
        return
    one, other, many = st.columns(3)
    names = {id_: found.title for id_, found in protocols().items()}
    first = one.selectbox(
        "Protocol",
        [*names],
        [*names].index(AGAINST[0]),
        format_func=names.__getitem__,
        key="cohort/first",
    )
    second = other.selectbox(
        "against",
        [*names],
        [*names].index(AGAINST[1]),
        format_func=names.__getitem__,
        key="cohort/second",
    )
    most = many.selectbox("Patients at most", _SIZES, key="cohort/most")
    wanted = Slow(str(first), str(second), int(most))
    if first == second:
        st.info("Choose two different protocols.")
        return
    if st.button("Compare", type="primary", key="cohort/compare"):
        st.session_state[_KEPT] = (place.key, wanted, _run(study, wanted))
    kept = st.session_state.get(_KEPT)
    if kept is not None and kept[:2] == (place.key, wanted):
        for answer in kept[2]:
            draw_answer(answer, place)


def _run(study: Study, wanted: Slow) -> list[Answer]:
    bar = st.progress(0.0, "Assessing …")

    def told(what: str, now: int, of: int) -> None:
        bar.progress(now / max(1, of), f"{what}: {now} of {of} patients")

    found = [*slow(study, wanted, told)]
    bar.empty()
    return found
