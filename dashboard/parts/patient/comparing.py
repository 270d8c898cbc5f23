"""
Two protocols side by side for the patient on the screen: the same drug or step on one row.

A difference is said in words beside its mark. Nothing here changes what the ward has chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from dashboard.chosen import protocols_here
from dashboard.parts import html
from dashboard.parts.grade import esc, urgency_html
from dashboard.parts.patient.advice import badge_text, by_place, dose_text
from dashboard.parts.patient.kept import kept
from dashboard.states import PatientState
from toxmodels import assess
from toxmodels.course import Walk
from toxmodels.protocols import Advice, Protocol
from toxmodels.scales import STEPPED

__all__ = ["Row", "compare", "comparison_html", "rows_of"]

_STEPS: Final = {
    "treat": "Treatment",
    "care": "Care",
    "hold": "Hold",
    "stop": "Stop for good",
    "taper": "Taper",
    "restart": "Restart",
    "consult": "Ask a specialist",
}
_BESIDE: Final = "Besides the grades"


@dataclass(frozen=True, slots=True)
class Row:
    """What both protocols say about one drug or step of one toxicity."""

    place: str
    what: str
    left: tuple[Advice, ...]
    right: tuple[Advice, ...]
    difference: str


def rows_of(
    left: Sequence[Advice], right: Sequence[Advice], books: Mapping[str, Protocol]
) -> tuple[Row, ...]:
    """Pair the advice of two protocols, in the order of the first."""
    mine, theirs = _grouped(left, books), _grouped(right, books)
    order = {**dict.fromkeys(STEPPED), **{place: None for place, _ in (*mine, *theirs)}}
    keys = dict.fromkeys((*mine, *theirs))
    return tuple(
        Row(
            _named(place),
            what,
            mine.get((place, what), ()),
            theirs.get((place, what), ()),
            _difference(mine.get((place, what), ()), theirs.get((place, what), ())),
        )
        for wanted in order
        for place, what in keys
        if place == wanted
    )


def _grouped(
    found: Iterable[Advice], books: Mapping[str, Protocol]
) -> Mapping[tuple[str, str], tuple[Advice, ...]]:
    kept_: dict[tuple[str, str], list[Advice]] = {}
    for place, said in by_place(found, books).items():
        for one in said:
            what = _STEPS[one.step] if one.drug is None else one.drug.replace("-", " ").capitalize()
            kept_.setdefault((place, what), []).append(one)
    return {key: tuple(said) for key, said in kept_.items()}


def _named(place: str) -> str:
    return STEPPED[place].short if place in STEPPED else _BESIDE


def _difference(left: Sequence[Advice], right: Sequence[Advice]) -> str:
    """Say in a word what differs; empty where both come to the same."""
    if not left or not right:
        return "only in one"
    if any(one.drug is not None for one in (*left, *right)):
        if [_amount(one) for one in left] != [_amount(one) for one in right]:
            return "dose or blocking differs"
        return "" if [o.urgency for o in left] == [o.urgency for o in right] else "urgency differs"
    return "" if {one.advise for one in left} == {one.advise for one in right} else "words differ"


def _amount(one: Advice) -> tuple[str, str | None]:
    return dose_text(one), one.blocked_by


def comparison_html(left: Protocol, right: Protocol, rows: Sequence[Row]) -> str:
    """The table; a heading row for each toxicity and each drug or step."""
    heads = "".join(
        f'<th scope="col">{esc(one.title)}, {esc(one.edition)}<br>'
        f'<span class="tw-mark">{esc(badge_text(one.verification, None))}</span></th>'
        for one in (left, right)
    )
    body = "".join(
        f'<tr class="tw-cmp-head"><th colspan="2" scope="colgroup">{esc(row.place)}: '
        f"{esc(row.what)}{_mark(row.difference)}</th></tr>"
        f"<tr><td>{_cell(row.left)}</td><td>{_cell(row.right)}</td></tr>"
        for row in rows
    )
    if not rows:
        body = '<tr><td colspan="2">Neither proposes anything for this patient now.</td></tr>'
    return (
        f'<table class="tw-findings tw-compare"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _mark(difference: str) -> str:
    return f' <span class="tw-differs">≠ {esc(difference)}</span>' if difference else ""


def _cell(found: Sequence[Advice]) -> str:
    if not found:
        return '<span class="tw-silent">says nothing</span>'
    return "".join(
        f"<p>{urgency_html(one.urgency)} {esc(one.advise)}{_dose(one)}</p>" for one in found
    )


def _dose(one: Advice) -> str:
    if one.drug is None:
        return ""
    blocked = ""
    if one.blocked_by is not None:
        blocked = f'; <span class="tw-late">{esc(one.blocked_by)}</span>'
    return f"<br><b>{esc(dose_text(one))}</b>{blocked}"


def compare(state: PatientState) -> None:
    """Choose any two; the first is the ward's own unless somebody changes it."""
    known = protocols_here()
    if state.closed is not None or len(known) < 2:
        return
    ids = [*known]
    own = None if state.protocol is None else state.protocol.id
    html.show('<h3 class="tw-sub">Compare two protocols for this patient</h3>')
    right = st.selectbox(
        "Compared with" if own is None else f"{_label(known, own)}, compared with",
        ids,
        index=None,
        format_func=lambda id_: _label(known, id_),
        placeholder="Choose another protocol",
        key=f"compare-right/{state.patient_id}",
    )
    if right is None:
        return
    left = st.selectbox(
        "Advice for this patient by",
        ids,
        index=ids.index(own) if own in ids else None,
        format_func=lambda id_: _label(known, id_),
        placeholder="Choose a protocol",
        key=f"compare-left/{state.patient_id}",
    )
    if left is None:
        return
    digests = known[left].model_dump_json(), known[right].model_dump_json()
    html.show(kept(state, ("compare", *digests), lambda: _compared(state, known, left, right)))


def _label(known: Mapping[str, Protocol], id_: str) -> str:
    return f"{known[id_].title}, {known[id_].edition}"


def _compared(state: PatientState, books: Mapping[str, Protocol], left: str, right: str) -> str:
    walk = Walk(state.case)
    said = [assess(walk, state.at, books[one]).advice for one in (left, right)]
    return comparison_html(books[left], books[right], rows_of(said[0], said[1], books))
