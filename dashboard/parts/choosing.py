"""
Which protocol this ward follows: shown with edition, scale and verification, chosen by a physician.

A choice is stored with its reason and name; earlier choices stay on record. A grade never depends
on it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.allowing import allow
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import may
from dashboard.chosen import choices_here, protocols_here
from dashboard.parts import dialogs, html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import age_text, esc
from dashboard.parts.patient.advice import badge_text
from dashboard.parts.signing import ask_sign_on
from dashboard.store import ProtocolChoice, StoreError, Ward
from toxmodels.products import product
from toxmodels.protocols import Protocol

__all__ = ["SCOPES", "choosing", "covers", "draw_choice"]

SCOPES: Final = {
    "car-t": "CAR-T products",
    "engager": "Bispecific antibodies",
    "blinatumomab": "Blinatumomab",
}
LEAST_REASON: Final = 3
_DIALOG: Final = "choose-protocol"
_NONE: Final = "none"
_NO_PROTOCOL: Final = "No protocol: grades and flags only"


def covers(protocol: Protocol, scope: str) -> bool:
    """Whether a protocol can be chosen for a kind of therapy or a single product."""
    if scope in ("car-t", "engager"):
        return scope in protocol.kinds and not protocol.products
    if protocol.products:
        return scope in protocol.products
    known = product(scope)
    return known is not None and known.kind in protocol.kinds


def choosing(here: Ward) -> None:
    """The panel: what holds, since when, by whom and why; and the button to choose anew."""
    past = session.replay() is not None
    known = protocols_here()
    made = session.store().protocol_choices(here.id) if past else ()
    choices = {one.scope: one for one in made} if past else choices_here(here.id)
    html.show(
        f'<h2 class="tw-head">Protocols of {esc(here.name)}</h2>{_table(known, choices)}'
        '<p class="tw-faint">A choice is stored with name and reason. It changes what is advised, '
        "never a grade.</p>"
    )
    if past:
        return
    if st.button("Choose a protocol", key="choose-protocol"):
        dialogs.open_(_DIALOG, str(uuid.uuid4()))
    choice_id = dialogs.asked(_DIALOG)
    if choice_id is not None:
        _dialog(here, choice_id)


def _table(known: Mapping[str, Protocol], choices: Mapping[str, ProtocolChoice]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{esc(title)}</th>{_cells(known, choices.get(scope))}</tr>'
        for scope, title in SCOPES.items()
    )
    heads = ("For", "Protocol", "Edition", "Scale", "Checked", "Chosen")
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    return (
        f'<table class="tw-findings tw-choices"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _cells(known: Mapping[str, Protocol], choice: ProtocolChoice | None) -> str:
    if choice is None:
        return '<td colspan="5"><b>None chosen</b></td>'
    by = (
        f"by {choice.recorded_by} ({choice.role}), "
        f"{age_text((session.at_from_url() or session.now()) - choice.recorded_at)}: "
        f"{choice.reason}"
    )
    if choice.protocol_id is None:
        return f'<td colspan="4"><b>None any more</b></td><td>{esc(by)}</td>'
    found = known.get(choice.protocol_id)
    if found is None:
        gone = f"{choice.protocol_id} is not here: its file is missing or broken; no advice"
        return f'<td colspan="4" class="tw-late">{esc(gone)}</td><td>{esc(by)}</td>'
    checked = badge_text(found.verification, None)
    return (
        f"<td><b>{esc(found.title)}</b> <small>{esc(found.id)}</small></td>"
        f"<td>{esc(found.edition)}</td><td>{esc(found.scale)}</td>"
        f'<td><span class="tw-mark">{esc(checked)}</span></td><td>{esc(by)}</td>'
    )


@st.dialog("Choose a protocol", on_dismiss=dialogs.close)
def _dialog(here: Ward, choice_id: str) -> None:
    draw_choice(here, choice_id)


def draw_choice(here: Ward, choice_id: str) -> None:
    """What the dialog holds; the id makes sure that a choice is stored once."""
    person = session.signed_on()
    if person is None:
        st.warning("Sign on first: a choice carries a name.")
        if ask_sign_on("choose"):
            st.rerun(scope="fragment")
        return
    if not may(person.role, "choose-protocol"):
        st.info(
            "Only a physician chooses the protocol of a ward. You are signed on as "
            f"{as_text(person.name)}, {person.role}; nothing was stored. "
            "Please ask the physician in charge."
        )
        return
    scope = st.selectbox(
        "For", [*SCOPES], index=None, format_func=SCOPES.__getitem__, key="choose-scope",
        placeholder="Which therapy",
    )  # fmt: skip
    if scope is None:
        return
    offered = {one.id: one for one in protocols_here().values() if covers(one, scope)}
    chosen = st.selectbox(
        "Protocol",
        [*offered, _NONE],
        index=None,
        format_func=lambda id_: _option(offered.get(id_)),
        key=f"choose-which-{scope}",
        placeholder="Choose a protocol",
    )
    if chosen in offered:
        one = offered[chosen]
        st.caption(
            as_text(
                f"Scale {one.scale}; {len(one.rules)} rules; "
                f"{badge_text(one.verification, None)}; read in: {one.read_in}"
            )
        )
    reason = st.text_input("Reason", max_chars=200, key="choose-reason")
    st.caption(f"Signed {as_text(person.name)}, {person.role}.")
    if not st.button("Store the choice", type="primary", key="choose-store"):
        return
    fault = _store(here, choice_id, scope=scope, chosen=chosen, reason=reason.strip(), who=person)
    if fault is None:
        dialogs.close()
        st.rerun()
    st.error(as_text(fault))


def _option(one: Protocol | None) -> str:
    return _NO_PROTOCOL if one is None else f"{one.title}, {one.edition} ({one.scale})"


def _store(
    here: Ward,
    choice_id: str,
    *,
    scope: str,
    chosen: str | None,
    reason: str,
    who: session.Person,
) -> str | None:
    if chosen is None or len(reason) < LEAST_REASON:
        return "Not stored: choose a protocol and give a reason in a few words."
    try:
        allow(session.store(), who, "choose-protocol", now=session.now(), ward_id=here.id)
        session.store().choose_protocol(
            choice_id=choice_id,
            ward_id=here.id,
            scope=scope,
            protocol_id=None if chosen == _NONE else chosen,
            reason=reason,
            recorded_by=who.name,
            role=who.role,
            now=session.now(),
        )
    except (StoreError, NotAllowed) as error:
        return str(error)
    return None
