"""Reading in a story that was made elsewhere: checked whole, then saved or opened as a draft."""

from __future__ import annotations

import streamlit as st

from dashboard.parts.forms.plain import as_text
from dashboard.parts.training.authoring_bench import begin, kept_drafts
from dashboard.parts.training.authoring_share import newest, save
from dashboard.session import Person
from dashboard.training.bundling import ENDING, MOST_BYTES, Bundle, BundleError, read_bundle
from dashboard.training.drafting import DraftError, files_of, of_files
from dashboard.training.reading import StoryError
from dashboard.training.shelf import packaged

__all__ = ["draw_import"]

_SHOWN = 60


def draw_import(person: Person) -> None:
    """Ask for a file, show what is in it or what is wrong, and take it on request."""
    # Any ending: the browser's filter refuses one with a hyphen, and tablets grey out what they do
    # not know. What is in the file decides.
    file = st.file_uploader(
        f"Story ({ENDING})", key="author/file", max_upload_size=MOST_BYTES // 2**20
    )
    if file is None:
        return
    try:
        found = read_bundle(file.getvalue())
    except StoryError as error:
        many = "1 fault" if len(error.faults) == 1 else f"{len(error.faults)} faults"
        st.error(f"Nothing was read in: {many}.", icon=":material/error:")
        st.text("\n".join(str(one) for one in error.faults[:_SHOWN]))
        return
    except BundleError as error:
        st.error(as_text(f"Nothing was read in: {error}"), icon=":material/error:")
        return
    _offer(person, found)


def _offer(person: Person, found: Bundle) -> None:
    story = found.course.story
    asked = sum(1 for _ in story.questions())
    st.markdown(f"**{as_text(story.title)}** · {as_text(found.name)}")
    st.caption(
        f"{story.level}, {story.minutes} minutes. Questions: {asked}. "
        f"Branches: {len(story.branches)}. Digest {found.digest[:12]}."
    )
    before = newest(found.name)
    if before is not None and dict(before.body["files"]) == dict(found.files):
        st.success("Saved. It stands in the catalogue of the Training page.")
        return
    name = found.name
    if before is not None or packaged().find(name) is not None:
        st.warning("There is a case of this name here. Give this one another name to keep both.")
        name = st.text_input("Short name", value=f"{name}-2", key="author/file/name").strip()
    with st.container(horizontal=True):
        as_it_is = st.button("Save for the trainees here", key="author/file/save", type="primary")
        as_draft = st.button("Open as a draft", key="author/file/draft")
    if as_it_is or as_draft:
        _take(person, found, name, as_draft=as_draft)


def _take(person: Person, found: Bundle, name: str, *, as_draft: bool) -> None:
    try:
        draft = of_files(name, found.files)
    except DraftError as error:
        st.error(as_text(error), icon=":material/edit:")
        return
    if as_draft:
        if name in kept_drafts(person):
            st.error("You have a draft of this name: take another name.")
            return
        begin(person, draft)
        st.rerun()
    files = found.files if name == found.name else files_of(draft)
    said = save(person, name, files, newest(name))
    if said is None:
        st.success("Saved. It stands in the catalogue of the Training page.")
    else:
        st.error(as_text(said), icon=":material/sync_problem:")
