"""
The rules in force: every file that decides, named by one digest, and the texts that are kept.

A rule set is the package's own files and the usable rule files of this site. Without files of a
site its digest is the one that stands at the top of every screen.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import structlog

from dashboard.chosen import RuleBooks, rule_books
from dashboard.store.rule_files import RULE_SET, content_digest, is_kept, lines_of
from toxmodels.version import digests

__all__ = ["SITE", "RuleSet", "of_package", "rule_set", "site_files"]

SITE: Final = "site-protocols/"

_log = structlog.get_logger(__name__)
_lock = threading.Lock()
_last: list[tuple[RuleBooks, RuleSet]] = []


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Every deciding file with its digest, the digest of that list, and the site's own texts."""

    digest: str
    files: Mapping[str, str]
    site: Mapping[str, str]

    def texts(self) -> Iterator[tuple[str, str]]:
        """What is kept of it: the list itself, the packaged rule files, the site's."""
        yield RULE_SET, lines_of(self.files)
        yield from _packaged().items()
        yield from self.site.items()


def rule_set() -> RuleSet:
    """The rules by which this process decides now."""
    books = rule_books()
    with _lock:
        if not _last or _last[0][0] is not books:
            _last[:] = [(books, _made(books))]
        return _last[0][1]


def of_package(listed: Mapping[str, str]) -> dict[str, str]:
    """The part of a rule set that comes with the program."""
    return {name: digest for name, digest in listed.items() if not name.startswith(SITE)}


def site_files(listed: Mapping[str, str]) -> dict[str, str]:
    """The part of a rule set that is the site's own."""
    return {name: digest for name, digest in listed.items() if name.startswith(SITE)}


def _made(books: RuleBooks) -> RuleSet:
    site = {f"{SITE}{name}": text for name, text in sorted(books.texts.items())}
    listed = {**digests(), **{name: content_digest(text) for name, text in site.items()}}
    return RuleSet(content_digest(lines_of(listed)), listed, site)


@cache
def _packaged() -> dict[str, str]:
    """The packaged rule files as text; one changed since the start is not what decides."""
    found: dict[str, str] = {}
    for name, digest in digests().items():
        if is_kept(name):
            text = files("toxmodels").joinpath(name).read_bytes().decode("utf-8")
            if content_digest(text) == digest:
                found[name] = text
            else:
                _log.error("rule-file-changed-under-us", name=name)
    return found
