"""
How a draft begins: go on with one, copy a case, take a sample patient, start empty, read one in.

Whatever it starts from, it gets a name of its own first: a copy never takes the place of what it
was copied from by accident.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, timedelta
from functools import cache
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import may
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import age_text
from dashboard.parts.training.authoring_bench import (
    STORY,
    begin,
    kept_drafts,
    throw_away,
)
from dashboard.parts.training.authoring_fields import heading
from dashboard.parts.training.authoring_import import draw_import
from dashboard.sample_ward import stories_folder
from dashboard.session import Person
from dashboard.store import StoreError
from dashboard.training.deidentifying import take_course
from dashboard.training.drafting import Draft, DraftError, empty, of_case, of_files
from dashboard.training.keeping.opening import training_store
from dashboard.training.shelf import shelf
from dashboard.ward import patient_ids
from toxmodels import Case, CaseError, load_case

__all__ = ["draw"]

_HOWS: Final = {
    "story": "A case that is there",
    "sample": "A sample patient",
    "empty": "An empty chart",
    "real": "A real course, de-identified",
    "file": "A file made elsewhere",
}
_MORNING: Final = timedelta(hours=8)
_PLAIN: Final = re.compile(r"[^a-z0-9]+")


def draw(person: Person) -> None:
    """Draw the drafts that are kept, then the ways to begin one."""
    _kept(person)
    heading("Begin with")
    how = st.segmented_control(
        "Begin with", [*_HOWS], format_func=_HOWS.__getitem__, key="author/how",
        label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    match how:
        case "story":
            _from_story(person)
        case "sample":
            _from_sample(person)
        case "empty":
            _from_nothing(person)
        case "real":
            _from_real(person)
        case "file":
            draw_import(person)
        case _:
            return


def _kept(person: Person) -> None:
    drafts = kept_drafts(person)
    if not drafts:
        return
    heading("Your drafts")
    for name, at in sorted(drafts.items(), key=lambda one: one[1], reverse=True):
        left, middle, right = st.columns([5, 2, 2], vertical_alignment="center")
        with left:
            st.markdown(f"**{as_text(name)}** · {age_text(session.now() - at)}")
        with middle:
            if st.button("Go on", key=f"author/go/{name}", width="stretch"):
                st.query_params[STORY] = name
                st.rerun()
        with right, st.popover("Throw away", width="stretch"):
            if st.button("Yes, throw this draft away", key=f"author/away/{name}"):
                throw_away(person, name)
                st.rerun()


# Where it comes from


def _from_story(person: Person) -> None:
    found = shelf(training_store().stories())
    words = {one.id: f"{one.course.story.title} ({one.course.story.level})"
             for one in found.offered}  # fmt: skip
    id_ = st.selectbox("Case", [*words], index=None, format_func=words.__getitem__,
                       key="author/story", placeholder="Choose a case")  # fmt: skip
    one = found.find(id_)
    for fault in found.faults:
        st.warning(as_text(f"Not offered: {fault}"))
    if one is not None:
        name = _name(one.id if one.written_by == person.name else f"{one.id}-copy", one.id)
        _begin(person, name, lambda told: of_files(told, one.files), key=one.id)


@cache
def _samples() -> dict[str, Case]:
    """The invented patients of the sample ward, whole: a story wants what came later, too."""
    found = {}
    for file in sorted(stories_folder().glob("*/case.json")):
        try:
            found[file.parent.name] = load_case(file.read_text(encoding="utf-8"))
        except (CaseError, OSError):  # a damaged file is left out; the others can be used
            continue
    return found


def _from_sample(person: Person) -> None:
    samples = _samples()
    words = {name: _described(name, case) for name, case in samples.items()}
    chosen = st.selectbox("Sample patient", [*words], index=None, format_func=words.__getitem__,
                          key="author/sample", placeholder="Choose a patient")  # fmt: skip
    if chosen is not None:
        name = _name(f"after-{chosen}", chosen)
        title = _title(chosen)
        _begin(person, name, lambda told: of_case(told, samples[chosen], title=title), key=chosen)


def _described(name: str, case: Case) -> str:
    age = "" if case.patient.age_years is None else f", {case.patient.age_years:g} years"
    product = "" if case.therapy is None else f", {case.therapy.product}"
    return f"{name}{age}{product}, {len(case.vitals or ())} sets of vital signs"


def _from_nothing(person: Person) -> None:
    title = _title("empty")
    name = _name(_PLAIN.sub("-", title.lower()).strip("-")[:60], f"empty/{title}")
    today = session.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    _begin(
        person, name,
        lambda told: empty(told, title=title, starts_at=today + _MORNING, patient={}), key="empty",
    )  # fmt: skip


def _from_real(person: Person) -> None:
    if not may(person.role, "deidentify"):
        st.info(f"As {person.role} you may not turn a patient's course into a training case.")
        return
    here = session.ward()
    ids = [] if here is None else patient_ids(here.id)
    chosen = st.selectbox("Patient", ids, index=None, key="author/real", placeholder="Choose",
                          format_func=as_text)  # fmt: skip
    if chosen is None:
        return
    st.caption("Ids, dates and every free text go; intervals and measurements stay. It is put on "
               "the audit trail as an export.")  # fmt: skip
    title = _title("real")
    name = _name("", f"real/{chosen}")

    def made(told: str) -> Draft:
        found = take_course(session.live_store(), person, chosen, told, now=session.now(),
                            zone=session.zone())  # fmt: skip
        st.session_state["author/report"] = found.report
        return of_case(told, found.case, title=title)

    _begin(person, name, made, key=f"real/{chosen}")


# Its name


def _title(key: str) -> str:
    return st.text_input("Title", key=f"author/title/{key}", max_chars=120).strip()


def _name(proposed: str, key: str) -> str:
    return st.text_input(
        "Short name (small letters, digits, hyphens)", value=proposed[:60],
        key=f"author/name/{key}", max_chars=60,
    ).strip()  # fmt: skip


def _begin(person: Person, name: str, make: Callable[[str], Draft], *, key: str) -> None:
    if not st.button("Begin", key=f"author/begin/{key}", type="primary"):
        return
    if name in kept_drafts(person):
        st.error("You have a draft of this name: go on with it, or take another name.")
        return
    try:
        begin(person, make(name))
    except (DraftError, StoreError, NotAllowed, ValueError) as error:
        st.error(as_text(error), icon=":material/block:")
        return
    st.rerun()
