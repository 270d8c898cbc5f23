"""
The rule book of a past day: the protocols as their files read then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard import chosen, session
from dashboard.as_of.asked import Replay
from dashboard.as_of.rule_set import SITE, rule_set
from dashboard.as_of.rules_then import rules_then
from dashboard.kept import Kept
from toxmodels.protocols import Protocol, RuleBookError, protocols, read_protocol
from toxmodels.protocols.site_file import read_site_protocol

__all__ = ["Shelf", "shelf_of"]

_PACKAGED = "protocols/"
_shelves = Kept(8)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The protocols of a day, what could not be read, and the digest of their rule set."""

    protocols: Mapping[str, Protocol]
    faults: tuple[str, ...]
    rules: str | None


def shelf_of(ward_id: str | None, asked: Replay | None) -> Shelf:
    """The rule book of today; in a replay by the rules of that day, the one of that day."""
    books = chosen.rule_books()
    today = Shelf(books.protocols, tuple(f"A rule file cannot be used. {f}" for f in books.faults),
                  rule_set().digest)  # fmt: skip
    if asked is None or asked.rules == "today":
        return today
    kept = () if ward_id is None else session.live_store().on_screen(ward_id, asked.moment).values()
    last = max(kept, key=lambda one: (one.at, one.position), default=None)
    if last is None or (listed := rules_then(session.live_store(), last.rules)) is None:
        says = "The rules of that day were not kept; these are the rules of today."
        return Shelf(today.protocols, (says, *today.faults), None)
    key = (session.live_store().place, last.rules, rule_set().digest)
    found: Shelf | None = _shelves.get(key)
    if found is None:
        found = _read(last.rules, listed)
        _shelves.put(key, found)
    return found


def _read(digest: str, listed: Mapping[str, str]) -> Shelf:
    wanted = {
        name: one
        for name, one in listed.items()
        if name.endswith(".toml") and name.startswith((_PACKAGED, SITE))
    }
    texts = session.live_store().rule_files(wanted.values())
    now = rule_set().files
    found: dict[str, Protocol] = {}
    faults: list[str] = []
    for name, one in wanted.items():
        packaged = name.removeprefix(_PACKAGED).removesuffix(".toml").replace("_", "-")
        if now.get(name) == one and packaged in protocols():
            found[packaged] = protocols()[packaged]
            continue
        try:
            read = _one(name, texts[one].content)
            found[read.id] = read
        except KeyError:
            faults.append(f"{name}: its text of that day was not kept.")
        except RuleBookError as error:
            faults.append(f"{name}: today's program cannot read its text of that day. {error}")
    return Shelf(found, tuple(faults), digest)


def _one(name: str, text: str) -> Protocol:
    if name.startswith(SITE):
        return read_site_protocol(text, name.removeprefix(SITE))
    return read_protocol(text, name)
