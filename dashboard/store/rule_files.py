"""
The rules of each day: the exact text of every rule file the program has decided by.

A text is kept once, under the digest of its content. A *rule set* is kept the same way: a list of
every deciding file with its digest, so that one digest names all the rules of one day. The rows
are one chain for the whole store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, text

from dashboard.store.canonical import FIRST, row_digest
from dashboard.store.entries import JournalFault
from dashboard.store.health import intact
from dashboard.store.tables import rule_file, shown
from dashboard.store.times import utc
from dashboard.store.writing import next_seq

RULE_SET: Final = "rule-set"  # the name under which the list of all files is kept
_LOCK: Final = 0x74777266  # any fixed number but the migration's and the audit trail's


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """The text of one rule file as it was when the program first decided by it."""

    name: str
    content_digest: str
    content: str
    program: str
    first_seen_at: datetime
    position: int


def content_digest(content: str) -> str:
    """What a text is kept under."""
    return sha256(content.encode()).hexdigest()


def lines_of(files: Mapping[str, str]) -> str:
    """The list of a rule set; its digest is the digest of the rule set."""
    return "".join(f"{name}:{digest}\n" for name, digest in files.items())


def files_in(listed: str) -> dict[str, str]:
    """The names and digests of a list, read back; a line that is none is left out."""
    parts = (line.rpartition(":") for line in listed.splitlines())
    return {name: digest for name, colon, digest in parts if colon}


def keep(
    connection: Connection, files: Iterable[tuple[str, str]], *, program: str, now: datetime
) -> int:
    """Append each named text that is not kept yet; how many were new."""
    wanted = {(name, content_digest(content)): content for name, content in files}
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    pairs = connection.execute(select(rule_file.c.name, rule_file.c.content_digest))
    known = {(name, digest) for name, digest in pairs}
    query = select(rule_file.c.position, rule_file.c.digest)
    tail = connection.execute(query.order_by(rule_file.c.position.desc()).limit(1)).one_or_none()
    position, previous = (0, FIRST) if tail is None else (int(tail.position), str(tail.digest))
    new = [(key, content) for key, content in wanted.items() if key not in known]
    for place, ((name, digest), content) in enumerate(new, start=1):
        row: dict[str, Any] = {
            "seq": next_seq(connection, "rule_file"),
            "position": position + place,
            "name": name,
            "content_digest": digest,
            "content": content,
            "program": program,
            "first_seen_at": utc(now, "now"),
            "previous_digest": previous,
        }
        previous = row["digest"] = row_digest(rule_file, row)
        connection.execute(insert(rule_file), [row])
    return len(new)


def kept(connection: Connection, digests: Iterable[str]) -> dict[str, RuleFile]:
    """The kept texts with these digests, by digest; what was never kept is not among them."""
    query = (
        select(rule_file)
        .where(rule_file.c.content_digest.in_(sorted(set(digests))))
        .order_by(rule_file.c.position.desc())
    )
    rows = intact(connection, rule_file, connection.execute(query).mappings())
    return {row["content_digest"]: _rule_file(row) for row in rows}


def faults(connection: Connection) -> Iterator[JournalFault]:
    """Texts that are not what their digest says, and rule sets of which a file is gone."""
    found: set[str] = set()
    sets: dict[str, str] = {}
    query = select(rule_file.c.name, rule_file.c.content_digest, rule_file.c.content)
    for name, digest, content in connection.execute(query.order_by(rule_file.c.position)):
        found.add(digest)
        if content_digest(content) != digest:
            says = f"rule file {name} is not the text that was kept under {digest[:12]}"
            yield JournalFault(None, None, None, says)
        elif name == RULE_SET:
            sets[digest] = content
    for digest, listed in sets.items():
        for name, one in files_in(listed).items():
            if is_kept(name) and one not in found:
                says = f"rule set {digest[:12]} lists {name} ({one[:12]}), whose text is gone"
                yield JournalFault(None, None, None, says)
    for digest in connection.scalars(select(shown.c.rules).distinct()):
        if digest not in sets:
            says = f"results were shown by rule set {digest[:12]}, which is gone"
            yield JournalFault(None, None, None, says)


def is_kept(name: str) -> bool:
    """Whether the text of a listed file is kept; of code only the digest is."""
    return name.endswith(".toml")


def _rule_file(row: RowMapping) -> RuleFile:
    return RuleFile(**{name: row[name] for name in RuleFile.__dataclass_fields__})
