"""
Rule book: which protocol this ward follows, and every rule of every protocol, found by words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.as_of.books import shelf_of
from dashboard.parts import html
from dashboard.parts.choosing import choosing
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import URGENCY_WORDS, esc
from dashboard.parts.patient.advice import ORDERS_NOTHING, badge_text
from dashboard.sample_ward import stories_folder
from toxmodels import sources
from toxmodels.protocols import Protocol, Rule
from toxmodels.protocols.words import when_in_words

RULE_KEY: Final = "rule"
_FEW: Final = 40
_ALL: Final = "all"
_HEADS: Final = ("Rule", "When", "Says", "Source and place", "Checked", "Reached by")
Found = tuple[Protocol, Rule]


def page() -> None:
    """Draw the page."""
    html.show('<h1 class="tw-head">Rule book</h1>')
    here = session.ward()
    if here is not None:
        choosing(here)
    shelf = shelf_of(None if here is None else here.id, session.replay())
    for fault in shelf.faults:
        st.error(as_text(fault))
    html.show(f'<h2 class="tw-head">Every rule</h2><p class="tw-faint">{ORDERS_NOTHING}</p>')
    known = shelf.protocols
    found = _asked(known)
    shown = found
    total = sum(len(one.rules) for one in known.values())
    html.show(f'<p role="status">{len(found)} of {total} rules</p>')
    if len(found) > _FEW and not st.toggle(f"Show all {len(found)}", key="rules/all"):
        shown = found[:_FEW]
        st.caption(f"The first {_FEW}; search to narrow.")
    html.show(rules_html(shown, reached()))


def _asked(known: Mapping[str, Protocol]) -> list[Found]:
    """The rules that the two fields leave; an address may bring the search with it."""
    words, which = st.columns([3, 2])
    asked = st.query_params.get(RULE_KEY)
    if asked is not None and st.session_state.get("rules/asked") != asked:
        st.session_state["rules/asked"] = st.session_state["rules/words"] = asked
        st.session_state["rules/which"] = _ALL
    text = words.text_input("Search rules by words", key="rules/words", placeholder="tocilizumab")
    chosen = which.selectbox(
        "Protocol",
        [_ALL, *known],
        format_func=lambda id_: "All protocols" if id_ == _ALL else known[id_].title,
        key="rules/which",
    )
    wanted = [one for one in known.values() if chosen in (_ALL, one.id)]
    return search(wanted, text)


def search(known: Iterable[Protocol], text: str) -> list[Found]:
    """The rules that hold every word asked for, in any order and any case."""
    words = text.lower().split()
    return [
        (protocol, rule)
        for protocol in known
        for rule in protocol.rules
        if all(word in _haystack(protocol, rule) for word in words)
    ]


def _haystack(protocol: Protocol, rule: Rule) -> str:
    source = sources()[rule.cite.source]
    parts = (
        protocol.title, rule.id, rule.advise, rule.drug or "", rule.step, rule.scale,
        rule.urgency, URGENCY_WORDS[rule.urgency], rule.owner, source.id, source.title,
        rule.cite.at, rule.verification, when_in_words(rule), *rule.cautions,
    )  # fmt: skip
    return " ".join(parts).lower()


@cache
def reached() -> Mapping[str, Sequence[str]]:
    """Which sample patients reach a rule; empty where that was never worked out."""
    file = stories_folder() / "reached.json"
    if not file.is_file():
        return {}
    found: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def rules_html(found: Sequence[Found], by_rule: Mapping[str, Sequence[str]]) -> str:
    """The table; without the last column where no sample patient was worked out."""
    if not found:
        return "<p>No rule holds all these words. Take one away.</p>"
    heads = _HEADS if by_rule else _HEADS[:-1]
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join(_row(protocol, rule, by_rule) for protocol, rule in found)
    return (
        f'<table class="tw-findings tw-rules"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(protocol: Protocol, rule: Rule, by_rule: Mapping[str, Sequence[str]]) -> str:
    source = sources()[rule.cite.source]
    dose = "".join(f" {key} {value}" for key, value in rule.dose.items())
    drug = "" if rule.drug is None else f"<br><b>{esc(rule.drug)}</b>{esc(dose)}"
    cautions = "" if not rule.cautions else f"<br><small>{esc('; '.join(rule.cautions))}</small>"
    last = ""
    if by_rule:
        cases = by_rule.get(rule.id, ())
        last = f"<td>{esc(', '.join(cases)) if cases else 'no sample patient'}</td>"
    return (
        f'<tr><th scope="row" title="{esc(protocol.title)}, {esc(protocol.edition)}">'
        f"{esc(rule.id)}</th><td>{esc(when_in_words(rule))}</td>"
        f"<td>{URGENCY_WORDS[rule.urgency]}, {esc(rule.owner)}: {esc(rule.advise)}"
        f"{drug}{cautions}</td>"
        f'<td><span title="{esc(source.citation)}">{esc(source.title)}</span>: '
        f"{esc(rule.cite.at)}</td>"
        f'<td><span class="tw-mark">{esc(badge_text(rule.verification, rule.confidence))}</span>'
        f"</td>{last}</tr>"
    )
