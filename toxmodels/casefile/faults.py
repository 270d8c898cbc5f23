"""A fault names the place, what is wrong there and the likely cure, on one line."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, Final

from pydantic import BaseModel

_LONGEST_SHOWN: Final = 40


class Fault(BaseModel, frozen=True):
    """One thing wrong with a case file: where, what, and the likely cure."""

    path: str
    says: str
    suggestion: str | None = None

    def __str__(self) -> str:
        cure = f" ({self.suggestion})" if self.suggestion else ""
        return printable(f"{self.path}: {self.says}{cure}")


class CaseError(ValueError):
    """The text is not a case: ``faults`` names every reason. Nothing was loaded."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


def printable(text: str) -> str:
    """Text on one line that cannot steer a terminal: control characters become escapes."""
    return "".join(
        letter if letter.isprintable() or unicodedata.category(letter) == "Zs" else _escape(letter)
        for letter in text
    )


def shown(value: Any) -> str:
    """A value as the file has it, cut where it is long."""
    if isinstance(value, dict):
        return "an object in braces"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _escape(letter: str) -> str:
    return ascii(letter)[1:-1]
