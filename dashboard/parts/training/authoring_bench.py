"""
The author's bench: one draft of one person, kept in the store of drafts after every step.

A draft is no record, so it lies with the forms that were not sent yet, under a patient's name that
nobody can have. A reload, another tablet and a server that was started again find it there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.sheet import Sheet
from dashboard.session import Person, live_store, now
from dashboard.store import StoreError
from dashboard.training.drafting import Draft, from_plain, plain

__all__ = ["STORY", "Bench", "begin", "kept_drafts", "opened", "put_away", "throw_away"]

STORY: Final = "story"  # the draft in the address
_OF: Final = "(training)"  # no patient can have this id: brackets are in no study id
_FORM: Final = "story "
_MOST_STEPS: Final = 60


@dataclass(slots=True)
class Bench:
    """
    What lies on the bench.

    ``turn`` changes when the draft changes under the fields: they then start anew from it.
    ``record`` is the record that is being typed, until it is put on the timeline.
    """

    person: Person
    draft: Draft
    turn: int = 0
    before: list[Draft] = field(default_factory=list)
    record: dict[str, Any] | None = None
    stored: str = ""
    refused: str | None = None

    def sheet(self, part: str, values: dict[str, Any]) -> Sheet:
        """Fields of one part; they start from ``values`` whenever the draft has turned."""
        return Sheet(f"author/{self.draft.name}/{self.turn}/{part}", values)

    def take(self, draft: Draft, *, anew: bool = True) -> None:
        """Go on with another draft; ``anew`` unless the fields show it already."""
        if draft != self.draft:
            self.before = [*self.before, self.draft][-_MOST_STEPS:]
            self.draft = draft
            self.turn += anew

    def back(self) -> None:
        """Take the last step back."""
        if self.before:
            self.draft = self.before.pop()
            self.record = None
            self.turn += 1

    def keep(self) -> None:
        """Store what lies here, if it changed; a fault is said and loses nothing on the screen."""
        content = json.dumps({**plain(self.draft), "record": self.record}, sort_keys=True)
        if content == self.stored:
            return
        try:
            live_store().save_draft(
                self.person.name, _OF, _FORM + self.draft.name, json.loads(content), now=now()
            )
        except StoreError as error:
            self.refused = f"What you write is not being kept for a reload: {error}"
            return
        self.stored, self.refused = content, None


def opened(person: Person, name: str) -> Bench | None:
    """The draft of this name as it was left: in this session, else in the store."""
    key = _key(person, name)
    bench = st.session_state.get(key)
    if isinstance(bench, Bench):
        return bench
    kept = live_store().load_draft(person.name, _OF, _FORM + name)
    if kept is None:
        return None
    bench = Bench(person, from_plain(kept.payload), record=kept.payload.get("record"))
    st.session_state[key] = bench
    return bench


def begin(person: Person, draft: Draft) -> None:
    """Lay a draft on the bench, and its name into the address."""
    bench = Bench(person, draft)
    bench.keep()
    st.session_state[_key(person, draft.name)] = bench
    st.query_params[STORY] = draft.name


def put_away() -> None:
    """Back to the start; the draft stays kept."""
    if STORY in st.query_params:
        del st.query_params[STORY]


def throw_away(person: Person, name: str) -> None:
    """Forget a draft; a story that was saved stays."""
    live_store().drop_draft(person.name, _OF, _FORM + name)
    st.session_state.pop(_key(person, name), None)


def kept_drafts(person: Person) -> Mapping[str, datetime]:
    """The drafts of this person, and when each was last kept."""
    return {
        str(row["form"]).removeprefix(_FORM): row["saved_at"]
        for row in live_store().drafts_of(_OF)
        if row["who"] == person.name and str(row["form"]).startswith(_FORM)
    }


def _key(person: Person, name: str) -> str:
    return f"author/{person.name}/{name}"
