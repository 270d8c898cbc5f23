"""
What today's rules would say otherwise of a past moment: the list, both digests, and the rule files
that are not the same, rule by rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.as_of.differences import FileChange, file_changes
from dashboard.as_of.replaying import Replayed
from dashboard.as_of.rule_set import rule_set
from dashboard.parts import html
from dashboard.parts.grade import esc
from dashboard.store.rule_files import is_kept
from toxmodels.version import VERSION

__all__ = ["draw_differences"]

_MOST_LINES: Final = 400


def draw_differences(found: Sequence[Replayed]) -> None:
    """Draw them folded; where there is none, one line says so."""
    theirs = [one for one in found if one.differs]
    kept = [one for one in found if one.kept is not None]
    if not theirs:
        if kept:
            html.show('<p class="tw-faint">Today\'s rules say the same of what was known.</p>')
        return
    people = "1 patient" if len(theirs) == 1 else f"{len(theirs)} patients"
    count = sum(len(one.differs) for one in theirs)
    with st.expander(
        f"Differences between the rules of that day and of today: {count}, in {people}",
        key="as-of/differences",
    ):
        html.show(_table(theirs))
        for digest in dict.fromkeys(one.kept.rules for one in theirs if one.kept is not None):
            _rules_that_differ(digest, next(o for o in theirs if o.kept and o.kept.rules == digest))


def _table(theirs: Sequence[Replayed]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{esc(one.row.patient_id)}</th><td>{esc(each.what)}</td>'
        f"<td>{esc(each.name)}</td><td>{esc(each.then)}</td><td>{esc(each.today)}</td></tr>"
        for one in theirs
        for each in one.differs
    )
    heads = ("Patient", "What", "Which", "Said then", "Said by today's rules")
    head = "".join(f'<th scope="col">{esc(one)}</th>' for one in heads)
    return f'<table class="tw-findings"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _rules_that_differ(digest: str, one: Replayed) -> None:
    """Both digests, the files that are not the same, and in kept texts the rules, line by line."""
    now = rule_set()
    program = "" if one.kept is None else one.kept.program
    html.show(
        f"<p>Rules of that day <code>{esc(digest)}</code> (toxwatch {esc(program)}), rules of "
        f"today <code>{esc(now.digest)}</code> (toxwatch {esc(VERSION)}).</p>"
    )
    changes = file_changes(session.live_store(), digest, now.files)
    if changes is None:
        st.error("The rules of that day were not kept: run toxwatch verify.")
    elif not changes:
        st.write("Every rule file is the same: what differs was chosen or recorded otherwise.")
    else:
        html.show("".join(map(_file, changes)))


def _file(change: FileChange) -> str:
    digests = f"{_short(change.then)} → {_short(change.today)}"
    said = f"<p><b>{esc(change.name)}</b> <small>{esc(digests)}</small></p>"
    if not change.rules:
        return said if is_kept(change.name) else f"{said}<p>Code: its text is not kept.</p>"
    return said + "".join(
        f'<p>Rule <b>{esc(rule.id)}</b></p><pre class="tw-diff">'
        f"{esc(chr(10).join(rule.lines[:_MOST_LINES]))}</pre>"
        for rule in change.rules
    )


def _short(digest: str | None) -> str:
    return "not there" if digest is None else digest[:12]
