"""
JSON text to plain values, keeping sight of what a parser would hide.

Python's own parser keeps the last of two equal keys and reads ``NaN`` and ``1e999``; here each
leaves a mark in the tree, so that the fault can name its exact place.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from toxmodels.casefile.faults import CaseError, Fault, printable, shown
from toxmodels.casefile.times import TIME_KEYS, time_fault

DEEPEST: Final = 40
_MOST_DIGITS: Final = 18
# Two months of hourly sets are some 25,000. A file with more is refused unread: a few megabytes of
# "{}," would keep the server busy for minutes.
MOST_VALUES: Final = 40_000
_TRAILING = re.compile(r",\s*[}\]]")


class TwiceNamed(dict[str, Any]):
    """An object in which at least one key stands twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [key for key, _ in pairs]
        self.twice = sorted(key for key, often in Counter(names).items() if often > 1)


class NoValue:
    """Something JSON parsers accept that is not a value: ``NaN``, or a number beyond all use."""

    def __init__(self, text: str, says: str) -> None:
        self.text = text
        self.says = says


def decoded(text: str | bytes) -> str:
    """Bytes to text; only UTF-8 is read, with or without a byte order mark."""
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        says = f"not text in UTF-8 (byte {error.start + 1} is 0x{text[error.start]:02x})"
        raise CaseError([Fault(path="$", says=says, suggestion="save the file as UTF-8")]) from None


def parsed(text: str) -> Any:
    """
    Read JSON, leaving marks that ``tree_faults`` turns into faults.

    Raises:
        CaseError: the text is not JSON at all, or holds more than one case can.

    """
    if text.count(",") > MOST_VALUES:
        says = f"holds more than {MOST_VALUES:,} values: too much for one case"
        raise CaseError([Fault(path="$", says=says, suggestion="one patient a file")])
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=lambda word: NoValue(word, "is not a value"),
            parse_float=_fraction,
            parse_int=_whole,
        )
    except RecursionError:
        raise CaseError([_too_deep("$")]) from None
    except json.JSONDecodeError as error:
        raise CaseError([_not_json(text, error)]) from None


def tree_faults(raw: Any, path: str = "$", depth: int = 0) -> Iterator[Fault]:
    """Name what is wrong with the tree whatever it describes: marks, depth, text and times."""
    if depth > DEEPEST:
        yield _too_deep(path)
    elif isinstance(raw, NoValue):
        cure = "use null where nothing was recorded"
        yield Fault(path=path, says=f"{raw.text} {raw.says}", suggestion=cure)
    elif isinstance(raw, str) and not _encodes(raw):
        yield Fault(path=path, says="holds half of a character", suggestion="type the text again")
    elif isinstance(raw, dict):
        for key in raw.twice if isinstance(raw, TwiceNamed) else ():
            yield Fault(path=step(path, key), says="stands twice", suggestion="keep one of them")
        for key, value in raw.items():
            here = step(path, key)
            if not _encodes(key):
                yield Fault(path=path, says="a key holds half of a character")
            elif key in TIME_KEYS and value is not None and not isinstance(value, NoValue):
                fault = time_fault(value, here)
                if fault is not None:
                    yield fault
            else:
                yield from tree_faults(value, here, depth + 1)
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            yield from tree_faults(value, f"{path}[{index}]", depth + 1)


def step(path: str, key: str) -> str:
    """Append one key to a path; a key that is no plain word goes into brackets."""
    return f"{path}.{key}" if key.isidentifier() else f"{path}[{shown(key)}]"


def in_file_order(faults: Iterable[Fault], raw: Any) -> list[Fault]:
    """Sort faults by where their places stand in the file; a missing key follows its record."""
    places = {path: number for number, path in enumerate(_paths(raw, "$"))}

    def place(fault: Fault) -> int:
        path = fault.path
        while path not in places and len(path) > 1:
            path = path[: max(path.rfind("."), path.rfind("["), 1)]
        return places.get(path, 0)

    return sorted(faults, key=place)


def _paths(raw: Any, path: str) -> Iterator[str]:
    yield path
    inside = raw.items() if isinstance(raw, dict) else ()
    for key, value in inside:
        yield from _paths(value, step(path, key))
    for index, value in enumerate(raw if isinstance(raw, list) else ()):
        yield from _paths(value, f"{path}[{index}]")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else TwiceNamed(pairs)


def _fraction(digits: str) -> float | NoValue:
    value = float(digits)
    endless = value in (float("inf"), float("-inf"))
    return NoValue(_cut(digits), "is too large to be a value") if endless else value


def _whole(digits: str) -> int | NoValue:
    if len(digits) > _MOST_DIGITS:
        return NoValue(_cut(digits), "is too large to be a value")
    return int(digits)


def _cut(digits: str) -> str:
    return digits if len(digits) <= _MOST_DIGITS else digits[:_MOST_DIGITS] + "…"


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _too_deep(path: str) -> Fault:
    return Fault(
        path=path, says="nested too deeply to be a case file", suggestion="write one flat case"
    )


def _not_json(text: str, error: json.JSONDecodeError) -> Fault:
    if not text.strip():
        cure = "a case file is one object in braces"
        return Fault(path="$", says="the file is empty", suggestion=cure)
    place = error.pos
    if trailing := _TRAILING.match(text, place):  # newer parsers point at the comma itself
        place = trailing.end() - 1
    line = text.count("\n", 0, place) + 1
    column = place - (text.rfind("\n", 0, place) + 1) + 1
    found = f"line {line}, column {column}"
    if place >= len(text):
        return Fault(path="$", says=f"not JSON: it ends at {found}", suggestion="cut off?")
    if error.msg.startswith("Unterminated"):
        says = f"not JSON: the text that begins at {found} has no end"
        return Fault(path="$", says=says, suggestion="close the quotes; cut off?")
    letter = printable(text[place])
    return Fault(
        path="$",
        says=f'not JSON at {found}, before "{letter}"',
        suggestion=_json_cure(text[:place].rstrip(), text[place]),
    )


def _json_cure(before: str, letter: str) -> str | None:
    if letter == "'":
        return 'write text in double quotes: "..."'
    if letter in "/#":
        return "JSON has no comments"
    if letter in "}]" and before.endswith(","):
        return f'remove the comma before "{letter}"'
    if letter.isdigit() and before.endswith(","):
        return "write decimals with a point: 38.5"
    if letter == '"' and not before.endswith((",", "{", "[", ":")):
        return "a comma is missing before it"
    if letter == "{" and before.endswith("}"):
        return "one case a file; a list needs commas"
    return None
