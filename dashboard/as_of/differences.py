"""
What differs between two short forms, and between the rules of two days, in words.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from dashboard.store import Store
from dashboard.store.rule_files import files_in, is_kept
from toxmodels.scales import SCALES

__all__ = ["Difference", "FileChange", "RuleChange", "differences", "file_changes"]

_HEAD: Final = "the head of the file"
_ID: Final = re.compile(r'^id\s*=\s*"([^"]+)"', re.M)
What = Literal["grade", "advice", "flag"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was said then and is said otherwise by today's rules, or not at all."""

    what: What
    name: str
    then: str
    today: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule of a file: its id, and the lines that differ."""

    id: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileChange:
    """One deciding file that is not the same; of code only the digests are known."""

    name: str
    then: str | None
    today: str | None
    rules: tuple[RuleChange, ...]


def differences(then: Mapping[str, Any], today: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Grades, advice and flags that differ, in this order."""
    pairs: tuple[tuple[What, dict[str, str], dict[str, str]], ...] = (
        ("grade", _grades(then), _grades(today)),
        ("advice", _advice(then), _advice(today)),
        ("flag", _flags(then), _flags(today)),
    )
    return tuple(
        Difference(what, name, old.get(name, "not said"), new.get(name, "not said"))
        for what, old, new in pairs
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    )


def _grades(said: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for id_, grade in said["grades"].items():
        low, high = grade["at_least"], grade["at_most"]
        span = f"{low}" if low == high else f"{low}-{high}"
        signs = ", ".join(grade["deciding"]) or "no sign"
        scale = SCALES.get(id_)
        found[id_ if scale is None else scale.short] = f"{span} ({signs} deciding)"
    return found


def _advice(said: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in (*said["advice"], *said["if_confirmed"]):
        drug = "" if one["drug"] is None else f" {one['drug']}"
        dose = "" if one["dose_mg"] is None else f" {one['dose_mg']:g} mg"
        span = "" if one["dose_range"] is None else f" {one['dose_range']}"
        blocked = ", blocked" if one["blocked"] else ""
        grade = "" if one["if_grade"] is None else f", if grade {one['if_grade']}"
        text = f"advised{drug}{dose}{span}{blocked}{grade}"
        name = one["rule"] or one["protocol"]
        found[name] = f"{found[name]}; {text}" if name in found else text
    if said["advice_fault"]:
        found["advice as a whole"] = "could not be worked out"
    return found


def _flags(said: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in said["flags"]:
        text = f"{one['urgency']}, {'open' if one['open'] else 'not open'}"
        found[one["id"]] = f"{found[one['id']]}; {text}" if one["id"] in found else text
    return found


# The rules of two days


def file_changes(
    store: Store, then: str, today: Mapping[str, str]
) -> tuple[FileChange, ...] | None:
    """The files of a kept rule set that are others today; ``None`` where it was not kept."""
    kept = store.rule_files([then]).get(then)
    if kept is None:
        return None
    old = files_in(kept.content)
    names = [name for name in dict.fromkeys([*old, *today]) if old.get(name) != today.get(name)]
    wanted = [one for name in names for one in (old.get(name), today.get(name)) if one is not None]
    texts = {digest: file.content for digest, file in store.rule_files(wanted).items()}
    return tuple(_change(name, old.get(name), today.get(name), texts) for name in names)


def _change(name: str, then: str | None, today: str | None, texts: Mapping[str, str]) -> FileChange:
    neither = (then or "") not in texts and (today or "") not in texts
    if neither or not is_kept(name):
        return FileChange(name, then, today, ())
    return FileChange(
        name, then, today, tuple(_rules(texts.get(then or "", ""), texts.get(today or "", "")))
    )


def _rules(then: str, today: str) -> Iterator[RuleChange]:
    """Compare rule by rule, so that one changed number names the one rule that holds it."""
    old, new = _blocks(then), _blocks(today)
    for id_ in dict.fromkeys([*old, *new]):
        before, after = old.get(id_, []), new.get(id_, [])
        if before != after:
            lines = difflib.unified_diff(before, after, "then", "today", lineterm="", n=1)
            yield RuleChange(id_, tuple(lines))


def _blocks(text: str) -> dict[str, list[str]]:
    """A rule file by its tables; each is called by its id where it has one."""
    found: dict[str, list[str]] = {}
    for lines in _tables(text.splitlines()):
        block = "\n".join(lines)
        named = _ID.search(block)
        first = lines[0].strip()
        name = first.strip("[]") if first.startswith("[") else _HEAD
        if named is not None and first.startswith("["):
            name = named.group(1)
        found.setdefault(name, []).extend(lines)
    return found


def _tables(lines: Iterable[str]) -> Iterator[list[str]]:
    table: list[str] = []
    for line in lines:
        if line.startswith("[") and table:
            yield table
            table = []
        table.append(line)
    if table:
        yield table
