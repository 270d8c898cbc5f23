"""
Correcting or withdrawing an entry: the old values stand beside the new ones, a reason is asked,
and the old entry stays in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import streamlit as st

from dashboard.accounts.permissions import may
from dashboard.parts import html
from dashboard.parts.forms.desk import Desk
from dashboard.parts.forms.outcome import entry_text
from dashboard.parts.forms.preview import own_time
from dashboard.parts.forms.readback import table_html
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.spoken import lines
from dashboard.parts.forms.state import FormState
from dashboard.parts.forms.when import TIME_FIELD, fix_time

REASON: Final = "correction/why"
REASON_TEXT: Final = "correction/text"
WITHDRAW: Final = "correction/withdraw"
_REASONS: Final = {
    "typing": "Typing error",
    "time": "Wrong time",
    "patient": "Wrong patient",
    "device": "False reading",
    "added": "Something to add",
    "other": "Other",
}


def draw_old(desk: Desk, state: FormState) -> None:
    """The entry that is corrected, and the two things that can be done with it."""
    old = desk.replaced
    if old is None:
        return
    with st.container(border=True):
        st.text(f"Correcting: {entry_text(old, desk.zone)}")
        said = lines(old.kind, old.payload, desk.zone)
        html.show(table_html([(o.label, o.text, "") for o in said if o.text is not None]))
        st.button(
            "Start from the old values",
            key=state.sheet().key("correction/start"),
            on_click=start_from_old,
            args=(desk, state),
        )


def start_from_old(desk: Desk, state: FormState) -> None:
    """
    Fill the form with the old values, on request only.

    An attribution to another cause is a physician's act for one record: a nurse who corrects the
    record does not copy it.
    """
    if desk.replaced is None:
        return
    payload = dict(desk.replaced.payload)
    if not may(desk.person.role, "attribute"):
        payload.pop("other_cause", None)
        payload.pop("other_cause_reason", None)
    kept = {name: value for name, value in state.values.items() if name.startswith("correction/")}
    state.values = {**desk.form.values_of(payload), **kept}
    prefill_time(state, payload)
    # Widgets that were drawn hold their own state: without it they start from ``values`` again.
    for key in [str(k) for k in st.session_state if str(k).startswith(state.sheet().prefix)]:
        del st.session_state[key]


def prefill_time(state: FormState, payload: Mapping[str, Any]) -> None:
    """A correction is about the time of the old entry, not about now."""
    at = own_time(payload)
    if at is not None:
        fix_time(state.sheet(), TIME_FIELD, at)


def ask_reason(sheet: Sheet) -> None:
    """Why the entry is corrected: stored with it for good."""
    sheet.choice(REASON, "Why is it corrected?", _REASONS)
    sheet.text(REASON_TEXT, "In a few words (needed for Other)")


def reason_of(values: Mapping[str, Any]) -> str | None:
    """The reason as it is stored; None while it says nothing."""
    why, text = values.get(REASON), values.get(REASON_TEXT)
    if why is None or (why == "other" and text is None):
        return None
    said = _REASONS[why]
    return said if text is None else f"{said}: {text}"


def fault_of(replaced_id: str, history: tuple[Any, ...], now: datetime) -> str | None:
    """Why the entry in the address cannot be corrected, or None."""
    found = next((entry for entry in history if entry.entry_id == replaced_id), None)
    if found is None:
        return "This patient has no such entry. Open it again from the patient's page."
    if found.kind in ("withdrawal", "none_found", "patient", "therapy"):
        return "This kind of entry is not corrected on this page."
    if found.replaced_by is not None:
        later = next((e for e in history if e.entry_id == found.replaced_by), None)
        who = "" if later is None else f" by {later.recorded_by}"
        return f"This entry was corrected or withdrawn already{who}. Look at that one first."
    return None
