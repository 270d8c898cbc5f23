"""
One value to the text of one cell, and back: exactly, or not at all.

Spreadsheets and lenient readers turn ``007`` into 7, ``1E5`` into 100000 and ``NA`` into nothing.
Here such a cell is refused and the way to write it is named.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

from toxmodels.casefile.faults import CaseError, shown
from toxmodels.casefile.text import parsed, tree_faults
from toxmodels.exchange.columns import Column

_WHOLE = re.compile(
    r"-?(0|[1-9][0-9]*)(\.0+)?"
)  # pandas writes a column of whole numbers with gaps so
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_EXPONENT = re.compile(r"-?[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+")
_COMMA = re.compile(r"-?[0-9]+,[0-9]+")
_ZEROS = re.compile(r"-?0+[0-9]+([.,][0-9]+)?")
_TRUTH: Final = {"true": True, "false": False, "TRUE": True, "FALSE": False}  # as Excel saves them
# A spreadsheet would run text that begins like a formula: an apostrophe in front keeps it text,
# and alone it stands for text without a letter, since an empty cell means "not recorded".
_SIGNED = re.compile(r"'*( *[=+\-@\t\r\n].*)?", re.DOTALL)
_MARKED = re.compile(r"'+( *[=+\-@\t\r\n].*)?", re.DOTALL)


class CellError(ValueError):
    """The cell cannot be read without guessing: what is wrong, and how to write it."""

    def __init__(self, says: str, cure: str | None) -> None:
        super().__init__(says)
        self.says = says
        self.cure = cure


def written(value: Any) -> str:
    """Write one value as a cell; ``None`` is an empty cell."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return f"{Decimal(repr(value)):f}"
        case str():
            return f"'{value}" if _SIGNED.fullmatch(value) else value
        case _:
            return json.dumps(value, ensure_ascii=False)


def read(cell: str, column: Column) -> Any:
    """
    Read one cell that is not empty.

    Raises:
        CellError: it is not exactly what this column holds.

    """
    if column.record and cell == "{}":
        return {}
    match column.holds:
        case "text":
            return _text(cell)
        case "yes or no":
            if cell in _TRUTH:
                return _TRUTH[cell]
            raise CellError(f"{shown(cell)} is not a yes or no", "write true or false")
        case "whole number":
            if _WHOLE.fullmatch(cell):
                return int(cell.partition(".")[0])
        case "number":
            if _NUMBER.fullmatch(cell):
                return float(cell)
        case "list":
            return _list(cell)
        case "text or list":
            return _list(cell) if cell.startswith("[") else _text(cell)
        case "nothing":
            says = f"{shown(cell)} stands in a column for a whole record"
            raise CellError(says, f"fill {column.name}.… instead, or leave it empty")
    is_whole = column.holds == "whole number"
    raise CellError(f"{shown(cell)} is not a {column.holds}", _number_cure(cell, whole=is_whole))


def _text(cell: str) -> str:
    return cell[1:] if _MARKED.fullmatch(cell) else cell


def _list(cell: str) -> Any:
    try:
        value = parsed(cell)
    except CaseError:
        value = None
    if not isinstance(value, list):
        cure = 'write JSON: ["first", "second"]; [] for looked, none'
        raise CellError(f"{shown(cell)} is not a list", cure)
    for fault in tree_faults(value):
        raise CellError(f"{fault.path.removeprefix('$')} {fault.says}", fault.suggestion)
    return value


def _number_cure(cell: str, *, whole: bool) -> str:
    typed = cell.strip()
    if whole and _NUMBER.fullmatch(typed) and not _WHOLE.fullmatch(typed):
        return "write it without a decimal point"
    if _NUMBER.fullmatch(typed):
        return f"write {typed} without blanks"
    if _COMMA.fullmatch(typed) and not _ZEROS.fullmatch(typed):
        return f"write {typed.replace(',', '.')} with a point"
    if _EXPONENT.fullmatch(typed):
        return "write all digits, without an exponent"
    if _ZEROS.fullmatch(typed):
        return "write it without leading zeros"
    return "leave the cell empty where nothing was recorded"
