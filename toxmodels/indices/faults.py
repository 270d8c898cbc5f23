"""What is wrong with the inputs of a score: the place, the fault and the cure, on one line."""

from __future__ import annotations

from pydantic import BaseModel


class ScoreFault(BaseModel, frozen=True):
    """One input that cannot be used: which, why, and the likely cure."""

    path: str
    says: str
    suggestion: str | None = None

    def __str__(self) -> str:
        cure = f" ({self.suggestion})" if self.suggestion else ""
        return f"{self.path}: {self.says}{cure}"


class ScoreError(ValueError):
    """No score can be worked out from these inputs: ``faults`` names every reason."""

    def __init__(self, faults: list[ScoreFault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))
