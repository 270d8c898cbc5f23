"""
Links and buttons of the board and of the work list: to a patient, to an entry, to acknowledge.

They are markup that the script of the live line follows inside the session; the patient stands in
it as an opaque reference. Every text is escaped.
"""

from __future__ import annotations

from datetime import datetime

from dashboard import session
from dashboard.parts.grade import esc
from toxmodels.escalation import Flag

__all__ = ["acknowledge_html", "capital", "entry_html", "link_html", "name_html", "unled_html"]


def name_html(patient_id: str, at: datetime | None) -> str:
    """The patient's id, leading to the Patient page."""
    return link_html("patient", patient_id, patient_id, at=at, look="tw-who")


def unled_html(patient_id: str) -> str:
    """The id of a patient who is on no ward, as in training: nothing lies behind it."""
    return f'<b class="tw-who">{esc(patient_id)}</b>'


def entry_html(patient_id: str, at: datetime | None) -> str:
    """The button to the entry of a patient; in a view of the past, to what was known then."""
    page: session.PageName = "enter" if at is None else "patient"
    label = "Enter" if at is None else "Patient"
    return link_html(page, patient_id, label, at=at, look="tw-tap", aria=f"{label} {patient_id}")


def link_html(
    page: session.PageName,
    patient_id: str,
    label: str,
    *,
    at: datetime | None,
    look: str = "",
    aria: str | None = None,
) -> str:
    """A link to a page of one patient."""
    stamp = "" if at is None else f' data-tw-at="{esc(at.isoformat())}"'
    named = "" if aria is None else f' aria-label="{esc(aria)}"'
    kind = f' class="{esc(look)}"' if look else ""
    return (
        f'<a{kind} href="{esc(session.link(page, patient_id, at))}" target="_self" '
        f"{_goes(page, patient_id)}{stamp}{named}>{esc(label)}</a>"
    )


def acknowledge_html(patient_id: str, flag: Flag, position: int) -> str:
    """The button that opens the reasons; ``position`` is what this screen has seen."""
    label = f"Acknowledge {flag.says}, patient {patient_id}"
    return (
        f'<button type="button" class="tw-tap" aria-label="{esc(label)}" '
        f'{_goes("acknowledge", patient_id)} data-tw-alert="{esc(flag.id)}" '
        f'data-tw-position="{position}">Acknowledge</button>'
    )


def _goes(page: str, patient_id: str) -> str:
    return f'data-tw-go="{esc(page)}" data-tw-ref="{esc(session.ref_of(patient_id))}"'


def capital(text: str) -> str:
    """The first letter large, the others as they are."""
    return text[:1].upper() + text[1:]
