"""What an index is: its name, its inputs, its source and the function that works it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from toxmodels.indices.keys import Key
from toxmodels.indices.ladders import Paper, Recorded
from toxmodels.indices.result import Score


@dataclass(frozen=True, slots=True)
class Index:
    """
    A point score or a continuous index; none of them is ever shown as a CRS or ICANS grade.

    ``before_only``: it is of the days before lymphodepletion, and means nothing later.
    """

    paper: Paper
    keys: tuple[Key, ...]
    work: Callable[[Recorded], Score]
    before_only: bool = False

    @property
    def name(self) -> str:
        """The name it is asked for by."""
        return self.paper.name
