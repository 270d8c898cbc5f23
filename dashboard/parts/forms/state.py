"""
An open form: its answers, its submission id and where in the work it is.

The state lies in the session under person, patient and form together, so that no answer can reach
another patient's form. What is typed is kept in the store as a draft, because a session is gone
with the connection.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import streamlit as st

from dashboard.parts.forms.check import Entry
from dashboard.parts.forms.saving import stored_with
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.when import TIME_FIELD, fix_time
from dashboard.store import Entry as Stored
from dashboard.store import Store, StoreError

Step = Literal["edit", "readback", "saved"]
# A saved form shows its outcome for this long; somebody who comes back later finds an empty one.
_SHOWN: Final = timedelta(minutes=2)
# How the form is filled in, not what was found.
_MANNER: Final = frozenset({"how", "exam"})


@dataclass(slots=True)
class FormState:
    """One form of one person for one patient. ``token`` is its submission id."""

    patient_id: str
    kind: str
    replaces: str | None
    token: str
    seen_position: int
    started_at: datetime
    values: dict[str, Any] = field(default_factory=dict)
    step: Step = "edit"
    entries: tuple[Entry, ...] = ()
    reason: str | None = None
    kept: str = ""
    restored_from: datetime | None = None
    saved_at: datetime | None = None
    asked_again: bool = False
    reused: bool = False

    @property
    def form(self) -> str:
        """The name of this form's draft."""
        return self.kind if self.replaces is None else f"{self.kind} {self.replaces}"

    @property
    def is_empty(self) -> bool:
        """Whether nothing was recorded yet; the time alone is no observation."""
        return all(name in _MANNER or name.startswith(TIME_FIELD) for name in self.values)

    def sheet(self, old: Mapping[str, Any] | None = None) -> Sheet:
        """The widgets of this form; their keys name patient and form."""
        return Sheet(f"{self.patient_id}:{self.token}", self.values, old)


def open_form(
    store: Store,
    who: str,
    patient_id: str,
    *,
    kind: str,
    replaces: str | None,
    history: tuple[Stored, ...],
    now: datetime,
) -> FormState:
    """The form as it was left: in this session, in a draft, or new and empty."""
    key = _key(who, patient_id, kind, replaces)
    kept = st.session_state.get(key)
    if isinstance(kept, FormState) and not _is_over(kept, now):
        return kept
    state = FormState(
        patient_id, kind, replaces, str(uuid.uuid4()), history[-1].position if history else 0, now
    )
    if kept is None:
        _restore(store, who, state, history)
    st.session_state[key] = state
    return state


def _key(who: str, patient_id: str, kind: str, replaces: str | None) -> str:
    return f"entry-form/{who}/{patient_id}/{kind}/{replaces or ''}"


def _is_over(state: FormState, now: datetime) -> bool:
    return state.saved_at is not None and now - state.saved_at > _SHOWN


def _restore(store: Store, who: str, state: FormState, history: tuple[Stored, ...]) -> None:
    draft = store.load_draft(who, state.patient_id, state.form)
    if draft is None:
        return
    token = draft.payload["token"]
    if stored_with(history, token):
        forget_draft(store, who, state)  # saved, but the answer never arrived
        return
    state.token = token
    state.seen_position = draft.payload["seen_position"]
    state.started_at = datetime.fromisoformat(draft.payload["started_at"])
    state.values = dict(draft.payload["values"])
    state.restored_from = draft.saved_at
    chosen = state.values.get(TIME_FIELD)
    if chosen != "other":
        minutes = 0 if chosen in (None, "now") else int(chosen)
        fix_time(state.sheet(), TIME_FIELD, state.started_at - timedelta(minutes=minutes))
    state.kept = _as_draft(state)


def seed(state: FormState, values: Mapping[str, Any]) -> None:
    """Start a form from what is recorded; nothing was typed yet, so there is nothing to keep."""
    state.values = dict(values)
    state.kept = _as_draft(state)


def _as_draft(state: FormState) -> str:
    return json.dumps(
        {
            "token": state.token,
            "seen_position": state.seen_position,
            "started_at": state.started_at.isoformat(),
            "values": state.values,
        },
        sort_keys=True,
    )


def keep_draft(store: Store, who: str, state: FormState, now: datetime) -> str | None:
    """Keep what was typed, if it changed; returns why it could not be kept."""
    content = "" if state.is_empty else _as_draft(state)
    if content == state.kept:
        return None
    try:
        if content:
            draft = json.loads(content)
            store.save_draft(who, state.patient_id, state.form, draft, now=now)
        else:
            store.drop_draft(who, state.patient_id, state.form)
    except StoreError as error:
        return f"What you type is not being kept for a reload: {error}"
    state.kept = content
    return None


def forget_draft(store: Store, who: str, state: FormState) -> None:
    """
    Drop the draft of a form that was saved.

    A failure does no harm: a draft whose form is in the journal is dropped when it is next opened.
    """
    try:
        store.drop_draft(who, state.patient_id, state.form)
    except StoreError:
        state.kept = "not dropped"


def start_over(store: Store, who: str, state: FormState, now: datetime) -> None:
    """Throw away what was typed and begin an empty form with a new submission id."""
    forget_draft(store, who, state)
    st.session_state[_key(who, state.patient_id, state.kind, state.replaces)] = FormState(
        state.patient_id, state.kind, state.replaces, str(uuid.uuid4()), state.seen_position, now
    )


def renew(state: FormState) -> None:
    """Give a form whose submission id was used elsewhere an id of its own; the answers stay."""
    state.token, state.reused = str(uuid.uuid4()), False


def unsaved_forms(who: str, patient_id: str, kinds: Mapping[str, Any]) -> frozenset[str]:
    """Which forms of this patient hold something that was not saved, in this session."""
    found = set()
    for kind in kinds:
        state = st.session_state.get(_key(who, patient_id, kind, None))
        if isinstance(state, FormState) and state.step != "saved" and not state.is_empty:
            found.add(kind)
    return frozenset(found)
