"""
Case files: text in, a validated ``Case`` or a list of faults out, nothing in between.

JSON is read twice on purpose: once by the standard parser, which can see duplicate keys, NaN and
times without an offset, and once by the records, which check everything else. Every fault names
the place as a path, what is wrong and, where one exists, the likely right answer.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from toxmodels.casefile.faults import CaseError, Fault, printable, shown
from toxmodels.casefile.text import DEEPEST, decoded, in_file_order, parsed, tree_faults
from toxmodels.casefile.times import read_time
from toxmodels.casefile.vocabulary import drug_name_faults, vocabulary_faults
from toxmodels.casefile.wording import MOST_FAULTS, outside, record_faults
from toxmodels.records import FORMAT, Case

__all__ = [
    "CaseError",
    "Fault",
    "drug_name_faults",
    "dump_case",
    "load_case",
    "load_record",
    "printable",
    "read_time",
]

R = TypeVar("R", bound=BaseModel)


def load_case(text: str | bytes) -> Case:
    """
    Read a case file.

    Args:
        text: JSON as in docs/data-dictionary.md, UTF-8.

    Raises:
        CaseError: with one fault a line; nothing is half-loaded.

    """
    content = decoded(text)
    raw = parsed(content)
    if not isinstance(raw, dict):
        says = f"a case file is one object in braces, this is {_kind_of(raw)}"
        raise CaseError([Fault(path="$", says=says)])
    if raw.get("format") != FORMAT:
        given = raw.get("format")
        says = "is required" if given is None else f"{_safe(given)} is not read by this version"
        cure = f'write "format": "{FORMAT}"'
        raise CaseError([Fault(path="$.format", says=says, suggestion=cure)])
    return _checked(Case, content, raw)


def load_record(kind: type[R], raw: dict[str, Any]) -> R:
    """
    Read one record of a case from a JSON-like dict, with the same checks and faults.

    Raises:
        CaseError: as ``load_case``; paths start at the record.

    """
    try:
        content = json.dumps(raw)
    except (ValueError, TypeError, RecursionError) as error:
        raise CaseError([Fault(path="$", says=f"not JSON: {error}")]) from None
    return _checked(kind, content, parsed(content))


def dump_case(case: Case) -> str:
    """Write a case as a case file, one record a line; ``load_case`` reads it back equal."""
    body = case.model_dump(mode="json", exclude_none=True)
    lines = []
    for key, value in body.items():
        if isinstance(value, list) and value:
            rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in value)
            lines.append(f"{json.dumps(key)}: [\n  {rows}\n]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _checked(kind: type[R], content: str, raw: Any) -> R:
    """Gather the faults of the text, of the records and of the names, each place once."""
    faults = {fault.path: fault for fault in islice(tree_faults(raw), MOST_FAULTS)}
    if any(path.count(".") + path.count("[") > DEEPEST for path in faults):
        raise CaseError([*faults.values()])
    record: R | None = None
    found = [*islice(vocabulary_faults(raw, kind), MOST_FAULTS)]
    try:
        record = kind.model_validate_json(content)
    except ValidationError as error:
        found += record_faults(error, raw, kind)
    except OverflowError:
        # A time at the end of the calendar cannot be moved to UTC; it is among the faults already.
        if not faults:
            raise
    taken = {path for known in faults for path in (known, *outside(known))}
    for fault in found:
        if fault.path not in taken:
            faults[fault.path] = fault
            taken |= {fault.path, *outside(fault.path)}
    if faults or record is None:
        raise CaseError(in_file_order(faults.values(), raw))
    return record


def _kind_of(raw: Any) -> str:
    return {list: "a list", str: "text", bool: "a yes or no", type(None): "null"}.get(
        type(raw), "a number"
    )


def _safe(value: Any) -> str:
    return shown(value) if isinstance(value, str | int | float | bool | dict | list) else "this"
