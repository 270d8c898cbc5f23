"""Saving a draft for the trainees of this server, and sharing it as one file."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Final

import streamlit as st

from dashboard.accounts.authorise import NotAllowed
from dashboard.parts.forms.plain import as_text
from dashboard.parts.training.acting import desk
from dashboard.parts.training.authoring_bench import Bench
from dashboard.session import Person
from dashboard.store import StoreError
from dashboard.training.bundling import BundleError, bundle, content_digest, file_name
from dashboard.training.doing import keep_story
from dashboard.training.drafting import files_of
from dashboard.training.keeping.journal import STORY as SAVED
from dashboard.training.keeping.journal import Noted
from dashboard.training.keeping.opening import training_store
from dashboard.training.reading import Course
from dashboard.training.shelf import packaged
from toxmodels import Fault

__all__ = ["draw", "newest", "save"]

_SPACE: Final = uuid.UUID("7a2f3d6e-5d0b-4d0e-9a57-0b6a0e4c9f11")


def draw(bench: Bench, found: Course | list[Fault]) -> None:
    """Draw what is saved, the button that saves, and the file to share."""
    if isinstance(found, list):
        st.info("It can be saved and shared once it has no faults. Your draft is kept.")
        return
    name, files = bench.draft.name, files_of(bench.draft)
    saved = newest(name)
    is_saved = saved is not None and dict(saved.body["files"]) == files
    if saved is not None:
        what = "This is what is saved" if is_saved else "Saved before, and changed since"
        st.caption(as_text(f"{what}: revision {saved.body['revision']}, by {saved.by}."))
    elif packaged().find(name) is not None:
        st.warning("Saved under this name it takes the place of the case that came with toxwatch.")
    key = f"author/{name}/share"
    with st.container(horizontal=True):
        if st.button("Save for the trainees here", key=f"{key}/save", type="primary",
                     disabled=is_saved):  # fmt: skip
            said = save(bench.person, name, files, saved)
            if said is None:
                st.rerun()
            st.error(as_text(said), icon=":material/sync_problem:")
        _offer_file(name, files, key)
    if is_saved:
        st.success("Saved. It stands in the catalogue of the Training page.")


def _offer_file(name: str, files: Mapping[str, str], key: str) -> None:
    try:
        content = bundle(name, files)
    except BundleError as error:
        st.error(as_text(error), icon=":material/block:")
        return
    st.download_button(
        "Download as one file", content, file_name(name), "application/octet-stream",
        key=f"{key}/file", on_click="ignore",
    )  # fmt: skip


def newest(name: str) -> Noted | None:
    """The newest revision of a story that was saved here, also where it was withdrawn."""
    rows = training_store().rows(SAVED + name)
    return max(rows, key=lambda one: int(one.body["revision"]), default=None)


def save(
    person: Person, name: str, files: Mapping[str, str], before: Noted | None
) -> str | None:  # fmt: skip
    """Save the next revision, and say why not; the same press sent twice saves once."""
    revision = 1 if before is None else int(before.body["revision"]) + 1
    id_ = uuid.uuid5(_SPACE, f"{name}/{revision}/{person.name}/{content_digest(files)}")
    try:
        keep_story(desk(person), id=str(id_), story=name, files=files, revision=revision)
    except (StoreError, NotAllowed) as error:
        return str(error)
    return None
