"""
The rules of a past day, out of what was kept of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.as_of.rule_set import SITE
from dashboard.store import Store
from dashboard.store.rule_files import files_in
from toxmodels.protocols import Protocol, RuleBookError
from toxmodels.protocols.site_file import read_site_protocol

__all__ = ["rules_then", "site_books"]


def rules_then(opened: Store, digest: str) -> Mapping[str, str] | None:
    """The files of a rule set that was kept, with their digests; ``None`` where it was not."""
    kept = opened.rule_files([digest]).get(digest)
    return None if kept is None else files_in(kept.content)


def site_books(opened: Store, listed: Mapping[str, str]) -> dict[str, Protocol]:
    """The site's own protocols of that day, read from the kept texts."""
    wanted = {name: digest for name, digest in listed.items() if name.startswith(SITE)}
    texts = opened.rule_files(wanted.values())
    found: dict[str, Protocol] = {}
    for name, digest in wanted.items():
        if digest in texts:
            try:
                read = read_site_protocol(texts[digest].content, name.removeprefix(SITE))
            except RuleBookError:  # readable then, not by the program of today
                continue
            found[read.id] = read
    return found
