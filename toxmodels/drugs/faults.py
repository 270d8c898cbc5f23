"""What is wrong with the inputs of a dose: the place, the fault and the cure, on one line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import BaseModel


class DoseFault(BaseModel, frozen=True):
    """One input that cannot be used: which, why, and the likely cure."""

    path: str
    says: str
    suggestion: str | None = None

    def __str__(self) -> str:
        cure = f" ({self.suggestion})" if self.suggestion else ""
        return f"{self.path}: {self.says}{cure}"


class DoseError(ValueError):
    """No dose can be worked out from this text: ``faults`` names every reason."""

    def __init__(self, faults: list[DoseFault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The cure for an unknown name, if a known one is near."""
    names = [*known]
    plain = word.strip().lower()
    match = get_close_matches(plain, names, n=1, cutoff=0.6)
    begins = [name for name in names if len(plain) > 2 and name.startswith(plain)]
    found = match[:1] or begins[:1]
    return f'did you mean "{found[0]}"?' if found else None
